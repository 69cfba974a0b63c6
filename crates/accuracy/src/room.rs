//! A closed room in steps of a quarter of an hour: light, heat, moisture, and what keeps them where they should be.

use crate::equipment::{Cooling, Equipment};
use crate::leaf::{LATENT, leaf_area, transpiration};
use crate::plan::{Crop, Room, Stage};
use crate::weather::{Air, saturated};

/// Seconds of a step.
pub(crate) const STEP: f64 = 900.0;

/// How a room is built and how large its equipment is.
#[derive(Clone, Copy)]
pub(crate) struct Shell {
    /// Installed photons over recipe at full light.
    pub(crate) lamp_reserve: f64,
    /// Photons that reach the canopy out of those emitted.
    pub(crate) utilisation: f64,
    /// Total cooling at 35 °C per canopy, kW/m².
    pub(crate) cooling: f64,
    /// Water that dehumidifiers can take, g/s per m².
    pub(crate) dehumidifier: f64,
    /// W/K per m² of canopy.
    pub(crate) conductance: f64,
    /// How much of the outdoor temperature the hall around the room follows.
    pub(crate) exposure: f64,
    /// Air changes per hour.
    pub(crate) leakage: f64,
    /// Setpoint by day, °C.
    pub(crate) day: f64,
    /// How much cooler by night, K.
    pub(crate) setback: f64,
    /// kJ/K per m² of canopy.
    pub(crate) inertia: f64,
}

/// What the room remembers.
#[derive(Clone, Copy)]
pub(crate) struct State {
    temperature: f64,
    humidity: f64,
    target: f64,
    part: f64,
    /// Heat of the dehumidifiers, kW.
    drying_heat: f64,
}

impl State {
    pub(crate) const START: Self =
        Self { temperature: 22.0, humidity: 9.0, target: 22.0, part: 0.5, drying_heat: 0.0 };
}

/// The recipe's µmol/m²/s at a time of the wall clock.
pub(crate) fn recipe(room: &Room, crop: &Crop, clock: f64) -> f64 {
    if (clock - room.lights_on).rem_euclid(24.0) < crop.hours { crop.light } else { 0.0 }
}

/// Power in kW of one step, and the state after it.
///
/// `wider` is how much the room has grown since its equipment for air was chosen.
pub(crate) fn step(
    (room, shell, wider): (&Room, &Shell, f64),
    crop: Option<&Crop>,
    clock: f64,
    outside: Air,
    with: &Equipment,
    state: &mut State,
) -> f64 {
    let around = shell.exposure * outside.temperature + (1.0 - shell.exposure) * 22.0;
    let Some(crop) = crop else { return empty(room, shell, around, with, outside, state) };
    let ppfd = recipe(room, crop, clock);
    let photons = ppfd * crop.canopy / shell.utilisation;
    let full = room.light * shell.lamp_reserve * wider * room.canopy / shell.utilisation;
    let lamps = with.lamps.power(photons, full);
    let radiation = ppfd * (0.218 + with.lamps.infrared);
    let (bare, slope) = transpiration(radiation, leaf_area(crop.age, crop.stage == Stage::Flower));

    let lit = ppfd > 0.0;
    let wanted = shell.day + crop.warmer - if lit { 0.0 } else { shell.setback };
    state.target += 0.25 * (wanted - state.target);
    let fans = with.cooling.fan(room.canopy, state.part) + 0.007 * crop.canopy;
    let leak = 4.0 * room.canopy * 1.2 * shell.leakage / 3600.0;
    let evaporating = crop.canopy * (bare + slope * (saturated(state.temperature) - state.humidity)).max(0.0);
    let gains = lamps + fans + state.drying_heat - evaporating * LATENT / 1000.0
        + (shell.conductance * room.canopy / 1000.0 + leak * 1.006) * (around - state.temperature);
    let mass = shell.inertia * room.canopy / STEP;
    let needed = gains + mass * (state.temperature - state.target);

    // The coil works at a dew point of 8 °C: the drier the air, the less of its work is water.
    let rated = shell.cooling * room.canopy;
    let able = Cooling::capacity(rated, outside.temperature);
    let wet = LATENT / 1000.0 * (state.humidity - saturated(8.0)).max(0.0)
        / (1.006 * (state.temperature - 8.0).max(6.0));
    let sensible = needed.max(0.0).min(able / (1.0 + wet));
    let total = sensible * (1.0 + wet);
    let over_coil = sensible / (1.006 * (state.temperature - 8.0).max(6.0));
    let too_cold = (needed + mass).min(0.0).abs();
    let heat = too_cold.min(0.25 * room.canopy);
    state.temperature += (gains - sensible + heat) / mass;

    let drying = dry(room, shell, crop, [bare, slope, leak, over_coil], outside, with, state);
    state.part = 0.5 * state.part + 0.5 * total / able;
    lamps
        + fans
        + drying
        + with.cooling.power(total, rated, outside.temperature)
        + with.heating(heat, 0.12 * room.canopy, outside.temperature)
}

/// Moves the moisture of the room by one step; power of the dehumidifiers in kW.
fn dry(
    room: &Room,
    shell: &Shell,
    crop: &Crop,
    [bare, slope, leak, over_coil]: [f64; 4],
    outside: Air,
    with: &Equipment,
    state: &mut State,
) -> f64 {
    let limit = match crop.stage {
        Stage::Veg => 0.66,
        Stage::Flower => 0.58 - 0.10 * crop.progress,
    };
    let at_saturation = saturated(state.temperature);
    let stored = 4.0 * room.canopy * 1.2 * 3.0 / STEP;
    let slope = slope * crop.canopy;
    let exchange = stored + slope + leak + over_coil;
    let floating = (stored * state.humidity
        + bare * crop.canopy
        + slope * at_saturation
        + leak * outside.humidity
        + over_coil * saturated(8.0))
        / exchange;
    let taken = ((floating - limit * at_saturation) * exchange).clamp(0.0, shell.dehumidifier * room.canopy);
    state.humidity = (floating - taken / exchange).clamp(3.0, at_saturation);
    let relative = state.humidity / at_saturation;
    let litres_per_kwh = with.dehumidifier * (0.35 + 1.08 * relative).clamp(0.6, 1.2);
    let power = taken * 3.6 / litres_per_kwh;
    state.drying_heat = 0.5 * state.drying_heat + 0.5 * (power + taken * LATENT / 1000.0);
    power
}

/// Between two crops: no light, fans low, kept above 16 °C.
fn empty(room: &Room, shell: &Shell, around: f64, with: &Equipment, outside: Air, state: &mut State) -> f64 {
    let mass = shell.inertia * room.canopy / STEP;
    let flow = shell.conductance * room.canopy / 1000.0 * (around - state.temperature);
    state.temperature += flow / mass;
    let heat = ((16.0 - state.temperature) * mass).clamp(0.0, 0.1 * room.canopy);
    state.temperature += heat / mass;
    state.humidity += 0.1 * (outside.humidity.min(saturated(state.temperature)) - state.humidity);
    state.target = state.temperature;
    state.drying_heat = 0.0;
    state.part = 0.3;
    0.002 * room.canopy + with.heating(heat, 0.12 * room.canopy, outside.temperature)
}
