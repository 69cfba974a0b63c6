//! Hourly weather: seasons, fronts that pass in days, clouds, humidity, sun.

use crate::calendar::{SummerTime, Zone, civil, day_number, day_of_year};
use crate::random::Draw;
use std::f64::consts::{PI, TAU};

/// A kind of climate; temperatures in °C.
pub(crate) struct Climate {
    pub(crate) zone: Zone,
    latitude: f64,
    mean: f64,
    season: f64,
    diurnal: f64,
    synoptic: f64,
    /// Mean of temperature minus dew point.
    dryness: f64,
    /// Mean of the share of clear-sky radiation that arrives.
    clearness: f64,
}

/// Cold continental, marine, hot dry, hot humid, Mediterranean, central European.
pub(crate) const CLIMATES: [Climate; 6] = [
    climate(-7, SummerTime::America, [39.7, 10.0, 12.5, 7.0, 4.5, 12.0, 0.68]),
    climate(-8, SummerTime::America, [47.6, 11.0, 7.0, 4.0, 2.8, 4.5, 0.48]),
    climate(-7, SummerTime::Never, [33.4, 22.5, 10.5, 7.5, 3.0, 18.0, 0.76]),
    climate(-5, SummerTime::America, [28.5, 22.5, 6.0, 4.5, 2.8, 4.5, 0.60]),
    climate(1, SummerTime::Europe, [41.4, 16.0, 7.5, 4.5, 2.2, 6.5, 0.65]),
    climate(1, SummerTime::Europe, [52.0, 10.0, 8.5, 4.0, 3.6, 4.0, 0.44]),
];

const fn climate(winter_offset: i32, rule: SummerTime, of: [f64; 7]) -> Climate {
    let [latitude, mean, season, diurnal, synoptic, dryness, clearness] = of;
    let zone = Zone { winter_offset, rule };
    Climate { zone, latitude, mean, season, diurnal, synoptic, dryness, clearness }
}

/// The air outside at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Air {
    /// °C.
    pub(crate) temperature: f64,
    /// Humidity ratio in g/kg of dry air.
    pub(crate) humidity: f64,
    /// Global horizontal irradiance, W/m².
    pub(crate) sun: f64,
}

/// Hourly values, the first at `first_hour` since 1970-01-01 UTC.
pub(crate) struct Weather {
    first_hour: i32,
    hours: Vec<Air>,
}

impl Weather {
    /// Draws the weather of the days from `first` up to `end` with two days to spare.
    pub(crate) fn draw(climate: &Climate, first: i32, end: i32, draw: &mut Draw) -> Self {
        let (first, end) = (first - 2, end + 2);
        let mut air = Vec::new();
        let (mut front, mut clouds, mut moist) = (draw.normal(), draw.normal(), draw.normal());
        let first_year = civil(first).0;
        let warmer_years: Vec<f64> = (0..5).map(|_| 0.6 * draw.normal()).collect();
        let keep = (-1.0_f64 / 72.0).exp();
        for day in first..end {
            clouds = 0.55 * clouds + (1.0_f64 - 0.55 * 0.55).sqrt() * draw.normal();
            let clear = share_of_clear_sky(climate.clearness, clouds);
            let phase = TAU * f64::from(day_of_year(day) - 203) / 365.25;
            let usual = climate.mean + climate.season * phase.cos();
            let year = usize::try_from(civil(day).0 - first_year).unwrap_or(0).min(4);
            let windy = climate.synoptic * (1.0 - 0.25 * phase.cos());
            // Clear days are warm in summer and cold in winter.
            let radiative = 3.0 * (clear - climate.clearness) * phase.cos();
            for hour in 0..24 {
                front = keep * front + (1.0 - keep * keep).sqrt() * draw.normal();
                moist = keep * moist + (1.0 - keep * keep).sqrt() * draw.normal();
                let local = (f64::from(hour + climate.zone.winter_offset)).rem_euclid(24.0);
                let swing = climate.diurnal * (0.4 + 0.9 * clear) * (TAU * (local - 15.0) / 24.0).cos();
                let base = usual + warmer_years[year] + radiative + windy * front;
                let gap = climate.dryness * (0.45 + 0.85 * clear) * (0.30 * moist).exp();
                let dew = base + 0.2 * swing - gap.max(0.5);
                let temperature = (base + swing).max(dew + 0.3);
                let sun = clear * clear_sky(climate.latitude, day, local);
                air.push(Air { temperature, humidity: saturated(dew), sun });
            }
        }
        Self { first_hour: 24 * first, hours: air }
    }

    /// The air at a fraction of an hour after `hour` since 1970-01-01 UTC.
    pub(crate) fn at(&self, hour: i32, fraction: f64) -> Air {
        let index = usize::try_from(hour - self.first_hour).unwrap_or(0);
        let (a, b) = (self.hours[index], self.hours[index + 1]);
        let between = |x: f64, y: f64| x + (y - x) * fraction;
        Air {
            temperature: between(a.temperature, b.temperature),
            humidity: between(a.humidity, b.humidity),
            sun: between(a.sun, b.sun),
        }
    }
}

/// Clearness follows a bounded curve of a normal draw: overcast never is night, clear never more than clear.
fn share_of_clear_sky(mean: f64, normal: f64) -> f64 {
    let centre = (mean / (1.0 - mean)).ln();
    let logistic = 1.0 / (1.0 + (-(centre + 1.1 * normal)).exp());
    0.12 + 0.88 * logistic
}

/// Irradiance under a clear sky in W/m² (Haurwitz), `solar` the local mean time in hours.
fn clear_sky(latitude: f64, day: i32, solar: f64) -> f64 {
    let declination = (-23.44_f64).to_radians()
        * (TAU * (f64::from(day - day_number(civil(day).0, 1, 1)) + 10.0) / 365.25).cos();
    let latitude = latitude.to_radians();
    let hour_angle = PI * (solar - 12.0) / 12.0;
    let height = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    if height <= 0.01 { 0.0 } else { 1098.0 * height * (-0.057 / height).exp() }
}

/// Humidity ratio of saturated air at sea level in g/kg (Magnus), `t` in °C.
pub(crate) fn saturated(t: f64) -> f64 {
    let pressure = 611.2 * (17.62 * t / (243.12 + t)).exp();
    622.0 * pressure / (101_325.0 - pressure)
}
