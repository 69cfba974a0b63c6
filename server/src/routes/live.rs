//! `/live`: the websocket of a page. Authorisation is checked at every subscription and again every few seconds, so
//! that whoever loses access loses the stream.

use crate::site::Site;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use domain::access::Permission;
use domain::id::FacilityId;
use domain::live::{FACILITIES_MAX, Message as Frame, Request};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, SelectAll, StreamExt, unfold};
use services::live::{Subscription, subscribe};
use services::token::Token;
use services::{Context, Error, sessions};
use std::sync::Arc;
use std::time::Duration;

/// How often a socket asks whether its session still holds.
const RECHECK: Duration = Duration::from_secs(4);
/// A reader that takes no frame for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes a reader may send at once: a subscription to every facility it may name.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Bytes kept for reading and writing per socket. The library's own choice of 128 kB a direction would be most of what
/// an idle socket costs.
const BUFFER_BYTES: usize = 2 * 1024;

/// `/live`.
pub fn routes(state: (Context, Site)) -> Router {
    Router::new().route("/live", any(upgrade)).with_state(state)
}

async fn upgrade(
    State((ctx, site)): State<(Context, Site)>,
    headers: HeaderMap,
    ws: WebSocketUpgrade,
) -> Response {
    let Some(token) = site.token(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    match sessions::resolve(&ctx, &token).await {
        Ok(Some(_)) => sized(ws).on_upgrade(move |socket| serve_socket(socket, access(ctx, token))),
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Asks for the session again each time.
fn access(ctx: Context, token: Token) -> Access {
    let joining = Arc::new((ctx, token));
    let asked = joining.clone();
    Access {
        subscribe: Box::new(move |facility| {
            let held = joining.clone();
            async move { join_as(&held.0, &held.1, facility).await }.boxed()
        }),
        allowed: Box::new(move || {
            let held = asked.clone();
            async move { matches!(sessions::resolve(&held.0, &held.1).await, Ok(Some(_))) }.boxed()
        }),
    }
}

/// What the caller holds is read anew, because a socket may outlive a role.
async fn join_as(ctx: &Context, token: &Token, facility: FacilityId) -> Result<Subscription, String> {
    let principal = sessions::resolve(ctx, token).await.ok().flatten();
    let scope = principal.and_then(|principal| principal.scope(Permission::ViewFacility).ok());
    let scope = scope.ok_or("You may not see this facility.")?;
    subscribe(ctx, &scope, facility).await.map_err(|error| match error {
        Error::NotFound => "You may not see this facility.".to_owned(),
        error => {
            tracing::error!(%error, %facility, "live values could not be read");
            "Live values are not available at the moment.".to_owned()
        }
    })
}

/// A socket with small buffers and a limit on what it accepts.
pub fn sized(ws: WebSocketUpgrade) -> WebSocketUpgrade {
    ws.read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES).max_message_size(REQUEST_BYTES_MAX)
}

/// One step of a watched facility.
enum Step {
    /// An encoded frame.
    Frame(Arc<[u8]>),
    /// Frames were missed or the facility's points changed: a new snapshot is due.
    Restart(FacilityId),
}

/// Why a socket ends.
struct Gone;

/// What a socket may do, asked again whenever it matters.
pub struct Access {
    /// Checks the permission and joins the facility; its error is the sentence the reader sees.
    pub subscribe: Box<dyn Fn(FacilityId) -> BoxFuture<'static, Result<Subscription, String>> + Send + Sync>,
    /// Whether the session still holds.
    pub allowed: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

/// Serves one socket until the reader leaves or may no longer look.
pub async fn serve_socket(mut socket: WebSocket, access: Access) {
    let mut watched: SelectAll<BoxStream<'static, Step>> = SelectAll::new();
    let mut recheck = tokio::time::interval(RECHECK);
    loop {
        let outcome = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Binary(body))) => request(&mut socket, &mut watched, &access, &body).await,
                Some(Ok(Message::Text(body))) => request(&mut socket, &mut watched, &access, body.as_bytes()).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
            },
            Some(step) = watched.next(), if !watched.is_empty() => match step {
                Step::Frame(frame) => send(&mut socket, Bytes::from_owner(frame)).await,
                Step::Restart(facility) => join(&mut socket, &mut watched, &access, facility).await,
            },
            _ = recheck.tick() => if (access.allowed)().await { Ok(()) } else { Err(Gone) },
        };
        if outcome.is_err() {
            return;
        }
    }
}

async fn request(
    socket: &mut WebSocket,
    watched: &mut SelectAll<BoxStream<'static, Step>>,
    access: &Access,
    body: &[u8],
) -> Result<(), Gone> {
    let facilities = match serde_json::from_slice(body) {
        Ok(Request::Subscribe(facilities)) if facilities.len() <= FACILITIES_MAX => facilities,
        _ => return refuse(socket, "The live request could not be read.".to_owned()).await,
    };
    watched.clear();
    for facility in facilities {
        join(socket, watched, access, facility).await?;
    }
    Ok(())
}

async fn join(
    socket: &mut WebSocket,
    watched: &mut SelectAll<BoxStream<'static, Step>>,
    access: &Access,
    facility: FacilityId,
) -> Result<(), Gone> {
    match (access.subscribe)(facility).await {
        Ok(Subscription { snapshot, frames }) => {
            send(socket, snapshot.into()).await?;
            let steps = unfold(Some(frames), move |frames| async move {
                let mut frames = frames?;
                match frames.recv().await {
                    Ok(frame) => Some((Step::Frame(frame), Some(frames))),
                    Err(_) => Some((Step::Restart(facility), None)),
                }
            });
            watched.push(steps.boxed());
            Ok(())
        }
        Err(reason) => refuse(socket, reason).await,
    }
}

async fn refuse(socket: &mut WebSocket, reason: String) -> Result<(), Gone> {
    send(socket, Frame::Refused(reason).encode().into()).await
}

async fn send(socket: &mut WebSocket, frame: Bytes) -> Result<(), Gone> {
    match tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Binary(frame))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}
