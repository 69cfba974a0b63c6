//! Figures for programs: what the pages show, for a token.

use super::band::Errors;
use super::dashboard::{state, widened};
use crate::events;
use crate::tokens::Bearer;
use crate::{Context, Error, Result};
use chrono::{Datelike, Days, NaiveDate};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::local_time::day_of;
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::savings::view::Band;
use domain::savings::{FigureState, Performance, SavingsInterval};
use domain::tokens::ApiScope;
use rust_decimal::Decimal;
use store::facilities::{self, Facility};
use store::savings as stored;

/// Days that are read where no range is given, and at most.
const DAYS: u64 = 30;
const DAYS_MAX: i64 = 800;
/// Longest range in quarter hours, days.
const QUARTERS_DAYS_MAX: i64 = 62;

/// Which figures.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Key of the facility.
    pub facility: String,
    /// Of one metric; none for all of them.
    pub metric: Option<MetricType>,
    /// First local day; 30 days before the end where it is not given.
    pub from: Option<NaiveDate>,
    /// Local day after the last; tomorrow where it is not given.
    pub until: Option<NaiveDate>,
}

/// Figures of a range of days.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The facility.
    pub facility: Facility,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// By day, then metric type.
    pub days: Vec<Performance>,
}

/// Sums of one metric over a stretch.
#[derive(Clone, Debug)]
pub struct Sum {
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// What is in it; none where no day has savings.
    pub totals: Option<Totals>,
    /// How final it is.
    pub state: FigureState,
}

/// Savings of one metric.
#[derive(Clone, Debug)]
pub struct Savings {
    /// The facility.
    pub facility: Facility,
    /// Of what.
    pub metric: MetricType,
    /// The whole range.
    pub total: Sum,
    /// How sure its savings are.
    pub band: Option<Band>,
    /// Calendar months of it, the first and last cut to the range.
    pub months: Vec<Sum>,
    /// Its days.
    pub days: Vec<Performance>,
    /// Its quarter hours, where they were asked for.
    pub quarters: Vec<SavingsInterval>,
}

/// Figures of the days, by day and metric.
///
/// # Errors
/// `Forbidden` when the token or its maker may not, `NotFound` for a facility out of scope, `Invalid` for the range.
pub async fn figures(ctx: &Context, bearer: &Bearer, wanted: &Wanted) -> Result<Figures> {
    let maker = bearer.may(ApiScope::FiguresRead)?;
    let mut tx = ctx.db.begin(&maker.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, &wanted.facility).await?;
    let (from, until) = range(ctx, &facility, wanted)?;
    let mut days = stored::performance(&mut tx, facility.id, (from, until)).await?;
    days.retain(|p| wanted.metric.is_none_or(|metric| metric == p.metric_type));
    days.sort_by_key(|p| (p.day, p.metric_type.as_str()));
    Ok(Figures { facility, from, until, days })
}

/// Savings of one metric, electricity where none is named; by the quarter hour where `quarters` is asked for.
///
/// # Errors
/// As [`figures`]; `Invalid` for more than 62 days by the quarter hour.
pub async fn savings(ctx: &Context, bearer: &Bearer, wanted: &Wanted, quarters: bool) -> Result<Savings> {
    let metric = wanted.metric.unwrap_or(MetricType::Electricity);
    let Figures { facility, from, until, days } =
        figures(ctx, bearer, &Wanted { metric: Some(metric), ..wanted.clone() }).await?;
    if quarters && (until - from).num_days() > QUARTERS_DAYS_MAX {
        let message = format!("Quarter hours are read for at most {QUARTERS_DAYS_MAX} days at once.");
        return Err(Error::field("until", message));
    }
    let maker = bearer.may(ApiScope::FiguresRead)?;
    let mut tx = ctx.db.begin(&maker.scope(Permission::ViewFacility)?).await?;
    let agreed = store::events::list(&mut tx, facility.id).await?;
    let sum = |from: NaiveDate, until: NaiveDate| {
        let own: Vec<Performance> = days.iter().filter(|p| p.day >= from && p.day < until).cloned().collect();
        let added = events::effects(&agreed, &own).iter().map(|effect| effect.amount).sum::<Decimal>();
        let totals = Totals::of(&own.iter().collect::<Vec<_>>(), added, PROVISIONAL_SHARE_RATE);
        Sum { from, until, totals, state: state(&own) }
    };
    let errors = Errors::load(&mut tx, &facility, from..until, metric, &days).await?;
    let band = errors.and_then(|errors| errors.of_range());
    let band = band.map(|band| widened(band, &events::effects(&agreed, &days)));
    let intervals =
        if quarters { stored::intervals(&mut tx, facility.id, metric, (from, until)).await? } else { vec![] };
    let months = months(from, until).map(|(first, last)| sum(first, last)).collect();
    Ok(Savings {
        total: sum(from, until),
        band,
        months,
        days: days.clone(),
        quarters: intervals,
        facility,
        metric,
    })
}

fn range(ctx: &Context, facility: &Facility, wanted: &Wanted) -> Result<(NaiveDate, NaiveDate)> {
    let tomorrow = day_of(facility.time_zone, ctx.clock.now()) + Days::new(1);
    let until = wanted.until.unwrap_or(tomorrow);
    let from = wanted.from.or_else(|| until.checked_sub_days(Days::new(DAYS))).unwrap_or(until);
    let length = (until - from).num_days();
    if (1..=DAYS_MAX).contains(&length) {
        return Ok((from, until));
    }
    Err(Error::field("until", format!("A range has 1 to {DAYS_MAX} days; this one has {length}.")))
}

/// Calendar months of a range, cut to it.
fn months(from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
    let next = |day: NaiveDate| {
        let first = day.with_day(1).unwrap_or(day);
        first.checked_add_months(chrono::Months::new(1)).unwrap_or(NaiveDate::MAX)
    };
    std::iter::successors(Some(from), move |day| Some(next(*day)).filter(|day| *day < until))
        .map(move |day| (day, next(day).min(until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_cut_to_the_range() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let found: Vec<_> = months(day("2026-01-30"), day("2026-03-02")).collect();
        let expected =
            [("2026-01-30", "2026-02-01"), ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-03-02")];
        assert_eq!(found, expected.map(|(a, b)| (day(a), day(b))));
    }
}
