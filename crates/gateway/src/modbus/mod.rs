//! Modbus TCP: one task per device address, each answering every tick with what it could read.

mod plan;
mod poll;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::gateway_map::GatewayMap;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::status::Status;

/// What one device said at one tick.
struct Answer {
    address: Arc<str>,
    tick: i64,
    values: Vec<(u32, i64)>,
    /// The device, or a unit behind it, did not answer.
    silent: bool,
}

/// The pollers of one point map; they stop when this is dropped.
pub(crate) struct Pollers {
    ticks: watch::Sender<i64>,
    answers: mpsc::Receiver<Answer>,
    devices: usize,
    silent: BTreeMap<Arc<str>, bool>,
    status: Arc<Status>,
    _tasks: JoinSet<()>,
}

impl Pollers {
    pub(crate) fn start(map: &GatewayMap, status: Arc<Status>) -> Self {
        let plan = plan::plan(map);
        let (ticks, _) = watch::channel(i64::MIN);
        let (sender, answers) = mpsc::channel(plan.len().max(1));
        let mut tasks = JoinSet::new();
        let devices = plan.len();
        for (address, reads) in plan {
            let device = poll::Device::new(address.into(), reads);
            tasks.spawn(device.run(ticks.subscribe(), sender.clone()));
        }
        Self { ticks, answers, devices, silent: BTreeMap::new(), status, _tasks: tasks }
    }

    /// Reads every device for `tick` and waits for all of them, at most `patience`. What a slow device says later
    /// goes into the next tick, unless it is then read again in time.
    pub(crate) async fn read(&mut self, tick: i64, patience: Duration) -> BTreeMap<u32, i64> {
        let until = Instant::now() + patience;
        let mut values = BTreeMap::new();
        let mut missing = self.devices;
        self.ticks.send_replace(tick);
        while missing > 0 {
            let Ok(Some(answer)) = timeout_at(until, self.answers.recv()).await else { break };
            values.extend(answer.values);
            missing -= usize::from(answer.tick == tick);
            self.note(answer.address, answer.silent);
        }
        values
    }

    fn note(&mut self, address: Arc<str>, silent: bool) {
        if self.silent.insert(Arc::clone(&address), silent).unwrap_or(false) == silent {
            return;
        }
        if silent {
            tracing::warn!(%address, "Modbus device does not answer");
        } else {
            tracing::info!(%address, "Modbus device answers again");
        }
        let silent = self.silent.iter().filter(|(_, silent)| **silent);
        self.status.edit().silent_devices = silent.map(|(address, _)| address.to_string()).collect();
    }
}
