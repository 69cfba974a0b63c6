//! A bay of a glasshouse in steps of a quarter of an hour: sun and lamps, vents, screens and electric heat.

use crate::equipment::Equipment;
use crate::leaf::{LATENT, leaf_area, transpiration};
use crate::plan::{Crop, Room};
use crate::room::STEP;
use crate::weather::{Air, saturated};

/// How a glasshouse is built.
#[derive(Clone, Copy)]
pub(crate) struct Glass {
    /// Share of light that comes through.
    transmission: f64,
    /// W/K per m² of floor by day; a screen halves it in the night.
    conductance: f64,
    /// Installed lamps, µmol/m²/s.
    lamps: f64,
    /// Sun under which lamps may burn, µmol/m²/s on the canopy.
    threshold: f64,
    day: f64,
    night: f64,
    /// Air changes per hour of shut vents.
    leakage: f64,
    /// Floor area over canopy.
    floor: f64,
    /// Heat of the heat pump at 7 °C, kW per m² of floor.
    heat_pump: f64,
}

impl Glass {
    pub(crate) fn draw(draw: &mut crate::random::Draw) -> Self {
        Self {
            transmission: draw.uniform(0.55, 0.72),
            conductance: draw.uniform(4.5, 6.5),
            lamps: draw.uniform(180.0, 260.0),
            threshold: draw.uniform(250.0, 400.0),
            day: draw.uniform(20.0, 22.5),
            night: draw.uniform(16.0, 18.5),
            leakage: draw.uniform(0.4, 0.9),
            floor: draw.uniform(1.15, 1.35),
            heat_pump: draw.uniform(0.10, 0.16),
        }
    }
}

/// Light that comes through when nobody has measured it.
const STATED_TRANSMISSION: f64 = 0.63;

impl Glass {
    /// mol per m² of canopy that the grower's rule for lamps calls for under a day's sun, hour by hour: within the lamp
    /// hours, under little sun, until the day's light is reached. `hours` are wall clock and sun in W/m².
    ///
    /// The rule and the lamps are those of the baseline, whatever stands there later; the glass lets through what its
    /// builder states.
    pub(crate) fn called_for(
        &self,
        room: &Room,
        crop: &Crop,
        hours: impl Iterator<Item = (f64, f64)>,
    ) -> f64 {
        let (mut light, mut lamps) = (0.0, 0.0);
        for (clock, sun) in hours {
            let natural = sun * STATED_TRANSMISSION * 0.45 * 4.57;
            let within = (clock - room.lights_on).rem_euclid(24.0) < crop.hours;
            let lamp =
                if within && natural <= self.threshold && light < crop.light { self.lamps } else { 0.0 };
            light += (natural + lamp) * 3600.0 / 1e6;
            lamps += lamp * 3600.0 / 1e6;
        }
        lamps
    }
}

/// What the bay remembers.
#[derive(Clone, Copy)]
pub(crate) struct State {
    temperature: f64,
    humidity: f64,
    target: f64,
    /// Light on the canopy since midnight, mol/m².
    light: f64,
}

impl State {
    pub(crate) const START: Self = Self { temperature: 19.0, humidity: 9.0, target: 19.0, light: 0.0 };

    pub(crate) fn begin_day(&mut self) {
        self.light = 0.0;
    }
}

/// Power in kW of one step, and the state after it.
pub(crate) fn step(
    (room, glass): (&Room, &Glass),
    crop: Option<&Crop>,
    clock: f64,
    outside: Air,
    with: &Equipment,
    state: &mut State,
) -> f64 {
    let floor = room.canopy * glass.floor;
    let shade = if outside.sun > 700.0 { 0.75 } else { 1.0 };
    let sun = outside.sun * glass.transmission * shade;
    // 45 % of sunlight is photosynthetic, at 4.57 µmol/J.
    let natural = sun * 0.45 * 4.57;
    let lamp = crop.map_or(0.0, |crop| supplement(glass, room, crop, clock, natural, with, state));
    state.light += (natural + lamp) * STEP / 1e6;
    let canopy = crop.map_or(0.0, |crop| crop.canopy);
    let lamps = with.lamps.power(lamp * canopy / 0.9, glass.lamps * room.canopy / 0.9);
    let radiation = sun + lamp * (0.218 + with.lamps.infrared);
    let (bare, slope) = crop.map_or((0.0, 0.0), |crop| transpiration(radiation, leaf_area(crop.age, false)));

    let dark = natural < 5.0;
    let wanted = match crop {
        None => 10.0,
        Some(crop) if dark && lamp == 0.0 => glass.night + crop.warmer,
        Some(crop) => glass.day + crop.warmer,
    };
    state.target += 0.15 * (wanted - state.target);
    let fans = 0.0035 * canopy;
    let deficit = (saturated(state.temperature) - state.humidity).max(0.0);
    let vapour = canopy * (bare + slope * deficit);
    let conductance = glass.conductance * if dark { 0.55 } else { 1.0 } * floor / 1000.0;
    let leak = 5.0 * floor * 1.2 * glass.leakage / 3600.0;

    // Vents open to dry the air, then to cool it; an opened vent costs heat.
    let moist = 0.83 * saturated(state.temperature);
    let stored = 5.0 * floor * 1.2 * 2.0 / STEP;
    let humidity = state.humidity + (vapour + leak * (outside.humidity - state.humidity)) / stored;
    let largest = 5.0 * floor * 1.2 * 35.0 / 3600.0;
    let drier = (state.humidity - outside.humidity).max(0.5);
    let drying = ((humidity - moist) * stored / drier).clamp(0.0, 0.15 * largest);
    let mass = 95.0 * floor / STEP;
    let gains = lamps + fans + 0.82 * sun * floor / 1000.0 - vapour * LATENT / 1000.0
        + (conductance + (leak + drying) * 1.006) * (outside.temperature - state.temperature);
    let warm = gains + mass * (state.temperature - state.target - 3.0);
    let cooler = (state.temperature - outside.temperature).max(1.0);
    let cooling = (warm / (1.006 * cooler)).clamp(0.0, largest - drying);
    let heat = (-(gains + mass * (state.temperature - state.target))).clamp(0.0, 0.3 * floor);
    let through = cooling * 1.006 * (outside.temperature - state.temperature);
    state.temperature = (state.temperature + (gains + heat + through) / mass).clamp(-5.0, 45.0);
    let vented = drying + cooling;
    let replaced = (vented / (vented + stored)).min(1.0);
    state.humidity =
        (humidity + replaced * (outside.humidity - humidity)).clamp(1.0, saturated(state.temperature));

    let open = vented / largest;
    let exhaust = 0.009 * floor * (open - 0.3).max(0.0).powf(1.5);
    lamps + fans + exhaust + with.heating(heat, glass.heat_pump * floor, outside.temperature)
}

/// What the lamps add, µmol/m²/s: within the lamp hours, under little sun, until the day's light is reached.
fn supplement(
    glass: &Glass,
    room: &Room,
    crop: &Crop,
    clock: f64,
    natural: f64,
    with: &Equipment,
    state: &State,
) -> f64 {
    let within = (clock - room.lights_on).rem_euclid(24.0) < crop.hours;
    if !within || natural > glass.threshold || state.light >= crop.light {
        return 0.0;
    }
    if with.lamps.dims { (glass.threshold + 60.0 - natural).clamp(20.0, glass.lamps) } else { glass.lamps }
}
