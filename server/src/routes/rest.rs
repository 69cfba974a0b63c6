//! The REST interface. A token says who asks; these routes know nothing of cookies, so no browser can be made to ask.

use super::{rest_figures, rest_reports};
use crate::rest::answers;
use crate::rest::bearer::{Asker, Rest};
use crate::rest::document::DOCUMENT;
use crate::rest::problem::{Answered, Problem};
use crate::rest::requests::{BaselineRequest, ListQuery, read};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::tokens::ApiScope;
use services::Context;
use services::baselines::{self, Filter, Once};
use sha2::{Digest, Sha256};

/// Largest body: three years of days with all the drivers there can be.
const BODY_BYTES_MAX: usize = 1024 * 1024;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The routes.
pub fn routes(ctx: Context) -> Router {
    Router::new()
        .route("/api/revenue-sharing/baseline", get(list))
        .route("/api/revenue-sharing/baseline", post(create))
        .route("/api/revenue-sharing/baseline/{id}", get(get_one))
        .route("/api/revenue-sharing/performance", get(rest_figures::performance))
        .route("/api/revenue-sharing/savings", get(rest_figures::savings))
        .route("/api/revenue-sharing/reports", get(rest_reports::list))
        .route("/api/revenue-sharing/reports", post(rest_reports::create))
        .route("/api/revenue-sharing/reports/{id}", get(rest_reports::get_one))
        .route("/api/revenue-sharing/reports/{id}/{format}", get(rest_reports::document))
        .route("/api/openapi.json", get(description))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Rest::new(ctx))
}

async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], DOCUMENT.as_str())
        .into_response()
}

async fn wrong_method() -> Box<Problem> {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not answer to this method; see Allow.")
}

/// Create a baseline.
///
/// Fits the models side by side to the facility's meters, to a series of its utility or to rows in the request; or takes a value
/// that the parties state. The baseline begins as a draft. With an Idempotency-Key the same request makes one baseline however often
/// it is sent.
#[utoipa::path(
    post,
    path = "/api/revenue-sharing/baseline",
    tag = "Baselines",
    operation_id = "createBaseline",
    security(("token" = ["baselines:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
        description = "Your name for this request, new for each. Sent again within 24 hours with the same body, it gets the \
            same answer and nothing is made twice; with another body it is refused.", example = "order-4711")),
    request_body(content = BaselineRequest, content_type = "application/json", description = "At most 1 MiB.", examples(
        ("stated" = (summary = "A stated value", value = json!({
            "facility": "cedar", "metric_type": "electricity", "period_start": "2025-01-01", "period_end": "2026-01-01",
            "effective_from": "2026-03-01", "source": "stated", "baseline_value": "412.5",
            "reason": "Mean of the twelve bills of 2025, agreed on by both parties."}))),
        ("meters" = (summary = "The facility's meters", value = json!({
            "facility": "cedar", "metric_type": "electricity", "period_start": "2025-01-01", "period_end": "2026-01-01",
            "effective_from": "2026-03-01", "source": "meters"}))),
        ("given" = (summary = "Rows in the request, one per day", value = json!({
            "facility": "cedar", "metric_type": "electricity", "period_start": "2025-01-01", "period_end": "2026-01-01",
            "effective_from": "2026-03-01", "source": "given", "rows": [
                {"date": "2025-01-01", "value": "402.125", "temperature_c": -3.5, "drivers": {"canopy_flower_m2": 60}},
                {"date": "2025-01-02", "value": "398.75", "temperature_c": -1.0, "drivers": {"canopy_flower_m2": 60}}]}))),
    )),
    responses(
        (status = 201, description = "Made, or made before with the same key.", body = answers::BaselineAnswer, headers(
            ("Location" = String, description = "Its address here."),
            ("ETag" = String, description = "For If-None-Match."),
            ("Idempotency-Replayed" = String, description = "`true` for the answer to an earlier request."))),
        (status = 400, description = "The body is no JSON object.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such facility for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same key is being worked on.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields cannot be accepted, each named; or the key was used with another body.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answered<Response> {
    bearer.may(ApiScope::BaselinesWrite)?;
    let body = body.map_err(|error| unread(&error))?;
    if !is_json(&headers) {
        let detail = "Send the body as Content-Type: application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let once = match headers.get(IDEMPOTENCY_KEY).map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(Once { key, body_sha256: Sha256::digest(&body).into() }),
        Some(Err(_)) => {
            Err(services::Error::field("Idempotency-Key", "A key has printable ASCII characters only."))?
        }
    };
    let request = read(&body)?;
    let facility = request.facility().to_owned();
    let new = request.into_new()?;
    let answer = baselines::create(&rest.ctx, &bearer, &facility, &new, once, answers::baseline).await?;
    let mut response = tagged(StatusCode::CREATED, &headers, answer.body.clone());
    let made: Option<serde_json::Value> = serde_json::from_str(&answer.body).ok();
    let id = made.as_ref().and_then(|made| made["id"].as_str()).unwrap_or_default();
    if let Ok(location) = HeaderValue::try_from(format!("/api/revenue-sharing/baseline/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if answer.repeated {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// List baselines.
///
/// Baselines of a facility, newest first, without their candidates.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/baseline",
    tag = "Baselines",
    operation_id = "listBaselines",
    security(("token" = ["baselines:read"])),
    params(ListQuery, ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer.")),
    responses(
        (status = 200, description = "A page.", body = answers::BaselinePage, headers(("ETag" = String, description = "For If-None-Match."))),
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
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Answered<Response> {
    bearer.may(ApiScope::BaselinesRead)?;
    let Query(query) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let asked = query.read()?;
    let filter =
        Filter { facility: &asked.facility, metric: asked.metric, after: asked.after, limit: asked.limit };
    let page = baselines::page(&rest.ctx, &bearer, &filter).await?;
    Ok(tagged(StatusCode::OK, &headers, answers::page(&page)))
}

/// Read a baseline.
///
/// With its candidates.
#[utoipa::path(
    get,
    path = "/api/revenue-sharing/baseline/{id}",
    tag = "Baselines",
    operation_id = "getBaseline",
    security(("token" = ["baselines:read"])),
    params(
        ("id" = uuid::Uuid, Path, description = "The baseline."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer."),
    ),
    responses(
        (status = 200, description = "The baseline.", body = answers::BaselineAnswer, headers(("ETag" = String, description = "For If-None-Match."))),
        (status = 304, description = "As it was."),
        (status = 401, description = "No token, or none that opens anything.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or its maker the permission.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such baseline for this token.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get_one(
    State(rest): State<Rest>,
    Asker(bearer): Asker,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answered<Response> {
    bearer.may(ApiScope::BaselinesRead)?;
    let id = id.parse().map_err(|_| services::Error::NotFound)?;
    let (facility, baseline) = baselines::find(&rest.ctx, &bearer, id).await?;
    Ok(tagged(StatusCode::OK, &headers, answers::baseline(&facility, &baseline)))
}

pub(super) fn unread(error: &BytesRejection) -> Box<Problem> {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("A body has at most {BODY_BYTES_MAX} bytes.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "The body did not arrive whole. Send it again."),
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// An answer with its tag; none but the tag when the sender has it already. The tag is weak, because the same answer travels
/// compressed or not.
pub(super) fn tagged(status: StatusCode, headers: &HeaderMap, body: String) -> Response {
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&body)[..16]));
    let fixed = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "authorization".to_owned()),
    ];
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|line| line.split(',')).map(str::trim);
    let bare = tag.trim_start_matches("W/");
    if status == StatusCode::OK && known.any(|one| one == "*" || one.trim_start_matches("W/") == bare) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (status, fixed, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
