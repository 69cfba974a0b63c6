//! What the gateway knows about itself: a log line and `status.json` now and then.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::id::GatewayId;
use serde::Serialize;

use crate::files;
use crate::journal::Depth;

/// The health of a running gateway. Times are ms since 1970 by the device clock.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Who reports.
    pub(crate) gateway: GatewayId,
    /// When.
    pub(crate) at_ms: i64,
    /// The current process start; text, since JSON numbers lose bits past 2^53.
    pub(crate) boot: String,
    /// Version of the point map in use; none before the first.
    pub(crate) map_version: Option<u32>,
    /// Connected to the cloud broker.
    pub(crate) online: bool,
    /// What waits on disk for the server.
    pub(crate) journal: Depth,
    /// The last committed watermark (boot, sequence number) since the start.
    pub(crate) watermark: Option<(String, u64)>,
    /// The last tick taken.
    pub(crate) last_tick_ms: Option<i64>,
    /// Readings in the last tick.
    pub(crate) last_tick_readings: usize,
    /// Ticks in memory that the disk has not taken.
    pub(crate) waiting_ticks: usize,
    /// Ticks given up since the start because neither disk nor memory had room.
    pub(crate) refused_ticks: u64,
    /// Why the last tick is not on disk, if it is not.
    pub(crate) disk_problem: Option<String>,
    /// Modbus devices that do not answer now.
    pub(crate) silent_devices: Vec<String>,
}

/// The report as its parts fill it in.
#[derive(Debug)]
pub(crate) struct Status(Mutex<Report>);

impl Status {
    pub(crate) fn new(gateway: GatewayId) -> Self {
        Self(Mutex::new(Report {
            gateway,
            at_ms: 0,
            boot: String::new(),
            map_version: None,
            online: false,
            journal: Depth::default(),
            watermark: None,
            last_tick_ms: None,
            last_tick_readings: 0,
            waiting_ticks: 0,
            refused_ticks: 0,
            disk_problem: None,
            silent_devices: Vec::new(),
        }))
    }

    pub(crate) fn edit(&self) -> MutexGuard<'_, Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs the report and replaces `status.json` in `data`.
pub(crate) fn publish(data: &Path, report: &Report) {
    let quiet = report.disk_problem.is_none() && report.refused_ticks == 0;
    let envelopes = report.journal.envelopes;
    let (online, waiting, refused) = (report.online, report.waiting_ticks, report.refused_ticks);
    let (watermark, silent) = (&report.watermark, &report.silent_devices);
    if quiet {
        tracing::info!(online, envelopes, bytes = report.journal.bytes, ?watermark, ?silent, "status");
    } else {
        let problem = report.disk_problem.as_deref().unwrap_or("none");
        tracing::error!(
            online,
            envelopes,
            bytes = report.journal.bytes,
            waiting,
            refused,
            problem,
            ?watermark,
            "status"
        );
    }
    let written = serde_json::to_vec_pretty(report)
        .map_err(std::io::Error::other)
        .and_then(|json| files::replace(&data.join("status.json"), &json));
    if let Err(error) = written {
        tracing::warn!(%error, "cannot write status.json");
    }
}
