//! Performance and savings of the REST interface.

use super::rest::tagged;
use crate::rest::bearer::{Asker, Rest};
use crate::rest::figures::{self, Items, PerformancePage, PerformanceQuery, SavingsAnswer, SavingsQuery};
use crate::rest::problem::{Answered, Problem};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use services::savings;

fn unread(error: &QueryRejection) -> Box<Problem> {
    Problem::new(StatusCode::BAD_REQUEST, error.body_text())
}

/// Read figures by day.
///
/// What the baseline expected, what was measured and what was saved, for each local day and metric: electricity, gas, water, peak
/// demand and yield.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/performance",
    tag = "Figures",
    operation_id = "getPerformance",
    security(("token" = ["figures:read"])),
    params(PerformanceQuery, ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer.")),
    responses(
        (status = 200, description = "A page.", body = PerformancePage, headers(("ETag" = String, description = "For If-None-Match."))),
        (status = 304, description = "As it was."),
        (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such facility for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters cannot be accepted, each named.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn performance(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    query: Result<Query<PerformanceQuery>, QueryRejection>,
) -> Answered<Response> {
    bearer.may(domain::tokens::ApiScope::FiguresRead)?;
    let (wanted, state, part) = query.map_err(|error| unread(&error))?.0.read()?;
    let found = savings::figures(&rest.ctx, &bearer, &wanted).await?;
    Ok(tagged(StatusCode::OK, &headers, figures::performance(found, state.as_deref(), part)))
}

/// Read savings.
///
/// The sums of a range of local days with their interval and shares, to the cent and the watt-hour as the portal shows them, and its
/// months, days or quarter hours.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/savings",
    tag = "Figures",
    operation_id = "getSavings",
    security(("token" = ["figures:read"])),
    params(SavingsQuery, ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer.")),
    responses(
        (status = 200, description = "The savings.", body = SavingsAnswer, headers(("ETag" = String, description = "For If-None-Match."))),
        (status = 304, description = "As it was."),
        (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such facility for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters cannot be accepted, each named.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn savings(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    query: Result<Query<SavingsQuery>, QueryRejection>,
) -> Answered<Response> {
    bearer.may(domain::tokens::ApiScope::FiguresRead)?;
    let (wanted, items, part) = query.map_err(|error| unread(&error))?.0.read()?;
    let found = savings::savings(&rest.ctx, &bearer, &wanted, items == Items::Quarters).await?;
    Ok(tagged(StatusCode::OK, &headers, figures::savings(&found, items, part)))
}
