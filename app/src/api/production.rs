//! What a facility grows.

use super::Zoned;
use crate::error::ApiError;
use domain::production::compare::CompareView;
use domain::production::view::ProductionView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The production page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductionPage {
    /// Cycles, plan and equipment.
    pub production: ProductionView,
    /// Whether the reader may import.
    pub may_import: bool,
}

/// Crop cycles, crop plan and equipment of a facility.
#[server(endpoint = "production/get", input = GetUrl)]
pub async fn get_production(facility: String) -> Result<Zoned<ProductionPage>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let production = services::production::view(&ctx, &scope, &facility).await?;
    let (zone, now) = (production.time_zone.clone(), ctx.clock.now());
    let page = ProductionPage { production, may_import: caller.may(domain::access::Permission::ImportData) };
    Ok(Zoned::new(page, &zone, now, now))
}

/// Two rooms or crop cycles beside each other; empty sides and an empty range choose.
#[server(endpoint = "production/compare", input = GetUrl)]
pub async fn get_compare(
    facility: String,
    a: String,
    b: String,
    range: String,
) -> Result<CompareView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let asked = services::production::Asked { a, b, range };
    Ok(services::production::compare(&crate::caller::context()?, &scope, &facility, &asked).await?)
}
