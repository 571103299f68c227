//! The performance goals, runnable. What durability costs: commands through the engine (P6) and signed webhooks through the server (P4), each with a
//! baseline from the same run; how fast jobs are taken and done, beside the queues of others (P7), how soon (P8), and how soon by another one (P14); what one event for many spaces costs, and costs others (P9); what the log costs to check, to
//! replay and to look back into (P10, P12); what followers of it wait for (P11); what a server holds at rest (P15); and what an impact run takes as a process
//! (P1 to P3). Prints the machine, the commit and the disk's own speed beside the figures.
//!
//! Run with `cargo bench`, or with names behind `--`: `commands`, `webhooks`, `rest`, `jobs`, `fan-out`, `past`, `feed`, `impact`.
//! PostgreSQL is measured where `JOLLI_TEST_POSTGRES` names a server whose role may make databases; else it says that it
//! was not.

mod commands;
mod fan_out;
mod feed;
mod impact;
mod jobs;
mod past;
mod postgres;
mod report;
mod rest;
mod webhooks;
mod world;

use std::time::Duration;

use self::report::{commit, cpu, fdatasync, tempdir};

/// How long each figure is measured.
pub const MEASURE: Duration = Duration::from_secs(5);
pub const CLIENTS: usize = 64;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` and `cargo bench -- --list` only want to know that it builds.
    if args.iter().any(|a| a == "--test" || a == "--list") {
        return;
    }
    let named: Vec<&String> = args.iter().filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|n| *n == name);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let disk = tempdir("target");
    println!(
        "machine   {}, {} cores",
        cpu(),
        std::thread::available_parallelism().map_or(0, usize::from)
    );
    println!("commit    {}", commit());
    println!(
        "fdatasync {:.2} ms median of 200 (4 KiB)",
        fdatasync(&disk).as_secs_f64() * 1e3
    );
    runtime.block_on(async {
        if wanted("commands") {
            commands::measure(&disk).await;
        }
        if wanted("webhooks") {
            webhooks::measure(&disk).await;
        }
        if wanted("rest") {
            rest::measure(&disk).await;
        }
        if wanted("jobs") {
            jobs::measure(&disk).await;
        }
        if wanted("fan-out") {
            fan_out::measure(&disk).await;
        }
        if wanted("past") {
            past::measure(&disk).await;
        }
        if wanted("feed") {
            feed::measure(&disk).await;
        }
    });
    if wanted("impact") {
        impact::measure(&disk);
    }
    std::fs::remove_dir_all(&disk).expect("the directory goes");
}
