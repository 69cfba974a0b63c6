use crate::support::{Site, envelope, now};
use chrono::TimeDelta;
use domain::id::PointId;
use rust_decimal::Decimal;
use services::Error;
use services::audit::Actor;
use services::ingest::verify;
use services::meter_events::record;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::meter_events::NewMeterEvent;
use uuid::Uuid;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_swap_recorded_later_makes_the_energy_exact(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let operator = site.operator().await;
    let start = now() - TimeDelta::hours(1);
    let mut part = envelope(5, 1, start, 60);
    // One unit a tick; after 30 ticks another meter, which shows 17 when it starts.
    let register = |i: i64| if i < 30 { 900 + i } else { 17 + i - 30 };
    part.columns[0].values = (0..60).map(|i| Some(register(i))).collect();
    site.accept(&[part.encode()]).await;
    let before = site.days(1).await[0];
    assert_eq!((before.rise.value, before.anomalies.resets), (58, 1));

    let points: Vec<(Uuid, String)> = sqlx::query_as("SELECT id, kind FROM points ORDER BY channel")
        .fetch_all(&mut site.owner)
        .await
        .unwrap();
    let event = NewMeterEvent {
        point: PointId(points[0].0),
        at: start + TimeDelta::seconds(295),
        swap: true,
        closing_raw: Some(929),
        opening_raw: Some(17),
        multiplier: Decimal::new(15, 1),
        reason: "Meter replaced.".to_owned(),
        created_by: None,
    };
    record(&site.ctx, Actor::Person(&operator), &event).await.unwrap();
    let after = site.days(1).await[0];
    // 29 up to the swap, then 29 at one and a half.
    assert_eq!(
        (after.rise.value, after.rise.scale, after.anomalies.resets, after.unknown_ms),
        (290 + 435, 1, 0, 0)
    );
    assert_eq!(verify(&site.ctx, site.gateway).await.unwrap(), []);

    // What comes later is counted with the new multiplier, although ingest remembered the old rules.
    let mut next = envelope(5, 2, start + TimeDelta::minutes(10), 10);
    next.columns[0].values = (0..10).map(|i| Some(47 + i)).collect();
    site.accept(&[next.encode()]).await;
    assert_eq!(site.days(1).await[0].rise.value, 290 + 435 + 150);

    let again = record(&site.ctx, Actor::Person(&operator), &event).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    let on_gauge = NewMeterEvent { point: PointId(points[1].0), ..event.clone() };
    assert!(matches!(record(&site.ctx, Actor::Person(&operator), &on_gauge).await, Err(Error::Invalid(_))));
    let nothing = NewMeterEvent { multiplier: Decimal::ZERO, ..event };
    assert!(matches!(record(&site.ctx, Actor::Person(&operator), &nothing).await, Err(Error::Invalid(_))));
    assert_eq!(site.count("SELECT count(*) FROM audit_events WHERE action = 'meter.changed'").await, 1);
}
