//! A small program on `console::terminal`, run in a terminal of its own by the scenarios in `screen`.

use std::process::Command;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use jolli::console::terminal::{Input, Signal, Signals, Terminal, TerminalError};
use ratatui::text::Line;

use crate::support::Console;
use crate::support::pty::Launch;

/// The program, ready to start.
pub fn launch() -> Launch {
    Console::of(std::env::current_exe().unwrap()).args(ARGS)
}

/// Its command line, for a shell.
pub fn command_line() -> String {
    let program = std::env::current_exe().unwrap();
    format!("{} {}", program.display(), ARGS.join(" "))
}

const ARGS: [&str; 5] = [
    "terminal::probe::program",
    "--exact",
    "--ignored",
    "--nocapture",
    "--test-threads=1",
];

#[derive(Default)]
struct Seen {
    handled: u64,
    letters: usize,
    last: String,
    pasted: usize,
    resized: usize,
    said: String,
}

#[test]
#[ignore = "a program for other tests, which start it in a terminal"]
fn program() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run()).unwrap();
    println!("left in good order");
}

async fn run() -> Result<(), TerminalError> {
    let mut signals = Signals::listen()?;
    let mut terminal = Terminal::enter()?;
    let mut input = Input::new();
    let mut seen = Seen::default();
    loop {
        let size = terminal.size()?;
        let lines = [
            format!("probe {}x{}", size.width, size.height),
            format!("letters {} last {}", seen.letters, seen.last),
            format!("pasted {} resized {}", seen.pasted, seen.resized),
            seen.said.clone(),
            // Nobody takes a number for whole of which only the first digits are drawn.
            format!("pid {}.", std::process::id()),
        ];
        terminal.draw(|frame| {
            for (line, row) in lines.iter().zip(frame.area().rows()) {
                frame.render_widget(Line::from(line.as_str()), row);
            }
        })?;
        terminal.mark_idle(seen.handled)?;
        if seen.said == "hanging" {
            loop {
                std::thread::park();
            }
        }
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::Terminate | Signal::HangUp => return Ok(()),
                Signal::Suspend => terminal.suspend(&mut input).await?,
                Signal::Continue => terminal.resume()?,
                Signal::Resize => seen.resized += 1,
            },
            event = input.next() => {
                let Some(event) = event else { return Ok(()) };
                seen.handled += 1;
                let quit = match event {
                    Event::Key(key) => {
                        key_pressed(key, &mut seen, &mut terminal, &mut input).await?
                    }
                    Event::Paste(text) => {
                        seen.pasted = text.len();
                        false
                    }
                    Event::Mouse(mouse) => {
                        if let MouseEventKind::Down(_) = mouse.kind {
                            seen.said = format!("clicked {},{}", mouse.column, mouse.row);
                        }
                        false
                    }
                    _ => false,
                };
                if quit {
                    return Ok(());
                }
            }
        }
    }
}

/// True when it is time to quit.
async fn key_pressed(
    key: KeyEvent,
    seen: &mut Seen,
    terminal: &mut Terminal,
    input: &mut Input,
) -> Result<bool, TerminalError> {
    seen.last = format!("{:?}", key.code);
    match (key.modifiers, key.code) {
        (KeyModifiers::CONTROL, KeyCode::Char('z')) => {
            if let Err(error) = terminal.suspend(input).await {
                seen.said = error.to_string();
            }
        }
        (KeyModifiers::CONTROL, KeyCode::Char('q')) => return Ok(true),
        (KeyModifiers::CONTROL, KeyCode::Char('p')) => panic!("the loop broke"),
        (KeyModifiers::CONTROL, KeyCode::Char('t')) => {
            let failed = tokio::spawn(async { panic!("the task broke") }).await;
            seen.said = format!("task failed: {}", failed.is_err());
        }
        (KeyModifiers::CONTROL, KeyCode::Char('x')) => {
            return Err(std::io::Error::other("the loop failed").into());
        }
        (KeyModifiers::CONTROL, KeyCode::Char('h')) => seen.said = "hanging".into(),
        (KeyModifiers::CONTROL, KeyCode::Char('e')) => {
            let turn = seen.handled;
            let script = format!("echo editing {turn}; read line; echo \"$line\" > edited");
            let status = terminal
                .hand_over(input, move || {
                    Command::new("sh").args(["-c", &script]).status()
                })
                .await??;
            let line = std::fs::read_to_string("edited")?;
            seen.said = format!("edited {} {}", status.success(), line.trim());
        }
        (KeyModifiers::CONTROL, KeyCode::Char('o')) => {
            let on = !terminal.mouse();
            terminal.set_mouse(on)?;
        }
        _ => seen.letters += 1,
    }
    Ok(false)
}
