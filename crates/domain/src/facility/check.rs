//! What is wrong with a facility file, field by field.

use super::{FacilityFile, STAGES, ZoneSpec};
use crate::point::{Kind, Metric, PointSpec, Source};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// Channels fit the envelope's limits.
const CHANNEL_MAX: u32 = 1_000_000;
/// Points of one gateway.
const POINTS_MAX: usize = 4_096;
const NAME_MAX: usize = 80;
const DAY_MS: u32 = 86_400_000;

/// One thing wrong with a facility file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, e.g. `points[3].zone`.
    pub field: String,
    /// What to do about it, as a sentence.
    pub message: String,
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn unless(&mut self, fine: bool, field: impl Into<String>, message: impl Into<String>) {
        if !fine {
            self.0.push(Problem { field: field.into(), message: message.into() });
        }
    }
}

impl FacilityFile {
    /// Everything wrong with the file; empty when it can be imported.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Problems::default();
        check_facility(self, &mut found);
        let mut slugs = BTreeSet::new();
        for (index, zone) in self.zones.iter().enumerate() {
            let at = format!("zones[{index}]");
            check_zone(zone, &at, &mut found);
            found.unless(
                slugs.insert(zone.slug.as_str()),
                format!("{at}.slug"),
                format!("Another zone is called “{}” already.", zone.slug),
            );
        }
        let (mut channels, mut names) = (BTreeSet::new(), BTreeSet::new());
        found.unless(
            self.points.len() <= POINTS_MAX,
            "points",
            format!("At most {POINTS_MAX} points fit one gateway."),
        );
        for (index, point) in self.points.iter().enumerate() {
            let at = format!("points[{index}]");
            check_point(point, &at, &mut found);
            check_source(point, &at, &mut found);
            found.unless(
                channels.insert(point.channel),
                format!("{at}.channel"),
                format!("Channel {} is used twice.", point.channel),
            );
            found.unless(
                names.insert(point.name.as_str()),
                format!("{at}.name"),
                format!("Another point is called “{}” already.", point.name),
            );
            if let Some(zone) = &point.zone {
                found.unless(
                    slugs.contains(zone.as_str()),
                    format!("{at}.zone"),
                    format!("There is no zone “{zone}” in this file."),
                );
            }
        }
        found.0
    }
}

fn is_slug(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|c| plain(c) || c == b'-')
        && text.bytes().next().is_some_and(plain)
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)
}

const SLUG_RULE: &str =
    "Use lower-case letters, digits and hyphens, at most 63, beginning with a letter or digit.";
const NAME_RULE: &str = "Give a name of at most 80 characters.";

fn check_facility(file: &FacilityFile, found: &mut Problems) {
    found.unless(is_slug(&file.slug), "slug", SLUG_RULE);
    found.unless(is_name(&file.name), "name", NAME_RULE);
    found.unless(
        file.time_zone.parse::<chrono_tz::Tz>().is_ok(),
        "time_zone",
        format!("“{}” is no IANA time zone; an example is America/Denver.", file.time_zone),
    );
    found.unless(
        (-90.0..=90.0).contains(&file.latitude),
        "latitude",
        "Latitude is between −90 and 90 degrees.",
    );
    found.unless(
        (-180.0..=180.0).contains(&file.longitude),
        "longitude",
        "Longitude is between −180 and 180 degrees.",
    );
    let currency = file.currency.len() == 3 && file.currency.bytes().all(|c| c.is_ascii_uppercase());
    found.unless(currency, "currency", "Give the ISO 4217 code in capitals, e.g. USD.");
}

fn check_zone(zone: &ZoneSpec, at: &str, found: &mut Problems) {
    let mut rule =
        |fine: bool, field: &str, message: &str| found.unless(fine, format!("{at}.{field}"), message);
    rule(is_slug(&zone.slug), "slug", SLUG_RULE);
    rule(is_name(&zone.name), "name", NAME_RULE);
    rule(
        STAGES.contains(&zone.stage.as_str()),
        "stage",
        "The stage is one of clone, veg, flower, dry and produce.",
    );
    rule((0.0..=1e6).contains(&zone.canopy_m2), "canopy_m2", "The canopy is between 0 and 1,000,000 m².");
    rule(zone.lights_on_min < 1_440, "lights_on_min", "Lights-on is 0 to 1439 minutes after midnight.");
    rule(zone.photoperiod_min <= 1_440, "photoperiod_min", "The photoperiod is at most 1440 minutes.");
    rule(
        (-10.0..=10.0).contains(&zone.leaf_offset_k),
        "leaf_offset_k",
        "The leaf offset is between −10 and 10 K.",
    );
}

fn check_point(point: &PointSpec, at: &str, found: &mut Problems) {
    let mut rule =
        |fine: bool, field: &str, message: &str| found.unless(fine, format!("{at}.{field}"), message);
    rule(is_name(&point.name), "name", NAME_RULE);
    rule(point.channel <= CHANNEL_MAX, "channel", "Channels go up to 1,000,000.");
    rule(point.decimals <= 9, "decimals", "At most 9 decimals.");
    rule(
        (1..=DAY_MS).contains(&point.interval_ms),
        "interval_ms",
        "The interval is between 1 ms and one day.",
    );
    let electric = matches!(point.metric, Metric::Energy | Metric::Power);
    rule(point.end_use.is_none() || electric, "end_use", "Only energy and power points have an end use.");
    let counter = point.kind == Kind::Counter;
    rule(
        point.modulus.is_none_or(|m| counter && m > 0),
        "modulus",
        "Only counters wrap, at a positive value.",
    );
    rule(
        point.rate_max.is_none_or(|r| r > 0 && point.kind != Kind::Gauge),
        "rate_max",
        "The greatest rate is positive, and gauges have none.",
    );
    let ordered = !matches!((point.valid_min, point.valid_max), (Some(low), Some(high)) if low > high);
    rule(ordered, "valid_min", "The lowest plausible value is above the highest.");
}

fn check_source(point: &PointSpec, at: &str, found: &mut Problems) {
    let mut rule =
        |fine: bool, field: &str, message: &str| found.unless(fine, format!("{at}.source.{field}"), message);
    let is_pointer = |text: &str| text.is_empty() || text.starts_with('/');
    match &point.source {
        None => {}
        Some(Source::Modbus { address, function, scale, .. }) => {
            let port = address
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
            rule(port, "address", "Give host and port, e.g. 192.168.1.20:502.");
            rule(
                matches!(function, 3 | 4),
                "function",
                "The function is 3 (holding) or 4 (input registers).",
            );
            rule(*scale != Decimal::ZERO, "scale", "The scale is not zero.");
        }
        Some(Source::Mqtt { topic, pointer, scale, time_pointer }) => {
            rule(is_filter(topic), "topic", "This is no MQTT topic filter.");
            rule(is_pointer(pointer), "pointer", "A JSON pointer is empty or begins with a slash.");
            rule(
                time_pointer.as_deref().is_none_or(is_pointer),
                "time_pointer",
                "A JSON pointer is empty or begins with a slash.",
            );
            rule(*scale != Decimal::ZERO, "scale", "The scale is not zero.");
        }
    }
}

/// Whether `+` and `#` stand alone in their level, and `#` last.
fn is_filter(topic: &str) -> bool {
    let levels: Vec<&str> = topic.split('/').collect();
    let fine = |(index, level): (usize, &&str)| match *level {
        "#" => index + 1 == levels.len(),
        "+" => true,
        level => !level.contains(['#', '+', '\0']),
    };
    !topic.is_empty() && topic.len() <= 65_535 && levels.iter().enumerate().all(fine)
}

#[cfg(test)]
mod tests;
