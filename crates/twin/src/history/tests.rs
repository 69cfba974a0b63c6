use super::*;
use crate::describe::describe;
use crate::facility::Name;
use domain::point::{Kind, Metric};

const START: i64 = 1_735_714_800_000;
const STEP: i64 = 900_000;

fn history(days: i64, seed: u64) -> (Simulation, Plan, Vec<u8>, Written) {
    let mut simulation = Simulation::warmed(Name::Flower, seed, None, START, None);
    let points = describe(simulation.spec(), "meter:502", "site").points;
    let plan = Plan {
        from_ms: START,
        to_ms: START + days * DAY_MS,
        step_ms: STEP,
        minutes_from_ms: i64::MAX,
        map_version: 7,
        points,
    };
    let mut out = Vec::new();
    let written = write(&mut simulation, &plan, &mut out).unwrap();
    (simulation, plan, out, written)
}

fn envelopes(mut bytes: &[u8]) -> Vec<Envelope> {
    let mut out = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (envelope, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        out.push(Envelope::decode(envelope).unwrap());
        bytes = rest;
    }
    out
}

#[test]
fn envelopes_are_a_gateways() {
    let (_, plan, bytes, written) = history(20, 1);
    let all = envelopes(&bytes);
    assert_eq!((all.len() as u64, bytes.len() as u64), (written.envelopes, written.bytes));
    assert_eq!(all.iter().map(|e| e.samples() as u64).sum::<u64>(), written.readings);
    for (envelope, seq) in all.iter().zip(1..) {
        assert_eq!((envelope.seq, envelope.map_version, envelope.boot), (seq, 7, all[0].boot));
        assert_eq!(envelope.columns.len(), plan.points.len());
        assert!(envelope.ticks.iter().all(|tick| tick % STEP == 0 && *tick < envelope.sent_at_ms));
    }
    let ticks: Vec<i64> = all.iter().flat_map(|e| e.ticks.clone()).collect();
    assert!(ticks.is_sorted_by(|a, b| a < b));
    assert_eq!((ticks[0], ticks[ticks.len() - 1]), (plan.from_ms, plan.to_ms));
    assert!(ticks.len() > 20 * 96 * 9 / 10, "{} ticks", ticks.len());
}

/// Counters never fall and never rise faster than the point says; gauges stay in their plausible range.
#[test]
fn readings_are_plausible() {
    let (_, plan, bytes, _) = history(20, 1);
    let all = envelopes(&bytes);
    for (index, point) in plan.points.iter().enumerate() {
        let readings: Vec<(i64, i64)> = all
            .iter()
            .flat_map(|e| e.ticks.iter().zip(&e.columns[index].values).filter_map(|(t, v)| Some((*t, (*v)?))))
            .collect();
        assert!(point.kind == Kind::Delta || readings.len() > 1_500, "{}: {}", point.name, readings.len());
        assert!(readings.iter().all(|(_, v)| point.valid_min.is_none_or(|min| *v >= min)), "{}", point.name);
        assert!(readings.iter().all(|(_, v)| point.valid_max.is_none_or(|max| *v <= max)), "{}", point.name);
        if let Some(rate_max) = point.rate_max {
            for pair in readings.windows(2) {
                let (hours, rise) = ((pair[1].0 - pair[0].0) as f64 / 3.6e6, pair[1].1 - pair[0].1);
                assert!(rise >= 0 && rise as f64 <= rate_max as f64 * hours, "{} {pair:?}", point.name);
            }
        }
    }
}

/// A history ends as live readings go on, and nothing is counted twice where the steps change.
#[test]
fn the_end_is_by_the_minute() {
    let mut simulation = Simulation::warmed(Name::Flower, 1, None, START, None);
    let points = describe(simulation.spec(), "meter:502", "site").points;
    let (turn, end) = (START + 4 * STEP, START + 6 * STEP);
    let plan =
        Plan { from_ms: START, to_ms: end, step_ms: STEP, minutes_from_ms: turn, map_version: 1, points };
    let mut bytes = Vec::new();
    write(&mut simulation, &plan, &mut bytes).unwrap();
    let ticks: Vec<i64> = envelopes(&bytes).into_iter().flat_map(|e| e.ticks).collect();
    let coarse = (0..4).map(|i| START + i * STEP);
    assert_eq!(ticks, coarse.chain((0..=30).map(|i| turn + i * MINUTE_MS)).collect::<Vec<_>>());
}

/// The scale's deltas add up to what was harvested, whatever the step.
#[test]
fn the_scale_adds_up() {
    let (simulation, plan, bytes, _) = history(60, 1);
    let index = plan.points.iter().position(|p| p.metric == Metric::HarvestWeight).unwrap();
    let seen: i64 = envelopes(&bytes).iter().flat_map(|e| e.columns[index].values.clone()).flatten().sum();
    let weighings = &simulation.state().weighings;
    let put = weighings.iter().filter(|w| (START..=plan.to_ms).contains(&w.at_ms));
    let put: f64 = put.map(|w| w.grams.round()).sum();
    // An outage of the scale or the gateway may hide a load.
    assert!(seen as f64 <= put && seen as f64 > 0.7 * put && put > 10_000.0, "{seen} of {put} g");
}

#[test]
fn a_seed_fixes_every_byte() {
    assert_eq!(history(3, 1).2, history(3, 1).2);
    assert_ne!(history(3, 1).2, history(3, 2).2);
}

/// A device that starts from the history's state reads on where the history stopped.
#[test]
fn live_joins_history() {
    let (simulation, plan, bytes, _) = history(4, 1);
    let all = envelopes(&bytes);
    let last = all[all.len() - 1].columns[0].values.iter().flatten().last().copied().unwrap();
    let state = serde_json::from_str(&serde_json::to_string(simulation.state()).unwrap()).unwrap();
    let mut live = Simulation::resumed(Name::Flower, state, None).unwrap();
    live.advance(plan.to_ms + 60_000);
    let meter = live.spec().meters[0];
    let kwh = |at_ms| f64::from(Reading::of(&live, &meter, at_ms).parameter(72).unwrap());
    let joined = (kwh(plan.to_ms) * 1_000.0).round();
    assert!((joined - last as f64).abs() <= 1.0, "{joined} {last}");
    assert!(kwh(plan.to_ms + 60_000) * 1_000.0 > joined + 100.0);
}

#[test]
fn a_point_of_nowhere_is_refused_by_name() {
    let (mut simulation, mut plan, _, _) = history(1, 1);
    plan.points[3].source = None;
    let error = write(&mut simulation, &plan, &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("Lighting power"), "{error}");
}

#[test]
fn harvests_are_listed() {
    let mut simulation = Simulation::warmed(Name::Lettuce, 1, None, START, None);
    simulation.advance(START + 60 * DAY_MS);
    let csv = harvests_csv(&simulation);
    let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert!(csv.lines().count() >= 3);
    assert_eq!((cells.len(), cells[4]), (6, ""));
    assert!(cells[5].parse::<f64>().unwrap() > 1e6, "{csv}");
}

#[test]
fn the_crop_plan_says_what_the_recipe_calls_for_and_leaves_empty_days_out() {
    let simulation = Simulation::warmed(Name::Flower, 1, None, START, None);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let csv = crop_plan_csv(&simulation, day("2026-01-01"), day("2026-12-31"));
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let room: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == "flower-1").collect();
    assert!(room.windows(2).all(|pair| day(pair[0][2]) <= day(pair[1][1])), "rows overlap");
    let grown: i64 = room.iter().map(|row| (day(row[2]) - day(row[1])).num_days()).sum();
    assert!((300..364).contains(&grown), "{grown} days with a crop");
    for row in room {
        let ppfd: f64 = row[6].parse().unwrap();
        assert!((0.7 * 0.95 * 900.0 - 0.1..=1.05 * 900.0 + 0.1).contains(&ppfd), "{row:?}");
        assert_eq!((row[3], row[5]), ("flower", "12"));
    }
}
