//! Cedar Flower: two veg and four flower rooms in a warehouse. The retrofit replaces double-ended HPS by LED, constant
//! fans by fans that follow the load, and the dehumidifiers and cooling plant by better ones.

use super::{FacilitySpec, MeterSpec};
use crate::physics::crop::{Crop, Schedule};
use crate::physics::room::{Equipment, RoomSpec, Setpoints, Shell};
use crate::weather::Climate;
use domain::facility::FacilityKind;
use domain::point::EndUse;

/// Climate near Denver (annual mean 11 °C, dry, sunny).
pub const CLIMATE: Climate = Climate {
    latitude: 39.74,
    longitude: -104.99,
    mean_c: 11.0,
    season_c: 12.0,
    day_c: 7.0,
    dew_gap_c: 11.0,
    clearness: 0.78,
};

/// Shares of dry mass: 55 % of a flowering shoot is trimmed flower (Rodriguez-Morrison et al. 2021 find 320 g·m⁻² of
/// it near 900 µmol·m⁻²·s⁻¹).
const FLOWERING: Crop = Crop {
    name: "cannabis, flowering",
    planted_g: 60.0,
    expected_g: 520.0,
    leaf_m2_g: 0.02,
    leaf_index_max: 4.0,
    use_g_mol: 0.25,
    respiration: 0.4e-7,
    stomata: 1.6,
    dry_share: 0.22,
    weighed_per_dry: 0.55,
    weighed_after_days: 10,
    tote_g: 2_500.0,
};

const VEG: Crop = Crop {
    name: "cannabis, vegetative",
    planted_g: 9.0,
    expected_g: 60.0,
    weighed_per_dry: 0.0,
    ..FLOWERING
};

fn room(slug: &'static str, name: &'static str, lights_on_min: u32, offset_days: i64, area: f64) -> RoomSpec {
    let flower = slug.starts_with("flower");
    let floor = 1.25 * area;
    let shell_area = floor + 4.0 * 4.0 * floor.sqrt();
    RoomSpec {
        slug,
        name,
        stage: if flower { "flower" } else { "veg" },
        canopy_m2: area,
        lights_on_min,
        photoperiod_min: if flower { 720 } else { 1_080 },
        crop: if flower { FLOWERING } else { VEG },
        // A flower room takes the plants of a veg room every 66 days, and each veg room serves two of them.
        schedule: Schedule {
            grow_days: if flower { 63 } else { 31 },
            gap_days: if flower { 3 } else { 2 },
            offset_days,
        },
        setpoints: Setpoints {
            day_c: 26.0,
            night_c: 21.0,
            humidity: if flower { 55.0 } else { 64.0 },
            co2_ppm: if flower { 1_100.0 } else { 900.0 },
            ppfd: if flower { 900.0 } else { 450.0 },
        },
        shell: Shell {
            volume: 4.0 * floor,
            air_heat: 60_000.0 * floor,
            mass_heat: 120_000.0 * floor,
            air_loss: 0.15 * shell_area,
            air_mass: 12.0 * floor,
            mass_loss: 0.15 * shell_area,
            leakage: 0.12 * 4.0 * floor / 3_600.0,
            vent_max: 0.0,
            sun_area: 0.0,
            sun_share: 0.0,
            cover_dry: 0.0,
        },
        substrate_l_m2: 18.0,
        co2_kg_s: 1.8e-6 * area,
        pump_w: 12.0 * area,
        equipment: [equipment(area, flower, false), equipment(area, flower, true)],
    }
}

fn equipment(area: f64, flower: bool, retrofitted: bool) -> Equipment {
    let full = if flower { 950.0 } else { 480.0 };
    let (umol_j, radiant) = if retrofitted { (2.8, 0.62) } else { (1.68, 0.6) };
    let lamp_w_m2 = full / (0.9 * umol_j);
    let share = if flower { 1.0 } else { 0.6 };
    Equipment {
        lamp_umol_j: umol_j,
        lamp_w_m2,
        lamp_radiant: radiant,
        lamp_dims: true,
        fan_w: 32.0 * area * share,
        fan_follows: retrofitted,
        cool_w: 1_150.0 * area * share,
        // Warm coils in veg keep the air from drying out.
        coil_c: if flower { 13.5 } else { 16.5 },
        coil_air: 0.085 * area * share,
        cop: if retrofitted { 3.5 } else { 2.8 },
        dehum_units: 3,
        dehum_kg_s: 2.4e-5 * area * share,
        dehum_l_kwh: if retrofitted { 3.4 } else { 2.1 },
        heat_w: 150.0 * area,
        screen: 0.0,
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
        slug: "cedar-flower",
        name: "Cedar Flower",
        kind: FacilityKind::Indoor,
        time_zone: chrono_tz::America::Denver,
        climate: CLIMATE,
        rooms: vec![
            room("veg-1", "Veg 1", 300, 0, 32.0),
            room("veg-2", "Veg 2", 660, 17, 32.0),
            room("flower-1", "Flower 1", 360, 0, 60.0),
            room("flower-2", "Flower 2", 360, 17, 60.0),
            room("flower-3", "Flower 3", 1_080, 33, 60.0),
            room("flower-4", "Flower 4", 1_080, 50, 60.0),
        ],
        meters: vec![
            meter(1, EndUse::Total, 412.6, 480_000.0, 0.94),
            meter(2, EndUse::Lighting, 208.1, 240_000.0, 0.98),
            meter(3, EndUse::Hvac, 131.4, 180_000.0, 0.86),
            meter(4, EndUse::Dehumidification, 58.9, 80_000.0, 0.89),
        ],
        base_w: 2_600.0,
        office_w: 3_400.0,
        boiler: None,
    }
}
