//! The console's budgets (performance.md: The console), one after the other.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::report::{Report, percentile};
use super::terminal::Terminal;
use super::world::World;

/// The terminal of all figures.
const SIZE: (u16, u16) = (120, 40);

/// Keys that are measured, of each kind.
const KEYS: usize = 300;

/// How long nothing is written before a thing counts as over.
const PAUSE: Duration = Duration::from_millis(300);

/// For how long rest is watched; a minute tick is waited for before.
const REST: Duration = Duration::from_secs(20);

/// Sizes, and how long they take in all.
const SIZES: u32 = 200;
const STORM: Duration = Duration::from_millis(1500);

/// Measures all of it.
pub fn measure(
    runtime: &Runtime,
    world: &World,
    starts: usize,
    report: &mut Report,
) -> color_eyre::Result<()> {
    first_frame(world, starts, report)?;
    first_data(world, starts, report)?;
    let mut console = live(world)?;
    report.figure(
        &format!("memory with {} sources", world.sources),
        console.process()?.memory()?,
        "MiB",
        64.0,
    )?;
    rest(&console, report)?;
    sizes_of_frames(&mut console, report)?;
    filter(&mut console, world, report)?;
    keys(runtime, &mut console, world, report)?;
    storm(&mut console, report)
}

/// The console, once everything is there.
fn live(world: &World) -> color_eyre::Result<Terminal> {
    let console = Terminal::start(world.console()?, SIZE)?;
    let all = format!("{} sources", grouped(world.sources));
    console.wait("all sources", |seen| {
        seen.shows("● live") && seen.shows(&all)
    })?;
    console.quiet(PAUSE);
    Ok(console)
}

fn grouped(n: usize) -> String {
    crate::console::format::len(n)
}

/// With nobody who answers: the port is closed.
fn first_frame(world: &World, starts: usize, report: &mut Report) -> color_eyre::Result<()> {
    let mut times = Vec::new();
    let mut memory: f64 = 0.0;
    for _ in 0..starts {
        let command = world.console_of("nobody", Some("http://127.0.0.1:9"))?;
        let console = Terminal::start(command, SIZE)?;
        let at = console.wait("a frame", |seen| seen.frames() > 0)?;
        times.push(at.duration_since(console.began));
        console.wait("the banner", |seen| seen.shows("Offline"))?;
        memory = memory.max(console.process()?.memory()?);
    }
    report.figure(
        "exec to the first complete frame, p95",
        percentile(&mut times, 95),
        "ms",
        50.0,
    )?;
    Ok(report.figure("memory at the start", memory, "MiB", 24.0)?)
}

fn first_data(world: &World, starts: usize, report: &mut Report) -> color_eyre::Result<()> {
    let mut never = Vec::new();
    for _ in 0..starts {
        let console = Terminal::start(world.console()?, SIZE)?;
        let at = console.wait("a source", |seen| seen.shows(world.first))?;
        never.push(at.duration_since(console.began));
    }
    report.figure(
        "exec to the first data, never here before, p95",
        percentile(&mut never, 95),
        "ms",
        150.0,
    )?;
    let mut again = Vec::new();
    for n in 0..=starts {
        let mut console = Terminal::start(world.console_of("again", None)?, SIZE)?;
        let at = console.wait("a source", |seen| seen.shows(world.first))?;
        if n > 0 {
            again.push(at.duration_since(console.began));
        }
        console.wait("live", |seen| seen.shows("● live"))?;
        // What is kept for the next start is written at the end.
        console.send("Q")?;
        console.end()?;
    }
    Ok(report.figure(
        "exec to the first data, here before, p95",
        percentile(&mut again, 95),
        "ms",
        150.0,
    )?)
}

fn rest(console: &Terminal, report: &mut Report) -> color_eyre::Result<()> {
    // Ages turn on the minute: what is measured lies between two of them.
    let second = crate::base::Clock::now(&crate::base::SystemClock).as_millis() / 1000 % 60;
    if second + i64::try_from(REST.as_secs())? > 57 {
        std::thread::sleep(Duration::from_secs(62 - second as u64));
    }
    console.quiet(PAUSE);
    let before = console.look(|seen| (seen.frames(), seen.bytes));
    let process = console.process()?;
    let switches = process.switches()?;
    std::thread::sleep(REST);
    let switches = process.switches()?.since(&switches);
    let after = console.look(|seen| (seen.frames(), seen.bytes));
    report.figure("at rest, frames", (after.0 - before.0) as f64, "", 0.0)?;
    report.figure("at rest, bytes", (after.1 - before.1) as f64, "", 0.0)?;
    let a_second = switches as f64 / REST.as_secs_f64();
    Ok(report.figure("at rest, wakeups a second", a_second, "", 0.2)?)
}

/// Presses a key and waits for the frame; answers how long its last byte took, and how many there were.
fn press(console: &mut Terminal, key: &str) -> color_eyre::Result<(Duration, u64)> {
    let (frames, bytes) = console.look(|seen| (seen.frames(), seen.bytes));
    let at = console.send(key)?;
    let done = console.wait("a frame", |seen| seen.frames() > frames)?;
    let written = console.look(|seen| seen.bytes) - bytes;
    Ok((done.saturating_duration_since(at), written))
}

fn sizes_of_frames(console: &mut Terminal, report: &mut Report) -> color_eyre::Result<()> {
    let mut largest = |keys: &[&str]| -> color_eyre::Result<f64> {
        let mut most = 0;
        for key in keys {
            most = most.max(press(console, key)?.1);
            console.quiet(Duration::from_millis(20));
        }
        Ok(most as f64 / 1024.0)
    };
    let moved = largest(&["j"; 20])?;
    // To the last row of the window: from there on every step scrolls.
    largest(&["j"; 30])?;
    let scrolled = largest(&["j"; 20])?;
    let page = largest(&["\u{6}"; 10])?;
    report.figure("a frame that moves the selection, most", moved, "KiB", 1.0)?;
    report.figure("a frame that scrolls a row, most", scrolled, "KiB", 8.0)?;
    Ok(report.figure("a frame that turns a page, most", page, "KiB", 12.0)?)
}

/// Each digit of a name, typed one after the other: what is found is known.
fn filter(console: &mut Terminal, world: &World, report: &mut Report) -> color_eyre::Result<()> {
    let mut times = Vec::new();
    for round in 0..10 {
        console.send("/")?;
        console.wait("the field", |seen| seen.shows("typing: filter"))?;
        let name = format!("{:06}", (round * 9_973) % world.sources);
        for end in 1..=name.len() {
            let typed = &name[..end];
            let found = (0..world.sources)
                .filter(|n| format!("{n:06}").contains(typed))
                .count();
            let title = format!("({} of {})", grouped(found), grouped(world.sources));
            let at = console.send(&typed[end - 1..])?;
            let shown = console.wait(&title, |seen| seen.shows(&title))?;
            times.push(shown.saturating_duration_since(at));
        }
        // Out of the field, and off with the filter.
        console.send("\r")?;
        console.quiet(PAUSE);
        console.send("\u{1b}")?;
        let all = format!("({})", grouped(world.sources));
        console.wait("all again", |seen| seen.shows(&all))?;
        console.quiet(PAUSE);
    }
    let half = percentile(&mut times, 50);
    report.figure("filter, a key to its results, p50", half, "ms", 60.0)?;
    let most = percentile(&mut times, 95);
    Ok(report.figure("filter, a key to its results, p95", most, "ms", 60.0)?)
}

fn keys(
    runtime: &Runtime,
    console: &mut Terminal,
    world: &World,
    report: &mut Report,
) -> color_eyre::Result<()> {
    let refresh = {
        let _in = runtime.enter();
        world.refresh()
    };
    let mut times = Vec::new();
    for n in 0..KEYS {
        // What is selected says that this frame answers this key.
        let before = console.look(selected);
        let at = console.send(if n % 60 < 30 { "j" } else { "k" })?;
        let done = console.wait("the selection to move", |seen| selected(seen) != before)?;
        times.push(done.saturating_duration_since(at));
        let until = at + Duration::from_millis(33);
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
    }
    refresh.abort();
    // It ends with being aborted, or with what went wrong.
    if let Ok(Err(error)) = runtime.block_on(refresh) {
        return Err(error);
    }
    let half = percentile(&mut times, 50);
    report.figure(
        "a key to its last byte, 1,000 changes/s, p50",
        half,
        "ms",
        2.5,
    )?;
    let most = percentile(&mut times, 99);
    Ok(report.figure(
        "a key to its last byte, 1,000 changes/s, p99",
        most,
        "ms",
        16.0,
    )?)
}

fn selected(seen: &super::terminal::Seen) -> Option<String> {
    let rows = seen.rows();
    // The second pane names it whole.
    let name = rows.iter().find_map(|row| row.split_once("bindings · "))?.1;
    Some(name.split(' ').next()?.to_owned())
}

fn storm(console: &mut Terminal, report: &mut Report) -> color_eyre::Result<()> {
    let began = Instant::now();
    for n in 1..=SIZES {
        console.resize((40 + (n * 7 % 160) as u16, 12 + (n * 5 % 48) as u16))?;
        let until = began + STORM * n / SIZES;
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
    }
    console.resize(SIZE)?;
    console.quiet(PAUSE);
    let left = console.look(|seen| seen.rows());
    // The same once more, drawn anew from nothing.
    console.resize((121, 41))?;
    console.quiet(PAUSE);
    console.resize(SIZE)?;
    console.quiet(PAUSE);
    let right = console.look(|seen| seen.rows()) == left && left[0].starts_with(" jolli");
    Ok(report.fact("after 200 sizes in 1.5 s the frame is right", right)?)
}
