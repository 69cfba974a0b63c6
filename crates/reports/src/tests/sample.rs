//! A made-up July of a facility that grows lettuce and basil.

use chrono::{DateTime, NaiveDate, TimeDelta};
use domain::report::{
    Choices, Energy, Part, PerformanceReport, ReportCauses, ReportCycle, ReportDay, ReportEndUse,
    ReportEvent, ReportMetric, ReportMonth, Water,
};
use rust_decimal::Decimal;

/// A day of 2026.
pub(super) fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// A decimal.
pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A value without measurement on its last day but three; savings and costs are sums of its days.
pub(super) fn metric(name: &str, unit: &str, size: i64, price: &str) -> ReportMetric {
    let price = dec(price);
    let days: Vec<ReportDay> = (0..31_i64)
        .map(|i| {
            let baseline = Decimal::new(size * (1_000 + (i * 37) % 90), 3);
            let missing = i == 27;
            let actual = (!missing).then(|| Decimal::new(size * (800 + (i * 53) % 140), 3));
            let savings = actual.map(|actual| baseline - actual);
            ReportDay {
                day: day(7, 1) + TimeDelta::days(i),
                baseline: (!missing).then_some(baseline),
                actual,
                savings,
                cost_savings: savings.map(|savings| (savings * price).round_dp(2)),
                coverage: if missing { Decimal::ZERO } else { Decimal::ONE },
                state: "Provisional".to_owned(),
            }
        })
        .collect();
    let sum = |of: fn(&ReportDay) -> Option<Decimal>| days.iter().filter_map(of).sum::<Decimal>();
    let [baseline, actual] = [sum(|day| day.baseline), sum(|day| day.actual)];
    let cost = sum(|day| day.cost_savings);
    let actual_cost = (actual * price).round_dp(2);
    let share = (cost * dec("0.25")).round_dp(2);
    ReportMetric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        baseline_name: format!("{name} 2025, version 2"),
        verification: "Verified by Dr Imke Sørensen, Borealis M&V, on 4 February 2026.".to_owned(),
        baseline: Some(baseline),
        actual: Some(actual),
        savings: Some(baseline - actual),
        half_width: Some(Decimal::new(size * 900, 3)),
        confidence_percent: Some(dec("90")),
        coverage: dec("0.9677"),
        baseline_cost: Some(actual_cost + cost),
        actual_cost: Some(actual_cost),
        cost_savings: Some(cost),
        keep: Some(cost - share),
        share: Some(share),
        days,
        months: vec![],
        causes: None,
        end_uses: vec![],
    }
}

/// July with four metrics, one of them without money.
pub(super) fn july() -> PerformanceReport {
    let mut peak = metric("Peak demand", "kW", 180, "0");
    [peak.baseline_cost, peak.actual_cost, peak.cost_savings, peak.keep, peak.share] = [None; 5];
    peak.days.iter_mut().for_each(|day| day.cost_savings = None);
    PerformanceReport {
        facility: "Cedar Street vertical farm".to_owned(),
        organisation: "Cedar Growers Ltd".to_owned(),
        time_zone: "America/Denver".to_owned(),
        currency: "USD".to_owned(),
        from: day(7, 1),
        until: day(8, 1),
        generated_at: DateTime::from_timestamp(1_785_830_645, 0).unwrap(),
        generated_text: "4 August 2026, 02:04 MDT".to_owned(),
        state: "Provisional".to_owned(),
        share_rate: dec("0.25"),
        share_note:
            "The vendor's share is 25 % of verified cost savings; months without savings cost nothing."
                .to_owned(),
        metrics: vec![
            metric("Electricity", "kWh", 4_812, "0.1137"),
            metric("Gas", "kWh", 611, "0.061"),
            metric("Water", "m³", 23, "3.4"),
            peak,
        ],
        events: vec![
            ReportEvent {
                title: "Dehumidifier 3 out of service".to_owned(),
                from: day(7, 6),
                until: Some(day(7, 11)),
                amount: dec("-412.5"),
                half_width: dec("60.25"),
                unit: "kWh".to_owned(),
            },
            ReportEvent {
                title: "Second shift in the packing hall".to_owned(),
                from: day(7, 20),
                until: None,
                amount: dec("96"),
                half_width: dec("18"),
                unit: "kWh".to_owned(),
            },
        ],
        cycles: vec![
            cycle("Flower 1", "Basil ‘Genovese’", "B-2026-14", 9, Some("9.81"), Some("2.44"), false),
            cycle("Flower 2", "Lettuce ‘Salanova’", "L-2026-22", 24, Some("12.3"), Some("1.72"), true),
            cycle("Propagation", "Basil ‘Genovese’", "B-2026-15", 30, None, None, false),
        ],
        notes: vec![
            "28 July has no measured values: the gateway was offline for 26 hours.".to_owned(),
            "On 3 days the outdoor temperature was above anything in the baseline period.".to_owned(),
        ],
        sources_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        choices: Choices::default(),
    }
}

fn cycle(
    room: &str,
    crop: &str,
    cycle: &str,
    harvested: u32,
    kwh_per_kg: Option<&str>,
    grams_per_mol: Option<&str>,
    flagged: bool,
) -> ReportCycle {
    ReportCycle {
        room: room.to_owned(),
        crop: crop.to_owned(),
        cycle: cycle.to_owned(),
        harvested: day(7, harvested),
        kwh_per_kg: kwh_per_kg.map(dec),
        grams_per_mol: grams_per_mol.map(dec),
        flagged,
    }
}

/// July as somebody chose it: everything in it, in megawatt-hours and gallons.
pub(super) fn chosen() -> PerformanceReport {
    let mut report = july();
    report.choices = Choices {
        title: "For the board".to_owned(),
        note: "First line\n#panic()".to_owned(),
        parts: Part::ALL.to_vec(),
        energy: Energy::Mwh,
        water: Water::Gallons,
        ..Choices::default()
    };
    let month = |month, savings: Option<&str>| ReportMonth {
        month: day(month, 1),
        baseline: Some(dec("151000")),
        actual: Some(dec("120000.5")),
        savings: savings.map(dec),
        cost_savings: savings.map(|_| dec("3525.1")),
        running: month == 7,
    };
    let electricity = &mut report.metrics[0];
    electricity.months = vec![month(5, None), month(6, Some("30999.5")), month(7, Some("28117"))];
    electricity.causes = Some(ReportCauses {
        from: day(6, 1),
        before: dec("3525.10"),
        after: dec("3200.05"),
        unit: "USD".to_owned(),
        steps: vec![("Weather".to_owned(), dec("-300")), ("Unexplained".to_owned(), dec("-25.05"))],
    });
    electricity.end_uses = vec![
        ReportEndUse { name: "Lighting".to_owned(), amount: Some(dec("71234.5")) },
        ReportEndUse { name: "Unmetered remainder".to_owned(), amount: None },
    ];
    report
}

/// A report of nothing.
pub(super) fn empty() -> PerformanceReport {
    PerformanceReport { metrics: vec![], events: vec![], cycles: vec![], notes: vec![], ..july() }
}

/// A report whose every value is missing and whose every text is hostile or very long.
pub(super) fn hostile() -> PerformanceReport {
    let mut report = july();
    let long = "Kwekerij".repeat(25);
    report.facility = r##"#eval("1+1") *bold* $x$ ` \ <a> @b = "quoted" // c"##.to_owned();
    report.organisation.clone_from(&long);
    report.time_zone.clone_from(&long);
    report.state = "Provisional until the weather of the month is frozen".to_owned();
    report.share_note = format!("=1+1 {long}");
    report.generated_text = "two\nlines\u{0}\u{1b}".to_owned();
    report.notes = vec!["#panic(\"no\")".to_owned(), "– \u{202e}odd 温室".to_owned(), String::new()];
    for metric in &mut report.metrics {
        metric.name = format!("{} {long}", metric.name);
        metric.unit = "kg of harvested dry mass".to_owned();
        [metric.baseline, metric.actual, metric.savings, metric.half_width] = [None; 4];
        [metric.baseline_cost, metric.actual_cost, metric.cost_savings, metric.keep, metric.share] =
            [None; 5];
        for day in &mut metric.days {
            [day.baseline, day.actual, day.savings, day.cost_savings] = [None; 4];
            day.state.clone_from(&long);
        }
    }
    report.events[0].title.clone_from(&long);
    report.cycles[0].crop = long;
    report
}
