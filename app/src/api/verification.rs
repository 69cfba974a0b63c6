//! Verification of baselines, and the caller's second factor.

use super::Zoned;
use crate::error::ApiError;
use domain::id::BaselineId;
use domain::verification::VerificationView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// How the caller's second factor stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecurityView {
    /// There is none.
    Off,
    /// Begun, not confirmed.
    Begun {
        /// The secret, base32.
        secret: String,
        /// `otpauth://…`.
        uri: String,
        /// Modules on a side of its QR code, and the dark ones as an SVG path.
        qr: (u32, String),
    },
    /// It is asked for; so many recovery codes are left.
    On(i64),
}

/// The verification page of a baseline.
#[server(endpoint = "baselines/verification", input = GetUrl)]
pub async fn get_verification(
    facility: String,
    baseline: BaselineId,
) -> Result<Zoned<VerificationView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::verifications::view(&ctx, &caller, &facility, baseline).await?;
    let (zone, from) = (view.time_zone.clone(), view.summary.created_at);
    let until = view.invitations.iter().map(|i| i.expires_at).max().unwrap_or(from).max(ctx.clock.now());
    Ok(Zoned::new(view, &zone, from - chrono::TimeDelta::days(1), until + chrono::TimeDelta::days(1)))
}

/// How the caller's second factor stands.
#[server(endpoint = "security/get", input = GetUrl)]
pub async fn get_security() -> Result<SecurityView, ApiError> {
    let caller = crate::caller::caller().await?;
    use services::second_factor::{Status, status};
    Ok(match status(&crate::caller::context()?, &caller).await? {
        Status::Off => SecurityView::Off,
        Status::Begun(e) => SecurityView::Begun { secret: e.secret, uri: e.uri, qr: e.qr },
        Status::On(left) => SecurityView::On(left),
    })
}
