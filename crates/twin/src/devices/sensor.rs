//! Devices that speak MQTT: Zigbee sensors through Zigbee2MQTT (`last_seen` as ISO 8601 switched on), Shelly Pro 3EM
//! panels and Shelly Plus Uni pulse counters of the second generation.

use super::Field;
use super::Value;
use crate::facility::FacilitySpec;
use crate::noise::Stream;
use crate::numbers::printed;
use crate::physics::air;
use crate::simulation::{RoomView, Simulation};

/// Energy of a pulse of the gas meter, tenths of a Wh: 1 ft³ at 1 036 Btu·ft⁻³.
pub const GAS_PULSE_TENTHS: i64 = 3_036;

/// What a device measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Temperature, humidity and CO₂ of a room.
    Climate(usize),
    /// Light at canopy.
    Light(usize),
    /// Moisture and temperature of the substrate.
    Substrate(usize),
    /// Power of a room's panel.
    PanelPower(usize),
    /// Energy of a room's panel.
    PanelEnergy(usize),
    /// Weather station.
    Outdoor,
    /// Scale: speaks only when something was weighed.
    Scale,
    /// Irrigation water, a pulse a litre.
    Water,
    /// Gas, a pulse a cubic foot.
    Gas,
}

/// A device with one MQTT topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Name as faults address it, e.g. `flower-1-climate`.
    pub name: String,
    /// Topic below the facility's prefix.
    pub topic: String,
    /// Time between messages, ms.
    pub period_ms: u64,
    /// What it measures.
    pub kind: Kind,
}

fn zigbee(name: String, period_ms: u64, kind: Kind) -> Device {
    Device { topic: format!("zigbee2mqtt/{name}"), name, period_ms, kind }
}

fn shelly(model: &str, name: String, mac: usize, component: &str, kind: Kind) -> Device {
    let topic = format!("{model}-{:012x}/status/{component}", 0x0839_ff01_a000_u64 + mac as u64);
    Device { topic, name, period_ms: 2_000, kind }
}

/// Every MQTT device of a facility, in the order in which its points are numbered.
pub fn devices(spec: &FacilitySpec) -> Vec<Device> {
    let mut out = Vec::new();
    for (index, room) in spec.rooms.iter().enumerate() {
        let named = |suffix: &str| format!("{}-{suffix}", room.slug);
        let panel = |component, kind| shelly("shellypro3em", named("panel"), index, component, kind);
        out.push(panel("em:0", Kind::PanelPower(index)));
        out.push(panel("emdata:0", Kind::PanelEnergy(index)));
        out.push(zigbee(named("climate"), 4_000, Kind::Climate(index)));
        out.push(zigbee(named("light"), 3_000, Kind::Light(index)));
        out.push(zigbee(named("substrate"), 5_000, Kind::Substrate(index)));
    }
    out.push(zigbee("outdoor".to_owned(), 5_000, Kind::Outdoor));
    out.push(zigbee("scale".to_owned(), 1_000, Kind::Scale));
    out.push(shelly("shellyplusuni", "water".to_owned(), 0x100, "input:2", Kind::Water));
    if spec.boiler.is_some() {
        out.push(shelly("shellyplusuni", "gas".to_owned(), 0x101, "input:2", Kind::Gas));
    }
    out
}

impl Device {
    /// What the device says at an instant of the simulation's last minute; none when it has nothing to say. A scale
    /// reports what was weighed after `since_ms`.
    pub fn fields(&self, simulation: &Simulation, since_ms: i64, at_ms: i64) -> Option<Vec<Field>> {
        let second = at_ms.div_euclid(1_000);
        let noise = |what: &str| self.stream(simulation, what).normal(second);
        // Battery and link quality close a Zigbee message.
        let radio = |mut fields: Vec<Field>| {
            let (battery, link) = (self.stream(simulation, "battery"), self.stream(simulation, "link"));
            let status = |pointer, value: f64| Field { pointer, value: Value::Status(value.round()) };
            fields.push(status("/battery", 60.0 + 40.0 * battery.uniform(0)));
            fields.push(status("/linkquality", 140.0 + 60.0 * link.uniform(0) + 6.0 * link.normal(second)));
            fields.push(Field { pointer: "/last_seen", value: Value::Time(at_ms) });
            fields
        };
        let room = |index| simulation.room(index, at_ms);
        Some(match self.kind {
            Kind::Climate(index) => radio(self.climate(simulation, &room(index), second)),
            Kind::Light(index) => {
                let ppfd = (room(index).ppfd * (1.0 + 0.006 * noise("ppfd"))).max(0.0);
                // Lux of white light at this PPFD; the sensor reports both.
                radio(vec![
                    Field::gauge("/ppfd", printed(ppfd, 1)),
                    Field::gauge("/illuminance", printed(54.0 * ppfd, 0)),
                ])
            }
            Kind::Substrate(index) => {
                let view = room(index);
                let moisture = (view.moisture + 0.12 * noise("moisture")).clamp(0.0, 100.0);
                let celsius = view.celsius - 1.5 + 0.05 * noise("substrate temperature");
                radio(vec![
                    Field::gauge("/soil_moisture", printed(moisture, 1)),
                    Field::gauge("/temperature", printed(celsius, 1)),
                ])
            }
            Kind::PanelPower(index) => {
                panel_power(room(index).power_w * (1.0 + 0.002 * noise("power")), noise("volts"))
            }
            Kind::PanelEnergy(index) => panel_energy(room(index).energy_wh),
            Kind::Outdoor => {
                let outdoor = simulation.outdoor();
                let celsius = outdoor.celsius + 0.05 * noise("temperature");
                let humidity =
                    air::relative_humidity(outdoor.celsius, outdoor.vapour) + 0.3 * noise("humidity");
                let irradiance = (outdoor.irradiance * (1.0 + 0.01 * noise("irradiance"))).max(0.0);
                radio(vec![
                    Field::gauge("/temperature", printed(celsius, 2)),
                    Field::gauge("/humidity", printed(humidity.clamp(0.0, 100.0), 2)),
                    Field::gauge("/irradiance", printed(irradiance, 1)),
                ])
            }
            Kind::Scale => {
                let weighing = simulation.weighing(since_ms, at_ms)?;
                radio(vec![Field::gauge("/weight", weighing.grams.round())])
            }
            Kind::Water => pulses(simulation.counter(at_ms, |c| c.water_l)),
            Kind::Gas => pulses(simulation.counter(at_ms, |c| c.gas_wh) * 10.0 / GAS_PULSE_TENTHS as f64),
        })
    }

    fn stream(&self, simulation: &Simulation, what: &str) -> Stream {
        Stream::new(simulation.state().seed, &format!("{} {what}", self.name))
    }

    fn climate(&self, simulation: &Simulation, view: &RoomView, second: i64) -> Vec<Field> {
        let stream = |what| self.stream(simulation, what);
        // Each sensor is off by a constant of its own, within its data sheet.
        let seen = |what: &'static str, value: f64, offset: f64, jitter: f64| {
            let stream = stream(what);
            value + offset * stream.normal(-1) + jitter * stream.normal(second)
        };
        let humidity = seen("humidity", view.humidity, 0.6, 0.15).clamp(0.0, 100.0);
        vec![
            Field::gauge("/temperature", printed(seen("temperature", view.celsius, 0.08, 0.03), 2)),
            Field::gauge("/humidity", printed(humidity, 2)),
            Field::gauge("/co2", printed(seen("co2", view.co2_ppm, 8.0, 4.0), 0)),
        ]
    }
}

fn panel_power(power_w: f64, volts: f64) -> Vec<Field> {
    const PHASES: [(f64, [&str; 5]); 3] = [
        (0.338, ["/a_current", "/a_voltage", "/a_act_power", "/a_aprt_power", "/a_pf"]),
        (0.329, ["/b_current", "/b_voltage", "/b_act_power", "/b_aprt_power", "/b_pf"]),
        (0.333, ["/c_current", "/c_voltage", "/c_act_power", "/c_aprt_power", "/c_pf"]),
    ];
    let factor = 0.94;
    let voltage = 277.0 + 0.4 * volts;
    let mut fields = vec![Field { pointer: "/id", value: Value::Status(0.0) }];
    for (share, [current, volt, active, apparent, pf]) in PHASES {
        let watts = share * power_w;
        fields.push(Field::gauge(current, printed(watts / factor / voltage, 3)));
        fields.push(Field::gauge(volt, printed(voltage, 1)));
        fields.push(Field::gauge(active, printed(watts, 1)));
        fields.push(Field::gauge(apparent, printed(watts / factor, 1)));
        fields.push(Field::gauge(pf, factor));
    }
    fields.push(Field::gauge("/total_current", printed(power_w / factor / voltage, 3)));
    fields.push(Field::gauge("/total_act_power", printed(power_w, 3)));
    fields.push(Field::gauge("/total_aprt_power", printed(power_w / factor, 3)));
    fields
}

fn panel_energy(energy_wh: f64) -> Vec<Field> {
    vec![
        Field { pointer: "/id", value: Value::Status(0.0) },
        Field::counter("/a_total_act_energy", printed(0.338 * energy_wh, 2)),
        Field::counter("/a_total_act_ret_energy", 0.0),
        Field::counter("/b_total_act_energy", printed(0.329 * energy_wh, 2)),
        Field::counter("/b_total_act_ret_energy", 0.0),
        Field::counter("/c_total_act_energy", printed(0.333 * energy_wh, 2)),
        Field::counter("/c_total_act_ret_energy", 0.0),
        Field::counter("/total_act", printed(energy_wh, 2)),
        Field::counter("/total_act_ret", 0.0),
    ]
}

fn pulses(count: f64) -> Vec<Field> {
    vec![Field { pointer: "/id", value: Value::Status(2.0) }, Field::counter("/counts/total", count.floor())]
}
