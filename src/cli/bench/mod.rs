//! `jolli bench`: measures this build, on this machine, as an operator has it: the real program in a terminal. Built with the
//! feature `bench` only. What it measures is written in `performance.md: The console`.

mod beside;
mod console;
mod process;
mod report;
mod terminal;
mod world;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// The console: starts, keys, filters, memory, rest, bytes, sizes; each beside its budget.
    Console(ConsoleBench),
}

#[derive(Debug, Args)]
pub struct ConsoleBench {
    /// How many sources the server has.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    sources: usize,
    /// How often a start is measured.
    #[arg(long, default_value_t = 20, value_name = "N")]
    starts: usize,
    /// Another program to put beside it, with its arguments: 'lazygit', 'htop'. What every program can be asked is then
    /// measured of both, by the same script. May be repeated.
    #[arg(long, value_name = "COMMAND")]
    beside: Vec<String>,
    /// Only what --beside names, and the console beside it.
    #[arg(long, requires = "beside")]
    only_beside: bool,
}

/// Measures, and prints a line for each figure. Exit code 3: a budget does not hold.
pub fn run(command: &BenchCommand) -> color_eyre::Result<ExitCode> {
    let BenchCommand::Console(args) = command;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let world = runtime.block_on(world::World::start(args.sources))?;
    let mut report = report::Report::default();
    if !args.only_beside {
        console::measure(&runtime, &world, args.starts, &mut report)?;
    }
    if !args.beside.is_empty() {
        beside::measure(&world, &args.beside)?;
    }
    runtime.block_on(world.stop());
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}
