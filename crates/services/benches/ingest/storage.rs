//! P1, P2 and P4: readings per second and bytes per reading.

use crate::data::{GATEWAYS, POINTS, Sample, envelope, now, samples};
use crate::{ROUNDS, peers, report};
use chrono::TimeDelta;
use domain::id::GatewayId;
use serde_json::json;
use services::Context;
use services::ingest::{Arrival, Registry, Window, accept, verify};
use sqlx::PgConnection;
use std::time::Instant;

/// Envelopes of one tick in a round and gateway; ten gateways make groups of 1,000, as live ingest does.
const TICKS: u64 = 200;
const GROUP: usize = 1_000;
/// The slow peer gets a part of the readings of a round.
const INSERT_PART: usize = 10;

struct Round {
    groups: Vec<Vec<Arrival>>,
    samples: Vec<Vec<Sample>>,
}

/// The readings of a round, as envelopes in groups and as rows in the same groups.
fn round(number: usize, gateways: &[GatewayId]) -> Round {
    let start = now() - TimeDelta::days(30) + TimeDelta::hours(i64::try_from(number).unwrap());
    let mut arrivals = Vec::new();
    for seq in 1..=TICKS {
        for (index, &gateway) in gateways.iter().enumerate() {
            let part = envelope(start, number as u64 + 1, seq, 1);
            let rows: Vec<Sample> = samples(index, &part).collect();
            arrivals.push((Arrival { gateway, payload: part.encode(), received_at: now() }, rows));
        }
    }
    let mut made = Round { groups: Vec::new(), samples: Vec::new() };
    while !arrivals.is_empty() {
        let (group, rows): (Vec<_>, Vec<_>) = arrivals.drain(..GROUP.min(arrivals.len())).unzip();
        made.groups.push(group);
        made.samples.push(rows.concat());
    }
    made
}

pub(crate) async fn run(ctx: &Context, owner: &mut PgConnection, gateways: &[GatewayId]) {
    peers::create(owner).await;
    let registry = Registry::default();
    let per_round = TICKS * u64::from(GATEWAYS) * u64::from(POINTS);
    let (mut over_copy, mut over_insert, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms up and is not counted.
    for number in 0..=ROUNDS {
        let round = round(number, gateways);
        let encoded: Vec<Vec<u8>> = round.samples.iter().map(|s| peers::binary(s)).collect();
        let some: Vec<Sample> = round
            .samples
            .concat()
            .into_iter()
            .take(usize::try_from(per_round).unwrap() / INSERT_PART)
            .collect();
        let statements = peers::statements(&some);
        let (mut ours, mut copy) = (0.0, 0.0);
        for side in if number % 2 == 0 { [true, false] } else { [false, true] } {
            let began = Instant::now();
            if side {
                for group in &round.groups {
                    let accepted = accept(ctx, &registry, group, Window::Live).await.unwrap();
                    assert_eq!(accepted.counts.kept, group.len() as u64);
                }
                ours = began.elapsed().as_secs_f64();
            } else {
                for part in &encoded {
                    peers::copy(owner, part).await;
                }
                copy = began.elapsed().as_secs_f64();
            }
        }
        let began = Instant::now();
        peers::insert(owner, statements).await;
        let insert = began.elapsed().as_secs_f64() * INSERT_PART as f64;
        if number > 0 {
            over_copy.push(copy / ours);
            over_insert.push(insert / ours);
            rates.push((per_round as f64 / ours).round());
        }
    }
    check(ctx, owner, gateways, per_round).await;
    let detail = json!({
        "readings_per_round": per_round, "commits_per_round": per_round / (GROUP as u64 * u64::from(POINTS)),
        "our_readings_per_s": rates,
    });
    report("P1", "ingest over COPY of narrow rows without index", over_copy, 1.0, 4.0, false, detail.clone());
    report("P2", "ingest over multi-row INSERT with key", over_insert, 8.0, 30.0, false, detail);
    size(owner, gateways.len()).await;
}

/// Nothing is measured that is not right: every reading is there on both sides, and every rollup row is what
/// the envelopes give.
async fn check(ctx: &Context, owner: &mut PgConnection, gateways: &[GatewayId], per_round: u64) {
    let all = i64::try_from(per_round * (ROUNDS as u64 + 1)).unwrap();
    let ours: i64 = sqlx::query_scalar("SELECT sum(samples)::bigint FROM envelopes")
        .fetch_one(&mut *owner)
        .await
        .unwrap();
    let narrow: i64 = sqlx::query_scalar("SELECT count(*) FROM narrow").fetch_one(&mut *owner).await.unwrap();
    assert_eq!((ours, narrow), (all, all));
    for &gateway in &gateways[..2] {
        assert_eq!(verify(ctx, gateway).await.unwrap(), []);
    }
}

/// P4: everything ours keeps of a reading, rollups and indexes included, against a row with its key.
async fn size(owner: &mut PgConnection, gateways: usize) {
    assert!(gateways > 0);
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut *owner).await.unwrap();
    let bytes: (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'envelopes'::regclass),
            (SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'rollups'::regclass),
            (SELECT sum(samples)::bigint FROM envelopes),
            pg_total_relation_size('narrow_pk'), (SELECT count(*) FROM narrow_pk)",
    )
    .fetch_one(owner)
    .await
    .unwrap();
    let per = |bytes: i64, samples: i64| bytes as f64 / samples as f64;
    let (envelopes, rollups, narrow) = (per(bytes.0, bytes.2), per(bytes.1, bytes.2), per(bytes.3, bytes.4));
    let detail = json!({ "envelope_bytes": envelopes, "rollup_bytes": rollups, "narrow_row_bytes": narrow });
    report(
        "P4",
        "bytes per reading over a row with its key",
        vec![(envelopes + rollups) / narrow],
        0.08,
        0.03,
        true,
        detail,
    );
}
