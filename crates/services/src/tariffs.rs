//! Tariffs: entering one, and the one that prices a facility's savings.

mod show;

pub(crate) use show::bills;
pub use show::view;

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, FieldError, Result};
use chrono::{DateTime, Utc};
use domain::access::{Permission, Scope};
use domain::baseline::MetricType;
use domain::tariff::Tariff;
use serde_json::json;
use store::facilities;
use store::savings;
use store::tariffs::{self as stored, StoredTariff};

/// Puts a tariff in place of the one that counts; every day's savings become due. Figures keep the id of the tariff they
/// were computed with.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageBaselines`]; `Invalid` names every part of the JSON that is wrong.
pub async fn set(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    metric: MetricType,
    text: &str,
) -> Result<()> {
    let (scope, by, name) = match actor {
        Actor::Person(p) => (p.scope(Permission::ManageBaselines)?, Some(p.user), p.name.clone()),
        Actor::Background(name) => (Scope::system(), None, name.to_owned()),
    };
    let tariff = Tariff::from_json(text).map_err(|problems| {
        let error = |p: domain::facility::Problem| FieldError { field: p.field, message: p.message };
        Error::Invalid(problems.into_iter().map(error).collect())
    })?;
    let mut tx = ctx.db.begin(&scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let terms = tariff.terms().clone();
    if terms.currency != facility.currency {
        let message =
            format!("The facility is billed in {}, the tariff is in {}.", facility.currency, terms.currency);
        return Err(Error::field("currency", message));
    }
    if tariff.zone() != facility.time_zone {
        let message = format!("The facility keeps the time of {}.", facility.time_zone.name());
        return Err(Error::field("zone", message));
    }
    let now = ctx.clock.now();
    let new = StoredTariff { id: uuid::Uuid::now_v7(), terms, created_by: name, created_at: now };
    stored::insert(&mut tx, (facility.organisation, facility.id), metric, &new, by).await?;
    savings::touch(&mut tx, facility.id, (DateTime::<Utc>::UNIX_EPOCH, now), "tariff").await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor,
        action: "tariff.set",
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({ "tariff": new.id, "metric_type": metric, "terms": new.terms }),
    };
    audit::record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(())
}
