//! Volume and exactness.

use super::*;
use proptest::prelude::*;

#[test]
fn a_year_of_quarter_hours_adds_up() {
    let count = 35_040_i64;
    let readings: String = (0..count).map(|n| reading(JANUARY + n * 900, 900, n % 97)).collect();
    let file = read(feed(&fields(&ENERGY), &readings).as_bytes()).unwrap();
    let series = &file.series[0];
    assert_eq!(series.intervals.len(), 35_040);
    assert_eq!(total(series), (0..count).map(|n| n % 97).sum::<i64>().to_string());
    assert!(domain::utility::gaps(series.intervals.iter().map(|i| (i.start, i.end))).is_empty());
}

proptest! {
    /// value × 10^multiplier and cost × 10^-5, to the last digit: checked in integers at 10^-18.
    #[test]
    fn values_and_costs_are_exact(
        parts in prop::collection::vec((-(1_i64 << 46)..(1_i64 << 46), 0_u32..=6, -(1_i64 << 46)..(1_i64 << 46)), 1..20),
        power in -12_i8..=3,
    ) {
        let readings: String = (0_i64..)
            .zip(&parts)
            .map(|(n, (mantissa, scale, cost))| {
                // At most 15 digits before and 6 after the point.
                let value = Decimal::new(*mantissa, *scale);
                reading(JANUARY + n * 900, 900, value)
                    .replace("<e:timePeriod>", &format!("<e:cost>{cost}</e:cost><e:timePeriod>"))
            })
            .collect();
        let mut kind = fields(&ENERGY).replace("<e:flowDirection>1", "<e:flowDirection>4");
        kind += &fields(&[("powerOfTenMultiplier", &power.to_string()), ("currency", "840")]);
        let file = read(feed(&kind, &readings).as_bytes()).unwrap();
        let series = &file.series[0];
        prop_assert_eq!(series.intervals.len(), parts.len());
        let fine = |d: Decimal| d.mantissa() * 10_i128.pow(18 - d.scale());
        for (interval, (mantissa, scale, cost)) in series.intervals.iter().zip(&parts) {
            let exponent = i64::from(18 - scale) + i64::from(power);
            let expected = i128::from(*mantissa) * 10_i128.pow(u32::try_from(exponent).unwrap());
            prop_assert_eq!(fine(interval.value), expected);
            prop_assert_eq!(fine(interval.cost.unwrap()), i128::from(*cost) * 10_i128.pow(13));
        }
    }
}
