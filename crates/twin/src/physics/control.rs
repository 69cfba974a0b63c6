//! The grower's controller: once a minute, proportional bands around the setpoints. Dehumidifiers switch one by one.

use super::air;
use super::room::{Controls, Equipment, Outdoor, RoomSpec, RoomState};

/// Minutes a dehumidifier runs or rests at least.
const DEHUM_WAIT_MIN: u8 = 5;
/// Share of a full substrate that the crop may use before the next shot.
const DRY_DOWN: f64 = 0.12;
/// Water of a shot, share of a full substrate; what goes beyond full runs off.
const SHOT: f64 = 0.15;
/// Minutes of pumping per shot: the meter sees the shot's energy, not its instant.
const SHOT_MINUTES: f64 = 4.0;

/// One irrigation shot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shot {
    /// Water given, L.
    pub given_l: f64,
    /// Water that ran off, L.
    pub drained_l: f64,
    /// Energy of the pump, Wh.
    pub pump_wh: f64,
}

/// What is asked of a room at one minute.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// The photoperiod is on and a crop is in the room.
    pub light: bool,
    /// A crop is in the room.
    pub growing: bool,
    /// Wanted light, µmol·m⁻²·s⁻¹.
    pub ppfd: f64,
}

fn band(value: f64, from: f64, width: f64) -> f64 {
    ((value - from) / width).clamp(0.0, 1.0)
}

/// Sets every actuator for the next minute, and moves the dehumidifier sequencer.
pub fn controls(room: &RoomSpec, e: &Equipment, s: &mut RoomState, o: &Outdoor, demand: Demand) -> Controls {
    let wanted_c = if demand.light { room.setpoints.day_c } else { room.setpoints.night_c };
    let humidity = air::relative_humidity(s.celsius, s.vapour);
    s.dehum_units = dehumidifiers(room, e, s, humidity, demand.growing);

    let greenhouse = room.shell.sun_area > 0.0;
    let shade = if greenhouse { 0.5 * band(s.celsius, wanted_c + 4.0, 3.0) } else { 0.0 };
    let cool = if e.cool_w > 0.0 { band(s.celsius, wanted_c - 0.5, 2.0) } else { 0.0 };
    // Damp air is vented only as far as the heater can follow.
    let damp = 0.12 * band(humidity, room.setpoints.humidity, 8.0) * band(o.celsius, -15.0, 15.0);
    let vent = band(s.celsius, wanted_c + 2.0, 5.0).max(damp);
    let load = cool.max(vent).max(if demand.light { 0.6 } else { 0.35 });
    let wanted_co2 = if demand.light { room.setpoints.co2_ppm } else { 0.0 };
    Controls {
        lamp: lamp(room, e, o, shade, demand),
        cool,
        heat: band(-s.celsius, 1.0 - wanted_c, 1.5),
        dehum_units: s.dehum_units,
        fan: if e.fan_follows { load } else { 1.0 },
        vent: if room.shell.vent_max > 0.0 { vent } else { 0.0 },
        co2: band(-air::co2_ppm(s.celsius, s.co2), -wanted_co2, 100.0) * (1.0 - band(vent, 0.1, 0.2)),
        screen: if o.irradiance < 5.0 { 1.0 } else { 0.0 },
        shade,
    }
}

fn lamp(room: &RoomSpec, e: &Equipment, o: &Outdoor, shade: f64, demand: Demand) -> f64 {
    if !demand.light {
        return 0.0;
    }
    let full = room.lamp_ppfd(e);
    let sun = room.sun_ppfd(o, shade);
    if room.shell.sun_area == 0.0 || e.lamp_dims {
        return ((demand.ppfd - sun) / full).clamp(0.0, 1.0);
    }
    // A relay and a light sensor: on while the sun gives less than the growers want.
    if sun < demand.ppfd { 1.0 } else { 0.0 }
}

fn dehumidifiers(room: &RoomSpec, e: &Equipment, s: &mut RoomState, humidity: f64, growing: bool) -> u8 {
    let running = s.dehum_units.min(e.dehum_units);
    if !growing {
        return 0;
    }
    if s.dehum_wait > 0 {
        s.dehum_wait -= 1;
        return running;
    }
    let above = humidity - room.setpoints.humidity;
    let next = if running < e.dehum_units && above > 1.5 * f64::from(running) {
        running + 1
    } else if running > 0 && above < 1.5 * f64::from(running - 1) - 3.0 {
        running - 1
    } else {
        running
    };
    if next != running {
        s.dehum_wait = DEHUM_WAIT_MIN;
    }
    next
}

/// Gives a shot when the substrate has dried down with lights on, or anyway when it is far too dry.
pub fn irrigate(room: &RoomSpec, s: &mut RoomState, demand: Demand) -> Option<Shot> {
    let full = room.substrate_l_m2;
    let limit = if demand.light { 1.0 - DRY_DOWN } else { 0.6 };
    if !demand.growing || s.water_l > limit * full {
        return None;
    }
    let given = SHOT * full;
    let drained = (s.water_l + given - full).max(0.0);
    s.water_l += given - drained;
    Some(Shot {
        given_l: given * room.canopy_m2,
        drained_l: drained * room.canopy_m2,
        pump_wh: room.pump_w * SHOT_MINUTES / 60.0,
    })
}
