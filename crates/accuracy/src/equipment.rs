//! Lamps, coils, dehumidifiers, fans and heaters: what they draw at which load.

use crate::random::Draw;

/// Lamps with their drivers or ballasts.
#[derive(Clone, Copy)]
pub(crate) struct Lamps {
    /// µmol/J at full output, driver included.
    efficacy: f64,
    /// How efficacy moves as the lamp is dimmed to nothing: down for discharge lamps, up for LED.
    droop: f64,
    /// Infrared radiation on the leaves per photon, J/µmol.
    pub(crate) infrared: f64,
    /// Discharge lamps in a greenhouse are switched; LED follow the sun.
    pub(crate) dims: bool,
}

impl Lamps {
    /// Power in kW for `photons` in µmol/s out of fixtures that give `full` at most.
    pub(crate) fn power(&self, photons: f64, full: f64) -> f64 {
        if photons <= 0.0 || full <= 0.0 {
            return 0.0;
        }
        let dim = photons / full;
        let driver = 1.025 * dim / (dim + 0.025);
        photons / (self.efficacy * (1.0 + self.droop * (1.0 - dim)) * driver) / 1000.0
    }
}

/// A compressor with its coil, condenser and fan.
#[derive(Clone, Copy)]
pub(crate) struct Cooling {
    /// Cooling per power at 35 °C outside and full load.
    cop: f64,
    /// Below this outdoor temperature head pressure control lets COP rise no more, °C.
    head: f64,
    variable_speed: bool,
    /// Outdoor temperature below which water cools without a compressor, if at all, °C.
    free_below: Option<f64>,
    /// Air over the coil, kW of fan per m² of canopy.
    fan: f64,
}

impl Cooling {
    /// Largest total cooling in kW of a unit rated `rated` kW at 35 °C.
    pub(crate) fn capacity(rated: f64, outside: f64) -> f64 {
        rated * (1.0 - 0.008 * (outside - 35.0)).clamp(0.6, 1.25)
    }

    /// Power in kW for `load` kW of cooling.
    pub(crate) fn power(&self, load: f64, rated: f64, outside: f64) -> f64 {
        if load <= 0.0 {
            return 0.0;
        }
        let part = (load / Self::capacity(rated, outside)).min(1.0);
        let lift = 41.0 / (outside.max(self.head) + 6.0);
        let loading = if self.variable_speed {
            0.80 + 0.95 * part - 0.75 * part * part - 0.12 * (-8.0 * part).exp()
        } else {
            1.0 - 0.22 * (1.0 - part)
        };
        let free = self.free_below.map_or(0.0, |below| ((below - outside) / 8.0).clamp(0.0, 0.9));
        let compressor = load * (1.0 - free) / (self.cop * lift.powf(0.7) * loading);
        compressor + 0.05 * load * free
    }

    /// Fan power in kW over `canopy` m² when the coil is loaded to `part`.
    pub(crate) fn fan(&self, canopy: f64, part: f64) -> f64 {
        let speed = if self.variable_speed { part.clamp(0.45, 1.0) } else { 1.0 };
        self.fan * canopy * speed.powf(2.6)
    }
}

/// All that a retrofit replaces.
#[derive(Clone, Copy)]
pub(crate) struct Equipment {
    pub(crate) lamps: Lamps,
    pub(crate) cooling: Cooling,
    /// Litres per kWh of the dehumidifiers at 27 °C and 60 %.
    pub(crate) dehumidifier: f64,
    /// Heat per power at 7 °C outside; one of an electric heater.
    heat_cop: f64,
}

impl Equipment {
    /// Power in kW for `load` kW of heat; `capacity` is what the heat pump gives at 7 °C.
    pub(crate) fn heating(&self, load: f64, capacity: f64, outside: f64) -> f64 {
        if self.heat_cop <= 1.0 {
            return load;
        }
        let able = capacity * (1.0 + 0.022 * (outside - 7.0)).clamp(0.35, 1.3);
        let frost = if (-3.0..5.0).contains(&outside) { 0.92 } else { 1.0 };
        let cop = (self.heat_cop * frost * (1.0 + 0.027 * (outside - 7.0)).clamp(0.5, 1.45)).max(1.0);
        load.min(able) / cop + (load - able).max(0.0)
    }

    /// What stands there before: discharge lamps or early LED, cycling compressors.
    pub(crate) fn old(draw: &mut Draw, greenhouse: bool) -> Self {
        let lamps = if greenhouse || draw.chance(0.7) {
            Lamps { efficacy: draw.uniform(1.6, 1.85), droop: -0.35, infrared: 0.19, dims: false }
        } else {
            Lamps { efficacy: draw.uniform(1.95, 2.25), droop: 0.06, infrared: 0.03, dims: true }
        };
        let cooling = Cooling {
            cop: draw.uniform(2.4, 3.0),
            head: draw.uniform(14.0, 20.0),
            variable_speed: false,
            free_below: draw.chance(0.2).then(|| draw.uniform(4.0, 9.0)),
            fan: draw.uniform(0.018, 0.032),
        };
        let heat_cop = if greenhouse { draw.uniform(2.3, 2.8) } else { 1.0 };
        Self { lamps, cooling, dehumidifier: draw.uniform(1.5, 2.1), heat_cop }
    }

    /// What comes in its place.
    pub(crate) fn new(draw: &mut Draw, greenhouse: bool) -> Self {
        let efficacy = draw.uniform(2.7, 3.3);
        let cooling = Cooling {
            cop: draw.uniform(3.2, 4.2),
            head: draw.uniform(6.0, 12.0),
            variable_speed: true,
            free_below: draw.chance(0.4).then(|| draw.uniform(6.0, 12.0)),
            fan: draw.uniform(0.014, 0.024),
        };
        let heat_cop = if greenhouse { draw.uniform(3.2, 4.0) } else { draw.uniform(2.5, 3.5) };
        Self {
            lamps: Lamps { efficacy, droop: 0.10, infrared: 0.02, dims: true },
            cooling,
            dehumidifier: draw.uniform(2.5, 3.6),
            heat_cop,
        }
    }
}
