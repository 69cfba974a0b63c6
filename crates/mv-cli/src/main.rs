//! `gainshare-mv`: the measurement and verification engine on a command line, for auditors and for tests.
//!
//! This program reads files and prints; every number comes from the pure crate `mv`.

mod bench;
mod input;
mod report;
mod savings;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Input that cannot be read, or a call that makes no sense.
const EXIT_INPUT: u8 = 2;

/// Measurement and verification of savings, without a database.
#[derive(Parser)]
#[command(name = "gainshare-mv", version = mv::ENGINE_VERSION)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Savings of a reporting period against a baseline.
    Savings(savings::Options),
    /// Checks a signed dossier and recomputes its candidates. Exits with 1 when something does not hold.
    Verify(verify::Options),
    /// How long the engine takes on this machine.
    Bench,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Savings(options) => savings::run(&options).map(|()| true),
        Command::Verify(options) => verify::run(&options),
        Command::Bench => {
            bench::run();
            Ok(true)
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("gainshare-mv: {error:#}");
            ExitCode::from(EXIT_INPUT)
        }
    }
}
