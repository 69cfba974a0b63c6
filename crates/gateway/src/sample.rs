//! The sampler: at every tick, what each source says, stamped once and handed to the recorder.

use std::sync::Arc;
use std::time::Duration;

use domain::gateway_map::GatewayMap;
use tokio::sync::watch;

use crate::broker::{Endpoint, EndpointError};
use crate::clock::{Due, Ticks, until_next, wall_ms};
use crate::local_mqtt::Listener;
use crate::modbus::Pollers;
use crate::recorder::Recorder;
use crate::seal::Tick;
use crate::status::Status;

/// The longest a tick waits for Modbus devices; it never waits more than half its own length.
const PATIENCE: Duration = Duration::from_secs(1);

/// The map in use; a new one takes effect at once.
pub(crate) type Maps = watch::Receiver<Option<Arc<GatewayMap>>>;

pub(crate) struct Sampler {
    pub(crate) maps: Maps,
    pub(crate) local: Option<Endpoint>,
    pub(crate) recorder: Recorder,
    pub(crate) status: Arc<Status>,
}

impl Sampler {
    /// Samples until the sender of maps is gone.
    ///
    /// # Errors
    /// When the local broker's address cannot be used.
    pub(crate) async fn run(mut self) -> Result<(), EndpointError> {
        let mut ticks = Ticks::default();
        loop {
            let map = self.maps.borrow_and_update().clone();
            let Some(map) = map else {
                if self.maps.changed().await.is_err() {
                    return Ok(());
                }
                continue;
            };
            tracing::info!(
                version = map.version,
                points = map.points.len(),
                tick_ms = map.tick_ms,
                "point map in use"
            );
            self.status.edit().map_version = Some(map.version);
            let listener = Listener::start(&map, self.local.as_ref())?;
            let mut pollers = Pollers::start(&map, Arc::clone(&self.status));
            loop {
                tokio::select! {
                    () = tokio::time::sleep(until_next(wall_ms(), map.tick_ms)) => {}
                    changed = self.maps.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return Ok(()),
                    },
                }
                self.tick(&mut ticks, &map, &listener, &mut pollers).await;
            }
            self.recorder.close_envelope();
        }
    }

    async fn tick(
        &mut self,
        ticks: &mut Ticks,
        map: &GatewayMap,
        listener: &Listener,
        pollers: &mut Pollers,
    ) {
        let (at_ms, new_boot) = match ticks.due(wall_ms(), map.tick_ms) {
            Due::Nothing => return,
            Due::At(at) => (at, false),
            Due::NewBootAt(at) => {
                tracing::warn!(at_ms = at, "the clock went back; a new boot starts");
                (at, true)
            }
        };
        // Before the devices are asked: what comes while they answer belongs to the next tick.
        let mut values = listener.take();
        let patience = PATIENCE.min(Duration::from_millis(map.tick_ms.into()) / 2);
        values.extend(pollers.read(at_ms, patience).await);
        let tick = Tick { at_ms, closed_ms: wall_ms(), map_version: map.version, values };
        self.recorder.push(tick, new_boot, map.ticks_per_envelope);
    }
}
