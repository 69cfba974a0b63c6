use super::cost::{Avoided, LineKind, Period, Quarter};
use super::netting::{FuelSavings, NettingError, net};
use super::*;
use crate::local_time::day_start;
use chrono::TimeDelta;
use proptest::prelude::*;

/// Summer weekday afternoons 0.24, all else 0.09; 18.50 a kW on weekday afternoons, 6 a kW always, 2.10 a day.
const TERMS: &str = r#"{ "zone": "America/Denver", "currency": "USD", "versions": [
  { "from": "2026-01-01", "fixed_per_day": "2.10", "co2e_kg_per_kwh": "0.5",
    "energy": [
      { "name": "On peak", "rate": "0.24", "windows": [
        { "months": [6, 7, 8, 9], "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "14:00", "to": "18:00" } ] },
      { "name": "Off peak", "rate": "0.09", "windows": [
        { "months": [6, 7, 8, 9], "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "18:00", "to": "14:00" },
        { "months": [6, 7, 8, 9], "weekdays": ["Sat", "Sun"] },
        { "months": [1, 2, 3, 4, 5, 10, 11, 12] } ] } ],
    "demand": [
      { "name": "Facility demand", "rate": "6" },
      { "name": "Peak demand", "rate": "18.50", "windows": [
        { "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "14:00", "to": "18:00" } ] } ] } ] }"#;

fn tariff() -> Tariff {
    Tariff::from_json(TERMS).unwrap()
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Every quarter hour of a month at `kwh`.
fn month(first: &str, kwh: impl Fn(DateTime<Utc>) -> Decimal) -> (Period, Vec<Quarter>) {
    let period = Period::month_of(day(first));
    let (start, end) = (day_start(tariff().zone(), period.from), day_start(tariff().zone(), period.to));
    let quarters = (0..).map(|n| start + TimeDelta::minutes(15 * n)).take_while(|start| *start < end);
    (period, quarters.map(|start| Quarter { start, kwh: kwh(start) }).collect())
}

#[test]
fn the_local_clock_decides_the_price() {
    let tariff = tariff();
    // A Wednesday in July: 14:00 in Denver is 20:00 UTC.
    assert_eq!(tariff.energy_price(at("2026-07-15T19:45:00Z")), Some(dec("0.09")));
    assert_eq!(tariff.energy_price(at("2026-07-15T20:00:00Z")), Some(dec("0.24")));
    assert_eq!(tariff.energy_price(at("2026-07-15T23:45:00Z")), Some(dec("0.24")));
    assert_eq!(tariff.energy_price(at("2026-07-16T00:00:00Z")), Some(dec("0.09")));
    assert_eq!(tariff.energy_price(at("2026-07-18T20:00:00Z")), Some(dec("0.09")), "a Saturday");
    assert_eq!(tariff.energy_price(at("2026-01-14T21:00:00Z")), Some(dec("0.09")), "winter");
    assert_eq!(tariff.energy_price(at("2025-12-31T12:00:00Z")), None, "before the first version");
}

/// July 2026 has 23 weekdays: 23 × 4 h × 100 kW = 9 200 kWh on peak and 744 × 100 − 9 200 = 65 200 kWh off peak.
#[test]
fn a_month_at_a_steady_load_costs_what_a_hand_calculation_says() {
    let (period, mut quarters) = month("2026-07-01", |_| dec("25"));
    // One quarter hour of 180 kW on a Wednesday afternoon and one of 240 kW at night: 20 and 35 kWh more.
    for (when, kwh) in [("2026-07-15T21:00:00Z", "45"), ("2026-07-15T08:00:00Z", "60")] {
        quarters.iter_mut().find(|q| q.start == at(when)).unwrap().kwh = dec(kwh);
    }
    let cost = tariff().cost(period, &quarters).unwrap();
    let amounts: Vec<(LineKind, Decimal, Decimal)> =
        cost.lines.iter().map(|l| (l.kind, l.quantity, l.amount)).collect();
    assert_eq!(
        amounts,
        [
            (LineKind::Energy, dec("9220"), dec("2212.80")),
            (LineKind::Energy, dec("65235"), dec("5871.15")),
            (LineKind::Fixed, dec("31"), dec("65.10")),
            (LineKind::Demand, dec("240"), dec("1440.00")),
            (LineKind::Demand, dec("180"), dec("3330.00")),
        ]
    );
    assert_eq!(cost.total, dec("12919.05"));
    assert_eq!(cost.co2e_kg, Some(dec("37227.5")));
    assert_eq!(cost.lines[4].peak_at, Some(at("2026-07-15T21:00:00Z")));
}

/// March 2026 has 743 hours in Denver, November 721.
#[test]
fn months_in_which_the_clock_changes_have_their_hours() {
    for (first, hours) in [("2026-03-01", 743), ("2026-11-01", 721)] {
        let (period, quarters) = month(first, |_| dec("0.25"));
        let cost = tariff().cost(period, &quarters).unwrap();
        assert_eq!(cost.lines[0].quantity, Decimal::from(hours));
        assert_eq!(cost.lines[0].amount, dec("0.09") * Decimal::from(hours));
    }
}

#[test]
fn avoided_cost_is_the_difference_of_two_bills() {
    let (period, quarters) = month("2026-07-01", |_| dec("25"));
    let avoided: Vec<Avoided> = quarters
        .iter()
        .map(|q| Avoided { start: q.start, counterfactual: q.kwh, actual: dec("20") })
        .collect();
    let found = tariff().avoided_cost(period, &avoided).unwrap();
    // 20 kW less: 1 840 kWh on peak, 13 040 off peak, 20 kW of both demands; the amount per day is the same.
    assert_eq!(found.total, dec("441.60") + dec("1173.60") + dec("120") + dec("370"));
    assert_eq!(found.co2e_kg, Some(dec("7440.0")));
}

#[test]
fn versions_in_force_for_part_of_a_month_are_charged_for_their_days() {
    let mut terms: Terms = serde_json::from_str(TERMS).unwrap();
    let mut second = terms.versions[0].clone();
    second.from = day("2026-04-16");
    second.energy[1].rate = dec("0.10");
    terms.versions.push(second);
    let (period, quarters) = month("2026-04-01", |_| dec("25"));
    let cost = Tariff::new(terms).unwrap().cost(period, &quarters).unwrap();
    let energy: Vec<Decimal> =
        cost.lines.iter().filter(|l| l.kind == LineKind::Energy).map(|l| l.amount).collect();
    // 15 days each of 2 400 kWh.
    assert_eq!(energy, [dec("3240.00"), dec("3600.00")]);
    assert!(
        cost.lines.iter().filter(|l| l.kind == LineKind::Demand).all(|l| l.share_of_period == dec("0.5"))
    );
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let problems = |text: &str| -> Vec<String> {
        Tariff::from_json(text).unwrap_err().into_iter().map(|p| p.field).collect()
    };
    assert_eq!(problems(&TERMS.replace("America/Denver", "Denver")), ["zone"]);
    let uncovered =
        TERMS.replace(r#"{ "months": [1, 2, 3, 4, 5, 10, 11, 12] }"#, r#"{ "months": [1, 2, 3] }"#);
    assert!(problems(&uncovered).iter().any(|field| field.starts_with("versions[0].energy")));
    let twice = TERMS.replace(r#""from": "18:00", "to": "14:00""#, r#""from": "17:00", "to": "14:00""#);
    assert!(problems(&twice).iter().any(|field| field.starts_with("versions[0].energy")));
    assert!(problems(&TERMS.replace("\"2.10\"", "\"-1\"")).iter().any(|f| f.ends_with("fixed_per_day")));
    assert_eq!(problems("{"), ["line 1, column 1"]);
}

#[test]
fn fuels_are_netted_in_money_and_in_carbon() {
    let fuel = |fuel: &str, cost: &str, co2e: &str| FuelSavings {
        fuel: fuel.into(),
        avoided: dec("1"),
        unit: "kWh".into(),
        avoided_cost: dec(cost),
        currency: "USD".into(),
        avoided_co2e_kg: Some(dec(co2e)),
    };
    let both = net(vec![fuel("electricity", "1000.00", "4000"), fuel("gas", "-240.10", "-900")]).unwrap();
    assert_eq!((both.avoided_cost, both.avoided_co2e_kg), (dec("759.90"), Some(dec("3100"))));
    assert_eq!(net(vec![]), Err(NettingError::NoFuel));
    let twice = net(vec![fuel("gas", "1", "1"), fuel("gas", "1", "1")]);
    assert_eq!(twice, Err(NettingError::Twice("gas".into())));
}

proptest! {
    /// Every quarter hour has one price, and energy lines hold all energy.
    #[test]
    fn all_energy_is_priced_once(loads in prop::collection::vec(0_i64..100_000, 96)) {
        let tariff = tariff();
        let period = Period { from: day("2026-06-30"), to: day("2026-07-01") };
        let start = day_start(tariff.zone(), period.from);
        let quarters: Vec<Quarter> = loads
            .iter()
            .zip(0..)
            .map(|(wh, n)| Quarter { start: start + TimeDelta::minutes(15 * n), kwh: Decimal::new(*wh, 3) })
            .collect();
        let cost = tariff.cost(period, &quarters).unwrap();
        let energy: Decimal =
            cost.lines.iter().filter(|l| l.kind == LineKind::Energy).map(|l| l.quantity).sum();
        prop_assert_eq!(energy, quarters.iter().map(|q| q.kwh).sum::<Decimal>());
    }
}
