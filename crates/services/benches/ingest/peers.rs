//! What the same readings cost the usual way: a row for each.

use crate::data::Sample;
use sqlx::{Connection, PgConnection};
use std::fmt::Write as _;

pub(crate) async fn create(owner: &mut PgConnection) {
    sqlx::raw_sql(
        "CREATE TABLE narrow (sensor integer NOT NULL, at timestamptz NOT NULL, raw bigint NOT NULL);
        CREATE TABLE narrow_pk (sensor integer NOT NULL, at timestamptz NOT NULL, raw bigint NOT NULL,
            PRIMARY KEY (sensor, at))",
    )
    .execute(owner)
    .await
    .unwrap();
}

/// Readings as the binary COPY format has them.
pub(crate) fn binary(samples: &[Sample]) -> Vec<u8> {
    const EPOCH_2000_MS: i64 = 946_684_800_000;
    let mut out = Vec::with_capacity(32 + samples.len() * 34);
    out.extend(b"PGCOPY\n\xff\r\n\0");
    out.extend([0; 8]);
    for s in samples {
        out.extend(3i16.to_be_bytes());
        out.extend(4i32.to_be_bytes());
        out.extend(s.sensor.to_be_bytes());
        out.extend(8i32.to_be_bytes());
        out.extend(((s.at_ms - EPOCH_2000_MS) * 1_000).to_be_bytes());
        out.extend(8i32.to_be_bytes());
        out.extend(s.raw.to_be_bytes());
    }
    out.extend((-1i16).to_be_bytes());
    out
}

/// COPY of readings encoded beforehand, into a table without an index, in one transaction.
pub(crate) async fn copy(connection: &mut PgConnection, encoded: &[u8]) {
    let mut copy = connection.copy_in_raw("COPY narrow FROM STDIN BINARY").await.unwrap();
    for part in encoded.chunks(1 << 20) {
        copy.send(part).await.unwrap();
    }
    copy.finish().await.unwrap();
}

/// INSERT statements of 1,000 rows each with their literals.
pub(crate) fn statements(samples: &[Sample]) -> Vec<String> {
    let statement = |rows: &[Sample]| {
        let mut sql = String::from("INSERT INTO narrow_pk VALUES ");
        for (index, s) in rows.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(sql, "{comma}({},to_timestamp({}),{})", s.sensor, s.at_ms / 1_000, s.raw);
        }
        sql.push_str(" ON CONFLICT DO NOTHING");
        sql
    };
    samples.chunks(1_000).map(statement).collect()
}

/// Those statements in one transaction: the same commits as ours.
pub(crate) async fn insert(connection: &mut PgConnection, statements: Vec<String>) {
    let mut tx = connection.begin().await.unwrap();
    for sql in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}
