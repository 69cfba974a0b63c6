//! The facility file: every point that the devices offer, with where and how a gateway reads it.

use crate::devices::sensor::{self, Device, GAS_PULSE_TENTHS, Kind as DeviceKind};
use crate::facility::{FacilitySpec, MeterSpec};
use crate::numbers::round;
use crate::physics::room::RoomSpec;
use domain::facility::{FacilityFile, ZoneSpec};
use domain::point::{Encoding, EndUse, Kind, Metric, PointSpec, Source};
use rust_decimal::Decimal;

/// Expected time between readings, ms. Live readings come much faster; a history of 15-minute readings comes at three
/// times this, which is the longest step that does not count as a gap.
const INTERVAL_MS: u32 = 300_000;
/// The same for the scale, which speaks only on harvest days: the longest interval a point may have.
const HARVEST_INTERVAL_MS: u32 = 86_400_000;
/// Most energy a room's panel can pass, W.
const PANEL_MAX_W: f64 = 160_000.0;

/// Topic prefix of a facility's devices.
pub fn prefix(base: &str, spec: &FacilitySpec) -> String {
    format!("{}/{}", base.trim_end_matches('/'), spec.slug)
}

/// The facility file for devices at a Modbus address and below an MQTT prefix.
pub fn describe(spec: &FacilitySpec, modbus: &str, mqtt_prefix: &str) -> FacilityFile {
    let mut points: Vec<PointSpec> = Vec::new();
    for meter in &spec.meters {
        points.extend(meter_points(meter, modbus));
    }
    let prefix = prefix(mqtt_prefix, spec);
    for device in sensor::devices(spec) {
        points.extend(device_points(spec, &device, &prefix));
    }
    for (channel, point) in (1..).zip(&mut points) {
        point.channel = channel;
    }
    FacilityFile {
        slug: spec.slug.to_owned(),
        name: spec.name.to_owned(),
        kind: spec.kind,
        time_zone: spec.time_zone.name().to_owned(),
        latitude: spec.climate.latitude,
        longitude: spec.climate.longitude,
        currency: "USD".to_owned(),
        zones: spec.rooms.iter().map(zone).collect(),
        points,
    }
}

fn zone(room: &RoomSpec) -> ZoneSpec {
    ZoneSpec {
        slug: room.slug.to_owned(),
        name: room.name.to_owned(),
        stage: room.stage.to_owned(),
        canopy_m2: room.canopy_m2,
        lights_on_min: room.lights_on_min,
        photoperiod_min: room.photoperiod_min,
        leaf_offset_k: if room.stage == "produce" { -0.5 } else { -1.5 },
    }
}

/// A gauge that anything may read.
fn gauge(name: String, metric: Metric, decimals: u8, valid: (i64, i64), source: Source) -> PointSpec {
    let scale = 10i64.pow(u32::from(decimals));
    PointSpec {
        channel: 0,
        name,
        zone: None,
        metric,
        kind: Kind::Gauge,
        decimals,
        end_use: None,
        interval_ms: INTERVAL_MS,
        modulus: None,
        rate_max: None,
        valid_min: Some(valid.0 * scale),
        valid_max: Some(valid.1 * scale),
        source: Some(source),
    }
}

/// A counter in whole units that rises at most `rate_max` an hour, also between two readings a few seconds apart: a
/// pulse or an irrigation shot then looks far faster than its hourly mean.
fn counter(name: String, metric: Metric, rate_max: f64, source: Source) -> PointSpec {
    PointSpec {
        kind: Kind::Counter,
        rate_max: Some(round(rate_max)),
        valid_max: None,
        ..gauge(name, metric, 0, (0, 0), source)
    }
}

fn meter_points(meter: &MeterSpec, modbus: &str) -> [PointSpec; 2] {
    let label = match meter.end_use {
        EndUse::Irrigation => "Irrigation",
        end_use => end_use.label(),
    };
    let source = |register, scale: i64| Source::Modbus {
        address: modbus.to_owned(),
        unit: meter.unit,
        function: 4,
        register,
        encoding: Encoding::F32Be,
        scale: scale.into(),
    };
    let end_use = Some(meter.end_use);
    // Twice the largest load: late in its life the register moves by 125 or 250 Wh at a time.
    let rate_max = 2.0 * meter.max_w;
    let energy = counter(format!("{label} energy"), Metric::Energy, rate_max, source(72, 1_000));
    let power = (0, round(meter.max_w));
    let power = gauge(format!("{label} power"), Metric::Power, 0, power, source(52, 1));
    [PointSpec { end_use, ..energy }, PointSpec { end_use, ..power }]
}

fn device_points(spec: &FacilitySpec, device: &Device, prefix: &str) -> Vec<PointSpec> {
    let mqtt = |pointer: &str, scale: Decimal| Source::Mqtt {
        topic: format!("{prefix}/{}", device.topic),
        pointer: pointer.to_owned(),
        scale,
        time_pointer: None,
    };
    let room = |index: usize, points: Vec<PointSpec>| {
        let room = &spec.rooms[index];
        let named = |p: PointSpec| PointSpec {
            name: format!("{} {}", room.name, p.name),
            zone: Some(room.slug.to_owned()),
            ..p
        };
        points.into_iter().map(named).collect()
    };
    let gauge = |name: &str, metric, decimals, valid, pointer| {
        gauge(name.to_owned(), metric, decimals, valid, mqtt(pointer, Decimal::ONE))
    };
    let counter = |name: &str, metric, rate_max, pointer, scale| {
        counter(name.to_owned(), metric, rate_max, mqtt(pointer, scale))
    };
    match device.kind {
        DeviceKind::PanelPower(i) => {
            room(i, vec![gauge("power", Metric::Power, 0, (0, round(PANEL_MAX_W)), "/total_act_power")])
        }
        DeviceKind::PanelEnergy(i) => {
            room(i, vec![counter("energy", Metric::Energy, PANEL_MAX_W, "/total_act", Decimal::ONE)])
        }
        DeviceKind::Climate(i) => room(
            i,
            vec![
                gauge("temperature", Metric::Temperature, 2, (-10, 60), "/temperature"),
                gauge("humidity", Metric::RelativeHumidity, 2, (0, 100), "/humidity"),
                gauge("CO₂", Metric::Co2, 0, (200, 5_000), "/co2"),
            ],
        ),
        DeviceKind::Light(i) => room(i, vec![gauge("PPFD", Metric::Ppfd, 1, (0, 2_500), "/ppfd")]),
        DeviceKind::Substrate(i) => {
            let metric = Metric::SubstrateMoisture;
            room(i, vec![gauge("substrate moisture", metric, 1, (0, 100), "/soil_moisture")])
        }
        DeviceKind::Outdoor => vec![
            gauge("Outdoor temperature", Metric::OutdoorTemperature, 2, (-50, 60), "/temperature"),
            gauge("Outdoor irradiance", Metric::OutdoorIrradiance, 1, (0, 1_500), "/irradiance"),
        ],
        DeviceKind::Scale => vec![PointSpec {
            kind: Kind::Delta,
            interval_ms: HARVEST_INTERVAL_MS,
            ..gauge("Harvest weight", Metric::HarvestWeight, 0, (0, 500_000), "/weight")
        }],
        DeviceKind::Water => {
            vec![counter("Irrigation water", Metric::Water, 100_000.0, "/counts/total", Decimal::ONE)]
        }
        DeviceKind::Gas => {
            vec![counter("Gas", Metric::Gas, 1_500_000.0, "/counts/total", Decimal::new(GAS_PULSE_TENTHS, 1))]
        }
    }
}
