//! The mapping table: topic filter, JSON pointer, scale. No code knows a vendor.

use std::collections::BTreeSet;

use chrono::DateTime;
use domain::gateway_map::GatewayMap;
use domain::point::Source;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::number;

/// A device clock further ahead than this says nothing about which reading is newer, ms.
const MOST_AHEAD_MS: i64 = 300_000;
/// Numbers from here on are Unix ms, smaller ones Unix seconds (this many seconds is the year 5138).
const LEAST_UNIX_MS: i64 = 100_000_000_000;

struct Rule {
    channel: u32,
    filter: String,
    pointer: String,
    scale: Decimal,
    decimals: u8,
    time_pointer: Option<String>,
    /// The device's own time of the last reading taken, ms.
    last_ms: Option<i64>,
}

/// The MQTT points of a map.
pub(super) struct Topics {
    rules: Vec<Rule>,
}

impl Topics {
    pub(super) fn new(map: &GatewayMap) -> Self {
        let mut rules = Vec::new();
        for point in &map.points {
            if let Some(Source::Mqtt { topic, pointer, scale, time_pointer }) = &point.source {
                rules.push(Rule {
                    channel: point.channel,
                    filter: topic.clone(),
                    pointer: pointer.clone(),
                    scale: *scale,
                    decimals: point.decimals,
                    time_pointer: time_pointer.clone(),
                    last_ms: None,
                });
            }
        }
        Self { rules }
    }

    /// The different topic filters.
    pub(super) fn filters(&self) -> Vec<String> {
        self.rules.iter().map(|r| r.filter.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The raw values in a message. What is not there, or is no number, is left out.
    pub(super) fn readings(&mut self, topic: &str, payload: &[u8], now_ms: i64) -> Vec<(u32, i64)> {
        let mut rules = self.rules.iter_mut().filter(|r| rumqttc::matches(topic, &r.filter)).peekable();
        if rules.peek().is_none() {
            return Vec::new();
        }
        let Ok(payload) = serde_json::from_slice::<Value>(payload) else {
            tracing::debug!(topic, "message is neither JSON nor a number");
            return Vec::new();
        };
        rules.filter_map(|rule| rule.reading(&payload, now_ms).map(|raw| (rule.channel, raw))).collect()
    }
}

impl Rule {
    fn reading(&mut self, payload: &Value, now_ms: i64) -> Option<i64> {
        let number = number_of(payload.pointer(&self.pointer)?)?;
        let raw = number::to_raw(number, self.scale, self.decimals)?;
        let stamped = self.time_pointer.as_ref().and_then(|p| time_of(payload.pointer(p)?));
        if let Some(stamped) = stamped.filter(|s| *s <= now_ms.saturating_add(MOST_AHEAD_MS)) {
            if self.last_ms.is_some_and(|last| stamped <= last) {
                return None;
            }
            self.last_ms = Some(stamped);
        }
        Some(raw)
    }
}

/// A JSON number, or a number that a device wrote as text.
fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number::parse(&number.to_string()),
        Value::String(text) => number::parse(text),
        _ => None,
    }
}

/// Unix seconds or ms, or ISO 8601 with an offset, as ms. A local time without offset is no time: it repeats an hour
/// every autumn.
fn time_of(value: &Value) -> Option<i64> {
    if let Value::String(text) = value
        && let Ok(time) = DateTime::parse_from_rfc3339(text)
    {
        return Some(time.timestamp_millis());
    }
    let number = number_of(value)?;
    let whole = number.trunc().to_i64()?;
    if whole.abs() >= LEAST_UNIX_MS { Some(whole) } else { (number * Decimal::from(1000)).to_i64() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::GatewayId;
    use domain::point::{Kind, Metric, PointSpec};
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::time::{Duration, Instant};

    const NOW: i64 = 1_767_225_600_000;

    fn point(
        channel: u32,
        topic: &str,
        pointer: &str,
        scale: &str,
        decimals: u8,
        time: Option<&str>,
    ) -> PointSpec {
        PointSpec {
            channel,
            name: format!("p{channel}"),
            zone: None,
            metric: Metric::Temperature,
            kind: Kind::Gauge,
            decimals,
            end_use: None,
            interval_ms: 10_000,
            modulus: None,
            rate_max: None,
            valid_min: None,
            valid_max: None,
            source: Some(Source::Mqtt {
                topic: topic.into(),
                pointer: pointer.into(),
                scale: scale.parse().unwrap(),
                time_pointer: time.map(Into::into),
            }),
        }
    }

    fn topics(points: Vec<PointSpec>) -> Topics {
        Topics::new(&GatewayMap {
            gateway: GatewayId(uuid::Uuid::from_u128(1)),
            version: 1,
            tick_ms: 1000,
            ticks_per_envelope: 1,
            points,
        })
    }

    /// Payloads as the devices send them, and what the table makes of them.
    #[test]
    fn forms_of_real_devices() {
        let mut topics = topics(vec![
            point(1, "zigbee2mqtt/flower-1", "/temperature", "1", 2, None),
            point(2, "zigbee2mqtt/flower-1", "/humidity", "1", 1, None),
            point(3, "shellypro3em-1/status/em:0", "/total_act_power", "1", 1, None),
            point(4, "shellypro3em-1/status/emdata:0", "/total_act", "1", 0, None),
            point(5, "shellypro3em-1/events/rpc", "/params/em:0/a_act_power", "1", 1, None),
            point(6, "tele/dehumidifier/SENSOR", "/ENERGY/Total", "1000", 0, Some("/Time")),
            point(7, "tele/dehumidifier/SENSOR", "/SCD30/CarbonDioxide", "1", 0, None),
            point(8, "shellies/+/emeter/0/power", "", "1", 1, None),
            point(9, "shellies/relay-1/relay/0/energy", "", "0.0166666666666666666667", 0, None),
            point(10, "scale/#", "/weight/kg", "1000", 1, None),
        ]);
        type Case = (&'static str, &'static str, &'static [(u32, i64)]);
        let cases: [Case; 12] = [
            (
                "zigbee2mqtt/flower-1",
                r#"{"battery":97,"humidity":61.42,"linkquality":120,"temperature":24.37,"update":{"state":"idle"}}"#,
                &[(1, 2437), (2, 614)],
            ),
            ("zigbee2mqtt/flower-1/availability", r#"{"state":"online"}"#, &[]),
            (
                "shellypro3em-1/status/em:0",
                r#"{"id":0,"a_current":4.029,"a_voltage":236.1,"n_current":null,"total_act_power":2481.782}"#,
                &[(3, 24818)],
            ),
            (
                "shellypro3em-1/status/emdata:0",
                r#"{"id":0,"total_act":275423.51,"total_act_ret":0}"#,
                &[(4, 275_424)],
            ),
            (
                "shellypro3em-1/events/rpc",
                r#"{"src":"shellypro3em-1","method":"NotifyStatus","params":{"ts":1767225600.11,"em:0":{"id":0,"a_act_power":-12.3}}}"#,
                &[(5, -123)],
            ),
            (
                "tele/dehumidifier/SENSOR",
                r#"{"Time":"2025-12-31T23:00:00","ENERGY":{"Total":3.185,"Power":460},"SCD30":{"CarbonDioxide":811.6,"Temperature":21.5}}"#,
                &[(6, 3185), (7, 812)],
            ),
            ("shellies/em3-77/emeter/0/power", "1234.56", &[(8, 12346)]),
            ("shellies/relay-1/relay/0/energy", "600", &[(9, 10)]),
            ("scale/bench/3", r#"{"weight":{"kg":"1.2345"}}"#, &[(10, 12345)]),
            ("zigbee2mqtt/flower-1", r#"{"temperature":null,"humidity":"unavailable"}"#, &[]),
            ("zigbee2mqtt/flower-1", r#"{"temperature":1e300,"humidity":true}"#, &[]),
            ("zigbee2mqtt/flower-1", "offline", &[]),
        ];
        for (topic, payload, expected) in cases {
            assert_eq!(topics.readings(topic, payload.as_bytes(), NOW), expected, "{topic} {payload}");
        }
    }

    #[test]
    fn a_reading_with_its_own_time_counts_once() {
        let mut topics = topics(vec![point(1, "t", "/v", "1", 0, Some("/at"))]);
        let mut at =
            |time: &str, v: i64| topics.readings("t", format!(r#"{{"at":{time},"v":{v}}}"#).as_bytes(), NOW);
        assert_eq!(at("1767225000", 1), [(1, 1)]);
        assert_eq!(at("1767225000", 2), [], "the same reading again");
        assert_eq!(at("1767224000.5", 3), [], "an older reading");
        assert_eq!(at(r#""2025-12-31T23:50:01+00:00""#, 4), [(1, 4)], "ISO 8601, a second later");
        assert_eq!(at("1767225001500", 5), [(1, 5)], "Unix ms");
        assert_eq!(at("1999999999", 6), [(1, 6)], "a clock far ahead is not believed");
        assert_eq!(at("1767225001400", 7), [], "and does not block what follows");
        assert_eq!(at("1767225002", 8), [(1, 8)]);
        assert_eq!(at(r#""2026-01-01T00:00:00""#, 9), [(1, 9)], "a local time is no time");
        assert_eq!(at("null", 10), [(1, 10)]);
    }

    #[test]
    fn filters_are_subscribed_once() {
        let topics = topics(vec![
            point(1, "a/+", "/x", "1", 0, None),
            point(2, "a/+", "/y", "1", 0, None),
            point(3, "b", "", "1", 0, None),
        ]);
        assert_eq!(topics.filters(), ["a/+", "b"]);
    }

    /// A fuzz target in a test's clothes: payloads of real devices, cut, repeated and spoilt, for `FUZZ_SECONDS`
    /// (default 1). Whatever comes, nothing panics and every value is of a point of the map.
    #[test]
    fn fuzz_mqtt_payload() {
        let corpus = [
            r#"{"temperature":21.37,"humidity":55.1,"linkquality":120,"last_seen":"2026-01-01T00:00:00Z"}"#,
            r#"{"id":0,"a_act_power":-12.5,"total_act":1234567.8,"errors":["out_of_range"],"time":1767225600}"#,
            r#"{"ENERGY":{"Total":[1.5,2.5],"TotalStartTime":"2020-01-01"},"a":[1e308,-1e-308,null,true,"7"]}"#,
            "231.4",
            "",
        ];
        let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut runner = TestRunner::deterministic();
        let step = (0..corpus.len(), any::<[Index; 3]>(), any::<u8>(), 0..5_u8);
        let mut topics = topics(vec![
            point(1, "#", "/temperature", "1", 2, Some("/last_seen")),
            point(2, "#", "/ENERGY/Total/0", "1000", 3, None),
            point(3, "#", "", "1e-9", 18, Some("")),
            point(4, "+", "/a/1", "79228162514264337593543950335", 0, Some("/time")),
        ]);
        let (mut runs, mut read) = (0_u64, 0_u64);
        while Instant::now() < end {
            let Ok(tree) = step.new_tree(&mut runner) else { panic!("a strategy without values") };
            let (from, places, byte, how) = tree.current();
            let mut payload = corpus[from].as_bytes().to_vec();
            let place = |i: usize, len: usize| places[i].index(len + 1);
            let at = place(0, payload.len());
            match how {
                0 => payload.insert(at, byte),
                1 => payload.truncate(at),
                2 => payload.iter_mut().skip(at).take(1).for_each(|b| *b = byte),
                3 => payload = [&payload[..at], &payload[place(1, payload.len()).min(at)..]].concat(),
                _ => {}
            }
            let found = topics.readings("x", &payload, NOW);
            assert!(found.iter().all(|(channel, _)| (1..=4).contains(channel)), "{payload:?}");
            (runs, read) = (runs + 1, read + u64::from(!found.is_empty()));
        }
        println!("fuzz_mqtt_payload: {runs} payloads, {read} with values");
        assert!(read > 0 && runs > read);
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(payload in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
            let mut topics = topics(vec![point(1, "#", "", "1", 2, Some("")), point(2, "#", "/a/0", "1e-3", 2, None)]);
            topics.readings("x", &payload, NOW);
            topics.readings("x", text.as_bytes(), NOW);
        }

        #[test]
        fn written_numbers_arrive_exactly(raw in -1_000_000_000_000_i64..1_000_000_000_000) {
            let mut topics = topics(vec![point(1, "t", "/v", "1", 3, None)]);
            let payload = format!(r#"{{"v":{}}}"#, Decimal::new(raw, 3));
            prop_assert_eq!(topics.readings("t", payload.as_bytes(), NOW), [(1, raw)]);
        }
    }
}
