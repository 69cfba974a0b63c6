//! Lakeside Lettuce: two greenhouse compartments with sun, lamps and gas heat. The retrofit replaces HPS that switch by
//! LED that dim to what the sun leaves open, adds fans that follow the load, and a better thermal screen.

use super::{FacilitySpec, MeterSpec};
use crate::physics::crop::{Crop, Schedule};
use crate::physics::room::{Equipment, RoomSpec, Setpoints, Shell};
use crate::weather::Climate;
use domain::facility::FacilityKind;
use domain::point::EndUse;

/// Climate near Chicago (annual mean 10 °C, humid).
const CLIMATE: Climate = Climate {
    latitude: 41.95,
    longitude: -87.75,
    mean_c: 10.3,
    season_c: 13.5,
    day_c: 4.5,
    dew_gap_c: 6.0,
    clearness: 0.62,
};

/// Light use after twin practice (0.5–0.7 g·mol⁻¹), leaf area so that interception is van Henten's 1 − e^(−0.053 X).
const LETTUCE: Crop = Crop {
    name: "lettuce",
    planted_g: 4.0,
    expected_g: 170.0,
    leaf_m2_g: 0.053 / 0.7,
    leaf_index_max: 6.0,
    use_g_mol: 0.57,
    respiration: 1.5e-7,
    stomata: 1.0,
    dry_share: 0.045,
    // Fresh heads: 92 % of the shoot at 4.5 % dry matter.
    weighed_per_dry: 0.92 / 0.045,
    weighed_after_days: 0,
    tote_g: 150_000.0,
};

const AREA: f64 = 500.0;

fn compartment(slug: &'static str, name: &'static str, offset_days: i64) -> RoomSpec {
    // Per m² of floor, van Henten: 3·10⁴ J·K⁻¹, 6.1 W·K⁻¹ through the cover, 4.1 m of air.
    let floor = 1.1 * AREA;
    RoomSpec {
        slug,
        name,
        stage: "produce",
        canopy_m2: AREA,
        lights_on_min: 240,
        photoperiod_min: 1_080,
        crop: LETTUCE,
        schedule: Schedule { grow_days: 35, gap_days: 2, offset_days },
        setpoints: Setpoints { day_c: 20.0, night_c: 16.0, humidity: 84.0, co2_ppm: 700.0, ppfd: 200.0 },
        shell: Shell {
            volume: 4.1 * floor,
            air_heat: 30_000.0 * floor,
            mass_heat: 150_000.0 * floor,
            air_loss: 6.1 * floor,
            air_mass: 6.0 * floor,
            mass_loss: 0.4 * floor,
            leakage: 0.4 * 4.1 * floor / 3_600.0,
            vent_max: 0.06 * floor,
            sun_area: 0.62 * floor,
            sun_share: 0.6,
            cover_dry: 0.0025 * floor,
        },
        substrate_l_m2: 10.0,
        co2_kg_s: 2.0e-6 * AREA,
        pump_w: 4.0 * AREA,
        equipment: [equipment(false), equipment(true)],
    }
}

fn equipment(retrofitted: bool) -> Equipment {
    let (umol_j, radiant) = if retrofitted { (3.0, 0.65) } else { (1.66, 0.6) };
    Equipment {
        lamp_umol_j: umol_j,
        lamp_w_m2: 190.0 / (0.9 * umol_j),
        lamp_radiant: radiant,
        lamp_dims: retrofitted,
        fan_w: 6.0 * AREA,
        fan_follows: retrofitted,
        cool_w: 0.0,
        coil_c: 0.0,
        coil_air: 0.0,
        cop: 1.0,
        dehum_units: 0,
        dehum_kg_s: 0.0,
        dehum_l_kwh: 0.0,
        heat_w: 260.0 * AREA,
        screen: if retrofitted { 0.5 } else { 0.3 },
    }
}

pub(super) fn spec() -> FacilitySpec {
    let meter = |unit, end_use, start_kwh, max_w, power_factor| MeterSpec {
        unit,
        end_use,
        start_kwh,
        max_w,
        power_factor,
    };
    FacilitySpec {
        slug: "lakeside-lettuce",
        name: "Lakeside Lettuce",
        kind: FacilityKind::Greenhouse,
        time_zone: chrono_tz::America::Chicago,
        climate: CLIMATE,
        rooms: vec![
            compartment("compartment-1", "Compartment 1", 0),
            compartment("compartment-2", "Compartment 2", 18),
        ],
        meters: vec![
            meter(11, EndUse::Total, 305.2, 320_000.0, 0.95),
            meter(12, EndUse::Lighting, 240.7, 240_000.0, 0.97),
            meter(13, EndUse::Hvac, 44.3, 60_000.0, 0.84),
            meter(14, EndUse::Irrigation, 6.8, 30_000.0, 0.82),
        ],
        base_w: 1_500.0,
        office_w: 2_500.0,
        boiler: Some(0.88),
    }
}
