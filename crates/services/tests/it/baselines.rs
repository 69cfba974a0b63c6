//! From a year of readings to an active baseline and savings that follow every change of their inputs.

use crate::world::{World, at, cedar_flower, id, meter};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access::{Grant, Permission, Principal, Role};
use domain::baseline::{BaselineState, MetricType, Step};
use domain::counter::Reading;
use domain::id::{BaselineId, UserId, ZoneId};
use domain::local_time::{day_of, day_start};
use domain::point::{EndUse, Metric, PointSpec};
use domain::production::CropPlanRow;
use domain::savings::FigureState;
use domain::weather::{Hour, StationKind, Weather};
use rust_decimal::Decimal;
use services::audit::Actor;
use services::baselines::{self, Material, NewBaseline, take_step};
use services::{Error, production, savings, weather};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

pub(crate) const SLUG: &str = "cedar-flower";
pub(crate) const ZONE: chrono_tz::Tz = chrono_tz::America::Denver;
pub(crate) const FIRST: &str = "2025-01-01T07:00:00Z";
/// The measure is at work from the first of March 2026, the clock changes on the 8th.
pub(crate) const NOW: &str = "2026-03-20T18:07:00Z";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn somebody(world: &World, n: u128, role: Role) -> Principal {
    let grants = vec![Grant { organisation: world.cedar, role, facilities: None }];
    Principal { user: UserId(uuid::Uuid::from_u128(n)), name: format!("{role:?}"), home: id(n), grants }
}

/// Outdoor temperature of an hour, °C: a year, a day and a week in it.
pub(crate) fn celsius(at: DateTime<Utc>) -> f64 {
    let days = (at - self::at(FIRST)).as_seconds_f64() / 86_400.0;
    let turn = std::f64::consts::TAU;
    10.0 - 12.0 * (days / 365.25 * turn).cos() + 5.0 * (days * turn).sin() + 4.0 * (days / 9.7 * turn).sin()
}

/// Canopy of a day, m²: cycles of nine weeks with a few empty days.
pub(crate) fn canopy(day: NaiveDate) -> i64 {
    let age = (day - self::day("2025-01-01")).num_days() % 66;
    if age < 63 { 60 + (day - self::day("2025-01-01")).num_days() / 66 % 3 * 10 } else { 0 }
}

/// Mean outdoor temperature of a local day, °C.
pub(crate) fn mean_celsius(day: NaiveDate) -> f64 {
    let start = day_start(ZONE, day);
    (0..24).map(|h| celsius(start + TimeDelta::hours(h))).sum::<f64>() / 24.0
}

/// Photons of a local day, mol: 12 h at 900 µmol/m²/s.
pub(crate) fn photons(day: NaiveDate) -> f64 {
    900.0 * 43_200.0 * f64::from(i32::try_from(canopy(day)).unwrap()) / 1e6
}

/// kWh of a local day before the measure: base, lamps, cooling above 12 °C.
pub(crate) fn used(day: NaiveDate) -> f64 {
    120.0 + photons(day) * 0.16 + 4.0 * (mean_celsius(day) - 12.0).max(0.0)
}

/// The main meter; a fifth less from March 2026 on.
pub(crate) fn register() -> Vec<Reading> {
    register_until(NOW)
}

pub(crate) fn register_until(now: &str) -> Vec<Reading> {
    let share = |of: NaiveDate| if of >= day("2026-03-01") { 0.8 } else { 1.0 };
    counter(now, 15, |day| share(day) * used(day))
}

/// A register in Wh, read every so many minutes, that counts so many kWh each local day.
pub(crate) fn counter(now: &str, minutes: i64, per_day: impl Fn(NaiveDate) -> f64) -> Vec<Reading> {
    let (mut at, mut wh, mut readings) = (at(FIRST), 1_000_000.0, Vec::new());
    let (mut today, mut step) = (NaiveDate::MIN, 0.0);
    while at < self::at(now) {
        #[allow(clippy::cast_possible_truncation)]
        readings.push(Reading { t: at.timestamp_millis(), v: wh as i64 });
        if day_of(ZONE, at) != today {
            today = day_of(ZONE, at);
            let length = day_start(ZONE, today.succ_opt().unwrap()) - day_start(ZONE, today);
            step =
                per_day(today) * 1_000.0 / f64::from(i32::try_from(length.num_minutes() / minutes).unwrap());
        }
        wh += step;
        at += TimeDelta::minutes(minutes);
    }
    readings
}

async fn world(pool: PgPoolOptions, connect: PgConnectOptions) -> World {
    metered_world(pool, connect, register()).await
}

/// With weather and a crop plan; the main meter has these readings, and without any there is no such meter.
pub(crate) async fn metered_world(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
    readings: Vec<Reading>,
) -> World {
    let metric = if readings.is_empty() { Metric::Power } else { Metric::Energy };
    let main = PointSpec { interval_ms: 900_000, ..meter(1, "Main energy", metric, EndUse::Total) };
    grown_world(pool, connect, NOW, vec![(main, readings)]).await
}

/// The same with these meters, at another time.
pub(crate) async fn grown_world(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
    now: &str,
    meters: Vec<(PointSpec, Vec<Reading>)>,
) -> World {
    let world = World::new(pool, connect, now).await;
    let mut file = cedar_flower();
    file.points = meters.iter().map(|(point, _)| point.clone()).collect();
    services::facilities::create_from_file(&world.ctx, world.cedar, &file).await.unwrap();
    let read = meters.into_iter().filter(|(_, readings)| !readings.is_empty());
    let read: Vec<_> = read.map(|(point, readings)| (point.channel, readings)).collect();
    if !read.is_empty() {
        world.readings(SLUG, &read).await;
    }
    let room = with_weather(&world, SLUG, now).await;
    let mut plan: Vec<CropPlanRow> = Vec::new();
    let end = day_of(ZONE, at(now)) + TimeDelta::days(157);
    for day in day("2025-01-01").iter_days().take_while(|day| *day < end).filter(|day| canopy(*day) > 0) {
        match plan
            .last_mut()
            .filter(|row| row.until == Some(day) && row.canopy_m2 == Decimal::from(canopy(day)))
        {
            Some(row) => row.until = day.succ_opt(),
            None => plan.push(CropPlanRow {
                zone: room,
                from: day,
                until: day.succ_opt(),
                stage: "flower".into(),
                canopy_m2: canopy(day).into(),
                photoperiod_h: 12.into(),
                ppfd: 900.into(),
            }),
        }
    }
    production::import_crop_plan(&world.ctx, Actor::Background("test"), SLUG, &plan).await.unwrap();
    world
}

/// Gives a facility the weather up to then; returns its first room.
pub(crate) async fn with_weather(world: &World, slug: &str, now: &str) -> ZoneId {
    let hours: Vec<Hour> = (0..)
        .map(|h| at(FIRST) + TimeDelta::hours(h))
        .take_while(|start| *start < at(now))
        .map(|start| Hour {
            start,
            temperature_c: Some(celsius(start)),
            dew_point_c: None,
            irradiance_w_m2: None,
        })
        .collect();
    let actor = Actor::Background("test");
    let told = Weather::new(None, false, hours);
    weather::import(&world.ctx, actor, slug, (StationKind::Csv, "yard"), &told).await.unwrap();
    let mut tx = world.ctx.db.begin(&world.viewer()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, slug).await.unwrap();
    let station = store::weather::stations(&mut tx, facility.id).await.unwrap()[0].id;
    let room = store::zones::list(&mut tx, facility.id).await.unwrap()[0].id;
    drop(tx);
    weather::choose(&world.ctx, actor, slug, station, "the only one").await.unwrap();
    room
}

pub(crate) fn new_baseline() -> NewBaseline {
    NewBaseline {
        metric_type: MetricType::Electricity,
        material: Material::Metered(None),
        period_start: day("2025-01-01"),
        period_end: day("2026-01-01"),
        effective_from: day("2026-03-01"),
    }
}

/// People who act as such have to exist.
async fn with_users(world: &World, people: &[&Principal]) {
    let mut tx = world.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
    for person in people {
        let mail = format!("{}@example.com", person.user);
        store::users::user_insert(&mut tx, person.user, &mail, &person.name, world.ctx.clock.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

pub(crate) struct People {
    pub(crate) engineer: Principal,
    pub(crate) owner: Principal,
    pub(crate) verifier: Principal,
}

pub(crate) async fn people(world: &World) -> People {
    let people = People {
        engineer: somebody(world, 11, Role::Engineer),
        owner: somebody(world, 12, Role::Owner),
        verifier: somebody(world, 13, Role::Verifier),
    };
    with_users(world, &[&people.engineer, &people.owner, &people.verifier]).await;
    people
}

/// Lets the verifier look at this very baseline, as an invitation by the vendor does.
pub(crate) async fn invited(world: &World, people: &People, id: BaselineId) {
    let mut tx = world.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
    let baseline = store::baselines::get(&mut tx, facility.id, id).await.unwrap();
    let now = world.ctx.clock.now();
    let new = store::verifications::Verification {
        id: domain::id::VerificationId(uuid::Uuid::now_v7()),
        user: people.verifier.user,
        email: "verifier@example.com".to_owned(),
        firm: world.cedar,
        firm_name: "Firm".to_owned(),
        invited_by: people.engineer.user,
        invited_by_name: people.engineer.name.clone(),
        invited_side: domain::baseline::Party::Vendor,
        created_at: now,
        expires_at: now + chrono::TimeDelta::days(30),
        withdrawn_at: None,
        conflict: Default::default(),
    };
    store::verifications::upsert(&mut tx, &baseline, &new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes a fitted baseline through to active. Signing has tests of its own; here the state is set as signing sets it.
pub(crate) async fn activate(world: &World, people: &People, id: BaselineId) {
    let engineer = Actor::Person(&people.engineer);
    baselines::choose(&world.ctx, engineer, SLUG, id, "cea-daily", "It follows the crop.").await.unwrap();
    activate_chosen(world, people, id).await;
}

pub(crate) async fn activate_chosen(world: &World, people: &People, id: BaselineId) {
    let ctx = &world.ctx;
    take_step(ctx, &people.engineer, SLUG, id, Step::Submit, "").await.unwrap();
    invited(world, people, id).await;
    take_step(ctx, &people.verifier, SLUG, id, Step::Begin, "").await.unwrap();
    let mut tx = ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
    let by = Some(domain::baseline::Party::Vendor);
    store::baselines::set_state(&mut tx, id, BaselineState::Verified, by, ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let state = take_step(ctx, &people.owner, SLUG, id, Step::Activate, "").await.unwrap();
    assert_eq!(state, BaselineState::Active);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_year_of_readings_becomes_savings(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = world(pool, connect).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let engineer = Actor::Person(&people.engineer);
    let id = baselines::fit(ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    let view = baselines::view(ctx, &people.owner, SLUG, id, "").await.unwrap();
    let best = view.candidates.iter().find(|c| c.method == "cea-daily").unwrap();
    assert!(best.qualified, "{:?}", best.refusals);
    assert!(best.cv_rmse.unwrap() < 0.03, "{:?}", best.cv_rmse);
    let outcome = best.outcome.unwrap();
    assert!((outcome.savings / outcome.counterfactual - 0.2).abs() < 0.01, "{outcome:?}");
    assert!(view.days.iter().filter(|d| d.baseline).all(|d| d.predicted.is_some()));
    assert_eq!(
        view.days.iter().filter(|d| d.day >= day("2026-01-01") && d.day < day("2026-03-01")).count(),
        0
    );

    // What was stored is what comes out again, to the last digit.
    let inputs = baselines::inputs_csv(ctx, &world.viewer(), SLUG, id).await.unwrap();
    let from = view.summary.effective_from;
    let again = recompute::recompute(&inputs, from, MetricType::Electricity, &view.candidates).unwrap();
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|one| one.difference.is_none()), "{again:?}");

    activate(&world, &people, id).await;
    let computed = savings::compute_due(ctx, 1_000).await.unwrap();
    assert!(computed >= 20, "{computed}");
    assert_eq!(savings::compute_due(ctx, 1_000).await.unwrap(), 0, "what was done is not due");
    let scope = world.viewer();
    let range = (Some(day("2026-03-01")), Some(day("2026-03-21")));
    let view = savings::view(ctx, &scope, SLUG, range).await.unwrap();
    let days: Vec<_> = view.performance.iter().filter(|p| p.metric_type == MetricType::Electricity).collect();
    assert_eq!(days.len(), 20);
    let sum = |of: fn(&domain::savings::Performance) -> Option<Decimal>| {
        days.iter().filter_map(|p| of(p)).sum::<Decimal>()
    };
    let share = sum(|p| p.savings_value) / sum(|p| p.baseline_value);
    assert!((share - Decimal::new(2, 1)).abs() < Decimal::new(1, 2), "{share}");
    // Twenty days of a fit to 3 %: surer than a tenth of the savings, and the truth is within.
    let (metric, band) = view.bands[0];
    assert_eq!((metric, band.confidence), (MetricType::Electricity, 0.9));
    let expected: f64 = days.iter().map(|p| 0.2 * used(p.day) * p.coverage).sum();
    let saved = sum(|p| p.savings_value).to_string().parse::<f64>().unwrap();
    assert!((saved - expected).abs() < band.half_width, "{saved} {expected} {band:?}");
    assert!(band.half_width > 0.0 && band.half_width < 0.1 * saved, "{saved} {band:?}");
    for p in &days {
        assert_eq!(p.savings_value, p.baseline_value.zip(p.actual_value).map(|(a, b)| a - b), "{}", p.day);
        let shown = savings::day(ctx, &scope, SLUG, MetricType::Electricity, p.day).await.unwrap();
        let quarters = match p.day.to_string().as_str() {
            "2026-03-08" => 92,
            "2026-03-20" => 48,
            _ => 96,
        };
        assert_eq!(shown.intervals.len(), quarters, "{}", p.day);
        let avoided: Decimal = shown.intervals.iter().filter_map(|i| i.avoided).sum();
        assert_eq!(Some(avoided), p.savings_value, "quarter hours add up to the day {}", p.day);
        let running = p.day == day("2026-03-20");
        assert_eq!(p.state, if running { FigureState::Live } else { FigureState::Provisional });
        assert_eq!(shown.revisions.len(), usize::from(!running), "{}", p.day);
    }
    assert!(
        view.performance.iter().any(|p| p.metric_type == MetricType::PeakDemand && p.savings_value.is_some())
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_change_recomputes_what_it_touches_and_keeps_the_old_number(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let world = world(pool, connect).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let id = baselines::fit(ctx, Actor::Person(&people.engineer), SLUG, &new_baseline()).await.unwrap();
    activate(&world, &people, id).await;
    savings::compute_due(ctx, 1_000).await.unwrap();
    let scope = world.viewer();
    let revisions = async |text: &str| {
        let shown = savings::day(ctx, &scope, SLUG, MetricType::Electricity, day(text)).await.unwrap();
        (shown.performance.savings_value, shown.revisions)
    };
    let (before, _) = revisions("2026-03-10").await;

    // The station corrects an afternoon by 60 K.
    let from = at("2026-03-10T18:00:00Z");
    let hour = |h| Hour {
        start: from + TimeDelta::hours(h),
        temperature_c: Some(celsius(from + TimeDelta::hours(h)) + 60.0),
        dew_point_c: None,
        irradiance_w_m2: None,
    };
    let told = Weather::new(None, false, (0..6).map(hour).collect());
    let actor = Actor::Background("test");
    weather::import(ctx, actor, SLUG, (StationKind::Csv, "yard"), &told).await.unwrap();
    assert_eq!(savings::compute_due(ctx, 1_000).await.unwrap(), 3, "the day and its neighbours");
    let (after, kept) = revisions("2026-03-10").await;
    assert!(after > before, "{after:?} {before:?}");
    assert_eq!(
        kept.iter().map(|r| (r.revision, r.reason.as_str())).collect::<Vec<_>>(),
        [(2, "weather"), (1, "closed")]
    );
    let old = kept[1].result["savings_value"].as_str().unwrap().parse::<Decimal>().unwrap();
    assert_eq!(Some(old), before, "the old number is kept");
    assert_eq!(
        revisions("2026-03-09").await.1.len(),
        1,
        "a neighbour that did not change has no new revision"
    );

    // Importing the same hours again changes nothing.
    weather::import(ctx, actor, SLUG, (StationKind::Csv, "yard"), &told).await.unwrap();
    assert_eq!(savings::compute_due(ctx, 1_000).await.unwrap(), 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_those_who_may_move_a_baseline_on(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = world(pool, connect).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let engineer = Actor::Person(&people.engineer);
    let id = baselines::fit(ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    let submit = take_step(ctx, &people.engineer, SLUG, id, Step::Submit, "").await;
    assert!(matches!(submit, Err(Error::Conflict(_))), "nothing is picked yet");
    let none = baselines::choose(ctx, engineer, SLUG, id, "cea-daily", " ").await;
    assert!(matches!(none, Err(Error::Invalid(_))), "a reason is needed");
    baselines::choose(ctx, engineer, SLUG, id, "cea-daily", "It follows the crop.").await.unwrap();
    let verifier = take_step(ctx, &people.verifier, SLUG, id, Step::Submit, "").await;
    assert!(matches!(verifier, Err(Error::Forbidden)));
    take_step(ctx, &people.engineer, SLUG, id, Step::Submit, "").await.unwrap();
    for own in [&people.engineer, &people.owner] {
        let begun = take_step(ctx, own, SLUG, id, Step::Begin, "").await;
        assert!(matches!(begun, Err(Error::Forbidden)), "neither side verifies");
    }
    let uninvited = take_step(ctx, &people.verifier, SLUG, id, Step::Begin, "").await;
    assert!(matches!(uninvited, Err(Error::Forbidden)), "nor somebody whom nobody asked");
    invited(&world, &people, id).await;
    let silent = take_step(ctx, &people.verifier, SLUG, id, Step::RequestChanges, " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))), "say what has to change");
    take_step(ctx, &people.verifier, SLUG, id, Step::RequestChanges, "Leave May out.").await.unwrap();
    take_step(ctx, &people.owner, SLUG, id, Step::Rework, "").await.unwrap();
    take_step(ctx, &people.engineer, SLUG, id, Step::Submit, "").await.unwrap();
    let direct = take_step(ctx, &people.verifier, SLUG, id, Step::Verify, "").await;
    assert!(matches!(direct, Err(Error::Conflict(_))), "verifying takes a signature");
    let steps = baselines::view(ctx, &people.owner, SLUG, id, "").await.unwrap().steps;
    let names: Vec<&str> = steps.iter().map(|s| s.step.as_str()).collect();
    assert_eq!(names, ["create", "choose", "submit", "request_changes", "rework", "submit"]);
    let other = somebody(&world, 14, Role::Owner);
    let stranger = Principal {
        grants: vec![Grant { organisation: world.lakeside, ..other.grants[0].clone() }],
        ..other
    };
    let foreign = baselines::view(ctx, &stranger, SLUG, id, "").await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    assert!(matches!(
        savings::view(ctx, &stranger.scope(Permission::ViewFacility).unwrap(), SLUG, (None, None)).await,
        Err(Error::NotFound)
    ));
}

/// A day's stated use against what the meter counts: without a fit there is no interval, without weather still a saving.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stated_value_becomes_savings(pool: PgPoolOptions, connect: PgConnectOptions) {
    let since = at("2026-02-20T00:00:00Z").timestamp_millis();
    let readings = register().into_iter().filter(|reading| reading.t >= since).collect();
    let world = metered_world(pool, connect, readings).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let per_day = Decimal::new(700_000, 3);
    let material = Material::Stated { per_day, reason: "Agreed on by both parties".to_owned() };
    let new = NewBaseline { material, ..new_baseline() };
    let id = baselines::fit(ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    let view = baselines::view(ctx, &people.owner, SLUG, id, "").await.unwrap();
    assert_eq!((view.candidates.len(), view.candidates[0].method.as_str()), (1, "stated"));
    let inputs = baselines::inputs_csv(ctx, &world.viewer(), SLUG, id).await.unwrap();
    let from = view.summary.effective_from;
    let again = recompute::recompute(&inputs, from, MetricType::Electricity, &view.candidates).unwrap();
    assert_eq!(again[0].difference, None);

    activate_chosen(&world, &people, id).await;
    savings::compute_due(ctx, 1_000).await.unwrap();
    let range = (Some(day("2026-03-01")), Some(day("2026-03-20")));
    let days = savings::view(ctx, &world.viewer(), SLUG, range).await.unwrap().performance;
    let days: Vec<_> = days.into_iter().filter(|p| p.metric_type == MetricType::Electricity).collect();
    assert_eq!(days.len(), 19);
    for p in &days {
        let (stated, saved) = (p.baseline_value.unwrap(), p.savings_value.unwrap());
        assert!((stated - per_day).abs() < Decimal::new(1, 3), "{p:?}");
        let used = Decimal::try_from(used(p.day) * 0.8).unwrap();
        assert!((per_day - used - saved).abs() < Decimal::new(5, 2), "{p:?}: {used}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn another_engine_shows_its_effect_and_changes_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = world(pool.clone(), connect.clone()).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let engineer = Actor::Person(&people.engineer);
    let id = baselines::fit(ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    baselines::choose(ctx, engineer, SLUG, id, "cea-daily", "It follows the crop.").await.unwrap();
    let view = baselines::view(ctx, &people.owner, SLUG, id, "").await.unwrap();
    assert_eq!(view.newer, None, "the engine that fitted it runs");
    let mut owner = sqlx::PgConnection::connect_with(&connect).await.unwrap();
    sqlx::query("UPDATE baselines SET engine_version = '0.0.1' WHERE id = $1")
        .bind(id.0)
        .execute(&mut owner)
        .await
        .unwrap();
    let after = baselines::view(ctx, &people.owner, SLUG, id, "").await.unwrap();
    let newer = after.newer.unwrap();
    // The same code says the same, and over the frozen days both expect what they expect together.
    let pinned = view.candidates.iter().find(|c| c.method == "cea-daily").unwrap();
    assert_eq!(newer.candidate.coefficients, pinned.coefficients);
    assert_eq!(newer.expected.0.to_bits(), newer.expected.1.to_bits());
    let sum: f64 = view.days.iter().filter_map(|day| day.predicted).sum();
    assert!((newer.expected.0 / sum - 1.0).abs() < 1e-12, "{} {sum}", newer.expected.0);
    assert_eq!((after.candidates, after.engine.0.as_str()), (view.candidates, "0.0.1"));
}
