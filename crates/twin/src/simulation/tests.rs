use super::*;
use std::collections::BTreeMap;

/// 2025-01-01T07:00Z: midnight in Denver.
const START: i64 = 1_735_714_800_000;

fn warmed(name: Name, seed: u64) -> Simulation {
    Simulation::warmed(name, seed, None, START, None)
}

/// Energy and weighed mass of a year: Wh of electricity, Wh of gas, g on the scale, g of dry matter.
fn year(name: Name, retrofit_ms: Option<i64>) -> (f64, f64, f64, f64) {
    let mut simulation = Simulation::warmed(name, 1, retrofit_ms, START, None);
    simulation.advance(START + 365 * DAY_MS);
    let State { counters, harvests, .. } = simulation.state();
    let sum = |of: fn(&Harvest) -> f64| harvests.iter().map(of).sum::<f64>();
    (counters.total_wh, counters.gas_wh, sum(|h| h.weighed_g), sum(|h| h.dry_g))
}

/// Indoor flower takes 1 to 4 kWh per gram of dried flower; the retrofit saves a third to a half at the same yield.
#[test]
fn flower_energy_per_gram_is_in_the_published_band() {
    let (before, _, grams, _) = year(Name::Flower, None);
    let (after, _, grams_after, _) = year(Name::Flower, Some(START - WARM_UP_MS));
    let (before, after) = (before / grams / 1_000.0, after / grams_after / 1_000.0);
    assert!((2.5..4.0).contains(&before) && (1.2..2.5).contains(&after), "{before} {after} kWh/g");
    assert!((0.95..1.05).contains(&(grams_after / grams)), "{grams} {grams_after} g");
    // Rodriguez-Morrison et al. (2021): around 300 g·m⁻² a harvest near 900 µmol·m⁻²·s⁻¹.
    let per_harvest = grams / (4.0 * 365.0 / 66.0) / 60.0;
    assert!((240.0..360.0).contains(&per_harvest), "{per_harvest} g/m²");
}

/// Graamans et al. (2018): 1 411 MJ of energy per kg of dry lettuce in a plant factory, 1 699 in a Swedish greenhouse.
#[test]
fn lettuce_energy_per_dry_mass_is_in_the_published_band() {
    let (electricity, gas, _, dry) = year(Name::Lettuce, None);
    let megajoules = (electricity + gas) * 3_600.0 / 1e6 / (dry / 1_000.0);
    assert!((1_200.0..1_900.0).contains(&megajoules), "{megajoules} MJ/kg");
    let (electricity_after, gas_after, _, dry_after) = year(Name::Lettuce, Some(START - WARM_UP_MS));
    assert!(electricity_after / electricity < 0.75, "{electricity_after} of {electricity}");
    assert!(gas_after < 1.3 * gas, "{gas_after} of {gas}");
    assert!((0.85..1.1).contains(&(dry_after / dry)), "{dry_after} of {dry} g");
}

/// Rooms with a grown crop stay where growers keep them.
#[test]
fn climate_stays_in_growing_ranges() {
    // Zone → minutes, and how many of them were out of range in temperature, humidity and VPD.
    for (name, celsius, humidity, deficit) in
        [(Name::Flower, 18.0..29.0, 40.0..75.0, 0.6..2.0), (Name::Lettuce, 12.0..33.0, 40.0..97.0, 0.05..2.4)]
    {
        for season in [0, 182] {
            let mut simulation = Simulation::warmed(name, 1, None, START + season * DAY_MS, None);
            let start = simulation.state.at_ms;
            let mut outside: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
            for minute in 1..=30 * 1_440 {
                let at_ms = start + minute * STEP_MS;
                simulation.advance(at_ms);
                for (index, room) in simulation.spec.rooms.iter().enumerate() {
                    if simulation.state.rooms[index].dry_g < 0.3 * room.crop.expected_g {
                        continue;
                    }
                    let view = simulation.room(index, at_ms);
                    let kpa = domain::climate::vapour_pressure_deficit(view.celsius, view.humidity, 0.0);
                    let counts = outside.entry(room.slug).or_default();
                    counts[0] += 1.0;
                    counts[1] += f64::from(u8::from(!celsius.contains(&view.celsius)));
                    counts[2] += f64::from(u8::from(!humidity.contains(&view.humidity)));
                    counts[3] += f64::from(u8::from(!deficit.contains(&kpa)));
                }
            }
            assert!(outside.len() >= name.spec().rooms.len() / 2);
            for (zone, [minutes, counts @ ..]) in outside {
                let worst = counts.into_iter().fold(0.0, f64::max) / minutes;
                assert!(worst < 0.02, "{zone}, day {season}: {counts:?} of {minutes} minutes");
            }
        }
    }
}

#[test]
fn a_seed_fixes_every_byte() {
    let run = |seed| {
        let mut simulation = warmed(Name::Lettuce, seed);
        simulation.advance(START + DAY_MS);
        serde_json::to_string(simulation.state()).unwrap()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// A saved state goes on as if nothing had happened, up to the last bit that JSON may lose.
#[test]
fn a_saved_state_goes_on() {
    let mut whole = warmed(Name::Flower, 1);
    whole.advance(START + DAY_MS);
    let text = serde_json::to_string(whole.state()).unwrap();
    let mut resumed = Simulation::resumed(Name::Flower, serde_json::from_str(&text).unwrap(), None).unwrap();
    let end = START + 2 * DAY_MS;
    whole.advance(end);
    resumed.advance(end);
    let (a, b) = (whole.counter(end, |c| c.total_wh), resumed.counter(end, |c| c.total_wh));
    assert!((a - b).abs() < 1e-3 && a > 1e6, "{a} {b}");
    assert!((whole.room(2, end).celsius - resumed.room(2, end).celsius).abs() < 1e-6);
    let other = serde_json::from_str(&text).unwrap();
    assert!(Simulation::resumed(Name::Lettuce, other, None).is_none(), "a state of another facility");
}

/// Lights go on at six local time in winter and in summer: 13:00 and 12:00 UTC in Denver.
#[test]
fn photoperiods_follow_the_local_clock() {
    let spec = Name::Flower.spec();
    let room = &spec.rooms[2];
    assert_eq!((room.slug, room.lights_on_min), ("flower-1", 360));
    let lit = |text: &str| {
        let at = DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        let (day, minute, _) = local(&spec, at);
        demand(room, 1, day, minute).light
    };
    for (day, hour) in [("2025-02-01", 13), ("2025-07-10", 12)] {
        let at = |hour: i32, minute| format!("{day}T{hour:02}:{minute:02}:00Z");
        assert!(!lit(&at(hour - 1, 59)) && lit(&at(hour, 0)) && lit(&at(hour + 10, 59)), "{day}");
        assert!(!lit(&format!("{day}T04:30:00Z")), "{day}");
    }
    let veg = &spec.rooms[0];
    let (day, _, _) = local(&spec, START);
    let lit = (0..1_440).filter(|&minute| demand(veg, 1, day, minute).light).count();
    assert!(lit == 1_080 || veg.schedule.day_in_cycle(day).is_none(), "18 h in veg");
}

/// End uses and what stands outside the rooms add up to the main meter, and rooms to all but the latter.
#[test]
fn meters_add_up() {
    let mut simulation = warmed(Name::Flower, 1);
    simulation.advance(START + 7 * DAY_MS);
    let c = &simulation.state.counters;
    let parts = c.lighting_wh + c.hvac_wh + c.dehumidification_wh + c.irrigation_wh;
    let rooms: f64 = c.rooms_wh.iter().sum();
    assert!((parts - rooms).abs() < 1.0, "{parts} {rooms}");
    // 2.6 kW for 168 h; 1 January 2025 is a Wednesday, so the week has five office days of ten hours at 3.4 kW.
    let rest = c.total_wh - parts;
    assert!((rest - (2_600.0 * 168.0 + 3_400.0 * 50.0)).abs() < 1.0, "{rest}");
}

/// A harvest is on the scale, load by load, ten days later, with all its weight.
#[test]
fn harvests_are_weighed() {
    let mut simulation = warmed(Name::Flower, 1);
    simulation.advance(START + 80 * DAY_MS);
    let State { harvests, weighings, .. } = &simulation.state;
    let harvest = harvests.iter().find(|harvest| harvest.weighed_g > 0.0).unwrap();
    let day = harvest.at_ms + 10 * DAY_MS;
    let loads: Vec<&Weighing> = weighings.iter().filter(|w| (day..day + DAY_MS).contains(&w.at_ms)).collect();
    let sum: f64 = loads.iter().map(|load| load.grams).sum();
    assert!((sum / harvest.weighed_g - 1.0).abs() < 1e-9 && loads.len() >= 5, "{} loads", loads.len());
    assert!(loads.windows(2).all(|w| w[1].at_ms - w[0].at_ms == WEIGHING_MS));
    let first = loads[0].at_ms;
    assert_eq!(simulation.weighing(first - 1, first), Some(loads[0]));
    assert_eq!(simulation.weighing(first, first + 1_000), None);
}

/// Half-way through a minute a counter has made half its rise, and never goes back.
#[test]
fn counters_move_within_the_minute() {
    let mut simulation = warmed(Name::Flower, 1);
    simulation.advance(START + 12 * 3_600_000 + 30_000);
    let at = |second: i64| simulation.counter(START + 12 * 3_600_000 + second * 1_000, |c| c.total_wh);
    assert!((at(30) - (at(0) + at(60)) / 2.0).abs() < 1e-6);
    assert!((0..60).all(|second| at(second) < at(second + 1)));
    let power = simulation.power(|c| c.total_wh);
    assert!((power - (at(60) - at(0)) * 60.0).abs() < 1e-3 && power > 10_000.0, "{power} W");
}
