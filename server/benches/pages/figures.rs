//! A month of the dashboard, with a year behind it: what the page's server functions would return.

use app::api::Zoned;
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use domain::baseline::view::BaselineSummary;
use domain::baseline::{BaselineSource, BaselineState, MetricType};
use domain::id::{BaselineId, FacilityId};
use domain::outlook::{self, Cause, Day, Parts};
use domain::point::EndUse;
use domain::range::{Granularity, Window};
use domain::savings::dashboard::{Comparison, DashboardView, DayBand, HourOfUse, MonthFigure};
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::savings::insight::{InsightView, Why};
use domain::savings::view::Band;
use domain::savings::{FigureState, Performance};
use domain::series::Slice;
use rust_decimal::Decimal;
use uuid::Uuid;

const ZONE: &str = "America/Denver";
/// Days of the record: a year up to the end of the month that is shown.
const DAYS: i64 = 365;

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default()
}

fn until() -> NaiveDate {
    first() + Days::new(31)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(6)
}

/// A day with odd digits.
fn performance(day: NaiveDate) -> Performance {
    let n = i64::from(day.num_days_from_ce());
    let baseline = Decimal::new(2_150_431 + 7_919 * (n % 53), 3);
    let actual = Decimal::new(1_580_077 + 6_007 * (n % 41), 3);
    let price = Decimal::new(1_093 + n % 7, 4);
    Performance {
        day,
        metric_type: MetricType::Electricity,
        baseline: Some(BaselineId(Uuid::from_u128(7))),
        baseline_value: Some(baseline),
        actual_value: Some(actual),
        savings_value: Some(baseline - actual),
        unit: "kWh".to_owned(),
        baseline_cost: Some((baseline * price).round_dp(4)),
        cost_savings: Some(((baseline - actual) * price).round_dp(4)),
        currency: "USD".to_owned(),
        coverage: 1.0,
        state: FigureState::Provisional,
        flags: if n % 9 == 0 { vec!["estimated".to_owned()] } else { vec![] },
        revision: 1,
        computed_at: midnight(until()),
    }
}

/// The page's data.
pub(crate) fn dashboard() -> (Zoned<DashboardView>, Option<InsightView>) {
    let year: Vec<Performance> =
        (0..DAYS).map(|back| performance(until() - TimeDelta::days(DAYS - back))).collect();
    let days: Vec<Performance> = year.iter().filter(|p| p.day >= first()).cloned().collect();
    let insight = insight(&year, &days);
    let view = view(&year, days);
    let (start, end) = (view.window.start, view.window.end);
    (Zoned::new(view, ZONE, start, end), Some(insight))
}

fn totals(days: &[&Performance]) -> Option<Totals> {
    Totals::of(days, Decimal::ZERO, PROVISIONAL_SHARE_RATE)
}

fn view(year: &[Performance], days: Vec<Performance>) -> DashboardView {
    let mut months: Vec<NaiveDate> = year.iter().filter_map(|p| p.day.with_day(1)).collect();
    months.dedup();
    let month = |month: NaiveDate| {
        let of_month: Vec<&Performance> = year.iter().filter(|p| p.day.with_day(1) == Some(month)).collect();
        MonthFigure { month, totals: totals(&of_month), running: false }
    };
    let hour = |i: u32| HourOfUse {
        day: first() + Days::new(u64::from(i / 24)),
        hour: i % 24,
        value: Decimal::new(48_113 + i64::from(i * 7_907 % 35_001), 3),
    };
    DashboardView {
        facility: FacilityId(Uuid::from_u128(3)),
        facility_slug: "cedar-flower".to_owned(),
        facility_name: "Cedar flower".to_owned(),
        time_zone: ZONE.to_owned(),
        currency: "USD".to_owned(),
        metric: MetricType::Electricity,
        metrics: vec![MetricType::Electricity, MetricType::PeakDemand],
        unit: "kWh".to_owned(),
        range: "2026-03".to_owned(),
        window: Window { start: midnight(first()), end: midnight(until()), granularity: Granularity::Day },
        from: first(),
        until: until(),
        today: until() + Days::new(3),
        baseline: Some(baseline()),
        any_baseline: true,
        totals: totals(&days.iter().collect::<Vec<_>>()),
        band: Some(Band { half_width: 1_234.5, confidence: 0.9 }),
        state: FigureState::Provisional,
        day_bands: days.iter().map(|_| Some(DayBand { eighty: 118.25, ninety_five: 203.5 })).collect(),
        peaks: days.iter().map(|p| (p.day, Decimal::new(1_431 + i64::from(p.day.day()) * 3, 1))).collect(),
        days,
        quarters: vec![],
        comparison: Comparison::Baseline,
        other: None,
        history: months.into_iter().map(month).collect(),
        effects: vec![],
        cycles: vec![],
        hours: (0..31 * 24).map(hour).collect(),
        as_of: midnight(until()),
    }
}

fn baseline() -> BaselineSummary {
    BaselineSummary {
        id: BaselineId(Uuid::from_u128(7)),
        metric_type: MetricType::Electricity,
        version: 1,
        series: None,
        source: BaselineSource::Meters,
        period_start: first() - Days::new(730),
        period_end: first() - Days::new(365),
        effective_from: first() - Days::new(365),
        baseline_value: Some(Decimal::new(2_204_517, 3)),
        unit: "kWh".to_owned(),
        method: Some("cea-daily".to_owned()),
        state: BaselineState::Active,
        created_at: midnight(first() - Days::new(360)),
        created_by: "Engineer".to_owned(),
    }
}

fn insight(year: &[Performance], days: &[Performance]) -> InsightView {
    let record: Vec<Day> =
        year.iter().map(|p| Day { day: p.day, savings: p.savings_value, coverage: p.coverage }).collect();
    let (before, running): (Vec<Day>, Vec<Day>) = record.iter().partition(|d| d.day < first());
    let months = outlook::months(&record);
    let use_of = |share: i64| -> Vec<Option<Decimal>> {
        days.iter().map(|p| p.actual_value.map(|v| (v * Decimal::new(share, 2)).round_dp(1))).collect()
    };
    let (was, is) = (
        Parts { savings: Decimal::new(1_810_447, 2), contributions: vec![] },
        Parts {
            savings: Decimal::new(1_907_331, 2),
            contributions: vec![
                (Cause::Weather, Decimal::new(41_207, 2)),
                (Cause::Tariff, Decimal::new(23_011, 2)),
            ],
        },
    );
    let rolling =
        months.iter().zip(outlook::rolling_12(&months)).filter_map(|(m, sum)| Some((m.first, sum?)));
    InsightView {
        unit: "kWh".to_owned(),
        from: first(),
        until: until(),
        end_uses: vec![
            (Slice::Metered(EndUse::Lighting), use_of(55)),
            (Slice::Metered(EndUse::Hvac), use_of(27)),
            (Slice::Unmetered, use_of(18)),
        ],
        why: Some(Why {
            from: first() - Days::new(31),
            before: was.savings,
            after: is.savings,
            unit: "USD".to_owned(),
            steps: outlook::explain(&was, &is),
        }),
        month: first(),
        burn_up: outlook::burn_up(&running, &before, 31),
        projection: outlook::project(&months, 12),
        demand: Some(outlook::demand(
            &days
                .iter()
                .map(|p| (p.day, Decimal::new(1_431 + i64::from(p.day.day()) * 3, 1)))
                .collect::<Vec<_>>(),
            until() - Days::new(1),
            31,
        )),
        rolling: rolling.collect(),
        bills: None,
    }
}
