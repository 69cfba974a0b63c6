//! Sensors that publish on the site's own MQTT broker.

mod topics;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::gateway_map::GatewayMap;
use rumqttc::{QoS, SubscribeFilter};
use tokio::task::JoinHandle;

use crate::broker::{Endpoint, EndpointError, Link, LinkEvent};
use crate::clock::wall_ms;
use topics::Topics;

const FILTERS_PER_REQUEST: usize = 50;

/// The newest value of each channel since it was last asked; listening stops when this is dropped.
pub(crate) struct Listener {
    newest: Arc<Mutex<BTreeMap<u32, i64>>>,
    task: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(map: &GatewayMap, broker: Option<&Endpoint>) -> Result<Self, EndpointError> {
        let newest = Arc::default();
        let topics = Topics::new(map);
        let filters = topics.filters();
        let task = match broker {
            Some(broker) if !filters.is_empty() => {
                let link = Link::open(broker, &format!("gainshare-{}", map.gateway), 16)?;
                Some(tokio::spawn(listen(link, topics, filters, Arc::clone(&newest))))
            }
            None if !filters.is_empty() => {
                tracing::error!(
                    topics = filters.len(),
                    "the point map has MQTT points, but --local-mqtt is not set"
                );
                None
            }
            _ => None,
        };
        Ok(Self { newest, task })
    }

    /// What came since the last call.
    pub(crate) fn take(&self) -> BTreeMap<u32, i64> {
        std::mem::take(&mut lock(&self.newest))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn listen(
    mut link: Link,
    mut topics: Topics,
    filters: Vec<String>,
    newest: Arc<Mutex<BTreeMap<u32, i64>>>,
) {
    while let Some(event) = link.events.recv().await {
        match event {
            LinkEvent::Up => {
                tracing::info!(topics = filters.len(), "connected to the local broker");
                for chunk in filters.chunks(FILTERS_PER_REQUEST) {
                    let filters = chunk.iter().map(|f| SubscribeFilter::new(f.clone(), QoS::AtLeastOnce));
                    if let Err(error) = link.client.try_subscribe_many(filters) {
                        tracing::error!(%error, "cannot subscribe on the local broker");
                    }
                }
            }
            LinkEvent::Down(reason) => tracing::warn!(reason, "no connection to the local broker"),
            // A retained message is what the device said some time ago, not a new reading.
            LinkEvent::Message(message) if message.retain => {}
            LinkEvent::Message(message) => {
                lock(&newest).extend(topics.readings(&message.topic, &message.payload, wall_ms()));
            }
            LinkEvent::Acked => {}
        }
    }
}

fn lock(newest: &Mutex<BTreeMap<u32, i64>>) -> MutexGuard<'_, BTreeMap<u32, i64>> {
    newest.lock().unwrap_or_else(PoisonError::into_inner)
}
