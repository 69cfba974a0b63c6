//! A report as its documents say it: in the units and with the parts that were chosen.

use super::{Energy, Part, PerformanceReport, ReportMetric, Water};
use rust_decimal::Decimal;

/// Decimals of gallons, which no decimal of cubic metres becomes without rest.
const GALLON_DECIMALS: u32 = 6;

/// From the platform's unit to the chosen one.
#[derive(Clone, Copy)]
enum Unit {
    /// As it is.
    Same,
    /// A name and how many thousandths of it are one of the platform's.
    Thousandths(&'static str, i64),
    /// US gallons of a cubic metre.
    Gallons,
}

impl Unit {
    fn of(unit: &str, energy: Energy, water: Water) -> Self {
        match (unit, energy, water) {
            ("kWh", Energy::Mwh, _) => Self::Thousandths("MWh", 1),
            ("m³", _, Water::Litres) => Self::Thousandths("L", 1_000_000),
            ("m³", _, Water::Gallons) => Self::Gallons,
            _ => Self::Same,
        }
    }

    fn amount(self, value: Decimal) -> Decimal {
        match self {
            Self::Same => value,
            Self::Thousandths(_, n) => (value * Decimal::new(n, 3)).normalize(),
            Self::Gallons => {
                let litre = value * Decimal::from(1_000);
                (litre / Decimal::new(3_785_411_784, 9)).round_dp(GALLON_DECIMALS).normalize()
            }
        }
    }

    fn name(self, name: &mut String) {
        match self {
            Self::Same => {}
            Self::Thousandths(other, _) => other.clone_into(name),
            Self::Gallons => "gal (US)".clone_into(name),
        }
    }
}

impl PerformanceReport {
    /// The report as pages and files show it: amounts in the chosen units, lists that were not chosen empty. Without
    /// choices it is the report itself. Sums stay the sums of their days, but for gallons, which are rounded to a millionth.
    #[must_use]
    pub fn shown(&self) -> Self {
        let mut report = self.clone();
        let choices = &self.choices;
        let unit = |name: &str| Unit::of(name, choices.energy, choices.water);
        for event in &mut report.events {
            let unit = unit(&event.unit);
            event.amount = unit.amount(event.amount);
            event.half_width = unit.amount(event.half_width);
            unit.name(&mut event.unit);
        }
        for metric in &mut report.metrics {
            convert(metric, unit(&metric.unit));
            if !choices.has(Part::Days) {
                metric.days.clear();
            }
        }
        if !choices.has(Part::Events) {
            report.events.clear();
        }
        if !choices.has(Part::Cycles) {
            report.cycles.clear();
        }
        report
    }
}

fn convert(metric: &mut ReportMetric, unit: Unit) {
    let set = |value: &mut Option<Decimal>| *value = value.map(|v| unit.amount(v));
    for value in [&mut metric.baseline, &mut metric.actual, &mut metric.savings, &mut metric.half_width] {
        set(value);
    }
    for day in &mut metric.days {
        for value in [&mut day.baseline, &mut day.actual, &mut day.savings] {
            set(value);
        }
    }
    for month in &mut metric.months {
        for value in [&mut month.baseline, &mut month.actual, &mut month.savings] {
            set(value);
        }
    }
    metric.end_uses.iter_mut().for_each(|one| set(&mut one.amount));
    if let Some(causes) = metric.causes.as_mut().filter(|causes| causes.unit == metric.unit) {
        causes.before = unit.amount(causes.before);
        causes.after = unit.amount(causes.after);
        causes.steps.iter_mut().for_each(|(_, amount)| *amount = unit.amount(*amount));
        unit.name(&mut causes.unit);
    }
    unit.name(&mut metric.unit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(unit: &str, energy: Energy, water: Water, value: &str) -> (String, String) {
        let mut name = unit.to_owned();
        let unit = Unit::of(unit, energy, water);
        unit.name(&mut name);
        (unit.amount(value.parse().unwrap()).to_string(), name)
    }

    #[test]
    fn amounts_in_other_units() {
        let of = |(value, name): (&str, &str)| (value.to_owned(), name.to_owned());
        let usual = (Energy::Kwh, Water::CubicMetres);
        assert_eq!(amount("kWh", usual.0, usual.1, "12.50"), of(("12.50", "kWh")), "as it was, to the digit");
        assert_eq!(amount("kWh", Energy::Mwh, usual.1, "1234.567"), of(("1.234567", "MWh")));
        assert_eq!(amount("m³", Energy::Mwh, Water::Litres, "1.0425"), of(("1042.5", "L")));
        assert_eq!(amount("m³", Energy::Mwh, Water::Gallons, "1"), of(("264.172052", "gal (US)")));
        assert_eq!(amount("m³", Energy::Mwh, Water::Gallons, "3.785411784"), of(("1000", "gal (US)")));
        assert_eq!(amount("kW", Energy::Mwh, Water::Litres, "7"), of(("7", "kW")));
    }
}
