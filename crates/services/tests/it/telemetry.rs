use crate::world::{World, at, cedar_flower, every};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Permission, Scope};
use domain::id::PointId;
use domain::quality::Quality;
use domain::range::Granularity;
use domain::series::{GatewayState, SeriesView, Shape, Slice};
use rust_decimal::Decimal;
use services::facilities::create_from_file;
use services::{Error, telemetry};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// A Tuesday, 10:07 in Denver, two days after the clock went back.
const NOW: &str = "2026-11-03T17:07:00Z";

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn cedar(pool: PgPoolOptions, connect: PgConnectOptions) -> World {
    let world = World::new(pool, connect, NOW).await;
    create_from_file(&world.ctx, world.cedar, &cedar_flower()).await.unwrap();
    world
}

async fn point(world: &World, name: &str) -> PointId {
    let view = telemetry::points(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    view.points.iter().find(|row| row.point.name == name).unwrap().point.id
}

async fn series(world: &World, name: &str, range: &str, width: Option<Granularity>) -> SeriesView {
    let id = point(world, name).await;
    telemetry::series(&world.ctx, &world.viewer(), "cedar-flower", id, range, width).await.unwrap()
}

/// A register that rises by 1 Wh a second.
fn steady(from: &str, to: &str) -> Vec<domain::counter::Reading> {
    every(60, from, to, |t| t / 1_000 - 1_700_000_000)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn days_of_23_and_25_hours_hold_so_much_energy(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    world.readings("cedar-flower", &[(1, steady("2026-03-06T00:00:00Z", "2026-03-11T00:00:00Z"))]).await;
    world.readings("cedar-flower", &[(1, steady("2026-10-30T00:00:00Z", NOW))]).await;
    for (day, hours) in [("2026-03-08", 23), ("2026-03-09", 24), ("2026-10-31", 24), ("2026-11-01", 25)] {
        for (width, count) in
            [(Granularity::QuarterHour, hours * 4), (Granularity::Hour, hours), (Granularity::Day, 1)]
        {
            let view = series(&world, "Main energy", day, Some(width)).await;
            assert_eq!(view.intervals.len(), count, "{day}");
            assert_eq!(view.total, Some(Decimal::new(hours as i64 * 36, 1)), "{day} by {width:?}");
            assert!(view.intervals.iter().all(|i| i.quality == Quality::Measured && !i.partial), "{day}");
            assert_eq!((view.unit.as_str(), view.shape), ("kWh", Shape::Bars));
            assert!(view.gaps.is_empty());
        }
    }
    let month = series(&world, "Main energy", "2026-11-01..2026-11-02", None).await;
    assert_eq!(month.total, Some(dec("176.4")), "49 hours");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn end_uses_and_remainder_sum_to_the_main_meter(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    // Registers with awkward steps, so that rounding anywhere would show.
    let register =
        |rate: i64| every(60, "2026-10-26T00:00:00Z", NOW, move |t| (t / 1_000 - 1_700_000_000) * rate / 977);
    world.readings("cedar-flower", &[(1, register(1_013)), (3, register(401)), (4, register(317))]).await;
    let view = telemetry::facility_overview(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    let parts: Vec<Decimal> = view.breakdown.parts.iter().map(|p| p.kwh.unwrap()).collect();
    let slices: Vec<&str> = view.breakdown.parts.iter().map(|p| p.slice.label()).collect();
    assert_eq!(slices, ["Lighting", "HVAC", "Unmetered remainder"]);
    assert_eq!(Some(parts.iter().sum::<Decimal>()), view.breakdown.total_kwh);
    assert_eq!(view.breakdown.total_kwh, view.today.kwh);
    assert_eq!(view.profile.iter().map(|i| i.value.unwrap()).sum::<Decimal>(), view.today.kwh.unwrap());
    assert_eq!(view.today.until, at("2026-11-03T17:05:00Z"));
    let last = view.profile.last().unwrap();
    assert_eq!(
        (last.start, last.end, last.partial),
        (at("2026-11-03T17:00:00Z"), at("2026-11-03T17:15:00Z"), true)
    );
    // Ten hours and five minutes either week, though last week's midnight was at another hour of UTC.
    assert_eq!(view.profile.first().unwrap().start, at("2026-11-03T07:00:00Z"));
    assert_eq!(view.week_ago_profile.first().unwrap().start, at("2026-10-27T06:00:00Z"));
    assert_eq!(view.week_ago_profile.len(), 96);
    let difference = view.today.kwh.unwrap() - view.today.week_ago_kwh.unwrap();
    assert!(difference.abs() < dec("0.01"), "{difference}");
    assert_eq!((view.today.quality, view.today.week_ago_quality), (Quality::Measured, Quality::Measured));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn submeters_above_the_main_meter_are_shown_as_they_are(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let world = cedar(pool, connect).await;
    let register =
        |rate: i64| every(60, "2026-11-02T00:00:00Z", NOW, move |t| (t / 1_000 - 1_700_000_000) * rate);
    world.readings("cedar-flower", &[(1, register(2)), (3, register(3))]).await;
    let view = telemetry::facility_overview(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    let part = |slice: Slice| view.breakdown.parts.iter().find(|p| p.slice == slice).unwrap();
    let seconds = Decimal::from((at("2026-11-03T17:05:00Z") - at("2026-11-03T07:00:00Z")).num_seconds());
    assert_eq!(view.breakdown.total_kwh, Some(seconds * dec("0.002")));
    // HVAC never reported: unknown, and so is what is left.
    assert_eq!(part(Slice::Metered(domain::point::EndUse::Hvac)).kwh, None);
    assert_eq!((part(Slice::Unmetered).kwh, part(Slice::Unmetered).quality), (None, Quality::Missing));
    world.readings("cedar-flower", &[(1, register(2)), (3, register(3)), (4, register(1))]).await;
    let view = telemetry::facility_overview(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    assert_eq!(view.breakdown.parts.last().unwrap().kwh, Some(seconds * dec("-0.002")));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_room_shows_climate_and_light_since_lights_on(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    let from = "2026-11-02T00:00:00Z";
    // Dark until 06:00 local (13:00 UTC), then 900 µmol/m²/s.
    let lamps = |t: i64| if t >= at("2026-11-03T13:00:00Z").timestamp_millis() { 900 } else { 0 };
    world
        .readings(
            "cedar-flower",
            &[
                (5, every(60, from, NOW, |_| 2_500)),
                (6, every(60, from, "2026-11-03T17:02:00Z", |_| 6_000)),
                (7, every(60, from, NOW, lamps)),
            ],
        )
        .await;
    let view = telemetry::room(&world.ctx, &world.viewer(), "cedar-flower", "flower-1").await.unwrap();
    let temperature = view.room.temperature.unwrap();
    assert_eq!((temperature.value, temperature.unit.as_str()), (dec("25.00"), "°C"));
    assert_eq!((temperature.age_s, temperature.stale, temperature.stale_after_s), (60, false, 180));
    let humidity = view.room.relative_humidity.unwrap();
    assert_eq!((humidity.age_s, humidity.stale), (360, true), "six minutes are more than three intervals");
    let vpd = view.room.vpd.unwrap();
    assert!((vpd.value - 0.909).abs() < 0.001, "{}", vpd.value);
    assert_eq!((vpd.label.as_str(), vpd.unit.as_str(), vpd.stale), ("Leaf VPD (leaf −2.0 K)", "kPa", true));
    assert!((view.dew_point.unwrap().value - 16.7).abs() < 0.1);
    assert!(view.room.lights_on);
    let dli = view.dli.unwrap();
    assert_eq!(dli.since, at("2026-11-03T13:00:00Z"));
    // 4 h 6 min of it are covered by readings.
    assert!((dli.value - 900.0 * 246.0 * 60.0 / 1e6).abs() < 0.06, "{}", dli.value);
    assert!(dli.coverage > 0.99);
    assert!(view.room.co2.is_none() && view.moisture.is_none() && view.room.power.is_none());
    assert_eq!(view.points.len(), 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn points_tell_their_gaps(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    let mut readings = every(60, "2026-11-01T00:00:00Z", "2026-11-03T10:00:00Z", |_| 2_100);
    readings.extend(every(60, "2026-11-03T11:30:00Z", "2026-11-03T16:00:00Z", |_| 2_200));
    world.readings("cedar-flower", &[(5, readings)]).await;
    let view = telemetry::points(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    let names: Vec<&str> = view.points.iter().map(|row| row.point.name.as_str()).collect();
    assert_eq!(names[..2], ["Main energy", "Main power"], "facility-wide points come first");
    let row = view.points.iter().find(|row| row.point.name == "Flower 1 temperature").unwrap();
    let gaps: Vec<(DateTime<Utc>, DateTime<Utc>, i64)> =
        row.gaps_24h.iter().map(|g| (g.start, g.end, g.missing_s)).collect();
    assert_eq!(
        gaps,
        [
            (at("2026-11-03T09:59:00Z"), at("2026-11-03T11:30:00Z"), 91 * 60),
            (at("2026-11-03T15:59:00Z"), at(NOW), 68 * 60),
        ]
    );
    // 24 h and 7 minutes since the hour it was yesterday, of which 159 minutes are gaps.
    let expected = 1.0 - 159.0 / (24.0 * 60.0 + 7.0);
    let covered = row.coverage_24h.unwrap();
    assert!((covered - expected).abs() < 0.001, "{covered} {expected}");
    let latest = row.latest.as_ref().unwrap();
    assert_eq!((latest.at, latest.stale), (at("2026-11-03T15:59:00Z"), true));
    let silent = view.points.iter().find(|row| row.point.name == "Main energy").unwrap();
    assert_eq!((silent.latest.clone(), silent.coverage_24h), (None, Some(0.0)));
    assert_eq!((silent.gaps_24h.len(), silent.gaps_24h[0].end), (1, at(NOW)));
    // The chart breaks where the gap is.
    let chart = series(&world, "Flower 1 temperature", "24h", None).await;
    assert_eq!((chart.shape, chart.total), (Shape::Line, None));
    let missing = chart.intervals.iter().filter(|i| i.quality == Quality::Missing).count();
    assert_eq!(missing, 6 + 5, "11:30 less 10:00, and 17:15 less 16:00, in quarter hours");
    assert!(chart.intervals.iter().all(|i| i.value.is_some() != (i.quality == Quality::Missing)));
    assert_eq!(chart.gaps, row.gaps_24h);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_old_value_is_found_and_stale(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    let old = every(60, "2026-10-05T00:00:00Z", "2026-10-05T01:00:00Z", |_| 3_000);
    world
        .readings("cedar-flower", &[(2, every(60, "2026-11-01T00:00:00Z", NOW, |_| 41_000)), (5, old)])
        .await;
    let view = telemetry::home(&world.ctx, &world.viewer()).await.unwrap();
    let [card] = view.facilities.as_slice() else { panic!("{view:?}") };
    let power = card.power.as_ref().unwrap();
    assert_eq!((power.value, power.unit.as_str(), power.age_s, power.stale), (dec("41000"), "W", 60, false));
    assert_eq!((card.health.points, card.health.stale_points), (7, 6));
    assert!((card.health.coverage_24h.unwrap() - 1.0 / 7.0).abs() < 0.001);
    assert_eq!((card.today.kwh, card.today.quality), (None, Quality::Missing), "power alone is no energy");
    let room = telemetry::room(&world.ctx, &world.viewer(), "cedar-flower", "flower-1").await.unwrap();
    let temperature = room.room.temperature.unwrap();
    assert_eq!((temperature.value, temperature.stale), (dec("30.00"), true));
    assert_eq!(temperature.at, at("2026-10-05T00:59:00Z"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn other_tenants_see_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    world.readings("cedar-flower", &[(1, steady("2026-11-02T00:00:00Z", NOW))]).await;
    let id = point(&world, "Main energy").await;
    let (ctx, foreign) = (&world.ctx, world.scope(world.lakeside, Permission::ViewFacility));
    assert_eq!(telemetry::home(ctx, &foreign).await.unwrap().facilities, []);
    let not_found = |error: Error| assert!(matches!(error, Error::NotFound), "{error:?}");
    not_found(telemetry::facility_overview(ctx, &foreign, "cedar-flower").await.unwrap_err());
    not_found(telemetry::room(ctx, &foreign, "cedar-flower", "flower-1").await.unwrap_err());
    not_found(telemetry::points(ctx, &foreign, "cedar-flower").await.unwrap_err());
    not_found(telemetry::series(ctx, &foreign, "cedar-flower", id, "24h", None).await.unwrap_err());
    not_found(telemetry::room(ctx, &world.viewer(), "cedar-flower", "attic").await.unwrap_err());
    let ingest = telemetry::ingest_view(ctx, &foreign).await.unwrap();
    assert!(ingest.gateways.is_empty() && ingest.held.is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_range_that_is_none_names_its_field(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    let id = point(&world, "Main energy").await;
    for (range, width) in [("yesterday", None), ("12mo", Some(Granularity::FiveMinutes))] {
        let refused = telemetry::series(&world.ctx, &world.viewer(), "cedar-flower", id, range, width).await;
        assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].field == "range"), "{range}");
    }
    let future = series(&world, "Main energy", "2027-01-01", None).await;
    assert_eq!((future.intervals.len(), future.total, future.coverage), (0, None, 0.0));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn operations_see_gateways_and_quarantine(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = cedar(pool, connect).await;
    let gateway = world.readings("cedar-flower", &[(1, steady("2026-11-03T00:00:00Z", NOW))]).await;
    let now = world.ctx.clock.now();
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, "cedar-flower").await.unwrap();
    store::gateways::set_provisioned(&mut tx, gateway, now - TimeDelta::days(1)).await.unwrap();
    store::senders::seen(&mut tx, &[(gateway, now - TimeDelta::minutes(6), -1_500)]).await.unwrap();
    let held = store::quarantine::NewHeld {
        organisation: facility.organisation,
        facility: facility.id,
        gateway,
        name: Some((7, 3)),
        reading: Some((5, now - TimeDelta::minutes(9), 99_999)),
        payload: None,
        reason: "above the highest plausible value".into(),
        received_at: now,
    };
    store::quarantine::hold(&mut tx, &[held]).await.unwrap();
    tx.commit().await.unwrap();
    let scope = world.scope(world.cedar, Permission::ViewIngest);
    let view = telemetry::ingest_view(&world.ctx, &scope).await.unwrap();
    let [row] = view.gateways.as_slice() else { panic!("{view:?}") };
    assert_eq!(
        (row.state, row.clock_skew_ms, row.map_version, row.held),
        (GatewayState::Silent, Some(-1_500), 1, 1)
    );
    assert_eq!((row.newest_reading, row.lag_s), (Some(at("2026-11-03T17:06:00Z")), Some(60)));
    assert_eq!((row.envelopes_1h, row.samples_1h, row.watermark.clone()), (0, 0, None));
    assert_eq!(view.held_total, 1);
    let item = &view.held[0];
    assert_eq!(
        (item.point.as_deref(), item.value, item.unit.as_deref()),
        (Some("Flower 1 temperature"), Some(dec("999.99")), Some("°C"))
    );
    let points = telemetry::points(&world.ctx, &world.viewer(), "cedar-flower").await.unwrap();
    assert_eq!(points.points.iter().map(|row| row.held).sum::<u32>(), 1);
}
