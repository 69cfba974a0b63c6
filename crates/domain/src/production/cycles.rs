//! Crop cycles: what a room gave between planting and harvest, and the light that its recipe called for.

use super::{CropPlanRow, Harvest};
use crate::id::ZoneId;
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days between weighings of one cycle, and between the end of its plan and its weighing, beyond which they are two.
const APART_DAYS: i64 = 30;

/// Share of outdoor light that is taken to reach a canopy under glass: glazing, structure and gutters let 50 to 70 % through. It is
/// the same for all cycles of a facility, so it weighs the sun against lamps and does not favour either period.
pub const UNDER_GLASS: f64 = 0.6;
/// Share of a cycle's days whose outdoor light has to be known.
const KNOWN_MIN: f64 = 0.95;

/// What was weighed. Fresh and dry are never compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mass {
    /// Dry, g.
    Dry(Decimal),
    /// Fresh, g.
    Wet(Decimal),
}

impl Mass {
    /// g.
    pub fn grams(self) -> Decimal {
        let (Self::Dry(grams) | Self::Wet(grams)) = self;
        grams
    }

    /// `dry` or `fresh`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dry(_) => "dry",
            Self::Wet(_) => "fresh",
        }
    }
}

/// A closed crop cycle of a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropCycle {
    /// The room.
    pub zone: ZoneId,
    /// What grew.
    pub crop: String,
    /// Its name or number.
    pub cycle: String,
    /// First local day; none where the crop plan does not tell it.
    pub planted: Option<NaiveDate>,
    /// Local day of the last harvest.
    pub harvested: NaiveDate,
    /// All of it; none where weighings are missing or dry ones are mixed with fresh ones.
    pub mass: Option<Mass>,
    /// Photons that the recipe called for from planting to harvest, mol; 0 without a plan.
    pub light_mol: f64,
}

/// The closed cycles, by room and day of harvest.
///
/// A cycle is the harvests of a room under one name. It begins where the room's plan does after its last empty day or its
/// last harvest. Of the first cycle of a plan the beginning is not known: the plan may have begun within it.
pub fn cycles(plan: &[CropPlanRow], harvests: &[Harvest]) -> Vec<CropCycle> {
    let mut sorted: Vec<&Harvest> = harvests.iter().collect();
    sorted.sort_by_key(|h| (h.zone, h.day));
    let mut grouped: Vec<Vec<&Harvest>> = Vec::new();
    for harvest in sorted {
        let same = |group: &&mut Vec<&Harvest>| {
            group.last().is_some_and(|last| {
                last.zone == harvest.zone
                    && last.cycle == harvest.cycle
                    && (harvest.day - last.day).num_days() <= APART_DAYS
            })
        };
        match grouped.last_mut().filter(same) {
            Some(group) => group.push(harvest),
            None => grouped.push(vec![harvest]),
        }
    }
    let mut found: Vec<CropCycle> = Vec::new();
    for group in &grouped {
        let before = found.last().filter(|c| group.first().is_some_and(|h| h.zone == c.zone));
        let before = before.map(|c| c.harvested);
        found.extend(cycle(plan, group, before));
    }
    found
}

fn cycle(plan: &[CropPlanRow], group: &[&Harvest], before: Option<NaiveDate>) -> Option<CropCycle> {
    let (first, last) = (group.first()?, group.last()?);
    let mut rows: Vec<&CropPlanRow> = plan.iter().filter(|row| row.zone == first.zone).collect();
    rows.sort_by_key(|row| row.from);
    let planted = planted(&rows, before, last.day);
    let light_mol = planted.map_or(0.0, |planted| light(&rows, planted, last.day));
    let sum = |of: fn(&Harvest) -> Option<Decimal>| group.iter().map(|h| of(h)).sum::<Option<Decimal>>();
    Some(CropCycle {
        zone: first.zone,
        crop: first.crop.clone(),
        cycle: first.cycle.clone(),
        planted,
        harvested: last.day,
        mass: sum(|h| h.dry_g).map(Mass::Dry).or_else(|| sum(|h| h.wet_g).map(Mass::Wet)),
        light_mol,
    })
}

/// Walks back from the harvest along rows that follow each other without an empty day.
fn planted(rows: &[&CropPlanRow], before: Option<NaiveDate>, harvested: NaiveDate) -> Option<NaiveDate> {
    let floor = before.unwrap_or(NaiveDate::MIN);
    let last =
        rows.iter().rposition(|row| row.from < harvested && row.until.is_none_or(|day| day > floor))?;
    let gone = rows[last].until.is_some_and(|day| day + TimeDelta::days(APART_DAYS) < harvested);
    if gone {
        return None;
    }
    let mut at = last;
    while at > 0 && rows[at].from > floor && rows[at - 1].until == Some(rows[at].from) {
        at -= 1;
    }
    let started_here = at > 0 || before.is_some_and(|day| day >= rows[0].from);
    started_here.then(|| rows[at].from.max(floor))
}

fn light(rows: &[&CropPlanRow], from: NaiveDate, until: NaiveDate) -> f64 {
    let part = |row: &&CropPlanRow| {
        let days = (row.until.map_or(until, |end| end.min(until)) - row.from.max(from)).num_days();
        f64::from(i32::try_from(days.max(0)).unwrap_or(0)) * row.ppf_mol()
    };
    rows.iter().map(part).sum()
}

/// Photons that a cycle's canopy got under glass, mol. The recipe is what sun and lamps shall give together and lamps give what the
/// sun does not, so of every day it is what the recipe calls for, or the sun's through the glass where that is more.
///
/// `outdoor` is the light of local days, mol·m⁻². None without a day of planting and where it is known on less than 95 % of the
/// days; days on which it is not are taken to be like the others.
pub fn light_under_glass(
    plan: &[CropPlanRow],
    cycle: &CropCycle,
    outdoor: &BTreeMap<NaiveDate, f64>,
) -> Option<f64> {
    let (mut days, mut known, mut mol) = (0.0, 0.0, 0.0);
    for day in cycle.planted?.iter_days().take_while(|day| *day < cycle.harvested) {
        for row in plan.iter().filter(|row| row.zone == cycle.zone && row.covers(day)) {
            days += 1.0;
            let Some(outdoor) = outdoor.get(&day) else { continue };
            known += 1.0;
            let canopy = row.canopy_m2.to_f64().unwrap_or(0.0);
            mol += row.ppf_mol().max(UNDER_GLASS * outdoor * canopy);
        }
    }
    (days > 0.0 && known >= KNOWN_MIN * days).then(|| mol * days / known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        format!("2026-{text}").parse().unwrap()
    }

    /// 10 m² under 1 000 µmol·m⁻²·s⁻¹ for 10 h: 360 mol a day.
    fn row(from: &str, until: Option<&str>) -> CropPlanRow {
        CropPlanRow {
            zone: uuid::Uuid::from_u128(1).into(),
            from: day(from),
            until: until.map(day),
            stage: "flower".to_owned(),
            canopy_m2: 10.into(),
            photoperiod_h: 10.into(),
            ppfd: 1_000.into(),
        }
    }

    fn harvest(on: &str, cycle: &str, dry: Option<i64>, wet: Option<i64>) -> Harvest {
        Harvest {
            zone: uuid::Uuid::from_u128(1).into(),
            day: day(on),
            crop: "basil".to_owned(),
            cycle: cycle.to_owned(),
            dry_g: dry.map(Decimal::from),
            wet_g: wet.map(Decimal::from),
        }
    }

    #[test]
    fn a_cycle_is_from_the_last_empty_day_to_its_last_harvest() {
        let plan = [
            row("01-01", Some("02-01")),
            row("02-03", Some("03-01")),
            row("03-01", Some("04-01")),
            row("04-03", None),
        ];
        let harvests = [
            harvest("02-01", "a", Some(1_000), None),
            harvest("03-30", "b", Some(600), Some(9_000)),
            harvest("04-01", "b", Some(400), None),
            harvest("05-03", "c", None, Some(5_000)),
        ];
        let found = cycles(&plan, &harvests);
        assert_eq!(found.iter().map(|c| c.cycle.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        // The plan may have begun within the first.
        assert_eq!((found[0].planted, found[0].light_mol), (None, 0.0));
        assert_eq!((found[1].planted, found[1].harvested), (Some(day("02-03")), day("04-01")));
        assert_eq!(found[1].mass, Some(Mass::Dry(1_000.into())));
        // 26 days of February, 31 of March.
        assert!((found[1].light_mol - 57.0 * 360.0).abs() < 1e-9, "{}", found[1].light_mol);
        assert_eq!((found[2].planted, found[2].mass), (Some(day("04-03")), Some(Mass::Wet(5_000.into()))));
        assert!((found[2].light_mol - 30.0 * 360.0).abs() < 1e-9);
    }

    #[test]
    fn where_a_room_is_never_empty_the_last_harvest_begins_the_next_cycle() {
        let plan = [row("01-01", None)];
        let harvests = ["01-20", "02-10", "03-03"].map(|on| harvest(on, on, None, Some(100)));
        let found = cycles(&plan, &harvests);
        assert_eq!(
            found.iter().map(|c| c.planted).collect::<Vec<_>>(),
            [None, Some(day("01-20")), Some(day("02-10"))]
        );
        assert!((found[2].light_mol - 21.0 * 360.0).abs() < 1e-9);
    }

    #[test]
    fn what_the_plan_does_not_reach_has_no_beginning() {
        let plan = [row("01-01", Some("01-20")), row("01-22", Some("02-10"))];
        let found =
            cycles(&plan, &[harvest("04-20", "late", Some(1), None), harvest("01-21", "b", None, None)]);
        assert_eq!(found.iter().map(|c| c.planted).collect::<Vec<_>>(), [None, None]);
        assert_eq!(found[0].mass, None);
        assert_eq!(cycles(&[], &[]), []);
    }

    /// 10 m² of which the recipe calls for 36 mol·m⁻² a day. Of 40 outside 24 come through: lamps fill up to 360 mol. Of 70 outside
    /// 42 come through: 420 mol. Twenty such days are 7 800 mol.
    #[test]
    fn under_glass_lamps_give_what_the_sun_does_not() {
        let plan = [row("01-01", None)];
        let found =
            cycles(&plan, &[harvest("01-20", "a", None, Some(1)), harvest("02-09", "b", None, Some(1))]);
        let (first, second) = (&found[0], &found[1]);
        assert_eq!(second.planted, Some(day("01-20")));
        let mut outdoor: BTreeMap<NaiveDate, f64> = (0..20)
            .map(|n| (day("01-20") + TimeDelta::days(n), if n % 2 == 0 { 40.0 } else { 70.0 }))
            .collect();
        let light =
            |cycle: &CropCycle, outdoor: &BTreeMap<NaiveDate, f64>| light_under_glass(&plan, cycle, outdoor);
        assert!((light(second, &outdoor).unwrap() - 7_800.0).abs() < 1e-9, "{:?}", light(second, &outdoor));
        assert_eq!(light(first, &outdoor), None, "its planting is not known");
        // Nineteen of twenty days are enough: 7 800 − 420 mol on them, twenty nineteenths of it in all.
        outdoor.remove(&day("02-08"));
        assert!((light(second, &outdoor).unwrap() - 7_380.0 * 20.0 / 19.0).abs() < 1e-9);
        outdoor.remove(&day("02-07"));
        assert_eq!(light(second, &outdoor), None, "eighteen are not");
    }
}
