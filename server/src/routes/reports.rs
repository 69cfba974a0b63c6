//! Making reports, and their documents.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{done, failed, no_file};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::{Days, NaiveDate};
use domain::access::{Permission, Role};
use domain::baseline::MetricType;
use domain::id::{ReportId, TemplateId};
use domain::range::Range;
use domain::report::{Choices, Dates, Delimiter, Energy, Format, NewReport, Paper, Part, Style, Water};
use services::{Context, Error, reports, templates};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/reports", post(make))
        .route("/f/{facility}/reports/templates", post(save))
        .route("/f/{facility}/reports/templates/{template}/rename", post(rename))
        .route("/f/{facility}/reports/templates/{template}/delete", post(forget))
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
    let ordered = match read(&fields) {
        Ok(new) => reports::order(&ctx, &caller, &facility, new).await,
        Err(error) => Err(error),
    };
    match ordered {
        Ok(_) => done(&page, "The report is being made. It takes a few seconds."),
        Err(error) => failed(error, &format!("{page}/new"), "a report"),
    }
}

async fn save(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let said = (style(&fields), choices(&fields));
    match templates::save(&ctx, &caller, &facility, fields.text("name"), said).await {
        Ok(_) => done(&page, "The template is saved."),
        Err(error) => failed(error, &format!("{page}/new"), "a template"),
    }
}

async fn rename(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, template)): Path<(String, TemplateId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match templates::rename(&ctx, &caller, &facility, template, fields.text("name")).await {
        Ok(()) => done(&page, "It has its new name."),
        Err(error) => failed(error, &page, "a template"),
    }
}

async fn forget(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, template)): Path<(String, TemplateId)>,
) -> Response {
    let page = format!("/f/{facility}/reports");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match templates::delete(&ctx, &caller, &facility, template).await {
        Ok(()) => done(&page, "The template is deleted; reports made from it stay."),
        Err(error) => failed(error, &page, "a template"),
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
    let template = fields.parse("template");
    match reports::schedule(&ctx, &caller, &facility, (day, tell, style), template).await {
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
        dates: Dates::parse(fields.text("dates")).unwrap_or_default(),
    }
}

fn choices(fields: &Fields) -> Choices {
    Choices {
        title: fields.text("title").to_owned(),
        note: fields.text("note").to_owned(),
        metrics: fields.all("metric").filter_map(MetricType::parse).collect(),
        parts: fields.all("part").filter_map(Part::parse).collect(),
        energy: Energy::parse(fields.text("energy")).unwrap_or_default(),
        water: Water::parse(fields.text("water")).unwrap_or_default(),
    }
}

fn read(fields: &Fields) -> Result<NewReport, Error> {
    let typed = || fields.parse("from").zip(fields.parse("to"));
    let (from, last): (NaiveDate, NaiveDate) = match fields.text("range") {
        "" => {
            typed().ok_or_else(|| Error::field("from", "Choose a range, or type its first and last day."))?
        }
        text => match Range::parse(text) {
            Ok(Range::Days { from, to }) => (from, to),
            _ => return Err(Error::field("range", "Choose a range of whole days.")),
        },
    };
    let until = last.checked_add_days(Days::new(1)).unwrap_or(last);
    Ok(NewReport { from, until, style: style(fields), choices: choices(fields) })
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
