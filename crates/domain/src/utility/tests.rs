use super::*;
use crate::id::UtilitySeriesId;
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::America::Denver;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn interval(start: &str, minutes: i64, value: i64, updated: Option<&str>) -> UtilityInterval {
    let start = at(start);
    UtilityInterval {
        start,
        end: start + TimeDelta::minutes(minutes),
        value: value.into(),
        cost: Some(Decimal::new(value, 2)),
        quality: Quality::Measured,
        codes: vec![],
        updated: updated.map(at),
    }
}

fn summary(measure: Measure) -> SeriesSummary {
    SeriesSummary {
        id: UtilitySeriesId(uuid::Uuid::nil()),
        name: "Main".to_owned(),
        commodity: Commodity::Electricity,
        unit: Unit::WattHour,
        flow: Flow::Delivered,
        measure,
        interval_s: None,
        currency: None,
        from: None,
        to: None,
        intervals: 0,
        total: None,
        cost: None,
        quality: QualityCounts::default(),
        corrections: 0,
    }
}

fn profile(metered: &[UtilityInterval], measure: Measure, step: Step) -> LoadProfile {
    let place = ProfilePlace { slug: "f".to_owned(), name: "F".to_owned(), zone: Denver };
    let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
    LoadProfile::of(&place, summary(measure), (day(1), day(31)), Some(step), metered)
}

#[test]
fn wire_names_parse_back() {
    for unit in Unit::ALL {
        assert_eq!(Unit::parse(unit.as_str()), Some(*unit));
        assert_eq!(serde_json::to_value(unit).unwrap(), unit.as_str());
    }
    for commodity in Commodity::ALL {
        assert_eq!(Commodity::parse(commodity.as_str()), Some(*commodity));
    }
    for flow in Flow::ALL {
        assert_eq!(Flow::parse(flow.as_str()), Some(*flow));
    }
    for state in ImportState::ALL {
        assert_eq!(ImportState::parse(state.as_str()), Some(state));
    }
}

#[test]
fn a_file_seen_twice_changes_nothing() {
    let file = [interval("2026-03-01T07:00:00Z", 60, 5, Some("2026-03-02T00:00:00Z"))];
    let result = reconcile(&file, &file);
    assert_eq!(result.changes, Changes { same: 1, ..Changes::default() });
    assert_eq!((result.new, result.corrected, result.reaffirmed), (vec![], vec![], vec![]));
}

#[test]
fn only_a_later_file_corrects() {
    let start = "2026-03-01T07:00:00Z";
    let stored = [interval(start, 60, 5, Some("2026-03-05T00:00:00Z"))];
    let changes = |updated| reconcile(&stored, &[interval(start, 60, 6, updated)]).changes;
    assert_eq!(changes(Some("2026-03-06T00:00:00Z")), Changes { corrected: 1, ..Changes::default() });
    assert_eq!(changes(Some("2026-03-04T00:00:00Z")), Changes { older: 1, ..Changes::default() });
    assert_eq!(changes(None), Changes { older: 1, ..Changes::default() });
    assert_eq!(changes(Some("2026-03-05T00:00:00Z")), Changes { conflicting: 1, ..Changes::default() });
}

/// The same value seen later keeps files in between from overwriting it.
#[test]
fn a_reaffirmed_value_is_guarded() {
    let start = "2026-03-01T07:00:00Z";
    let stored = [interval(start, 60, 5, Some("2026-03-01T00:00:00Z"))];
    let result = reconcile(&stored, &[interval(start, 60, 5, Some("2026-03-09T00:00:00Z"))]);
    assert_eq!((result.changes.same, result.reaffirmed), (1, vec![0]));
}

#[test]
fn energy_is_not_stored_twice_under_other_bounds() {
    let stored =
        [interval("2026-03-01T07:00:00Z", 60, 5, None), interval("2026-03-01T08:00:00Z", 60, 5, None)];
    let later = Some("2026-03-09T00:00:00Z");
    let file = [
        interval("2026-03-01T06:30:00Z", 60, 5, later), // across the first
        interval("2026-03-01T08:00:00Z", 30, 2, later), // same start, shorter: a correction
        interval("2026-03-01T09:00:00Z", 60, 5, later), // free
    ];
    let result = reconcile(&stored, &file);
    assert_eq!(result.changes, Changes { new: 1, corrected: 1, conflicting: 1, ..Changes::default() });
    assert_eq!((result.new, result.corrected), (vec![2], vec![1]));
    assert_eq!(result.conflicts[0].first, Some(at("2026-03-01T06:30:00Z")));

    let day = [interval("2026-03-01T07:00:00Z", 24 * 60, 120, later)];
    assert_eq!(reconcile(&stored, &day).changes.conflicting, 1);
}

#[test]
fn gaps_are_the_holes() {
    let file = [interval("2026-03-01T07:00:00Z", 60, 5, None), interval("2026-03-01T09:00:00Z", 60, 5, None)];
    let found = gaps(file.iter().map(|i| (i.start, i.end)));
    assert_eq!(found, vec![Gap { start: at("2026-03-01T08:00:00Z"), end: at("2026-03-01T09:00:00Z") }]);
}

#[test]
fn a_day_point_adds_up_and_says_how_much_it_covers() {
    // 2026-03-08 has 23 hours in Denver, from 07:00Z to 06:00Z.
    let metered: Vec<_> = (0..22)
        .map(|h| UtilityInterval {
            start: at("2026-03-08T07:00:00Z") + TimeDelta::hours(h),
            end: at("2026-03-08T08:00:00Z") + TimeDelta::hours(h),
            ..interval("2026-03-08T07:00:00Z", 60, 1_000, None)
        })
        .collect();
    let profile = profile(&metered, Measure::Amount, Step::Day);
    assert_eq!(profile.intervals.len(), 1);
    let day = profile.intervals[0];
    assert_eq!((day.end - day.start).num_hours(), 23);
    assert_eq!((day.value, day.cost), (22_000.into(), Some(220.into())));
    assert!((day.coverage - 22.0 / 23.0).abs() < 1e-12);
    assert_eq!(profile.total, Some(22_000.into()));
    let row = &profile.days[0];
    assert_eq!((row.hours_in_day, row.hours[2], row.hours[1]), (23, None, Some(1_000.into())));
}

#[test]
fn the_repeated_hour_shows_the_mean_of_both() {
    // 2026-11-01 01:00 occurs twice in Denver: 07:00Z and 08:00Z.
    let metered = [
        interval("2026-11-01T07:00:00Z", 60, 1_000, None),
        interval("2026-11-01T08:00:00Z", 60, 3_000, None),
    ];
    let profile = profile(&metered, Measure::Amount, Step::Hour);
    assert_eq!(profile.intervals.len(), 2);
    assert_eq!((profile.days[0].hours_in_day, profile.days[0].hours[1]), (25, Some(2_000.into())));
}

#[test]
fn quarter_hours_become_mean_power_and_levels_are_averaged() {
    let metered: Vec<_> = [("07:00", 100), ("07:15", 200), ("07:30", 300)]
        .iter()
        .map(|(t, v)| interval(&format!("2026-03-02T{t}:00Z"), 15, *v, None))
        .collect();
    let amount = profile(&metered, Measure::Amount, Step::Hour);
    assert_eq!(amount.intervals[0].value, 600.into());
    assert!((amount.intervals[0].coverage - 0.75).abs() < 1e-12);
    assert_eq!(amount.days[0].hours[0], Some(800.into())); // 600 Wh in 45 minutes
    let level = profile(&metered, Measure::Level, Step::Hour);
    assert_eq!((level.intervals[0].value, level.total), (200.into(), None));
    assert_eq!(level.days[0].hours[0], Some(200.into()));
}

#[test]
fn daily_data_has_no_hour_matrix_and_is_not_invented() {
    let metered = [interval("2026-03-02T07:00:00Z", 24 * 60, 100, None)];
    assert!(profile(&metered, Measure::Amount, Step::Stored).days.is_empty());
}

#[test]
fn default_range_is_the_last_month_of_long_data() {
    let query = ProfileQuery::default();
    let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
    let long = query.days(Denver, at("2025-01-01T07:00:00Z"), at("2026-04-01T06:00:00Z"));
    assert_eq!(long, (day(3, 1), day(3, 31)));
    let short = query.days(Denver, at("2026-03-01T07:00:00Z"), at("2026-04-01T06:00:00Z"));
    assert_eq!(short, (day(3, 1), day(3, 31)));
}

#[test]
fn sums_that_do_not_fit_are_none_rather_than_rounded() {
    assert_eq!(exact_sum([Decimal::MAX, Decimal::new(1, 28)]), None);
    assert_eq!(exact_sum([]), Some(Decimal::ZERO));
}

proptest! {
    /// Scaling is exact both ways, and refuses what does not fit.
    #[test]
    fn scaling_is_exact(mantissa in -(1_i64 << 47)..(1_i64 << 47), scale in 0_u32..=6, power in -12_i8..=12) {
        let value = Decimal::new(mantissa, scale);
        let scaled_value = scaled(value, power).unwrap();
        prop_assert_eq!(scaled(scaled_value, -power).unwrap(), value);
        // Compared as text: moving the decimal point is all that happens.
        let digits = |d: Decimal| d.mantissa().to_string().trim_end_matches('0').to_owned();
        prop_assert_eq!(digits(scaled_value), digits(value));
    }

    /// The sum is the sum of integers, whatever the scales.
    #[test]
    fn sums_are_exact(parts in prop::collection::vec((-(1_i64 << 47)..(1_i64 << 47), 0_u32..=12), 0..200)) {
        let sum = exact_sum(parts.iter().map(|(m, s)| Decimal::new(*m, *s))).unwrap();
        let expected: i128 = parts.iter().map(|(m, s)| i128::from(*m) * 10_i128.pow(12 - s)).sum();
        prop_assert_eq!(sum.mantissa() * 10_i128.pow(12 - sum.scale()), expected);
    }

    /// Whatever order files come in, the stored state is the newest value of each interval.
    #[test]
    fn the_newest_value_wins_in_any_order(files in prop::collection::vec((0_i64..6, 0_i64..5, 1_i64..9), 1..40)) {
        let mut stored: std::collections::BTreeMap<DateTime<Utc>, UtilityInterval> = Default::default();
        let mut newest: std::collections::BTreeMap<i64, i64> = Default::default();
        for (slot, value, day) in files {
            let mut file = interval("2026-03-01T07:00:00Z", 60, value * 10 + day, None);
            file.start += TimeDelta::hours(slot);
            file.end += TimeDelta::hours(slot);
            file.updated = Some(at("2026-04-01T00:00:00Z") + TimeDelta::days(day));
            let now: Vec<_> = stored.values().cloned().collect();
            let result = reconcile(&now, std::slice::from_ref(&file));
            // A second value with the same `updated` is a conflict and stays out.
            if !(result.new.is_empty() && result.corrected.is_empty() && result.reaffirmed.is_empty()) {
                stored.insert(file.start, file);
            }
            let seen = newest.entry(slot).or_insert(day);
            *seen = (*seen).max(day);
        }
        for (slot, day) in newest {
            let start = at("2026-03-01T07:00:00Z") + TimeDelta::hours(slot);
            prop_assert_eq!(stored[&start].updated, Some(at("2026-04-01T00:00:00Z") + TimeDelta::days(day)));
        }
    }
}
