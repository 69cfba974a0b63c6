//! Presentational parts of pages. None of them calls a server function; pages do.

pub mod badge;
pub mod chart_card;
pub mod data_table;
pub mod day_bar;
pub mod day_range;
pub mod field;
pub mod icon;
pub mod jobs;
pub mod live;
pub mod load;
pub mod notice;
pub mod page;
pub mod range;
pub mod stat;
pub mod table;
pub mod theme;
