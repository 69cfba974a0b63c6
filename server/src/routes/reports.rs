//! Making reports, and their documents.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{done, failed, no_file};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::{Months, NaiveDate};
use domain::access::{Permission, Role};
use domain::id::ReportId;
use domain::report::{Delimiter, Format, Paper, Style};
use services::reports::{self, NewReport};
use services::{Context, Error};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/reports", post(make))
        .route("/f/{facility}/reports/schedules", post(schedule))
        .route("/f/{facility}/reports/schedules/{schedule}/delete", post(unschedule))
        .route("/f/{facility}/reports/{id}/{format}", get(document))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn make(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let made = match read(&fields) {
        Ok(new) => reports::create(&ctx, &caller, &facility, &new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((made, true)) => done(&page, &format!("The report from {} is made.", made.report.from)),
        Ok((made, false)) => done(
            &page,
            &format!(
                "The report from {} is made, without a signed bundle: its figures are being computed again, or are not signed for. \
                Make it anew in a minute for one.",
                made.report.from
            ),
        ),
        Err(error) => failed(error, &page, "a report"),
    }
}

async fn schedule(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let tell = Role::ALL.into_iter().filter(|role| fields.text(role.as_str()) == "yes").collect();
    let style = style(&fields);
    let day = fields.parse("day").unwrap_or_default();
    match reports::schedule(&ctx, &caller, &facility, (day, tell, style)).await {
        Ok(_) => done(&page, "A report will be made every month."),
        Err(error) => failed(error, &page, "a schedule"),
    }
}

async fn unschedule(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, schedule)): Path<(String, uuid::Uuid)>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match reports::unschedule(&ctx, &caller, &facility, schedule).await {
        Ok(()) => done(&page, "It is stopped; reports that were made stay."),
        Err(error) => failed(error, &page, "a schedule"),
    }
}

fn style(fields: &Fields) -> Style {
    Style {
        paper: Paper::parse(fields.text("paper")).unwrap_or_default(),
        decimal_comma: fields.text("decimal") == "comma",
        delimiter: Delimiter::parse(fields.text("delimiter")).unwrap_or_default(),
    }
}

fn read(fields: &Fields) -> Result<NewReport, Error> {
    let month: Option<NaiveDate> = fields.parse("month");
    let from = month.ok_or_else(|| Error::field("month", "Choose a month."))?;
    let until = from.checked_add_months(Months::new(1)).unwrap_or(from);
    Ok(NewReport { from, until, style: style(fields) })
}

/// The media type of a document.
pub(super) fn media_type(format: Format) -> &'static str {
    match format {
        Format::Pdf => "application/pdf",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Bundle => "application/zip",
    }
}

async fn document(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id, format)): Path<(String, ReportId, String)>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)?;
    let format = Format::parse(&format).ok_or(StatusCode::NOT_FOUND)?;
    let (slug, bytes) =
        reports::document(&ctx, &scope, id, format).await.map_err(|error| no_file(&error, "a report"))?;
    if slug != facility {
        return Err(StatusCode::NOT_FOUND);
    }
    let name = format!("attachment; filename=\"{slug}-report-{id}.{}\"", format.as_str());
    let headers = [(header::CONTENT_TYPE, media_type(format)), (header::CONTENT_DISPOSITION, name.as_str())];
    Ok((headers, bytes).into_response())
}
