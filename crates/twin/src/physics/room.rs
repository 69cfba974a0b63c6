//! One room or compartment: its build, its state, and one explicit Runge–Kutta step of a minute.
//!
//! Every flow between the stores is computed once per stage and weighted once, and each store's change is linear in
//! the flows. So what leaves one store enters another exactly, and the balances close to rounding. The fastest time
//! constant is the vapour of a fully vented greenhouse (about a minute); RK4 is stable up to 2.78 of them.

use super::{air, crop};
use crop::{Crop, Schedule};
use serde::{Deserialize, Serialize};

/// Length of a step, s.
pub const STEP_S: f64 = 60.0;
/// Share of lamp light that reaches the canopy.
const UTILISATION: f64 = 0.9;
/// Photons per joule of global sunlight, µmol·J⁻¹.
const SUN_UMOL_J: f64 = 2.1;
/// Share of the coil's air that passes it untouched.
const BYPASS: f64 = 0.1;

/// What of the room's shell exchanges heat and mass, totals for the room.
#[derive(Clone, Copy, Debug)]
pub struct Shell {
    /// Air volume, m³.
    pub volume: f64,
    /// Heat capacity that follows air temperature at once (air, leaves, benches), J·K⁻¹.
    pub air_heat: f64,
    /// Heat capacity of structure and floor, J·K⁻¹.
    pub mass_heat: f64,
    /// Air to outdoors, W·K⁻¹.
    pub air_loss: f64,
    /// Air to structure, W·K⁻¹.
    pub air_mass: f64,
    /// Structure to outdoors, W·K⁻¹.
    pub mass_loss: f64,
    /// Leakage, m³·s⁻¹.
    pub leakage: f64,
    /// Ventilation with vents fully open, m³·s⁻¹; 0 for closed rooms.
    pub vent_max: f64,
    /// Sunlit floor × transmission, m²; 0 for closed rooms.
    pub sun_area: f64,
    /// Share of outdoor light that reaches the canopy.
    pub sun_share: f64,
    /// Condensation on the cover, m³·s⁻¹ of air dried to the cover's saturation; 0 for closed rooms.
    pub cover_dry: f64,
}

/// Equipment that a retrofit replaces.
#[derive(Clone, Copy, Debug)]
pub struct Equipment {
    /// Photons per joule of electricity, µmol·J⁻¹.
    pub lamp_umol_j: f64,
    /// Installed lamp power, W·m⁻² of canopy.
    pub lamp_w_m2: f64,
    /// Share of lamp power that leaves as radiation towards the canopy.
    pub lamp_radiant: f64,
    /// Lamps fill up to the wanted PPFD instead of switching fully.
    pub lamp_dims: bool,
    /// Fans at full speed, W.
    pub fan_w: f64,
    /// Fans follow the load (cube law) instead of running on.
    pub fan_follows: bool,
    /// Rated cooling capacity at 35 °C outdoors, W; 0 without a cooling plant.
    pub cool_w: f64,
    /// Apparatus dew point of the coil, °C.
    pub coil_c: f64,
    /// Air through the coil at full stage, kg·s⁻¹.
    pub coil_air: f64,
    /// Coefficient of performance at 35 °C outdoors and full load.
    pub cop: f64,
    /// Dehumidifiers.
    pub dehum_units: u8,
    /// Water removed by one unit at 27 °C and 60 %, kg·s⁻¹.
    pub dehum_kg_s: f64,
    /// Litres removed per kWh at that rating.
    pub dehum_l_kwh: f64,
    /// Heater, W of heat.
    pub heat_w: f64,
    /// Share of the heat losses of the cover that the closed thermal screen saves.
    pub screen: f64,
}

/// Climate the grower asks for.
#[derive(Clone, Copy, Debug)]
pub struct Setpoints {
    /// Air temperature with lights on, °C.
    pub day_c: f64,
    /// Air temperature in the dark, °C.
    pub night_c: f64,
    /// Highest wanted relative humidity, %.
    pub humidity: f64,
    /// CO₂ with lights on, ppm.
    pub co2_ppm: f64,
    /// Light wanted at canopy while lamps are on, µmol·m⁻²·s⁻¹.
    pub ppfd: f64,
}

/// A room as built.
#[derive(Clone, Debug)]
pub struct RoomSpec {
    /// Stable key, e.g. `flower-1`.
    pub slug: &'static str,
    /// Name shown to people.
    pub name: &'static str,
    /// Growth stage of the facility file.
    pub stage: &'static str,
    /// Canopy area, m².
    pub canopy_m2: f64,
    /// Minute of local lights-on.
    pub lights_on_min: u32,
    /// Photoperiod, minutes.
    pub photoperiod_min: u32,
    /// What grows.
    pub crop: Crop,
    /// When it grows.
    pub schedule: Schedule,
    /// What the grower asks for.
    pub setpoints: Setpoints,
    /// Shell.
    pub shell: Shell,
    /// Water that the substrate holds when full, L·m⁻² of canopy.
    pub substrate_l_m2: f64,
    /// CO₂ dosing at full opening, kg·s⁻¹.
    pub co2_kg_s: f64,
    /// Pump while irrigating, W.
    pub pump_w: f64,
    /// Equipment before and after the retrofit.
    pub equipment: [Equipment; 2],
}

/// Outdoor conditions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outdoor {
    /// Air temperature, °C.
    pub celsius: f64,
    /// Vapour density, kg·m⁻³.
    pub vapour: f64,
    /// Global horizontal irradiance, W·m⁻².
    pub irradiance: f64,
    /// Wind, m·s⁻¹.
    pub wind: f64,
}

/// What the controller has set for the minute, each 0..1 of full.
#[derive(Clone, Copy, Debug, Default)]
pub struct Controls {
    /// Lamps.
    pub lamp: f64,
    /// Cooling stage.
    pub cool: f64,
    /// Heater.
    pub heat: f64,
    /// Running dehumidifiers.
    pub dehum_units: u8,
    /// Fan speed.
    pub fan: f64,
    /// Vent opening.
    pub vent: f64,
    /// CO₂ dosing.
    pub co2: f64,
    /// Thermal screen closed.
    pub screen: f64,
    /// Share of sunlight kept out by the shade screen.
    pub shade: f64,
}

/// State of a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// Air, °C.
    pub celsius: f64,
    /// Structure, °C.
    pub mass_c: f64,
    /// Water vapour, kg·m⁻³.
    pub vapour: f64,
    /// CO₂, kg·m⁻³.
    pub co2: f64,
    /// Dry mass of the crop, g·m⁻² of canopy.
    pub dry_g: f64,
    /// Water in the substrate, L·m⁻² of canopy.
    pub water_l: f64,
    /// Dehumidifiers running.
    pub dehum_units: u8,
    /// Minutes until the next dehumidifier may switch.
    pub dehum_wait: u8,
}

/// Flows during a step, averages for the room. Heat in W, into the room positive unless named after a sink.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flows {
    /// Electricity of lamps, W.
    pub lamp_w: f64,
    /// Electricity of fans, W.
    pub fan_w: f64,
    /// Electricity of dehumidifiers, W.
    pub dehum_w: f64,
    /// Electricity of the cooling plant, W; its heat leaves outdoors.
    pub cool_power_w: f64,
    /// Heat from the heater, W.
    pub heat_w: f64,
    /// Sunlight absorbed, W.
    pub sun_w: f64,
    /// Sensible heat taken by the coil, W.
    pub coil_w: f64,
    /// Water condensed by the coil, kg·s⁻¹.
    pub coil_kg: f64,
    /// Water condensed by dehumidifiers, kg·s⁻¹.
    pub dehum_kg: f64,
    /// Water condensed on the cover, kg·s⁻¹; its heat leaves outdoors.
    pub cover_kg: f64,
    /// Transpiration, kg·s⁻¹.
    pub transpired_kg: f64,
    /// Heat from outdoors through the shell into the air, W.
    pub shell_w: f64,
    /// Heat from outdoors into the structure, W.
    pub mass_shell_w: f64,
    /// Heat from the structure into the air, W.
    pub mass_w: f64,
    /// Heat that comes in with outdoor air, W.
    pub vent_w: f64,
    /// Vapour that comes in with outdoor air, kg·s⁻¹.
    pub vent_kg: f64,
    /// CO₂ that comes in with outdoor air, kg·s⁻¹.
    pub vent_co2: f64,
    /// CO₂ dosed, kg·s⁻¹.
    pub dosed_co2: f64,
    /// Net growth, g·s⁻¹ of dry mass.
    pub growth_g: f64,
    /// Light at canopy, µmol·m⁻²·s⁻¹.
    pub ppfd: f64,
}

/// CO₂ of outdoor air, ppm.
pub const OUTDOOR_CO2: f64 = 420.0;

impl RoomSpec {
    /// Light of the lamps at full power, µmol·m⁻²·s⁻¹.
    pub fn lamp_ppfd(&self, equipment: &Equipment) -> f64 {
        UTILISATION * equipment.lamp_umol_j * equipment.lamp_w_m2
    }

    /// Light of the sun at canopy, µmol·m⁻²·s⁻¹.
    pub fn sun_ppfd(&self, outdoor: &Outdoor, shade: f64) -> f64 {
        self.shell.sun_share * (1.0 - shade) * outdoor.irradiance * SUN_UMOL_J
    }

    /// All flows at one state.
    pub fn flows(&self, e: &Equipment, s: &RoomState, c: &Controls, o: &Outdoor) -> Flows {
        let (shell, canopy) = (&self.shell, self.canopy_m2);
        let lamp_w = c.lamp * e.lamp_w_m2 * canopy;
        let ppfd = c.lamp * self.lamp_ppfd(e) + self.sun_ppfd(o, c.shade);
        let sun_w = shell.sun_area * (1.0 - c.shade) * o.irradiance;
        let light = e.lamp_radiant * lamp_w / canopy + sun_w / canopy;
        let radiation = 0.85 * light * self.crop.interception(s.dry_g);
        let humidity = air::relative_humidity(s.celsius, s.vapour);

        let coil_air = c.cool * e.coil_air * (1.0 - BYPASS);
        let coil_w = (coil_air * air::AIR_HEAT_KG * (s.celsius - e.coil_c)).max(0.0);
        let coil_ratio = air::humidity_ratio(e.coil_c, air::saturation_density(e.coil_c));
        let coil_kg = (coil_air * (air::humidity_ratio(s.celsius, s.vapour) - coil_ratio)).max(0.0);

        // Capacity follows temperature and humidity of the air; power stays that of the rating.
        let dehum_full = f64::from(c.dehum_units) * e.dehum_kg_s;
        let dehum_factor = (1.0 + 0.02 * (s.celsius - 27.0) + 0.018 * (humidity - 60.0)).clamp(0.1, 1.5);
        let dehum_w = if e.dehum_l_kwh > 0.0 { dehum_full / e.dehum_l_kwh * 3.6e6 } else { 0.0 };

        let leak = shell.leakage * (0.5 + o.wind / 6.0) + c.vent * shell.vent_max;
        let cover_c = o.celsius + 0.35 * (s.celsius - o.celsius);
        let cover_kg = shell.cover_dry * (s.vapour - air::saturation_density(cover_c)).max(0.0);
        let co2_ppm = air::co2_ppm(s.celsius, s.co2);
        let deficit = air::deficit(s.celsius, s.vapour);

        Flows {
            lamp_w,
            fan_w: e.fan_w * c.fan.powi(3),
            dehum_w,
            cool_power_w: cooling_power(e, coil_w + air::LATENT * coil_kg, o.celsius),
            heat_w: c.heat * e.heat_w,
            sun_w,
            coil_w,
            coil_kg,
            dehum_kg: dehum_full * dehum_factor,
            cover_kg,
            transpired_kg: canopy * self.crop.transpiration(s.dry_g, ppfd, radiation, s.celsius, s.vapour),
            shell_w: shell.air_loss * (1.0 - e.screen * c.screen) * (o.celsius - s.celsius),
            mass_shell_w: shell.mass_loss * (o.celsius - s.mass_c),
            mass_w: shell.air_mass * (s.mass_c - s.celsius),
            vent_w: leak * air::AIR_HEAT * (o.celsius - s.celsius),
            vent_kg: leak * (o.vapour - s.vapour),
            vent_co2: leak * (air::co2_density(o.celsius, OUTDOOR_CO2) - s.co2),
            dosed_co2: c.co2 * self.co2_kg_s,
            growth_g: canopy * self.crop.growth(s.dry_g, ppfd, s.celsius, co2_ppm, deficit),
            ppfd,
        }
    }

    /// The state after `seconds` of constant flows. Sensible heat: evaporation takes it from the air, dehumidifiers
    /// give it back with their power, the coil takes its own share; growth binds what light brought.
    fn after(&self, s: &RoomState, f: &Flows, seconds: f64) -> RoomState {
        let shell = &self.shell;
        let heat = f.lamp_w
            + f.fan_w
            + f.dehum_w
            + f.heat_w
            + f.sun_w
            + f.shell_w
            + f.mass_w
            + f.vent_w
            + air::LATENT * (f.dehum_kg - f.transpired_kg)
            - f.coil_w
            - crop::BIOMASS_HEAT * f.growth_g;
        let vapour = f.transpired_kg + f.vent_kg - f.coil_kg - f.dehum_kg - f.cover_kg;
        let co2 = f.dosed_co2 + f.vent_co2 - crop::CO2_PER_DRY * f.growth_g / 1_000.0;
        let uptake = f.transpired_kg + self.growth_water(f);
        RoomState {
            celsius: s.celsius + seconds * heat / shell.air_heat,
            mass_c: s.mass_c + seconds * (f.mass_shell_w - f.mass_w) / shell.mass_heat,
            vapour: (s.vapour + seconds * vapour / shell.volume).max(0.0),
            co2: (s.co2 + seconds * co2 / shell.volume).max(0.0),
            dry_g: s.dry_g + seconds * f.growth_g / self.canopy_m2,
            water_l: s.water_l - seconds * uptake / self.canopy_m2,
            ..s.clone()
        }
    }

    /// Water bound in fresh mass, kg·s⁻¹.
    pub fn growth_water(&self, flows: &Flows) -> f64 {
        flows.growth_g / 1_000.0 * (1.0 / self.crop.dry_share - 1.0)
    }

    /// One step with fixed controls: the new state and the mean flows that led to it.
    pub fn step(&self, e: &Equipment, s: &RoomState, c: &Controls, o: &Outdoor) -> (RoomState, Flows) {
        let k1 = self.flows(e, s, c, o);
        let k2 = self.flows(e, &self.after(s, &k1, STEP_S / 2.0), c, o);
        let k3 = self.flows(e, &self.after(s, &k2, STEP_S / 2.0), c, o);
        let k4 = self.flows(e, &self.after(s, &k3, STEP_S), c, o);
        let mean = k1.weigh(&k2, &k3, &k4);
        (self.after(s, &mean, STEP_S), mean)
    }
}

/// Electricity of the cooling plant for a heat flow: the coefficient of performance falls with outdoor temperature,
/// and at part load by AHRI's degradation coefficient of 0.25.
fn cooling_power(e: &Equipment, heat_w: f64, outdoor_c: f64) -> f64 {
    if heat_w <= 0.0 {
        return 0.0;
    }
    let capacity = e.cool_w * (1.0 - 0.006 * (outdoor_c.max(5.0) - 35.0));
    let part = 1.0 - 0.25 * (1.0 - (heat_w / capacity).clamp(0.1, 1.0));
    heat_w / (e.cop * (1.0 + 0.02 * (35.0 - outdoor_c.max(5.0))).max(0.5) * part)
}

macro_rules! weigh {
    ($a:expr, $b:expr, $c:expr, $d:expr; $($field:ident)+) => {
        Flows { $($field: ($a.$field + 2.0 * ($b.$field + $c.$field) + $d.$field) / 6.0),+ }
    };
}

impl Flows {
    fn weigh(&self, b: &Self, c: &Self, d: &Self) -> Self {
        weigh!(self, b, c, d; lamp_w fan_w dehum_w cool_power_w heat_w sun_w coil_w coil_kg dehum_kg cover_kg
            transpired_kg shell_w mass_shell_w mass_w vent_w vent_kg vent_co2 dosed_co2 growth_g ppfd)
    }
}
