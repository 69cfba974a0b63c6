use super::*;
use crate::facility::Name;
use crate::simulation::Simulation;

const KEY: &str = "zigbee2mqtt/flower-1-climate";

fn fault(text: &str) -> Faults {
    let mut faults = Faults::new(1);
    faults.add(text.parse().unwrap());
    faults
}

/// A counter that grows by one a message and a gauge of ten times that.
fn message(n: i64) -> Vec<Field> {
    vec![
        Field::counter("/total_act", 65_530.0 + n as f64),
        Field::gauge("/temperature", 10.0 * n as f64),
        Field { pointer: "/last_seen", value: Value::Time(1_000 * n) },
    ]
}

fn run(faults: &mut Faults, count: i64) -> Vec<Vec<Emission>> {
    (0..count).map(|n| faults.apply("flower-1-climate", KEY, message(n))).collect()
}

fn counters(stream: &[Vec<Emission>]) -> Vec<f64> {
    stream.iter().flatten().filter_map(|e| e.fields[0].number()).collect()
}

#[test]
fn without_faults_everything_passes() {
    let stream = run(&mut Faults::new(1), 3);
    assert_eq!(counters(&stream), [65_530.0, 65_531.0, 65_532.0]);
    assert!(stream.iter().flatten().all(|e| e.after_ms == 0));
}

#[test]
fn drop_loses_about_its_share_and_keeps_the_order() {
    let seen = counters(&run(&mut fault("drop:flower-1-climate:0.3"), 1_000));
    assert!((640..760).contains(&seen.len()), "{}", seen.len());
    assert!(seen.is_sorted());
    assert!(counters(&run(&mut fault("drop:*:1"), 50)).is_empty());
}

#[test]
fn duplicate_says_some_things_twice() {
    let stream = run(&mut fault("duplicate:*:0.5"), 200);
    assert!(stream.iter().all(|out| (1..=2).contains(&out.len())));
    assert!(stream.iter().filter(|out| out.len() == 2).all(|out| out[0] == out[1]));
    assert!((60..140).contains(&stream.iter().filter(|out| out.len() == 2).count()));
}

#[test]
fn reorder_swaps_neighbours_and_loses_none() {
    let seen = counters(&run(&mut fault("reorder:flower-1-climate"), 4));
    assert_eq!(seen, [65_531.0, 65_530.0, 65_533.0, 65_532.0]);
}

#[test]
fn delay_comes_late() {
    let stream = run(&mut fault("delay:*:1500"), 3);
    assert!(stream.iter().flatten().all(|e| e.after_ms == 1_500));
    assert_eq!(counters(&stream).len(), 3);
}

#[test]
fn counter_reset_restarts_counters_and_leaves_gauges() {
    let stream = run(&mut fault("counter-reset:*"), 3);
    assert_eq!(counters(&stream), [0.0, 1.0, 2.0]);
    assert_eq!(stream[2][0].fields[1].number(), Some(20.0));
}

#[test]
fn rollover_wraps_counters_at_sixteen_bits() {
    let seen = counters(&run(&mut fault("rollover16:*"), 8));
    assert_eq!(seen[5..], [65_535.0, 0.0, 1.0]);
}

#[test]
fn stuck_repeats_the_first_values_with_a_running_clock() {
    let stream = run(&mut fault("stuck:*"), 3);
    assert_eq!(counters(&stream), [65_530.0; 3]);
    assert_eq!(stream[2][0].fields[1].number(), Some(0.0));
    assert_eq!(stream[2][0].fields[2].value, Value::Time(2_000));
}

#[test]
fn spike_multiplies_now_and_then() {
    let stream = run(&mut fault("spike:*:20"), 500);
    let spikes = stream.iter().enumerate().filter(|(n, out)| {
        let number = out[0].fields[1].number().unwrap();
        assert!(number == 10.0 * *n as f64 || number == 200.0 * *n as f64);
        *n > 0 && number == 200.0 * *n as f64
    });
    assert!((25..90).contains(&spikes.count()));
}

#[test]
fn clock_skew_moves_only_the_clock() {
    let stream = run(&mut fault("clock-skew:*:-5000"), 2);
    assert_eq!(stream[1][0].fields[2].value, Value::Time(-4_000));
    assert_eq!(counters(&stream), [65_530.0, 65_531.0]);
}

#[test]
fn silence_is_for_its_target_only_and_can_be_cleared() {
    let mut faults = fault("silence:flower-1-climate");
    assert!(faults.apply("flower-1-climate", KEY, message(0)).is_empty());
    assert_eq!(faults.apply("flower-2-climate", "other", message(0)).len(), 1);
    faults.clear();
    assert_eq!(faults.apply("flower-1-climate", KEY, message(1)).len(), 1);
}

/// The stream of a real device: a stuck sensor in a room whose air moves.
#[test]
fn a_stuck_device_of_a_running_facility_repeats_itself() {
    let start = 1_735_689_600_000;
    let mut simulation = Simulation::warmed(Name::Lettuce, 1, None, start, None);
    let devices = crate::devices::sensor::devices(simulation.spec());
    let device = devices.iter().find(|d| d.name == "compartment-1-climate").unwrap();
    let mut faults = Faults::new(1);
    faults.add("stuck:compartment-1-climate".parse().unwrap());
    let (mut raw, mut stuck) = (Vec::new(), Vec::new());
    for minute in 1..=60 {
        let at_ms = start + minute * 60_000;
        simulation.advance(at_ms);
        let fields = device.fields(&simulation, at_ms, at_ms).unwrap();
        raw.push(fields[0].number());
        stuck.extend(faults.apply(&device.name, &device.topic, fields).iter().map(|e| e.fields[0].number()));
    }
    assert!(stuck.iter().all(|value| *value == raw[0]));
    assert!(raw.iter().any(|value| *value != raw[0]));
}

#[test]
fn what_cannot_be_understood_is_named() {
    let parse = |text: &str| text.parse::<Fault>().unwrap_err();
    assert_eq!(parse("drop"), FaultError::Form);
    assert_eq!(parse("melt:*"), FaultError::Kind("melt".into()));
    assert_eq!(parse("drop:*:2"), FaultError::Parameter("2".into()));
    assert_eq!(parse("reorder:meter-1"), FaultError::Polled("reorder".into()));
}
