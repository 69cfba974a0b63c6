//! Verification of baselines: invitations, the verifier's drafts, comments and signatures.

use crate::baselines::Baseline;
use crate::{Result, column};
use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::Party;
use domain::id::{BaselineId, CommentId, FacilityId, OrganisationId, UserId, VerificationId};
use domain::verification::{Answer, Checked, Comment, Conflict, Item};
use sqlx::PgConnection;
use uuid::Uuid;

/// An invitation of one person for one baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Its id.
    pub id: VerificationId,
    /// Whom it lets in.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their firm,
    pub firm: OrganisationId,
    /// and its name.
    pub firm_name: String,
    /// Who invited.
    pub invited_by: UserId,
    /// Their name.
    pub invited_by_name: String,
    /// The side that invited.
    pub invited_side: Party,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The verifier's declaration.
    pub conflict: Conflict,
}

impl Verification {
    /// Whether it lets its verifier in.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.withdrawn_at.is_none() && self.expires_at > now
    }
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    email: String,
    verifier_id: Uuid,
    verifier_name: String,
    invited_by: Uuid,
    invited_by_name: String,
    invited_side: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
    conflict_none: bool,
    conflict_text: String,
}

/// Invitations for a baseline, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, baseline: BaselineId) -> Result<Vec<Verification>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, user_id, email, verifier_id, verifier_name, invited_by, invited_by_name, invited_side, created_at,
            expires_at, withdrawn_at, conflict_none, conflict_text
        FROM verifications WHERE baseline_id = $1 ORDER BY created_at DESC, id DESC",
        baseline.0
    )
    .fetch_all(conn)
    .await?;
    let read = |row: Row| {
        Ok(Verification {
            id: row.id.into(),
            user: row.user_id.into(),
            email: row.email,
            firm: row.verifier_id.into(),
            firm_name: row.verifier_name,
            invited_by: row.invited_by.into(),
            invited_by_name: row.invited_by_name,
            invited_side: column("verifications.invited_side", &row.invited_side, Party::parse)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            withdrawn_at: row.withdrawn_at,
            conflict: Conflict { none: row.conflict_none, text: row.conflict_text },
        })
    };
    rows.into_iter().map(read).collect()
}

/// Invites, or invites the same person again: their drafts stay, the time starts anew. Runs as the worker.
///
/// # Errors
/// When the database fails.
pub async fn upsert(conn: &mut PgConnection, baseline: &Baseline, new: &Verification) -> Result<()> {
    sqlx::query!(
        "INSERT INTO verifications (id, organisation_id, facility_id, baseline_id, verifier_id, verifier_name, user_id,
            email, invited_by, invited_by_name, invited_side, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (baseline_id, user_id) DO UPDATE SET verifier_id = excluded.verifier_id,
            verifier_name = excluded.verifier_name, invited_by = excluded.invited_by,
            invited_by_name = excluded.invited_by_name, invited_side = excluded.invited_side,
            created_at = excluded.created_at, expires_at = excluded.expires_at, withdrawn_at = NULL",
        new.id.0,
        baseline.organisation.0,
        baseline.facility.0,
        baseline.summary.id.0,
        new.firm.0,
        new.firm_name,
        new.user.0,
        new.email,
        new.invited_by.0,
        new.invited_by_name,
        new.invited_side.as_str(),
        new.created_at,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an invitation back.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(conn: &mut PgConnection, id: VerificationId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE verifications SET withdrawn_at = $2 WHERE id = $1", id.0, at).execute(conn).await?;
    Ok(())
}

/// Keeps a draft of the conflict-of-interest statement.
///
/// # Errors
/// When the database fails.
pub async fn set_conflict(conn: &mut PgConnection, id: VerificationId, conflict: &Conflict) -> Result<()> {
    sqlx::query!(
        "UPDATE verifications SET conflict_none = $2, conflict_text = $3 WHERE id = $1",
        id.0,
        conflict.none,
        conflict.text
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The answers kept so far.
///
/// # Errors
/// When the database fails.
pub async fn answers(conn: &mut PgConnection, id: VerificationId) -> Result<Vec<Checked>> {
    let rows =
        sqlx::query!("SELECT item, answer, note FROM verification_answers WHERE verification_id = $1", id.0)
            .fetch_all(conn)
            .await?;
    let mut answers = Vec::with_capacity(rows.len());
    for row in rows {
        let parse = |name: &String| column("verification_answers.answer", name, Answer::parse);
        answers.push(Checked {
            item: column("verification_answers.item", &row.item, Item::parse)?,
            answer: row.answer.as_ref().map(parse).transpose()?,
            note: row.note,
        });
    }
    Ok(answers)
}

/// Keeps a draft of an answer.
///
/// # Errors
/// When the database fails.
pub async fn set_answer(
    conn: &mut PgConnection,
    baseline: &Baseline,
    id: VerificationId,
    checked: &Checked,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO verification_answers (organisation_id, facility_id, verification_id, item, answer, note, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (verification_id, item) DO UPDATE SET answer = excluded.answer, note = excluded.note,
            updated_at = excluded.updated_at",
        baseline.organisation.0,
        baseline.facility.0,
        id.0,
        checked.item.as_str(),
        checked.answer.map(Answer::as_str),
        checked.note,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct CommentRow {
    id: Uuid,
    parent_id: Option<Uuid>,
    at: DateTime<Utc>,
    by_name: String,
    party: String,
    text: String,
    from_day: Option<NaiveDate>,
    until_day: Option<NaiveDate>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by_name: Option<String>,
}

/// Comments on a baseline, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn comments(conn: &mut PgConnection, baseline: BaselineId) -> Result<Vec<Comment>> {
    let rows = sqlx::query_as!(
        CommentRow,
        "SELECT id, parent_id, at, by_name, party, text, from_day, until_day, resolved_at, resolved_by_name
        FROM baseline_comments WHERE baseline_id = $1 ORDER BY at, id",
        baseline.0
    )
    .fetch_all(conn)
    .await?;
    let read = |row: CommentRow| {
        Ok(Comment {
            id: row.id.into(),
            parent: row.parent_id.map(Into::into),
            at: row.at,
            by: row.by_name,
            party: column("baseline_comments.party", &row.party, Party::parse)?,
            text: row.text,
            days: row.from_day.zip(row.until_day),
            resolved: row.resolved_at.zip(row.resolved_by_name),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Adds a comment.
///
/// # Errors
/// When the database fails.
pub async fn comment_insert(
    conn: &mut PgConnection,
    baseline: &Baseline,
    by: UserId,
    new: &Comment,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO baseline_comments (id, organisation_id, facility_id, baseline_id, parent_id, at, by_user, by_name,
            party, text, from_day, until_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.id.0,
        baseline.organisation.0,
        baseline.facility.0,
        baseline.summary.id.0,
        new.parent.map(|id| id.0),
        new.at,
        by.0,
        new.by,
        new.party.as_str(),
        new.text,
        new.days.map(|days| days.0),
        new.days.map(|days| days.1),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a comment as settled, or as open again.
///
/// # Errors
/// When the database fails.
pub async fn comment_resolve(
    conn: &mut PgConnection,
    id: CommentId,
    resolved: Option<(DateTime<Utc>, &str)>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE baseline_comments SET resolved_at = $2, resolved_by_name = $3 WHERE id = $1",
        id.0,
        resolved.map(|r| r.0),
        resolved.map(|r| r.1)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A signature with what it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The invitation that it was made under.
    pub verification: VerificationId,
    /// Canonical JSON of the dossier.
    pub dossier: String,
    /// Canonical JSON of the record.
    pub record: String,
    /// Ed25519 over the record.
    pub signature: Vec<u8>,
    /// The key that signed.
    pub public_key: Vec<u8>,
    /// When.
    pub signed_at: DateTime<Utc>,
}

/// Keeps a signature.
///
/// # Errors
/// `Conflict` with `baseline_signatures_pkey` when there is one.
pub async fn signature_insert(conn: &mut PgConnection, baseline: &Baseline, new: &Signature) -> Result<()> {
    sqlx::query!(
        "INSERT INTO baseline_signatures (baseline_id, organisation_id, facility_id, verification_id, dossier, record,
            signature, public_key, signed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        baseline.summary.id.0,
        baseline.organisation.0,
        baseline.facility.0,
        new.verification.0,
        new.dossier,
        new.record,
        new.signature,
        new.public_key,
        new.signed_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The signature under a baseline.
///
/// # Errors
/// When the database fails.
pub async fn signature(conn: &mut PgConnection, baseline: BaselineId) -> Result<Option<Signature>> {
    let query = sqlx::query_as!(
        Signature,
        "SELECT verification_id AS verification, dossier, record, signature, public_key, signed_at
        FROM baseline_signatures WHERE baseline_id = $1",
        baseline.0
    );
    Ok(query.fetch_optional(conn).await?)
}

/// Verifier firms that the vendor of a facility's customer has engaged, by name. Runs as the worker.
///
/// # Errors
/// When the database fails.
pub async fn firms(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<(OrganisationId, String)>> {
    let rows = sqlx::query!(
        "SELECT v.id, v.name FROM organisations v
        JOIN organisations c ON c.vendor_id = v.vendor_id JOIN facilities f ON f.organisation_id = c.id
        WHERE f.id = $1 AND v.kind = 'verifier' ORDER BY v.name, v.id",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
}
