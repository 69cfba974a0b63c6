use clap::{Parser, Subcommand};
use server::{admin, config, serve, telemetry};

/// Gainshare's server. Every option can also be set in the environment.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal and take in telemetry.
    Serve(Box<config::Serve>),
    /// Bring the database schema up to date.
    Migrate(config::Database),
    /// Work on organisations, people, facilities and gateways from the command line.
    Admin(Box<admin::Admin>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    // Connections to the broker and to mail servers use it. Another crate may have chosen one already; either is good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    telemetry::start()?;
    match cli.command {
        Command::Serve(config) => serve::run(*config).await,
        Command::Migrate(database) => Ok(store::Db::migrate(&database.url).await?),
        Command::Admin(admin) => admin.run().await,
    }
}
