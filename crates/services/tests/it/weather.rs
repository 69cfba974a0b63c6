//! Outdoor weather from files and from a service, the station that counts, closed months and the normal year.

use crate::baselines::{SLUG, activate, day, metered_world, new_baseline, people, register};
use crate::world::{World, at};
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access::{Grant, Principal, Role};
use domain::baseline::MetricType;
use domain::id::UserId;
use domain::weather::{Hour, StationKind, Weather};
use integrations::weather::open_meteo::OpenMeteo;
use serde_json::{Value, json};
use services::audit::Actor;
use services::baselines::{self, NewBaseline};
use services::weather::{self, Named};
use services::{Clock, Error, savings};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

fn person(world: &World, role: Role) -> Principal {
    let grants = vec![Grant { organisation: world.cedar, role, facilities: None }];
    Principal { user: UserId(uuid::Uuid::from_u128(7)), name: "P".to_owned(), home: world.cedar, grants }
}

/// Hours of a day without a place, of which three and later ten in a row are not known.
fn file() -> Vec<u8> {
    let mut text = "start,temperature_c\n".to_owned();
    let first = at("2026-03-10T00:00:00Z");
    for hour in (0..72).filter(|h| !(5..8).contains(h) && !(30..40).contains(h)) {
        let start = (first + TimeDelta::hours(hour)).to_rfc3339();
        let _ = writeln!(text, "{start},{}", hour % 24);
    }
    text.into_bytes()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_file_is_looked_at_before_its_hours_count(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let (ctx, operations) = (&world.ctx, person(&world, Role::Operations));
    let refused = weather::upload(ctx, &person(&world, Role::Viewer), SLUG, "yard.csv", file()).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    assert!(matches!(weather::upload(ctx, &operations, SLUG, "e.csv", vec![]).await, Err(Error::Invalid(_))));

    let id = weather::upload(ctx, &operations, SLUG, "C:\\data\\roof-2026.csv", file()).await.unwrap();
    let seen = weather::inspect(ctx, &world.viewer(), SLUG, id).await.unwrap();
    assert_eq!(seen.file_name, "roof-2026.csv");
    let read = seen.read.unwrap();
    assert_eq!((read.kind, read.station.as_str(), read.placed), (StationKind::Csv, "roof", false));
    // Three hours are bridged, ten are not.
    let coverage = &read.coverage;
    assert_eq!((coverage.expected, coverage.known, coverage.filled, coverage.gap_count), (72, 59, 3, 1));
    assert_eq!(coverage.gaps[0].end - coverage.gaps[0].start, TimeDelta::hours(10));
    assert_eq!((read.range_c, read.has), ((0.0, 23.0), (false, false)));
    let before = weather::view(ctx, &world.viewer(), SLUG, (None, None)).await.unwrap();
    assert_eq!(before.stations.len(), 1, "nothing is stored by looking");

    let nowhere = Named { name: String::new(), place: Some((91.0, 0.0)) };
    let refused = weather::store_file(ctx, &operations, SLUG, id, &nowhere).await.unwrap_err();
    assert!(refused.to_string().contains("Latitude"), "{refused}");
    let roof = Named { name: "Roof".to_owned(), place: Some((40.0, -105.2)) };
    assert_eq!(weather::store_file(ctx, &operations, SLUG, id, &roof).await.unwrap(), 59);
    let twice = weather::store_file(ctx, &operations, SLUG, id, &roof).await;
    assert!(matches!(twice, Err(Error::NotFound)));

    let view = weather::view(ctx, &world.viewer(), SLUG, (None, None)).await.unwrap();
    let roof = view.stations.iter().find(|s| s.name == "Roof").unwrap();
    assert!(view.stations[0].counts && !roof.counts, "the one that was chosen still counts");
    assert!(roof.distance_km.is_some());
    assert!((roof.known.unwrap() - 59.0 / 72.0).abs() < 1e-9);

    let refused =
        weather::choose(ctx, Actor::Person(&person(&world, Role::Viewer)), SLUG, roof.id, "nearer").await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    weather::choose(ctx, Actor::Background("test"), SLUG, roof.id, "nearer").await.unwrap();
    let view = weather::view(ctx, &world.viewer(), SLUG, (None, None)).await.unwrap();
    assert_eq!((view.stations[0].name.as_str(), view.choices[0].reason.as_str()), ("Roof", "nearer"));
    let last = day("2026-03-12");
    let told = view.days.iter().find(|d| d.day == last).unwrap();
    assert!(told.temperature_c.is_some());
    let csv = weather::export(ctx, &world.viewer(), SLUG, (Some(last), last.succ_opt())).await.unwrap();
    assert_eq!(csv.lines().filter(|line| line.starts_with("2026-")).count(), 18, "{csv}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_cannot_be_read_says_why_and_is_dropped(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let (ctx, operations) = (&world.ctx, person(&world, Role::Operations));
    let text = b"start,temperature_c\n2026-03-10T00:00:00Z,warm\n".to_vec();
    let id = weather::upload(ctx, &operations, SLUG, "x.csv", text).await.unwrap();
    let reason = weather::inspect(ctx, &world.viewer(), SLUG, id).await.unwrap().read.unwrap_err();
    assert!(reason.contains("line 2, temperature") && reason.contains("warm"), "{reason}");
    let refused = weather::store_file(ctx, &operations, SLUG, id, &Named::default()).await.unwrap_err();
    assert!(refused.to_string().contains("warm"), "{refused}");
    let stranger = world.scope(world.lakeside, domain::access::Permission::ViewFacility);
    assert!(matches!(weather::inspect(ctx, &stranger, SLUG, id).await, Err(Error::NotFound)));
    weather::discard(ctx, &operations, SLUG, id).await.unwrap();
    assert!(matches!(weather::inspect(ctx, &world.viewer(), SLUG, id).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_year_of_hours_is_a_normal_year_and_a_typical_file_goes_before_it(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let world = metered_world(pool, connect, vec![]).await;
    let ctx = &world.ctx;
    let view = weather::view(ctx, &world.viewer(), SLUG, (None, None)).await.unwrap();
    let normal = view.normal.unwrap();
    assert!(!normal.typical);
    assert_eq!(normal.over.map(|(first, _)| first.to_string()), Some("2025-01-01".to_owned()));
    // The year of the fixture swings around 10 °C; the winter that is there twice draws no weight from that.
    assert!((normal.mean_c - 10.0).abs() < 0.3, "{}", normal.mean_c);
    let day = view.days.iter().find(|d| d.day.to_string() == "2026-02-01").unwrap();
    assert!(day.normal_c.is_some() && day.normal_dli_mol_m2.is_none());

    let mut hours = vec![];
    let first = at("2001-01-01T00:00:00Z") + TimeDelta::hours(7);
    for hour in 0..8_760 {
        let start = first + TimeDelta::hours(hour);
        let none = (None, None);
        hours.push(Hour { start, temperature_c: Some(4.0), dew_point_c: none.0, irradiance_w_m2: none.1 });
    }
    let typical = Weather::new(None, true, hours);
    weather::import(ctx, Actor::Background("test"), SLUG, (StationKind::Epw, "typical"), &typical)
        .await
        .unwrap();
    let normal = weather::view(ctx, &world.viewer(), SLUG, (None, None)).await.unwrap().normal.unwrap();
    assert!(normal.typical);
    assert!((normal.mean_c - 4.0).abs() < 1e-9, "{}", normal.mean_c);
}

/// A weather service on this machine: every hour that is asked for has the temperature `celsius`.
#[derive(Clone, Default)]
struct Peer {
    celsius: Arc<Mutex<f64>>,
    asked: Arc<Mutex<Vec<String>>>,
    now: Arc<Mutex<DateTime<Utc>>>,
}

async fn answer(State(peer): State<Peer>, uri: Uri, RawQuery(query): RawQuery) -> Json<Value> {
    let query = query.unwrap_or_default();
    peer.asked.lock().unwrap().push(format!("{}?{query}", uri.path()));
    let asked: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let today = peer.now.lock().unwrap().date_naive();
    let (from, until) = match asked.get("past_days") {
        Some(days) => (today - TimeDelta::days(days.parse().unwrap()), today + TimeDelta::days(1)),
        None => {
            let day = |name: &str| asked[name].parse::<NaiveDate>().unwrap();
            (day("start_date"), day("end_date") + TimeDelta::days(1))
        }
    };
    let times: Vec<i64> =
        (0..(until - from).num_hours()).map(|h| midnight(from).timestamp() + h * 3_600).collect();
    let celsius = *peer.celsius.lock().unwrap();
    let all = |value: f64| vec![value; times.len()];
    let units = json!({ "time": "unixtime", "temperature_2m": "°C", "dew_point_2m": "°C", "shortwave_radiation": "W/m²" });
    let hourly = json!({
        "time": times, "temperature_2m": all(celsius), "dew_point_2m": all(1.0), "shortwave_radiation": all(120.0),
    });
    Json(
        json!({ "latitude": 39.75, "longitude": -105.0, "elevation": 1609.0, "hourly_units": units, "hourly": hourly }),
    )
}

async fn peer(now: DateTime<Utc>) -> (OpenMeteo, Peer) {
    let peer = Peer::default();
    (*peer.celsius.lock().unwrap(), *peer.now.lock().unwrap()) = (3.0, now);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let service = OpenMeteo::new(&format!("http://{}", listener.local_addr().unwrap()), None).unwrap();
    let app = Router::new().fallback(answer).with_state(peer.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (service, peer)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_service_fills_two_years_then_only_what_is_new(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut world = metered_world(pool, connect, vec![]).await;
    let now = world.ctx.clock.now();
    let (service, peer) = peer(now).await;
    let changed = weather::refresh(&world.ctx, &service).await.unwrap();
    // Two years up to the hour that is running, of which nothing is known yet.
    let first = (now - TimeDelta::days(730)).date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    assert_eq!(changed, (now - first).num_hours());
    assert!(peer.asked.lock().unwrap().iter().any(|asked| asked.starts_with("/v1/archive?")));
    let view = weather::view(&world.ctx, &world.viewer(), SLUG, (None, None)).await.unwrap();
    let station = view.stations.iter().find(|s| s.kind == StationKind::OpenMeteo).unwrap();
    assert!(!station.counts, "who has chosen a station keeps it");
    assert_eq!(station.known, Some(1.0));

    assert_eq!(weather::refresh(&world.ctx, &service).await.unwrap(), 0, "the same again changes nothing");
    world.ctx.clock = Clock::fixed(now + TimeDelta::hours(2));
    assert_eq!(weather::refresh(&world.ctx, &service).await.unwrap(), 2);
    // What the service corrects is taken over, in the days that it is asked about again.
    *peer.celsius.lock().unwrap() = 3.5;
    peer.asked.lock().unwrap().clear();
    let corrected = weather::refresh(&world.ctx, &service).await.unwrap();
    assert!((14 * 24..=16 * 24).contains(&corrected), "{corrected}");
    let asked = peer.asked.lock().unwrap().join("\n");
    assert!(asked.contains("past_days=7") && !asked.contains("2024-"), "{asked}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_correction_reaches_a_closed_month(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut world = metered_world(pool, connect, register()).await;
    let people = people(&world).await;
    let new = NewBaseline { effective_from: day("2026-02-01"), ..new_baseline() };
    let fitted = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate(&world, &people, fitted).await;
    savings::compute_due(&world.ctx, 1_000).await.unwrap();
    // Fifteen days after its end February is closed, and March is not over.
    let now = world.ctx.clock.now();
    world.ctx.clock = Clock::fixed(at("2026-03-15T18:00:00Z"));
    assert_eq!(weather::close_months(&world.ctx).await.unwrap(), 0);
    world.ctx.clock = Clock::fixed(now);
    assert_eq!(weather::close_months(&world.ctx).await.unwrap(), 1);
    assert_eq!(weather::close_months(&world.ctx).await.unwrap(), 0, "a month is closed once");

    let scope = world.viewer();
    let revisions = async |on: &str| {
        let shown = savings::day(&world.ctx, &scope, SLUG, MetricType::Electricity, day(on)).await.unwrap();
        shown.revisions.len()
    };
    for from in ["2026-02-10T07:00:00Z", "2026-03-10T06:00:00Z"] {
        let hour = |h| Hour {
            start: at(from) + TimeDelta::hours(h),
            temperature_c: Some(31.5),
            dew_point_c: None,
            irradiance_w_m2: None,
        };
        let told = Weather::new(None, false, (0..24).map(hour).collect());
        let actor = Actor::Background("test");
        weather::import(&world.ctx, actor, SLUG, (StationKind::Csv, "yard"), &told).await.unwrap();
    }
    assert!(savings::compute_due(&world.ctx, 1_000).await.unwrap() >= 6, "both days and their neighbours");
    assert_eq!((revisions("2026-02-10").await, revisions("2026-03-10").await), (1, 2));

    let sets = weather::view(&world.ctx, &scope, SLUG, (None, None)).await.unwrap().sets;
    let [set] = &sets[..] else { panic!("{sets:?}") };
    assert_eq!((set.from, set.hours), (at("2026-02-01T07:00:00Z"), 28 * 24));
    let content = weather::frozen(&world.ctx, &scope, SLUG, set.id).await.unwrap();
    assert_eq!(hex::encode(Sha256::digest(content.as_bytes())), set.sha256);
    assert!(!content.contains(",31.5,"));
    let stranger = world.scope(world.lakeside, domain::access::Permission::ViewFacility);
    assert!(matches!(weather::frozen(&world.ctx, &stranger, SLUG, set.id).await, Err(Error::NotFound)));
}
