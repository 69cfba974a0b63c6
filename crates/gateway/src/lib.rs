//! The edge agent: reads meters and sensors at the site, keeps every reading in a journal on disk, and sends it until
//! the server has committed it. `docs/GATEWAY.md` describes behaviour and file formats.
//!
//! Contains no business rule and no vendor: what is read, and how numbers are scaled, comes from the point map.

pub mod config;
pub mod journal;
pub mod map;
pub mod run;
pub mod seal;

mod backoff;
mod broker;
mod clock;
mod files;
mod local_mqtt;
mod modbus;
mod number;
mod recorder;
mod sample;
mod status;
mod uplink;
