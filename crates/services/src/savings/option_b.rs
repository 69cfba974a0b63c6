//! Sub-meters before and after (Option B), and whether they agree with the main meter (Option C).

use super::band::Errors;
use super::bases::{AskedBases, Stretch};
use super::dashboard::widened;
use crate::baselines::inputs;
use crate::telemetry::{by_end_use, sub_meters};
use crate::{Result, events};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::local_time::day_start;
use domain::point::EndUse;
use domain::range::Granularity;
use domain::savings::bases::{Estimate, FactorSource, Missing, OptionB, Reconciled, SubMetered as Part};
use domain::savings::{FigureState, Performance};
use mv::reconcile::{Explained, Plant, Season, SubMetered};
use recompute::{Day, Days};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use std::ops::Range;
use store::Tx;
use store::baselines::Baseline;

/// Of every interval.
const CONFIDENCE: f64 = 0.9;
/// Days of the baseline that say how a sub-meter's use follows light and weather: a crop cycle and some.
const BEFORE_MIN: usize = 90;
/// Days of the range.
const AFTER_MIN: usize = 14;
/// A day of savings that was measured for less is not compared.
const COVERAGE_MIN: f64 = 0.9;
/// Above it a day has cooling degrees, below it heating degrees, °F.
const BALANCE_F: f64 = 65.0;
/// What a factor from stated figures of the plant may be off by, a share of itself. An assumption, and said to be one.
const PLANT_ERROR: f64 = 0.25;

type Told<T> = std::result::Result<T, Missing>;
type Used = BTreeMap<EndUse, BTreeMap<NaiveDate, f64>>;

/// Days of a period: conditions, and what each end use took.
struct Period {
    conditions: Days,
    used: Used,
}

impl Period {
    async fn load(tx: &mut Tx<'_>, stretch: &Stretch<'_>, days: Range<NaiveDate>) -> Result<Self> {
        let (facility, metric) = (stretch.facility, MetricType::Electricity);
        let zone = facility.time_zone;
        let ends = (day_start(zone, days.start), day_start(zone, days.end));
        let sums = by_end_use(tx, facility, Granularity::Day, ends).await?;
        let (weather, plan) = inputs::conditions(tx, facility, days.clone()).await?;
        let conditions = inputs::join(days.clone(), facility.kind, metric, &[], weather, plan);
        let used = sums.into_iter().map(|(end_use, sums)| {
            let known = days.start.iter_days().zip(&sums);
            (end_use, known.filter_map(|(day, sum)| Some((day, inputs::known(sum, metric)?))).collect())
        });
        Ok(Self { conditions, used: used.collect() })
    }

    /// Whole days of an end use with what explains them.
    fn explained(&self, end_use: EndUse, drivers: &[&str]) -> BTreeMap<NaiveDate, Explained> {
        let Some(used) = self.used.get(&end_use) else { return BTreeMap::new() };
        let row = |day: &Day| {
            let explained = (variables(&self.conditions.names, day, end_use, drivers)?, *used.get(&day.day)?);
            Some((day.day, explained))
        };
        self.conditions.days.iter().filter_map(row).collect()
    }
}

/// The constant, what the crop plan calls for and, but for lamps, how cold and warm it is outdoors.
fn variables(names: &[String], day: &Day, end_use: EndUse, drivers: &[&str]) -> Option<Vec<f64>> {
    let mut row = vec![1.0];
    for driver in drivers {
        let place = names.iter().position(|name| name == driver)?;
        row.push(day.drivers.get(place).copied().flatten()?);
    }
    if end_use != EndUse::Lighting {
        let (cooling, heating) = degrees(day)?;
        row.extend([cooling, heating]);
    }
    Some(row)
}

/// Cooling and heating degrees of a day, °F.
fn degrees(day: &Day) -> Option<(f64, f64)> {
    let apart = day.temperature_c? * 9.0 / 5.0 + 32.0 - BALANCE_F;
    Some((apart.max(0.0), (-apart).max(0.0)))
}

/// Sub-meters of the baseline period and of the range, and both options side by side.
pub(super) async fn option_b(
    tx: &mut Tx<'_>,
    stretch: &Stretch<'_>,
    baseline: &Baseline,
    asked: &AskedBases,
    days: &[Performance],
) -> Result<Told<OptionB>> {
    if asked.metric != MetricType::Electricity {
        return Ok(Err(Missing::new("Sub-meters count electricity.", "Choose electricity.")));
    }
    let mut meters: BTreeMap<EndUse, Vec<String>> = BTreeMap::new();
    for (end_use, point) in sub_meters(tx, stretch.facility).await? {
        meters.entry(end_use).or_default().push(point.spec.name);
    }
    if meters.is_empty() {
        return Ok(Err(Missing::new(
            "The facility has no sub-meter of electricity in service.",
            "Add meters with an end use under Meters & points; they have to run before the measure as well.",
        )));
    }
    let s = &baseline.summary;
    let before = Period::load(tx, stretch, s.period_start..s.period_end).await?;
    let since = stretch.from.max(s.effective_from);
    let after = Period::load(tx, stretch, since..stretch.until.min(stretch.today).max(since)).await?;
    let has = |name: &&str| [&before, &after].iter().all(|p| p.conditions.names.iter().any(|n| n == name));
    let drivers: Vec<&str> = ["ppf_mol", "dli_out_mol_m2"].into_iter().filter(has).collect();
    let counted = |p: &&Performance| {
        p.savings_value.is_some() && p.coverage >= COVERAGE_MIN && p.state == FigureState::Provisional
    };
    let counted: BTreeMap<NaiveDate, &Performance> =
        days.iter().filter(counted).map(|p| (p.day, p)).collect();
    let (mut parts, mut retrofit) = (Vec::new(), None);
    for (end_use, meters) in meters {
        let old = before.explained(end_use, &drivers);
        let mut new = after.explained(end_use, &drivers);
        new.retain(|day, _| counted.contains_key(day));
        let part = part(end_use, meters, &old, &new);
        if end_use == asked.retrofit {
            retrofit = Some((part.clone(), new.into_keys().collect::<Vec<_>>()));
        }
        parts.push(part);
    }
    let reconciled = match retrofit {
        None => Err(Missing::new(
            format!("{} has no sub-meter of its own.", asked.retrofit.label()),
            "Choose the sub-metered end use that the measure is at.",
        )),
        Some((part, compared)) => {
            let own = compared.iter().filter_map(|day| counted.get(day).copied().cloned()).collect();
            let factor = factor(asked, &before, &part);
            reconciled(tx, stretch, (&part, factor), own).await?
        }
    };
    Ok(Ok(OptionB { parts, retrofit: asked.retrofit, reconciled }))
}

fn part(
    end_use: EndUse,
    meters: Vec<String>,
    before: &BTreeMap<NaiveDate, Explained>,
    after: &BTreeMap<NaiveDate, Explained>,
) -> Part {
    let rows = |days: &BTreeMap<NaiveDate, Explained>| days.values().cloned().collect::<Vec<_>>();
    let (before, after) = (rows(before), rows(after));
    let mean = |rows: &[Explained]| {
        (!rows.is_empty()).then(|| rows.iter().map(|(_, used)| used).sum::<f64>() / number(rows.len()))
    };
    let enough = before.len() >= BEFORE_MIN && after.len() >= AFTER_MIN;
    let saved = enough.then(|| mv::reconcile::sub_metered_savings(&before, &after, CONFIDENCE).ok());
    Part {
        end_use,
        meters,
        before_days: count(before.len()),
        after_days: count(after.len()),
        before: mean(&before),
        after: mean(&after),
        saved: saved.flatten().map(estimate),
    }
}

fn number(n: usize) -> f64 {
    f64::from(count(n))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn estimate(of: mv::reconcile::Estimate) -> Estimate {
    Estimate { value: of.value, band: of.band }
}

fn engine(of: Estimate) -> mv::reconcile::Estimate {
    mv::reconcile::Estimate { value: of.value, band: of.band }
}

/// By how much climate saves on top of a kWh of lamps: as the reader states the plant, else from the baseline's sub-meters.
fn factor(asked: &AskedBases, before: &Period, part: &Part) -> Told<(Estimate, FactorSource)> {
    if part.end_use != EndUse::Lighting {
        return Ok((Estimate { value: 0.0, band: 0.0 }, FactorSource::None));
    }
    match asked.plant {
        Some(plant) => from_plant(plant),
        None => from_sub_meters(before),
    }
}

fn from_plant(plant: Plant) -> Told<(Estimate, FactorSource)> {
    // The stated shares are of the range's lamp heat, so they hold for all of it.
    let all = Season { saved: 1.0, cooling: 1.0, heating: 1.0 };
    let found = mv::reconcile::engineering_factor(plant, &[all]);
    let value = found.map_err(|error| {
        Missing::new(format!("The figures of the plant give no factor: {error}."), "Correct them below.")
    })?;
    Ok((Estimate { value, band: PLANT_ERROR * value.abs() }, FactorSource::Plant))
}

fn from_sub_meters(before: &Period) -> Told<(Estimate, FactorSource)> {
    let what_to_do = "State figures of heating and cooling below, or sub-meter climate before the measure.";
    let climate: Vec<&BTreeMap<NaiveDate, f64>> =
        [EndUse::Hvac, EndUse::Dehumidification].iter().filter_map(|e| before.used.get(e)).collect();
    if climate.is_empty() {
        let reason = "No sub-meter of climate says how cooling and heating follow the lamps.";
        return Err(Missing::new(reason, what_to_do));
    }
    let day = |day: &Day| {
        let (cooling_degrees, heating_degrees) = degrees(day)?;
        Some(SubMetered {
            lighting: *before.used.get(&EndUse::Lighting)?.get(&day.day)?,
            climate: climate.iter().map(|used| used.get(&day.day).copied()).sum::<Option<f64>>()?,
            cooling_degrees,
            heating_degrees,
        })
    };
    let days: Vec<SubMetered> = before.conditions.days.iter().filter_map(day).collect();
    if days.len() < BEFORE_MIN {
        let reason = format!(
            "Lighting and climate were sub-metered on {} days of the baseline with known weather; {BEFORE_MIN} are needed.",
            days.len()
        );
        return Err(Missing::new(reason, what_to_do));
    }
    let found = mv::reconcile::fitted_factor(&days, CONFIDENCE);
    let found = found.map_err(|error| Missing::new(format!("There is no factor: {error}."), what_to_do))?;
    Ok((estimate(found), FactorSource::SubMeters(count(days.len()))))
}

/// Holds the sub-metered savings against those of the whole facility over the same days.
async fn reconciled(
    tx: &mut Tx<'_>,
    stretch: &Stretch<'_>,
    (part, factor): (&Part, Told<(Estimate, FactorSource)>),
    own: Vec<Performance>,
) -> Result<Told<Reconciled>> {
    let Some(saved) = part.saved else {
        let reason = format!(
            "The sub-meters of {} know {} days of the baseline and {} days of the range that have savings; {BEFORE_MIN} and \
             {AFTER_MIN} are needed.",
            part.end_use.label().to_lowercase(),
            part.before_days,
            part.after_days
        );
        let what_to_do = "Choose a longer range. What was not sub-metered before the measure stays unknown.";
        return Ok(Err(Missing::new(reason, what_to_do)));
    };
    let (factor, source) = match factor {
        Ok(found) => found,
        Err(missing) => return Ok(Err(missing)),
    };
    let effects = events::effects(stretch.agreed, &own);
    let range = stretch.from..stretch.until;
    let errors = Errors::load(tx, stretch.facility, range, MetricType::Electricity, &own).await?;
    let Some(band) = errors.and_then(|errors| errors.of_range()) else {
        return Ok(Err(Missing::new(
            "How sure the savings of the main meter are is not known: the baseline has no errors, or changed within the range.",
            "Choose days of one fitted baseline.",
        )));
    };
    let measured: Decimal = own.iter().filter_map(|p| p.savings_value).sum();
    let added: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let whole = Estimate {
        value: (measured + added).to_f64().unwrap_or(0.0),
        band: widened(band, &effects).half_width,
    };
    let found = mv::reconcile::reconcile(engine(saved), engine(factor), engine(whole));
    Ok(Ok(Reconciled {
        days: count(own.len()),
        sub_metered: saved,
        factor,
        source,
        option_b: estimate(found.option_b),
        option_c: whole,
        difference: found.difference,
        band: found.band,
        agrees: found.agrees,
    }))
}
