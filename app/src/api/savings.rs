//! Savings.

use super::Zoned;
use crate::error::ApiError;
use chrono::NaiveDate;
use domain::savings::bases::BasesView;
use domain::savings::dashboard::DashboardView;
use domain::savings::derivation::FigureView;
use domain::savings::insight::InsightView;
use domain::savings::portfolio::PortfolioView;
use domain::savings::quarter::QuarterView;
use domain::savings::running::Running;
use domain::savings::view::{DerivationView, SavingsView};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Savings of a facility over local days; `from` and `until` empty for the last 30 days.
#[server(endpoint = "savings/list", input = GetUrl)]
pub async fn get_savings(
    facility: String,
    from: String,
    until: String,
) -> Result<Zoned<SavingsView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let range = (from.parse().ok(), until.parse().ok());
    let view = services::savings::view(&ctx, &scope, &facility, range).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    Ok(Zoned::new(view, &zone, now - chrono::TimeDelta::days(1_000), now + chrono::TimeDelta::days(1)))
}

/// The dashboard of a facility; `range`, `metric` and `compare` as the address has them, empty for the month that is running,
/// electricity and the baseline.
#[server(endpoint = "savings/dashboard", input = GetUrl)]
pub async fn get_dashboard(
    facility: String,
    range: String,
    metric: String,
    compare: String,
) -> Result<Zoned<DashboardView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let asked = services::savings::Asked::read(&range, &metric, &compare)?;
    let view = services::savings::dashboard(&ctx, &scope, &facility, asked).await?;
    let (zone, window) = (view.time_zone.clone(), view.window);
    Ok(Zoned::new(view, &zone, window.start, window.end.max(ctx.clock.now())))
}

/// How a figure of a range comes about; `figure` is its name, `range` and `metric` as for the dashboard.
#[server(endpoint = "savings/derivation", input = GetUrl)]
pub async fn get_derivation(
    facility: String,
    figure: String,
    metric: String,
    range: String,
) -> Result<Zoned<FigureView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let not_found = || ApiError::new(crate::error::Code::NotFound, "not found");
    let figure = domain::savings::derivation::Derived::parse(&figure).ok_or_else(not_found)?;
    let asked = services::savings::Asked::read(&range, &metric, "")?;
    let view = services::savings::derivation(&ctx, &scope, &facility, (figure, asked)).await?;
    let zone = view.time_zone.clone();
    let days = chrono::TimeDelta::days(1_000);
    Ok(Zoned::new(view, &zone, ctx.clock.now() - days, ctx.clock.now()))
}

/// What lies behind the savings of a range and ahead of them.
#[server(endpoint = "savings/insight", input = GetUrl)]
pub async fn get_insight(facility: String, range: String, metric: String) -> Result<InsightView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let asked = services::savings::Asked::read(&range, &metric, "")?;
    Ok(services::savings::insight(&ctx, &scope, &facility, asked).await?)
}

/// The running day beyond its figures; none where frames have nothing to go on from.
#[server(endpoint = "savings/running", input = GetUrl)]
pub async fn get_running(facility: String, metric: String) -> Result<Option<Running>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let asked = services::savings::Asked::read("", &metric, "")?;
    Ok(services::savings::running(&crate::caller::context()?, &scope, &facility, asked.metric).await?)
}

/// Savings on other bases than the one that is billed; `range` empty for the reporting period to date, `end_use` where the measure
/// is, and four figures of the plant in the order of the form, empty where they are not stated.
#[server(endpoint = "savings/bases", input = GetUrl)]
pub async fn get_bases(
    facility: String,
    range: String,
    metric: String,
    end_use: String,
    plant: [String; 4],
) -> Result<BasesView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let plant = plant.each_ref().map(String::as_str);
    let asked = services::savings::AskedBases::read(&range, &metric, &end_use, plant)?;
    Ok(services::savings::bases(&crate::caller::context()?, &scope, &facility, &asked).await?)
}

/// Every facility of the caller beside each other; `range` and `metric` as for the dashboard.
#[server(endpoint = "savings/portfolio", input = GetUrl)]
pub async fn get_portfolio(range: String, metric: String) -> Result<PortfolioView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let asked = services::savings::Asked::read(&range, &metric, "")?;
    Ok(services::savings::portfolio(&crate::caller::context()?, &scope, asked).await?)
}

/// What a day's figures were computed from.
#[server(endpoint = "savings/day", input = GetUrl)]
pub async fn get_savings_day(
    facility: String,
    metric: String,
    day: NaiveDate,
) -> Result<Zoned<DerivationView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let not_found = || ApiError::new(crate::error::Code::NotFound, "not found");
    let metric = domain::baseline::MetricType::parse(&metric).ok_or_else(not_found)?;
    let view = services::savings::day(&ctx, &scope, &facility, metric, day).await?;
    let zone = view.time_zone.clone();
    let around = chrono::TimeDelta::days(2);
    let at = day.and_time(chrono::NaiveTime::MIN).and_utc();
    Ok(Zoned::new(view, &zone, at - around, ctx.clock.now().max(at) + around))
}

/// A quarter hour of a day, with the readings behind it; `start` is its beginning in UTC.
#[server(endpoint = "savings/quarter", input = GetUrl)]
pub async fn get_savings_quarter(
    facility: String,
    metric: String,
    day: String,
    start: String,
) -> Result<Zoned<QuarterView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let not_found = || ApiError::new(crate::error::Code::NotFound, "not found");
    let metric = domain::baseline::MetricType::parse(&metric).ok_or_else(not_found)?;
    let day: NaiveDate = day.parse().map_err(|_| not_found())?;
    let start: chrono::DateTime<chrono::Utc> = start.parse().map_err(|_| not_found())?;
    let view = services::savings::quarter(&ctx, &scope, &facility, (metric, day), start).await?;
    let (zone, around) = (view.time_zone.clone(), chrono::TimeDelta::hours(1));
    Ok(Zoned::new(view, &zone, start - around, start + around))
}
