//! What drives use and is not in the vendor's hands.

use thiserror::Error;

/// What a driver means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Canopy in a stage, m²; `all` when the stage is not told.
    Canopy {
        /// E.g. `veg`, `flower`, `dry`.
        stage: String,
    },
    /// Area of rooms or bays that hold a crop, m², however full they are planted: air is moved and heated per room.
    AreaInUse,
    /// Photons the recipe calls for, mol per day: the target agreed with the grower, not what lamps delivered.
    PhotonsCalledFor,
    /// Outdoor daily light integral, mol · m⁻² per day.
    OutdoorLight,
    /// Outdoor humidity ratio, g per kg.
    OutdoorHumidity,
    /// Anything else that the contract names; enters as it is.
    Plain,
}

/// A driver that both parties hold to be outside of the vendor's influence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExogenousDriver {
    /// Column name.
    pub name: String,
    /// What it means.
    pub kind: Kind,
}

/// Why a column may not explain use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "“{name}” is refused as a driver: a harvest is an outcome that lags the use by a crop cycle, so it would credit or \
     charge the measure for the crop; use canopy by stage and photons called for, and harvests for the yield guard"
)]
pub struct Refused {
    /// The column.
    pub name: String,
}

impl ExogenousDriver {
    /// Declares a column exogenous: whoever calls this states that the measure does not change it. Columns that are
    /// outcomes of growing are refused.
    pub fn declare(name: &str) -> Result<Self, Refused> {
        let plain = name.to_ascii_lowercase();
        if plain.contains("harvest") || plain.starts_with("yield") {
            return Err(Refused { name: name.into() });
        }
        let stage = plain.strip_prefix("canopy_").and_then(|rest| rest.strip_suffix("m2"));
        let kind = match (plain.as_str(), stage) {
            ("ppf_mol", _) => Kind::PhotonsCalledFor,
            ("area_in_use_m2", _) => Kind::AreaInUse,
            ("dli_out_mol_m2", _) => Kind::OutdoorLight,
            ("outdoor_w_g_kg", _) => Kind::OutdoorHumidity,
            (_, Some("")) => Kind::Canopy { stage: "all".into() },
            (_, Some(stage)) if stage.ends_with('_') => {
                Kind::Canopy { stage: stage.trim_end_matches('_').into() }
            }
            _ => Kind::Plain,
        };
        Ok(Self { name: name.into(), kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_meaning() {
        let kind = |name: &str| ExogenousDriver::declare(name).map(|d| d.kind);
        assert_eq!(kind("canopy_m2"), Ok(Kind::Canopy { stage: "all".into() }));
        assert_eq!(kind("canopy_early_veg_m2"), Ok(Kind::Canopy { stage: "early_veg".into() }));
        assert_eq!(kind("ppf_mol"), Ok(Kind::PhotonsCalledFor));
        assert_eq!(kind("area_in_use_m2"), Ok(Kind::AreaInUse));
        assert_eq!(kind("occupants"), Ok(Kind::Plain));
        let refused = kind("harvest_kg").unwrap_err().to_string();
        assert!(refused.contains("outcome"), "{refused}");
    }
}
