//! Imports of utility files.

use super::Zoned;
use crate::error::ApiError;
use domain::id::ImportId;
use domain::table::view::TableView;
use domain::utility::{ImportSummary, ImportView, SeriesSummary};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The import page of a facility.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportsView {
    /// Name of the facility.
    pub facility_name: String,
    /// Newest first.
    pub imports: Vec<ImportSummary>,
    /// Series that imports have filled.
    pub series: Vec<SeriesSummary>,
    /// Largest file accepted, bytes.
    pub bytes_max: u64,
    /// Whether the caller may import.
    pub may_import: bool,
}

/// Imports and series of a facility.
#[server(endpoint = "imports/list", input = GetUrl)]
pub async fn get_imports(facility: String) -> Result<Zoned<ImportsView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let mut tx = ctx.db.begin(&scope).await?;
    let head = store::facilities::by_slug(&mut tx, &facility).await?;
    drop(tx);
    let view = ImportsView {
        facility_name: head.name.clone(),
        imports: services::imports::list(&ctx, &scope, &facility).await?,
        series: services::utility::series(&ctx, &scope, &facility).await?,
        bytes_max: services::imports::MAX_UPLOAD_BYTES as u64,
        may_import: caller.may(domain::access::Permission::ImportData),
    };
    let first = view.series.iter().filter_map(|s| s.from).min();
    let now = ctx.clock.now();
    Ok(Zoned::new(view, head.time_zone.name(), first.unwrap_or(now) - chrono::TimeDelta::days(400), now))
}

/// One import with its preview.
#[server(endpoint = "imports/get", input = GetUrl)]
pub async fn get_import(facility: String, import: ImportId) -> Result<Zoned<ImportView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let view = services::imports::view(&crate::caller::context()?, &scope, &facility, import).await?;
    let zone = view.time_zone.clone();
    let first = view.preview.series.iter().map(|s| s.from).min().unwrap_or(view.created_at);
    let last = view.preview.series.iter().map(|s| s.to).max().unwrap_or(view.created_at);
    let (from, to) = (first.min(view.created_at), last.max(view.created_at));
    Ok(Zoned::new(view, &zone, from, to + chrono::TimeDelta::days(1)))
}

/// The set-up of a table's import.
#[server(endpoint = "imports/table", input = GetUrl)]
pub async fn get_table(facility: String, import: ImportId) -> Result<Zoned<TableView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ImportData)?;
    let ctx = crate::caller::context()?;
    let view = services::imports::table::view(&ctx, &scope, &facility, import).await?;
    let zone = view.time_zone.clone();
    let around = chrono::TimeDelta::days(3_650);
    let now = ctx.clock.now();
    Ok(Zoned::new(view, &zone, now - around, now + around))
}
