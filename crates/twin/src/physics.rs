//! What happens in one room: light, heat, water vapour, CO₂ and growth, minute by minute, in SI units.

pub mod air;
pub mod control;
pub mod crop;
pub mod room;
#[cfg(test)]
mod tests;
