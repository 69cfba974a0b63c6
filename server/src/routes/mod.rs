//! HTTP beside the pages, one file per noun.

pub mod activity;
pub mod baselines;
pub mod events;
pub mod exports;
pub mod fields;
pub mod health;
pub mod imports;
pub mod live;
pub mod outcome;
pub mod pages;
pub mod people;
pub mod production;
pub mod reports;
pub mod rest;
pub mod rest_figures;
pub mod rest_reports;
pub mod savings;
pub mod security;
pub mod session;
pub mod table_imports;
pub mod tables;
pub mod tariff;
pub mod tokens;
pub mod verification;
pub mod verify;
pub mod weather;
