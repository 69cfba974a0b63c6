//! What is wrong with a tariff, field by field, and which rate holds when.

use super::terms::{DemandCharge, EnergyRate, Terms, Version, Window};
use super::{QUARTERS, SLOTS, Slots, slot};
use crate::facility::Problem;
use chrono::{Month, Weekday};
use chrono_tz::Tz;
use rust_decimal::Decimal;

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn unless(&mut self, fine: bool, field: impl Into<String>, message: impl Into<String>) {
        if !fine {
            self.0.push(Problem { field: field.into(), message: message.into() });
        }
    }
}

/// The zone and every version's slots, or everything that is wrong.
pub(super) fn check(terms: &Terms) -> Result<(Tz, Vec<Slots>), Vec<Problem>> {
    let mut found = Problems::default();
    let zone: Option<Tz> = terms.zone.parse().ok();
    found.unless(zone.is_some(), "zone", "Give an IANA time zone such as America/Denver.");
    let is_code = terms.currency.len() == 3 && terms.currency.bytes().all(|c| c.is_ascii_uppercase());
    found.unless(is_code, "currency", "Give a three-letter currency code such as USD.");
    found.unless(!terms.versions.is_empty(), "versions", "A tariff needs at least one version.");
    let ordered = terms.versions.windows(2).position(|pair| pair[0].from >= pair[1].from);
    if let Some(before) = ordered {
        let message = "Order versions by their first day; each begins after the one before.";
        found.unless(false, format!("versions[{}].from", before + 1), message);
    }
    let versions: Vec<Slots> = terms
        .versions
        .iter()
        .enumerate()
        .map(|(index, version)| check_version(version, &format!("versions[{index}]"), &mut found))
        .collect();
    match zone {
        Some(zone) if found.0.is_empty() => Ok((zone, versions)),
        _ => Err(found.0),
    }
}

fn check_version(version: &Version, at: &str, found: &mut Problems) -> Slots {
    let fixed = "The amount per day cannot be negative.";
    found.unless(version.fixed_per_day >= Decimal::ZERO, format!("{at}.fixed_per_day"), fixed);
    let co2e = version.co2e_kg_per_kwh.unwrap_or_default();
    let message = "Emissions per kWh cannot be negative.";
    found.unless(co2e >= Decimal::ZERO, format!("{at}.co2e_kg_per_kwh"), message);
    let energy = check_energy(&version.energy, at, found);
    let demand = version
        .demand
        .iter()
        .enumerate()
        .map(|(index, charge)| check_demand(charge, &format!("{at}.demand[{index}]"), found))
        .collect();
    Slots { from: version.from, energy, demand }
}

/// Index of the rate of every slot. Overlaps and holes are reported once for each rate and version.
fn check_energy(rates: &[EnergyRate], at: &str, found: &mut Problems) -> Vec<usize> {
    let mut holder: Vec<Option<usize>> = vec![None; SLOTS];
    let flawless = found.0.len();
    for (index, rate) in rates.iter().enumerate() {
        let field = format!("{at}.energy[{index}]");
        check_name(&rate.name, &field, found);
        let own = covered(&rate.windows, &field, found);
        let mut clash = None;
        for (place, _) in own.iter().enumerate().filter(|(_, covers)| **covers) {
            match holder[place] {
                Some(other) => clash = clash.or(Some((place, other))),
                None => holder[place] = Some(index),
            }
        }
        if let Some((place, other)) = clash {
            let message = format!(
                "Overlaps with “{}” on {}; every hour has one energy rate.",
                rates[other].name,
                words(place)
            );
            found.unless(false, format!("{field}.windows"), message);
        }
    }
    // A window that cannot be read leaves a hole that would only confuse.
    if found.0.len() == flawless
        && let Some(hole) = holder.iter().position(Option::is_none)
    {
        let hours = holder.iter().filter(|rate| rate.is_none()).count() / 4;
        let message = format!("No rate holds on {} ({hours} hours of the month-weeks in all).", words(hole));
        found.unless(false, format!("{at}.energy"), message);
    }
    holder.into_iter().map(Option::unwrap_or_default).collect()
}

fn check_demand(charge: &DemandCharge, field: &str, found: &mut Problems) -> Vec<bool> {
    check_name(&charge.name, field, found);
    let message = "A demand charge cannot be negative.";
    found.unless(charge.rate >= Decimal::ZERO, format!("{field}.rate"), message);
    covered(&charge.windows, field, found)
}

fn check_name(name: &str, field: &str, found: &mut Problems) {
    let fine = !name.trim().is_empty() && name.chars().count() <= 80;
    found.unless(fine, format!("{field}.name"), "Give a name of at most 80 characters.");
}

/// The slots that windows cover; all, without any window.
fn covered(windows: &[Window], field: &str, found: &mut Problems) -> Vec<bool> {
    let mut covers = vec![windows.is_empty(); SLOTS];
    for (index, window) in windows.iter().enumerate() {
        let at = format!("{field}.windows[{index}]");
        let months = window.months.iter().all(|month| (1..=12).contains(month));
        found.unless(months, format!("{at}.months"), "Months are 1 to 12.");
        let from = quarter(&window.from, &format!("{at}.from"), found);
        let to = quarter(&window.to, &format!("{at}.to"), found);
        let (Some(from), Some(to)) = (from, to) else { continue };
        found.unless(
            from != to,
            format!("{at}.to"),
            "The window is empty; for whole days use 00:00 to 24:00.",
        );
        let is_on = |q: usize| if from < to { (from..to).contains(&q) } else { q >= from || q < to };
        for month in 0..12 {
            let number = u32::try_from(month + 1).unwrap_or_default();
            if !window.months.is_empty() && !window.months.contains(&number) {
                continue;
            }
            for weekday in 0..7 {
                let listed = |day: &Weekday| day.num_days_from_monday() as usize == weekday;
                if window.weekdays.is_empty() || window.weekdays.iter().any(listed) {
                    (0..QUARTERS).filter(|q| is_on(*q)).for_each(|q| covers[slot(month, weekday, q)] = true);
                }
            }
        }
    }
    covers
}

/// Quarter hours since midnight of `HH:MM`, up to 96.
fn quarter(text: &str, field: &str, found: &mut Problems) -> Option<usize> {
    let parsed = text.split_once(':').and_then(|(hours, minutes)| {
        let two = |part: &str| part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit());
        let (hours, minutes): (usize, usize) =
            (two(hours) && two(minutes)).then(|| Some((hours.parse().ok()?, minutes.parse().ok()?)))??;
        let total = hours * 60 + minutes;
        (minutes < 60 && minutes % 15 == 0 && total <= 24 * 60).then_some(total / 15)
    });
    let message = format!("“{text}” is not a quarter hour from 00:00 to 24:00, such as 15:30.");
    found.unless(parsed.is_some(), field, message);
    parsed
}

/// A slot in words: `Monday 15:30 in June`.
fn words(place: usize) -> String {
    let (week, quarter) = (place / QUARTERS, place % QUARTERS);
    let (month, weekday) = (u8::try_from(week / 7 + 1).unwrap_or(1), u8::try_from(week % 7).unwrap_or(0));
    let month = Month::try_from(month).map_or("?", |month| month.name());
    let weekday = Weekday::try_from(weekday).map_or_else(|_| "?".to_owned(), |day| day.to_string());
    format!("{weekday} {:02}:{:02} in {month}", quarter / 4, quarter % 4 * 15)
}
