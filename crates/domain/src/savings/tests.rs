use super::*;
use proptest::prelude::*;

#[test]
fn parts_follow_the_weights() {
    let parts = spread(Decimal::from(10), &[1.0, 3.0, 0.0]);
    assert_eq!(parts, [Decimal::new(2_500, 3), Decimal::new(7_500, 3), Decimal::ZERO]);
    assert_eq!(spread(Decimal::from(3), &[0.0; 2]), [Decimal::new(15, 1), Decimal::new(15, 1)]);
    assert!(spread(Decimal::ONE, &[]).is_empty());
}

proptest! {
    #[test]
    fn parts_add_up_to_the_whole(wh in -10_000_000_i64..10_000_000, weights in prop::collection::vec(0.0..5.0_f64, 1..101)) {
        let total = Decimal::new(wh, 3);
        prop_assert_eq!(spread(total, &weights).into_iter().sum::<Decimal>(), total);
    }
}

#[test]
fn a_profile_adds_up_to_one_and_fills_what_nobody_measured() {
    let shares = profile((0..96).filter(|q| *q != 7).flat_map(|q| [(q, 2.0), (q, 4.0)]));
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((shares[7] - 1.0 / 96.0).abs() < 1e-12);
    assert_eq!(profile([(3, f64::NAN)]).len(), QUARTERS);
    assert_eq!(profile([]), vec![1.0 / 96.0; 96]);
}
