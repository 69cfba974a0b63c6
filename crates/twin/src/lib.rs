//! The twin of two facilities: physics that closes its balances, and devices that speak real protocols.
//!
//! - [`facility`] says what was built, [`physics`] what happens in a room, [`weather`] what happens outside.
//! - [`simulation`] runs a facility by the minute; everything random comes from [`noise`], so a seed fixes every byte.
//! - [`devices`] are what a gateway can see of it, [`faults`] what goes wrong with them.
//! - [`describe`] lists their points, [`serve`] shows them live by Modbus TCP and MQTT, [`history`] writes past readings.
//!
//! `gainshare-twin describe | serve | history` is the command line. A history ends with a state file; `serve --state`
//! goes on from it, so that counters, crops and rooms join without a step.
//!
//! To add a sensor: a [`devices::sensor::Kind`] with its fields, and its point in [`describe`].
//!
//! No product code depends on this crate: it stands where a real site would.

pub mod describe;
pub mod devices;
pub mod facility;
pub mod faults;
pub mod history;
pub mod noise;
mod numbers;
pub mod physics;
pub mod serve;
pub mod simulation;
pub mod weather;
