//! Performance reports.

use super::Zoned;
use crate::error::ApiError;
use domain::report::view::{ReportView, ReportsView};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The newest reports of a facility.
#[server(endpoint = "reports/list", input = GetUrl)]
pub async fn get_reports(facility: String) -> Result<Zoned<ReportsView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let view = services::reports::list(&ctx, &scope, &facility).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    let oldest = view.reports.last().map_or(now, |report| report.created_at);
    let newest = view.schedules.iter().map(|one| one.due_at).max().unwrap_or(now).max(now);
    Ok(Zoned::new(view, &zone, oldest, newest))
}

/// One report.
#[server(endpoint = "reports/get", input = GetUrl)]
pub async fn get_report(facility: String, report: String) -> Result<ReportView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let not_found = || ApiError::new(crate::error::Code::NotFound, "not found");
    let id = report.parse().map_err(|_| not_found())?;
    Ok(services::reports::view(&ctx, &scope, &facility, id).await?)
}
