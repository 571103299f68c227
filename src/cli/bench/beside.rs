//! What every program of a terminal can be asked, of the console and of others, by one script: how long until it is still, how
//! much memory, what it does while nobody touches it, what a key costs.

use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::report::percentile;
use super::terminal::Terminal;
use super::world::World;
use crate::cli::output;

/// How long nothing is written before a program counts as still; some never are.
const STILL: Duration = Duration::from_millis(400);
const NEVER: Duration = Duration::from_secs(15);

/// For how long rest is watched.
const REST: Duration = Duration::from_secs(8);

/// A key has done its work when nothing follows for so long.
const AFTER: Duration = Duration::from_millis(25);

/// Keys of each program.
const KEYS: usize = 100;

/// Measures the console, then each of these commands, in a terminal of 120×40.
pub fn measure(world: &World, commands: &[String]) -> color_eyre::Result<()> {
    let mut rows = vec![row("jolli console", world.console()?)?];
    for (n, command) in commands.iter().enumerate() {
        let mut words = command.split_whitespace();
        let mut program = CommandBuilder::new(words.next().unwrap_or_default());
        program.args(words);
        world.surroundings(&mut program, &format!("beside-{n}"))?;
        program.cwd(std::env::current_dir()?);
        rows.push(row(command, program)?);
    }
    let header = [
        "PROGRAM",
        "FIRST BYTE",
        "STILL",
        "MiB",
        "WAKEUPS/S",
        "BYTES/S",
        "KEY p50",
        "p99",
        "BYTES/KEY",
    ];
    output::table(header, &rows)?;
    Ok(())
}

fn row(name: &str, command: CommandBuilder) -> color_eyre::Result<[String; 9]> {
    let mut program = Terminal::start(command, (120, 40))?;
    let first = program.wait("a byte", |seen| seen.bytes > 0)?;
    let first = first.duration_since(program.began);
    let still = still(&program);
    let process = program.process()?;
    let (bytes, switches) = (program.look(|seen| seen.bytes), process.switches()?);
    std::thread::sleep(REST);
    let wakeups = process.switches()?.since(&switches) as f64 / REST.as_secs_f64();
    let written = (program.look(|seen| seen.bytes) - bytes) as f64 / REST.as_secs_f64();
    let mut times = Vec::new();
    let mut sizes = Vec::new();
    for n in 0..KEYS {
        let before = program.look(|seen| seen.bytes);
        let at = program.send(if n % 40 < 20 { "j" } else { "k" })?;
        let last = settled(&program, at);
        if let Some(last) = last {
            times.push(last.saturating_duration_since(at));
        }
        sizes.push(program.look(|seen| seen.bytes) - before);
    }
    sizes.sort_unstable();
    Ok([
        name.to_owned(),
        format!("{:.0} ms", first.as_secs_f64() * 1e3),
        still.map_or_else(
            || "never".to_owned(),
            |at| {
                format!(
                    "{:.0} ms",
                    at.duration_since(program.began).as_secs_f64() * 1e3
                )
            },
        ),
        format!("{:.1}", process.memory()?),
        format!("{wakeups:.1}"),
        format!("{written:.0}"),
        format!("{:.1} ms", percentile(&mut times, 50)),
        format!("{:.1} ms", percentile(&mut times, 99)),
        sizes[sizes.len() / 2].to_string(),
    ])
}

/// When it wrote the last byte of its start; `None`: it never rests.
fn still(program: &Terminal) -> Option<Instant> {
    let until = program.began + NEVER;
    loop {
        let at = program.look(|seen| seen.at);
        if at.elapsed() >= STILL {
            return Some(at);
        }
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(STILL.saturating_sub(at.elapsed()));
    }
}

/// When the last byte after a key came; `None`: nothing came.
fn settled(program: &Terminal, at: Instant) -> Option<Instant> {
    let until = at + Duration::from_millis(500);
    loop {
        let last = program.look(|seen| seen.at);
        let quiet = last.max(at).elapsed();
        if quiet >= AFTER || Instant::now() > until {
            return (last > at).then_some(last);
        }
        std::thread::sleep(AFTER.saturating_sub(quiet));
    }
}
