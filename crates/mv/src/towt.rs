//! Hourly time-of-week and temperature model (CalTRACK 3.6–3.11; Mathieu and others 2011), with the hours of light of
//! the facility in place of inferred occupancy where they are known.
//!
//! Without a schedule the usage of an hour is a constant for its hour of the week plus piecewise-linear temperature
//! terms, separate for occupied and unoccupied hours of the week. With one, "occupied" means light: the constants are
//! of the hour of the day, light adds a step of its own, and temperature acts differently with light and without.

pub mod bins;
pub mod fit;
mod grouped;
pub mod occupancy;
pub mod schedule;

use chrono::{Datelike, NaiveDateTime};

/// One hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hour {
    /// Its start by the local clock.
    pub at: NaiveDateTime,
    /// Usage, meter units.
    pub usage: Option<f64>,
    /// Outdoor temperature, °F.
    pub temperature_f: Option<f64>,
    /// Share of the hour with light, 0 to 1; none without a schedule.
    pub light: Option<f64>,
}

impl Hour {
    /// Month, 0 to 11.
    pub fn month(&self) -> usize {
        self.at.month0() as usize
    }
}

/// An hour that was measured, with its place in week and year.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// 0 for Monday from midnight, to 167.
    pub(crate) week_hour: usize,
    /// 0 to 11.
    pub(crate) month: usize,
    pub(crate) usage: f64,
    pub(crate) temperature: f64,
    pub(crate) light: Option<f64>,
}

/// The hours that have usage and temperature.
pub(crate) fn measured(hours: &[Hour]) -> Vec<Point> {
    let point = |hour: &Hour| {
        Some(Point {
            week_hour: crate::series::hour_of_week(hour.at),
            month: hour.month(),
            usage: hour.usage?,
            temperature: hour.temperature_f?,
            light: hour.light,
        })
    };
    hours.iter().filter_map(point).collect()
}

/// Weight of a month's hours in the model of `segment`: 1 for itself, 0.5 for its neighbours ("three month weighted").
pub fn month_weight(segment: usize, month: usize) -> f64 {
    match (month + 12 - segment) % 12 {
        0 => 1.0,
        1 | 11 => 0.5,
        _ => 0.0,
    }
}
