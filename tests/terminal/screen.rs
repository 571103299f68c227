//! The terminal is left as it was found, however the program ends, and nothing typed is lost.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};

use super::probe;
use crate::support::Console;
use crate::support::view::Modes;

const TAKEN: Modes = Modes {
    alternate_screen: true,
    cursor_hidden: true,
    mouse: false,
    bracketed_paste: true,
    raw: true,
};

fn started() -> Console {
    let console = probe::launch().size(80, 24).spawn();
    console.wait_text("probe 80x24").settle();
    assert_eq!(console.modes(), TAKEN);
    console
}

#[test]
fn quitting_restores_the_terminal() {
    let mut console = started();
    console.press("C-q");
    assert!(console.wait_exit().success());
    assert_eq!(console.modes(), Modes::SHELL);
}

#[test]
fn the_mouse_is_reported_on_demand_and_restored_too() {
    let mut console = started();
    console.press("C-o").settle();
    assert!(console.modes().mouse);
    console.click_on("letters").wait_text("clicked 0,1");
    console.press("C-q");
    console.wait_exit();
    assert_eq!(console.modes(), Modes::SHELL);
}

#[test]
fn an_error_restores_the_terminal_before_it_is_told() {
    let mut console = started();
    console.press("C-x");
    assert!(!console.wait_exit().success());
    assert_eq!(console.modes(), Modes::SHELL);
    assert!(console.view(|view| view.shows("the loop failed")));
}

#[test]
fn a_panic_restores_the_terminal_before_it_is_told() {
    let mut console = started();
    console.press("C-p");
    assert!(!console.wait_exit().success());
    assert_eq!(console.modes(), Modes::SHELL);
    assert!(console.view(|view| view.shows("the loop broke")));
}

#[test]
fn a_panic_in_a_task_leaves_the_screen_alone() {
    let mut console = started();
    console.press("C-t").wait_text("task failed: true");
    assert_eq!(console.modes(), TAKEN);
    assert!(!console.view(|view| view.shows("the task broke")));
}

#[test]
fn asked_to_end_it_restores_the_terminal() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP] {
        let console = started();
        console.signal(signal);
        console.wait_exit();
        assert_eq!(console.modes(), Modes::SHELL, "after {signal:?}");
    }
}

#[test]
fn asked_to_end_while_the_loop_hangs_it_ends_within_the_grace() {
    let mut console = started();
    console.press("C-h").wait_text("hanging");
    console.signal(Signal::TERM);
    assert_eq!(console.wait_exit().exit_code(), 128 + 15);
    assert_eq!(console.modes(), Modes::SHELL);
}

#[test]
fn continued_after_a_stop_from_outside_it_repaints() {
    let console = started();
    let frames = console.frames();
    console.signal(Signal::STOP).signal(Signal::CONT);
    console.wait_for("a repaint", |view| view.beside.frames > frames);
    assert_eq!(console.modes(), TAKEN);
}

#[test]
fn without_job_control_suspending_is_refused_with_the_reason() {
    let mut console = started();
    console.press("C-z").wait_text("no shell with job control");
    assert_eq!(console.modes(), TAKEN);
}

#[test]
fn suspended_it_gives_the_shell_its_terminal_and_comes_back() {
    let mut shell = Console::of("sh")
        .args(["-i"])
        .env("PS1", "prompt> ")
        .size(80, 24)
        .spawn();
    shell.wait_text("prompt>");
    shell.keys(&probe::command_line()).press("Enter");
    shell.wait_text("probe 80x24");
    shell.press("a").wait_text("letters 1");
    for round in 2..4 {
        shell.press("C-z").wait_for("the shell to be back", |view| {
            !view.screen.alternate_screen()
                && !view.screen.hide_cursor()
                && !view.screen.bracketed_paste()
        });
        // The shell prints it once the terminal is its own again.
        shell.wait_text("Stopped");
        shell.keys("clear").press("Enter").wait_gone("Stopped");
        // The answer is not in the question, which is on the screen as well.
        shell
            .keys(&format!("echo $(({round}*111))"))
            .press("Enter")
            .wait_text(&format!("{round}{round}{round}"));
        shell.keys("fg").press("Enter");
        shell.wait_for("the program to be back", |view| {
            view.screen.alternate_screen() && view.shows("probe 80x24")
        });
        shell.press("b").wait_text(&format!("letters {round}"));
    }
    assert_eq!(shell.modes(), TAKEN);
    shell.press("C-q").wait_text("left in good order");
}

#[test]
fn another_program_gets_the_terminal_and_all_its_keys() {
    let mut console = started();
    for (turn, word) in [(1, "first"), (2, "second")] {
        console.press("C-e").wait_text(&format!("editing {turn}"));
        assert!(!console.modes().alternate_screen);
        assert!(!console.modes().raw);
        console.keys(word).press("Enter");
        console.wait_text(&format!("edited true {word}"));
        assert_eq!(console.modes(), TAKEN);
    }
    console.press("j").wait_text("last Char('j')");
}

#[test]
fn interrupting_the_other_program_does_not_end_ours() {
    let mut console = started();
    std::fs::write(console.home().path().join("edited"), "before").unwrap();
    console.press("C-e").wait_text("editing");
    console.press("C-c");
    console.wait_text("edited false before");
    console.press("j").wait_text("last Char('j')");
}

#[test]
fn many_keys_at_once_all_arrive() {
    let mut console = started();
    console.keys(&"j".repeat(3000));
    console.settle().wait_text("letters 3000");
}

#[test]
fn a_large_paste_is_one_event() {
    let mut console = started();
    console
        .paste(&"x".repeat(1 << 20))
        .wait_text("pasted 1048576");
    assert!(console.view(|view| view.shows("letters 0")));
}

#[test]
fn a_storm_of_sizes_ends_in_the_right_frame() {
    let console = started();
    for step in 0..200 {
        console.resize(40 + step % 50, 10 + step % 20);
    }
    console.resize(100, 30).wait_text("probe 100x30");
}

/// A terminal inside a terminal, so that the inner one can vanish.
fn nested() -> (Console, Pid) {
    let outer = Console::of("script")
        .args(["-qc", &probe::command_line(), "/dev/null"])
        .size(80, 24)
        .spawn();
    let pid = outer.wait("the process id", |view| {
        let row = view.row(4);
        let pid = row.trim_end().strip_prefix("pid ")?.strip_suffix('.')?;
        pid.parse().ok()
    });
    (outer, Pid::from_raw(pid).unwrap())
}

#[test]
fn when_the_terminal_vanishes_it_ends() {
    let (outer, pid) = nested();
    let process = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    outer.signal(Signal::KILL);
    let patience = Timespec {
        tv_sec: 60,
        tv_nsec: 0,
    };
    let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience));
    assert_eq!(ended, Ok(1), "still running without a terminal");
}

#[test]
fn no_color_does_not_erase_the_selection() {
    // crossterm alone would turn every colour into a reset of bold and reverse.
    let console = probe::launch().env("NO_COLOR", "1").size(80, 24).spawn();
    console.wait_text("probe 80x24");
    assert_eq!(console.modes(), TAKEN);
}
