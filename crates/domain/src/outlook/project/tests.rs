use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Consecutive whole months from January 2026 on with these savings per day, all of them measured.
fn history(per_day: &[i64]) -> Vec<Month> {
    let month = |(index, rate): (i32, &i64)| {
        let first = first_of(2026 * 12 + index).unwrap();
        let days = u32::from(first.num_days_in_month());
        let savings = Some(Decimal::from(rate * i64::from(days)));
        Month { first, savings, coverage: 1.0, days, complete: true }
    };
    (0..).zip(per_day).map(month).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.1
}

#[test]
fn three_months_give_their_mean_and_spread() {
    let fan = project(&history(&[10, 12, 14]), 5).unwrap();
    let first = |m: &FanMonth| m.first.to_string();
    assert_eq!(
        fan.months.iter().map(first).collect::<Vec<_>>(),
        ["2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"]
    );
    // By hand: mean 12, s² = 4, and t = 1.8856 with 2 degrees of freedom (integrated numerically, apart from this
    // program): 1.8856·√(4·4/3) = 4.3546 a day. May: times √2. August is five ahead, the cap of 2 holds.
    let (april, may, august) = (fan.months[0], fan.months[1], fan.months[4]);
    assert!(near(april.p10, 229.36) && near(april.p50, 360.0) && near(april.p90, 490.64), "{april:?}");
    assert!(near(may.p10, 181.09) && near(may.p90, 562.91), "{may:?}");
    assert!(near(august.p10, 102.01) && near(august.p90, 641.99), "{august:?}");
    let none = Backtest { n: 0, mean_abs_error: 0.0, mean_abs_percent: None, coverage_p10_p90: None };
    assert_eq!(fan.backtest, none);
    assert!(fan.method.starts_with("Per day, the mean of the last 3 months; no season"), "{}", fan.method);
}

#[test]
fn errors_of_the_back_test_widen_the_fan() {
    let fan = project(&history(&[10, 12, 14, 20]), 1).unwrap();
    // By hand: April was projected at 12 a day and gave 20: 240 of 600, beyond the 4.35 of the fan of then.
    assert_eq!(fan.backtest.n, 1);
    assert!(near(fan.backtest.mean_abs_error, 240.0));
    assert!(near(fan.backtest.mean_abs_percent.unwrap(), 40.0));
    assert_eq!(fan.backtest.coverage_p10_p90, Some(0.0));
    // Mean 14, s² = 56/3, a further month 70/3; (8² + 3·70/3)/4 = 33.5; t = 1.6377 with 3 degrees of freedom.
    let may = fan.months[0];
    assert!(near(may.p10, 140.15) && near(may.p50, 434.0) && near(may.p90, 727.85), "{may:?}");
}

#[test]
fn the_same_month_a_year_before_counts_half() {
    let mut rates = [10; 13];
    (rates[0], rates[12]) = (50, 40);
    let fan = project(&history(&rates), 13).unwrap();
    // By hand: half of February's 10 and half of (5·10 + 40)/6 = 15 are 12.5; the next January half of 40 and of 15.
    assert!(near(fan.months[0].p50, 12.5 * 28.0) && near(fan.months[11].p50, 27.5 * 31.0), "{fan:?}");
    // The last of the back-test: half of 50 and of 10 for 40, off by 10 a day for 31 days. April to June were projected
    // from January's 50: at 70/3, 20 and 18. July is from January to June, at 100/6.
    let off = 10.0 * 31.0 + (40.0 / 3.0) * 30.0 + 10.0 * 31.0 + 8.0 * 30.0 + (40.0 / 6.0) * 31.0;
    assert_eq!(fan.backtest.n, 10);
    assert!(near(fan.backtest.mean_abs_error * 10.0, off), "{:?}", fan.backtest);
    assert!(fan.method.contains("half the same month a year before and half the mean of the last 6 months"));
    assert!(project(&history(&rates[1..]), 13).unwrap().method.contains("a year before and"));
    assert!(project(&history(&rates[..5]), 10).unwrap().method.contains("where it is known"));
}

#[test]
fn months_are_scaled_to_full_coverage_and_the_running_one_is_projected() {
    let mut months = history(&[10, 10, 10, 10, 99]);
    months[1].coverage = 0.95;
    months[1].savings = Some(Decimal::new(2_660, 1));
    // Too thin, and not whole.
    (months[3].coverage, months[4].complete) = (0.89, false);
    let fan = project(&months, 1).unwrap();
    let may = fan.months[0];
    assert_eq!((may.first.to_string().as_str(), fan.backtest.n), ("2026-05-01", 0));
    assert!(near(may.p10, 310.0) && near(may.p50, 310.0) && near(may.p90, 310.0), "{may:?}");
    assert!(project(&months, 0).unwrap().months.is_empty());
    assert_eq!(project(&months, usize::MAX).unwrap().months.len(), LONGEST);
    months[0].coverage = f64::NAN;
    let refused = project(&months, 12).unwrap_err();
    assert_eq!(refused, Reason { usable: 2, partial: 1, thin: 2 });
    assert_eq!(
        refused.to_string(),
        "A projection needs 3 whole months with data for at least 90 % of their time; so far there are 2. \
         Not counted: 1 begun or broken off, 2 with too little data."
    );
    assert!(project(&[], 12).unwrap_err().to_string().contains("so far there is none"));
}

proptest! {
    #[test]
    fn fans_are_ordered_and_do_not_depend_on_the_order_of_months(
        mut months in prop::collection::vec(
            (0_i32..30, prop::option::weighted(0.9, -99_999_i64..99_999), 0.8..1.0_f64, prop::bool::weighted(0.9)),
            0..40,
        )
        .prop_map(|drawn| {
            let month = |(index, cents, coverage, complete): (i32, Option<i64>, f64, bool)| {
                let first = first_of(2025 * 12 + index).unwrap();
                let (savings, days) = (cents.map(|c| Decimal::new(c, 2)), u32::from(first.num_days_in_month()));
                Month { first, savings, coverage, days, complete }
            };
            drawn.into_iter().map(month).collect::<Vec<Month>>()
        }),
        turn in 0_usize..40,
    ) {
        let found = project(&months, 12);
        if let Ok(fan) = &found {
            prop_assert_eq!(fan.months.len(), 12);
            prop_assert!(fan.months.iter().all(|m| m.p10 <= m.p50 && m.p50 <= m.p90 && (m.p90 - m.p10).is_finite()));
            let width = |m: &FanMonth| (m.p90 - m.p10) / f64::from(m.first.num_days_in_month());
            prop_assert!(fan.months.windows(2).all(|pair| width(&pair[0]) <= width(&pair[1]) + 1e-6));
            prop_assert!(fan.backtest.coverage_p10_p90.is_none_or(|share| (0.0..=1.0).contains(&share)));
        }
        let turn = turn.min(months.len());
        months.rotate_left(turn);
        prop_assert_eq!(&project(&months, 12), &found);
        months.reverse();
        prop_assert_eq!(&project(&months, 12), &found);
    }
}
