//! `/live`: the websocket of a page. Authorisation is checked at every subscription and again every few seconds, so
//! that whoever loses access loses the stream.

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use domain::id::FacilityId;
use domain::live::{FACILITIES_MAX, Message as Frame, Request};
use futures_util::stream::{BoxStream, SelectAll, StreamExt, unfold};
use services::live::Subscription;
use std::sync::Arc;
use std::time::Duration;

/// How often a socket asks whether its session still holds.
const RECHECK: Duration = Duration::from_secs(4);
/// A reader that takes no frame for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// One step of a watched facility.
enum Step {
    /// An encoded frame.
    Frame(Arc<[u8]>),
    /// Frames were missed or the facility's points changed: a new snapshot is due.
    Restart(FacilityId),
}

/// Why a socket ends.
struct Gone;

/// Serves one socket until the reader leaves or `allowed` says no. `subscribe` checks the permission and joins the
/// facility; its error is the sentence the reader sees.
pub async fn serve_socket<S, A>(mut socket: WebSocket, subscribe: S, allowed: A)
where
    S: AsyncFn(FacilityId) -> Result<Subscription, String>,
    A: AsyncFn() -> bool,
{
    let mut watched: SelectAll<BoxStream<'static, Step>> = SelectAll::new();
    let mut recheck = tokio::time::interval(RECHECK);
    loop {
        let outcome = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Binary(body))) => request(&mut socket, &mut watched, &subscribe, &body).await,
                Some(Ok(Message::Text(body))) => request(&mut socket, &mut watched, &subscribe, body.as_bytes()).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
            },
            Some(step) = watched.next(), if !watched.is_empty() => match step {
                Step::Frame(frame) => send(&mut socket, Bytes::from_owner(frame)).await,
                Step::Restart(facility) => join(&mut socket, &mut watched, &subscribe, facility).await,
            },
            _ = recheck.tick() => if allowed().await { Ok(()) } else { Err(Gone) },
        };
        if outcome.is_err() {
            return;
        }
    }
}

async fn request<S>(
    socket: &mut WebSocket,
    watched: &mut SelectAll<BoxStream<'static, Step>>,
    subscribe: &S,
    body: &[u8],
) -> Result<(), Gone>
where
    S: AsyncFn(FacilityId) -> Result<Subscription, String>,
{
    let facilities = match serde_json::from_slice(body) {
        Ok(Request::Subscribe(facilities)) if facilities.len() <= FACILITIES_MAX => facilities,
        _ => return refuse(socket, "The live request could not be read.".to_owned()).await,
    };
    watched.clear();
    for facility in facilities {
        join(socket, watched, subscribe, facility).await?;
    }
    Ok(())
}

async fn join<S>(
    socket: &mut WebSocket,
    watched: &mut SelectAll<BoxStream<'static, Step>>,
    subscribe: &S,
    facility: FacilityId,
) -> Result<(), Gone>
where
    S: AsyncFn(FacilityId) -> Result<Subscription, String>,
{
    match subscribe(facility).await {
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
