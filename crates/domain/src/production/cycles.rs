//! Crop cycles: what a room gave between planting and harvest, and the light that its recipe called for.

use super::{CropPlanRow, Harvest};
use crate::id::ZoneId;
use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Days between weighings of one cycle, and between the end of its plan and its weighing, beyond which they are two.
const APART_DAYS: i64 = 30;

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
}
