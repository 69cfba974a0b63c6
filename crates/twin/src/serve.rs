//! Live devices: a clock, the facilities, and the two protocols that show them.

pub mod modbus;
pub mod mqtt;
#[cfg(test)]
mod tests;

use crate::devices::meter::{self, Reading};
use crate::devices::sensor::{self, Device};
use crate::facility::MeterSpec;
use crate::faults::{Emission, Fault, Faults};
use crate::simulation::Simulation;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Simulated time: starts at a wall-clock instant and runs `speed` times as fast.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    start: Instant,
    start_ms: i64,
    speed: f64,
}

impl SimClock {
    /// A clock that shows `start_ms` now.
    pub fn starting(start_ms: i64, speed: f64) -> Self {
        Self { start: Instant::now(), start_ms, speed }
    }

    /// Simulated time, ms since 1970.
    pub fn now_ms(&self) -> i64 {
        self.start_ms + crate::numbers::round(self.start.elapsed().as_secs_f64() * 1_000.0 * self.speed)
    }
}

/// A facility with its devices and their faults.
#[derive(Debug)]
pub struct Site {
    simulation: Simulation,
    devices: Vec<Device>,
    faults: Faults,
}

impl Site {
    /// Devices of a running facility, all well.
    pub fn new(simulation: Simulation) -> Self {
        let faults = Faults::new(simulation.state().seed);
        Self { devices: sensor::devices(simulation.spec()), faults, simulation }
    }

    fn meter(&self, unit: u8) -> Option<MeterSpec> {
        self.simulation.spec().meters.iter().copied().find(|meter| meter.unit == unit)
    }

    fn knows(&self, target: &str) -> bool {
        target == "*"
            || self.devices.iter().any(|device| device.name == target)
            || self.simulation.spec().meters.iter().any(|spec| meter::name(spec) == target)
    }
}

/// Everything that is served, shared by the protocols.
#[derive(Debug)]
pub struct Plant {
    clock: SimClock,
    sites: Mutex<Vec<Site>>,
}

impl Plant {
    /// Serves these sites by this clock.
    pub fn new(clock: SimClock, sites: Vec<Site>) -> Self {
        Self { clock, sites: Mutex::new(sites) }
    }

    /// The sites, run up to now.
    fn sites(&self) -> (MutexGuard<'_, Vec<Site>>, i64) {
        // A panic while the lock was held leaves at worst a minute half simulated.
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now_ms();
        sites.iter_mut().for_each(|site| site.simulation.advance(now_ms));
        (sites, now_ms)
    }

    /// Simulated time, ms since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Switches a fault on at every site that has its target. False when none has.
    pub fn add_fault(&self, fault: &Fault) -> bool {
        let (mut sites, _) = self.sites();
        let mut found = false;
        for site in sites.iter_mut().filter(|site| site.knows(&fault.target)) {
            site.faults.add(fault.clone());
            found = true;
        }
        found
    }

    /// Does what a control message asks of one site: `clear`, or a fault to switch on.
    pub fn control(&self, site: usize, text: &str) -> Result<(), ControlError> {
        let (mut sites, _) = self.sites();
        let site = sites.get_mut(site).ok_or(ControlError::Target)?;
        if text.trim() == "clear" {
            site.faults.clear();
            return Ok(());
        }
        let fault: Fault = text.parse()?;
        if !site.knows(&fault.target) {
            return Err(ControlError::Target);
        }
        site.faults.add(fault);
        Ok(())
    }

    /// The meter with this unit id and how it answers now: with a reading after a delay in ms, or not at all.
    fn poll(&self, unit: u8) -> Option<(MeterSpec, Option<(u64, Reading)>)> {
        let (mut sites, now_ms) = self.sites();
        let (site, spec) = sites.iter_mut().find_map(|site| site.meter(unit).map(|spec| (site, spec)))?;
        let reading = Reading::of(&site.simulation, &spec, now_ms);
        let name = meter::name(&spec);
        let answer = site.faults.apply(&name, &name, reading.fields()).into_iter().next();
        Some((spec, answer.map(|emission| (emission.after_ms, reading.with(&emission.fields)))))
    }

    /// What a device of a site sends now; a scale what was weighed after `since_ms`. And the time.
    fn messages(&self, site: usize, device: usize, since_ms: i64) -> (Vec<Emission>, i64) {
        let (mut sites, now_ms) = self.sites();
        let Some(Site { simulation, devices, faults }) = sites.get_mut(site) else {
            return (Vec::new(), now_ms);
        };
        let device = &devices[device];
        let fields = device.fields(simulation, since_ms, now_ms);
        let out = fields.map(|fields| faults.apply(&device.name, &device.topic, fields));
        (out.unwrap_or_default(), now_ms)
    }
}

/// A control message that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Not a fault.
    #[error(transparent)]
    Fault(#[from] crate::faults::FaultError),
    /// No such device.
    #[error("no device of this facility has that name")]
    Target,
}
