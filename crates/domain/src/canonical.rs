//! Canonical JSON: one text for one value, so that a hash or signature over it can be checked anywhere.
//!
//! Object keys ascend by bytes, nothing stands between tokens, strings are escaped as `serde_json` does, and numbers
//! are the shortest text that reads back to the same bits.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical text.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 of the canonical text, hexadecimal.
pub fn sha256(value: &Value) -> String {
    hex::encode(Sha256::digest(text(value)))
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (i, (name, value)) in fields.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_ascend_and_nothing_stands_between() {
        let value = json!({ "b": [1, 2.5, null], "a": { "z": "ü\n\"", "y": true } });
        assert_eq!(text(&value), r#"{"a":{"y":true,"z":"ü\n\""},"b":[1,2.5,null]}"#);
    }

    #[test]
    fn the_hash_is_of_the_text() {
        // `printf '{}' | sha256sum`
        assert_eq!(sha256(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }

    proptest! {
        #[test]
        fn reading_it_back_gives_the_same_text(x in any::<f64>().prop_filter("JSON has no others", |x| x.is_finite())) {
            let once = text(&json!({ "x": x }));
            let back: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(back["x"].as_f64().map(f64::to_bits), Some(x.to_bits()));
            prop_assert_eq!(text(&back), once);
        }
    }
}
