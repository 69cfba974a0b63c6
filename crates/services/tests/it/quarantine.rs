use crate::support::{Site, envelope, now};
use chrono::{TimeDelta, Utc};
use domain::envelope::Envelope;
use domain::id::QuarantineId;
use services::Error;
use services::quarantine::{reject, release};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

async fn held(site: &mut Site) -> Vec<(QuarantineId, String)> {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT id, reason FROM quarantine WHERE state = 'held' ORDER BY seq NULLS FIRST, channel, observed_at")
            .fetch_all(&mut site.owner)
            .await
            .unwrap();
    rows.into_iter().map(|(id, reason)| (QuarantineId(id), reason)).collect()
}

/// F9: clocks an hour off, jumped back, never set, far ahead. Everything is kept, seen and answered; nothing out of the window
/// reaches a rollup.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn clocks_that_are_wrong_reach_no_rollup(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let year_1970 = "1970-01-01T00:10:00Z".parse::<chrono::DateTime<Utc>>().unwrap();
    let year_2106 = "2106-02-07T06:28:15Z".parse::<chrono::DateTime<Utc>>().unwrap();
    for case in 0..100u64 {
        let skew = TimeDelta::seconds(i64::try_from(case).unwrap() * 73);
        let starts = [
            now() + TimeDelta::minutes(6) + skew,
            now() - TimeDelta::days(46) - skew,
            year_1970 + skew,
            year_2106 + skew,
        ];
        let start = starts[usize::try_from(case % 4).unwrap()];
        let accepted = site.accept(&[envelope(9, case + 1, start, 3).encode()]).await;
        assert_eq!((accepted.counts.held, accepted.counts.kept), (1, 0), "case {case}");
        assert_eq!(accepted.watermarks[0].1.seq, case + 1, "the gateway may let go: it is kept here");
    }
    assert_eq!(held(&mut site).await.len(), 100);
    assert!(
        held(&mut site)
            .await
            .iter()
            .all(|(_, reason)| reason.starts_with("Time out of window: a reading of "))
    );
    assert_eq!(site.rollups(site.gateway).await.len(), 0);
    // An hour slow, or set back: within the window, so readings are taken, and the skew is on record.
    let slow = envelope(9, 101, now() - TimeDelta::hours(1), 3);
    let stuck = Envelope { seq: 102, ..slow.clone() };
    let accepted = site.accept(&[slow.encode(), stuck.encode()]).await;
    assert_eq!(accepted.counts.kept, 2);
    assert_eq!(site.days(1).await[0].n, 3, "the same instant counts once");
    assert_eq!(site.count("SELECT clock_skew_ms FROM gateways").await, -3_600_000 + 20_005);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whole_envelopes_are_held_with_a_reason(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let good = envelope(5, 1, now() - TimeDelta::minutes(5), 3);
    let mut broken = good.encode();
    broken[9] ^= 1;
    let newer = Envelope { seq: 2, map_version: 2, ..good.clone() };
    let mut unknown = Envelope { seq: 3, ..good.clone() };
    unknown.columns[1].channel = 77;
    let mut long = Envelope { seq: 4, ..good.clone() };
    long.ticks[0] -= 3_600_000;
    let payloads = [broken, newer.encode(), unknown.encode(), long.encode()];
    assert_eq!(site.accept(&payloads).await.counts.held, 4);
    site.accept(&payloads).await;
    let reasons: Vec<String> = held(&mut site).await.into_iter().map(|h| h.1).collect();
    assert_eq!(
        reasons,
        [
            "Not an envelope: the checksum does not match.",
            "Made with version 2 of the point map; the newest is 1.",
            "Channel 77 is not in the point map.",
            "Its readings span more than one hour.",
        ]
    );
    sqlx::query("UPDATE gateways SET revoked_at = now()").execute(&mut site.owner).await.unwrap();
    assert_eq!(site.accept(&[good.encode()]).await.counts.held, 1);
    assert_eq!(site.rollups(site.gateway).await.len(), 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_late_envelope_is_released_or_stays_out(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let operator = site.operator().await;
    let late: Vec<Vec<u8>> = (1..=2)
        .map(|seq| envelope(5, seq, now() - TimeDelta::days(60 + i64::try_from(seq).unwrap()), 30).encode())
        .collect();
    site.accept(&late).await;
    let items = held(&mut site).await;
    release(&site.ctx, &operator, items[0].0, "the link was down").await.unwrap();
    reject(&site.ctx, &operator, items[1].0, "not ours").await.unwrap();
    assert_eq!(site.days(1).await.len(), 1);
    assert_eq!(site.accept(&late).await.counts.kept, 0, "neither comes in again");
    assert_eq!(site.days(1).await.iter().map(|d| d.n).collect::<Vec<_>>(), [30]);
    assert!(matches!(release(&site.ctx, &operator, items[1].0, "").await, Err(Error::Conflict(_))));
    assert_eq!(site.count("SELECT count(*) FROM audit_events WHERE action LIKE 'quarantine.%'").await, 2);
    let stranger = domain::access::Principal { grants: Vec::new(), ..operator };
    assert!(matches!(
        release(&site.ctx, &stranger, items[0].0, "").await,
        Err(Error::NotFound | Error::Forbidden)
    ));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_implausible_reading_waits_for_a_decision(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let operator = site.operator().await;
    let mut part = envelope(5, 1, now() - TimeDelta::minutes(20), 6);
    part.columns[1].values[2] = Some(5_000_000);
    part.columns[1].values[4] = Some(-101);
    site.accept(&[part.encode(), part.encode()]).await;
    let n = |days: Vec<domain::summary::Summary>| (days[0].n, days[0].max);
    let items = held(&mut site).await;
    assert_eq!(
        items.iter().map(|i| i.1.as_str()).collect::<Vec<_>>(),
        ["Above the highest plausible value.", "Below the lowest plausible value."]
    );
    assert_eq!(n(site.days(2).await).0, 4);
    release(&site.ctx, &operator, items[0].0, "a real peak").await.unwrap();
    assert_eq!(n(site.days(2).await), (5, 5_000_000));
    reject(&site.ctx, &operator, items[1].0, "sensor fault").await.unwrap();
    // What arrives later in the same bucket does not undo a decision.
    site.accept(&[envelope(5, 2, now() - TimeDelta::minutes(19), 2).encode()]).await;
    assert_eq!(n(site.days(2).await), (7, 5_000_000));
    assert_eq!(services::ingest::verify(&site.ctx, site.gateway).await.unwrap(), []);
}
