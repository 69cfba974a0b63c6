use super::*;
use crate::tariff::cost::cents;
use proptest::prelude::*;

fn day(n: i64, baseline: Decimal, actual: Decimal, price: Decimal) -> Performance {
    Performance {
        day: NaiveDate::default() + chrono::TimeDelta::days(n),
        metric_type: MetricType::Electricity,
        baseline: None,
        baseline_value: Some(baseline),
        actual_value: Some(actual),
        savings_value: Some(baseline - actual),
        unit: "kWh".to_owned(),
        baseline_cost: Some((baseline * price).round_dp(4)),
        cost_savings: Some(((baseline - actual) * price).round_dp(4)),
        currency: "USD".to_owned(),
        coverage: 1.0,
        state: FigureState::Provisional,
        flags: vec![],
        revision: 1,
        computed_at: DateTime::default(),
    }
}

fn effect(amount: Decimal) -> Effect {
    Effect {
        event: uuid::Uuid::nil().into(),
        title: "Chiller".to_owned(),
        metric_type: MetricType::Electricity,
        days: Decimal::ONE,
        amount,
        half_width: Decimal::ONE,
    }
}

fn totals(days: &[Performance], effects: &[Effect]) -> Totals {
    let borrowed: Vec<&Performance> = days.iter().collect();
    let events = effects.iter().map(|e| e.amount).sum();
    Totals::of(&borrowed, events, crate::savings::equation::PROVISIONAL_SHARE_RATE).unwrap()
}

#[test]
fn a_part_is_what_the_rounded_sum_grows_by() {
    let third = Decimal::new(3_335, 3);
    let sum = apportion(&[third, third, third], Decimal::new(1001, 2), 2);
    assert_eq!(sum, [Decimal::new(334, 2), Decimal::new(333, 2), Decimal::new(334, 2)]);
    assert!(apportion(&[], Decimal::ZERO, 2).is_empty());
}

#[test]
fn a_day_without_savings_is_no_part() {
    let one = |n| day(n, Decimal::TEN, Decimal::ONE, Decimal::ONE);
    let days = [one(0), Performance { savings_value: None, cost_savings: None, ..one(1) }];
    let totals = totals(&days, &[]);
    let (parts, total) = parts(Derived::SavedEnergy, &days, &[], &totals).unwrap();
    assert_eq!((parts.len(), total), (1, Decimal::from(9)));
}

#[test]
fn without_a_price_there_is_energy_and_no_money() {
    let mut one = day(0, Decimal::TEN, Decimal::ONE, Decimal::ONE);
    (one.baseline_cost, one.cost_savings) = (None, None);
    let days = [one];
    let totals = totals(&days, &[]);
    for figure in Derived::ALL {
        assert_eq!(parts(*figure, &days, &[], &totals).is_none(), figure.money(), "{figure:?}");
    }
}

#[test]
fn a_loss_is_shared_with_nobody() {
    let days = [
        day(0, Decimal::TEN, Decimal::ONE, Decimal::ONE),
        day(1, Decimal::TEN, Decimal::from(40), Decimal::ONE),
    ];
    let totals = totals(&days, &[]);
    let (share, _) = parts(Derived::Share, &days, &[], &totals).unwrap();
    assert!(share.iter().all(|part| part.value.is_zero()));
    let (keep, total) = parts(Derived::Keep, &days, &[], &totals).unwrap();
    assert_eq!(
        (keep[0].value, keep[1].value, total),
        (Decimal::from(9), Decimal::from(-30), Decimal::from(-21))
    );
}

proptest! {
    #[test]
    fn parts_add_up_to_every_figure(
        rows in prop::collection::vec((0i64..9_000_000, 0i64..9_000_000, 1i64..9_999), 1..40),
        events in prop::collection::vec(-500_000i64..500_000, 0..3),
    ) {
        let days: Vec<Performance> = (0..).zip(&rows)
            .map(|(n, (b, a, p))| day(n, Decimal::new(*b, 3), Decimal::new(*a, 3), Decimal::new(*p, 5)))
            .collect();
        let effects: Vec<Effect> = events.iter().map(|amount| effect(Decimal::new(*amount, 3))).collect();
        let totals = totals(&days, &effects);
        for figure in Derived::ALL {
            let (parts, total) = parts(*figure, &days, &effects, &totals).unwrap();
            prop_assert_eq!(parts.iter().map(|part| part.value).sum::<Decimal>(), total, "{:?}", figure);
            for part in &parts {
                prop_assert!(part.value.scale() <= figure.places());
                // Two roundings, each by less than a unit of the last place, and the share's third.
                let most = Decimal::new(3, figure.places());
                prop_assert!((part.value - part.exact).abs() < most, "{:?} {:?}", figure, part);
            }
            let terms = formula(*figure, &days, &totals, ("kWh", "USD"));
            let of = |sign: &str| terms.iter().filter(|t| t.sign == sign).map(|t| t.value).sum::<Decimal>();
            let stated = match figure {
                Derived::Share => cents(terms[0].value * terms[1].value),
                _ => of("") + of("+") - of("−"),
            };
            prop_assert!((stated - total).abs() <= Decimal::new(6, 3), "{:?}: {} {}", figure, stated, total);
        }
    }
}
