//! Imports of files: looked through first, then confirmed or discarded. Of tables it is asked before how to read them.

pub mod table;

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use chrono::{DateTime, Utc};
use domain::access::{Permission, Scope};
use domain::id::ImportId;
use domain::table::Settings;
use domain::utility::{
    FileFormat, FileSeries, ImportState, ImportSummary, ImportView, Preview, Reconciliation, UtilityFile,
    UtilityInterval, reconcile,
};
use integrations::green_button;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::facilities::Facility;
use store::imports::Import;
use store::utility::Target;
use store::{Tx, imports as stored, savings, utility};

/// Largest file accepted.
pub const MAX_UPLOAD_BYTES: usize = 32 << 20;
/// Most imports of a facility that may wait to be confirmed.
pub const MAX_DRAFTS: i64 = 20;
/// Most characters kept of a file's name.
const FILE_NAME: usize = 200;

/// What importing a file would do. Stores nothing.
///
/// # Errors
/// `NotFound` for a facility out of scope. A file that cannot be read is a preview that says so.
pub async fn inspect(ctx: &Context, scope: &Scope, facility: &str, bytes: &[u8]) -> Result<Preview> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let (_, preview) =
        look_through(&mut tx, &facility, (FileFormat::GreenButton, None), bytes.to_vec()).await?;
    Ok(preview)
}

/// Stores a file with its preview, to be confirmed; a table is to be set up first. Returns where it stands. A file without anything to import is stored as refused, without
/// its content.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`]; `Invalid` when it is empty or too large; `Conflict` when too many
/// imports wait already.
pub async fn draft(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<(ImportId, ImportState)> {
    if bytes.is_empty() {
        return Err(Error::field("file", "The file is empty."));
    }
    if bytes.len() > MAX_UPLOAD_BYTES {
        let message =
            format!("The file is larger than {} MiB. Export a shorter period.", MAX_UPLOAD_BYTES >> 20);
        return Err(Error::field("file", message));
    }
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    if stored::import_drafts(&mut tx, facility.id).await? >= MAX_DRAFTS {
        return Err(Error::Conflict(format!(
            "{MAX_DRAFTS} imports wait to be confirmed. Confirm or discard some of them first."
        )));
    }
    let format = table::format(&bytes);
    let (bytes, preview, settings) = match format {
        FileFormat::GreenButton => {
            let (bytes, preview) = look_through(&mut tx, &facility, (format, None), bytes).await?;
            (bytes, preview, None)
        }
        FileFormat::Csv | FileFormat::Xlsx => {
            let (bytes, settings) = table::begin(&mut tx, &facility, format, bytes).await?;
            match settings {
                Ok(settings) => (bytes, Preview::default(), Some(settings)),
                Err(refusal) => (bytes, Preview::refused(refusal), Some(domain::table::guess(&[]))),
            }
        }
    };
    let state = match &settings {
        Some(_) if preview.refused.is_none() => ImportState::Mapping,
        _ if preview.series.is_empty() => ImportState::Refused,
        _ => ImportState::Draft,
    };
    let (created_by, created_by_name) = match actor {
        Actor::Person(person) => (Some(person.user), person.name.clone()),
        Actor::Background(name) => (None, name.to_owned()),
    };
    let import = Import {
        id: uuid::Uuid::now_v7().into(),
        organisation: facility.organisation,
        facility: facility.id,
        format,
        settings,
        file_name: clean(file_name),
        sha256: Sha256::digest(&bytes).to_vec(),
        bytes: i64::try_from(bytes.len()).map_err(Error::internal)?,
        state,
        preview,
        created_by,
        created_by_name,
        created_at: ctx.clock.now(),
        imported_at: None,
    };
    let content = (state != ImportState::Refused).then_some(bytes.as_slice());
    stored::import_insert(&mut tx, &import, content).await?;
    let action = if state == ImportState::Refused { "import.refused" } else { "import.drafted" };
    record(ctx, &mut tx, actor, &facility, &import, action).await?;
    tx.commit().await?;
    Ok((import.id, import.state))
}

/// Takes a draft over into the series, in one transaction.
///
/// # Errors
/// `Conflict` when it is not a draft any more.
pub async fn confirm(ctx: &Context, actor: Actor<'_>, facility: &str, id: ImportId) -> Result<ImportView> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let mut import = draft_locked(&mut tx, &facility, id).await?;
    let content = stored::import_content(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if let Some(settings) = import.settings.as_ref().filter(|s| s.target != domain::table::Target::Intervals)
    {
        table::remember(ctx, &mut tx, &facility, &import).await?;
        table::confirm_production(ctx, &mut tx, actor, (&facility, &import), settings, content).await?;
        stored::import_done(&mut tx, id, &import.preview, ctx.clock.now()).await?;
        record(ctx, &mut tx, actor, &facility, &import, "import.confirmed").await?;
        tx.commit().await?;
        import.state = ImportState::Imported;
        import.imported_at = Some(ctx.clock.now());
        return Ok(shown(&facility, import));
    }
    let (_, read) = read(
        (import.format, import.settings.clone().map(|s| (s, import.created_at))),
        facility.time_zone,
        content,
    )
    .await?;
    let mut file =
        read.map_err(|refused| Error::Conflict(format!("{} {}", refused.reason, refused.advice)))?;
    // The same order in every import, so that two of them cannot wait for each other.
    file.series.sort_by(|a, b| a.key.cmp(&b.key));
    let mut preview = Preview::of(&file);
    let at = ctx.clock.now();
    table::remember(ctx, &mut tx, &facility, &import).await?;
    for (series, shown) in file.series.iter().zip(&mut preview.series) {
        let target = Target {
            series: utility::series_upsert(&mut tx, facility.organisation, facility.id, series).await?,
            organisation: facility.organisation,
            facility: facility.id,
            import: id,
        };
        let found = compare(&mut tx, target.series, series).await?;
        let pick = |indices: &[usize]| -> Vec<&UtilityInterval> {
            indices.iter().filter_map(|index| series.intervals.get(*index)).collect()
        };
        utility::intervals_insert(&mut tx, target, &pick(&found.new)).await?;
        utility::intervals_correct(&mut tx, target, &pick(&found.corrected), at).await?;
        utility::intervals_reaffirm(&mut tx, target, &pick(&found.reaffirmed)).await?;
        let changed: Vec<&UtilityInterval> = [pick(&found.new), pick(&found.corrected)].concat();
        if let (Some(from), Some(until)) =
            (changed.iter().map(|i| i.start).min(), changed.iter().map(|i| i.end).max())
        {
            savings::touch(&mut tx, facility.id, (from, until), "readings").await?;
        }
        shown.series = Some(target.series);
        shown.changes = found.changes;
        shown.conflicts = found.conflicts;
    }
    stored::import_done(&mut tx, id, &preview, at).await?;
    import.preview = preview;
    record(ctx, &mut tx, actor, &facility, &import, "import.confirmed").await?;
    tx.commit().await?;
    import.state = ImportState::Imported;
    import.imported_at = Some(at);
    Ok(shown(&facility, import))
}

/// Decides against a draft; its file is dropped.
///
/// # Errors
/// `Conflict` when it is not a draft any more.
pub async fn discard(ctx: &Context, actor: Actor<'_>, facility: &str, id: ImportId) -> Result<()> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let import = in_state(&mut tx, &facility, id, &[ImportState::Draft, ImportState::Mapping]).await?;
    stored::import_discard(&mut tx, id).await?;
    record(ctx, &mut tx, actor, &facility, &import, "import.discarded").await?;
    tx.commit().await?;
    Ok(())
}

/// The newest hundred imports of a facility, newest first.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, scope: &Scope, facility: &str) -> Result<Vec<ImportSummary>> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let imports = stored::imports_list(&mut tx, facility.id).await?;
    let summary = |import: Import| ImportSummary {
        id: import.id,
        file_name: import.file_name,
        state: import.state,
        created_at: import.created_at,
        created_by: Some(import.created_by_name),
        imported_at: import.imported_at,
        series: count(import.preview.series.len()),
        refusals: count(import.preview.refusals.len() + usize::from(import.preview.refused.is_some())),
        changes: import.preview.changes(),
    };
    Ok(imports.into_iter().map(summary).collect())
}

/// One import of a facility with its preview.
///
/// # Errors
/// `NotFound` when it is out of scope.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str, id: ImportId) -> Result<ImportView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let import = stored::import_get(&mut tx, facility.id, id).await?;
    Ok(shown(&facility, import))
}

/// Where the actor may import.
fn scope(actor: Actor<'_>) -> Result<Scope> {
    match actor {
        Actor::Person(person) => Ok(person.scope(Permission::ImportData)?),
        Actor::Background(_) => Ok(Scope::system()),
    }
}

/// What a file is read with: its format, and how to read a table.
type Reading = (FileFormat, Option<(Settings, DateTime<Utc>)>);

/// Reads a file away from the threads that answer requests, and hands its bytes back.
async fn read(
    (format, settings): Reading,
    zone: chrono_tz::Tz,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, std::result::Result<UtilityFile, domain::utility::Refusal>)> {
    let work = move || {
        if let Some(settings) = settings {
            let read = table::utility_file(&bytes, format, &settings, zone);
            return Ok((bytes, read));
        }
        let read = green_button::parse(bytes.as_slice(), &green_button::Limits::default());
        match read {
            Ok(file) => Ok((bytes, Ok(file))),
            Err(green_button::Error::Refused(refusal)) => Ok((bytes, Err(*refusal))),
            Err(error @ green_button::Error::Io(_)) => Err(Error::internal(error)),
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The preview of a file, compared with what is stored; and the file's bytes.
async fn look_through(
    tx: &mut Tx<'_>,
    facility: &Facility,
    reading: Reading,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Preview)> {
    let (bytes, read) = read(reading, facility.time_zone, bytes).await?;
    let file = match read {
        Ok(file) => file,
        Err(refusal) => return Ok((bytes, Preview::refused(refusal))),
    };
    let mut preview = Preview::of(&file);
    for (series, shown) in file.series.iter().zip(&mut preview.series) {
        shown.series = utility::series_by_key(tx, facility.id, &series.key).await?;
        let found = match shown.series {
            Some(stored) => compare(tx, stored, series).await?,
            None => reconcile(&[], &series.intervals),
        };
        shown.changes = found.changes;
        shown.conflicts = found.conflicts;
    }
    Ok((bytes, preview))
}

async fn compare(
    tx: &mut Tx<'_>,
    stored: domain::id::UtilitySeriesId,
    series: &FileSeries,
) -> Result<Reconciliation> {
    let (Some(first), Some(last)) = (series.intervals.first(), series.intervals.last()) else {
        return Ok(Reconciliation::default());
    };
    let stored = utility::intervals_touching(tx, stored, first.start, last.end).await?;
    Ok(reconcile(&stored, &series.intervals))
}

async fn draft_locked(tx: &mut Tx<'_>, facility: &Facility, id: ImportId) -> Result<Import> {
    in_state(tx, facility, id, &[ImportState::Draft]).await
}

/// The import, locked, where it is in one of these states.
async fn in_state(
    tx: &mut Tx<'_>,
    facility: &Facility,
    id: ImportId,
    states: &[ImportState],
) -> Result<Import> {
    stored::import_lock(tx, facility.id, id).await?;
    let import = stored::import_get(tx, facility.id, id).await?;
    if states.contains(&import.state) {
        return Ok(import);
    }
    let state = import.state.label().to_lowercase();
    Err(Error::Conflict(format!("This import is {state} already; nothing was changed.")))
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    import: &Import,
    action: &'static str,
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor,
        action,
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({
            "import": import.id,
            "file_name": import.file_name,
            "sha256": hex::encode(&import.sha256),
            "series": import.preview.series.len(),
            "refusals": import.preview.refusals.len(),
            "changes": import.preview.changes(),
        }),
    };
    audit::record(tx, ctx.clock.now(), entry).await
}

fn shown(facility: &Facility, import: Import) -> ImportView {
    ImportView {
        id: import.id,
        facility_slug: facility.slug.clone(),
        facility_name: facility.name.clone(),
        time_zone: facility.time_zone.name().to_owned(),
        format: import.format,
        file_name: import.file_name,
        bytes: import.bytes.unsigned_abs(),
        sha256: hex::encode(&import.sha256),
        state: import.state,
        created_at: import.created_at,
        created_by: Some(import.created_by_name),
        imported_at: import.imported_at,
        preview: import.preview,
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// The last part of a path, without control characters: some browsers send whole paths.
fn clean(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(FILE_NAME).collect();
    if name.trim().is_empty() { "unnamed.xml".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_their_folders_and_control_characters() {
        assert_eq!(clean("C:\\Users\\me\\March.xml"), "March.xml");
        assert_eq!(clean("../../etc/pass\nwd"), "passwd");
        assert_eq!(clean("folder/"), "unnamed.xml");
    }
}
