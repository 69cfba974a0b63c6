//! P11: bytes on the wire of one watched facility over a day, against the same fields as compact JSON.

use domain::envelope::Envelope;
use domain::id::{FacilityId, GatewayId, PointId};
use domain::live::{LivePoint, Message, Snapshot};
use domain::point::PointSpec;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;
use services::live::{FacilityUpdate, Hub, LiveReading, LiveSource};
use std::time::Duration;
use twin::history::{Plan, write};
use twin::simulation::Simulation;
use uuid::Uuid;

/// 2026-06-01T00:00:00Z, and a day of readings every five seconds after it.
const FROM_MS: i64 = 1_780_272_000_000;
const DAY_MS: i64 = 86_400_000;
const STEP_MS: i64 = 5_000;
/// A browser that comes back every hour gets as many snapshots.
const FRAMES_A_SNAPSHOT: usize = 720;

/// Measures both, and checks that a reader of our frames ends with the very readings that were sent.
pub(crate) fn bytes_a_day() -> anyhow::Result<()> {
    let (points, envelopes) = day_of_the_twin()?;
    let (facility, gateway) = (FacilityId(Uuid::now_v7()), GatewayId(Uuid::now_v7()));
    let sources: Vec<LiveSource> = points.iter().map(|point| source(point, gateway)).collect();
    let hub = Hub::new(Duration::ZERO);
    let mut reader = hub.open(facility, &sources);
    let Message::Snapshot(mut state) = Message::decode(&reader.snapshot)? else {
        anyhow::bail!("no snapshot")
    };
    let (mut ours, mut theirs, mut frames) = (0, 0, 0_usize);
    for readings in envelopes.iter().flat_map(ticks) {
        if frames % FRAMES_A_SNAPSHOT == 0 {
            ours += hub.join(facility).map_or(0, |joined| joined.snapshot.len());
            theirs += serde_json::to_vec(&json!({"snapshot": state}))?.len();
        }
        hub.publish(&FacilityUpdate { facility, gateway, readings: readings.clone() });
        let frame = reader.frames.try_recv()?;
        let Message::Delta(delta) = Message::decode(&frame)? else { anyhow::bail!("no delta") };
        state.apply(&delta)?;
        check(&state, &sources, &readings)?;
        ours += frame.len();
        theirs += as_json(&state, &delta.changes.iter().map(|c| c.index).collect::<Vec<_>>())?;
        frames += 1;
    }
    let updates = frames as f64;
    println!(
        "{}",
        json!({"id": "P11", "what": "bytes of a day of live frames, ours / compact JSON", "ratio": ours as f64 / theirs as f64,
               "must": 0.35, "aim": 0.10, "lower_is_better": true, "rounds": [],
               "detail": {"points": points.len(), "frames": frames, "bytes_a_frame": ours as f64 / updates,
                          "json_bytes_a_frame": theirs as f64 / updates}})
    );
    Ok(())
}

fn day_of_the_twin() -> anyhow::Result<(Vec<PointSpec>, Vec<Envelope>)> {
    let mut simulation = Simulation::warmed(twin::facility::Name::Flower, 1, None, FROM_MS, None);
    let points = twin::describe::describe(simulation.spec(), "meter:502", "site").points;
    let plan = Plan {
        from_ms: FROM_MS,
        to_ms: FROM_MS + DAY_MS,
        step_ms: STEP_MS,
        minutes_from_ms: i64::MAX,
        map_version: 1,
        points: points.clone(),
    };
    let mut bytes = Vec::new();
    write(&mut simulation, &plan, &mut bytes)?;
    let (mut rest, mut envelopes) = (&bytes[..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (envelope, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        envelopes.push(Envelope::decode(envelope)?);
        rest = after;
    }
    Ok((points, envelopes))
}

/// The readings of each tick.
fn ticks(envelope: &Envelope) -> impl Iterator<Item = Vec<LiveReading>> {
    envelope.ticks.iter().enumerate().map(|(row, &at_ms)| {
        let reading = |c: &domain::envelope::Column| {
            Some(LiveReading { channel: c.channel, at_ms, raw: c.values[row]? })
        };
        envelope.columns.iter().filter_map(reading).collect()
    })
}

fn source(point: &PointSpec, gateway: GatewayId) -> LiveSource {
    let live = LivePoint {
        id: PointId(Uuid::now_v7()),
        name: point.name.clone(),
        zone: point.zone.clone(),
        metric: point.metric,
        end_use: point.end_use,
        decimals: point.decimals,
        interval_ms: point.interval_ms,
        raw: None,
        at_ms: 0,
    };
    LiveSource { point: live, channel: Some((gateway, point.channel)) }
}

fn check(state: &Snapshot, sources: &[LiveSource], readings: &[LiveReading]) -> anyhow::Result<()> {
    for reading in readings {
        let position = sources.iter().position(|s| s.channel.is_some_and(|(_, c)| c == reading.channel));
        let held = position.map(|p| (state.points[p].raw, state.points[p].at_ms));
        anyhow::ensure!(held == Some((Some(reading.raw), reading.at_ms)), "{reading:?} arrived as {held:?}");
    }
    Ok(())
}

/// Length of the same change as compact JSON.
fn as_json(state: &Snapshot, changed: &[usize]) -> anyhow::Result<usize> {
    let change = |&index: &usize| {
        let point = &state.points[index];
        json!({"index": index, "value": point.value().and_then(|v| v.to_f64()), "at_ms": point.at_ms})
    };
    let changes: Vec<_> = changed.iter().map(change).collect();
    Ok(serde_json::to_vec(&json!({"topic": state.topic, "seq": state.seq, "changes": changes}))?.len())
}
