//! How a figure of a range comes about: formula, parts, baselines and every day that was computed again.

use super::band::Errors;
use super::dashboard::{Asked, days_of, state, widened};
use crate::events;
use crate::{Context, Error, Result};
use chrono::NaiveDate;
use domain::access::Scope;
use domain::canonical;
use domain::savings::Performance;
use domain::savings::derivation::{
    BaselineUsed, Change, DayValues, Derived, FigureView, Source, formula, parts, rate_of,
};
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::facilities::Facility;
use store::savings::{self as stored, Revised};
use store::{Tx, baselines, facilities, verifications};

/// A figure of a range with everything it comes from. What the dashboard is compared with has no part in it.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` for a range that is empty or too long.
pub async fn derivation(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    (figure, asked): (Derived, Asked),
) -> Result<FigureView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (_, from, until) = days_of(&facility, asked.range, now)?;
    let read = stored::performance(&mut tx, facility.id, (from, until)).await?;
    let days: Vec<Performance> = read.into_iter().filter(|p| p.metric_type == asked.metric).collect();
    let effects = events::effects(&store::events::list(&mut tx, facility.id).await?, &days);
    let errors = Errors::load(&mut tx, &facility, from..until, asked.metric, &days).await?;
    let band = errors.as_ref().and_then(Errors::of_range).map(|band| widened(band, &effects));
    let revised = stored::revisions(&mut tx, facility.id, asked.metric, (from, until)).await?;
    let added: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let totals = Totals::of(&days.iter().collect::<Vec<_>>(), added, PROVISIONAL_SHARE_RATE);
    let found = totals.as_ref().and_then(|totals| parts(figure, &days, &effects, totals));
    let unit = asked.metric.unit();
    let terms = found.as_ref().and(totals.as_ref());
    let terms = terms.map(|totals| formula(figure, &days, totals, (unit, &facility.currency)));
    let (mut parts, value) = found.map_or((vec![], None), |(parts, value)| (parts, Some(value)));
    let newest: BTreeMap<NaiveDate, &Revised> = revised.iter().map(|one| (one.day, one)).collect();
    for part in &mut parts {
        // A day that runs again, as after a change of the clock, has no derivation that counts.
        let Source::Day(day) = part.source else { continue };
        let own = newest.get(&day).filter(|newest| newest.revision == part.revision);
        part.derivation = own.map(|newest| newest.id);
        part.inputs_sha256 = own.map(|newest| hex::encode(&newest.inputs_sha256));
    }
    let mut view = FigureView {
        figure,
        metric: asked.metric,
        range: asked.range.to_string(),
        from,
        until,
        value,
        unit: if figure.money() { facility.currency.clone() } else { unit.to_owned() },
        formula: terms.unwrap_or_default(),
        parts,
        left_out: days.iter().filter(|p| p.savings_value.is_none()).map(|p| p.day).collect(),
        coverage: totals.as_ref().map_or(0.0, |totals| totals.coverage),
        state: state(&days),
        band,
        baselines: used(&mut tx, &facility, &days).await?,
        engine_versions: newest
            .values()
            .map(|r| r.engine_version.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        changes: changes(figure, &revised, totals.as_ref().map_or(Decimal::ZERO, rate_of)),
        as_of: now,
        sha256: String::new(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
    };
    view.sha256 = hash(&view)?;
    Ok(view)
}

/// Of everything but when it was read, so that the same figure has the same hash.
fn hash(view: &FigureView) -> Result<String> {
    let mut value = serde_json::to_value(view).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut value {
        fields.retain(|name, _| name != "as_of" && name != "sha256" && name != "range");
    }
    Ok(canonical::sha256(&value))
}

/// Baselines of the days with savings, with who signed them.
async fn used(tx: &mut Tx<'_>, facility: &Facility, days: &[Performance]) -> Result<Vec<BaselineUsed>> {
    let mut found = Vec::new();
    for summary in baselines::list(tx, facility.id).await? {
        let own = days.iter().filter(|p| p.baseline == Some(summary.id) && p.savings_value.is_some());
        let days = u32::try_from(own.count()).unwrap_or(u32::MAX);
        if days == 0 {
            continue;
        }
        let signature = verifications::signature(tx, summary.id).await?;
        found.push(BaselineUsed {
            summary,
            days,
            signed_at: signature.as_ref().map(|s| s.signed_at),
            dossier_sha256: signature.map(|s| hex::encode(Sha256::digest(s.dossier.as_bytes()))),
        });
    }
    Ok(found)
}

/// Days that were computed again, newest first, with what each added to the figure before and since.
fn changes(figure: Derived, revised: &[Revised], rate: Decimal) -> Vec<Change> {
    let part = |one: &Revised| figure.of_day(&values(&one.result), rate);
    let pairs = revised.windows(2).filter(|pair| pair[0].day == pair[1].day);
    let mut all: Vec<Change> = pairs
        .map(|pair| Change {
            day: pair[1].day,
            derivation: pair[1].id,
            revision: pair[1].revision,
            reason: pair[1].reason.clone(),
            at: pair[1].computed_at,
            engine_version: pair[1].engine_version.clone(),
            inputs_sha256: hex::encode(&pair[1].inputs_sha256),
            before: part(&pair[0]),
            after: part(&pair[1]),
        })
        .collect();
    all.sort_by_key(|change| std::cmp::Reverse((change.at, change.day)));
    all
}

/// The values that a derivation came to.
fn values(result: &Value) -> DayValues {
    serde_json::from_value(result.clone()).unwrap_or_default()
}
