//! The point map: what to read, how often. Sent by the server, kept for starts without one.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use domain::envelope::{CELLS_MAX, CHANNELS_MAX};
use domain::gateway_map::GatewayMap;
use domain::id::GatewayId;
use domain::point::Source;

use crate::files;

const CACHE: &str = "map.json";
/// Shortest time between readings, ms.
pub const LEAST_TICK_MS: u32 = 50;
const MOST_TICK_MS: u32 = 3_600_000;
const MOST_TICKS: u64 = 4096;
const MOST_DECIMALS: u8 = 18;

/// Why a point map is not used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The file cannot be read.
    #[error("cannot read the point map: {0}")]
    Io(#[from] io::Error),
    /// Not the JSON of a point map.
    #[error("the point map is not valid: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Meant for another gateway.
    #[error("the point map is for gateway {0}")]
    OtherGateway(GatewayId),
    /// A setting out of its range.
    #[error("the point map's {name} is {value}; it must be {least} to {most}")]
    OutOfRange {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: u64,
        /// Smallest allowed value.
        least: u64,
        /// Largest allowed value.
        most: u64,
    },
    /// Two points with one channel number.
    #[error("the point map names channel {0} twice")]
    DuplicateChannel(u32),
    /// A topic filter that MQTT does not allow.
    #[error("channel {0} has the topic filter {1:?}, which is none")]
    TopicFilter(u32, String),
    /// A Modbus function that reads no register.
    #[error("channel {0} has Modbus function {1}; it must be 3 or 4")]
    Function(u32, u8),
}

/// Reads a map and checks that this gateway can use it.
///
/// # Errors
/// When it is malformed, for another gateway, or out of bounds.
pub fn parse(bytes: &[u8], gateway: GatewayId) -> Result<GatewayMap, MapError> {
    let map: GatewayMap = serde_json::from_slice(bytes)?;
    if map.gateway != gateway {
        return Err(MapError::OtherGateway(map.gateway));
    }
    let range = |name, value: u64, least: u64, most: u64| {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(MapError::OutOfRange { name, value, least, most })
        }
    };
    range("tick_ms", map.tick_ms.into(), LEAST_TICK_MS.into(), MOST_TICK_MS.into())?;
    range("number of points", map.points.len() as u64, 0, CHANNELS_MAX as u64)?;
    let most_ticks = (CELLS_MAX / map.points.len().max(1)) as u64;
    range("ticks_per_envelope", map.ticks_per_envelope.into(), 1, most_ticks.min(MOST_TICKS))?;
    let mut channels = BTreeSet::new();
    for point in &map.points {
        if !channels.insert(point.channel) {
            return Err(MapError::DuplicateChannel(point.channel));
        }
        range("decimals", point.decimals.into(), 0, MOST_DECIMALS.into())?;
        match &point.source {
            Some(Source::Mqtt { topic, .. }) if !rumqttc::valid_filter(topic) => {
                return Err(MapError::TopicFilter(point.channel, topic.clone()));
            }
            Some(Source::Modbus { function, .. }) if !matches!(function, 3 | 4) => {
                return Err(MapError::Function(point.channel, *function));
            }
            _ => {}
        }
    }
    Ok(map)
}

/// The map of the last start, or the one in `offline` when there is none.
///
/// # Errors
/// When `offline` is needed and cannot be used. A damaged cache is only logged: the server sends it again.
pub fn load(data: &Path, offline: Option<&Path>, gateway: GatewayId) -> Result<Option<GatewayMap>, MapError> {
    match std::fs::read(data.join(CACHE)).map_err(MapError::Io).and_then(|bytes| parse(&bytes, gateway)) {
        Ok(map) => return Ok(Some(map)),
        Err(MapError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "the cached point map is not used"),
    }
    offline.map(|path| parse(&std::fs::read(path)?, gateway)).transpose()
}

/// Keeps a map for the next start, atomically.
///
/// # Errors
/// Whatever the file system says; the old cache is then still in place.
pub fn store(data: &Path, map: &GatewayMap) -> io::Result<()> {
    files::replace(&data.join(CACHE), &serde_json::to_vec(map).map_err(io::Error::other)?)
}
