//! The edge agent's program.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use gateway::config::Args;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    // Another crate of the process may have chosen one already; either is good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match gateway::run::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gainshare-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
