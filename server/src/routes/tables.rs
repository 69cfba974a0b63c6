//! Tables of pages as files. The page's script sends what it shows, and gets it back as CSV, workbook or JSON.

use crate::routes::reports::media_type;
use app::caller::Identity;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use chrono::Utc;
use domain::report::Format;
use reports::Table;
use serde::Deserialize;

/// The route. It expects [`Identity`] in the request.
pub fn routes() -> Router {
    Router::new().route("/export/table/{format}", post(table)).layer(DefaultBodyLimit::max(BYTES_MAX))
}

/// A year of quarter hours with ten columns is half of this.
const BYTES_MAX: usize = 8 << 20;
const ROWS_MAX: usize = 100_000;
const COLUMNS_MAX: usize = 200;

/// A table as it was read from a page.
#[derive(Deserialize)]
struct Shown {
    title: String,
    about: Vec<(String, String)>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

async fn table(
    Extension(who): Extension<Identity>,
    Path(format): Path<String>,
    Json(shown): Json<Shown>,
) -> Result<Response, (StatusCode, &'static str)> {
    // Nothing of ours is in the answer, but a file from this address should come from somebody known here.
    who.principal.ok_or((StatusCode::UNAUTHORIZED, "Sign in first."))?;
    if shown.columns.len() > COLUMNS_MAX || shown.rows.len() > ROWS_MAX {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, "A file holds at most 100,000 rows and 200 columns."));
    }
    let columns = shown.columns.len();
    let cut = |mut row: Vec<String>| {
        row.truncate(columns);
        row
    };
    let rows = shown.rows.into_iter().map(cut).collect();
    let digits =
        "as the page shows them. Files from the page's CSV links and the REST interface have all of them.";
    let mut about = shown.about;
    about.push(("Digits".to_owned(), digits.to_owned()));
    let table = Table { title: shown.title, about, columns: shown.columns, rows, generated_at: Utc::now() };
    let (kind, bytes) = match format.as_str() {
        "csv" => (media_type(Format::Csv), reports::table_csv(&table).into_bytes()),
        "json" => ("application/json", reports::table_json(&table).to_string().into_bytes()),
        "xlsx" => (
            media_type(Format::Xlsx),
            reports::table_xlsx(&table).map_err(|error| {
                tracing::error!(%error, "a table could not be written");
                (StatusCode::UNPROCESSABLE_ENTITY, "The table does not fit a workbook.")
            })?,
        ),
        _ => return Err((StatusCode::NOT_FOUND, "The formats are csv, xlsx and json.")),
    };
    let disposition = format!("attachment; filename=\"table.{format}\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &disposition)], bytes).into_response())
}
