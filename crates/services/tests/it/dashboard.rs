//! The dashboard, and the way from a month's savings down to the meter's readings: every level adds up to the one above.

use crate::baselines::{SLUG, activate, day, metered_world, new_baseline, people, register};
use crate::tariffs::TARIFF;
use crate::world::World;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access::{Permission, Scope};
use domain::baseline::MetricType;
use domain::counter::Reading;
use domain::envelope::{Column, Envelope};
use domain::outlook::Cause;
use domain::range::Range;
use domain::savings::dashboard::{Comparison, DashboardView};
use domain::savings::derivation::{DayValues, Derived, FigureView, Source};
use domain::savings::running::{Beyond, Register};
use rust_decimal::Decimal;
use services::audit::Actor;
use services::savings::{self, Asked};
use services::{Error, baselines, tariffs};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::envelopes::NewEnvelope;

fn asked(range: &str, comparison: Comparison) -> Asked {
    Asked { range: Range::parse(range).unwrap(), metric: MetricType::Electricity, comparison }
}

/// The readings of March as the gateway sent them, four to an envelope.
async fn envelopes(world: &World) {
    let first = "2026-03-01T07:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let march: Vec<_> = register().into_iter().filter(|r| r.t >= first.timestamp_millis()).collect();
    sent(world, 1, march.chunks(4)).await;
}

/// Readings as the gateway sends them, from an envelope number on.
async fn sent(world: &World, first: u64, all: impl Iterator<Item = &[Reading]>) {
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
    let gateway = store::gateways::of_facility(&mut tx, facility.id).await.unwrap().remove(0).id;
    for (seq, some) in (first..).zip(all) {
        let envelope = Envelope {
            map_version: 1,
            boot: 1,
            seq,
            sent_at_ms: some[0].t,
            ticks: some.iter().map(|reading| reading.t).collect(),
            columns: vec![Column {
                channel: 1,
                values: some.iter().map(|reading| Some(reading.v)).collect(),
            }],
        };
        let at = |reading: &Reading| DateTime::from_timestamp_millis(reading.t).unwrap();
        store::envelopes::ensure_partition(&mut tx, at(&some[0])).await.unwrap();
        let new = NewEnvelope {
            gateway,
            organisation: facility.organisation,
            facility: facility.id,
            boot: 1,
            seq: i64::try_from(seq).unwrap(),
            t0: at(&some[0]),
            t1: at(&some[some.len() - 1]),
            samples: i32::try_from(some.len()).unwrap(),
            received_at: world.ctx.clock.now(),
            payload: &envelope.encode(),
        };
        store::envelopes::insert(&mut tx, &[new]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The facility with savings of March, priced.
pub(crate) async fn saving(pool: PgPoolOptions, connect: PgConnectOptions) -> World {
    let world = metered_world(pool, connect, register()).await;
    let people = people(&world).await;
    let engineer = Actor::Person(&people.engineer);
    let owner = Actor::Person(&people.owner);
    tariffs::set(&world.ctx, owner, SLUG, MetricType::Electricity, TARIFF).await.unwrap();
    let id = baselines::fit(&world.ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    activate(&world, &people, id).await;
    savings::compute_due(&world.ctx, 1_000).await.unwrap();
    world
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_month_leads_down_to_the_register(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    envelopes(&world).await;
    let month = savings::dashboard(ctx, &scope, SLUG, asked("2026-03", Comparison::Baseline)).await.unwrap();
    let (totals, money) = (month.totals.unwrap(), month.equation().unwrap());
    assert_eq!(money.baseline_cost - money.actual_cost, money.savings);
    assert_eq!(money.keep + money.share, money.savings);
    let price = Decimal::new(1, 1);
    assert!((money.savings - totals.savings * price).abs() <= Decimal::new(1, 2), "{money:?} {totals:?}");
    let of_days: Decimal = month.days.iter().filter_map(|p| p.savings_value).sum();
    assert_eq!(of_days, totals.savings, "days add up to the month");
    figures_lead_to_the_days(&world, &month).await;
    assert!(month.day_bands.iter().flatten().all(|band| 0.0 < band.eighty && band.eighty < band.ninety_five));

    // Numbers picked over the month, among them quarters of the day of 23 hours.
    let mut walked = 0;
    for (p, n) in
        month.days.iter().zip([3_usize, 61, 17, 80, 44, 29, 90, 7, 55, 38, 12, 71].into_iter().cycle())
    {
        let shown = savings::day(ctx, &scope, SLUG, MetricType::Electricity, p.day).await.unwrap();
        let of_quarters: Decimal = shown.intervals.iter().filter_map(|i| i.avoided).sum();
        assert_eq!(Some(of_quarters), p.savings_value, "quarter hours add up to {}", p.day);
        let inputs = shown.revisions.first().map(|revision| &revision.inputs);
        let checks =
            recompute::savings_day::savings_day(inputs, &shown.intervals, &shown.performance).unwrap();
        assert!(checks.iter().all(recompute::savings_day::Check::holds), "{}: {checks:?}", p.day);
        let Some(picked) = shown.intervals.get(n).filter(|i| i.actual.is_some()) else { continue };
        let of = (MetricType::Electricity, p.day);
        let quarter = savings::quarter(ctx, &scope, SLUG, of, picked.start).await.unwrap();
        assert_eq!(&quarter.interval, picked);
        let counted: Option<Decimal> = quarter.meters.iter().map(|meter| meter.counted).sum();
        assert_eq!(counted, picked.actual, "meters add up to the quarter hour");
        for meter in &quarter.meters {
            let (first, last) = (meter.readings.first().unwrap(), meter.readings.last().unwrap());
            assert!(first.at <= picked.start && last.at >= picked.end, "the readings hold the quarter hour");
            if (first.at, last.at) == (picked.start, picked.end) {
                let kwh = (last.value - first.value) / Decimal::from(1_000);
                assert_eq!(Some(kwh), meter.counted, "a counter's use is the difference of its readings");
                walked += 1;
            }
            assert!(meter.readings.iter().all(|reading| reading.seq > 0));
        }
    }
    assert!(walked > 5, "{walked}");

    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    let nobody = savings::dashboard(ctx, &stranger, SLUG, asked("2026-03", Comparison::Baseline)).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    let never = savings::quarter(
        ctx,
        &scope,
        SLUG,
        (MetricType::Electricity, day("2026-03-10")),
        DateTime::<Utc>::UNIX_EPOCH,
    );
    assert!(matches!(never.await, Err(Error::NotFound)));
}

/// Each figure of the dashboard has a derivation whose parts add up to it and lead to the days of the dashboard.
async fn figures_lead_to_the_days(world: &World, month: &DashboardView) {
    let (ctx, scope) = (&world.ctx, world.viewer());
    let march = asked("2026-03", Comparison::Baseline);
    let (totals, money) = (month.totals.unwrap(), month.equation().unwrap());
    let shown = [
        (Derived::BaselineCost, money.baseline_cost),
        (Derived::ActualCost, money.actual_cost),
        (Derived::Savings, money.savings),
        (Derived::Keep, money.keep),
        (Derived::Share, money.share),
        (Derived::BaselineEnergy, totals.baseline),
        (Derived::ActualEnergy, totals.actual),
        (Derived::SavedEnergy, totals.savings),
    ];
    assert_eq!(shown.len(), Derived::ALL.len());
    for (figure, value) in shown {
        let derived = savings::derivation(ctx, &scope, SLUG, (figure, march)).await.unwrap();
        assert_eq!(derived.value, Some(value), "{figure:?} is the one of the dashboard");
        let sum: Decimal = derived.parts.iter().map(|part| part.value).sum();
        assert_eq!(sum, value, "{figure:?}: days add up to the last digit");
        let known: Vec<_> = month.days.iter().filter(|p| p.savings_value.is_some()).collect();
        assert_eq!(derived.parts.len(), known.len());
        for (part, p) in derived.parts.iter().zip(known) {
            assert_eq!(part.source, Source::Day(p.day));
            let shown = savings::day(ctx, &scope, SLUG, MetricType::Electricity, p.day).await.unwrap();
            let exact = figure.of_day(&DayValues::from(&shown.performance), money.share_rate);
            assert_eq!(Some(part.exact), exact, "{figure:?} of {} is what the page of the day says", p.day);
            let newest = shown.revisions.first();
            assert_eq!(part.derivation, newest.map(|r| r.id));
            assert_eq!(part.inputs_sha256.as_ref(), newest.map(|r| &r.inputs_sha256));
        }
        assert_eq!(derived.baselines.len(), 1);
        assert_eq!(derived.baselines[0].days as usize, derived.parts.len());
        let again = savings::derivation(ctx, &scope, SLUG, (figure, march)).await.unwrap();
        assert_eq!((again.sha256, derived.sha256.len()), (derived.sha256, 64));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_day_that_is_computed_again_is_in_the_history_of_the_month(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    let march = asked("2026-03", Comparison::Baseline);
    let of = |figure| savings::derivation(ctx, &scope, SLUG, (figure, march));
    let before = of(Derived::Savings).await.unwrap();
    assert!(before.changes.is_empty());
    let dear = TARIFF.replace("\"0.1\"", "\"0.2\"");
    assert_ne!(dear, TARIFF);
    tariffs::set(ctx, Actor::Background("test"), SLUG, MetricType::Electricity, &dear).await.unwrap();
    savings::compute_due(ctx, 1_000).await.unwrap();
    let after = of(Derived::Savings).await.unwrap();
    let closed = after.parts.iter().filter(|part| part.revision > 1).count();
    assert!(closed > 10, "{closed}");
    assert_eq!(after.changes.len(), closed);
    assert_ne!(after.sha256, before.sha256);
    for change in &after.changes {
        assert_eq!((change.revision, change.reason.as_str()), (2, "tariff"));
        let part = |view: &FigureView| {
            view.parts.iter().find(|part| part.source == Source::Day(change.day)).map(|part| part.exact)
        };
        assert_eq!((change.before, change.after), (part(&before), part(&after)), "{}", change.day);
    }
    let energy = of(Derived::SavedEnergy).await.unwrap();
    assert!(energy.changes.iter().all(|change| change.before == change.after), "prices change no energy");

    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    let nobody = savings::derivation(ctx, &stranger, SLUG, (Derived::Savings, march)).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    let none = asked("2024-03", Comparison::Baseline);
    let none = savings::derivation(ctx, &scope, SLUG, (Derived::Savings, none)).await.unwrap();
    assert_eq!((none.value, none.parts.len()), (None, 0));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn stretches_are_compared_and_explained(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    let week = "2026-03-12..2026-03-18";
    let view = savings::dashboard(ctx, &scope, SLUG, asked(week, Comparison::Previous)).await.unwrap();
    let other = view.other.unwrap();
    assert_eq!((other.from, other.until, other.values.len()), (day("2026-03-05"), day("2026-03-12"), 7));
    let before = savings::dashboard(ctx, &scope, SLUG, asked("2026-03-05..2026-03-11", Comparison::Baseline))
        .await
        .unwrap();
    assert_eq!(
        other.total(),
        before.totals.map(|t| t.actual),
        "the other stretch is what its own dashboard says"
    );
    let year = savings::dashboard(ctx, &scope, SLUG, asked(week, Comparison::LastYear)).await.unwrap();
    assert_eq!(year.other.unwrap().from, day("2025-03-12"));

    let found = savings::insight(ctx, &scope, SLUG, asked(week, Comparison::Baseline)).await.unwrap();
    let why = found.why.unwrap();
    assert_eq!(
        (why.before, why.after),
        (before.equation().unwrap().savings, view.totals.unwrap().equation.unwrap().savings)
    );
    let sum: Decimal = why.steps.iter().map(|step| step.amount).sum();
    assert_eq!(sum, why.after - why.before, "the steps lead from one to the other");
    assert_eq!(why.steps.last().unwrap().cause, Cause::Unexplained);
    let tariff = why.steps.iter().find(|step| step.cause == Cause::Tariff).unwrap();
    assert!(tariff.amount.abs() <= Decimal::new(1, 1), "one price all along: {tariff:?}");
    assert!(found.projection.is_err(), "three weeks are no basis for a year");
    assert_eq!(found.month, day("2026-03-01"));
    let so_far = found.burn_up.actual.iter().flatten().last().copied().unwrap();
    let whole: Decimal =
        savings::dashboard(ctx, &scope, SLUG, asked("2026-03-01..2026-03-19", Comparison::Baseline))
            .await
            .unwrap()
            .totals
            .unwrap()
            .savings;
    assert_eq!(so_far, whole, "days that are over");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn hours_are_of_the_local_clock(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    let asked_for = asked("2026-03-07..2026-03-09", Comparison::Baseline);
    let view = savings::dashboard(ctx, &scope, SLUG, asked_for).await.unwrap();
    let of = |day: NaiveDate| view.hours.iter().filter(|h| h.day == day).map(|h| h.hour).collect::<Vec<_>>();
    assert_eq!(of(day("2026-03-07")).len(), 24);
    let spring: Vec<u32> = (0..24).filter(|hour| *hour != 2).collect();
    assert_eq!(of(day("2026-03-08")), spring, "the clock skips two");
    let (first, hour) = (view.quarters[0].start, view.hours[0]);
    let of_hour =
        view.quarters.iter().filter(|i| i.start < first + TimeDelta::hours(1)).filter_map(|i| i.actual);
    assert_eq!(hour.value, of_hour.sum::<Decimal>());
    let refused = Asked::read("forever", "light", "me");
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let long = savings::dashboard(ctx, &scope, SLUG, asked("60mo", Comparison::Baseline)).await;
    assert!(matches!(long, Err(Error::Invalid(_))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_portfolio_of_one_is_its_facility(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    let march = asked("2026-03", Comparison::Baseline);
    let one = savings::dashboard(ctx, &scope, SLUG, march).await.unwrap();
    let all = savings::portfolio(ctx, &scope, march).await.unwrap();
    let row = all.rows.iter().find(|row| row.slug == SLUG).unwrap();
    assert_eq!((row.totals, row.state), (one.totals, one.state));
    let (sum, totals, money) = (all.together.unwrap(), one.totals.unwrap(), one.equation().unwrap());
    assert_eq!((sum.facilities, sum.savings), (1, totals.savings + totals.events));
    assert!((sum.band.unwrap().half_width - one.band.unwrap().half_width).abs() < 1e-9);
    assert_eq!(all.common, domain::savings::portfolio::Common::ASSUMED, "one facility has nothing in common");
    let cash = &all.money[0];
    assert_eq!((cash.savings, cash.keep, cash.share), (money.savings, money.keep, money.share));
    assert!(all.rows.iter().all(|row| row.slug == SLUG || !row.baseline), "others have no baseline");

    let before = savings::portfolio(ctx, &scope, asked("2025-03", Comparison::Baseline)).await.unwrap();
    assert!(before.together.is_none() && before.money.is_empty() && before.rows.len() == all.rows.len());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_running_quarter_hour_goes_on_from_the_figures(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    envelopes(&world).await;
    let of = MetricType::Electricity;
    let today = savings::dashboard(ctx, &scope, SLUG, asked("today", Comparison::Baseline)).await.unwrap();
    let (closed, newest) = (today.quarters.last().unwrap(), *register().last().unwrap());
    assert_eq!(closed.end.timestamp_millis(), newest.t, "figures reach to the newest reading");
    let running = savings::running(ctx, &scope, SLUG, of).await.unwrap().unwrap();
    assert_eq!(running.beyond(&today.quarters), Beyond::default(), "nothing was read since");

    // Five minutes and 500 Wh later.
    let five = Reading { t: newest.t + 300_000, v: newest.v + 500 };
    sent(&world, 9_000, std::iter::once(&[five][..])).await;
    let mut running = savings::running(ctx, &scope, SLUG, of).await.unwrap().unwrap();
    let shown = running.beyond(&today.quarters).running.unwrap();
    assert_eq!((shown.start, shown.actual), (closed.end, Some(Decimal::new(500, 3))));
    let expected = shown.counterfactual.unwrap();
    let near = closed.counterfactual.unwrap();
    assert!(expected > near / Decimal::TWO && expected < near * Decimal::TWO, "{expected} after {near}");

    // A frame beyond its end closes it.
    let point = running.points()[0];
    let at = |reading: Reading| DateTime::from_timestamp_millis(reading.t).unwrap();
    let value = Decimal::from(five.v + 1_500);
    running.observe(point, Register { at: at(five) + TimeDelta::minutes(15), value });
    let shown = running.beyond(&today.quarters);
    assert_eq!(shown.closed.len(), 1);
    let (over, since) = (shown.closed[0].actual.unwrap(), shown.running.unwrap().actual.unwrap());
    assert_eq!(over + since, Decimal::new(2_000, 3), "no watt-hour is lost at the edge");

    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    assert!(matches!(savings::running(ctx, &stranger, SLUG, of).await, Err(Error::NotFound)));
    assert_eq!(savings::running(ctx, &scope, SLUG, MetricType::Gas).await.unwrap(), None);
}
