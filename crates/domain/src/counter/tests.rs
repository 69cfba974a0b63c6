use super::*;

fn meter(modulus: Option<i64>, rate_max: Option<i64>, events: Vec<MeterEvent>) -> Meter {
    Meter { kind: Kind::Counter, interval_ms: 10_000, modulus, rate_max, events }
}

fn step(meter: &Meter, from: (i64, i64), to: (i64, i64)) -> Step {
    meter.step(Reading { t: from.0 * 1000, v: from.1 }, Reading { t: to.0 * 1000, v: to.1 })
}

fn rise(value: i64, scale: u8) -> Step {
    Step::Rise(Amount { value, scale })
}

#[test]
fn a_register_rises_resets_or_is_too_fast() {
    let plain = meter(None, Some(3_600), vec![]);
    assert_eq!(step(&plain, (0, 100), (10, 110)), rise(10, 0));
    assert_eq!(step(&plain, (0, 100), (10, 100)), rise(0, 0));
    assert_eq!(step(&plain, (0, 100), (10, 112)), Step::Implausible, "one unit of slack, not two");
    assert_eq!(step(&plain, (0, 100), (10, 3)), Step::Reset);
}

#[test]
fn a_register_wraps_when_that_is_plausible() {
    let wrapping = meter(Some(65_536), Some(36_000), vec![]);
    assert_eq!(step(&wrapping, (0, 65_500), (10, 20)), Step::Rollover(Amount { value: 56, scale: 0 }));
    assert_eq!(step(&wrapping, (0, 30_000), (10, 20)), Step::Reset);
    // In two hours 72,000 are possible: 20 may be 20 or 65,556.
    assert_eq!(step(&wrapping, (0, 0), (7_200, 20)), Step::Unknown);
    assert_eq!(step(&wrapping, (0, 0), (7_200, 20_000)), rise(20_000, 0));
    let blind = meter(Some(65_536), None, vec![]);
    assert_eq!(step(&blind, (0, 65_500), (10, 20)), Step::Rollover(Amount { value: 56, scale: 0 }));
    assert_eq!(step(&blind, (0, 40_000), (10, 20)), Step::Reset);
}

#[test]
fn deltas_are_taken_as_they_come_and_gauges_never_rise() {
    let delta = Meter { kind: Kind::Delta, ..meter(None, None, vec![]) };
    assert_eq!(step(&delta, (0, 5), (10, 7)), rise(7, 0));
    assert_eq!(step(&delta, (0, 5), (10, -1)), Step::Implausible);
    let gauge = Meter { kind: Kind::Gauge, ..meter(None, None, vec![]) };
    assert_eq!(step(&gauge, (0, 5), (10, -7)), rise(0, 0));
}

#[test]
fn events_split_a_step_at_the_registers_somebody_read() {
    let swap = MeterEvent { at: 5_000, closing: Some(104), opening: Some(7), multiplier: Decimal::ONE };
    assert_eq!(step(&meter(None, None, vec![swap]), (0, 100), (10, 10)), rise(4 + 3, 0));
    let ratio = MeterEvent { multiplier: Decimal::new(1250, 3), ..swap };
    let with_ratio = meter(None, None, vec![ratio]);
    assert_eq!(step(&with_ratio, (0, 100), (10, 10)), rise(400 + 3 * 125, 2));
    assert_eq!(step(&with_ratio, (10, 10), (20, 20)), rise(1_250, 2));
    assert_eq!(step(&with_ratio, (-10, 10), (0, 20)), rise(10, 0));
    let unread = MeterEvent { opening: None, ..swap };
    assert_eq!(step(&meter(None, None, vec![unread]), (0, 100), (10, 10)), Step::Unknown);
    let wrong = MeterEvent { closing: Some(90), ..swap };
    assert_eq!(step(&meter(None, None, vec![wrong]), (0, 100), (10, 10)), Step::Reset);
}

#[test]
fn an_event_is_of_the_new_regime_at_its_very_instant() {
    let swap = MeterEvent { at: 10_000, closing: Some(105), opening: Some(0), multiplier: Decimal::TWO };
    let meter = meter(None, None, vec![swap]);
    assert_eq!(step(&meter, (0, 100), (10, 0)), rise(5, 0));
    assert_eq!(step(&meter, (10, 0), (20, 4)), rise(8, 0));
}

#[test]
fn amounts_add_at_the_finer_scale() {
    let sum = Amount { value: 3, scale: 0 }.plus(Amount { value: 25, scale: 2 });
    assert_eq!(sum, Amount { value: 325, scale: 2 });
}
