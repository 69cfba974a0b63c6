//! Savings as files: days and quarter hours as CSV, a day's derivation as JSON.

use crate::routes::fields::Fields;
use crate::routes::outcome::{csv_file, no_file};
use app::caller::Identity;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use chrono::{NaiveDate, SecondsFormat};
use domain::access::{Permission, Scope};
use domain::baseline::MetricType;
use domain::csv;
use domain::savings::derivation::{Derived, FigureView};
use domain::savings::view::{DerivationView, SavingsView};
use rust_decimal::Decimal;
use services::{Context, savings};
use std::fmt::Write as _;

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/x/{id}", get(derivation_of))
        .route("/x/{facility}/{metric}/{figure}/{days}", get(figure_of))
        .route("/f/{facility}/derivation.json", get(figure))
        .route("/f/{facility}/savings.csv", get(days))
        .route("/f/{facility}/savings/{metric}/{day}/quarters.csv", get(quarters))
        .route("/f/{facility}/savings/{metric}/{day}/derivation.json", get(derivation))
}

type Asked = (Extension<Identity>, Extension<Context>);

fn scope(who: &Identity) -> Result<Scope, StatusCode> {
    let caller = who.principal.as_ref().ok_or(StatusCode::UNAUTHORIZED)?;
    caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)
}

fn number(value: Option<Decimal>) -> String {
    value.map(|v| v.normalize().to_string()).unwrap_or_default()
}

async fn days(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let range = (fields.parse("from"), fields.parse("until"));
    let view = savings::view(&ctx, &scope(&who)?, &facility, range)
        .await
        .map_err(|error| no_file(&error, "savings"))?;
    Ok(csv_file(&format!("{facility}-savings-{}-{}.csv", view.from, view.until), days_csv(&view)))
}

fn days_csv(view: &SavingsView) -> String {
    let mut out = String::new();
    for comment in [
        format!("# Facility: {}", view.facility_name),
        format!("# Days are local: {}. From {} to before {}.", view.time_zone, view.from, view.until),
        "# Savings are baseline minus actual, over quarter hours that have both.".to_owned(),
    ] {
        csv::line(&mut out, [comment.as_str()]);
    }
    out.push_str("day,metric_type,unit,baseline,actual,savings,baseline_cost,cost_savings,currency,coverage,state,revision,flags\r\n");
    for p in &view.performance {
        // Numbers are written as numbers: a minus sign is no formula there. Writing to a String does not fail.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},\"{}\"\r\n",
            p.day,
            p.metric_type.as_str(),
            p.unit,
            number(p.baseline_value),
            number(p.actual_value),
            number(p.savings_value),
            number(p.baseline_cost),
            number(p.cost_savings),
            p.currency,
            p.coverage,
            p.state.as_str(),
            p.revision,
            p.flags.join("; ").replace('"', "'"),
        );
    }
    out
}

type DayPath = Path<(String, String, NaiveDate)>;

async fn read(asked: Asked, Path((facility, metric, day)): DayPath) -> Result<DerivationView, StatusCode> {
    let (Extension(who), Extension(ctx)) = asked;
    let metric = MetricType::parse(&metric).ok_or(StatusCode::NOT_FOUND)?;
    savings::day(&ctx, &scope(&who)?, &facility, metric, day)
        .await
        .map_err(|error| no_file(&error, "savings"))
}

/// The lasting address of a number's derivation.
async fn derivation_of(
    (Extension(who), Extension(ctx)): Asked,
    Path(id): Path<uuid::Uuid>,
) -> Result<Response, StatusCode> {
    let Ok(scope) = scope(&who) else {
        return Ok(Redirect::to(&format!("/sign-in?next=/x/{id}")).into_response());
    };
    let (facility, metric, day) =
        savings::derivation_place(&ctx, &scope, id).await.map_err(|error| no_file(&error, "derivation"))?;
    Ok(Redirect::to(&format!("/f/{facility}/savings/{}/{day}#r{id}", metric.as_str())).into_response())
}

/// The lasting address of a figure of whole local days.
async fn figure_of(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, metric, name, days)): Path<(String, String, String, String)>,
) -> Result<Response, StatusCode> {
    let here = format!("/x/{facility}/{metric}/{name}/{days}");
    let Ok(scope) = scope(&who) else {
        return Ok(Redirect::to(&format!("/sign-in?next={here}")).into_response());
    };
    let view = read_figure(&ctx, &scope, (&facility, &name), (&metric, &days)).await?;
    let page = format!("/f/{}/derivation", view.facility_slug);
    let (figure, metric) = (view.figure.as_str(), view.metric.as_str());
    let page = format!("{page}?figure={figure}&metric={metric}&range={}", view.range);
    Ok(Redirect::to(&page).into_response())
}

async fn read_figure(
    ctx: &Context,
    scope: &Scope,
    (facility, figure): (&str, &str),
    (metric, range): (&str, &str),
) -> Result<FigureView, StatusCode> {
    let figure = Derived::parse(figure).ok_or(StatusCode::NOT_FOUND)?;
    let no_file = |error: services::Error| no_file(&error, "derivation");
    let asked = savings::Asked::read(range, metric, "").map_err(no_file)?;
    savings::derivation(ctx, scope, facility, (figure, asked)).await.map_err(no_file)
}

async fn figure(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let (name, range) =
        ((facility.as_str(), fields.text("figure")), (fields.text("metric"), fields.text("range")));
    Ok(Json(read_figure(&ctx, &scope(&who)?, name, range).await?).into_response())
}

async fn derivation(asked: Asked, path: DayPath) -> Result<Response, StatusCode> {
    Ok(Json(read(asked, path).await?).into_response())
}

async fn quarters(asked: Asked, path: DayPath) -> Result<Response, StatusCode> {
    let name = format!("{}-{}-{}.csv", path.0.0, path.0.1, path.0.2);
    let view = read(asked, path).await?;
    let mut out = String::from("start_utc,end_utc,actual,counterfactual,avoided,price,money,quality\r\n");
    for i in &view.intervals {
        let at = |t: chrono::DateTime<chrono::Utc>| t.to_rfc3339_opts(SecondsFormat::Secs, true);
        let _ = write!(
            out,
            "{},{},{},{},{},{},{},{}\r\n",
            at(i.start),
            at(i.end),
            number(i.actual),
            number(i.counterfactual),
            number(i.avoided),
            number(i.price),
            number(i.money),
            i.quality.as_str()
        );
    }
    Ok(csv_file(&name, out))
}
