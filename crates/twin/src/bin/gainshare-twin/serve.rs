//! `gainshare-twin serve`.

use anyhow::Context;
use chrono::Utc;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use twin::facility::Name;
use twin::faults::Fault;
use twin::serve::mqtt::Publisher;
use twin::serve::{Plant, SimClock, Site, modbus};
use twin::simulation::{STEP_MS, Simulation, State};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which facilities; may be repeated.
    #[arg(long, required = true)]
    facility: Vec<Name>,
    /// Where the Modbus TCP server listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:5020")]
    modbus_bind: String,
    /// The local broker, mqtt://[user:password@]host[:port].
    #[arg(long)]
    mqtt: String,
    /// Topics are below {prefix}/{facility slug}.
    #[arg(long, default_value = "site")]
    mqtt_prefix: String,
    /// Simulated seconds per second; simulated time starts at the present.
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    speed: f64,
    /// Seed of weather and noise, when no state is given.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder that `history` wrote to: goes on from its state files.
    #[arg(long)]
    state: Option<PathBuf>,
    /// A fault to start with, kind:target[:parameter]; may be repeated.
    #[arg(long)]
    fault: Vec<Fault>,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed| (0.01..=100_000.0).contains(speed))
        .ok_or_else(|| "between 0.01 and 100000".into())
}

/// Serves until interrupted.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let now_ms = Utc::now().timestamp_millis();
    let simulations = args.facility.iter().map(|&name| simulation(&args, name, now_ms));
    let simulations = simulations.collect::<anyhow::Result<Vec<_>>>()?;
    let specs: Vec<_> = simulations.iter().map(|s| s.spec().clone()).collect();
    let sites = simulations.into_iter().map(Site::new).collect();
    let plant = Arc::new(Plant::new(SimClock::starting(now_ms, args.speed), sites));
    for fault in &args.fault {
        anyhow::ensure!(plant.add_fault(fault), "no device is called `{}`", fault.target);
    }

    let listener = TcpListener::bind(&args.modbus_bind)
        .await
        .with_context(|| format!("cannot listen on {} for Modbus", args.modbus_bind))?;
    tracing::info!(modbus = %listener.local_addr()?, mqtt = args.mqtt_prefix, speed = args.speed, "serving");
    for (site, spec) in specs.iter().enumerate() {
        let prefix = twin::describe::prefix(&args.mqtt_prefix, spec);
        let (publisher, events) = Publisher::new(Arc::clone(&plant), site, spec, &args.mqtt, prefix)?;
        tokio::spawn(publisher.run(events));
    }
    tokio::select! {
        served = modbus::serve(listener, plant) => served.context("the Modbus server stopped"),
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for an interrupt"),
    }
}

/// The facility as it is now: from its state file, or warmed up two days ago.
fn simulation(args: &Args, name: Name, now_ms: i64) -> anyhow::Result<Simulation> {
    let mut simulation = match &args.state {
        Some(folder) => {
            let path = folder.join(format!("{}.state.json", name.spec().slug));
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}; `history` writes it", path.display()))?;
            let state: State = serde_json::from_str(&text)
                .with_context(|| format!("{} is no state file", path.display()))?;
            Simulation::resumed(name, state, None)
                .with_context(|| format!("{} is of another facility", path.display()))?
        }
        None => {
            let start = now_ms - now_ms.rem_euclid(STEP_MS) - 2 * 86_400_000;
            Simulation::warmed(name, args.seed, Some(start), start, None)
        }
    };
    simulation.advance(now_ms);
    Ok(simulation)
}
