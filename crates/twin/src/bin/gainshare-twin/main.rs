//! `gainshare-twin`: describes the twin's devices, serves them live, or writes their past.

mod history;
mod serve;

use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use twin::facility::Name;

#[derive(Parser)]
#[command(name = "gainshare-twin", about = "Twin of two growing facilities that speaks Modbus TCP and MQTT")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the facility file: zones and points, with where a gateway reads them.
    Describe {
        /// Which facility.
        #[arg(long)]
        facility: Name,
        /// Address under which gateways reach the Modbus server, host:port.
        #[arg(long, default_value = "127.0.0.1:5020")]
        modbus: String,
        /// Topics are below {prefix}/{facility slug}.
        #[arg(long, default_value = "site")]
        mqtt_prefix: String,
    },
    /// Serve the devices live.
    Serve(serve::Args),
    /// Write past readings, weather, crop cycles and the state to go on from.
    History(history::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match Cli::parse().command {
        Command::Describe { facility, modbus, mqtt_prefix } => {
            let file = twin::describe::describe(&facility.spec(), &modbus, &mqtt_prefix);
            println!("{}", serde_json::to_string_pretty(&file)?);
            Ok(())
        }
        Command::Serve(args) => serve::run(args).await,
        Command::History(args) => history::run(&args),
    }
}
