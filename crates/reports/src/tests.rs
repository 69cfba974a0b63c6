//! A made-up report, and what its documents must say of it.

mod csv;
mod pdf;
mod rows;
mod sample;
mod table;
mod text;
mod xlsx;
