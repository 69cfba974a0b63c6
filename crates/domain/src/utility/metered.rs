//! A utility's series as what a facility used: amounts per bucket, in the unit that its own meters have.

use super::{Commodity, Flow, Measure, Unit, UtilityInterval};
use crate::baseline::MetricType;
use crate::quality::Quality;
use crate::series::SeriesInterval;
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

/// What a value of the series is multiplied with to have kWh (electricity, gas) or litres (water); none where the series
/// does not count use of this metric, or only together with a heating value that no file states.
pub fn factor(metric: MetricType, commodity: Commodity, unit: Unit, flow: Flow) -> Option<Decimal> {
    let counted = unit.measure() == Measure::Amount && !matches!(flow, Flow::Received | Flow::Total);
    let energy = match unit {
        Unit::WattHour => Some(Decimal::new(1, 3)),
        // A US therm is 105 480 400 J (10 CFR 430), a British thermal unit 1 055.055 852 62 J.
        Unit::Therm => Some(Decimal::new(293_001_111, 7)),
        Unit::Btu => Some(Decimal::new(2_930_710_702, 13)),
        Unit::Joule => Some(Decimal::new(277_777_777_777_778, 21)),
        _ => None,
    };
    let volume = match unit {
        Unit::Litre => Some(Decimal::ONE),
        Unit::CubicMetre => Some(Decimal::from(1_000)),
        Unit::CubicFoot => Some(Decimal::new(28_316_846_592, 9)),
        Unit::UsGallon => Some(Decimal::new(3_785_411_784, 9)),
        Unit::ImperialGallon => Some(Decimal::new(454_609, 5)),
        _ => None,
    };
    match (metric, commodity) {
        (MetricType::Electricity, Commodity::Electricity) | (MetricType::Gas, Commodity::Gas) => energy,
        (MetricType::Water, Commodity::Water) => volume,
        _ => None,
    }
    .filter(|_| counted)
}

/// Amounts per bucket between `edges` (ascending), each value times `factor`. An interval that reaches over an edge is
/// split by time; where it is longer than an hour and than the bucket, that is an estimate. A bucket of which any part
/// is not covered has no amount.
pub fn per_bucket(
    intervals: &[UtilityInterval],
    factor: Decimal,
    edges: &[DateTime<Utc>],
) -> Vec<SeriesInterval> {
    let mut first = 0;
    let bucket = |edge: &[DateTime<Utc>]| {
        let (start, end) = (edge[0], edge[1]);
        while intervals.get(first).is_some_and(|interval| interval.end <= start) {
            first += 1;
        }
        let within = intervals[first..].iter().take_while(|interval| interval.start < end);
        let (mut sum, mut known, mut quality) = (Decimal::ZERO, TimeDelta::zero(), Quality::Measured);
        for interval in within.filter(|interval| interval.quality != Quality::Missing) {
            let part = interval.end.min(end) - interval.start.max(start);
            let whole = interval.end - interval.start;
            sum += interval.value * factor * Decimal::from(part.num_milliseconds())
                / Decimal::from(whole.num_milliseconds());
            known += part;
            let split = part < whole && whole > TimeDelta::hours(1) && whole > end - start;
            let as_good_as = if split { Quality::Estimated } else { Quality::Measured };
            quality = quality.max(interval.quality).max(as_good_as);
        }
        let complete = known == end - start;
        SeriesInterval {
            start,
            end,
            value: complete.then_some(sum.normalize()),
            min: None,
            max: None,
            quality: if complete { quality } else { Quality::Missing },
            coverage: known.as_seconds_f64() / (end - start).as_seconds_f64(),
            partial: false,
        }
    };
    edges.windows(2).map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn interval(from: i64, until: i64, value: i64, quality: Quality) -> UtilityInterval {
        UtilityInterval {
            start: at(from),
            end: at(until),
            value: value.into(),
            cost: None,
            quality,
            codes: vec![],
            updated: None,
        }
    }

    #[test]
    fn units_become_those_of_our_meters() {
        let of =
            |metric, commodity, unit| factor(metric, commodity, unit, Flow::Delivered).map(|f| f.to_string());
        let kwh = |unit| of(MetricType::Gas, Commodity::Gas, unit);
        assert_eq!(
            of(MetricType::Electricity, Commodity::Electricity, Unit::WattHour).as_deref(),
            Some("0.001")
        );
        assert_eq!(kwh(Unit::Therm).as_deref(), Some("29.3001111"));
        assert_eq!(kwh(Unit::Btu).as_deref(), Some("0.0002930710702"));
        assert_eq!(kwh(Unit::CubicFoot), None, "a volume of gas needs its heating value");
        let joule = factor(MetricType::Gas, Commodity::Gas, Unit::Joule, Flow::Delivered).unwrap();
        assert!((joule * Decimal::from(3_600_000) - Decimal::ONE).abs() < Decimal::new(1, 12), "{joule}");
        let litres = |unit| of(MetricType::Water, Commodity::Water, unit);
        assert_eq!(litres(Unit::CubicFoot).as_deref(), Some("28.316846592"));
        assert_eq!(litres(Unit::UsGallon).as_deref(), Some("3.785411784"));
        assert_eq!(litres(Unit::ImperialGallon).as_deref(), Some("4.54609"));
        assert_eq!(of(MetricType::Water, Commodity::Gas, Unit::Litre), None);
        let received =
            factor(MetricType::Electricity, Commodity::Electricity, Unit::WattHour, Flow::Received);
        assert_eq!(received, None, "what the facility feeds in is not its use");
        assert_eq!(of(MetricType::Electricity, Commodity::Electricity, Unit::Watt), None);
    }

    #[test]
    fn buckets_have_whole_and_split_intervals_and_no_guesses() {
        use Quality::{Estimated, Measured, Missing, Questionable};
        let intervals = [
            interval(0, 60, 8_000, Measured),
            interval(60, 90, 1_000, Questionable),
            interval(90, 120, 1_000, Missing),
            interval(120, 360, 6_000, Measured),
        ];
        let hours: Vec<_> = (0..=6).map(|h| at(60 * h)).collect();
        let found = per_bucket(&intervals, Decimal::new(1, 3), &hours);
        let told: Vec<_> =
            found.iter().map(|b| (b.value.map(|v| v.to_string()), b.quality, b.coverage)).collect();
        let kwh = |text: &str| Some(text.to_owned());
        assert_eq!(told[0], (kwh("8"), Measured, 1.0));
        assert_eq!(told[1], (None, Missing, 0.5));
        assert_eq!(told[2], (kwh("1.5"), Estimated, 1.0));
        assert_eq!(told[5], (kwh("1.5"), Estimated, 1.0));
        let quarters = per_bucket(&intervals, Decimal::new(1, 3), &[at(0), at(15), at(30)]);
        assert_eq!(quarters[1].value, Some(Decimal::from(2)));
        assert_eq!(quarters[1].quality, Measured, "a quarter of a metered hour");
        let day = per_bucket(&intervals[3..], Decimal::new(1, 3), &[at(120), at(360)]);
        assert_eq!((day[0].value, day[0].quality), (Some(Decimal::from(6)), Measured));
        assert!(per_bucket(&[], Decimal::ONE, &hours).iter().all(|b| b.value.is_none() && b.coverage == 0.0));
    }
}
