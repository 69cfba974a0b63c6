//! Tariffs of facilities.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::baseline::MetricType;
use domain::id::{FacilityId, OrganisationId, UserId};
use domain::tariff::terms::Terms;
use sqlx::PgConnection;
use uuid::Uuid;

/// A tariff as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTariff {
    /// Identifier.
    pub id: Uuid,
    /// What it says.
    pub terms: Terms,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

struct Row {
    id: Uuid,
    terms: sqlx::types::Json<Terms>,
    created_by_name: String,
    created_at: DateTime<Utc>,
}

/// Adds a tariff; from now on it is the one that counts.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    metric: MetricType,
    new: &StoredTariff,
    by: Option<UserId>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO tariffs (id, organisation_id, facility_id, metric_type, terms, created_by, created_by_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        organisation.0,
        facility.0,
        metric.as_str(),
        sqlx::types::Json(&new.terms) as _,
        by.map(|user| user.0),
        new.created_by,
        new.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The tariff that counts; none before the first.
///
/// # Errors
/// When the database fails.
pub async fn current(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
) -> Result<Option<StoredTariff>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, terms AS "terms: sqlx::types::Json<Terms>", created_by_name, created_at FROM tariffs
        WHERE facility_id = $1 AND metric_type = $2 ORDER BY created_at DESC, id DESC LIMIT 1"#,
        facility.0,
        metric.as_str()
    )
    .fetch_optional(conn)
    .await?;
    let tariff = |r: Row| StoredTariff {
        id: r.id,
        terms: r.terms.0,
        created_by: r.created_by_name,
        created_at: r.created_at,
    };
    Ok(row.map(tariff))
}
