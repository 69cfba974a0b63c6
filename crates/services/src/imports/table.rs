//! Setting up a table: questions one after the other, rows that cannot be read, and the file that comes of it.

mod scan;

use super::{Reading, clean, in_state, look_through, scope};
use crate::audit::Actor;
use crate::{Context, Error, Result, production};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::{ImportId, ZoneId};
use domain::local_time::{day_of, day_start};
use domain::quality::Quality;
use domain::table::view::{Example, Sheet, TableView};
use domain::table::{
    ClockOf, DateOrder, Edge, Field, Settings, Stage, Target, ValueUnit, fingerprint, guess,
};
use domain::utility::{
    Commodity, FileFormat, FileSeries, Flow, ImportState, Measure, Preview, Refusal, Remark, Unit,
    UtilityFile, UtilityInterval,
};
use integrations::table as files;
use scan::{Parsed, Scan, scan};
use std::collections::{BTreeMap, BTreeSet};
use store::facilities::{self, Facility};
use store::imports::{self as stored, Import};
use store::{Tx, zones};

/// Rows shown to tell the headings by.
const HEAD: usize = 15;
/// Rows a first guess looks at.
const GUESSED_FROM: usize = 60;
/// Bad rows shown at once.
const SHOWN: usize = 100;

/// The format of a file, by its content. What looks like no table is left to the reader of Green Button files, which says
/// what it expects.
pub(super) fn format(bytes: &[u8]) -> FileFormat {
    match files::detect(bytes) {
        Some(files::Format::Csv) => FileFormat::Csv,
        Some(files::Format::Xlsx(_)) => FileFormat::Xlsx,
        None => FileFormat::GreenButton,
    }
}

fn reader_of(format: FileFormat, sheet: u32) -> files::Format {
    if format == FileFormat::Xlsx { files::Format::Xlsx(sheet) } else { files::Format::Csv }
}

fn refusal(error: &files::TableError) -> Refusal {
    Refusal {
        subject: "The table".to_owned(),
        element: "file".to_owned(),
        reason: error.to_string(),
        advice: "Save the sheet as CSV (UTF-8) and upload that.".to_owned(),
    }
}

/// First settings of a table: of a workbook for its first sheet with anything in it.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    facility: &Facility,
    format: FileFormat,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, std::result::Result<Settings, Refusal>)> {
    let work = move || {
        let sheet = first_sheet(&bytes, format);
        let head =
            sheet.and_then(|sheet| Ok((sheet, files::head(&bytes, reader_of(format, sheet), GUESSED_FROM)?)));
        (bytes, head)
    };
    let (bytes, head) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    Ok(match head {
        Ok((sheet, head)) => (bytes, Ok(first_settings(tx, facility, sheet, &head).await?)),
        Err(error) => (bytes, Err(refusal(&error))),
    })
}

fn first_sheet(bytes: &[u8], format: FileFormat) -> std::result::Result<u32, files::TableError> {
    if format != FileFormat::Xlsx {
        return Ok(0);
    }
    let filled = files::sheets(bytes)?.iter().position(|sheet| sheet.filled);
    Ok(filled.and_then(|index| u32::try_from(index).ok()).unwrap_or(0))
}

/// As a table with these headings was read before, else a guess.
async fn first_settings(
    tx: &mut Tx<'_>,
    facility: &Facility,
    sheet: u32,
    head: &[Vec<String>],
) -> Result<Settings> {
    let guessed = guess(head);
    let known = stored::mapping(tx, facility.id, &fingerprint(header(head, guessed.header_row))).await?;
    let header_row = guessed.header_row;
    Ok(Settings { header_row, sheet, ..known.unwrap_or(guessed) })
}

fn header(rows: &[Vec<String>], row: u32) -> &[String] {
    let index = (row as usize).checked_sub(1);
    index.and_then(|index| rows.get(index)).map_or(&[], Vec::as_slice)
}

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Which sheet of the workbook, from 0; what was answered of another one is forgotten.
    Sheet(u32),
    /// The row of the headings; 0 where there are none.
    Header(u32),
    /// What columns mean.
    Columns {
        /// What the table is about.
        target: Target,
        /// From the left.
        columns: Vec<Option<Field>>,
        /// Unit of the values.
        unit: ValueUnit,
        /// What the meter counts.
        commodity: Commodity,
        /// Name of the series.
        series: String,
    },
    /// What times mean.
    Time {
        /// Which end of the interval a time is.
        edge: Edge,
        /// Whose clock it is.
        clock: ClockOf,
        /// Order of day and month.
        dates: DateOrder,
        /// Whether a comma is the decimal mark.
        decimal_comma: bool,
    },
    /// Cells that were mended, by row and column.
    Repair(BTreeMap<u32, BTreeMap<u32, String>>),
    /// Leave every row out that cannot be read.
    SkipBad,
    /// Back to a question.
    Back(Stage),
    /// Add it up.
    Finish,
}

/// Takes an answer; it is kept at once. Returns where the import stands.
///
/// # Errors
/// `Invalid` says what the mapping lacks, `Conflict` when the import is not being set up any more or rows cannot be read.
pub async fn answer(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    id: ImportId,
    answer: Answer,
) -> Result<ImportState> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let import = in_state(&mut tx, &facility, id, &[ImportState::Mapping, ImportState::Draft]).await?;
    let mut settings = import.settings.clone().ok_or(Error::NotFound)?;
    let (mut state, mut preview) = (ImportState::Mapping, Preview::default());
    match answer {
        Answer::Sheet(sheet) => {
            let head = head(&mut tx, &import, sheet, GUESSED_FROM).await?;
            settings = first_settings(&mut tx, &facility, sheet, &head).await?;
        }
        Answer::Header(row) => {
            let head = head(&mut tx, &import, settings.sheet, GUESSED_FROM).await?;
            if row != settings.header_row {
                let rows: Vec<Vec<String>> =
                    head.into_iter().skip((row as usize).saturating_sub(1)).collect();
                settings.columns = guess(&rows).columns;
            }
            settings.header_row = row;
            settings.stage = Stage::Columns;
        }
        Answer::Columns { target, columns, unit, commodity, series } => {
            let series = clean(&series);
            settings = Settings { target, columns, unit, commodity, series, ..settings };
            settings.stage = Stage::Columns;
            let lacking = settings.lacking();
            if !lacking.is_empty() {
                stored::import_set_up(&mut tx, id, &settings, state, &preview).await?;
                tx.commit().await?;
                return Err(Error::field("columns", lacking.join(" ")));
            }
            settings.stage = Stage::Time;
        }
        Answer::Time { edge, clock, dates, decimal_comma } => {
            settings = Settings { edge, clock, dates, decimal_comma, stage: Stage::Rows, ..settings };
        }
        Answer::Repair(cells) => {
            for (row, cells) in cells {
                settings.skipped.remove(&row);
                settings.repairs.entry(row).or_default().extend(cells);
            }
        }
        Answer::SkipBad => {
            let found = scanned(&mut tx, &facility, &import, &settings).await?;
            settings.skipped.extend(found.errors.iter().map(|error| error.row));
        }
        Answer::Back(stage) => settings.stage = stage,
        Answer::Finish => {
            let found = scanned(&mut tx, &facility, &import, &settings).await?;
            if !found.errors.is_empty() {
                let n = found.errors.len();
                return Err(Error::Conflict(format!(
                    "{n} rows cannot be read yet. Mend them, or leave them out."
                )));
            }
            preview = added_up(&mut tx, &facility, &import, &settings, found).await?;
            state = ImportState::Draft;
        }
    }
    stored::import_set_up(&mut tx, id, &settings, state, &preview).await?;
    tx.commit().await?;
    Ok(state)
}

async fn content(tx: &mut Tx<'_>, import: &Import) -> Result<Vec<u8>> {
    stored::import_content(tx, import.id).await?.ok_or(Error::NotFound)
}

/// The sheets of a workbook; none of another file.
async fn sheets(tx: &mut Tx<'_>, import: &Import) -> Result<Vec<Sheet>> {
    if import.format != FileFormat::Xlsx {
        return Ok(vec![]);
    }
    let bytes = content(tx, import).await?;
    let found = tokio::task::spawn_blocking(move || files::sheets(&bytes)).await.map_err(Error::internal)?;
    found.map_err(|error| Error::Conflict(error.to_string()))
}

async fn head(tx: &mut Tx<'_>, import: &Import, sheet: u32, most: usize) -> Result<Vec<Vec<String>>> {
    let (bytes, format) = (content(tx, import).await?, reader_of(import.format, sheet));
    let work = move || files::head(&bytes, format, most);
    let head = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    head.map_err(|error| Error::Conflict(error.to_string()))
}

/// Rooms by slug and by name, lower case.
async fn rooms(tx: &mut Tx<'_>, facility: &Facility) -> Result<BTreeMap<String, ZoneId>> {
    let zones = zones::list(tx, facility.id).await?;
    let names = zones
        .into_iter()
        .flat_map(|z| [(z.spec.slug.to_lowercase(), z.id), (z.spec.name.to_lowercase(), z.id)]);
    Ok(names.collect())
}

async fn scanned(tx: &mut Tx<'_>, facility: &Facility, import: &Import, settings: &Settings) -> Result<Scan> {
    let (bytes, rooms) = (content(tx, import).await?, rooms(tx, facility).await?);
    let format = reader_of(import.format, settings.sheet);
    let (settings, zone) = (settings.clone(), facility.time_zone);
    let work = move || scan(&bytes, format, &settings, zone, rooms);
    let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    found.map_err(|error| Error::Conflict(error.to_string()))
}

/// What confirming would do.
async fn added_up(
    tx: &mut Tx<'_>,
    facility: &Facility,
    import: &Import,
    settings: &Settings,
    found: Scan,
) -> Result<Preview> {
    if settings.target == Target::Intervals {
        // The rows are read once more, as intervals: both at once would be twice the memory.
        drop(found);
        let bytes = content(tx, import).await?;
        let reading: Reading = (import.format, Some((settings.clone(), import.created_at)));
        let (_, mut preview) = look_through(tx, facility, reading, bytes).await?;
        if !settings.skipped.is_empty() {
            preview.remarks.push(left_out(settings));
        }
        return Ok(preview);
    }
    let text = match &found.parsed {
        Parsed::CropPlan(rows) => format!("{} rows of the crop plan.", rows.len()),
        Parsed::Harvests(rows) => {
            let grams: rust_decimal::Decimal = rows.iter().filter_map(|h| h.dry_g.or(h.wet_g)).sum();
            format!("{} harvests, {} kg together.", rows.len(), grams / rust_decimal::Decimal::from(1_000))
        }
        Parsed::Equipment(rows) => format!("{} kinds of equipment.", rows.len()),
        Parsed::Intervals(_) => String::new(),
    };
    let what =
        Remark { element: settings.target.label().to_owned(), text, readings: found.rows, first: None };
    let mut preview = Preview { remarks: vec![what], ..Preview::default() };
    if !settings.skipped.is_empty() {
        preview.remarks.push(left_out(settings));
    }
    Ok(preview)
}

fn left_out(settings: &Settings) -> Remark {
    Remark {
        element: "rows".to_owned(),
        text: "Rows that could not be read are left out on purpose.".to_owned(),
        readings: u32::try_from(settings.skipped.len()).unwrap_or(u32::MAX),
        first: None,
    }
}

/// The set-up page: the present question with what is needed to answer it.
///
/// # Errors
/// `NotFound` when it is out of scope or no table.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str, id: ImportId) -> Result<TableView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let import = stored::import_get(&mut tx, facility.id, id).await?;
    let settings = import.settings.clone().ok_or(Error::NotFound)?;
    if import.state != ImportState::Mapping {
        return Err(Error::NotFound);
    }
    let head = head(&mut tx, &import, settings.sheet, HEAD + settings.header_row as usize).await?;
    let mut view = TableView {
        facility_slug: facility.slug.clone(),
        facility_name: facility.name.clone(),
        time_zone: facility.time_zone.name().to_owned(),
        file_name: import.file_name.clone(),
        sheets: vec![],
        header: header(&head, settings.header_row).to_vec(),
        head,
        lacking: settings.lacking(),
        examples: vec![],
        rows: 0,
        errors: vec![],
        error_count: 0,
        cells: BTreeMap::new(),
        settings,
    };
    if view.settings.stage == Stage::Header {
        view.sheets = sheets(&mut tx, &import).await?;
    }
    if view.settings.stage == Stage::Time && view.settings.target == Target::Intervals {
        view.examples = examples(&view, facility.time_zone);
    }
    if view.settings.stage == Stage::Rows {
        let found = scanned(&mut tx, &facility, &import, &view.settings).await?;
        view.rows = found.rows;
        view.error_count = u32::try_from(found.errors.len()).unwrap_or(u32::MAX);
        view.errors = found.errors.into_iter().take(SHOWN).collect();
        let wanted: BTreeSet<u32> = view.errors.iter().map(|e| e.row).collect();
        view.cells = found.bad.into_iter().filter(|(row, _)| wanted.contains(row)).collect();
    }
    Ok(view)
}

/// The first reading, taken both ways and by both clocks.
fn examples(view: &TableView, zone: chrono_tz::Tz) -> Vec<Example> {
    let mut out = Vec::new();
    for clock in [ClockOf::Facility, ClockOf::Utc] {
        for edge in [Edge::Start, Edge::End] {
            let settings = Settings { clock, edge, ..view.settings.clone() };
            let mut reader = domain::table::Reader::new(&settings, zone, BTreeMap::new());
            let rows = view.head.iter().zip(1..).skip(view.settings.header_row as usize);
            let mut read = rows.filter_map(|(cells, row)| reader.interval(row, cells).ok());
            let (Some(first), Some(second)) = (read.next(), read.next()) else { continue };
            let (start, end) = edge.interval(first.at, second.at - first.at);
            out.push(Example { clock, edge, start, end });
        }
    }
    out
}

/// Rows that cannot be read, as a CSV that can be mended and uploaded again: row, reason, then the row's own cells.
///
/// # Errors
/// `NotFound` when it is out of scope or no table.
pub async fn rejects(ctx: &Context, scope: &Scope, facility: &str, id: ImportId) -> Result<Vec<Vec<String>>> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let import = stored::import_get(&mut tx, facility.id, id).await?;
    let settings = import.settings.clone().ok_or(Error::NotFound)?;
    let head = head(&mut tx, &import, settings.sheet, settings.header_row as usize + 1).await?;
    let found = scanned(&mut tx, &facility, &import, &settings).await?;
    let mut out = vec![
        ["row".to_owned(), "reason".to_owned()]
            .into_iter()
            .chain(header(&head, settings.header_row).iter().cloned())
            .collect(),
    ];
    for error in &found.errors {
        let cells = found.bad.get(&error.row).cloned().unwrap_or_default();
        out.push([error.row.to_string(), error.message.clone()].into_iter().chain(cells).collect());
    }
    Ok(out)
}

/// Takes mended rows over: the file of [`rejects`] with other cells. Returns how many rows it names.
///
/// # Errors
/// `Invalid` for a file that is not of that form.
pub async fn mended(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    id: ImportId,
    bytes: Vec<u8>,
) -> Result<usize> {
    let format = files::detect(&bytes)
        .ok_or_else(|| Error::field("file", "Upload the mended rows as CSV or XLSX."))?;
    let rows = files::head(&bytes, format, usize::MAX).map_err(|e| Error::field("file", e.to_string()))?;
    let mut repairs: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    if rows.first().is_none_or(|head| head.first().map(String::as_str) != Some("row")) {
        return Err(Error::field(
            "file",
            "The first column has to be “row”, as in the file of rejected rows.",
        ));
    }
    for (line, cells) in rows.iter().enumerate().skip(1).filter(|(_, cells)| !cells.is_empty()) {
        let row: u32 = cells[0].trim().parse().map_err(|_| {
            Error::field("file", format!("Line {}: “{}” is not the number of a row.", line + 1, cells[0]))
        })?;
        repairs.insert(row, (0..).zip(cells.iter().skip(2).cloned()).collect());
    }
    let n = repairs.len();
    answer(ctx, actor, facility, id, Answer::Repair(repairs)).await?;
    Ok(n)
}

/// The readings of a table as a utility's file would tell them. `updated` is when the table was uploaded: a later upload
/// corrects an earlier one.
pub(super) fn utility_file(
    bytes: &[u8],
    format: FileFormat,
    (settings, updated): &(Settings, DateTime<Utc>),
    zone: chrono_tz::Tz,
) -> std::result::Result<UtilityFile, Refusal> {
    let found = scan(bytes, reader_of(format, settings.sheet), settings, zone, BTreeMap::new())
        .map_err(|e| refusal(&e))?;
    let Parsed::Intervals(rows) = found.parsed else { return Ok(UtilityFile::default()) };
    let length = scan::length(&rows);
    let seconds = length.num_seconds();
    // Room for all of them at once: a list that grows holds up to three times what is in it.
    let mut intervals = Vec::with_capacity(rows.len());
    intervals.extend(rows.into_iter().filter_map(|row| {
        let (start, end) = bounds(row.at, settings.edge, length, zone);
        Some(UtilityInterval {
            start,
            end,
            value: settings.unit.amount(row.value?, seconds),
            cost: None,
            quality: Quality::Measured,
            codes: vec![],
            updated: Some(*updated),
        })
    }));
    let (unit, word) = match settings.unit {
        ValueUnit::Therm => (Unit::Therm, "therm"),
        ValueUnit::CubicMetre => (Unit::CubicMetre, "m3"),
        _ => (Unit::WattHour, "wh"),
    };
    let name = if settings.series.is_empty() { "Imported meter".to_owned() } else { settings.series.clone() };
    let series = FileSeries {
        key: format!("table:{}:{word}", name.to_lowercase()),
        name,
        commodity: settings.commodity,
        unit,
        flow: Flow::Delivered,
        measure: Measure::Amount,
        interval_s: u32::try_from(seconds).ok(),
        currency: None,
        intervals,
        left_out: vec![],
        remarks: vec![],
    };
    Ok(UtilityFile { series: vec![series], ..UtilityFile::default() })
}

/// The interval of a row. Rows a day apart are local days, of 23 to 25 hours.
fn bounds(
    at: DateTime<Utc>,
    edge: Edge,
    length: TimeDelta,
    zone: chrono_tz::Tz,
) -> (DateTime<Utc>, DateTime<Utc>) {
    if length != TimeDelta::days(1) || at != day_start(zone, day_of(zone, at)) {
        return edge.interval(at, length);
    }
    let day = day_of(zone, at);
    match edge {
        Edge::Start => (at, day_start(zone, day.succ_opt().unwrap_or(day))),
        Edge::End => (day_start(zone, day.pred_opt().unwrap_or(day)), at),
    }
}

/// Takes a table of the crop plan, of harvests or equipment over.
pub(super) async fn confirm_production(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    (facility, import): (&Facility, &Import),
    settings: &Settings,
    bytes: Vec<u8>,
) -> Result<()> {
    let rooms = rooms(tx, facility).await?;
    let format = reader_of(import.format, settings.sheet);
    let (settings, zone) = (settings.clone(), facility.time_zone);
    let work = move || scan(&bytes, format, &settings, zone, rooms);
    let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    let found = found.map_err(|error| Error::Conflict(error.to_string()))?;
    if let Some(error) = found.errors.first() {
        return Err(Error::Conflict(format!(
            "Row {}: {} Set the import up again.",
            error.row, error.message
        )));
    }
    match found.parsed {
        Parsed::CropPlan(rows) => production::take_crop_plan(ctx, tx, actor, facility, &rows).await?,
        Parsed::Harvests(rows) => production::take_harvests(ctx, tx, actor, facility, &rows).await?,
        Parsed::Equipment(rows) => production::take_equipment(ctx, tx, actor, facility, &rows).await?,
        Parsed::Intervals(_) => 0,
    };
    Ok(())
}

/// Remembers how a confirmed table was read.
pub(super) async fn remember(
    ctx: &Context,
    tx: &mut Tx<'_>,
    facility: &Facility,
    import: &Import,
) -> Result<()> {
    let Some(settings) = &import.settings else { return Ok(()) };
    let head = head(tx, import, settings.sheet, settings.header_row as usize + 1).await?;
    let kept = Settings {
        stage: Stage::Header,
        repairs: BTreeMap::new(),
        skipped: BTreeSet::new(),
        ..settings.clone()
    };
    let place = (facility.organisation, facility.id);
    let print = fingerprint(header(&head, settings.header_row));
    Ok(stored::mapping_upsert(tx, place, &print, &kept, ctx.clock.now()).await?)
}
