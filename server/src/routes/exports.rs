//! Series of points as CSV files, and exports of any length.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{done, failed};
use crate::routes::reports::media_type;
use app::caller::Identity;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, SecondsFormat, Utc};
use domain::access::Permission;
use domain::csv::line;
use domain::export::{Export, FileKind, Rows};
use domain::id::PointId;
use domain::local_clock::LocalClock;
use domain::range::Granularity;
use domain::report::Format;
use domain::series::{SeriesView, Shape};
use services::exports::{Ordered, order};
use services::telemetry::series;
use services::{Context, Error};
use std::fmt::Write as _;

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new().route("/f/{facility}/points/{file}", get(point)).route("/f/{facility}/export", post(export))
}

/// The file where it is short, else the download centre where it will be.
async fn export(
    Extension(who): Extension<Identity>,
    Extension(ctx): Extension<Context>,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/export");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let asked = match read(&fields) {
        Ok(asked) => asked,
        Err(error) => return failed(error, &page, "an export"),
    };
    match order(&ctx, &caller, &facility, &asked).await {
        Ok(Ordered::File(name, bytes)) => {
            let kind = match asked.kind {
                FileKind::Csv => media_type(Format::Csv),
                FileKind::CsvGz => "application/gzip",
                FileKind::Xlsx => media_type(Format::Xlsx),
            };
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &disposition)], bytes)
                .into_response()
        }
        Ok(Ordered::Job(_)) => done("/downloads", "It is long, so it is being made. The file will be here."),
        Err(error) => failed(error, &page, "an export"),
    }
}

fn read(fields: &Fields) -> Result<Export, Error> {
    let day = |name: &str, text: &str| {
        fields.parse::<NaiveDate>(name).ok_or_else(|| Error::field(name, format!("Choose {text}.")))
    };
    let point = match fields.text("point") {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::NotFound)?),
    };
    let last = day("to", "the last day")?;
    Ok(Export {
        rows: Rows::parse(fields.text("rows")).unwrap_or_default(),
        interval: Granularity::parse(fields.text("interval")).unwrap_or(Granularity::QuarterHour),
        point,
        from: day("from", "the first day")?,
        until: last.checked_add_days(Days::new(1)).unwrap_or(last),
        kind: FileKind::parse(fields.text("kind")).unwrap_or_default(),
    })
}

/// `/f/{facility}/points/{id}.csv?range=24h&interval=15m`
async fn point(
    Extension(who): Extension<Identity>,
    Extension(ctx): Extension<Context>,
    Path((facility, file)): Path<(String, String)>,
    Query(fields): Query<Fields>,
) -> Result<Response, (StatusCode, String)> {
    let status = |status: StatusCode| (status, status.canonical_reason().unwrap_or_default().to_owned());
    let caller = who.principal.ok_or_else(|| status(StatusCode::UNAUTHORIZED))?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| status(StatusCode::FORBIDDEN))?;
    let id = file.strip_suffix(".csv").and_then(|id| id.parse::<PointId>().ok());
    let id = id.ok_or_else(|| status(StatusCode::NOT_FOUND))?;
    let range = Some(fields.text("range")).filter(|text| !text.is_empty()).unwrap_or("24h");
    let granularity = match fields.text("interval") {
        "" => None,
        name => Some(Granularity::parse(name).ok_or_else(|| {
            (StatusCode::BAD_REQUEST, "The interval is one of 5m, 15m, 1h and 1d.".to_owned())
        })?),
    };
    let view =
        series(&ctx, &scope, &facility, id, range, granularity).await.map_err(|error| match error {
            Error::NotFound => status(StatusCode::NOT_FOUND),
            Error::Invalid(_) => (StatusCode::BAD_REQUEST, error.to_string()),
            error => {
                tracing::error!(%error, "a series could not be exported");
                status(StatusCode::SERVICE_UNAVAILABLE)
            }
        })?;
    let name = format!("attachment; filename=\"{}\"", file_name(&view));
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &name)];
    Ok((headers, render(&view)).into_response())
}

fn value_label(shape: Shape) -> &'static str {
    match shape {
        Shape::Bars => "amount in the interval",
        Shape::Line => "mean of the interval",
    }
}

/// Facility, point and first day, in characters that every file system takes.
fn file_name(view: &SeriesView) -> String {
    let text =
        format!("{} {} {}", view.facility.slug, view.row.point.name, view.window.start.format("%Y-%m-%d"));
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '-' };
    format!("{}.csv", text.chars().map(plain).collect::<String>())
}

/// Comment lines that say what the file is, then one line per interval. Values keep every digit.
fn render(view: &SeriesView) -> String {
    let clock = LocalClock::by_name(&view.facility.time_zone, view.window.start, view.window.end);
    let mut out = String::new();
    let place = view.row.point.zone.as_ref().map_or("whole facility", |(_, name)| name);
    for (label, text) in [
        ("# facility", view.facility.name.as_str()),
        ("# point", &view.row.point.name),
        ("# zone", place),
        ("# measures", view.row.point.metric.label()),
        ("# unit", &view.unit),
        ("# time zone", &view.facility.time_zone),
        ("# intervals", "half-open: the start belongs to the interval, the end does not"),
        ("# value", value_label(view.shape)),
        ("# generated at", &utc(view.as_of)),
    ] {
        line(&mut out, [label, text]);
    }
    let columns = [
        "start_local",
        "end_local",
        "start_utc",
        "end_utc",
        "value",
        "min",
        "max",
        "quality",
        "coverage",
        "so_far",
    ];
    line(&mut out, columns);
    for i in &view.intervals {
        let number = |value: Option<rust_decimal::Decimal>| value.map(|v| v.to_string()).unwrap_or_default();
        // Numbers and times need no quoting, and a minus sign is no formula here.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},{},{:.4},{}\r\n",
            local(&clock, i.start),
            local(&clock, i.end),
            utc(i.start),
            utc(i.end),
            number(i.value),
            number(i.min),
            number(i.max),
            i.quality.as_str(),
            i.coverage,
            if i.partial { "yes" } else { "" },
        );
    }
    out
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn local(clock: &LocalClock, at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(clock.offset_s(at)) {
        Some(offset) => at.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::Secs, false),
        None => utc(at),
    }
}

#[cfg(test)]
mod tests;
