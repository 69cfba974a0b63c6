//! Past readings, as a gateway would have sent them: the same devices, the same points, the same envelopes.

#[cfg(test)]
mod tests;

use crate::devices::meter::Reading;
use crate::devices::sensor::{self, Device};
use crate::noise::Stream;
use crate::simulation::Simulation;
use chrono::NaiveDate;
use domain::envelope::{Column, Envelope};
use domain::point::{PointSpec, Source};
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write as _;
use std::io::Write;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// What an envelope spans at the most: ingest takes no longer ones.
const ENVELOPE_MS: i64 = 3_600_000;

/// What to write.
#[derive(Clone, Debug)]
pub struct Plan {
    /// First reading, ms since 1970.
    pub from_ms: i64,
    /// No reading after this, ms since 1970.
    pub to_ms: i64,
    /// Time between readings, ms.
    pub step_ms: i64,
    /// From here on there is a reading every minute, ms since 1970.
    pub minutes_from_ms: i64,
    /// Version of the point map.
    pub map_version: u32,
    /// Points to read.
    pub points: Vec<PointSpec>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Envelopes.
    pub envelopes: u64,
    /// Readings.
    pub readings: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Why no history was written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A point that no device of this facility offers.
    #[error("point {channel} `{name}` is read from nothing that this facility has")]
    Unknown {
        /// Channel of the point.
        channel: u32,
        /// Name of the point.
        name: String,
    },
    /// The envelope breaks a rule of its format.
    #[error("an envelope cannot be packed: {0}")]
    Envelope(#[from] domain::envelope::DecodeError),
    /// The file cannot be written.
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
}

/// How a point is read.
struct Binding {
    channel: u32,
    /// Device whose outages the point shares.
    device: String,
    read: Read,
    /// Turns the device's number into a raw value.
    factor: f64,
}

enum Read {
    Register { meter: usize, register: u16 },
    Field { device: usize, pointer: String },
}

/// Writes every reading of `simulation` from the plan's start to its end as length-prefixed envelopes of an hour. The
/// simulation must stand at the start; it stands at the last reading afterwards.
pub fn write(
    simulation: &mut Simulation,
    plan: &Plan,
    out: &mut impl Write,
) -> Result<Written, HistoryError> {
    let devices = sensor::devices(simulation.spec());
    let mut bindings =
        plan.points.iter().map(|point| bind(simulation, &devices, point)).collect::<Result<Vec<_>, _>>()?;
    bindings.sort_by_key(|binding| binding.channel);
    let outages = Outages { seed: simulation.state().seed, quiet_from_ms: plan.to_ms - 3 * DAY_MS };

    let mut written = Written::default();
    let (mut tick, mut step_ms) = (plan.from_ms, plan.step_ms);
    while tick <= plan.to_ms {
        let (mut ticks, mut rows) = (Vec::new(), Vec::new());
        let envelope_end = tick.div_euclid(ENVELOPE_MS) * ENVELOPE_MS + ENVELOPE_MS;
        while tick < envelope_end && tick <= plan.to_ms {
            simulation.advance(tick);
            if !outages.at("gateway", 75.0, tick) {
                ticks.push(tick);
                rows.push(row(simulation, &devices, &bindings, &outages, tick, step_ms));
            }
            step_ms = if tick >= plan.minutes_from_ms { MINUTE_MS } else { plan.step_ms };
            tick += step_ms;
        }
        let Some(&last) = ticks.last() else { continue };
        let column = |(index, binding): (usize, &Binding)| Column {
            channel: binding.channel,
            values: rows.iter().map(|row| row[index]).collect(),
        };
        let envelope = Envelope {
            map_version: plan.map_version,
            boot: plan.from_ms.cast_unsigned() << 16 & i64::MAX.cast_unsigned(),
            seq: written.envelopes + 1,
            sent_at_ms: last + 1_000,
            columns: bindings.iter().enumerate().map(column).collect(),
            ticks,
        };
        envelope.check()?;
        let bytes = envelope.encode();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&bytes)?;
        written.envelopes += 1;
        written.readings += envelope.samples() as u64;
        written.bytes += 4 + u64::from(length);
    }
    out.flush()?;
    Ok(written)
}

fn bind(simulation: &Simulation, devices: &[Device], point: &PointSpec) -> Result<Binding, HistoryError> {
    let spec = simulation.spec();
    let found = match &point.source {
        Some(Source::Modbus { unit, register, scale, .. }) => spec
            .meters
            .iter()
            .position(|meter| meter.unit == *unit)
            .map(|meter| (format!("meter-{unit}"), Read::Register { meter, register: *register }, scale)),
        Some(Source::Mqtt { topic, pointer, scale, .. }) => devices
            .iter()
            .position(|device| topic.ends_with(&format!("{}/{}", spec.slug, device.topic)))
            .map(|device| {
                (devices[device].name.clone(), Read::Field { device, pointer: pointer.clone() }, scale)
            }),
        None => None,
    };
    found
        .map(|(device, read, scale)| Binding {
            channel: point.channel,
            device,
            read,
            factor: scale.to_f64().unwrap_or(1.0) * 10f64.powi(i32::from(point.decimals)),
        })
        .ok_or_else(|| HistoryError::Unknown { channel: point.channel, name: point.name.clone() })
}

fn row(
    simulation: &Simulation,
    devices: &[Device],
    bindings: &[Binding],
    outages: &Outages,
    at_ms: i64,
    step_ms: i64,
) -> Vec<Option<i64>> {
    let spec = simulation.spec();
    let meters: Vec<Reading> =
        spec.meters.iter().map(|meter| Reading::of(simulation, meter, at_ms)).collect();
    let messages: Vec<_> =
        devices.iter().map(|device| device.fields(simulation, at_ms - step_ms, at_ms)).collect();
    let value = |binding: &Binding| {
        if outages.at(&binding.device, 60.0, at_ms) {
            return None;
        }
        let number = match &binding.read {
            Read::Register { meter, register } => f64::from(meters[*meter].parameter(*register)?),
            Read::Field { device, pointer } => {
                messages[*device].as_ref()?.iter().find(|field| field.pointer == pointer)?.number()?
            }
        };
        Some(crate::numbers::round(number * binding.factor))
    };
    bindings.iter().map(value).collect()
}

/// Real histories have holes. A device is silent for 3 to 12 hours once in `days` days, the gateway likewise; never in
/// the last three days, so that the present joins on.
struct Outages {
    seed: u64,
    quiet_from_ms: i64,
}

impl Outages {
    fn at(&self, device: &str, days: f64, at_ms: i64) -> bool {
        let stream = Stream::new(self.seed, device);
        let day = at_ms.div_euclid(DAY_MS);
        if at_ms >= self.quiet_from_ms || stream.uniform(3 * day) >= 1.0 / days {
            return false;
        }
        let hour = at_ms.rem_euclid(DAY_MS) as f64 / 3.6e6;
        let start = 12.0 * stream.uniform(3 * day + 1);
        (start..start + 3.0 + 9.0 * stream.uniform(3 * day + 2)).contains(&hour)
    }
}

/// The crop plan of the local days [from, until) as CSV: what each room's recipe calls for, a line for each run of days
/// that are alike. A room between two crops has no line.
pub fn crop_plan_csv(simulation: &Simulation, from: NaiveDate, until: NaiveDate) -> String {
    let mut out = String::from("zone,from,until,stage,canopy_m2,photoperiod_h,ppfd\n");
    for (index, room) in simulation.spec().rooms.iter().enumerate() {
        let recipe = |day: NaiveDate| {
            let since_1970 = (day - NaiveDate::default()).num_days();
            simulation.recipe(index, since_1970).map(|ppfd| format!("{ppfd:.1}"))
        };
        let mut run: Option<(NaiveDate, String)> = None;
        for day in from.iter_days().take_while(|day| *day <= until) {
            let asked = recipe(day).filter(|_| day < until);
            if run.as_ref().map(|(_, ppfd)| ppfd) == asked.as_ref() {
                continue;
            }
            if let Some((start, ppfd)) = run.take() {
                let hours = f64::from(room.photoperiod_min) / 60.0;
                // Writing to a string cannot fail.
                let _ = writeln!(
                    out,
                    "{},{start},{day},{},{},{hours},{ppfd}",
                    room.slug, room.stage, room.canopy_m2
                );
            }
            run = asked.map(|ppfd| (day, ppfd));
        }
    }
    out
}

/// Harvests that went over a scale as CSV: dry flower, or fresh heads of produce.
pub fn harvests_csv(simulation: &Simulation) -> String {
    let mut out = String::from("zone,day,crop,cycle,dry_g,wet_g\n");
    let spec = simulation.spec();
    for harvest in simulation.state().harvests.iter().filter(|h| h.weighed_g > 0.0) {
        let at = chrono::DateTime::from_timestamp_millis(harvest.at_ms).unwrap_or_default();
        let day = domain::local_time::day_of(spec.time_zone, at);
        let fresh = spec.rooms.iter().any(|r| r.slug == harvest.zone && r.stage == "produce");
        let grams = format!("{:.0}", harvest.weighed_g);
        let (dry, wet) = if fresh { ("", grams.as_str()) } else { (grams.as_str(), "") };
        let crop = harvest.crop.replace(", ", " ");
        let _ = writeln!(out, "{},{day},{crop},{},{dry},{wet}", harvest.zone, harvest.cycle);
    }
    out
}
