//! How far a value can be trusted.

use serde::{Deserialize, Serialize};

/// The quality flag of an interval, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// From readings that cover the interval.
    Measured,
    /// At least partly spread over a gap or otherwise inferred.
    Estimated,
    /// There are readings, but they contradict each other or what the meter can do.
    Questionable,
    /// Nothing is known; there is no value. Never drawn as zero.
    Missing,
}

impl Quality {
    /// Every quality, best first.
    pub const ALL: [Self; 4] = [Self::Measured, Self::Estimated, Self::Questionable, Self::Missing];

    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Estimated => "estimated",
            Self::Questionable => "questionable",
            Self::Missing => "missing",
        }
    }

    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Measured => "Measured",
            Self::Estimated => "Estimated",
            Self::Questionable => "Questionable",
            Self::Missing => "Missing",
        }
    }

    /// The quality with this wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for quality in Quality::ALL {
            assert_eq!(Quality::parse(quality.as_str()), Some(quality));
            assert_eq!(serde_json::to_value(quality).unwrap(), quality.as_str());
        }
    }

    #[test]
    fn worse_is_greater() {
        assert!(Quality::ALL.is_sorted());
    }
}
