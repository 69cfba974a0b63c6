use super::*;
use domain::quality::Quality;
use domain::utility::{Commodity, Flow, Measure, Unit};

fn texts(remarks: &[domain::utility::Remark]) -> Vec<(&str, u32)> {
    remarks.iter().map(|r| (r.element.as_str(), r.readings)).collect()
}

#[test]
fn flows_are_kept_apart_whatever_the_prefixes() {
    let file = good("two_flows_prefixed");
    let [delivered, received] = file.series.as_slice() else { panic!("{file:?}") };
    assert_eq!((delivered.flow, received.flow), (Flow::Delivered, Flow::Received));
    assert_eq!(delivered.name, "Greenhouse & packing: Import");
    assert_eq!(delivered.unit, Unit::WattHour);
    assert_eq!((total(delivered), cost(delivered)), ("10004.321".to_owned(), "0.01301".to_owned()));
    assert_eq!(delivered.currency.as_deref(), Some("CAD"));
    assert_eq!(total(received), "50");
    let keys: Vec<&str> = file.series.iter().map(|s| s.key.split('#').next().unwrap()).collect();
    // Without host and service prefix, which differ between exports.
    assert_eq!(
        keys,
        ["Subscription/7/UsagePoint/1/MeterReading/D", "Subscription/7/UsagePoint/1/MeterReading/R"]
    );
    // The entry's own time wins over the feed's.
    assert_eq!(delivered.intervals[0].updated.unwrap().to_rfc3339(), "2026-03-01T19:00:00+00:00");
    assert_eq!(received.intervals[0].updated.unwrap().to_rfc3339(), "2026-03-02T00:00:00+00:00");
}

#[test]
fn costs_without_a_currency_are_left_out_and_told() {
    let file = good("two_flows_prefixed");
    let received = &file.series[1];
    assert_eq!((received.currency.clone(), received.intervals[0].cost), (None, None));
    assert_eq!(texts(&received.remarks), [("ReadingType.currency", 1)]);
}

#[test]
fn quality_codes_become_qualities() {
    let file = good("two_flows_prefixed");
    let found: Vec<_> = file.series[0].intervals.iter().map(|i| (i.quality, i.codes.clone())).collect();
    assert_eq!(
        found,
        [
            (Quality::Measured, vec![]),
            (Quality::Estimated, vec![8]),
            (Quality::Questionable, vec![14]),
            (Quality::Questionable, vec![15, 17]), // normalised for weather
        ]
    );
    assert_eq!(texts(&file.series[0].remarks), [("ReadingQuality.quality", 1)]);
}

#[test]
fn every_quality_code_has_its_meaning() {
    for (codes, quality) in [
        (&["0", "7", "17", "19"][..], Quality::Measured),
        (&["8", "9", "11"], Quality::Estimated),
        (&["10", "12", "13", "14", "15", "16", "18", "20", "99", "wrong"], Quality::Questionable),
    ] {
        for code in codes {
            let mut set = super::codes::Codes::default();
            set.insert(code);
            assert_eq!(set.quality(), quality, "{code}");
        }
    }
}

#[test]
fn therms_stay_therms() {
    let file = good("gas_therms");
    let gas = &file.series[0];
    assert_eq!((gas.commodity, gas.unit), (Commodity::Gas, Unit::Therm));
    assert_eq!((total(gas), cost(gas)), ("390.501".to_owned(), "512.34568".to_owned()));
    assert_eq!((gas.intervals[0].end, gas.remarks.len()), (gas.intervals[1].start, 0));
}

#[test]
fn a_feed_without_links_is_read_where_only_one_reading_is_possible() {
    let file = good("unlinked");
    assert_eq!((file.series[0].name.as_str(), total(&file.series[0])), ("kWh per day", "25500".to_owned()));
    let another = feed("<e:uom>72</e:uom>", "").replace(
        "</feed>",
        "<entry><content><e:ReadingType><e:uom>38</e:uom></e:ReadingType></content></entry></feed>",
    );
    let refusals = read(another.as_bytes()).unwrap().refusals;
    assert_eq!(refusals[0].element, "ReadingType link");
}

#[test]
fn a_unit_is_never_guessed() {
    let file = good("no_unit");
    assert!(file.series.is_empty());
    let refusal = &file.refusals[0];
    assert_eq!(refusal.element, "ReadingType.uom");
    assert!(refusal.reason.contains("missing or empty") && !refusal.advice.is_empty());
    assert!(refusal.subject.contains("Service address"));
}

#[test]
fn fractions_of_seconds_are_cut_off_and_told() {
    let file = read(
        feed(&fields(&ENERGY), &reading(JANUARY, 900, 5))
            .replace("800</e:start>", "800.66136</e:start>")
            .as_bytes(),
    );
    let series = &file.unwrap().series[0];
    assert_eq!(series.intervals[0].start.timestamp(), JANUARY);
    assert_eq!(texts(&series.remarks), [("IntervalReading.timePeriod.start", 1)]);
}

#[test]
fn registers_are_differenced_and_a_reset_is_a_hole() {
    let file = good("register_with_reset");
    let series = &file.series[0];
    let found: Vec<_> = series
        .intervals
        .iter()
        .map(|i| (i.start.timestamp() - JANUARY, i.value.to_string(), i.quality))
        .collect();
    assert_eq!(
        found,
        [(0, "500".to_owned(), Quality::Measured), (7_200, "400".to_owned(), Quality::Estimated),]
    );
    assert_eq!(texts(&series.left_out), [("IntervalReading.value", 1)]);
}

#[test]
fn one_register_reading_is_no_consumption() {
    let mut kind = ENERGY;
    kind[0].1 = "1";
    let file = read(feed(&fields(&kind), &reading(JANUARY, 3_600, 5)).as_bytes()).unwrap();
    assert_eq!(file.refusals[0].element, "IntervalReading");
    assert!(file.refusals[0].reason.contains("register"));
}

#[test]
fn doubles_count_once_and_contradictions_are_left_out() {
    let file = good("doubles_and_overlaps");
    let series = &file.series[0];
    assert_eq!((series.commodity, series.unit), (Commodity::Water, Unit::CubicMetre));
    let values: Vec<String> = series.intervals.iter().map(|i| i.value.to_string()).collect();
    assert_eq!(values, ["1", "20"]); // 20 corrects 2 within the file
    let mut left_out = texts(&series.left_out);
    left_out.sort_unstable();
    assert_eq!(
        left_out,
        [
            ("IntervalReading.timePeriod", 2),
            ("IntervalReading.timePeriod.duration", 1),
            ("IntervalReading.timePeriod.start", 1),
            ("IntervalReading.value", 1), // the schema's lowest number
            ("IntervalReading.value", 2), // 3 or 33
        ]
    );
    assert_eq!(texts(&series.remarks), [("IntervalReading", 1), ("entry.updated", 1)]);
}

#[test]
fn nonsense_is_refused_by_element_and_the_rest_imported() {
    let file = good("nonsense");
    let [demand] = file.series.as_slice() else { panic!("{:?}", file.series) };
    assert_eq!((demand.unit, demand.measure), (Unit::Watt, Measure::Level));
    assert_eq!(demand.intervals[0].value, Decimal::from(41_000));
    let refused: Vec<_> = file.refusals.iter().map(|r| (r.subject.as_str(), r.element.as_str())).collect();
    assert_eq!(
        refused,
        [
            ("Stray multiplier (UsagePoint/1/MeterReading/2)", "ReadingType.powerOfTenMultiplier"),
            ("Unknown unit (UsagePoint/1/MeterReading/3)", "ReadingType.uom"),
            ("Instant energy (UsagePoint/1/MeterReading/4)", "ReadingType.accumulationBehaviour"),
            ("Dangling (UsagePoint/1/MeterReading/5)", "ReadingType link"),
            ("1 interval block(s), the first an entry without link and title", "IntervalBlock link"),
            ("A figure of the file's UsageSummary", "UsageSummary.peakDemand.powerOfTenMultiplier"),
        ]
    );
    let bill = &file.statements[0];
    let items: Vec<_> = bill.items.iter().map(|i| format!("{} {} {}", i.label, i.value, i.unit)).collect();
    assert_eq!(items, ["Bill of the last period 42.00001 EUR", "Overall consumption last period 410000 Wh"]);
    assert!(bill.period.is_some());
    let remarks: Vec<&str> = file.remarks.iter().map(|r| r.element.as_str()).collect();
    assert_eq!(remarks, ["ElectricPowerQualitySummary", "RetailCustomer"]);
}

#[test]
fn days_of_23_and_25_hours_keep_the_readings_own_times() {
    let series = &good("clock_change_days").series[0];
    let hours = |from: usize| {
        series.intervals[from..from + 3].iter().map(|i| (i.end - i.start).num_hours()).sum::<i64>()
    };
    assert_eq!((hours(0), hours(3)), (23, 24));
    // The autumn block says 25 hours but holds 24.
    assert_eq!(texts(&series.remarks), [("IntervalBlock.interval", 1)]);
    assert_eq!(total(series), "47");
}

#[test]
fn fields_that_decide_the_meaning_are_required() {
    let without = |name: &str| fields(&ENERGY.into_iter().filter(|(n, _)| *n != name).collect::<Vec<_>>());
    let with = |name, value| {
        let mut kind: Vec<_> = ENERGY.into_iter().filter(|(n, _)| *n != name).collect();
        kind.push((name, value));
        fields(&kind)
    };
    let element = |kind: String| {
        let file = read(feed(&kind, &reading(JANUARY, 900, 1)).as_bytes()).unwrap();
        file.refusals.first().map(|r| r.element.clone())
    };
    assert_eq!(element(fields(&ENERGY)), None);
    assert_eq!(element(without("uom")).as_deref(), Some("ReadingType.uom"));
    assert_eq!(
        element(without("accumulationBehaviour")).as_deref(),
        Some("ReadingType.accumulationBehaviour")
    );
    assert_eq!(element(with("flowDirection", "3")).as_deref(), Some("ReadingType.flowDirection"));
    assert_eq!(element(with("commodity", "77")).as_deref(), Some("ReadingType.commodity"));
    assert_eq!(element(with("dataQualifier", "8")).as_deref(), Some("ReadingType.dataQualifier"));
    assert_eq!(element(with("uom", "")).as_deref(), Some("ReadingType.uom"));
    assert_eq!(
        element(with("powerOfTenMultiplier", "13")).as_deref(),
        Some("ReadingType.powerOfTenMultiplier")
    );
    assert_eq!(
        element(with("powerOfTenMultiplier", "-13")).as_deref(),
        Some("ReadingType.powerOfTenMultiplier")
    );
    assert_eq!(element(with("powerOfTenMultiplier", "-12")), None);
    // 10^12 × 2^46 Wh is beyond anything metered: the readings go, and with them the series.
    let file =
        read(feed(&with("powerOfTenMultiplier", "12"), &reading(JANUARY, 900, 1_i64 << 46)).as_bytes())
            .unwrap();
    assert_eq!(file.refusals[0].element, "IntervalReading.value");
}

#[test]
fn negative_delivered_energy_is_questionable() {
    let series = &read(feed(&fields(&ENERGY), &reading(JANUARY, 900, -5)).as_bytes()).unwrap().series[0];
    assert_eq!(series.intervals[0].quality, Quality::Questionable);
    assert_eq!(texts(&series.remarks), [("IntervalReading.value", 1)]);
}

#[test]
fn two_meters_without_links_cannot_be_told_apart() {
    let one = "<entry><content><e:MeterReading/></content></entry>";
    let two =
        feed(&fields(&ENERGY), &reading(JANUARY, 900, 1)).replace("<entry>", &format!("{one}{one}<entry>"));
    let file = read(two.as_bytes()).unwrap();
    assert!(file.series.is_empty());
    assert!(file.refusals.iter().any(|r| r.element == "IntervalBlock link"));
}
