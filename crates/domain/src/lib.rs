//! Pure business types and rules of Gainshare: no IO, no clock, no async, no randomness. Builds for WASM.

pub mod access;
pub mod audit;
pub mod baseline;
pub mod bucket;
pub mod canonical;
pub mod climate;
pub mod counter;
pub mod envelope;
pub mod facility;
pub mod gateway_map;
pub mod id;
pub mod intervals;
pub mod live;
pub mod local_clock;
pub mod local_time;
mod names;
pub mod point;
pub mod quality;
pub mod range;
pub mod series;
pub mod summary;
pub mod time;
pub mod utility;
pub mod varint;
pub mod verification;
pub mod weather;
