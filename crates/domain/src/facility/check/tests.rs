use super::*;
use crate::facility::FacilityKind;

fn file() -> FacilityFile {
    let zone = ZoneSpec {
        slug: "flower-1".into(),
        name: "Flower 1".into(),
        stage: "flower".into(),
        canopy_m2: 80.0,
        lights_on_min: 360,
        photoperiod_min: 720,
        leaf_offset_k: -2.0,
    };
    let point = PointSpec {
        channel: 1,
        name: "Main energy".into(),
        zone: None,
        metric: Metric::Energy,
        kind: Kind::Counter,
        decimals: 0,
        end_use: Some(crate::point::EndUse::Total),
        interval_ms: 10_000,
        modulus: Some(100_000_000),
        rate_max: Some(500_000),
        valid_min: None,
        valid_max: None,
        source: None,
    };
    let sensor = PointSpec {
        channel: 2,
        name: "Flower 1 temperature".into(),
        zone: Some("flower-1".into()),
        metric: Metric::Temperature,
        kind: Kind::Gauge,
        decimals: 2,
        end_use: None,
        modulus: None,
        rate_max: None,
        valid_min: Some(-4_000),
        valid_max: Some(8_000),
        source: Some(Source::Mqtt {
            topic: "z2m/flower-1/climate".into(),
            pointer: "/temperature".into(),
            scale: Decimal::ONE,
            time_pointer: None,
        }),
        ..point.clone()
    };
    FacilityFile {
        slug: "cedar-flower".into(),
        name: "Cedar Flower".into(),
        kind: FacilityKind::Indoor,
        time_zone: "America/Denver".into(),
        latitude: 39.7,
        longitude: -105.0,
        currency: "USD".into(),
        zones: vec![zone],
        points: vec![point, sensor],
    }
}

fn fields(change: impl FnOnce(&mut FacilityFile)) -> Vec<String> {
    let mut file = file();
    change(&mut file);
    file.problems().into_iter().map(|p| p.field).collect()
}

#[test]
fn a_sound_file_has_no_problems() {
    assert_eq!(file().problems(), []);
}

#[test]
fn every_problem_names_its_field() {
    assert_eq!(fields(|f| f.slug = "Cedar Flower".into()), ["slug"]);
    assert_eq!(fields(|f| f.name = " ".into()), ["name"]);
    assert_eq!(fields(|f| f.time_zone = "Mountain".into()), ["time_zone"]);
    assert_eq!(fields(|f| f.latitude = f64::NAN), ["latitude"]);
    assert_eq!(fields(|f| f.longitude = 181.0), ["longitude"]);
    assert_eq!(fields(|f| f.currency = "usd".into()), ["currency"]);
    assert_eq!(fields(|f| f.zones[0].stage = "bloom".into()), ["zones[0].stage"]);
    assert_eq!(fields(|f| f.zones[0].lights_on_min = 1_440), ["zones[0].lights_on_min"]);
    assert_eq!(fields(|f| f.zones[0].slug = "flower-2".into()), ["points[1].zone"]);
    assert_eq!(fields(|f| f.zones.push(f.zones[0].clone())), ["zones[1].slug"]);
    assert_eq!(fields(|f| f.points[1].channel = 1), ["points[1].channel"]);
    assert_eq!(fields(|f| f.points[1].name = "Main energy".into()), ["points[1].name"]);
    assert_eq!(fields(|f| f.points[1].modulus = Some(65_536)), ["points[1].modulus"]);
    assert_eq!(fields(|f| f.points[1].valid_min = Some(9_000)), ["points[1].valid_min"]);
    assert_eq!(fields(|f| f.points[0].interval_ms = 0), ["points[0].interval_ms"]);
    assert_eq!(fields(|f| f.points[1].end_use = f.points[0].end_use), ["points[1].end_use"]);
}

#[test]
fn sources_are_checked() {
    let modbus = |address: &str, function| {
        fields(|f| {
            f.points[0].source = Some(Source::Modbus {
                address: address.into(),
                unit: 1,
                function,
                register: 342,
                encoding: crate::point::Encoding::F32Be,
                scale: Decimal::from(1000),
            });
        })
    };
    assert!(modbus("10.0.0.7:502", 4).is_empty());
    assert_eq!(modbus("10.0.0.7", 4), ["points[0].source.address"]);
    assert_eq!(modbus("10.0.0.7:502", 6), ["points[0].source.function"]);
    let topic = |text: &str| {
        fields(|f| {
            if let Some(Source::Mqtt { topic, .. }) = &mut f.points[1].source {
                *topic = text.into();
            }
        })
    };
    for fine in ["a/b", "+/b", "a/#", "#"] {
        assert!(topic(fine).is_empty(), "{fine}");
    }
    for bad in ["", "a/#/b", "a+/b", "a#"] {
        assert_eq!(topic(bad), ["points[1].source.topic"], "{bad}");
    }
}
