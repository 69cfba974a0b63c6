//! Whatever the order, the grouping, the repetition and the delay: the rows are those of a sequential reading.

use crate::support::{Site, facility_file, now};
use chrono::{DateTime, TimeDelta, Utc};
use domain::counter::{Meter, Reading};
use domain::envelope::{Column, Envelope};
use domain::id::GatewayId;
use domain::range::Granularity;
use domain::summary::{Row, Summary, encode_row, fold};
use domain::time::bucket_start;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use services::ingest::Window;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Cases of F6.
const CASES: u64 = 256;

/// Envelopes of two boots, scattered over up to 45 days, some overlapping in time.
fn history(rng: &mut StdRng) -> Vec<Envelope> {
    let mut parts = Vec::new();
    let mut at = now() - TimeDelta::days(rng.random_range(0..44)) - TimeDelta::hours(6);
    let mut registers = [rng.random_range(0..500_000i64), 0, rng.random_range(60_000..65_536i64)];
    for boot in 1..=2u64 {
        for seq in 1..=rng.random_range(1..8u64) {
            let count = rng.random_range(1..20);
            let mut ticks = Vec::new();
            let mut values: BTreeMap<u32, Vec<Option<i64>>> = BTreeMap::new();
            for _ in 0..count {
                ticks.push(at.timestamp_millis());
                at += TimeDelta::seconds(10);
                registers[0] += rng.random_range(0..9);
                registers[2] = (registers[2] + rng.random_range(0..300)) % 65_536;
                let readings = [
                    (1, registers[0]),
                    (2, rng.random_range(-50..50)),
                    (3, registers[2]),
                    (4, rng.random_range(0..9)),
                ];
                for (channel, v) in readings {
                    // Spikes, implausible values and silence are part of life.
                    let v = if rng.random_ratio(1, 40) { rng.random_range(-200..2_000_000) } else { v };
                    values.entry(channel).or_default().push((!rng.random_ratio(1, 8)).then_some(v));
                }
            }
            let columns = values.into_iter().map(|(channel, values)| Column { channel, values }).collect();
            parts.push(Envelope {
                map_version: 1,
                boot,
                seq,
                sent_at_ms: ticks[ticks.len() - 1],
                ticks,
                columns,
            });
            at += TimeDelta::seconds([0, 0, 10, 400, 4_000, 90_000][rng.random_range(0..6)]);
            at = at.min(now() - TimeDelta::minutes(10));
        }
        // The clock may be set back at a restart: readings at the same time, of which the earlier boot's count.
        at -= TimeDelta::seconds(10 * rng.random_range(0..30));
    }
    parts
}

/// The rows by the book: every reading in order, folded, then merged.
fn oracle(parts: &[Envelope]) -> BTreeMap<(String, DateTime<Utc>), Vec<u8>> {
    let zone = chrono_tz::America::Denver;
    let mut rows: BTreeMap<(Granularity, i64), Row> = BTreeMap::new();
    for spec in facility_file("any").points {
        let meter = Meter::new(&spec, Vec::new());
        let valid = spec.valid_min.unwrap()..=spec.valid_max.unwrap();
        let mut readings: BTreeMap<i64, i64> = BTreeMap::new();
        for part in parts {
            for column in part.columns.iter().filter(|c| c.channel == spec.channel) {
                for (&t, v) in part.ticks.iter().zip(&column.values) {
                    if let Some(v) = v.filter(|v| valid.contains(v)) {
                        readings.entry(t).or_insert(v);
                    }
                }
            }
        }
        let readings: Vec<Reading> = readings.into_iter().map(|(t, v)| Reading { t, v }).collect();
        let five: Vec<Summary> = readings
            .chunk_by(|a, b| a.t / 300_000 == b.t / 300_000)
            .filter_map(|bucket| fold(&meter, bucket))
            .collect();
        for width in Granularity::ALL {
            let start = |s: &Summary| bucket_start(width, zone, s.first.t);
            for group in five.chunk_by(|a, b| start(a) == start(b)) {
                let whole = group[1..].iter().fold(group[0], |sum, next| sum.merge(next, &meter));
                rows.entry((width, start(&whole))).or_default().push((spec.channel, whole));
            }
        }
    }
    let packed = |((width, start), row): ((Granularity, i64), Row)| {
        (
            (width.as_str().to_owned(), DateTime::from_timestamp_millis(start).unwrap()),
            encode_row(start, &row),
        )
    };
    rows.into_iter().map(packed).collect()
}

/// Another gateway with the same points.
async fn twin_gateway(site: &mut Site, name: String) -> GatewayId {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO gateways (id, organisation_id, facility_id, name) SELECT $1, organisation_id, facility_id, $2 FROM gateways WHERE id = $3",
    )
    .bind(id)
    .bind(&name)
    .bind(site.gateway.0)
    .execute(&mut site.owner)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO points (id, organisation_id, facility_id, gateway_id, channel, name, metric, unit, kind, decimals, interval_ms,
            modulus, rate_max, valid_min, valid_max)
        SELECT gen_random_uuid(), organisation_id, facility_id, $1, channel, name || $2, metric, unit, kind, decimals, interval_ms,
            modulus, rate_max, valid_min, valid_max FROM points WHERE gateway_id = $3",
    )
    .bind(id)
    .bind(&name)
    .bind(site.gateway.0)
    .execute(&mut site.owner)
    .await
    .unwrap();
    GatewayId(id)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_order_of_arrival_gives_the_same_rows(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    for case in 0..CASES {
        let mut rng = StdRng::seed_from_u64(case);
        let gateway = twin_gateway(&mut site, format!("case {case}")).await;
        let parts = history(&mut rng);
        let mut arriving: Vec<Vec<u8>> = parts.iter().map(Envelope::encode).collect();
        for _ in 0..rng.random_range(0..4) {
            arriving.push(arriving[rng.random_range(0..parts.len())].clone());
        }
        arriving.shuffle(&mut rng);
        let mut rest = arriving.as_slice();
        let (mut kept, mut duplicates) = (0, 0);
        while !rest.is_empty() {
            let (group, later) = rest.split_at(rng.random_range(1..=rest.len()));
            let accepted = site.accept_of(gateway, group, Window::Live).await;
            assert_eq!(accepted.counts.held, 0, "case {case}");
            kept += accepted.counts.kept;
            duplicates += accepted.counts.duplicates;
            rest = later;
        }
        assert_eq!(
            (kept, duplicates),
            (parts.len() as u64, (arriving.len() - parts.len()) as u64),
            "case {case}"
        );
        let (stored, expected) = (site.rollups(gateway).await, oracle(&parts));
        assert_eq!(stored.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "case {case}");
        assert_eq!(stored, expected, "case {case}");
        let sent: u64 = parts.iter().filter(|p| p.boot == 2).count() as u64;
        let marks = site.accept_of(gateway, &arriving[..1], Window::Live).await.watermarks;
        let boot = marks[0].1.boot;
        let last = if boot == 2 { sent } else { parts.len() as u64 - sent };
        assert_eq!(marks[0].1.seq, last, "case {case}");
    }
}
