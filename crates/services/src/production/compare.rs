//! Two rooms or crop cycles beside each other.

use crate::baselines::measured;
use crate::telemetry::counted;
use crate::{Context, Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::local_time::{day_of, day_start};
use domain::point::{EndUse, Metric};
use domain::production::compare::{CompareView, Course, Method, Subject};
use domain::production::cycles::{CropCycle, cycles};
use domain::production::{CropPlanRow, daily_drivers};
use domain::range::{Granularity, Range};
use domain::time::bucket_edges;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use store::facilities::{self, Facility};
use store::points::{self, Point};
use store::zones::{self, Zone};
use store::{Tx, baselines, production as stored};

/// Days that rooms are compared over when nothing is asked for.
const DAYS: u32 = 30;
/// Closed cycles that can be chosen, newest first.
const CYCLES: usize = 40;

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// One side as [`Subject`] is written; empty chooses.
    pub a: String,
    /// The other side.
    pub b: String,
    /// Range of whole days for rooms; empty is the last 30 days.
    pub range: String,
}

/// A facility with what can be compared in it.
struct Site {
    facility: Facility,
    rooms: Vec<Zone>,
    plan: Vec<CropPlanRow>,
    closed: Vec<CropCycle>,
    meters: Vec<Point>,
    now: DateTime<Utc>,
}

/// A side before it is measured.
struct Side<'a> {
    subject: Subject,
    room: &'a Zone,
    cycle: Option<&'a CropCycle>,
    days: (NaiveDate, NaiveDate),
}

/// Two sides, measured alike: by their own meters where both have them, by their light otherwise. A room beside a cycle is
/// shown over the days of the cycle.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` names a side or range that does not exist.
pub async fn compare(ctx: &Context, scope: &Scope, facility: &str, asked: &Asked) -> Result<CompareView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let range = if asked.range.is_empty() { Ok(Range::LastDays(DAYS)) } else { Range::parse(&asked.range) };
    let range = range.map_err(|error| Error::field("range", format!("{error}.")))?;
    let now = ctx.clock.now();
    let (_, from, until) = crate::savings::days_of(&facility, range, now)?;
    let site = load(&mut tx, facility, now).await?;
    let choices = site.choices();
    let chosen = |text: &str, n: usize| match text {
        "" => Ok(site.usual().get(n).cloned()),
        text => Subject::parse(text).map(Some).ok_or_else(unknown),
    };
    let (mut sides, mut method) = (None, Method::Metered);
    if let (Some(a), Some(b)) = (chosen(&asked.a, 0)?, chosen(&asked.b, 1)?) {
        let (mut a, mut b) = (site.side(a, (from, until))?, site.side(b, (from, until))?);
        match (a.cycle.is_some(), b.cycle.is_some()) {
            (true, false) => b.days = a.days,
            (false, true) => a.days = b.days,
            _ => {}
        }
        let metered = |side: &Side| site.meters.iter().any(|p| p.zone == Some(side.room.id));
        if !(metered(&a) && metered(&b)) {
            method = Method::ByLight;
        }
        sides = Some((site.course(&mut tx, &a, method).await?, site.course(&mut tx, &b, method).await?));
    }
    Ok(CompareView {
        facility_slug: site.facility.slug.clone(),
        facility_name: site.facility.name.clone(),
        time_zone: site.facility.time_zone.name().to_owned(),
        choices,
        sides,
        method,
        range: range.to_string(),
        from,
        until,
        today: day_of(site.facility.time_zone, now),
    })
}

fn unknown() -> Error {
    Error::field("a", "There is no such room or closed crop cycle here. Choose from the lists.")
}

async fn load(tx: &mut Tx<'_>, facility: Facility, now: DateTime<Utc>) -> Result<Site> {
    let rooms = zones::list(tx, facility.id).await?;
    let plan = stored::crop_plan(tx, facility.id).await?;
    let harvests = stored::harvests(tx, facility.id, super::guard::ALWAYS).await?;
    let mut closed = cycles(&plan, &harvests);
    closed.retain(|cycle| cycle.planted.is_some_and(|planted| planted < cycle.harvested));
    closed.sort_by_key(|cycle| std::cmp::Reverse(cycle.harvested));
    closed.truncate(CYCLES);
    let own = |p: &Point| {
        p.retired_at.is_none()
            && p.zone.is_some()
            && p.spec.metric == Metric::Energy
            && p.spec.end_use != Some(EndUse::Total)
    };
    let meters = points::of_facility(tx, facility.id).await?.into_iter().filter(own).collect();
    Ok(Site { facility, rooms, plan, closed, meters, now })
}

impl Site {
    fn room_of(&self, cycle: &CropCycle) -> Option<&Zone> {
        self.rooms.iter().find(|room| room.id == cycle.zone)
    }

    fn choices(&self) -> Vec<(Subject, String)> {
        let rooms =
            self.rooms.iter().map(|room| (Subject::Room(room.spec.slug.clone()), room.spec.name.clone()));
        let cycles = self.closed.iter().filter_map(|cycle| {
            let room = self.room_of(cycle)?;
            let subject = Subject::Cycle { room: room.spec.slug.clone(), cycle: cycle.cycle.clone() };
            Some((subject, label(room, cycle)))
        });
        rooms.chain(cycles).collect()
    }

    /// The two newest cycles of one crop; without them the first two rooms.
    fn usual(&self) -> Vec<Subject> {
        let all = self.choices();
        let of = |cycle: &CropCycle| {
            let room = self.room_of(cycle)?;
            Some(Subject::Cycle { room: room.spec.slug.clone(), cycle: cycle.cycle.clone() })
        };
        let newest = self.closed.first();
        let alike: Vec<Subject> = self
            .closed
            .iter()
            .filter(|c| newest.is_some_and(|n| n.crop == c.crop))
            .filter_map(of)
            .take(2)
            .collect();
        if alike.len() == 2 {
            return alike;
        }
        let rooms: Vec<Subject> = all
            .into_iter()
            .map(|(subject, _)| subject)
            .filter(|s| matches!(s, Subject::Room(_)))
            .take(2)
            .collect();
        if rooms.len() == 2 { rooms } else { vec![] }
    }

    fn side(&self, subject: Subject, range: (NaiveDate, NaiveDate)) -> Result<Side<'_>> {
        let (slug, name) = match &subject {
            Subject::Room(room) => (room, None),
            Subject::Cycle { room, cycle } => (room, Some(cycle)),
        };
        let room = self.rooms.iter().find(|r| r.spec.slug == *slug).ok_or_else(unknown)?;
        let cycle = match name {
            None => None,
            Some(name) => {
                let own = |c: &&CropCycle| c.zone == room.id && c.cycle == *name;
                Some(self.closed.iter().find(own).ok_or_else(unknown)?)
            }
        };
        let days = cycle.and_then(|c| Some((c.planted?, c.harvested))).unwrap_or(range);
        Ok(Side { subject, room, cycle, days })
    }

    async fn course(&self, tx: &mut Tx<'_>, side: &Side<'_>, method: Method) -> Result<Course> {
        let (from, until) = side.days;
        let zone = self.facility.time_zone;
        let tomorrow = day_of(zone, self.now) + Days::new(1);
        let known = match method {
            Method::Metered => self.metered(tx, side, until.min(tomorrow)).await?,
            Method::ByLight => self.by_light(tx, side, until.min(tomorrow)).await?,
        };
        let days = || from.iter_days().take_while(|day| *day < until);
        let own: Vec<CropPlanRow> =
            self.plan.iter().filter(|row| row.zone == side.room.id).cloned().collect();
        let drivers = daily_drivers(&own, from..until);
        let grown: Vec<f64> =
            drivers.iter().map(|d| d.canopy_m2.values().sum()).filter(|m2| *m2 > 0.0).collect();
        let mean =
            |all: &[f64]| all.iter().sum::<f64>() / f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX));
        Ok(Course {
            label: side.cycle.map_or_else(|| side.room.spec.name.clone(), |cycle| label(side.room, cycle)),
            subject: side.subject.clone(),
            from,
            kwh: days().map(|day| known.get(&day).copied()).collect(),
            canopy_m2: (!grown.is_empty()).then(|| mean(&grown)),
            mass: side.cycle.and_then(|cycle| cycle.mass),
            light_mol: (!drivers.is_empty()).then(|| drivers.iter().map(|d| d.ppf_mol).sum()),
        })
    }

    /// Sums of the room's own meters, kWh; a day on which any of them has no value is not known.
    async fn metered(
        &self,
        tx: &mut Tx<'_>,
        side: &Side<'_>,
        until: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, f64>> {
        let zone = self.facility.time_zone;
        let (start, end) = (day_start(zone, side.days.0), day_start(zone, until));
        if start >= end {
            return Ok(BTreeMap::new());
        }
        let edges = bucket_edges(Granularity::Day, zone, start, end);
        let mut sums: Option<BTreeMap<NaiveDate, f64>> = None;
        for meter in self.meters.iter().filter(|p| p.zone == Some(side.room.id)) {
            let days = counted(tx, meter, Granularity::Day, &edges).await?;
            let days = days.iter().filter_map(|i| Some((day_of(zone, i.start), i.value?.to_f64()?)));
            sums = Some(match sums {
                None => days.collect(),
                Some(sums) => days.filter_map(|(day, kwh)| Some((day, sums.get(&day)? + kwh))).collect(),
            });
        }
        Ok(sums.unwrap_or_default())
    }

    /// The room's part of the facility's use by the light that the crop plan calls for, kWh; days without light are not known.
    async fn by_light(
        &self,
        tx: &mut Tx<'_>,
        side: &Side<'_>,
        until: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, f64>> {
        let zone = self.facility.time_zone;
        let (from, metric) = (side.days.0, MetricType::Electricity);
        let baseline = baselines::active(tx, self.facility.id, metric).await?;
        let series = baseline.and_then(|b| b.summary.series);
        let stretch = (day_start(zone, from), day_start(zone, until));
        let used =
            measured::for_savings(tx, &self.facility, metric, series, Granularity::Day, stretch).await?;
        let used = used.iter().filter_map(|i| Some((day_of(zone, i.start), i.value?.to_f64()?)));
        let light = |plan: &[CropPlanRow]| -> BTreeMap<NaiveDate, f64> {
            daily_drivers(plan, from..until).into_iter().map(|d| (d.day, d.ppf_mol)).collect()
        };
        let own: Vec<CropPlanRow> =
            self.plan.iter().filter(|row| row.zone == side.room.id).cloned().collect();
        let (all, own) = (light(&self.plan), light(&own));
        let part = |(day, kwh): (NaiveDate, f64)| {
            let all = all.get(&day).filter(|mol| **mol > 0.0)?;
            Some((day, kwh * own.get(&day)? / all))
        };
        Ok(used.filter_map(part).collect())
    }
}

fn label(room: &Zone, cycle: &CropCycle) -> String {
    format!("{}, {} {}", room.spec.name, cycle.crop, cycle.cycle)
}
