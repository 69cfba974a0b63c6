//! Non-routine events from the first word to savings without them, against a facility whose extra load is known.

use crate::baselines::{People, SLUG, activate, day, metered_world, new_baseline, people, register, used};
use crate::world::{World, at};
use chrono::TimeDelta;
use domain::access::Permission;
use domain::baseline::{MetricType, Party};
use domain::counter::Reading;
use domain::events::{EventMethod, EventState, EventStep};
use domain::id::EventId;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use services::audit::Actor;
use services::baselines::NewBaseline;
use services::events::{self, NewEvent, Proposal};
use services::{Error, baselines, savings};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// kWh a day of a load that has nothing to do with the crop, from the 8th of March 2026, when the clock changes, to the 15th.
const EXTRA: f64 = 90.0;

fn disturbed() -> Vec<Reading> {
    let (from, until) = (at("2026-03-08T07:00:00Z"), at("2026-03-16T06:00:00Z"));
    let extra = |reading: Reading| {
        let passed =
            reading.t.clamp(from.timestamp_millis(), until.timestamp_millis()) - from.timestamp_millis();
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let wh = (passed as f64 / 86_400_000.0 * EXTRA * 1_000.0) as i64;
        Reading { v: reading.v + wh, ..reading }
    };
    register().into_iter().map(extra).collect()
}

async fn saving_world(pool: PgPoolOptions, connect: PgConnectOptions) -> (World, People) {
    let world = metered_world(pool, connect, disturbed()).await;
    let people = people(&world).await;
    let id =
        baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new_baseline()).await.unwrap();
    activate(&world, &people, id).await;
    savings::compute_due(&world.ctx, 1_000).await.unwrap();
    (world, people)
}

async fn brought_up(world: &World, people: &People) -> EventId {
    let new = NewEvent {
        metric_type: MetricType::Electricity,
        title: "Drying of a flooded room".to_owned(),
        start: day("2026-03-08"),
        until: Some(day("2026-03-16")),
        note: "A pipe burst.".to_owned(),
    };
    events::create(&world.ctx, &people.engineer, SLUG, &new).await.unwrap()
}

fn proposal(method: EventMethod) -> Proposal {
    Proposal {
        method,
        until: Some(day("2026-03-16")),
        expires_on: day("2026-03-16"),
        estimate: None,
        sub_meter: None,
        note: "By the plates of the dryers.".to_owned(),
    }
}

fn estimate(per_day: i64, half_width: i64) -> Proposal {
    Proposal { estimate: Some((per_day.into(), half_width.into())), ..proposal(EventMethod::Estimate) }
}

async fn shown(world: &World) -> domain::savings::view::SavingsView {
    let range = (Some(day("2026-03-01")), Some(day("2026-03-21")));
    savings::view(&world.ctx, &world.viewer(), SLUG, range).await.unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn savings_are_adjusted_when_both_sides_agree(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (world, people) = saving_world(pool, connect).await;
    let (ctx, id) = (&world.ctx, brought_up(&world, &people).await);
    let seen = |a: i64, b: i64| Some((Decimal::from(a), Decimal::from(b)));
    let agree = async |who, seen| events::answer(ctx, who, SLUG, id, EventStep::Agree, (seen, "")).await;
    assert!(matches!(agree(&people.owner, None).await, Err(Error::Conflict(_))), "there are no figures yet");
    events::add_evidence(ctx, &people.owner, SLUG, id, "Photos are with the insurer.").await.unwrap();
    events::propose(ctx, &people.engineer, SLUG, id, &estimate(90, 20)).await.unwrap();
    let before = shown(&world).await;
    assert_eq!(before.effects, [], "one side alone adjusts nothing");
    let own = agree(&people.engineer, seen(90, 20)).await;
    assert!(matches!(own, Err(Error::Forbidden | Error::Conflict(_))), "{own:?}");
    let stranger = agree(&people.verifier, seen(90, 20)).await;
    assert!(matches!(stranger, Err(Error::Forbidden)), "{stranger:?}");

    // The figures change while the owner's page is open.
    events::propose(ctx, &people.engineer, SLUG, id, &estimate(95, 20)).await.unwrap();
    let Err(Error::Conflict(changed)) = agree(&people.owner, seen(90, 20)).await else { panic!("stale") };
    assert!(changed.contains("changed"), "{changed}");
    assert_eq!(agree(&people.owner, seen(95, 20)).await.unwrap(), EventState::Agreed);

    let after = shown(&world).await;
    let [effect] = &after.effects[..] else { panic!("{:?}", after.effects) };
    // Eight days, the shorter one included, every quarter hour of which was measured.
    assert_eq!((effect.days, effect.amount, effect.half_width), (8.into(), 760.into(), 160.into()));
    let (gross, wider) = (before.bands[0].1.half_width, after.bands[0].1.half_width);
    assert!((wider - gross.hypot(160.0)).abs() < 1e-9, "{gross} {wider}");
    assert_eq!(before.performance, after.performance, "the days are as they were");

    let view = events::view(ctx, &people.owner, SLUG, id).await.unwrap();
    let way: Vec<(&str, Party)> = view.steps.iter().map(|s| (s.step.as_str(), s.party)).collect();
    let (v, c) = (Party::Vendor, Party::Customer);
    assert_eq!(way, [("create", v), ("evidence", c), ("propose", v), ("propose", v), ("agree", c)]);
    assert_eq!(view.may, [], "what is agreed stays");
    // No day twice.
    let other = brought_up(&world, &people).await;
    events::propose(ctx, &people.engineer, SLUG, other, &estimate(1, 1)).await.unwrap();
    let twice = events::answer(ctx, &people.owner, SLUG, other, EventStep::Agree, (seen(1, 1), "")).await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_refusal_says_why_and_an_event_expires(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (world, people) = saving_world(pool, connect).await;
    let (ctx, id) = (&world.ctx, brought_up(&world, &people).await);
    events::propose(ctx, &people.engineer, SLUG, id, &estimate(200, 20)).await.unwrap();
    let refuse =
        async |note| events::answer(ctx, &people.owner, SLUG, id, EventStep::Refuse, (None, note)).await;
    assert!(matches!(refuse(" ").await, Err(Error::Invalid(_))));
    assert_eq!(refuse("Twice too much.").await.unwrap(), EventState::Refused);
    // The customer proposes; it adjusts only until the twelfth.
    let short = Proposal { expires_on: day("2026-03-12"), ..estimate(80, 10) };
    assert!(matches!(
        events::propose(
            ctx,
            &people.engineer,
            SLUG,
            id,
            &Proposal { expires_on: day("2028-01-01"), ..short.clone() }
        )
        .await,
        Err(Error::Invalid(_))
    ));
    events::propose(ctx, &people.engineer, SLUG, id, &short).await.unwrap();
    let seen = Some((Decimal::from(80), Decimal::from(10)));
    events::answer(ctx, &people.owner, SLUG, id, EventStep::Agree, (seen, "")).await.unwrap();
    let effects = shown(&world).await.effects;
    assert_eq!((effects[0].days, effects[0].amount), (4.into(), 320.into()));
    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    assert!(matches!(savings::view(ctx, &stranger, SLUG, (None, None)).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn each_method_finds_the_load(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (world, people) = saving_world(pool, connect).await;
    let (ctx, id) = (&world.ctx, brought_up(&world, &people).await);
    let figures = async |proposal: &Proposal| {
        events::propose(ctx, &people.engineer, SLUG, id, proposal).await.unwrap();
        events::view(ctx, &people.owner, SLUG, id).await.unwrap().event.figures.unwrap()
    };
    for method in [EventMethod::Indicator, EventMethod::Exclusion] {
        let found = figures(&proposal(method)).await;
        let (per_day, half) = (found.per_day.to_f64().unwrap(), found.half_width.to_f64().unwrap());
        assert!((per_day - EXTRA).abs() < half.max(3.0) && half < EXTRA / 2.0, "{found:?}");
        assert!(found.how.contains("8 days") && found.how.contains("plates"), "{found:?}");
    }
    // The main meter stands for a sub-meter. By hand: its mean of the event's days less that of the 28 days before.
    let meter = events::view(ctx, &people.engineer, SLUG, id).await.unwrap().sub_meters.remove(0).0;
    let found = figures(&Proposal { sub_meter: Some(meter), ..proposal(EventMethod::SubMeter) }).await;
    let mean = |from: &str, days: usize| {
        let share = |on| if on >= day("2026-03-01") { 0.8 } else { 1.0 };
        day(from).iter_days().take(days).map(|on| share(on) * used(on)).sum::<f64>() / days as f64
    };
    // The day that the clock changes is an hour short.
    let expected = mean("2026-03-08", 8) + EXTRA * (8.0 - 1.0 / 24.0) / 8.0 - mean("2026-02-08", 28);
    assert!((found.per_day.to_f64().unwrap() - expected).abs() < 0.1, "{found:?} {expected}");
    let Err(Error::Invalid(fields)) =
        events::propose(ctx, &people.engineer, SLUG, id, &proposal(EventMethod::SubMeter)).await
    else {
        panic!("no meter was named")
    };
    assert_eq!(fields[0].field, "sub_meter");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_engine_asks_about_days_that_differ(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    let people = people(&world).await;
    // Savings count from New Year on, and in March a fifth less is used: nobody has said why.
    let new = NewBaseline { effective_from: day("2026-01-01"), ..new_baseline() };
    let id = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate(&world, &people, id).await;
    let looked =
        async |look| events::list(&world.ctx, &people.engineer, SLUG, look).await.unwrap().candidates;
    assert_eq!(looked(false).await, None);
    let found = looked(true).await.unwrap();
    let [candidate] = &found[..] else { panic!("one stretch is unusual: {found:?}") };
    assert!((candidate.start - day("2026-03-01")).abs() <= TimeDelta::days(2), "{candidate:?}");
    let usual = day("2026-03-01").iter_days().take(19).map(used).sum::<f64>() / 19.0;
    assert!((candidate.per_day + 0.2 * usual).abs() < 0.05 * usual, "{candidate:?} {usual}");
}
