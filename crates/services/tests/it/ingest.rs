use crate::support::{Site, envelope, now};
use chrono::TimeDelta;
use domain::gateway_map::Watermark;
use domain::id::GatewayId;
use services::ingest::{Arrival, Window, accept, import_history, rebuild, verify};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::io::Cursor;
use uuid::Uuid;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_envelope_becomes_rollups_once(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let start = now() - TimeDelta::hours(2);
    let payload = envelope(7, 1, start, 200).encode();
    let accepted = site.accept(&[payload.clone(), payload.clone()]).await;
    assert_eq!((accepted.counts.kept, accepted.counts.samples, accepted.counts.duplicates), (1, 400, 1));
    assert_eq!(accepted.watermarks, [(site.gateway, Watermark { boot: 7, seq: 1 })]);
    assert_eq!(accepted.updates[0].readings.len(), 2);
    assert_eq!(
        (accepted.updates[0].facility, accepted.updates[0].readings[0].at_ms),
        (site.facility, start.timestamp_millis() + 1_990_000)
    );
    let before = site.rollups(site.gateway).await;
    let day = site.days(1).await;
    assert_eq!((day.len(), day[0].n, day[0].rise.value, day[0].covered_ms), (1, 200, 199, 1_990_000));

    let again = site.accept(&[payload]).await;
    assert_eq!((again.counts.kept, again.counts.duplicates, again.updates.len()), (0, 1, 0));
    assert_eq!(again.watermarks, accepted.watermarks, "a duplicate is answered, too");
    assert_eq!(site.rollups(site.gateway).await, before);
    assert_eq!(site.count("SELECT count(*) FROM envelopes").await, 1);
    assert_eq!(
        site.count(
            "SELECT count(*) FROM gateways WHERE last_seen_at IS NOT NULL AND clock_skew_ms IS NOT NULL"
        )
        .await,
        1
    );
}

/// What a live chart asks for after its connection was away.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn readings_after_an_instant_are_found_once_and_in_order(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let site = Site::new(pool, connect).await;
    let start = now() - TimeDelta::minutes(10);
    let payload = envelope(7, 1, start, 60).encode();
    site.accept(&[payload.clone(), payload]).await;
    let points = store_points(&site).await;
    let scope = domain::access::Scope::system();
    let after = start + TimeDelta::seconds(300);
    let found = services::live::missed(&site.ctx, &scope, "cedar", &[points[0]], after).await.unwrap();
    let times: Vec<i64> = found.iter().map(|(at, _)| *at).collect();
    let expected: Vec<i64> = (31..60).map(|tick| start.timestamp_millis() + tick * 10_000).collect();
    assert_eq!(times, expected);
    assert!(found.windows(2).all(|pair| pair[1].1 - pair[0].1 == 1.into()), "a counter rises by one a tick");
    let both = services::live::missed(&site.ctx, &scope, "cedar", &points[..2], after).await.unwrap();
    let other = services::live::missed(&site.ctx, &scope, "cedar", &[points[1]], after).await.unwrap();
    let sums: Vec<_> = found.iter().zip(&other).map(|(a, b)| (a.0, a.1 + b.1)).collect();
    assert_eq!(both, sums);
    let stranger = domain::id::PointId(Uuid::now_v7());
    let refused = services::live::missed(&site.ctx, &scope, "cedar", &[points[0], stranger], after).await;
    assert!(matches!(refused, Err(services::Error::NotFound)));
}

async fn store_points(site: &Site) -> Vec<domain::id::PointId> {
    let mut tx = site.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
    let all = store::points::of_facility(&mut tx, site.facility).await.unwrap();
    all.iter().map(|point| point.id).collect()
}

/// F7 as the server sees it: PostgreSQL answers 53100 until there is room again.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_full_disk_means_not_accepted_yet(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON rollups FOR EACH ROW EXECUTE FUNCTION full_disk()";
    sqlx::raw_sql(full).execute(&mut site.owner).await.unwrap();
    let payload = envelope(7, 1, now() - TimeDelta::hours(1), 20).encode();
    let arrival = Arrival { gateway: site.gateway, payload: payload.clone(), received_at: now() };
    let refused = accept(&site.ctx, &site.registry, &[arrival], Window::Live).await.unwrap_err();
    assert!(refused.is_transient(), "{refused}");
    assert_eq!(site.count("SELECT count(*) FROM envelopes").await, 0);
    assert_eq!(site.count("SELECT count(*) FROM watermarks").await, 0);

    sqlx::raw_sql("DROP TRIGGER full_disk ON rollups").execute(&mut site.owner).await.unwrap();
    let accepted = site.accept(&[payload]).await;
    assert_eq!((accepted.counts.kept, accepted.watermarks[0].1.seq), (1, 1));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_watermark_stops_at_a_gap_and_jumps_when_it_closes(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let part = |seq: u64| {
        let start = now() - TimeDelta::minutes(30) + TimeDelta::seconds(i64::try_from(seq).unwrap() * 20);
        envelope(7, seq, start, 2).encode()
    };
    let mark = |accepted: services::ingest::Accepted| accepted.watermarks[0].1.seq;
    assert_eq!(mark(site.accept(&[part(2), part(3)]).await), 0);
    assert_eq!(mark(site.accept(&[part(1)]).await), 3);
    assert_eq!(mark(site.accept(&[part(5), part(7)]).await), 3);
    assert_eq!(mark(site.accept(&[part(4)]).await), 5);
    // An envelope that is held as a whole is safe as well, and must not stop the gateway for ever.
    let late = envelope(7, 6, now() - TimeDelta::days(60), 2).encode();
    assert_eq!(mark(site.accept(&[late]).await), 7);
    assert_eq!(mark(site.accept(&[part(1)]).await), 7);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn gateways_of_nobody_leave_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let stranger = GatewayId(Uuid::now_v7());
    let accepted = site.accept_of(stranger, &[envelope(1, 1, now(), 1).encode()], Window::Live).await;
    assert_eq!((accepted.counts.strangers, accepted.watermarks.len()), (1, 0));
    assert_eq!(
        site.count("SELECT (SELECT count(*) FROM envelopes) + (SELECT count(*) FROM quarantine)").await,
        0
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_touched_row_is_found_and_made_anew(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    for hour in 0..30u64 {
        let start = now() - TimeDelta::hours(30 - i64::try_from(hour).unwrap());
        site.accept(&[envelope(7, hour + 1, start, 50).encode()]).await;
    }
    assert_eq!(verify(&site.ctx, site.gateway).await.unwrap(), []);
    let good = site.rollups(site.gateway).await;
    sqlx::raw_sql(
        "UPDATE rollups SET payload = set_byte(payload, 5, get_byte(payload, 5) # 1) WHERE width = '1h'
            AND bucket = (SELECT min(bucket) FROM rollups WHERE width = '1h');
        DELETE FROM rollups WHERE width = '5m' AND bucket = (SELECT max(bucket) FROM rollups WHERE width = '5m')",
    )
    .execute(&mut site.owner)
    .await
    .unwrap();
    let found: Vec<_> =
        verify(&site.ctx, site.gateway).await.unwrap().iter().map(|d| (d.width.as_str(), d.what)).collect();
    assert_eq!(found, [("5m", "missing"), ("1h", "different")]);
    rebuild(&site.ctx, site.gateway, None).await.unwrap();
    assert_eq!(site.rollups(site.gateway).await, good);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn history_comes_in_by_the_same_way(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let start = now() - TimeDelta::days(300);
    let mut file = Vec::new();
    for seq in 0..48u64 {
        let payload =
            envelope(3, seq + 1, start + TimeDelta::minutes(30 * i64::try_from(seq).unwrap()), 180).encode();
        file.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
        file.extend(payload);
    }
    let mut reports = 0;
    let counts =
        import_history(&site.ctx, site.gateway, &mut Cursor::new(&file), |_| reports += 1).await.unwrap();
    assert_eq!((counts.kept, counts.samples, counts.held, reports > 0), (48, 48 * 360, 0, true));
    let days = site.days(1).await;
    assert_eq!(days.iter().map(|d| d.n).sum::<u32>(), 48 * 180);
    assert_eq!(verify(&site.ctx, site.gateway).await.unwrap(), []);
    let again = import_history(&site.ctx, site.gateway, &mut Cursor::new(&file), |_| {}).await.unwrap();
    assert_eq!((again.kept, again.duplicates), (0, 48));

    let cut =
        import_history(&site.ctx, site.gateway, &mut Cursor::new(&file[..file.len() - 1]), |_| {}).await;
    assert!(cut.unwrap_err().to_string().contains("middle of an envelope"));
    let text =
        import_history(&site.ctx, site.gateway, &mut Cursor::new("not an envelope history"), |_| {}).await;
    assert!(text.unwrap_err().to_string().contains("is it an envelope history?"));
    let nobody = import_history(&site.ctx, GatewayId(Uuid::now_v7()), &mut Cursor::new(&file), |_| {}).await;
    assert!(matches!(nobody, Err(services::Error::NotFound)));
}
