//! Puts the parts together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::broker::Endpoint;
use crate::clock::wall_ms;
use crate::config::{Args, Credentials};
use crate::journal::Journal;
use crate::map;
use crate::recorder::{Recorder, Shared};
use crate::sample::Sampler;
use crate::status::{self, Status};
use crate::uplink::Uplink;

/// Runs the gateway until SIGINT or SIGTERM.
///
/// # Errors
/// When it cannot start: credentials, data folder, offline map or a broker address. Once it runs, nothing but a
/// signal stops it.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let credentials = Credentials::load(&args.credentials)?;
    let local = args.local_mqtt.as_deref().map(Endpoint::parse).transpose().context("--local-mqtt")?;
    if credentials.endpoint.exposes_password() {
        tracing::warn!(
            "the broker's address is mqtt://: the password crosses the network unencrypted; use mqtts://"
        );
    }
    let gateway = credentials.gateway;
    let journal = Journal::open(&args.data.join("journal"), args.journal_max_bytes, wall_ms())?;
    let map = map::load(&args.data, args.offline_map.as_deref(), gateway).context("--offline-map")?;
    let status = Arc::new(Status::new(gateway));
    status.edit().boot = journal.boot().to_string();
    tracing::info!(%gateway, boot = journal.boot(), depth = ?journal.depth(), map = map.as_ref().map(|m| m.version), "gateway starts");

    let shared = Shared::new(journal);
    let (sender, maps) = watch::channel(map.map(Arc::new));
    let resend = Duration::from_secs(args.resend_seconds.max(1));
    let (endpoint, data) = (&credentials.endpoint, args.data.clone());
    let uplink = Uplink::new(gateway, endpoint, data, resend, shared.clone(), Arc::clone(&status), sender)?;
    let recorder = Recorder::new(shared.clone(), Arc::clone(&status));
    let sampler = Sampler { maps, local, recorder, status: Arc::clone(&status) };

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        sampled = tokio::spawn(sampler.run()) => sampled??,
        sent = tokio::spawn(uplink.run()) => sent?,
        () = report(&args.data, &shared, &status, Duration::from_secs(args.status_seconds.max(1))) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // Without it, the next start sends a little more again.
    if let Err(error) = shared.with(Journal::save) {
        tracing::warn!(%error, "cannot store the committed watermark");
    }
    tracing::info!(depth = ?shared.with(|j| j.depth()), "gateway stops");
    Ok(())
}

async fn report(data: &Path, shared: &Shared, status: &Status, every: Duration) {
    let mut timer = tokio::time::interval(every);
    loop {
        timer.tick().await;
        let depth = shared.with(|j| j.depth());
        let report = {
            let mut report = status.edit();
            report.at_ms = wall_ms();
            report.journal = depth;
            report.clone()
        };
        tokio::task::block_in_place(|| status::publish(data, &report));
    }
}
