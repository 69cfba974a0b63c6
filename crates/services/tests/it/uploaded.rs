//! A baseline fitted to what somebody uploaded, and savings that follow.

use crate::baselines::{
    FIRST, NOW, People, SLUG, ZONE, activate, day, metered_world, new_baseline, people, register, used,
};
use crate::world::{World, at};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::id::{BaselineId, UtilitySeriesId};
use domain::local_time::{day_of, day_start};
use domain::savings::Performance;
use rust_decimal::Decimal;
use services::audit::Actor;
use services::baselines::{self, Material, NewBaseline};
use services::imports::table::{self, Answer};
use services::{Error, imports, savings};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::fmt::Write as _;

/// Hours of [from, until) as the utility's portal gives them; a fifth less from March 2026 on.
fn csv(from: &str, until: &str) -> String {
    let mut text = String::from("Time (UTC),Usage (kWh)\n");
    let (mut start, until): (DateTime<Utc>, _) = (at(from), at(until));
    while start < until {
        let day = day_of(ZONE, start);
        let hours = (day_start(ZONE, day.succ_opt().unwrap()) - day_start(ZONE, day)).num_hours();
        let share = if day >= self::day("2026-03-01") { 0.8 } else { 1.0 };
        let kwh = share * used(day) / f64::from(i32::try_from(hours).unwrap());
        writeln!(text, "{},{kwh:.6}", start.format("%Y-%m-%d %H:%M")).unwrap();
        start += TimeDelta::hours(1);
    }
    text
}

/// Uploads a file and answers every question as guessed.
async fn upload(world: &World, people: &People, text: String) -> UtilitySeriesId {
    let (ctx, actor) = (&world.ctx, Actor::Person(&people.owner));
    let scope = people.owner.scope(Permission::ImportData).unwrap();
    let (id, _) = imports::draft(ctx, actor, SLUG, "hours.csv", text.into_bytes()).await.unwrap();
    let settings = async || table::view(ctx, &scope, SLUG, id).await.unwrap().settings;
    let s = settings().await;
    table::answer(ctx, actor, SLUG, id, Answer::Header(s.header_row)).await.unwrap();
    let s = settings().await;
    let (target, columns, unit, commodity) = (s.target, s.columns, s.unit, s.commodity);
    let answer = Answer::Columns { target, columns, unit, commodity, series: "Main".into() };
    table::answer(ctx, actor, SLUG, id, answer).await.unwrap();
    let s = settings().await;
    let (edge, clock, dates, decimal_comma) = (s.edge, s.clock, s.dates, s.decimal_comma);
    table::answer(ctx, actor, SLUG, id, Answer::Time { edge, clock, dates, decimal_comma }).await.unwrap();
    table::answer(ctx, actor, SLUG, id, Answer::Finish).await.unwrap();
    let done = imports::confirm(ctx, actor, SLUG, id).await.unwrap();
    done.preview.series[0].series.unwrap()
}

async fn fitted(world: &World, people: &People, series: UtilitySeriesId) -> BaselineId {
    let new = NewBaseline { material: Material::Metered(Some(series)), ..new_baseline() };
    let id = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    let view = baselines::view(&world.ctx, &people.owner, SLUG, id, "cea-daily").await.unwrap();
    assert_eq!(view.series_name.as_deref(), Some("Main"));
    let best = &view.candidates[view.shown as usize];
    assert!(best.qualified && best.cv_rmse.unwrap() < 0.03, "{:?} {:?}", best.refusals, best.cv_rmse);
    activate(world, people, id).await;
    id
}

async fn electricity(world: &World) -> Vec<Performance> {
    savings::compute_due(&world.ctx, 1_000).await.unwrap();
    let range = (Some(day("2026-03-01")), Some(day("2026-03-21")));
    let view = savings::view(&world.ctx, &world.viewer(), SLUG, range).await.unwrap();
    view.performance.into_iter().filter(|p| p.metric_type == MetricType::Electricity).collect()
}

fn share(days: &[Performance]) -> Decimal {
    let sum = |of: fn(&Performance) -> Option<Decimal>| days.iter().filter_map(of).sum::<Decimal>();
    sum(|p| p.savings_value) / sum(|p| p.baseline_value)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_uploaded_year_and_a_meter_since(pool: PgPoolOptions, connect: PgConnectOptions) {
    let since = at("2026-02-27T00:00:00Z").timestamp_millis();
    let readings = register().into_iter().filter(|reading| reading.t >= since).collect();
    let world = metered_world(pool, connect, readings).await;
    let people = people(&world).await;
    let series = upload(&world, &people, csv(FIRST, "2026-02-01T00:00:00Z")).await;
    let list = baselines::list(&world.ctx, &people.engineer, SLUG).await.unwrap();
    assert_eq!(list.series.len(), 1);
    assert_eq!((list.series[0].0, list.series[0].1.id), (MetricType::Electricity, series));
    fitted(&world, &people, series).await;
    let days = electricity(&world).await;
    assert_eq!(days.len(), 20, "measured by the meter up to this quarter of an hour");
    assert!((share(&days) - Decimal::new(2, 1)).abs() < Decimal::new(1, 2), "{}", share(&days));

    let gas = NewBaseline {
        metric_type: MetricType::Gas,
        material: Material::Metered(Some(series)),
        ..new_baseline()
    };
    let refused = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &gas).await.unwrap_err();
    let Error::Invalid(fields) = refused else { panic!("{refused}") };
    assert_eq!(fields[0].field, "measured_by");
    assert!(fields[0].message.contains("does not count gas"), "{}", fields[0].message);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_a_meter_later_uploads_count(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let people = people(&world).await;
    let series = upload(&world, &people, csv(FIRST, "2026-03-01T07:00:00Z")).await;
    fitted(&world, &people, series).await;
    assert!(electricity(&world).await.iter().all(|p| p.savings_value.is_none()), "nothing is measured yet");

    let again = upload(&world, &people, csv("2026-03-01T07:00:00Z", NOW)).await;
    assert_eq!(again, series, "the same series goes on");
    let days = electricity(&world).await;
    let known: Vec<Performance> = days.into_iter().filter(|p| p.savings_value.is_some()).collect();
    assert!(known.len() >= 19, "{}", known.len());
    assert!((share(&known) - Decimal::new(2, 1)).abs() < Decimal::new(1, 2), "{}", share(&known));
}
