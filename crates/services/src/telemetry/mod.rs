//! What the pages show of a facility: read models from the rollups, never from raw envelopes.

mod energy;
pub(crate) mod export;
mod home;
mod ingest;
mod live;
mod mains;
mod newest;
mod overview;
mod points;
mod room;
mod rows;
mod series;
mod site;
mod watched;

pub(crate) use export::Source;
pub use home::home;
pub use ingest::ingest_view;
pub(crate) use live::live_sources;
pub(crate) use mains::{amounts, by_end_use, counted, gauge_hours, main_meters, mains, sub_meters};
pub use overview::facility_overview;
pub use points::points;
pub use room::room;
pub use series::series;
pub(crate) use watched::watched;
