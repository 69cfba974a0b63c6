//! Outdoor weather by the hour: synthetic by seed, or read from a file; linear in between.

use crate::noise::Stream;
use crate::physics::air;
use crate::physics::room::Outdoor;
use chrono::{DateTime, SecondsFormat};
use std::f64::consts::{PI, TAU};
use std::fmt::Write as _;

#[cfg(test)]
mod tests;

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;
const HEADER: &str = "time,temperature_c,humidity_ratio_kg_kg,irradiance_w_m2,wind_m_s";

/// Weather at the start of an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hour {
    /// Air temperature, °C.
    pub celsius: f64,
    /// Humidity ratio, kg water per kg dry air.
    pub humidity_ratio: f64,
    /// Global horizontal irradiance, W·m⁻².
    pub irradiance: f64,
    /// Wind, m·s⁻¹.
    pub wind: f64,
}

/// Climate of a place: what the noise plays around.
#[derive(Clone, Copy, Debug)]
pub struct Climate {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Mean temperature of the year, °C.
    pub mean_c: f64,
    /// Half the swing between January and July, K.
    pub season_c: f64,
    /// Half the swing between night and a clear afternoon, K.
    pub day_c: f64,
    /// Temperature minus dew point on an average day, K.
    pub dew_gap_c: f64,
    /// Share of clear-sky irradiance that arrives on average, 0..1.
    pub clearness: f64,
}

/// A file of weather that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeatherError {
    /// The first line is not the expected one.
    #[error("the weather file must start with the line `{HEADER}`")]
    Header,
    /// A line cannot be read.
    #[error("line {0} of the weather file is not a time and four numbers")]
    Line(usize),
    /// A line does not follow an hour after the one before.
    #[error("line {0} of the weather file is not one hour after the line before")]
    Step(usize),
}

/// Hourly weather.
#[derive(Clone, Debug)]
pub enum Weather {
    /// Generated: a pure function of the seed and the hour.
    Synthetic(Synthetic),
    /// Read from a file. Outside its hours the nearest one holds.
    Hours {
        /// Hours since 1970 of the first entry.
        first: i64,
        /// One entry an hour.
        hours: Vec<Hour>,
    },
}

/// Generator of weather.
#[derive(Clone, Debug)]
pub struct Synthetic {
    climate: Climate,
    front: Stream,
    gust: Stream,
    cloud: Stream,
    moisture: Stream,
    wind: Stream,
}

impl Synthetic {
    /// Weather of this climate under a seed.
    pub fn new(climate: Climate, seed: u64) -> Self {
        let stream = |name| Stream::new(seed, name);
        Self {
            climate,
            front: stream("weather front"),
            gust: stream("weather gust"),
            cloud: stream("weather cloud"),
            moisture: stream("weather moisture"),
            wind: stream("weather wind"),
        }
    }

    fn hour(&self, hour: i64) -> Hour {
        let c = &self.climate;
        let solar_hour = hour as f64 + c.longitude / 15.0;
        let year_angle = TAU * (solar_hour / 24.0).rem_euclid(365.2425) / 365.2425;
        let clear = clear_sky(c.latitude, year_angle, solar_hour);
        let kept = (c.clearness + 0.3 * self.cloud.red(hour, 0.92)).clamp(0.12, 1.0);

        // Fronts last about a day and a half and are strongest in winter; the coldest day is late in January, the
        // warmest hour mid-afternoon.
        let winter = (year_angle - TAU * 20.0 / 365.0).cos();
        let front = (4.2 + 1.6 * winter) * self.front.red(hour, 0.972);
        let season = c.mean_c - c.season_c * winter;
        let swing = c.day_c * (0.4 + 0.6 * kept) * (TAU * (solar_hour - 15.0) / 24.0).cos();
        let celsius = season + front + swing + 0.5 * self.gust.red(hour, 0.6);

        let gap = c.dew_gap_c * (1.0 + 0.35 * self.moisture.red(hour, 0.96)).max(0.2);
        let dew = (season + front - gap).min(celsius - 0.3);
        Hour {
            celsius,
            humidity_ratio: air::humidity_ratio(dew, air::saturation_density(dew)),
            irradiance: clear * kept,
            wind: (1.1 + 0.5 * self.wind.red(hour, 0.85)).exp(),
        }
    }
}

/// Haurwitz's clear-sky irradiance for the sun's height, W·m⁻². `year_angle` is 0 on 1 January.
fn clear_sky(latitude: f64, year_angle: f64, solar_hour: f64) -> f64 {
    let declination = 23.45f64.to_radians() * (year_angle - TAU * 172.0 / 365.0).cos();
    let hour_angle = PI * (solar_hour.rem_euclid(24.0) - 12.0) / 12.0;
    let latitude = latitude.to_radians();
    let height = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    if height <= 0.0 { 0.0 } else { 1_098.0 * height * (-0.057 / height).exp() }
}

impl Weather {
    /// Weather at the start of an hour since 1970.
    pub fn hour(&self, hour: i64) -> Hour {
        match self {
            Self::Synthetic(synthetic) => synthetic.hour(hour),
            Self::Hours { first, hours } => {
                let last = hours.len() - 1;
                hours[usize::try_from(hour - first).unwrap_or(0).min(last)]
            }
        }
    }

    /// The hours from `from_ms` to `to_ms` as CSV, times in UTC.
    pub fn to_csv(&self, from_ms: i64, to_ms: i64) -> String {
        let mut out = format!("{HEADER}\n");
        for hour in from_ms.div_euclid(HOUR_MS)..=to_ms.div_euclid(HOUR_MS) {
            let Hour { celsius, humidity_ratio, irradiance, wind } = self.hour(hour);
            let time = DateTime::from_timestamp_millis(hour * HOUR_MS).unwrap_or_default();
            let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{time},{celsius:.2},{humidity_ratio:.6},{irradiance:.1},{wind:.2}");
        }
        out
    }

    /// Reads what [`Self::to_csv`] writes, or a file of the same columns from elsewhere.
    pub fn from_csv(text: &str) -> Result<Self, WeatherError> {
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line.trim() != HEADER) {
            return Err(WeatherError::Header);
        }
        let (mut first, mut hours) = (None, Vec::new());
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let (hour, values) = parse_line(line).ok_or(WeatherError::Line(index + 1))?;
            let start = *first.get_or_insert(hour);
            if hour - start != hours.len() as i64 {
                return Err(WeatherError::Step(index + 1));
            }
            hours.push(values);
        }
        first.map(|first| Self::Hours { first, hours }).ok_or(WeatherError::Line(2))
    }
}

fn parse_line(line: &str) -> Option<(i64, Hour)> {
    let mut cells = line.split(',').map(str::trim);
    let time = DateTime::parse_from_rfc3339(cells.next()?).ok()?.timestamp_millis();
    let mut number = || cells.next()?.parse::<f64>().ok().filter(|n| n.is_finite());
    let hour = Hour { celsius: number()?, humidity_ratio: number()?, irradiance: number()?, wind: number()? };
    (time % HOUR_MS == 0 && cells.next().is_none()).then_some((time / HOUR_MS, hour))
}

/// Interpolates hourly weather; remembers the two hours around the last instant asked for.
#[derive(Clone, Debug)]
pub struct Interpolated {
    weather: Weather,
    cached: Option<(i64, Hour, Hour)>,
}

impl Interpolated {
    /// Interpolates `weather`.
    pub fn new(weather: Weather) -> Self {
        Self { weather, cached: None }
    }

    /// The hourly values behind it.
    pub fn hourly(&self) -> &Weather {
        &self.weather
    }

    /// Conditions at an instant, ms since 1970.
    pub fn at(&mut self, at_ms: i64) -> Outdoor {
        let hour = at_ms.div_euclid(HOUR_MS);
        let (_, a, b) = match self.cached {
            Some(cached) if cached.0 == hour => cached,
            _ => *self.cached.insert((hour, self.weather.hour(hour), self.weather.hour(hour + 1))),
        };
        let part = at_ms.rem_euclid(HOUR_MS) as f64 / HOUR_MS as f64;
        let mix = |a: f64, b: f64| a + part * (b - a);
        let celsius = mix(a.celsius, b.celsius);
        Outdoor {
            celsius,
            vapour: air::vapour_density(celsius, mix(a.humidity_ratio, b.humidity_ratio)),
            irradiance: mix(a.irradiance, b.irradiance),
            wind: mix(a.wind, b.wind),
        }
    }
}
