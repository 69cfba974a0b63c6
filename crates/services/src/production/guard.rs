//! The yield guard: closed crop cycles held against those of the baseline.

use crate::baselines::measured;
use crate::{Result, weather};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::facility::FacilityKind;
use domain::local_time::day_start;
use domain::production::cycles::{CropCycle, Mass, cycles, light_under_glass};
use domain::production::view::{CycleView, Held, LightOf, Verdict};
use domain::production::{CropPlanRow, daily_drivers};
use domain::range::Granularity;
use mv::yield_guard::{Cycle, GuardError, Guarded, Tolerance, guard};
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use store::baselines::{self, Baseline};
use store::facilities::Facility;
use store::{Tx, production as stored, zones};

/// What is allowed until a contract says otherwise.
pub(super) const TOLERANCE: Tolerance = Tolerance { yield_fall: 0.1, intensity_rise: 0.1, confidence: 0.9 };
/// Every day that a harvest can be of; the database's calendar ends before chrono's.
pub(super) const ALWAYS: (NaiveDate, NaiveDate) =
    match (NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::from_ymd_opt(9999, 12, 31)) {
        (Some(first), Some(last)) => (first, last),
        _ => (NaiveDate::MIN, NaiveDate::MAX),
    };
/// Share of a cycle's light on days whose electricity is known; with less its energy is not known.
const KNOWN_MIN: f64 = 0.95;

/// The closed cycles of a facility with their verdicts.
pub(crate) struct Judged {
    /// Newest first.
    pub(crate) cycles: Vec<CycleView>,
    /// What they are held against.
    pub(crate) baseline: Option<Baseline>,
    /// What their light is.
    pub(crate) light: LightOf,
}

/// Every closed cycle of the facility with its verdict.
///
/// # Errors
/// When the database fails.
pub(crate) async fn judged(tx: &mut Tx<'_>, facility: &Facility) -> Result<Judged> {
    let plan = stored::crop_plan(tx, facility.id).await?;
    let harvests = stored::harvests(tx, facility.id, ALWAYS).await?;
    let closed = cycles(&plan, &harvests);
    let baseline = baselines::active(tx, facility.id, MetricType::Electricity).await?;
    let energy = energies(tx, facility, baseline.as_ref(), &plan, &closed).await?;
    let rooms: BTreeMap<_, String> =
        zones::list(tx, facility.id).await?.into_iter().map(|z| (z.id, z.spec.name)).collect();
    let (light, mol) = lights(tx, facility, &plan, &closed).await?;
    let amounts: Vec<Option<Cycle>> = closed
        .iter()
        .zip(mol.iter().zip(&energy))
        .map(|(cycle, (mol, energy))| amounts(cycle, *mol, *energy))
        .collect();
    let before: Vec<Cycle> = match &baseline {
        Some(baseline) => amounts.iter().flatten().filter(|c| is_before(baseline, c)).cloned().collect(),
        None => vec![],
    };
    let mut views: Vec<CycleView> = closed
        .iter()
        .zip(mol.into_iter().zip(amounts))
        .map(|(cycle, (mol, amounts))| CycleView {
            room: rooms.get(&cycle.zone).cloned().unwrap_or_default(),
            verdict: verdict(baseline.as_ref(), &before, cycle, (mol, amounts.as_ref())),
            ..view(cycle, mol, amounts.as_ref())
        })
        .collect();
    views.sort_by(|a, b| b.harvested.cmp(&a.harvested).then(a.room.cmp(&b.room)));
    Ok(Judged { cycles: views, baseline, light })
}

/// Light of each cycle, mol, none where it is not known; and what it is. Under glass the outdoor light of the savings' weather counts
/// as soon as it is known of any cycle: one with the sun is never held against one without.
async fn lights(
    tx: &mut Tx<'_>,
    facility: &Facility,
    plan: &[CropPlanRow],
    closed: &[CropCycle],
) -> Result<(LightOf, Vec<Option<f64>>)> {
    let called_for = || closed.iter().map(|c| c.planted.map(|_| c.light_mol)).collect();
    if facility.kind != FacilityKind::Greenhouse {
        return Ok((LightOf::Recipe, called_for()));
    }
    let first = closed.iter().filter_map(|c| c.planted).min();
    let (Some(first), Some(last)) = (first, closed.iter().map(|c| c.harvested).max()) else {
        return Ok((LightOf::SunUnknown, called_for()));
    };
    let days = weather::days(tx, facility, first..last).await?;
    let outdoor: BTreeMap<NaiveDate, f64> =
        days.into_iter().filter_map(|day| Some((day.day, day.dli_mol_m2?))).collect();
    let lit: Vec<Option<f64>> = closed.iter().map(|c| light_under_glass(plan, c, &outdoor)).collect();
    if lit.iter().any(Option::is_some) {
        Ok((LightOf::SunAndLamps, lit))
    } else {
        Ok((LightOf::SunUnknown, called_for()))
    }
}

/// Electricity of each cycle, kWh: of every day the part of the facility's use that the room's photons are of all photons.
async fn energies(
    tx: &mut Tx<'_>,
    facility: &Facility,
    baseline: Option<&Baseline>,
    plan: &[CropPlanRow],
    closed: &[CropCycle],
) -> Result<Vec<Option<f64>>> {
    let first = closed.iter().filter_map(|c| c.planted).min();
    let (Some(first), Some(last)) = (first, closed.iter().map(|c| c.harvested).max()) else {
        return Ok(vec![None; closed.len()]);
    };
    let zone = facility.time_zone;
    let stretch = (day_start(zone, first), day_start(zone, last));
    let series = baseline.and_then(|b| b.summary.series);
    let (metric, day) = (MetricType::Electricity, Granularity::Day);
    let used = measured::for_savings(tx, facility, metric, series, day, stretch).await?;
    let used: BTreeMap<NaiveDate, f64> = used
        .iter()
        .filter_map(|i| Some((domain::local_time::day_of(zone, i.start), i.value?.to_f64()?)))
        .collect();
    let all: BTreeMap<NaiveDate, f64> =
        daily_drivers(plan, first..last).into_iter().map(|d| (d.day, d.ppf_mol)).collect();
    Ok(closed.iter().map(|cycle| energy(plan, &used, &all, cycle)).collect())
}

fn energy(
    plan: &[CropPlanRow],
    used: &BTreeMap<NaiveDate, f64>,
    all: &BTreeMap<NaiveDate, f64>,
    cycle: &CropCycle,
) -> Option<f64> {
    let own: Vec<CropPlanRow> = plan.iter().filter(|row| row.zone == cycle.zone).cloned().collect();
    let (mut known, mut kwh) = (0.0, 0.0);
    for day in daily_drivers(&own, cycle.planted?..cycle.harvested) {
        let (Some(used), Some(all)) = (used.get(&day.day), all.get(&day.day)) else { continue };
        if *all > 0.0 {
            known += day.ppf_mol;
            kwh += used * day.ppf_mol / all;
        }
    }
    let share = known / cycle.light_mol;
    (share >= KNOWN_MIN).then(|| kwh / share)
}

/// As the engine wants it; none where it cannot be judged.
fn amounts(cycle: &CropCycle, light_mol: Option<f64>, energy_kwh: Option<f64>) -> Option<Cycle> {
    let mass = cycle.mass?;
    let light_mol = light_mol.filter(|mol| *mol > 0.0)?;
    Some(Cycle {
        // Dry mass is only compared with dry mass.
        crop: format!("{}, {}", cycle.crop, mass.label()),
        planted: cycle.planted?,
        harvested: cycle.harvested,
        harvest_kg: mass.grams().to_f64()? / 1_000.0,
        light_mol,
        energy_kwh,
    })
}

fn is_before(baseline: &Baseline, cycle: &Cycle) -> bool {
    cycle.planted >= baseline.summary.period_start && cycle.harvested <= baseline.summary.effective_from
}

fn view(cycle: &CropCycle, light_mol: Option<f64>, amounts: Option<&Cycle>) -> CycleView {
    CycleView {
        room: String::new(),
        crop: cycle.crop.clone(),
        cycle: cycle.cycle.clone(),
        planted: cycle.planted,
        harvested: cycle.harvested,
        mass: cycle.mass,
        light_mol,
        energy_kwh: amounts.and_then(|a| a.energy_kwh),
        grams_per_mol: amounts.map(|a| 1_000.0 * a.harvest_kg / a.light_mol),
        kwh_per_kg: amounts
            .and_then(|a| a.energy_kwh.filter(|_| a.harvest_kg > 0.0).map(|kwh| kwh / a.harvest_kg)),
        verdict: Verdict::Baseline,
    }
}

fn verdict(
    baseline: Option<&Baseline>,
    before: &[Cycle],
    cycle: &CropCycle,
    (light_mol, amounts): (Option<f64>, Option<&Cycle>),
) -> Verdict {
    let open = |why: &str| Verdict::Open(why.to_owned());
    let Some(baseline) = baseline else { return open("There is no active electricity baseline.") };
    let Some(amounts) = amounts else {
        return open(match (cycle.planted, cycle.mass) {
            (None, _) => "The crop plan does not tell when it was planted.",
            (_, None) => "Its weighings are incomplete, or mix dry and fresh.",
            _ if light_mol.is_none() => "The outdoor light of its days is not known.",
            _ => "The crop plan calls for no light.",
        });
    };
    if is_before(baseline, amounts) {
        return Verdict::Baseline;
    }
    if amounts.planted < baseline.summary.effective_from {
        return open("It began before savings count.");
    }
    match guard(before, std::slice::from_ref(amounts), TOLERANCE).map(|found| found.into_iter().next()) {
        Ok(Some(found)) if found.yield_breach || found.intensity_breach => Verdict::Breach(held(&found)),
        Ok(Some(found)) => Verdict::Within(held(&found)),
        Err(GuardError::Baseline { found, .. }) => Verdict::Open(format!(
            "The baseline has {found} closed cycles of {} ({}); two are needed.",
            cycle.crop,
            cycle.mass.map_or("", Mass::label)
        )),
        Err(error) => Verdict::Open(error.to_string()),
        Ok(None) => open("It could not be judged."),
    }
}

fn held(found: &Guarded) -> Held {
    Held {
        grams_per_mol: (found.baseline_grams_per_mol.mean, found.least_grams_per_mol),
        kwh_per_kg: found.baseline_kwh_per_kg.map(|band| band.mean).zip(found.most_kwh_per_kg),
        against: (found.against, found.in_season),
        yield_breach: found.yield_breach,
        intensity_breach: found.intensity_breach,
    }
}

/// Cycles that ran on a day of [`from`, `until`) and are a breach.
///
/// # Errors
/// When the database fails.
pub(crate) async fn breaches(
    tx: &mut Tx<'_>,
    facility: &Facility,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<CycleView>> {
    let all = judged(tx, facility).await?.cycles;
    let breach = |cycle: &CycleView| matches!(cycle.verdict, Verdict::Breach(_)) && cycle.within(from, until);
    Ok(all.into_iter().filter(breach).collect())
}
