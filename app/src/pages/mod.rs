//! The pages: one file per address, but for the few of signing in (`entry.rs`).

pub mod activity;
pub mod alerts;
pub mod baseline;
pub mod baselines;
pub mod compare;
pub mod derivation;
pub mod developers;
pub mod downloads;
pub mod entry;
pub mod event;
pub mod events;
pub mod export;
pub mod facility;
pub mod home;
pub mod import;
pub mod imports;
pub mod ingest;
pub mod meters;
pub mod notes;
pub mod people;
pub mod performance;
pub mod point;
pub mod portfolio;
pub mod production;
pub mod report;
pub mod report_builder;
pub mod reports;
pub mod room;
pub mod savings;
pub mod savings_bases;
pub mod savings_day;
pub mod savings_quarter;
pub mod security;
pub mod shell;
pub mod table_import;
pub mod tariff;
pub mod tokens;
pub mod utility;
pub mod verification;
pub mod verify;
pub mod weather;
pub mod webhooks;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// A part of the page's address, empty where it is missing.
fn param(name: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get(name).unwrap_or_default()))
}

/// A choice in the page's query, empty where it is missing.
fn query(name: &'static str) -> Memo<String> {
    let queries = use_query_map();
    Memo::new(move |_| queries.with(|q| q.get(name).unwrap_or_default()))
}
