//! Charts: read models become a [`Plot`], and a plot becomes an ECharts option or, for print and for pages without
//! scripts, a sketch in SVG. Pure functions, but for the element that draws.

pub mod compare;
pub mod echarts;
pub mod fit;
pub mod insight;
pub mod live;
pub mod option;
pub mod performance;
pub mod plot;
pub mod portfolio;
pub mod production;
pub mod savings;
pub mod series;
pub mod sketch;
pub mod weather;

pub use plot::{Hue, Mark, Plot, Series, Slot};
