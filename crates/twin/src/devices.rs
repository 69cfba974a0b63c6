//! What stands in the facility and speaks: meters in the switchboard, panels, sensors, the scale.
//!
//! A device shows its values as [`Field`]s; faults change fields, and each protocol writes them in its own form.

pub mod meter;
pub mod sensor;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json};

/// One value of a device's message.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// RFC 6901 pointer to it in the JSON form.
    pub pointer: &'static str,
    /// The value.
    pub value: Value,
}

/// A value as the device prints it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An instantaneous number.
    Gauge(f64),
    /// A number that only grows.
    Counter(f64),
    /// A number that says nothing of the site (battery, link quality).
    Status(f64),
    /// Time of the device's clock, ms since 1970; printed as ISO 8601.
    Time(i64),
}

impl Field {
    /// A gauge.
    pub fn gauge(pointer: &'static str, value: f64) -> Self {
        Self { pointer, value: Value::Gauge(value) }
    }

    /// A counter.
    pub fn counter(pointer: &'static str, value: f64) -> Self {
        Self { pointer, value: Value::Counter(value) }
    }

    /// Its number; none for a time.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Gauge(number) | Value::Counter(number) | Value::Status(number) => Some(number),
            Value::Time(_) => None,
        }
    }

    fn json(&self) -> Json {
        match self.value {
            Value::Time(at_ms) => {
                let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
                at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into()
            }
            Value::Gauge(number) | Value::Counter(number) | Value::Status(number) => {
                if number.fract() == 0.0 { crate::numbers::round(number).into() } else { number.into() }
            }
        }
    }
}

/// The fields as one JSON object; a pointer of two tokens makes an object inside.
pub fn json(fields: &[Field]) -> String {
    let mut root = Map::new();
    for field in fields {
        let mut tokens = field.pointer.trim_start_matches('/').split('/');
        let (Some(first), second) = (tokens.next(), tokens.next()) else { continue };
        match second {
            None => {
                root.insert(first.to_owned(), field.json());
            }
            Some(second) => {
                let inner = root.entry(first).or_insert_with(|| Json::Object(Map::new()));
                if let Json::Object(inner) = inner {
                    inner.insert(second.to_owned(), field.json());
                }
            }
        }
    }
    Json::Object(root).to_string()
}
