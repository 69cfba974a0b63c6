//! What may enter: whole envelopes that may not are held in the quarantine with the reason given here.

use super::Window;
use super::known::Known;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::bucket::{Implausible, unknown_channel};
use domain::envelope::Envelope;

/// Readings later than this are not taken without a decision.
const LATE: TimeDelta = TimeDelta::days(45);
/// How far ahead of the server a gateway's clock may be.
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// Longest time from the first to the last reading of an envelope; also a constraint of the table.
const SPAN_MS: i64 = 3_600_000;
/// 2000-01-01: no facility has older readings, only clocks that were never set.
const HISTORY_BEGINS_MS: i64 = 946_684_800_000;

/// Why the envelope may not enter; none if it may.
pub(super) fn refusal(
    known: &Known,
    envelope: &Envelope,
    received_at: DateTime<Utc>,
    window: Window,
) -> Option<String> {
    let (&first, &last) = (envelope.ticks.first()?, envelope.ticks.last()?);
    if known.sender.revoked {
        return Some("The gateway's credentials are withdrawn.".to_owned());
    }
    if i64::from(envelope.map_version) > i64::from(known.sender.map_version) {
        return Some(format!(
            "Made with version {} of the point map; the newest is {}.",
            envelope.map_version, known.sender.map_version
        ));
    }
    if let Some(channel) = unknown_channel(&known.channels, envelope) {
        return Some(format!("Channel {channel} is not in the point map."));
    }
    if last.saturating_sub(first) > SPAN_MS {
        return Some("Its readings span more than one hour.".to_owned());
    }
    let received = received_at.timestamp_millis();
    let oldest = match window {
        Window::Live => received - LATE.num_milliseconds(),
        Window::History => HISTORY_BEGINS_MS,
    };
    if first < oldest || last > received + EARLY.num_milliseconds() {
        let outside = if first < oldest { first } else { last };
        return Some(format!(
            "Time out of window: a reading of {}, received {}.",
            readable(outside),
            received_at.to_rfc3339_opts(SecondsFormat::Secs, true)
        ));
    }
    None
}

/// Why a single reading is held.
pub(super) fn implausible(reading: &Implausible) -> String {
    if reading.too_high { "Above the highest plausible value." } else { "Below the lowest plausible value." }
        .to_owned()
}

fn readable(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map_or_else(|| format!("{ms} ms"), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
