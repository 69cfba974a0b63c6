//! What a gateway needs to know: which points to read, how often, and how to batch them.

use crate::id::GatewayId;
use crate::point::PointSpec;
use serde::{Deserialize, Serialize};

/// The point map of one gateway, sent on `gs/{gateway}/map` and cached by the gateway for offline starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayMap {
    /// The gateway the map is for.
    pub gateway: GatewayId,
    /// Raised by the server whenever a point changes; every envelope names the version it was made with.
    pub version: u32,
    /// Time between two ticks, ms; ticks are aligned to multiples of it.
    pub tick_ms: u32,
    /// Ticks that are sent together.
    pub ticks_per_envelope: u32,
    /// Points by channel, with the source each is read from.
    pub points: Vec<PointSpec>,
}

/// What a gateway says when it connects, on `gs/{gateway}/hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the map the gateway holds; none on its first start.
    pub map_version: Option<u32>,
}

/// Through which envelope of a boot everything is committed, on `gs/{gateway}/watermark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Start of the gateway process. A string on the wire: JSON numbers lose bits past 2^53.
    #[serde(with = "text")]
    pub boot: u64,
    /// Every envelope of the boot up to and including this one is committed; 0 is none.
    pub seq: u64,
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_keeps_every_bit_on_the_wire() {
        let mark = Watermark { boot: i64::MAX.cast_unsigned(), seq: 7 };
        let json = serde_json::to_string(&mark).unwrap();
        assert_eq!(json, r#"{"boot":"9223372036854775807","seq":7}"#);
        assert_eq!(serde_json::from_str::<Watermark>(&json).unwrap(), mark);
        assert!(serde_json::from_str::<Watermark>(r#"{"boot":1,"seq":7}"#).is_err());
    }

    #[test]
    fn a_first_start_has_no_map() {
        assert_eq!(serde_json::from_str::<Hello>(r#"{"map_version":null}"#).unwrap().map_version, None);
    }
}
