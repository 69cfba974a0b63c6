//! Files as people send them, checked row by row.

pub(crate) mod bills;
pub(crate) mod data;
pub(crate) mod events;
pub(crate) mod file;
pub(crate) mod schedule;
pub(crate) mod time;
