//! Sending what is due. Several servers may do so at the same time.

use crate::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::webhooks::view::Attempt;
use domain::webhooks::{DeliveryState, again, signed_content};
use futures_util::future::join_all;
use integrations::webhook::{Answer, Sender};
use ring::hmac;
use store::webhooks::{self as stored, Due};

/// Deliveries sent at once.
const BATCH: i64 = 20;
/// How long a server has to send before another one may.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Nothing taken for so long stops an endpoint.
const STOP_AFTER: TimeDelta = TimeDelta::days(5);
/// “Gone”: the receiver wants nothing any more.
const GONE: u16 = 410;

/// What sending came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Deliveries that were taken.
    pub delivered: usize,
    /// Tries that failed.
    pub failed: usize,
}

/// Sends what is due, side by side, so that a receiver that is slow keeps none of the others waiting.
///
/// # Errors
/// When the database fails.
pub async fn send_due(ctx: &Context, sender: &Sender) -> Result<Outcome> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::hand_on(&mut tx, now).await?;
    let due = stored::take(&mut tx, now, now + LEASE, BATCH).await?;
    tx.commit().await?;
    let tries = due.iter().map(|one| attempt(ctx, sender, one));
    let mut outcome = Outcome::default();
    for (one, (attempt, answer)) in due.iter().zip(join_all(tries).await) {
        match attempt.error {
            None => outcome.delivered += 1,
            Some(_) => outcome.failed += 1,
        }
        noted(ctx, one, &attempt, answer).await?;
    }
    Ok(outcome)
}

/// One try with its answer.
async fn attempt(ctx: &Context, sender: &Sender, due: &Due) -> (Attempt, Option<Answer>) {
    let (at, began) = (ctx.clock.now(), std::time::Instant::now());
    let headers = headers(due, at);
    let answer = sender.send(&due.url, &due.payload, &headers).await;
    let took_ms = i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX);
    let error = match &answer {
        Ok(answer) if (200..300).contains(&answer.status) => None,
        Ok(answer) => Some(format!("answered {}", answer.status)),
        Err(error) => Some(error.clone()),
    };
    let answer = answer.ok();
    (Attempt { at, status: answer.as_ref().map(|a| a.status.into()), took_ms, error }, answer)
}

/// Identifier, time and signatures: one for each secret that counts.
fn headers(due: &Due, at: DateTime<Utc>) -> [(&'static str, String); 3] {
    let (id, timestamp) = (due.id.to_string(), at.timestamp());
    let content = signed_content(&id, timestamp, &due.payload);
    let secrets = [Some(&due.secret), due.old_secret.as_ref()].into_iter().flatten();
    let signatures: Vec<String> =
        secrets.map(|secret| format!("v1,{}", signature(secret, &content))).collect();
    [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

/// HMAC-SHA256 by the bytes behind `whsec_`, in Base64.
fn signature(secret: &str, content: &str) -> String {
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).unwrap_or_default();
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), content.as_bytes()))
}

async fn noted(ctx: &Context, due: &Due, attempt: &Attempt, answer: Option<Answer>) -> Result<()> {
    let asked = answer.as_ref().and_then(|a| a.retry_after_s).map(|s| TimeDelta::seconds(s.into()));
    let gone = answer.is_some_and(|answer| answer.status == GONE);
    let next = again(due.tries.unsigned_abs(), asked).filter(|_| !gone);
    let state = match (&attempt.error, next) {
        (None, _) => DeliveryState::Delivered,
        (Some(_), Some(_)) => DeliveryState::Waiting,
        (Some(_), None) => DeliveryState::Failed,
    };
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::tried(&mut tx, due, attempt, (state, next.map(|wait| now + wait))).await?;
    if attempt.error.is_some() && stored::stop(&mut tx, due.endpoint, gone, now - STOP_AFTER).await? {
        tracing::warn!(endpoint = %due.endpoint, gone, "a webhook endpoint was stopped");
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that Standard Webhooks publishes with its libraries.
    #[test]
    fn it_signs_as_the_standard_says() {
        let content =
            signed_content("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        let signed = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &content);
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
