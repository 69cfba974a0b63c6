//! Outdoor weather by the hour, in one shape wherever it came from.

pub mod view;

use crate::names::names;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Longest hole that is filled by a straight line, h. CalTRACK 2.0 §2.3.2 allows an hour's value to come from its
/// neighbours; beyond six hours the day itself is missing.
pub const FILLED_HOURS_MAX: i64 = 6;

/// The year that a typical year is written in: its months come from different years, and it has 365 days.
pub const NOMINAL_YEAR: i32 = 2001;

/// One hour, [start, start + 1 h).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hour {
    /// Beginning of the hour.
    pub start: DateTime<Utc>,
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Dew point, °C.
    pub dew_point_c: Option<f64>,
    /// Global horizontal irradiance, mean of the hour, W·m⁻².
    pub irradiance_w_m2: Option<f64>,
}

names! {
    /// Where a station's hours come from.
    StationKind {
        /// Outdoor sensors of the facility.
        OnSite = "on_site", "On-site sensors";
        /// Open-Meteo's archive and forecast.
        OpenMeteo = "open_meteo", "Open-Meteo";
        /// An EnergyPlus file.
        Epw = "epw", "EPW file";
        /// A TMY3 file.
        Tmy3 = "tmy3", "TMY3 file";
        /// A NOAA ISD-Lite file.
        IsdLite = "isd_lite", "ISD-Lite file";
        /// Hours in a table.
        Csv = "csv", "CSV file";
    }
}

/// Where it was measured or modelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Station {
    /// Identifier in its network, e.g. a WMO or USAF number.
    pub id: String,
    /// Name.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Height above the sea, m.
    pub elevation_m: Option<f64>,
}

/// Hours of one place, ascending, none twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    /// The place; none where the file does not say it.
    pub station: Option<Station>,
    /// A typical year, written in [`NOMINAL_YEAR`], rather than what happened.
    pub typical: bool,
    /// The hours.
    pub hours: Vec<Hour>,
}

impl Weather {
    /// Sorts hours; of two for the same hour the later one in the file counts.
    pub fn new(station: Option<Station>, typical: bool, mut hours: Vec<Hour>) -> Self {
        hours.reverse();
        hours.sort_by_key(|hour| hour.start);
        hours.dedup_by_key(|hour| hour.start);
        Self { station, typical, hours }
    }

    /// Every hour from the first to the last, holes of temperature of at most [`FILLED_HOURS_MAX`] filled by a straight
    /// line. Longer ones stay empty. Returns how many hours were filled as well.
    pub fn filled(&self) -> (Self, usize) {
        let hour = TimeDelta::hours(1);
        let mut hours: Vec<Hour> = Vec::with_capacity(self.hours.len());
        for &next in &self.hours {
            while let Some(last) = hours.last().filter(|last| last.start + hour < next.start) {
                let start = last.start + hour;
                hours.push(Hour { start, temperature_c: None, dew_point_c: None, irradiance_w_m2: None });
            }
            hours.push(next);
        }
        let (mut filled, mut known) = (0, None::<(usize, f64)>);
        for i in 0..hours.len() {
            let Some(value) = hours[i].temperature_c else { continue };
            if let Some((from, first)) = known {
                let steps = i - from;
                let longest = usize::try_from(FILLED_HOURS_MAX).unwrap_or(0);
                if steps > 1 && steps - 1 <= longest {
                    for (n, hole) in hours[from + 1..i].iter_mut().enumerate() {
                        let share = (n + 1) as f64 / steps as f64;
                        hole.temperature_c = Some(first + (value - first) * share);
                        filled += 1;
                    }
                }
            }
            known = Some((i, value));
        }
        (Self { hours, ..self.clone() }, filled)
    }
}

/// Humidity ratio of air with this dew point, g of water per kg of dry air, at the standard atmosphere's pressure of a
/// height above the sea (ICAO) and with Magnus' formula over water (WMO-No. 8, annex 4.B).
pub fn humidity_ratio_g_kg(dew_point_c: f64, elevation_m: f64) -> f64 {
    let pressure = 101_325.0 * (1.0 - 2.255_77e-5 * elevation_m).powf(5.255_88);
    let vapour = 611.2 * (17.62 * dew_point_c / (243.12 + dew_point_c)).exp();
    622.0 * vapour / (pressure - vapour)
}

/// Distance between two places given as degrees north and east, km, on a sphere of the Earth's mean radius.
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    const EARTH_KM: f64 = 6_371.008_8;
    let (phi_a, phi_b) = (a.0.to_radians(), b.0.to_radians());
    let (d_phi, d_lambda) = (phi_b - phi_a, (b.1 - a.1).to_radians());
    let h = (d_phi / 2.0).sin().powi(2) + phi_a.cos() * phi_b.cos() * (d_lambda / 2.0).sin().powi(2);
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn weather(known: &[(i64, Option<f64>)]) -> Weather {
        let hour = |&(hour, temperature_c): &(i64, Option<f64>)| Hour {
            start: at(hour),
            temperature_c,
            dew_point_c: None,
            irradiance_w_m2: None,
        };
        Weather::new(None, false, known.iter().map(hour).collect())
    }

    fn temperatures(weather: &Weather) -> Vec<Option<f64>> {
        weather.hours.iter().map(|h| h.temperature_c).collect()
    }

    #[test]
    fn holes_of_six_hours_are_filled_and_of_seven_not() {
        let (whole, filled) = weather(&[(0, Some(0.0)), (2, None), (7, Some(7.0)), (15, Some(9.0))]).filled();
        assert_eq!(filled, 6);
        let line: Vec<Option<f64>> = (0..=7).map(|h| Some(f64::from(h))).collect();
        assert_eq!(temperatures(&whole)[..8], line);
        assert_eq!(temperatures(&whole)[8..], [None, None, None, None, None, None, None, Some(9.0)]);
        assert!(whole.hours.windows(2).all(|pair| pair[1].start - pair[0].start == TimeDelta::hours(1)));
    }

    #[test]
    fn the_later_line_counts_and_order_does_not() {
        let found = weather(&[(3, Some(3.0)), (1, Some(1.0)), (3, Some(4.0))]);
        assert_eq!(temperatures(&found), [Some(1.0), Some(4.0)]);
    }

    /// ASHRAE Fundamentals, table of moist air: saturated at 10 °C and sea level 7.66 g/kg, at 0 °C 3.79 g/kg.
    #[test]
    fn saturated_air_has_the_humidity_ratio_of_the_tables() {
        assert!((humidity_ratio_g_kg(10.0, 0.0) - 7.66).abs() < 0.05);
        assert!((humidity_ratio_g_kg(0.0, 0.0) - 3.79).abs() < 0.03);
        assert!(humidity_ratio_g_kg(10.0, 1_600.0) > 9.0);
    }

    /// Paris to London, 343.5 km by the usual tables.
    #[test]
    fn distances_are_great_circles() {
        let km = distance_km((48.8566, 2.3522), (51.5074, -0.1278));
        assert!((km - 343.5).abs() < 0.5, "{km}");
        assert!((distance_km((0.0, 179.5), (0.0, -179.5)) - 111.2).abs() < 0.1);
    }
}
