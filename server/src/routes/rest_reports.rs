//! Reports of the REST interface.

use super::reports::media_type;
use super::rest::{is_json, tagged, unread};
use crate::rest::bearer::{Asker, Rest};
use crate::rest::problem::{Answered, Problem};
use crate::rest::reports::{self as wire, ReportAnswer, ReportPage, ReportRequest, ReportsQuery};
use crate::rest::requests::read_json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Permission;
use domain::id::ReportId;
use domain::report::Format;
use domain::tokens::ApiScope;
use services::{Error, reports};

/// Make a report.
///
/// Freezes the savings of local days and writes them as PDF, workbook and CSV. Nothing else changes.
#[utoipa::path(
    post,
    path = "/api/revenue-sharing/reports",
    tag = "Reports",
    operation_id = "createReport",
    security(("token" = ["reports:write"])),
    request_body(content = ReportRequest, content_type = "application/json", description = "At most 1 MiB."),
    responses(
        (status = 201, description = "Made.", body = ReportAnswer, headers(
            ("Location" = String, description = "Its address here."),
            ("ETag" = String, description = "For If-None-Match."))),
        (status = 400, description = "The body is no JSON object.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such facility for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields cannot be accepted, each named; or the days have no figures.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answered<Response> {
    let maker = bearer.may(ApiScope::ReportsWrite)?;
    let body = body.map_err(|error| unread(&error))?;
    if !is_json(&headers) {
        let detail = "Send the body as Content-Type: application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let request: ReportRequest = read_json(&body)?;
    let new = request.read()?;
    let (made, _) = reports::create(&rest.ctx, maker, &request.facility, &new).await?;
    let mut response = tagged(StatusCode::CREATED, &headers, wire::report(&request.facility, &made));
    if let Ok(location) = HeaderValue::try_from(format!("/api/revenue-sharing/reports/{}", made.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// List reports.
///
/// Of a facility, newest first.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/reports",
    tag = "Reports",
    operation_id = "listReports",
    security(("token" = ["figures:read"])),
    params(ReportsQuery, ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer.")),
    responses(
        (status = 200, description = "A page.", body = ReportPage, headers(("ETag" = String, description = "For If-None-Match."))),
        (status = 304, description = "As it was."),
        (status = 400, description = "The query cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such facility for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters cannot be accepted, each named.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    query: Result<Query<ReportsQuery>, QueryRejection>,
) -> Answered<Response> {
    let scope = bearer.may(ApiScope::FiguresRead)?.scope(Permission::ViewFacility).map_err(Error::from)?;
    let Query(query) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let asked = query.read()?;
    let limit = i64::try_from(asked.limit).unwrap_or(i64::MAX);
    let rows = reports::page(&rest.ctx, &scope, &asked.facility, asked.after, limit + 1).await?;
    Ok(tagged(StatusCode::OK, &headers, wire::page(rows, asked.limit)))
}

/// Read a report.
///
/// With its sums.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/reports/{id}",
    tag = "Reports",
    operation_id = "getReport",
    security(("token" = ["figures:read"])),
    params(
        ("id" = uuid::Uuid, Path, description = "The report."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer."),
    ),
    responses(
        (status = 200, description = "The report.", body = ReportAnswer, headers(("ETag" = String, description = "For If-None-Match."))),
        (status = 304, description = "As it was."),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get_one(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answered<Response> {
    let scope = bearer.may(ApiScope::FiguresRead)?.scope(Permission::ViewFacility).map_err(Error::from)?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let (facility, report) = reports::get(&rest.ctx, &scope, id).await?;
    Ok(tagged(StatusCode::OK, &headers, wire::report(&facility, &report)))
}

/// Download a report.
///
/// The same report gives the same bytes each time.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/reports/{id}/{format}",
    tag = "Reports",
    operation_id = "downloadReport",
    security(("token" = ["figures:read"])),
    params(
        ("id" = uuid::Uuid, Path, description = "The report."),
        ("format" = String, Path, description = "`pdf`, `xlsx`, `csv` or `zip`, the signed bundle.", example = "pdf"),
    ),
    responses(
        (status = 200, description = "The document.", content(
            (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"),
            (Vec<u8> = "application/zip"))),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report or format for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn document(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    Path((id, format)): Path<(String, String)>,
) -> Answered<Response> {
    let scope = bearer.may(ApiScope::FiguresRead)?.scope(Permission::ViewFacility).map_err(Error::from)?;
    let id: ReportId = id.parse().map_err(|_| Error::NotFound)?;
    let format = Format::parse(&format).ok_or(Error::NotFound)?;
    let (facility, bytes) = reports::document(&rest.ctx, &scope, id, format).await?;
    let name = format!("attachment; filename=\"{facility}-report-{id}.{}\"", format.as_str());
    let headers = [(header::CONTENT_TYPE, media_type(format)), (header::CONTENT_DISPOSITION, name.as_str())];
    Ok((headers, bytes).into_response())
}
