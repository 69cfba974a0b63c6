//! P9: thirty days of twenty series by the hour, with ten years of history behind them or with one month.

use crate::{ROUNDS, report};
use chrono::TimeDelta;
use domain::access::Scope;
use domain::counter::{Meter, Reading};
use domain::id::GatewayId;
use domain::intervals::read_out;
use domain::point::Kind;
use domain::range::Granularity;
use domain::summary::{Row, Summary, encode_row, fold};
use serde_json::json;
use services::Context;
use sqlx::PgConnection;
use std::time::Instant;

const SERIES: u32 = 20;
const QUERIES: usize = 20;
const MONTH_H: i64 = 24 * 31;
const DECADE_H: i64 = 24 * 3_652;

fn meter() -> Meter {
    Meter { kind: Kind::Counter, interval_ms: 10_000, modulus: None, rate_max: None, events: Vec::new() }
}

/// Hour rows of twenty counters that rise by one a minute, back from now.
async fn fill(owner: &mut PgConnection, gateway: GatewayId, hours: i64) {
    let end = crate::data::now().timestamp_millis();
    for group in (0..hours).collect::<Vec<_>>().chunks(5_000) {
        let (mut starts, mut payloads) = (Vec::new(), Vec::new());
        for hour in group {
            let start = end - (hour + 1) * 3_600_000;
            let reading = |minute: i64| Reading { t: start + minute * 60_000, v: start / 60_000 + minute };
            let summary = fold(&meter(), &[reading(0), reading(59)]).unwrap();
            let covered = Summary { n: 60, covered_ms: 59 * 60_000, gap_ms: 0, ..summary };
            let row: Row = (1..=SERIES).map(|channel| (channel, covered)).collect();
            payloads.push(encode_row(start, &row));
            starts.push(chrono::DateTime::from_timestamp_millis(start).unwrap());
        }
        sqlx::query(
            "INSERT INTO rollups (width, gateway_id, organisation_id, facility_id, bucket, payload)
            SELECT '1h', g.id, g.organisation_id, g.facility_id, r.bucket, r.payload
            FROM gateways g, unnest($2::timestamptz[], $3::bytea[]) AS r (bucket, payload) WHERE g.id = $1",
        )
        .bind(gateway.0)
        .bind(starts)
        .bind(payloads)
        .execute(&mut *owner)
        .await
        .unwrap();
    }
}

/// What the chart asks: rows from the database, twenty series of intervals out of them. Returns seconds.
async fn query(ctx: &Context, gateway: GatewayId) -> f64 {
    let to = crate::data::now();
    let from = to - TimeDelta::days(30);
    let edges: Vec<i64> = (0..=720).map(|hour| from.timestamp_millis() + hour * 3_600_000).collect();
    let began = Instant::now();
    let mut tx = ctx.db.begin(&Scope::system()).await.unwrap();
    let rows = store::rollups::read(&mut tx, gateway, Granularity::Hour, from, to).await.unwrap();
    let mut intervals = 0;
    for channel in 1..=SERIES {
        let of_channel: Vec<Summary> = rows
            .iter()
            .flat_map(|(_, row)| row.iter().filter(|(c, _)| *c == channel).map(|(_, s)| *s))
            .collect();
        let series = read_out(&meter(), 0, &of_channel, &edges);
        // The newest hour ends with its last reading.
        assert!(series[..719].iter().all(|i| i.value == Some(60.into())));
        intervals += series.len();
    }
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(intervals, 720 * SERIES as usize);
    seconds
}

pub(crate) async fn run(ctx: &Context, owner: &mut PgConnection, gateways: &[GatewayId]) {
    let (short, long) = (gateways[8], gateways[9]);
    sqlx::raw_sql("DELETE FROM rollups").execute(&mut *owner).await.unwrap();
    fill(owner, short, MONTH_H).await;
    fill(owner, long, DECADE_H).await;
    sqlx::raw_sql("VACUUM ANALYZE rollups").execute(&mut *owner).await.unwrap();
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (mut one_month, mut ten_years) = (Vec::new(), Vec::new());
        for index in 0..QUERIES {
            for side in if (round + index) % 2 == 0 { [true, false] } else { [false, true] } {
                if side {
                    one_month.push(query(ctx, short).await);
                } else {
                    ten_years.push(query(ctx, long).await);
                }
            }
        }
        one_month.sort_by(f64::total_cmp);
        ten_years.sort_by(f64::total_cmp);
        if round > 0 {
            ratios.push(ten_years[QUERIES / 2] / one_month[QUERIES / 2]);
            times.push((ten_years[QUERIES / 2] * 100_000.0).round() / 100.0);
        }
    }
    let detail = json!({ "series": SERIES, "intervals": 720, "ms_with_ten_years": times });
    report("P9", "30-day query with ten years of history over one month", ratios, 1.3, 1.05, true, detail);
}
