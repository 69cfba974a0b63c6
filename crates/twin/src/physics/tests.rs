use super::control::{self, Demand, Shot};
use super::crop;
use super::room::{Equipment, Flows, Outdoor, RoomSpec, RoomState, STEP_S};
use super::*;
use crate::facility::Name;
use crate::weather::{HOUR_MS, Interpolated, Synthetic, Weather};

/// One room under weather, with everything that crossed its boundary added up.
struct Run {
    room: RoomSpec,
    equipment: Equipment,
    state: RoomState,
    sums: Sums,
}

#[derive(Default)]
struct Sums {
    /// Heat and electricity that came in, minus what left, J.
    heat: f64,
    /// All energy turned over, J: what an error is compared with.
    turnover: f64,
    /// Water given, run off, gone as vapour or condensate, bound in plants, kg.
    given: f64,
    drained: f64,
    left: f64,
    bound: f64,
    /// CO₂ dosed, brought in by air, taken up by plants, kg.
    dosed: f64,
    aired: f64,
    taken: f64,
    minutes: f64,
    mean: Flows,
}

impl Run {
    fn new(name: Name, slug: &str, retrofitted: bool) -> Self {
        let room = name.spec().rooms.into_iter().find(|room| room.slug == slug).unwrap();
        let state = RoomState {
            celsius: 22.0,
            mass_c: 21.0,
            vapour: 0.011,
            co2: 0.0012,
            dry_g: 0.6 * room.crop.expected_g,
            water_l: room.substrate_l_m2,
            dehum_units: 0,
            dehum_wait: 0,
        };
        Self { equipment: room.equipment[usize::from(retrofitted)], room, state, sums: Sums::default() }
    }

    /// Heat stored in air, structure and as vapour, J.
    fn heat(&self) -> f64 {
        let (shell, s) = (&self.room.shell, &self.state);
        shell.air_heat * s.celsius + shell.mass_heat * s.mass_c + air::LATENT * shell.volume * s.vapour
    }

    fn minute(&mut self, outdoor: &Outdoor, light: bool) {
        let demand = Demand { light, growing: true, ppfd: self.room.setpoints.ppfd };
        let controls = control::controls(&self.room, &self.equipment, &mut self.state, outdoor, demand);
        let (state, f) = self.room.step(&self.equipment, &self.state, &controls, outdoor);
        self.state = state;
        let shot = control::irrigate(&self.room, &mut self.state, demand).unwrap_or_default();
        self.add(&f, &shot);
    }

    /// Boundary flows only: nothing that moves between air, leaves and structure appears here.
    fn add(&mut self, f: &Flows, shot: &Shot) {
        let sums = &mut self.sums;
        let electric = f.lamp_w + f.fan_w + f.dehum_w + f.heat_w;
        let weather = f.sun_w + f.shell_w + f.mass_shell_w + f.vent_w + air::LATENT * f.vent_kg;
        let removed = f.coil_w + air::LATENT * (f.coil_kg + f.cover_kg);
        sums.heat += STEP_S * (electric + weather - removed - crop::BIOMASS_HEAT * f.growth_g);
        sums.turnover += STEP_S * (electric + f.sun_w + weather.abs());
        sums.given += shot.given_l;
        sums.drained += shot.drained_l;
        sums.left += STEP_S * (f.coil_kg + f.dehum_kg + f.cover_kg - f.vent_kg);
        sums.bound += STEP_S * self.room.growth_water(f);
        sums.dosed += STEP_S * f.dosed_co2;
        sums.aired += STEP_S * f.vent_co2;
        sums.taken += STEP_S * f.growth_g / 1_000.0 * crop::CO2_PER_DRY;
        sums.minutes += 1.0;
        let mean = &mut sums.mean;
        mean.lamp_w += f.lamp_w;
        mean.fan_w += f.fan_w;
        mean.dehum_w += f.dehum_w;
        mean.coil_w += f.coil_w;
        mean.coil_kg += f.coil_kg;
    }

    /// Whole days under the synthetic weather of a facility, from 1 July 2025 plus `offset` days.
    fn days(&mut self, name: Name, offset: i64, days: i64) {
        let mut weather = Interpolated::new(Weather::Synthetic(Synthetic::new(name.spec().climate, 5)));
        let start = 1_751_328_000_000 + offset * 24 * HOUR_MS;
        for minute in 0..days * 1_440 {
            let light = minute % 1_440 < i64::from(self.room.photoperiod_min);
            let outdoor = weather.at(start + minute * 60_000);
            self.minute(&outdoor, light);
        }
    }
}

const ROOMS: [(Name, &str, i64); 4] = [
    (Name::Flower, "flower-1", 0),
    (Name::Flower, "veg-1", 190),
    (Name::Lettuce, "compartment-1", 0),
    (Name::Lettuce, "compartment-1", 190),
];

/// What crossed the boundary in a day is what the room stores more: 0.1 % of the turnover.
#[test]
fn energy_closes() {
    for (name, slug, offset) in ROOMS {
        let mut run = Run::new(name, slug, false);
        let before = run.heat();
        run.days(name, offset, 1);
        let error = (run.heat() - before - run.sums.heat) / run.sums.turnover;
        assert!(error.abs() < 1e-3, "{slug} in {offset} days: {error}");
        assert!(run.sums.turnover > 1e8, "the room did something");
    }
}

/// Water given = run off + gone + bound + stored, in substrate and air: 0.5 % of what was given.
#[test]
fn water_closes() {
    for (name, slug, offset) in ROOMS {
        let mut run = Run::new(name, slug, true);
        let stored =
            |run: &Run| run.state.water_l * run.room.canopy_m2 + run.state.vapour * run.room.shell.volume;
        let before = stored(&run);
        run.days(name, offset, 2);
        let sums = &run.sums;
        let balance = sums.given - sums.drained - sums.left - sums.bound - (stored(&run) - before);
        assert!(balance.abs() < 0.005 * sums.given, "{slug}: {balance} of {}", sums.given);
        assert!(sums.given / run.room.canopy_m2 > 1.0, "{slug} was irrigated");
    }
}

/// CO₂ dosed and brought in = taken up by plants + stored in air; and what plants took is in their dry mass.
#[test]
fn carbon_closes() {
    for (name, slug, offset) in ROOMS {
        let mut run = Run::new(name, slug, true);
        let (air_before, dry_before) = (run.state.co2, run.state.dry_g);
        run.days(name, offset, 1);
        let sums = &run.sums;
        let stored = (run.state.co2 - air_before) * run.room.shell.volume;
        let balance = sums.dosed + sums.aired - sums.taken - stored;
        assert!(balance.abs() < 1e-3 * sums.taken.abs(), "{slug}: {balance} of {}", sums.taken);
        let grown = (run.state.dry_g - dry_before) * run.room.canopy_m2 / 1_000.0;
        // 40 % carbon: 44/12 × 0.4 = 1.467 kg of CO₂ per kg of dry mass.
        assert!((sums.taken - 1.466_7 * grown).abs() < 1e-3 * grown, "{slug}");
    }
}

/// With lights on and weather as warm as the room, lamps and fans are all the heat there is: the coil takes it as
/// sensible and latent heat, with that of the dehumidifiers' own power on top.
#[test]
fn lights_on_heat_is_removed() {
    for retrofitted in [false, true] {
        let mut run = Run::new(Name::Flower, "flower-1", retrofitted);
        let outdoor = Outdoor { celsius: 26.0, vapour: 0.012, irradiance: 0.0, wind: 1.0 };
        (0..20 * 60).for_each(|_| run.minute(&outdoor, true));
        run.sums = Sums::default();
        (0..4 * 60).for_each(|_| run.minute(&outdoor, true));
        let Sums { mean, minutes, .. } = &run.sums;
        let load = (mean.lamp_w + mean.fan_w) / minutes;
        let removal = (mean.coil_w + air::LATENT * mean.coil_kg - mean.dehum_w) / minutes;
        assert!((removal / load - 1.0).abs() < 0.02, "retrofitted {retrofitted}: {removal} of {load} W");
    }
}

/// By hand, for HPS at 950 µmol·m⁻²·s⁻¹: 950 ÷ (0.9 × 1.68 µmol·J⁻¹) = 628 W·m⁻², on 60 m² 37.7 kW, and LED at
/// 2.8 µmol·J⁻¹ takes 1.68 ÷ 2.8 = 60 % of it for the same light.
#[test]
fn lamps_by_hand() {
    let run = Run::new(Name::Flower, "flower-1", false);
    let [hps, led] = run.room.equipment;
    assert!((hps.lamp_w_m2 * 60.0 - 37_698.0).abs() < 1.0);
    assert!((led.lamp_w_m2 / hps.lamp_w_m2 - 0.6).abs() < 1e-9);
    assert!((run.room.lamp_ppfd(&hps) - run.room.lamp_ppfd(&led)).abs() < 1e-9);
}

/// By hand, lettuce of 39.62 g·m⁻² (leaf area index 3) at 20 °C, 0.0121 kg·m⁻³, 200 µmol·m⁻²·s⁻¹ and 60 W·m⁻²:
/// stomata 60·1700/400 = 255, boundary 100 s·m⁻¹; sensible 2·3·1207/100 = 72.4 W·m⁻²·K⁻¹; latent 2.45e6·3/355 =
/// 20 704 W·m⁻² per kg·m⁻³; missing 0.01728 − 0.0121 = 0.00518; slope 0.01728·(0.0619 − 0.0034) = 0.00101. The leaf is
/// (60 − 107.3)/(72.4 + 20.9) = −0.507 K warmer, so it loses 20 704·(0.00518 − 0.00051) = 96.7 W·m⁻², 142 g·m⁻²·h⁻¹.
#[test]
fn transpiration_by_hand() {
    let lettuce = Name::Lettuce.spec().rooms[0].crop;
    let rate = lettuce.transpiration(39.62, 200.0, 60.0, 20.0, 0.0121) * 3.6e6;
    assert!((rate - 142.0).abs() < 1.0, "{rate} g/m²/h");
    assert_eq!(lettuce.transpiration(0.0, 200.0, 60.0, 20.0, 0.0121), 0.0);
}

/// By hand: full light, 25 °C, 900 ppm and 1 kPa leave light use alone: 0.57 g·mol⁻¹ × 300e-6 × (1 − e^(−0.053·100)) =
/// 1.7015e-4, minus maintenance 1.5e-7 × 100 = 0.15e-4, is 1.5515e-4 g·m⁻²·s⁻¹.
#[test]
fn growth_by_hand() {
    let crop = Name::Lettuce.spec().rooms[0].crop;
    let growth = crop.growth(79.0, 300.0, 25.0, 900.0, 1.0);
    let expected = 0.57 * 300e-6 * (1.0 - (-0.053f64 * 79.0).exp()) - 1.5e-7 * 79.0;
    assert!((growth - expected).abs() < 1e-9, "{growth}");
    assert!(crop.growth(79.0, 0.0, 16.0, 900.0, 0.5) < 0.0, "plants respire in the dark");
    assert!(crop.growth(79.0, 300.0, 25.0, 400.0, 1.0) < growth, "CO₂ helps");
    assert!(crop.growth(79.0, 300.0, 38.0, 900.0, 1.0) < 0.0, "heat stops growth");
}

#[test]
fn schedule_goes_round() {
    let schedule = crop::Schedule { grow_days: 63, gap_days: 3, offset_days: 17 };
    assert_eq!(schedule.day_in_cycle(17), Some(0));
    assert_eq!(schedule.day_in_cycle(17 + 62), Some(62));
    assert_eq!(schedule.day_in_cycle(17 + 63), None);
    assert_eq!(schedule.day_in_cycle(17 + 66), Some(0));
    assert_eq!((schedule.cycle(16), schedule.cycle(17), schedule.cycle(83)), (-1, 0, 1));
}
