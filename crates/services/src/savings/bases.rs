//! Savings of a range on other bases than the one that is billed. docs/SAVINGS.md

use super::band::Errors;
use super::dashboard::{Asked, days_of, state, widened};
use super::{fuels, normalised, option_b};
use crate::{Context, Error, Result, events};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::events::Event;
use domain::local_time::day_of;
use domain::point::EndUse;
use domain::range::Range;
use domain::savings::Performance;
use domain::savings::bases::{AvoidedUse, BasesView, Missing};
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use mv::reconcile::Plant;
use store::baselines::Baseline;
use store::facilities::{self, Facility};
use store::savings as stored;
use store::{Tx, baselines};

/// Longest reporting period that is shown whole, days.
const DAYS_MAX: u64 = 800;
/// Days that are shown where there is no baseline.
const DAYS: u64 = 30;

/// What the page is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AskedBases {
    /// Whole local days; none for the reporting period to date.
    pub range: Option<Range>,
    /// Of what.
    pub metric: MetricType,
    /// The end use that the measure is at.
    pub retrofit: EndUse,
    /// Figures of heating and cooling, where the reader states them.
    pub plant: Option<Plant>,
}

impl AskedBases {
    /// Reads what an address says. `plant` are the shares of lamp heat that cooling removes and that saves heating, %, and the
    /// coefficients of performance of both; without the first there is no plant.
    ///
    /// # Errors
    /// `Invalid` names the part that cannot be read.
    pub fn read(range: &str, metric: &str, end_use: &str, plant: [&str; 4]) -> Result<Self> {
        let asked = Asked::read(range, metric, "")?;
        let retrofit = if end_use.is_empty() { Some(EndUse::Lighting) } else { EndUse::parse(end_use) };
        let retrofit = retrofit.filter(|end_use| *end_use != EndUse::Total);
        Ok(Self {
            range: (!range.is_empty()).then_some(asked.range),
            metric: asked.metric,
            retrofit: retrofit
                .ok_or_else(|| Error::field("end_use", "Choose one of the sub-metered end uses."))?,
            plant: read_plant(plant)?,
        })
    }
}

fn read_plant([cooled, cop, heated, efficiency]: [&str; 4]) -> Result<Option<Plant>> {
    if cooled.trim().is_empty() {
        return Ok(None);
    }
    let number = |field: &str, text: &str, without: f64, within: std::ops::RangeInclusive<f64>| {
        let value = if text.trim().is_empty() { Ok(without) } else { text.trim().parse::<f64>() };
        let value = value.ok().filter(|v| within.contains(v));
        let message = format!("Give a number from {} to {}.", within.start(), within.end());
        value.ok_or_else(|| Error::field(field, message))
    };
    Ok(Some(Plant {
        cooled: number("cooled", cooled, 0.0, 0.0..=100.0)? / 100.0,
        cooling_cop: number("cop", cop, 3.0, 0.1..=20.0)?,
        heated: number("heated", heated, 0.0, 0.0..=100.0)? / 100.0,
        heating_efficiency: number("efficiency", efficiency, 1.0, 0.1..=20.0)?,
    }))
}

/// The range of one metric that all bases are of.
pub(super) struct Stretch<'a> {
    pub(super) facility: &'a Facility,
    /// First local day.
    pub(super) from: NaiveDate,
    /// Local day after the last.
    pub(super) until: NaiveDate,
    /// Today there; its day is not over.
    pub(super) today: NaiveDate,
    /// Non-routine events of the facility.
    pub(super) agreed: &'a [Event],
}

/// Savings of a range on every basis.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` for a range that is empty or too long.
pub async fn bases(ctx: &Context, scope: &Scope, facility: &str, asked: &AskedBases) -> Result<BasesView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = baselines::active(&mut tx, facility.id, asked.metric).await?;
    let (from, until) = span(&facility, asked.range, baseline.as_ref(), now)?;
    let agreed = store::events::list(&mut tx, facility.id).await?;
    let today = day_of(facility.time_zone, now);
    let stretch = Stretch { facility: &facility, from, until, today, agreed: &agreed };
    let read = stored::performance(&mut tx, facility.id, (from, until)).await?;
    let days: Vec<Performance> = read.iter().filter(|p| p.metric_type == asked.metric).cloned().collect();
    let none = || {
        let name = asked.metric.label().to_lowercase();
        Missing::new(
            format!("There is no active baseline of {name}."),
            "Fit one, have it verified and accepted; every basis starts from it.",
        )
    };
    let (normalised, option_b) = match &baseline {
        None => (Err(none()), Err(none())),
        Some(baseline) => (
            normalised::normalised(&mut tx, &stretch, baseline, now).await?,
            option_b::option_b(&mut tx, &stretch, baseline, asked, &days).await?,
        ),
    };
    let avoided = avoided(&mut tx, &stretch, asked.metric, &days).await?;
    Ok(BasesView {
        metric: asked.metric,
        range: asked.range.map(|range| range.to_string()).unwrap_or_default(),
        from,
        until,
        today,
        avoided: avoided.ok_or_else(|| match &baseline {
            None => none(),
            Some(_) => Missing::new(
                "No day of this range has both a meter value and a baseline.",
                "Choose other days; savings begin when the baseline takes effect.",
            ),
        }),
        normalised,
        option_b,
        fuels: fuels::fuels(&mut tx, &stretch, &read).await?,
        baseline: baseline.map(|baseline| baseline.summary),
        time_zone: facility.time_zone.name().to_owned(),
        currency: facility.currency,
        facility_slug: facility.slug,
        facility_name: facility.name,
    })
}

/// The local days; without a range the baseline's reporting period up to yesterday.
fn span(
    facility: &Facility,
    range: Option<Range>,
    baseline: Option<&Baseline>,
    now: DateTime<Utc>,
) -> Result<(NaiveDate, NaiveDate)> {
    if let Some(range) = range {
        let (_, from, until) = days_of(facility, range, now)?;
        return Ok((from, until));
    }
    let today = day_of(facility.time_zone, now);
    let from = baseline.map_or(today - Days::new(DAYS), |baseline| baseline.summary.effective_from);
    let until = today.max(from + Days::new(1));
    Ok((from.max(until - Days::new(DAYS_MAX)), until))
}

/// Avoided energy use; none where no day has savings.
async fn avoided(
    tx: &mut Tx<'_>,
    stretch: &Stretch<'_>,
    metric: MetricType,
    days: &[Performance],
) -> Result<Option<AvoidedUse>> {
    let effects = events::effects(stretch.agreed, days);
    let added = effects.iter().map(|effect| effect.amount).sum();
    let borrowed: Vec<&Performance> = days.iter().collect();
    let Some(totals) = Totals::of(&borrowed, added, PROVISIONAL_SHARE_RATE) else { return Ok(None) };
    let errors = Errors::load(tx, stretch.facility, stretch.from..stretch.until, metric, days).await?;
    let band = errors.and_then(|errors| errors.of_range()).map(|band| widened(band, &effects));
    Ok(Some(AvoidedUse { totals, band, state: state(days) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked() {
        let asked = AskedBases::read("", "", "", ["", "", "", ""]).unwrap();
        let expected = (None, MetricType::Electricity, EndUse::Lighting, None);
        assert_eq!((asked.range, asked.metric, asked.retrofit, asked.plant), expected);
        let asked = AskedBases::read("2026-03", "gas", "hvac", ["90", "3.5", "", ""]).unwrap();
        let plant = Plant { cooled: 0.9, cooling_cop: 3.5, heated: 0.0, heating_efficiency: 1.0 };
        assert_eq!((asked.metric, asked.retrofit, asked.plant), (MetricType::Gas, EndUse::Hvac, Some(plant)));
        for (metric, end_use, plant) in [
            ("light", "", ["", "", "", ""]),
            ("", "total", ["", "", "", ""]),
            ("", "", ["120", "", "", ""]),
            ("", "", ["90", "none", "", ""]),
            ("", "", ["90", "3", "10", "0"]),
        ] {
            assert!(matches!(AskedBases::read("", metric, end_use, plant), Err(Error::Invalid(_))));
        }
    }
}
