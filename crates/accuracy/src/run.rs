//! One case and seed as a meter sees it, with the truth that no meter sees.

use crate::calendar::iso;
use crate::case::Case;
use crate::facility::Facility;
use crate::plan::Stage;
use crate::random::Draw;
use crate::room::{self, STEP};
use serde_json::{Value, json};
use std::fmt::Write as _;

const METER: u64 = 4 << 8;
const EVENT: u64 = 5 << 8;

/// A local day.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// ISO 8601 date.
    pub start: String,
    /// Whether the day is of the reporting period; else of the baseline.
    pub reporting: bool,
    /// What the meter counted in kWh; none where it failed.
    pub observed: Option<f64>,
    /// Mean outdoor temperature in °C.
    pub temperature: f64,
    /// As named by [`Run::drivers`].
    pub drivers: Vec<f64>,
    /// kWh that the old equipment would have used.
    pub counterfactual: f64,
    /// kWh used, an unreported load included, without the meter's error.
    pub actual: f64,
}

/// The data of a facility and its truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The story.
    pub case: Case,
    /// Its number.
    pub seed: u64,
    /// Columns that the engine gets besides temperature.
    pub drivers: Vec<&'static str>,
    /// Baseline and reporting days; between them lies the installation.
    pub rows: Vec<Row>,
    /// First and last day of the unreported load.
    pub event: Option<(String, String)>,
}

/// Sums over the reporting days that were observed, in kWh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Use of the old equipment under the reporting period's conditions.
    pub counterfactual: f64,
    /// Use of what stands there.
    pub actual: f64,
}

impl Truth {
    /// Counterfactual less actual; negative if more was used.
    #[must_use]
    pub fn savings(&self) -> f64 {
        self.counterfactual - self.actual
    }
}

impl Run {
    /// Simulates a facility. The same case and seed give the same run.
    #[must_use]
    pub fn simulate(case: Case, seed: u64) -> Self {
        let facility = Facility::draw(case, seed);
        let (old, mut new) = facility.run();
        let span = facility.span;
        let mut draw = Draw::new(seed, EVENT | case.stream());
        let event = (case == Case::ExtraLoad).then(|| {
            let from = span.reporting + draw.whole(20, 365 - 110);
            let mean = new[span.reporting..].iter().sum::<f64>() / 365.0;
            let load = mean * draw.uniform(0.08, 0.15);
            for day in &mut new[from..from + 90] {
                *day += load * (1.0 + 0.05 * draw.normal());
            }
            (iso(facility.day(from)), iso(facility.day(from + 89)))
        });
        let mut meter = Meter::draw(Draw::new(seed, METER | case.stream()));
        let days = (facility.baseline..facility.installation).chain(span.reporting..span.end);
        let rows = days.map(|index| Row {
            start: iso(facility.day(index)),
            reporting: index >= span.reporting,
            observed: meter.read(new[index]),
            temperature: mean_air(&facility, index)[0],
            drivers: drivers(&facility, index),
            counterfactual: old[index],
            actual: new[index],
        });
        let mut names =
            vec!["canopy_veg_m2", "canopy_flower_m2", "area_in_use_m2", "ppf_mol", "outdoor_w_g_kg"];
        names.extend(facility.glass().map(|_| "dli_out_mol_m2"));
        Self { case, seed, drivers: names, rows: rows.collect(), event }
    }

    /// The sums that an engine's should equal.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let rows = || self.rows.iter().filter(|row| row.reporting && row.observed.is_some());
        Truth {
            counterfactual: rows().map(|row| row.counterfactual).sum(),
            actual: rows().map(|row| row.actual).sum(),
        }
    }

    /// The file for the engine; nothing in it tells the truth.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = format!("start,period,observed,temperature_c,{}\n", self.drivers.join(","));
        for row in &self.rows {
            let period = if row.reporting { "reporting" } else { "baseline" };
            let observed = row.observed.map_or_else(String::new, |value| format!("{value:.1}"));
            let _ = write!(text, "{},{period},{observed},{:.2}", row.start, row.temperature);
            for value in &row.drivers {
                let _ = write!(text, ",{value:.3}");
            }
            text.push('\n');
        }
        text
    }

    /// What is known beyond the file.
    #[must_use]
    pub fn truth_json(&self) -> Value {
        let truth = self.truth();
        json!({
            "case": self.case.name(),
            "seed": self.seed,
            "counterfactual_kwh": truth.counterfactual,
            "actual_kwh": truth.actual,
            "savings_kwh": truth.savings(),
            "event": self.event.as_ref().map(|(from, to)| json!({ "first": from, "last": to })),
        })
    }
}

/// A meter with a small error, that fails now and then for a day and once or twice for longer.
struct Meter {
    draw: Draw,
    error: f64,
    failure: f64,
    silent: usize,
}

impl Meter {
    fn draw(mut draw: Draw) -> Self {
        let (error, failure) = (draw.uniform(0.002, 0.01), draw.uniform(0.003, 0.015));
        Self { draw, error, failure, silent: 0 }
    }

    fn read(&mut self, actual: f64) -> Option<f64> {
        if self.silent == 0 && self.draw.chance(self.failure) {
            self.silent = if self.draw.chance(0.2) { self.draw.whole(2, 6) } else { 1 };
        }
        let value = actual * (1.0 + self.error * self.draw.normal());
        if self.silent > 0 {
            self.silent -= 1;
            return None;
        }
        Some(value)
    }
}

/// Means over the local day: temperature in °C, humidity ratio in g/kg, sun in W/m².
fn mean_air(facility: &Facility, index: usize) -> [f64; 3] {
    let day = facility.day(index);
    let hours = facility.zone.hours(day);
    let mut sums = [0.0; 3];
    for hour in 0..hours {
        let air = facility.weather.at(facility.zone.first_hour(day) + hour, 0.5);
        sums[0] += air.temperature;
        sums[1] += air.humidity;
        sums[2] += air.sun;
    }
    sums.map(|sum| sum / f64::from(hours))
}

/// Canopy by stage, area of the rooms that hold a crop, photons the recipe calls for, outdoor humidity, and outdoor light for a glasshouse.
fn drivers(facility: &Facility, index: usize) -> Vec<f64> {
    let mut canopy = [0.0; 2];
    let (mut area, mut photons) = (0.0, 0.0);
    let day = facility.day(index);
    for (room, schedule) in facility.rooms.iter().zip(&facility.schedules) {
        let Some(crop) = schedule[index] else { continue };
        canopy[usize::from(crop.stage == Stage::Flower)] += crop.canopy;
        area += room.canopy;
        if let Some(glass) = facility.glass() {
            let hours = (0..facility.zone.hours(day)).map(|hour| {
                let sun = facility.weather.at(facility.zone.first_hour(day) + hour, 0.5).sun;
                (facility.zone.wall_clock(day, f64::from(hour) + 0.5), sun)
            });
            photons += glass.called_for(room, &crop, hours) * crop.canopy;
            continue;
        }
        for quarter in 0..4 * facility.zone.hours(day) {
            let clock = facility.zone.wall_clock(day, f64::from(quarter) / 4.0);
            photons += room::recipe(room, &crop, clock) * crop.canopy * STEP / 1e6;
        }
    }
    let [_, humidity, sun] = mean_air(facility, index);
    let mut values = vec![canopy[0], canopy[1], area, photons, humidity];
    if facility.glass().is_some() {
        // 45 % of sunlight is photosynthetic, at 4.57 µmol/J.
        values.push(sun * f64::from(facility.zone.hours(day)) * 3600.0 * 0.45 * 4.57 / 1e6);
    }
    values
}
