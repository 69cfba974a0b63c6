//! Savings of a normal year with a normal crop plan, by models of both periods.

use super::bases::Stretch;
use crate::baselines::inputs;
use crate::weather::{NormalYear, normal_year};
use crate::{Error, Result};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::baseline::view::Remark;
use domain::events::Event;
use domain::savings::bases::{Missing, Normalised, Unseen};
use domain::savings::view::Band;
use domain::weather::NOMINAL_YEAR;
use recompute::normalised::{Compare, Compared, compare};
use recompute::{Day, Model, STATED};
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use store::baselines::Baseline;

/// A reporting period is held to the length that a baseline is held to (CalTRACK 2.0 §2.2.1): every season, days.
const REPORTING_DAYS_MIN: i64 = 329;
/// Days of the normal year that have to be known; a fortnight may be missing.
const NORMAL_DAYS_MIN: usize = 351;

type Told<T> = std::result::Result<T, Missing>;

/// Fits the range's days and evaluates both models at the normal year.
pub(super) async fn normalised(
    tx: &mut Tx<'_>,
    stretch: &Stretch<'_>,
    baseline: &Baseline,
    now: DateTime<Utc>,
) -> Result<Told<Normalised>> {
    let method = baseline.summary.method.clone().unwrap_or_default();
    let Some(model) = baseline.chosen().and_then(|c| c.model.as_ref()).filter(|_| method != STATED) else {
        return Ok(Err(Missing::new(
            "The baseline is a stated value: it does not say how use follows weather and crop.",
            "Fit a baseline to meters or to daily rows.",
        )));
    };
    let Some(normal) = normal_year(tx, stretch.facility, now).await? else {
        return Ok(Err(Missing::new(
            "There is no normal year: no typical-year file, and the station that counts knows less than a year.",
            "Upload a typical year (EPW or TMY3) on the weather page, or the station's hours of a whole year.",
        )));
    };
    let until = stretch.until.min(stretch.today);
    let days = inputs::both_periods(tx, stretch.facility, baseline, until).await?;
    let (split, from) = (baseline.summary.effective_from, stretch.from);
    let (before, since): (Vec<Day>, Vec<Day>) = days.days.into_iter().partition(|day| day.day < split);
    let mut reporting: Vec<Day> = since.into_iter().filter(|day| day.day >= from).collect();
    if let Some(missing) = too_short(&reporting) {
        return Ok(Err(missing));
    }
    let events = routine(&mut reporting, stretch.agreed, baseline);
    let compared = Compared {
        metric: baseline.summary.metric_type,
        method: method.clone(),
        before: Model::read(model).map_err(Error::internal)?,
        normal: normal_days(&normal, &days.names, &before),
        names: days.names,
        baseline: before,
        reporting,
    };
    let plan = compared.baseline.first().zip(compared.baseline.last()).map(|(a, b)| (a.day, b.day));
    let found = tokio::task::spawn_blocking(move || compare(&compared)).await.map_err(Error::internal)?;
    let found = match found {
        Ok(found) if found.savings.days >= NORMAL_DAYS_MIN => found,
        Ok(found) => return Ok(Err(incomplete(&found))),
        Err(broken) => return Ok(Err(refused(&broken))),
    };
    let plan = plan.unwrap_or((baseline.summary.period_start, baseline.summary.period_end));
    Ok(Ok(view(found, method, events, &normal, plan)))
}

/// Whether the range has seen every season.
fn too_short(reporting: &[Day]) -> Option<Missing> {
    let known = || reporting.iter().filter(|day| day.observed.is_some()).map(|day| day.day);
    let (first, last) = (known().next(), known().next_back());
    let found = first.zip(last).map_or(0, |(first, last)| (last - first).num_days() + 1);
    let from = first.and_then(|first| first.checked_add_signed(chrono::TimeDelta::days(REPORTING_DAYS_MIN)));
    let when = from.map_or_else(
        || "Choose a range with whole days since savings began.".to_owned(),
        |day| {
            format!("Choose at least {REPORTING_DAYS_MIN} days; from the first measured one on that is so on {day}.")
        },
    );
    (found < REPORTING_DAYS_MIN).then(|| {
        let reason = format!(
            "The reporting period spans {found} measured days. A model of it needs {REPORTING_DAYS_MIN}, so that it has seen \
             every season, as a baseline has."
        );
        Missing::new(reason, when)
    })
}

/// Takes agreed events out of the days: a normal year has none. Returns how many had a part in them.
fn routine(days: &mut [Day], agreed: &[Event], baseline: &Baseline) -> u32 {
    let mut events = 0;
    for event in agreed.iter().filter(|event| event.metric_type == baseline.summary.metric_type) {
        let Some((adjusted, figures)) = event.adjusts().zip(event.figures.as_ref()) else { continue };
        let per_day = figures.per_day.to_f64().unwrap_or(0.0);
        let mut own = days.iter_mut().filter(|day| adjusted.contains(&day.day)).peekable();
        events += u32::from(own.peek().is_some());
        own.for_each(|day| day.observed = day.observed.map(|observed| observed - per_day));
    }
    events
}

/// The normal year's weather with the canopy and light that the baseline had on the same day of its year.
fn normal_days(normal: &NormalYear, names: &[String], baseline: &[Day]) -> Vec<Day> {
    let key = |day: NaiveDate| (day.month(), day.day());
    let plan: BTreeMap<(u32, u32), &Day> = baseline.iter().map(|day| (key(day.day), day)).collect();
    let first = NaiveDate::from_ymd_opt(NOMINAL_YEAR, 1, 1).unwrap_or_default();
    let day = |day: NaiveDate| {
        let (weather, planned) = (normal.on(day), plan.get(&key(day)));
        let driver = |(place, name): (usize, &String)| match name.as_str() {
            "dli_out_mol_m2" => weather.dli_mol_m2,
            "outdoor_w_g_kg" => weather.humidity_ratio_g_kg,
            _ => planned.and_then(|day| day.drivers.get(place).copied().flatten()),
        };
        let drivers = names.iter().enumerate().map(driver).collect();
        Day { day, observed: None, temperature_c: weather.temperature_c, drivers }
    };
    first.iter_days().take_while(|day| day.year() == NOMINAL_YEAR).map(day).collect()
}

fn incomplete(found: &Compare) -> Missing {
    let first = found.left_out.first().map_or(String::new(), |day| day.format(", first %d %B").to_string());
    Missing::new(
        format!(
            "Of {} days of the normal year the weather, or the canopy and light of the baseline, is not known{first}.",
            found.left_out.len()
        ),
        "Upload a typical year on the weather page; the crop plan has to reach over the baseline's year.",
    )
}

/// The rules speak of a baseline, because the reporting period's model is held to the same ones.
fn refused(broken: &[Remark]) -> Missing {
    let all = |of: fn(&Remark) -> &str| broken.iter().map(of).collect::<Vec<_>>().join(" ");
    Missing::new(
        format!(
            "The model of the reporting period breaks a rule that baselines are held to. Read “reporting period” for \
             “baseline”: {}",
            all(|remark| &remark.message)
        ),
        all(|remark| &remark.what_to_do),
    )
}

fn view(
    found: Compare,
    method: String,
    events: u32,
    normal: &NormalYear,
    plan: (NaiveDate, NaiveDate),
) -> Normalised {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let savings = found.savings;
    let band =
        savings.interval.map(|i| Band { half_width: (i.high - i.low) / 2.0, confidence: i.confidence });
    Normalised {
        days: count(savings.days),
        left_out: count(found.left_out.len()),
        before: savings.before,
        after: savings.after,
        savings: savings.savings,
        share: savings.savings_fraction,
        band,
        method,
        fitted_days: count(found.fitted_days),
        cv_rmse: found.cv_rmse,
        events,
        station: normal.station.name.clone(),
        over: normal.over,
        plan,
        unseen: unseen(&savings.beyond_baseline, &savings.beyond_reporting),
    }
}

/// Days as stretches of neighbours that the same periods have not seen.
fn unseen(baseline: &[NaiveDate], reporting: &[NaiveDate]) -> Vec<Unseen> {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (baseline.iter().collect(), reporting.iter().collect());
    let mut stretches: Vec<Unseen> = Vec::new();
    for day in before.union(&after) {
        let one = Unseen {
            from: **day,
            last: **day,
            baseline: before.contains(day),
            reporting: after.contains(day),
        };
        match stretches.last_mut() {
            Some(open)
                if open.last.succ_opt() == Some(**day)
                    && (open.baseline, open.reporting) == (one.baseline, one.reporting) =>
            {
                open.last = **day;
            }
            _ => stretches.push(one),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(NOMINAL_YEAR, 1, n).unwrap()
    }

    #[test]
    fn unseen_days_are_told_by_who_has_not_seen_them() {
        let found = unseen(&[day(3), day(4), day(5)], &[day(5), day(6), day(9)]);
        let told: Vec<_> =
            found.iter().map(|u| (u.from.day(), u.last.day(), u.baseline, u.reporting)).collect();
        assert_eq!(told, [(3, 4, true, false), (5, 5, true, true), (6, 6, false, true), (9, 9, false, true)]);
    }

    #[test]
    fn a_season_is_no_year() {
        let row = |n: u64, observed| Day {
            day: day(1) + chrono::Days::new(n),
            observed,
            temperature_c: None,
            drivers: vec![],
        };
        let of = |n: u64| (0..n).map(|i| row(i, Some(1.0))).collect::<Vec<_>>();
        assert!(too_short(&of(329)).is_none());
        let missing = too_short(&of(90)).unwrap();
        assert!(missing.reason.contains("spans 90 measured days"), "{missing:?}");
        assert!(missing.what_to_do.contains("on 2001-11-26"), "{missing:?}");
        assert!(too_short(&[row(0, None)]).unwrap().reason.contains("spans 0 measured days"));
    }
}
