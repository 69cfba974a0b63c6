//! Who is behind a request of the REST interface, and how often they may ask.

use super::problem::{Answered, Problem, too_many};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use domain::id::TokenId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use services::Context;
use services::tokens::{Bearer, resolve};
use std::num::NonZero;
use std::sync::Arc;

/// Requests of one token in a minute, to each process that serves.
pub const PER_MINUTE: NonZero<u32> = NonZero::<u32>::MIN.saturating_add(119);

/// What handlers need. Cheap enough to clone.
#[derive(Clone)]
pub struct Rest {
    /// What use cases need.
    pub ctx: Context,
    asked: Arc<DefaultKeyedRateLimiter<TokenId>>,
}

impl Rest {
    /// Nobody has asked yet.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, asked: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_MINUTE))) }
    }

    /// Counts a request.
    fn count(&self, token: TokenId) -> Answered<()> {
        let refused = self.asked.check_key(&token).err();
        let Some(until) = refused else { return Ok(()) };
        let wait = until.wait_time_from(DefaultClock::default().now());
        // Whole seconds, so that whoever waits them is not refused once more.
        Err(too_many(wait.as_secs() + 1))
    }
}

/// Whoever sent the token of this request. A cookie does not make one.
#[derive(Clone, Debug)]
pub struct Asker(pub Bearer);

impl FromRequestParts<Rest> for Asker {
    type Rejection = Box<Problem>;

    async fn from_request_parts(parts: &mut Parts, rest: &Rest) -> Answered<Self> {
        let bearer = known(&parts.headers, rest).await?;
        rest.count(bearer.token)?;
        Ok(Self(bearer))
    }
}

async fn known(headers: &HeaderMap, rest: &Rest) -> Answered<Bearer> {
    let Some(secret) = secret(headers) else {
        let detail = "Send a token: Authorization: Bearer gs_…. Owners make them in the portal under Tokens.";
        return Err(unknown(detail, "Bearer realm=\"gainshare\""));
    };
    resolve(&rest.ctx, secret).await?.ok_or_else(|| {
        let detail =
            "This token is unknown, has expired or was taken back. Owners make new ones under Tokens.";
        unknown(detail, "Bearer realm=\"gainshare\", error=\"invalid_token\"")
    })
}

fn unknown(detail: &str, challenge: &str) -> Box<Problem> {
    Problem::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, challenge)
}

/// The secret of the header `Authorization: Bearer`, whose scheme may be written in either case.
fn secret(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
