//! Crops: how leaves catch light, what a mole of it is worth, and when a room is planted and harvested.

use super::air;

/// What the model knows of a crop. Dry masses are of shoots, g·m⁻² of canopy.
#[derive(Clone, Copy, Debug)]
pub struct Crop {
    /// Name in reports.
    pub name: &'static str,
    /// Dry mass when planted into the room.
    pub planted_g: f64,
    /// Dry mass expected at harvest; only the first guess of a room that starts in mid-cycle.
    pub expected_g: f64,
    /// Leaf area per dry mass, m²·g⁻¹.
    pub leaf_m2_g: f64,
    /// Leaf area index at which new leaves only replace old ones.
    pub leaf_index_max: f64,
    /// Dry mass made per mole of intercepted light under good conditions, g·mol⁻¹.
    pub use_g_mol: f64,
    /// Maintenance respiration at 25 °C, s⁻¹.
    pub respiration: f64,
    /// Multiplies the stomatal resistance of Graamans et al. (2017), which is lettuce's.
    pub stomata: f64,
    /// Dry mass as a share of fresh mass: the rest is water that growth takes up.
    pub dry_share: f64,
    /// What the scale sees per gram of dry mass at harvest: 0 for plants that move on to another room.
    pub weighed_per_dry: f64,
    /// Days from harvest to the scale (drying and trimming).
    pub weighed_after_days: i64,
    /// Largest single weighing, g.
    pub tote_g: f64,
}

/// Extinction of light per leaf area index.
const EXTINCTION: f64 = 0.7;
/// Heat of combustion of dry matter, J·g⁻¹.
pub const BIOMASS_HEAT: f64 = 17_500.0;
/// CO₂ bound per gram of dry matter (40 % carbon), g·g⁻¹.
pub const CO2_PER_DRY: f64 = 0.40 * 44.0 / 12.0;

impl Crop {
    /// Leaf area index at a dry mass in g·m⁻².
    pub fn leaf_index(&self, dry_g: f64) -> f64 {
        (self.leaf_m2_g * dry_g).clamp(0.0, self.leaf_index_max)
    }

    /// Share of light that the canopy intercepts, 0..1.
    pub fn interception(&self, dry_g: f64) -> f64 {
        1.0 - (-EXTINCTION * self.leaf_index(dry_g)).exp()
    }

    /// Net growth, g·m⁻²·s⁻¹ (negative in the dark): light use × limits of temperature, CO₂ and VPD − maintenance.
    pub fn growth(&self, dry_g: f64, ppfd: f64, celsius: f64, co2_ppm: f64, deficit_kpa: f64) -> f64 {
        let warmth = trapezoid(celsius, [8.0, 18.0, 28.0, 37.0]);
        let dryness = 0.5 + 0.5 * trapezoid(deficit_kpa, [0.1, 0.4, 1.3, 2.4]);
        // Γ = 50 ppm, K = 400 ppm, 1 at 900 ppm.
        let carbon = |ppm: f64| (ppm - 50.0).max(0.0) / (ppm + 350.0);
        let limits = warmth * dryness * carbon(co2_ppm) / carbon(900.0);
        let gross = self.use_g_mol * 1e-6 * ppfd * self.interception(dry_g) * limits;
        gross - self.respiration * dry_g * 2.0_f64.powf((celsius - 25.0) / 10.0)
    }

    /// Transpiration, kg·s⁻¹ per m² of canopy. Penman–Monteith with the resistances of Graamans et al. (2017): the
    /// leaf temperature follows from `radiation` W·m⁻² absorbed = sensible + latent, saturation taken as linear.
    pub fn transpiration(&self, dry_g: f64, ppfd: f64, radiation: f64, celsius: f64, vapour: f64) -> f64 {
        let leaves = self.leaf_index(dry_g);
        if leaves < 1e-3 {
            return 0.0;
        }
        let stomatal = self.stomata * 60.0 * (1_500.0 + ppfd) / (200.0 + ppfd);
        let boundary = 100.0;
        let sensible = 2.0 * leaves * air::AIR_HEAT / boundary;
        let latent = air::LATENT * leaves / (stomatal + boundary);
        let missing = air::saturation_density(celsius) - vapour;
        let slope = air::saturation_slope(celsius);
        let warmer = (radiation - latent * missing) / (sensible + latent * slope);
        (latent * (missing + slope * warmer)).max(0.0) / air::LATENT
    }
}

fn trapezoid(x: f64, [zero, full, fall, end]: [f64; 4]) -> f64 {
    ((x - zero) / (full - zero)).min((end - x) / (end - fall)).clamp(0.0, 1.0)
}

/// When a room is planted and harvested. Day 0 is 1 January 1970, local time.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Days from planting to harvest.
    pub grow_days: i64,
    /// Days the room stands empty before the next planting.
    pub gap_days: i64,
    /// First planting day.
    pub offset_days: i64,
}

impl Schedule {
    /// Number of the cycle a local day falls into.
    pub fn cycle(&self, local_day: i64) -> i64 {
        (local_day - self.offset_days).div_euclid(self.grow_days + self.gap_days)
    }

    /// Local day on which a cycle is planted.
    pub fn planted_day(&self, cycle: i64) -> i64 {
        self.offset_days + cycle * (self.grow_days + self.gap_days)
    }

    /// Days since planting; none while the room is empty.
    pub fn day_in_cycle(&self, local_day: i64) -> Option<i64> {
        let day = local_day - self.planted_day(self.cycle(local_day));
        (day < self.grow_days).then_some(day)
    }
}
