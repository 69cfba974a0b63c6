//! Published sample files, where they lie beside the checkout. They belong to others and are not part of the project.

use super::*;

/// The file's bytes; none, with a note, where the samples are not present.
fn sample(name: &str) -> Option<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/greenbutton");
    let bytes = std::fs::read(format!("{folder}/{name}.xml")).ok();
    if bytes.is_none() {
        eprintln!("skipped: no published sample {name}.xml beside the checkout");
    }
    bytes
}

/// Total, cost and number of intervals of a sample with a single series.
fn only(name: &str) -> Option<(String, String, usize)> {
    let file = read(&sample(name)?).unwrap();
    let [series] = file.series.as_slice() else { panic!("{:?}", file.refusals) };
    assert!(file.refusals.is_empty() && series.left_out.is_empty(), "{file:?}");
    Some((total(series), cost(series), series.intervals.len()))
}

fn expect(found: Option<(String, String, usize)>, total: &str, cost: &str, intervals: usize) {
    if let Some(found) = found {
        assert_eq!(found, (total.to_owned(), cost.to_owned(), intervals));
    }
}

#[test]
fn daily_electricity_with_costs() {
    expect(only("daily_electric_45days_cost"), "2958004", "244.29405", 45);
}

#[test]
fn monthly_electricity_in_thousands() {
    expect(only("monthly_electric_pow10_3"), "9567000", "5376.18476", 14);
}

#[test]
fn monthly_gas_in_thousandths_of_a_therm() {
    expect(only("monthly_gas_therms_pow10_minus3"), "1074.821", "3094.66093", 13);
}

#[test]
fn quarter_hours_with_two_flagged_readings() {
    expect(only("quarter_hour_1day_quality_flags"), "93846", "11.48274", 96);
    if let Some(bytes) = sample("quarter_hour_1day_quality_flags") {
        let series = &read(&bytes).unwrap().series[0];
        let flagged: Vec<_> = series.intervals.iter().filter(|i| !i.codes.is_empty()).collect();
        let flags: Vec<_> = flagged.iter().map(|i| (i.codes.clone(), i.quality.as_str())).collect();
        assert_eq!(flags, [(vec![8], "estimated"), (vec![7], "measured")]);
    }
}

#[test]
fn conformance_file_with_nonsense_on_purpose() {
    let Some(bytes) = sample("multi_reading_types_power_quality") else { return };
    let file = read(&bytes).unwrap();
    let units: Vec<_> = file.series.iter().map(|s| (s.unit.symbol(), s.flow.as_str(), total(s))).collect();
    let expected = [
        ("Wh", "delivered"),
        ("W", "delivered"),
        ("VA", "delivered"),
        ("var", "delivered"),
        ("Wh", "net"),
        ("Wh", "delivered"),
        ("Wh", "received"),
        ("Wh", "delivered"),
        ("therm", "delivered"),
    ];
    assert_eq!(units, expected.map(|(unit, flow)| (unit, flow, "2745".to_owned())));
    let elements: Vec<&str> = file.refusals.iter().map(|r| r.element.as_str()).collect();
    // The register with one reading, and each summary figure that is a schema extreme.
    assert_eq!(elements[0], "IntervalReading");
    assert_eq!(elements.len(), 9);
    assert!(
        elements[1..]
            .iter()
            .all(|e| e.starts_with("ElectricPowerUsageSummary.") && e.ends_with(".powerOfTenMultiplier"))
    );
}

#[test]
fn utility_export_without_a_unit() {
    let Some(bytes) = sample("utility_gas_prefixed_ns_missing_kind") else { return };
    let file = read(&bytes).unwrap();
    assert!(file.series.is_empty());
    let elements: Vec<&str> = file.refusals.iter().map(|r| r.element.as_str()).collect();
    assert_eq!(elements, ["ReadingType.uom"]);
}
