//! The Eastron SDM630 v2 as Modbus sees it: 32-bit floats, high word first, at even addresses of the input registers.
//!
//! The energy register is a float of kWh. It resolves 1 Wh below 16 384 kWh, 31 Wh from 262 144 kWh on and 125 Wh from
//! 1 048 576 kWh on; neighbouring differences still add up, since every reading is of one register.

use super::Field;
use crate::facility::MeterSpec;
use crate::noise::Stream;
use crate::numbers::single;
use crate::simulation::{self, Simulation};

/// Pointer of the energy register among a meter's fields.
pub const IMPORT_KWH: &str = "/import_kwh";
/// Pointer of the power register among a meter's fields.
pub const POWER_W: &str = "/power_w";
/// First address after the map.
const END: u16 = 382;
/// Most registers in one request: 40 values.
pub const READ_MAX: u16 = 80;

/// Why a request gets an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such address.
    Address,
    /// More registers than one request may ask for, or none.
    Count,
}

/// A meter at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    import_kwh: f64,
    power_w: f64,
    volts: [f64; 3],
    power_factor: f64,
    hertz: f64,
}

/// Name of a meter as faults address it.
pub fn name(spec: &MeterSpec) -> String {
    format!("meter-{}", spec.unit)
}

impl Reading {
    /// Reads a meter of a running facility. Accuracy class 0.5: a fixed gain error within ±0.35 % on power and energy,
    /// and on power a jitter of 0.1 %.
    pub fn of(simulation: &Simulation, spec: &MeterSpec, at_ms: i64) -> Self {
        let seed = simulation.state().seed;
        let stream = |what: &str| Stream::new(seed, &format!("meter {} {what}", spec.unit));
        let second = at_ms.div_euclid(1_000);
        let gain = 1.0 + 0.001 * stream("gain").normal(0);
        let energy = simulation::energy(spec.end_use);
        let jitter = 1.0 + 0.001 * stream("power").normal(second);
        let sag = stream("volts");
        let volts = [0.2, -0.6, 0.5].map(|phase| 277.0 + phase);
        Self {
            import_kwh: spec.start_kwh + gain * simulation.counter(at_ms, energy) / 1_000.0,
            power_w: simulation.power(energy) * gain * jitter,
            volts: std::array::from_fn(|phase| {
                volts[phase] + 1.2 * sag.red(second / 10, 0.9) + 0.15 * sag.normal(3 * second + phase as i64)
            }),
            power_factor: spec.power_factor,
            hertz: 60.0 + 0.012 * stream("hertz").normal(second),
        }
    }

    /// What faults can change.
    pub fn fields(&self) -> Vec<Field> {
        vec![Field::counter(IMPORT_KWH, self.import_kwh), Field::gauge(POWER_W, self.power_w)]
    }

    /// The reading with changed fields.
    pub fn with(mut self, fields: &[Field]) -> Self {
        for field in fields {
            match (field.pointer, field.number()) {
                (IMPORT_KWH, Some(number)) => self.import_kwh = number,
                (POWER_W, Some(number)) => self.power_w = number,
                _ => {}
            }
        }
        self
    }

    /// The parameter at an even address; none where the map has none.
    pub fn parameter(&self, address: u16) -> Option<f32> {
        const SHARES: [f64; 3] = [0.341, 0.327, 0.332];
        let phase = usize::from(address % 6 / 2);
        let [a, b, c] = self.volts;
        let mean_volts = (a + b + c) / 3.0;
        let watts = |phase: usize| self.power_w * SHARES[phase];
        let amps = |phase: usize| watts(phase) / self.power_factor / self.volts[phase];
        let reactive = (1.0 / self.power_factor.powi(2) - 1.0).sqrt();
        let sum_amps = amps(0) + amps(1) + amps(2);
        Some(single(match address {
            0 | 2 | 4 => self.volts[phase],
            6 | 8 | 10 => amps(phase),
            12 | 14 | 16 => watts(phase),
            18 | 20 | 22 => watts(phase) / self.power_factor,
            24 | 26 | 28 => watts(phase) * reactive,
            30 | 32 | 34 | 62 => self.power_factor,
            42 => mean_volts,
            46 => sum_amps / 3.0,
            48 => sum_amps,
            52 => self.power_w,
            56 => self.power_w / self.power_factor,
            60 => self.power_w * reactive,
            70 => self.hertz,
            72 | 342 => self.import_kwh,
            74 => 0.0,
            76 => self.import_kwh * reactive,
            78 => 0.0,
            346 | 348 | 350 => self.import_kwh * SHARES[usize::from((address - 346) / 2)],
            _ => return None,
        }))
    }

    /// Input registers (function 4). A request starts at a parameter and asks for whole ones; addresses without a
    /// parameter inside the map read 0.
    pub fn input(&self, address: u16, count: u16) -> Result<Vec<u16>, Refusal> {
        if count == 0 || count > READ_MAX || count % 2 == 1 {
            return Err(Refusal::Count);
        }
        let end = address.checked_add(count).filter(|&end| end <= END).ok_or(Refusal::Address)?;
        if address % 2 == 1 || self.parameter(address).is_none() {
            return Err(Refusal::Address);
        }
        let values = (address..end).step_by(2).map(|at| self.parameter(at).unwrap_or(0.0));
        Ok(values.flat_map(words).collect())
    }
}

/// Holding registers (function 3): demand period, node address, baud code, serial number.
pub fn holding(spec: &MeterSpec, address: u16, count: u16) -> Result<Vec<u16>, Refusal> {
    if count != 2 {
        return Err(Refusal::Count);
    }
    let serial = 21_630_000 + u32::from(spec.unit);
    Ok(match address {
        2 => words(60.0).to_vec(),
        20 => words(f32::from(spec.unit)).to_vec(),
        28 => words(2.0).to_vec(),
        0xFC00 => halves(serial).to_vec(),
        _ => return Err(Refusal::Address),
    })
}

fn words(value: f32) -> [u16; 2] {
    halves(value.to_bits())
}

#[expect(clippy::cast_possible_truncation, reason = "a word is the low 16 bits")]
fn halves(bits: u32) -> [u16; 2] {
    [(bits >> 16) as u16, bits as u16]
}
