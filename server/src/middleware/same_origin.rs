//! Refuses requests that another site made a browser send.
//!
//! Server functions and forms have no token of their own against cross-site requests; this check is what they rely
//! on, beside the cookie's `SameSite=Lax`. Browsers set both headers themselves, and no page can change them.

use crate::site::Site;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets pass what reads, and what comes from our own pages.
pub async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let upgrade = headers.contains_key(header::UPGRADE);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let allowed = if upgrade {
        // A websocket is outside of what browsers protect by themselves, and always names its origin.
        origin_fits(headers, &site) == Some(true)
    } else {
        reads || from_our_pages(headers, &site)
    };
    if !allowed {
        tracing::warn!(method = %request.method(), origin = ?headers.get(header::ORIGIN), "cross-site request refused");
        return (StatusCode::FORBIDDEN, "This request came from another site.\n").into_response();
    }
    next.run(request).await
}

/// `Sec-Fetch-Site` decides where the browser sends it, which is always over TLS and on the machine itself; else
/// `Origin` does. A request with neither is not one of our pages'.
fn from_our_pages(headers: &HeaderMap, site: &Site) -> bool {
    match headers.get("sec-fetch-site") {
        Some(from) => from == "same-origin" || from == "none",
        None => origin_fits(headers, site) == Some(true),
    }
}

fn origin_fits(headers: &HeaderMap, site: &Site) -> Option<bool> {
    Some(headers.get(header::ORIGIN)?.as_bytes() == site.origin.as_bytes())
}
