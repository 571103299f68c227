//! The pulse: its numbers are those of the rows, it follows what happens, and each number leads to its list.

use jolli::api::JobStatus;

use super::{leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn its_numbers_are_those_of_the_server_and_lead_to_the_lists_behind_them() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();

    console.press("g").press("h");
    console.wait_text("Pulse · last 24h · since").settle();
    // A day holds most of the story; what the rows of that time say is counted here by hand.
    let (since, until) = api.pulse_window("24h");
    let failed = api.jobs_ended(JobStatus::Failed, since, until);
    assert!(failed > 0);
    wait_line(&console, "Pulse", &["✗ failed", &format!(" {failed} ")]);

    console.press("]");
    console.wait_text("Pulse · last 7d · since").settle();
    let (since, until) = api.pulse_window("7d");
    let failed = api.jobs_ended(JobStatus::Failed, since, until);
    let succeeded = api.jobs_ended(JobStatus::Succeeded, since, until);
    wait_line(
        &console,
        "Pulse",
        &["✓ succeeded", &format!(" {succeeded} ")],
    );

    // It follows: one more run that ends.
    demo.push("payments");
    api.until("the run to end", |api| {
        (api.job(92).status == JobStatus::Succeeded).then_some(())
    });
    let more = format!(" {} ", succeeded + 1);
    wait_line(&console, "Pulse", &["✓ succeeded", &more]);

    // Enter opens what a number counts.
    console.press("g").press("g");
    for _ in 0..7 {
        console.press("j");
    }
    console
        .settle()
        .wait_for("the failed runs to be selected", |view| {
            view.selected().is_some_and(|row| row.contains("✗ failed"))
        });
    console.press("Enter");
    console.wait_text(&format!("4 Recent runs (all) ({failed} of 92)"));
    wait_line(&console, "4 Recent runs", &["#91", "✗ failed"]);
    leave(console);
}

#[test]
fn runs_over_time_are_bars_that_open_the_runs() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();

    console.press("g").press("h");
    console.wait_text("Timeline · last 24h ·").settle();
    console
        .press("[")
        .wait_text("Timeline · last 1h ·")
        .settle();
    // A run that begins now comes onto it by itself, and ends there.
    demo.push("payments");
    api.until("the run to end", |api| {
        (api.job(92).status == JobStatus::Succeeded).then_some(())
    });
    wait_line(&console, "Timeline", &["#92 payments", "✓"]);
    console.press("Tab").settle();
    console.press("g").press("g");
    wait_selected(&console, "#92 payments");
    wait_line(&console, "Timeline", &["#92 ✓ succeeded · queued"]);
    console.press("Enter");
    console.wait_text("Runs › #92 payments").settle();
    console.press("Esc").wait_text("Timeline · last 1h ·");

    // A week has a line for every source, and the runs of a line are gone through.
    console.press("]").press("]");
    console.wait_text("Timeline · last 7d ·").settle();
    console.press("g").press("g");
    wait_line(&console, "Timeline", &["#92 ✓ succeeded", "· run "]);
    let of_source = api.runs_of("payments");
    let before = of_source[1];
    console.press("Left");
    wait_line(&console, "Timeline", &[&format!("#{before} ")]);
    console.press("Enter");
    console.wait_text(&format!("Runs › #{before} payments"));
    leave(console);
}
