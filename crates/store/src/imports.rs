//! Imports of utility files.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, ImportId, OrganisationId, UserId};
use domain::table::Settings;
use domain::utility::{FileFormat, ImportState, Preview};
use sqlx::PgConnection;

/// An import as stored, without the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Identifier.
    pub id: ImportId,
    /// The tenant.
    pub organisation: OrganisationId,
    /// Where the data belongs.
    pub facility: FacilityId,
    /// What kind of file it is.
    pub format: FileFormat,
    /// How a table is read; none for formats that need no questions.
    pub settings: Option<Settings>,
    /// Name of the file as uploaded.
    pub file_name: String,
    /// SHA-256 of the file.
    pub sha256: Vec<u8>,
    /// Size of the file.
    pub bytes: i64,
    /// Where it stands.
    pub state: ImportState,
    /// What the dry run found; after the import, what was done.
    pub preview: Preview,
    /// Who uploaded it; none for background work.
    pub created_by: Option<UserId>,
    /// Their name at that time.
    pub created_by_name: String,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// When it was confirmed.
    pub imported_at: Option<DateTime<Utc>>,
}

struct Row {
    id: uuid::Uuid,
    organisation_id: uuid::Uuid,
    facility_id: uuid::Uuid,
    format: String,
    settings: Option<sqlx::types::Json<Settings>>,
    file_name: String,
    sha256: Vec<u8>,
    bytes: i64,
    state: String,
    preview: serde_json::Value,
    created_by: Option<uuid::Uuid>,
    created_by_name: String,
    created_at: DateTime<Utc>,
    imported_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Import {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            facility: row.facility_id.into(),
            format: column("imports.format", &row.format, FileFormat::parse)?,
            settings: row.settings.map(|json| json.0),
            file_name: row.file_name,
            sha256: row.sha256,
            bytes: row.bytes,
            state: column("imports.state", &row.state, ImportState::parse)?,
            preview: serde_json::from_value(row.preview).map_err(|e| sqlx::Error::Decode(e.into()))?,
            created_by: row.created_by.map(UserId),
            created_by_name: row.created_by_name,
            created_at: row.created_at,
            imported_at: row.imported_at,
        })
    }
}

fn json(preview: &Preview) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(preview).map_err(|e| sqlx::Error::Encode(e.into()))?)
}

/// Stores an import; `content` is none for a file that was refused.
///
/// # Errors
/// When the facility is not in scope or the database fails.
pub async fn import_insert(conn: &mut PgConnection, import: &Import, content: Option<&[u8]>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO imports (id, organisation_id, facility_id, file_name, sha256, bytes, content, state,
            preview, created_by, created_by_name, created_at, format, settings)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        import.id.0,
        import.organisation.0,
        import.facility.0,
        import.file_name,
        import.sha256,
        import.bytes,
        content,
        import.state.as_str(),
        json(&import.preview)?,
        import.created_by.map(|id| id.0),
        import.created_by_name,
        import.created_at,
        import.format.as_str(),
        import.settings.as_ref().map(sqlx::types::Json) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest hundred imports of a facility, newest first.
///
/// # Errors
/// When the database fails.
pub async fn imports_list(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Import>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, format, settings AS "settings: sqlx::types::Json<Settings>", file_name, sha256, bytes, state, preview, created_by,
            created_by_name, created_at, imported_at
        FROM imports WHERE facility_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Import::try_from).collect()
}

/// One import of a facility.
///
/// # Errors
/// [`Error::NotFound`] when there is none in scope.
pub async fn import_get(conn: &mut PgConnection, facility: FacilityId, id: ImportId) -> Result<Import> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, format, settings AS "settings: sqlx::types::Json<Settings>", file_name, sha256, bytes, state, preview, created_by,
            created_by_name, created_at, imported_at
        FROM imports WHERE facility_id = $1 AND id = $2"#,
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Locks an import until the transaction ends, so that it is confirmed or discarded once.
///
/// # Errors
/// [`Error::NotFound`] when there is none in scope.
pub async fn import_lock(conn: &mut PgConnection, facility: FacilityId, id: ImportId) -> Result<()> {
    sqlx::query_scalar!(
        "SELECT id FROM imports WHERE facility_id = $1 AND id = $2 FOR UPDATE",
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// The file itself; none when it was dropped.
///
/// # Errors
/// [`Error::NotFound`] when there is no such import in scope.
pub async fn import_content(conn: &mut PgConnection, id: ImportId) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar!("SELECT content FROM imports WHERE id = $1", id.0).fetch_one(conn).await?)
}

/// Number of imports of a facility that wait to be confirmed.
///
/// # Errors
/// When the database fails.
pub async fn import_drafts(conn: &mut PgConnection, facility: FacilityId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM imports WHERE facility_id = $1 AND state IN ('mapping', 'draft')"#,
        facility.0
    );
    Ok(count.fetch_one(conn).await?)
}

/// Marks a draft as imported, with what was done.
///
/// # Errors
/// When the database fails.
pub async fn import_done(
    conn: &mut PgConnection,
    id: ImportId,
    preview: &Preview,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE imports SET state = 'imported', preview = $2, imported_at = $3 WHERE id = $1",
        id.0,
        json(preview)?,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a draft as discarded and drops the file.
///
/// # Errors
/// When the database fails.
pub async fn import_discard(conn: &mut PgConnection, id: ImportId) -> Result<()> {
    sqlx::query!("UPDATE imports SET state = 'discarded', content = NULL WHERE id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps how a table is read, and where its set-up stands.
///
/// # Errors
/// When the database fails.
pub async fn import_set_up(
    conn: &mut PgConnection,
    id: ImportId,
    settings: &Settings,
    state: ImportState,
    preview: &Preview,
) -> Result<()> {
    sqlx::query!(
        "UPDATE imports SET settings = $2, state = $3, preview = $4 WHERE id = $1",
        id.0,
        sqlx::types::Json(settings) as _,
        state.as_str(),
        json(preview)?
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How tables with these headings were read before; none when there was none.
///
/// # Errors
/// When the database fails.
pub async fn mapping(
    conn: &mut PgConnection,
    facility: FacilityId,
    fingerprint: &[u8],
) -> Result<Option<Settings>> {
    let found = sqlx::query_scalar!(
        r#"SELECT settings AS "settings: sqlx::types::Json<Settings>" FROM import_mappings
        WHERE facility_id = $1 AND fingerprint = $2"#,
        facility.0,
        fingerprint
    );
    Ok(found.fetch_optional(conn).await?.map(|json| json.0))
}

/// Remembers how tables with these headings are read.
///
/// # Errors
/// When the database fails.
pub async fn mapping_upsert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    fingerprint: &[u8],
    settings: &Settings,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO import_mappings (facility_id, fingerprint, organisation_id, settings, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (facility_id, fingerprint) DO UPDATE SET settings = EXCLUDED.settings, updated_at = EXCLUDED.updated_at",
        facility.0,
        fingerprint,
        organisation.0,
        sqlx::types::Json(settings) as _,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
