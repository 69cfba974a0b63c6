//! Ten gateways of 200 points, read every ten seconds.

use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Column, Envelope};
use domain::facility::{FacilityFile, FacilityKind};
use domain::id::{GatewayId, OrganisationId};
use domain::point::{Kind, Metric, PointSpec};
use services::Context;
use services::facilities::create_from_file;
use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) const GATEWAYS: u32 = 10;
pub(crate) const POINTS: u32 = 200;
const TICK_S: i64 = 10;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-20T00:00:00Z".parse().unwrap()
}

/// One reading, narrow.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) sensor: i32,
    pub(crate) at_ms: i64,
    pub(crate) raw: i64,
}

fn point(channel: u32) -> PointSpec {
    let counter = channel.is_multiple_of(4);
    PointSpec {
        channel,
        name: format!("Point {channel}"),
        zone: None,
        metric: if counter { Metric::Energy } else { Metric::Temperature },
        kind: if counter { Kind::Counter } else { Kind::Gauge },
        decimals: 2,
        end_use: None,
        interval_ms: u32::try_from(TICK_S * 1_000).unwrap(),
        modulus: counter.then_some(1 << 32),
        rate_max: counter.then_some(10_000_000),
        valid_min: Some(-100_000_000),
        valid_max: Some(1 << 32),
        source: None,
    }
}

pub(crate) async fn gateways(ctx: &Context, owner: &mut PgConnection) -> Vec<GatewayId> {
    let (vendor, customer) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query("INSERT INTO organisations (id, name, kind, vendor_id) VALUES ($1, 'V', 'vendor', NULL), ($2, 'C', 'customer', $1)")
        .bind(vendor)
        .bind(customer)
        .execute(owner)
        .await
        .unwrap();
    let mut found = Vec::new();
    for index in 0..GATEWAYS {
        let file = FacilityFile {
            slug: format!("bench-{index}"),
            name: format!("Bench {index}"),
            kind: FacilityKind::Indoor,
            time_zone: "America/Denver".to_owned(),
            latitude: 39.7,
            longitude: -105.0,
            currency: "USD".to_owned(),
            zones: Vec::new(),
            points: (1..=POINTS).map(point).collect(),
        };
        found.push(create_from_file(ctx, OrganisationId(customer), &file).await.unwrap().gateway);
    }
    found
}

/// What the twin and real meters show: registers that rise, powers and climate that wander.
fn raw(channel: u32, tick: i64) -> i64 {
    let c = i64::from(channel);
    let wiggle = (tick * 7_919 + c * 104_729) % 61;
    match channel % 4 {
        0 => 812_345_678 + c * 1_000_003 + tick * (30 + c) + wiggle % 5,
        1 => 10_500 + c * 37 + wiggle,
        2 => 2_412 + wiggle % 9,
        _ => 6_100 + wiggle % 40,
    }
}

/// Envelope `seq` of a gateway whose boot began at `start`: `ticks` readings of every point.
pub(crate) fn envelope(start: DateTime<Utc>, boot: u64, seq: u64, ticks: i64) -> Envelope {
    let first = i64::try_from(seq - 1).unwrap() * ticks;
    let numbers: Vec<i64> = (first..first + ticks).collect();
    let at: Vec<i64> =
        numbers.iter().map(|n| (start + TimeDelta::seconds(n * TICK_S)).timestamp_millis()).collect();
    Envelope {
        map_version: 1,
        boot,
        seq,
        sent_at_ms: at[at.len() - 1],
        ticks: at,
        columns: (1..=POINTS)
            .map(|channel| Column {
                channel,
                values: numbers.iter().map(|&n| Some(raw(channel, n))).collect(),
            })
            .collect(),
    }
}

/// The readings of an envelope, in the order in which a logger would write them.
pub(crate) fn samples(gateway: usize, envelope: &Envelope) -> impl Iterator<Item = Sample> + '_ {
    let base = i32::try_from(gateway).unwrap() * 1_000;
    envelope.ticks.iter().enumerate().flat_map(move |(index, &at_ms)| {
        envelope.columns.iter().map(move |column| Sample {
            sensor: base + column.channel.cast_signed(),
            at_ms,
            raw: column.values[index].unwrap(),
        })
    })
}
