//! Savings of every facility in scope.

use super::band::Errors;
use super::common;
use super::dashboard::{Asked, days_of, state, widened};
use crate::events;
use crate::{Context, Error, Result};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::local_time::day_of;
use domain::range::Range;
use domain::savings::Performance;
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::savings::portfolio::{Common, PortfolioView, Row, Together, money, together};
use domain::savings::view::Band;
use mv::portfolio::{Member, roll_up};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use store::facilities::{self, Facility};
use store::savings as stored;
use store::{Tx, baselines};

/// Every facility in scope over a range of its own local days, and all of them together.
///
/// # Errors
/// `Invalid` for a range that is empty or too long.
pub async fn portfolio(ctx: &Context, scope: &Scope, asked: Asked) -> Result<PortfolioView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    let mut span = None;
    for facility in facilities::list(&mut tx).await? {
        let (_, from, until) = days_of(&facility, asked.range, now)?;
        span.get_or_insert((from, until, day_of(facility.time_zone, now)));
        let id = facility.id;
        let row = row(&mut tx, facility, asked, now).await?;
        if row.totals.is_some() {
            left_out.push(common::left_out(&mut tx, id, asked.metric).await?);
        }
        rows.push(row);
    }
    let (from, until, today) = match span {
        Some(span) => span,
        None => no_facility(asked.range, now)?,
    };
    rows.sort_by_key(|row| std::cmp::Reverse(row.totals.map(|t| t.savings + t.events)));
    let common = common::common(&left_out);
    let together = together(&rows).map(|sum| Together { band: band(&rows, common), ..sum });
    Ok(PortfolioView {
        metric: asked.metric,
        range: asked.range.to_string(),
        from,
        until,
        today,
        together,
        common,
        money: money(&rows),
        rows,
    })
}

/// The days of a range where there is no facility to have a zone.
fn no_facility(
    range: Range,
    now: DateTime<Utc>,
) -> Result<(chrono::NaiveDate, chrono::NaiveDate, chrono::NaiveDate)> {
    let window = range.window(chrono_tz::UTC, now, Some(domain::range::Granularity::Day));
    let window = window.map_err(|error| Error::field("range", format!("{error}.")))?;
    Ok((window.start.date_naive(), window.end.date_naive(), now.date_naive()))
}

async fn row(tx: &mut Tx<'_>, facility: Facility, asked: Asked, now: DateTime<Utc>) -> Result<Row> {
    let (_, from, until) = days_of(&facility, asked.range, now)?;
    let read = stored::performance(tx, facility.id, (from, until)).await?;
    let days: Vec<Performance> = read.into_iter().filter(|p| p.metric_type == asked.metric).collect();
    let agreed = store::events::list(tx, facility.id).await?;
    let effects = events::effects(&agreed, &days);
    let errors = match days.is_empty() {
        true => None,
        false => Errors::load(tx, &facility, from..until, asked.metric, &days).await?,
    };
    let added: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let baseline = !days.is_empty() || baselines::active(tx, facility.id, asked.metric).await?.is_some();
    Ok(Row {
        totals: Totals::of(&days.iter().collect::<Vec<_>>(), added, PROVISIONAL_SHARE_RATE),
        band: errors.and_then(|errors| errors.of_range()).map(|band| widened(band, &effects)),
        state: state(&days),
        slug: facility.slug,
        name: facility.name,
        organisation: facility.organisation_name,
        currency: facility.currency,
        from,
        until,
        baseline,
    })
}

/// The interval of the sum; none unless that of every facility with savings is known.
fn band(rows: &[Row], common: Common) -> Option<Band> {
    let known: Vec<&Row> = rows.iter().filter(|row| row.totals.is_some()).collect();
    let member = |row: &&Row| {
        let totals = row.totals?;
        Some(Member { savings: (totals.savings + totals.events).to_f64()?, band: row.band?.half_width })
    };
    let members: Option<Vec<Member>> = known.iter().map(member).collect();
    let confidence = known.first()?.band?.confidence;
    let all = roll_up(&members?, common.share).ok()?;
    Some(Band { half_width: all.band, confidence })
}
