//! Alerts from readings to mails: missing data apart from values, pending time, acknowledging, quiet hours, escalation, a mail server
//! that is away, and two servers at once.

use crate::accounts::Sink;
use crate::baselines::{self, activate, metered_world, new_baseline, people, register};
use crate::world::{World, cedar_flower};
use chrono::{NaiveTime, TimeDelta};
use domain::access::{Grant, Permission, Principal, Role, Scope};
use domain::alerts::view::AlertsView;
use domain::alerts::{Escalation, Kind, NewRule, Quiet};
use domain::counter::Reading;
use domain::id::{AlertEpisodeId, PointId, UserId};
use integrations::mail::Mailer;
use rust_decimal::Decimal;
use services::audit::Actor;
use services::{Error, alerts, facilities, savings};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const SLUG: &str = "cedar-flower";
/// Channel of the room's temperature, in hundredths of a degree.
const TEMPERATURE: u32 = 5;

struct Case {
    world: World,
    operations: Principal,
    owner: Principal,
    readings: Vec<Reading>,
}

impl Case {
    /// Noon on the first of March at the facility, with one reading of 25 °C.
    async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let world = World::new(pool, connect, "2026-03-01T19:00:00Z").await;
        facilities::create_from_file(&world.ctx, world.cedar, &cedar_flower()).await.unwrap();
        let operations = member(&world, 21, Role::Operations, "operations@cedar.example").await;
        let owner = member(&world, 22, Role::Owner, "owner@cedar.example").await;
        let mut case = Self { world, operations, owner, readings: vec![] };
        case.read(2_500).await;
        case
    }

    /// The sensor says so now, and everybody looks.
    async fn read(&mut self, value: i64) {
        self.readings.push(Reading { t: self.world.ctx.clock.now().timestamp_millis(), v: value });
        self.world.readings(SLUG, &[(TEMPERATURE, self.readings.clone())]).await;
        alerts::evaluate(&self.world.ctx).await.unwrap();
    }

    /// So many minutes pass without a word from the sensor.
    async fn silence(&self, minutes: i64) {
        self.world.ctx.clock.advance(TimeDelta::minutes(minutes));
        alerts::evaluate(&self.world.ctx).await.unwrap();
    }

    async fn view(&self) -> AlertsView {
        alerts::view(&self.world.ctx, &self.world.viewer(), SLUG).await.unwrap()
    }

    async fn point(&self) -> PointId {
        let mut tx = self.world.ctx.db.begin(&Scope::system()).await.unwrap();
        let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
        let all = store::points::of_facility(&mut tx, facility.id).await.unwrap();
        all.iter().find(|p| p.spec.channel == TEMPERATURE).unwrap().id
    }

    async fn write(&self, new: NewRule) -> services::Result<()> {
        alerts::write(&self.world.ctx, &self.operations, SLUG, None, new).await.map(drop)
    }

    async fn hot(&self) -> NewRule {
        NewRule {
            kind: Kind::Above,
            point: Some(self.point().await),
            threshold: Some("30".parse().unwrap()),
            minutes: 10,
            critical: false,
            tell: Role::Operations,
            then: Some(Escalation { tell: Role::Owner, after: 30 }),
            quiet: None,
        }
    }

    async fn sent(&self) -> usize {
        alerts::send_due(&self.world.ctx).await.unwrap()
    }
}

pub(crate) async fn member(world: &World, n: u128, role: Role, email: &str) -> Principal {
    let user = UserId(uuid::Uuid::from_u128(n));
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let now = world.ctx.clock.now();
    store::users::user_insert(&mut tx, user, email, email, now).await.unwrap();
    store::users::membership_insert(&mut tx, world.cedar, user, role, None, now).await.unwrap();
    tx.commit().await.unwrap();
    let grants = vec![Grant { organisation: world.cedar, role, facilities: None }];
    Principal { user, name: email.to_owned(), home: world.cedar, grants }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_value_fires_after_its_minutes_and_climbs_the_ladder(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let mut case = Case::new(pool, connect).await;
    let mut sink = Sink::start(&mut case.world.ctx).await;
    case.write(case.hot().await).await.unwrap();
    case.read(3_100).await;
    let pending = case.view().await;
    assert_eq!((pending.open.len(), pending.open[0].fired_at), (1, None));
    assert_eq!(pending.open[0].says, "Flower 1: Flower 1 temperature is above 30 °C for 10 min");
    assert_eq!(case.sent().await, 0);

    for _ in 0..10 {
        case.world.ctx.clock.advance(TimeDelta::minutes(1));
        case.read(3_150).await;
    }
    let firing = case.view().await.open.remove(0);
    assert_eq!((firing.value.unwrap().0.to_string().as_str(), firing.data_loss), ("31.50", false));
    // Two servers send at once; one mail goes out.
    let (a, b) = tokio::join!(case.sent(), case.sent());
    assert_eq!(a + b, 1);
    let (to, text) = sink.next().await;
    assert_eq!(to, "operations@cedar.example");
    assert!(text.contains("The value is 31.5 °C.") && text.contains("/f/cedar-flower/alerts"), "{text}");

    // Within the hysteresis it is the same alert, and nobody is told twice.
    case.read(2_990).await;
    assert_eq!((case.view().await.open.len(), case.sent().await), (1, 0));
    for _ in 0..30 {
        case.world.ctx.clock.advance(TimeDelta::minutes(1));
        case.read(3_150).await;
    }
    assert_eq!(case.sent().await, 1);
    let (to, text) = sink.next().await;
    assert!(to == "owner@cedar.example" && text.contains("Nobody has acknowledged"), "{to}: {text}");

    alerts::acknowledge(&case.world.ctx, &case.owner, SLUG, firing.id, " On my way. ").await.unwrap();
    let by = case.view().await.open.remove(0).acknowledged.unwrap();
    assert_eq!((by.0.as_str(), by.2.as_str()), ("owner@cedar.example", "On my way."));
    let again = alerts::acknowledge(&case.world.ctx, &case.operations, SLUG, firing.id, "").await;
    assert!(matches!(again, Err(Error::NotFound)));

    case.read(2_500).await;
    let over = case.view().await;
    assert_eq!((over.open.len(), over.past.len()), (0, 1));
    assert_eq!(case.sent().await, 2, "whoever was told is told that it is over");
    for _ in 0..2 {
        assert!(sink.next().await.1.contains("This is over"));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn missing_data_is_no_value_and_no_all_clear(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let silent = NewRule { kind: Kind::Silent, threshold: None, minutes: 15, then: None, ..case.hot().await };
    case.write(silent).await.unwrap();
    case.write(NewRule { minutes: 1, ..case.hot().await }).await.unwrap();
    case.read(3_500).await;
    case.world.ctx.clock.advance(TimeDelta::minutes(1));
    case.read(3_500).await;
    assert_eq!(case.view().await.open.len(), 1);
    case.silence(20).await;
    let open = case.view().await.open;
    assert_eq!(open.len(), 2);
    let (loss, value): (Vec<_>, Vec<_>) = open.into_iter().partition(|e| e.data_loss);
    assert!(loss[0].fired_at.is_some() && loss[0].value.is_none());
    assert!(value[0].stale, "it is not cleared, and says that its value is old");
    case.read(2_500).await;
    assert_eq!(case.view().await.open.len(), 0);
    assert_eq!(case.view().await.past.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn mails_wait_for_the_morning_and_for_the_mail_server(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    case.world.ctx.mailer = Mailer::new(Some("smtp://127.0.0.1:9"), "no-reply@portal.example").unwrap();
    let time = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap();
    // It is noon: quiet until three.
    let quiet = Some(Quiet { from: time(11), until: time(15) });
    let silent =
        NewRule { kind: Kind::Silent, threshold: None, minutes: 15, then: None, quiet, ..case.hot().await };
    case.write(silent.clone()).await.unwrap();
    case.write(NewRule { critical: true, tell: Role::Owner, ..silent }).await.unwrap();
    case.silence(16).await;
    let waiting = |view: AlertsView| view.open.iter().map(|e| e.mails).collect::<Vec<_>>();
    // The critical one is tried at once, and again later, because nobody takes it.
    assert_eq!((case.sent().await, waiting(case.view().await)), (0, vec![(0, 1), (0, 1)]));
    let mut sink = Sink::start(&mut case.world.ctx).await;
    assert_eq!(case.sent().await, 0, "not before its pause");
    case.world.ctx.clock.advance(TimeDelta::minutes(1));
    assert_eq!(case.sent().await, 1);
    assert_eq!(sink.next().await.0, "owner@cedar.example");
    case.world.ctx.clock.advance(TimeDelta::minutes(162));
    assert_eq!(case.sent().await, 0, "a minute before three");
    case.world.ctx.clock.advance(TimeDelta::minutes(1));
    assert_eq!(case.sent().await, 1);
    assert_eq!(sink.next().await.0, "operations@cedar.example");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rules_that_make_no_sense_are_refused_with_their_slot(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let mut case = Case::new(pool, connect).await;
    let hot = case.hot().await;
    let field = |outcome: services::Result<()>| match outcome {
        Err(Error::Invalid(fields)) => fields[0].field.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(field(case.write(NewRule { threshold: None, ..hot.clone() }).await), "threshold");
    assert_eq!(field(case.write(NewRule { point: None, ..hot.clone() }).await), "point");
    assert_eq!(field(case.write(NewRule { minutes: 0, ..hot.clone() }).await), "minutes");
    assert_eq!(field(case.write(NewRule { tell: Role::Engineer, ..hot.clone() }).await), "tell");
    assert_eq!(field(case.write(NewRule { tell: Role::Finance, ..hot.clone() }).await), "tell");
    let elsewhere = PointId(uuid::Uuid::nil());
    assert_eq!(field(case.write(NewRule { point: Some(elsewhere), ..hot.clone() }).await), "point");

    case.write(hot.clone()).await.unwrap();
    let (ctx, rule) = (&case.world.ctx, case.view().await.rules[0].rule.id);
    let change = NewRule { minutes: 20, ..hot.clone() };
    alerts::write(ctx, &case.owner, SLUG, Some(rule), change).await.unwrap();
    assert_eq!(case.view().await.rules[0].rule.new.minutes, 20);
    // Nobody without the permission, and nobody of another customer, by its own identifier.
    let viewer = member(&case.world, 23, Role::Viewer, "viewer@cedar.example").await;
    assert!(matches!(alerts::delete(ctx, &viewer, SLUG, rule).await, Err(Error::Forbidden)));
    let grants = vec![Grant { organisation: case.world.lakeside, role: Role::Owner, facilities: None }];
    let stranger = Principal { grants, ..case.owner.clone() };
    assert!(matches!(alerts::pause(ctx, &stranger, SLUG, rule, Some(1)).await, Err(Error::NotFound)));
    let episode = AlertEpisodeId(uuid::Uuid::nil());
    assert!(matches!(alerts::acknowledge(ctx, &stranger, SLUG, episode, "").await, Err(Error::NotFound)));
    let scope = stranger.scope(Permission::ViewFacility).unwrap();
    assert!(matches!(alerts::view(ctx, &scope, SLUG).await, Err(Error::NotFound)));

    alerts::pause(ctx, &case.owner, SLUG, rule, Some(1)).await.unwrap();
    case.read(4_000).await;
    assert_eq!(case.view().await.open.len(), 0, "a paused rule begins nothing");
    alerts::pause(&case.world.ctx, &case.owner, SLUG, rule, None).await.unwrap();
    case.read(4_000).await;
    assert_eq!(case.view().await.open.len(), 1);
    alerts::delete(&case.world.ctx, &case.owner, SLUG, rule).await.unwrap();
    let view = case.view().await;
    assert_eq!((view.rules.len(), view.open.len()), (0, 0));
}

/// The fixture's facility uses a fifth less than its baseline expects since the first of March.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn savings_that_are_too_low_fire_and_missing_days_do_not(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let mut world = metered_world(pool, connect, register()).await;
    let mut sink = Sink::start(&mut world.ctx).await;
    let (people, owner) = (people(&world).await, member(&world, 31, Role::Owner, "boss@cedar.example").await);
    let low = NewRule {
        kind: Kind::WeekSavings,
        point: None,
        threshold: Some("25".parse().unwrap()),
        minutes: 15,
        critical: false,
        tell: Role::Owner,
        then: None,
        quiet: None,
    };
    let ctx = &world.ctx;
    let write = async |new: NewRule| match alerts::write(ctx, &owner, baselines::SLUG, None, new).await {
        Ok(_) => String::new(),
        Err(Error::Invalid(fields)) => fields[0].field.clone(),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(write(low.clone()).await, "kind", "without a baseline there is nothing to watch");
    let engineer = Actor::Person(&people.engineer);
    let id = services::baselines::fit(ctx, engineer, baselines::SLUG, &new_baseline()).await.unwrap();
    activate(&world, &people, id).await;
    assert_eq!(write(NewRule { threshold: None, ..low.clone() }).await, "threshold");
    assert_eq!(write(NewRule { threshold: Some(250.into()), ..low.clone() }).await, "threshold");
    assert_eq!(write(NewRule { point: Some(PointId(uuid::Uuid::nil())), ..low.clone() }).await, "point");
    for (kind, threshold) in [(Kind::DaySavings, 25), (Kind::WeekSavings, 25), (Kind::WeekSavings, 15)] {
        assert_eq!(write(NewRule { kind, threshold: Some(threshold.into()), ..low.clone() }).await, "");
    }
    let open = async || {
        alerts::evaluate(ctx).await.unwrap();
        alerts::view(ctx, &world.viewer(), baselines::SLUG).await.unwrap().open
    };
    assert_eq!(open().await.len(), 0, "no day has a figure yet");
    savings::compute_due(ctx, 1_000).await.unwrap();
    let firing = open().await;
    assert_eq!(firing.len(), 2, "more than 15 % was saved: {firing:?}");
    for episode in &firing {
        let (value, unit) = episode.value.clone().unwrap();
        assert!((value - Decimal::from(20)).abs() < Decimal::ONE && unit == "%", "{value} {unit}");
        assert!(episode.fired_at.is_some() && !episode.data_loss);
        assert!(
            episode.says.ends_with("less than 25 % of what its electricity baseline expects"),
            "{}",
            episode.says
        );
    }
    assert_eq!(alerts::send_due(ctx).await.unwrap(), 2);
    let (to, text) = sink.next().await;
    assert!(to == "boss@cedar.example" && text.contains("The value is 20 %."), "{to}: {text}");

    // Nothing is sent for three days: what is not known is no saving and no waste, and does not end what fired.
    ctx.clock.advance(TimeDelta::days(3));
    savings::compute_due(ctx, 1_000).await.unwrap();
    let firing = open().await;
    assert_eq!(firing.len(), 2);
    assert!(firing.iter().all(|episode| episode.stale), "{firing:?}");
    assert_eq!(alerts::send_due(ctx).await.unwrap(), 0);
}
