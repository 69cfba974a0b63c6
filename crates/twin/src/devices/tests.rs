use super::meter::{IMPORT_KWH, POWER_W, Reading, Refusal};
use super::*;
use crate::facility::{FacilitySpec, Name};
use crate::simulation::Simulation;
use domain::point::{Kind, Metric, Source};

const START: i64 = 1_735_714_800_000;

fn facility(name: Name) -> (Simulation, FacilitySpec, i64) {
    let mut simulation = Simulation::warmed(name, 1, None, START, None);
    let at_ms = START + 20 * 3_600_000;
    simulation.advance(at_ms);
    let spec = simulation.spec().clone();
    (simulation, spec, at_ms)
}

fn float(words: &[u16]) -> f32 {
    f32::from_bits(u32::from(words[0]) << 16 | u32::from(words[1]))
}

#[test]
fn the_register_map_is_that_of_the_sdm630() {
    let (simulation, spec, at_ms) = facility(Name::Flower);
    let reading = Reading::of(&simulation, &spec.meters[0], at_ms);
    let read = |address| float(&reading.input(address, 2).unwrap());
    let near = |a: f32, b: f32| assert!((a - b).abs() <= 1e-3 * b.abs(), "{a} {b}");
    assert!((270.0..284.0).contains(&read(0)) && (59.9..60.1).contains(&read(70)));
    assert!(read(52) > 10_000.0, "{} W", read(52));
    near(read(12) + read(14) + read(16), read(52));
    near(read(6) + read(8) + read(10), read(48));
    near(read(0) * read(6) * read(30), read(12));
    near(read(56) * read(62), read(52));
    near((read(56).powi(2) - read(52).powi(2)).sqrt(), read(60));
    near(read(346) + read(348) + read(350), read(72));
    assert_eq!((read(74), read(342)), (0.0, read(72)));
    // The longest block a master may read: what the map lacks reads 0.
    let block = reading.input(0, 80).unwrap();
    assert_eq!((block.len(), float(&block[52..]), float(&block[36..])), (80, read(52), 0.0));
}

#[test]
fn requests_outside_the_map_are_refused() {
    let (simulation, spec, at_ms) = facility(Name::Flower);
    let reading = Reading::of(&simulation, &spec.meters[0], at_ms);
    for (address, count) in [(382, 2), (380, 4), (1, 2), (36, 2), (65_534, 4)] {
        assert_eq!(reading.input(address, count), Err(Refusal::Address), "{address}");
    }
    for count in [0, 1, 3, 82] {
        assert_eq!(reading.input(0, count), Err(Refusal::Count), "{count}");
    }
    let holding = |address| meter::holding(&spec.meters[2], address, 2);
    assert_eq!(float(&holding(20).unwrap()), 3.0);
    assert_eq!(holding(4), Err(Refusal::Address));
    assert_eq!(holding(0xFC00).unwrap(), [330, 3_123]);
}

/// Class 0.5: the meter's energy is within 0.5 % of the truth, and so is its power.
#[test]
fn meters_are_class_half() {
    let (simulation, spec, at_ms) = facility(Name::Flower);
    for meter in &spec.meters {
        let fields = Reading::of(&simulation, meter, at_ms).fields();
        let number = |pointer| fields.iter().find(|f| f.pointer == pointer).unwrap().number().unwrap();
        let energy = crate::simulation::energy(meter.end_use);
        let (metered, truth) =
            (number(IMPORT_KWH) - meter.start_kwh, simulation.counter(at_ms, energy) / 1e3);
        assert!((metered / truth - 1.0).abs() < 0.005, "{metered} {truth}");
        assert!((number(POWER_W) / simulation.power(energy) - 1.0).abs() < 0.007);
        assert!(number(POWER_W) < meter.max_w);
    }
}

#[test]
fn zigbee_and_shelly_messages_have_their_forms() {
    let (simulation, spec, at_ms) = facility(Name::Lettuce);
    let devices = sensor::devices(&spec);
    let message = |name: &str, topic: &str| {
        let device = devices.iter().find(|d| d.name == name && d.topic.contains(topic)).unwrap();
        let text = json(&device.fields(&simulation, at_ms, at_ms).unwrap());
        (device.topic.clone(), serde_json::from_str::<Json>(&text).unwrap())
    };
    let (topic, climate) = message("compartment-1-climate", "zigbee2mqtt");
    assert_eq!(topic, "zigbee2mqtt/compartment-1-climate");
    for key in ["temperature", "humidity", "co2", "battery", "linkquality"] {
        assert!(climate[key].is_number(), "{key}");
    }
    assert_eq!(climate["last_seen"], "2025-01-02T03:00:00.000Z");
    let (topic, power) = message("compartment-1-panel", "em:0");
    assert_eq!(topic, "shellypro3em-0839ff01a000/status/em:0");
    let phases = ["a_act_power", "b_act_power", "c_act_power"].map(|key| power[key].as_f64().unwrap());
    let total = power["total_act_power"].as_f64().unwrap();
    assert!((phases.iter().sum::<f64>() - total).abs() < 0.2 && total > 1_000.0, "{power}");
    let (_, energy) = message("compartment-1-panel", "emdata:0");
    assert!(energy["total_act"].as_f64().unwrap() > 20_000.0);
    let (_, gas) = message("gas", "input:2");
    assert!(gas["counts"]["total"].is_i64() && gas["id"] == 2, "{gas}");
    let scale = devices.iter().find(|d| d.name == "scale").unwrap();
    assert!(scale.fields(&simulation, at_ms, at_ms).is_none(), "nothing was weighed");
}

/// What people see move: two messages 5 s apart differ in most gauges.
#[test]
fn values_move_from_message_to_message() {
    let (simulation, spec, at_ms) = facility(Name::Flower);
    let (mut moved, mut all) = (0, 0);
    for device in sensor::devices(&spec) {
        let (Some(a), Some(b)) =
            (device.fields(&simulation, at_ms, at_ms), device.fields(&simulation, at_ms, at_ms - 5_000))
        else {
            continue;
        };
        for (a, b) in a.iter().zip(&b).filter(|(a, _)| matches!(a.value, Value::Gauge(n) if n != 0.0)) {
            all += 1;
            moved += u32::from(a != b);
        }
    }
    assert!(moved * 3 > all * 2, "{moved} of {all}");
}

/// Every point of the facility file can be read from a device, is unique, and lies in its own plausible range.
#[test]
fn every_described_point_is_served() {
    for name in [Name::Flower, Name::Lettuce] {
        let (simulation, spec, at_ms) = facility(name);
        let file = crate::describe::describe(&spec, "meter:502", "site/");
        assert_eq!(file.problems(), []);
        let devices = sensor::devices(&spec);
        let mut names: Vec<_> = file.points.iter().map(|p| p.name.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), file.points.len());
        for point in &file.points {
            let number = match point.source.as_ref().unwrap() {
                Source::Modbus { unit, register, function, .. } => {
                    assert_eq!(*function, 4);
                    let meter = spec.meters.iter().find(|m| m.unit == *unit).unwrap();
                    Reading::of(&simulation, meter, at_ms).parameter(*register).map(f64::from)
                }
                Source::Mqtt { topic, pointer, .. } => {
                    let local = topic.strip_prefix(&format!("site/{}/", spec.slug)).unwrap();
                    let device = devices.iter().find(|d| d.topic == local).unwrap();
                    let fields = device.fields(&simulation, at_ms, at_ms);
                    fields.and_then(|f| f.iter().find(|f| f.pointer == pointer)?.number())
                }
            };
            let Some(number) = number else {
                assert_eq!(point.metric, Metric::HarvestWeight);
                continue;
            };
            let raw = number * 10f64.powi(i32::from(point.decimals));
            assert!(point.valid_min.is_some_and(|min| raw >= min as f64), "{}: {raw}", point.name);
            assert!(point.valid_max.is_none_or(|max| raw <= max as f64), "{}: {raw}", point.name);
            assert_eq!(point.rate_max.is_some(), point.kind == Kind::Counter);
        }
        assert!(
            file.zones.iter().all(|zone| file.points.iter().any(|p| p.zone.as_ref() == Some(&zone.slug)))
        );
    }
}
