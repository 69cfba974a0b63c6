//! How far savings may be from the truth. Every band is a half-width in meter units at a two-sided confidence.

pub mod bootstrap;
pub mod g14;
pub mod hac;
pub mod ols;
