//! A facility in time: rooms stepped by the minute, crops planted and harvested, energy counted.

#[cfg(test)]
mod tests;

use crate::facility::{FacilitySpec, Name};
use crate::noise::Stream;
use crate::physics::air;
use crate::physics::control::{self, Demand};
use crate::physics::crop::Schedule;
use crate::physics::room::{Controls, Flows, OUTDOOR_CO2, Outdoor, RoomSpec, RoomState, STEP_S};
use crate::weather::{Interpolated, Synthetic, Weather};
use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike, Utc};
use domain::point::EndUse;
use serde::{Deserialize, Serialize};

/// Milliseconds of a step.
pub const STEP_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Simulated before the first reading, so that every crop has grown in its room: longer than any cycle.
const WARM_UP_MS: i64 = 70 * DAY_MS;
/// Time between two weighings of one harvest; longer than a history's tick, so that none hides another.
const WEIGHING_MS: i64 = 20 * 60_000;

/// Energy, gas and water counted since the warm-up, and the state of every room. This is all that a run carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Slug of the facility.
    pub facility: String,
    /// Seed of all noise.
    pub seed: u64,
    /// When the retrofit took effect, ms since 1970; none before it.
    pub retrofit_ms: Option<i64>,
    /// Simulated up to here, ms since 1970; a multiple of a minute.
    pub at_ms: i64,
    /// Rooms in the order of the specification.
    pub rooms: Vec<RoomState>,
    /// Counters.
    pub counters: Counters,
    /// Harvests since the warm-up.
    pub harvests: Vec<Harvest>,
    /// Weighings of those harvests, by time.
    pub weighings: Vec<Weighing>,
}

/// True consumption since the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Lamps, Wh.
    pub lighting_wh: f64,
    /// Fans, cooling and electric heat, Wh.
    pub hvac_wh: f64,
    /// Dehumidifiers, Wh.
    pub dehumidification_wh: f64,
    /// Pumps, Wh.
    pub irrigation_wh: f64,
    /// Whole facility, Wh.
    pub total_wh: f64,
    /// Each room's panel, Wh.
    pub rooms_wh: Vec<f64>,
    /// Gas burnt, Wh.
    pub gas_wh: f64,
    /// Irrigation water, L.
    pub water_l: f64,
}

/// One crop taken out of a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Harvest {
    /// Slug of the room.
    pub zone: String,
    /// What grew.
    pub crop: String,
    /// Number of the cycle since 1970.
    pub cycle: i64,
    /// Days from planting to harvest.
    pub days: i64,
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Shoot dry mass, g.
    pub dry_g: f64,
    /// What the scale shows of it, g (dry flower, or fresh heads); 0 for plants that moved on.
    pub weighed_g: f64,
}

/// One load on the scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighing {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Weight, g.
    pub grams: f64,
}

/// Conditions of a room as its sensors would see them without error.
#[derive(Clone, Copy, Debug)]
pub struct RoomView {
    /// Air, °C.
    pub celsius: f64,
    /// Relative humidity, %.
    pub humidity: f64,
    /// CO₂, ppm.
    pub co2_ppm: f64,
    /// Light at canopy, µmol·m⁻²·s⁻¹.
    pub ppfd: f64,
    /// Water content of the substrate, % of its volume.
    pub moisture: f64,
    /// Energy of its panel since the warm-up, Wh.
    pub energy_wh: f64,
    /// Power of its panel, W.
    pub power_w: f64,
}

/// What interpolation needs of the state a minute ago.
#[derive(Clone, Debug)]
struct Frame {
    at_ms: i64,
    rooms: Vec<RoomState>,
    counters: Counters,
}

impl From<&State> for Frame {
    fn from(state: &State) -> Self {
        Self { at_ms: state.at_ms, rooms: state.rooms.clone(), counters: state.counters.clone() }
    }
}

/// A running facility.
#[derive(Clone, Debug)]
pub struct Simulation {
    spec: FacilitySpec,
    weather: Interpolated,
    state: State,
    before: Frame,
    flows: Vec<Flows>,
    outdoor: Outdoor,
}

impl Simulation {
    /// A facility that has run for a full crop cycle before `at_ms` (a multiple of a minute) and whose counters
    /// start there.
    pub fn warmed(
        name: Name,
        seed: u64,
        retrofit_ms: Option<i64>,
        at_ms: i64,
        weather: Option<Weather>,
    ) -> Self {
        let spec = name.spec();
        let start = at_ms - WARM_UP_MS;
        let day = local(&spec, start).0;
        let rooms = spec.rooms.iter().map(|room| fresh(room, day)).collect();
        let state = State {
            facility: spec.slug.to_owned(),
            seed,
            retrofit_ms,
            at_ms: start,
            counters: Counters { rooms_wh: vec![0.0; spec.rooms.len()], ..Counters::default() },
            rooms,
            harvests: Vec::new(),
            weighings: Vec::new(),
        };
        let mut simulation = Self::assemble(spec, state, weather);
        simulation.advance(at_ms);
        let rooms_wh = vec![0.0; simulation.spec.rooms.len()];
        simulation.state.counters = Counters { rooms_wh, ..Counters::default() };
        simulation.state.harvests.clear();
        simulation.state.weighings.retain(|weighing| weighing.at_ms >= at_ms);
        simulation.before = Frame::from(&simulation.state);
        simulation
    }

    /// Goes on from a saved state; none when it is not one of `name`.
    pub fn resumed(name: Name, state: State, weather: Option<Weather>) -> Option<Self> {
        let spec = name.spec();
        let fits = state.facility == spec.slug
            && state.rooms.len() == spec.rooms.len()
            && state.counters.rooms_wh.len() == spec.rooms.len()
            && state.at_ms.rem_euclid(STEP_MS) == 0;
        fits.then(|| Self::assemble(spec, state, weather))
    }

    fn assemble(spec: FacilitySpec, state: State, weather: Option<Weather>) -> Self {
        let weather = weather.unwrap_or_else(|| Weather::Synthetic(Synthetic::new(spec.climate, state.seed)));
        let mut weather = Interpolated::new(weather);
        let outdoor = weather.at(state.at_ms);
        let flows = vec![Flows::default(); spec.rooms.len()];
        Self { spec, weather, before: Frame::from(&state), state, flows, outdoor }
    }

    /// The facility as built.
    pub fn spec(&self) -> &FacilitySpec {
        &self.spec
    }

    /// The state at the end of the last whole minute.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its weather.
    pub fn weather(&self) -> &Weather {
        self.weather.hourly()
    }

    /// Mean flows of every room in the last minute.
    pub fn flows(&self) -> &[Flows] {
        &self.flows
    }

    /// Runs whole minutes until `at_ms` lies within the last of them. Earlier times do nothing.
    pub fn advance(&mut self, at_ms: i64) {
        while self.state.at_ms < at_ms {
            self.before = Frame::from(&self.state);
            self.minute();
        }
    }

    fn minute(&mut self) {
        let at_ms = self.state.at_ms;
        let (day, minute, weekday) = local(&self.spec, at_ms);
        self.outdoor = self.weather.at(at_ms + STEP_MS / 2);
        let retrofitted = self.state.retrofit_ms.is_some_and(|retrofit| at_ms >= retrofit);
        let hours = STEP_S / 3_600.0;
        for index in 0..self.spec.rooms.len() {
            self.plant_and_harvest(index, day, at_ms);
            let room = &self.spec.rooms[index];
            let equipment = &room.equipment[usize::from(retrofitted)];
            let demand = demand(room, self.state.seed, day, minute);
            let state = &mut self.state.rooms[index];
            let controls: Controls = control::controls(room, equipment, state, &self.outdoor, demand);
            let (next, flows) = room.step(equipment, state, &controls, &self.outdoor);
            *state = next;
            let shot = control::irrigate(room, state, demand).unwrap_or_default();

            let counters = &mut self.state.counters;
            let electric_heat = if self.spec.boiler.is_none() { flows.heat_w } else { 0.02 * flows.heat_w };
            let hvac = (flows.fan_w + flows.cool_power_w + electric_heat) * hours;
            counters.lighting_wh += flows.lamp_w * hours;
            counters.hvac_wh += hvac;
            counters.dehumidification_wh += flows.dehum_w * hours;
            counters.irrigation_wh += shot.pump_wh;
            counters.water_l += shot.given_l;
            let room_wh = (flows.lamp_w + flows.dehum_w) * hours + hvac + shot.pump_wh;
            counters.rooms_wh[index] += room_wh;
            counters.total_wh += room_wh;
            if let Some(efficiency) = self.spec.boiler {
                counters.gas_wh += flows.heat_w * hours / efficiency;
            }
            self.flows[index] = flows;
        }
        let office = weekday && (480..1_080).contains(&minute);
        let misc = self.spec.base_w + if office { self.spec.office_w } else { 0.0 };
        self.state.counters.total_wh += misc * hours;
        self.state.at_ms += STEP_MS;
    }

    fn plant_and_harvest(&mut self, index: usize, day: i64, at_ms: i64) {
        let room = &self.spec.rooms[index];
        let state = &mut self.state.rooms[index];
        let growing = room.schedule.day_in_cycle(day).is_some();
        if growing && state.dry_g <= 0.0 {
            state.dry_g = room.crop.planted_g;
            state.water_l = room.substrate_l_m2;
        } else if !growing && state.dry_g > 0.0 {
            let dry_g = state.dry_g * room.canopy_m2;
            let weighed_g = dry_g * room.crop.weighed_per_dry;
            state.dry_g = 0.0;
            self.state.harvests.push(Harvest {
                zone: room.slug.to_owned(),
                crop: room.crop.name.to_owned(),
                cycle: room.schedule.cycle(day),
                days: room.schedule.grow_days,
                at_ms,
                dry_g,
                weighed_g,
            });
            // The scale is used from nine in the morning.
            let first = at_ms + room.crop.weighed_after_days * DAY_MS + 9 * 3_600_000;
            let totes = (weighed_g / room.crop.tote_g).ceil();
            for tote in 0..crate::numbers::round(totes) {
                let at_ms = first + tote * WEIGHING_MS + 7_000;
                self.state.weighings.push(Weighing { at_ms, grams: weighed_g / totes });
            }
            self.state.weighings.sort_by_key(|weighing| weighing.at_ms);
        }
    }

    fn part(&self, at_ms: i64) -> f64 {
        let span = (self.state.at_ms - self.before.at_ms).max(1) as f64;
        ((at_ms - self.before.at_ms) as f64 / span).clamp(0.0, 1.0)
    }

    /// A counter at an instant of the last minute: linear within it.
    pub fn counter(&self, at_ms: i64, of: impl Fn(&Counters) -> f64) -> f64 {
        let (a, b) = (of(&self.before.counters), of(&self.state.counters));
        a + self.part(at_ms) * (b - a)
    }

    /// Mean power of the last minute, W.
    pub fn power(&self, of: impl Fn(&Counters) -> f64) -> f64 {
        let hours = (self.state.at_ms - self.before.at_ms) as f64 / 3.6e6;
        if hours <= 0.0 { 0.0 } else { (of(&self.state.counters) - of(&self.before.counters)) / hours }
    }

    /// A room at an instant of the last minute.
    pub fn room(&self, index: usize, at_ms: i64) -> RoomView {
        let (a, b) = (&self.before.rooms[index], &self.state.rooms[index]);
        let part = self.part(at_ms);
        let mix = |a: f64, b: f64| a + part * (b - a);
        let celsius = mix(a.celsius, b.celsius);
        RoomView {
            celsius,
            humidity: air::relative_humidity(celsius, mix(a.vapour, b.vapour)),
            co2_ppm: air::co2_ppm(celsius, mix(a.co2, b.co2)),
            ppfd: self.flows[index].ppfd,
            // A full substrate is 65 % water.
            moisture: 65.0 * mix(a.water_l, b.water_l) / self.spec.rooms[index].substrate_l_m2,
            energy_wh: self.counter(at_ms, |c| c.rooms_wh[index]),
            power_w: self.power(|c| c.rooms_wh[index]),
        }
    }

    /// Light that a room's recipe calls for on a local day since 1970, µmol·m⁻²·s⁻¹; none while it is empty.
    pub fn recipe(&self, room: usize, day: i64) -> Option<f64> {
        let room = &self.spec.rooms[room];
        let demand = demand(room, self.state.seed, day, room.lights_on_min);
        demand.growing.then_some(demand.ppfd)
    }

    /// Weather in the middle of the last minute.
    pub fn outdoor(&self) -> Outdoor {
        self.outdoor
    }

    /// The last weighing after `after_ms` and not after `at_ms`.
    pub fn weighing(&self, after_ms: i64, at_ms: i64) -> Option<&Weighing> {
        self.state.weighings.iter().rev().find(|w| w.at_ms <= at_ms).filter(|w| w.at_ms > after_ms)
    }
}

/// The counter that a meter of this end use reads.
pub fn energy(end_use: EndUse) -> fn(&Counters) -> f64 {
    match end_use {
        EndUse::Total => |c| c.total_wh,
        EndUse::Lighting => |c| c.lighting_wh,
        EndUse::Hvac => |c| c.hvac_wh,
        EndUse::Dehumidification => |c| c.dehumidification_wh,
        EndUse::Irrigation => |c| c.irrigation_wh,
    }
}

/// Local day since 1970, minute of the local day, and whether it is a weekday.
fn local(spec: &FacilitySpec, at_ms: i64) -> (i64, u32, bool) {
    let utc = DateTime::<Utc>::from_timestamp_millis(at_ms).unwrap_or_default().naive_utc();
    let offset = spec.time_zone.offset_from_utc_datetime(&utc).fix();
    let time = utc + offset;
    let day = (at_ms + i64::from(offset.local_minus_utc()) * 1_000).div_euclid(DAY_MS);
    (day, time.num_seconds_from_midnight() / 60, time.weekday().num_days_from_monday() < 5)
}

fn demand(room: &RoomSpec, seed: u64, day: i64, minute: u32) -> Demand {
    let age = room.schedule.day_in_cycle(day);
    let growing = age.is_some();
    let since_on = (minute + 1_440 - room.lights_on_min) % 1_440;
    // Growers do not ask for the same light in every cycle, and start flowering plants gently.
    let cycle = room.schedule.cycle(day);
    let taste = 1.0 + 0.05 * (2.0 * Stream::new(seed, room.slug).uniform(cycle) - 1.0);
    let ramp = match age {
        Some(age) if room.stage != "produce" => (0.7 + 0.3 * age as f64 / 14.0).min(1.0),
        _ => 1.0,
    };
    Demand {
        light: growing && since_on < room.photoperiod_min,
        growing,
        ppfd: room.setpoints.ppfd * taste * ramp,
    }
}

/// A guess at a room in the middle of its cycle; the warm-up replaces it by grown crops.
fn fresh(room: &RoomSpec, day: i64) -> RoomState {
    let Schedule { grow_days, .. } = room.schedule;
    let dry_g = room.schedule.day_in_cycle(day).map_or(0.0, |age| {
        let part = age as f64 / grow_days as f64;
        room.crop.planted_g * (room.crop.expected_g / room.crop.planted_g).powf(part)
    });
    let celsius = room.setpoints.night_c;
    RoomState {
        celsius,
        mass_c: celsius,
        vapour: 0.6 * air::saturation_density(celsius),
        co2: air::co2_density(celsius, OUTDOOR_CO2),
        dry_g,
        water_l: room.substrate_l_m2,
        dehum_units: 0,
        dehum_wait: 0,
    }
}
