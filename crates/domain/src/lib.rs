//! Pure business types and rules of Gainshare: no IO, no clock, no async, no randomness. Builds for WASM.

pub mod access;
pub mod facility;
pub mod id;
pub mod live;
pub mod point;
pub mod varint;
