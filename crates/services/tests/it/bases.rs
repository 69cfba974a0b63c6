//! Savings on other bases, against facilities whose every kilowatt-hour is known.

use crate::baselines::{
    NOW, SLUG, activate, activate_chosen, canopy, counter, day, grown_world, mean_celsius, new_baseline,
    people, photons, register_until,
};
use crate::tariffs::TARIFF;
use crate::world::{World, meter, point};
use chrono::{Datelike, NaiveDate};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::point::{EndUse, Metric, PointSpec};
use domain::savings::bases::{BasesView, FactorSource, Reconciled};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use services::audit::Actor;
use services::baselines::{self, Material, NewBaseline};
use services::savings::{self, AskedBases};
use services::{Error, tariffs};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeMap;

const NO_PLANT: [&str; 4] = [""; 4];

async fn asked(world: &World, range: &str, metric: &str, plant: [&str; 4]) -> BasesView {
    let asked = AskedBases::read(range, metric, "", plant).unwrap();
    savings::bases(&world.ctx, &world.viewer(), SLUG, &asked).await.unwrap()
}

fn main_meter() -> PointSpec {
    PointSpec { interval_ms: 900_000, ..meter(1, "Main energy", Metric::Energy, EndUse::Total) }
}

async fn active(world: &World) {
    let people = people(world).await;
    let engineer = Actor::Person(&people.engineer);
    let id = baselines::fit(&world.ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    activate(world, &people, id).await;
}

/// The normal year by hand: the mean of each day over all years that were measured, the canopy of 2025.
fn normal_use(end: NaiveDate) -> f64 {
    let mut sums: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
    for of in day("2025-01-01").iter_days().take_while(|of| *of < end) {
        let sum = sums.entry((of.month(), of.day())).or_default();
        *sum = (sum.0 + mean_celsius(of), sum.1 + 1.0);
    }
    let of = |((month, of), (sum, n)): ((u32, u32), (f64, f64))| {
        let grown = NaiveDate::from_ymd_opt(2025, month, of).unwrap();
        120.0 + photons(grown) * 0.16 + 4.0 * (sum / n - 12.0).max(0.0)
    };
    sums.into_iter().map(of).sum()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_normal_year_is_told_once_every_season_was_measured(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    // From March 2026 a fifth less is used of everything; this is eleven months later.
    let now = "2027-02-10T18:07:00Z";
    let world = grown_world(pool, connect, now, vec![(main_meter(), register_until(now))]).await;
    assert!(
        asked(&world, "", "", NO_PLANT).await.normalised.unwrap_err().reason.contains("no active baseline")
    );
    active(&world).await;
    let view = asked(&world, "", "", NO_PLANT).await;
    assert_eq!((view.from, view.until, view.range.as_str()), (day("2026-03-01"), day("2027-02-10"), ""));
    let found = view.normalised.unwrap();
    let expected = normal_use(day("2027-02-10"));
    assert_eq!((found.days, found.left_out, found.fitted_days), (365, 0, 346));
    assert_eq!(found.plan, (day("2025-01-01"), day("2025-12-31")));
    assert_eq!(found.over, Some((day("2025-01-01"), day("2027-02-09"))));
    assert!((found.before - expected).abs() < 0.01 * expected, "{found:?} {expected}");
    assert!((found.after - 0.8 * expected).abs() < 0.01 * expected, "{found:?} {expected}");
    assert!((found.savings - (found.before - found.after)).abs() < 1e-6);
    assert!((found.share.unwrap() - 0.2).abs() < 0.01, "{found:?}");
    let band = found.band.unwrap();
    assert!((found.savings - 0.2 * expected).abs() < 0.01 * expected && band.half_width > 0.0, "{band:?}");
    assert!(band.half_width < 0.1 * found.savings, "{band:?}");

    let season = asked(&world, "2026-06", "", NO_PLANT).await.normalised.unwrap_err();
    assert!(season.reason.contains("spans 30 measured days") && season.reason.contains("329"), "{season:?}");
    assert!(season.what_to_do.contains("on 2027-04-26"), "{season:?}");
}

/// Rows as a request brings them, by the outdoor temperature alone.
fn given() -> Material {
    let row = |of: NaiveDate| recompute::Day {
        day: of,
        observed: Some(300.0 + 4.0 * (mean_celsius(of) - 12.0).max(0.0)),
        temperature_c: Some(mean_celsius(of)),
        drivers: vec![],
    };
    let days = day("2025-01-01").iter_days().take(365).map(row).collect();
    Material::Given(recompute::Days { names: vec![], days })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_weather_there_is_no_normal_year(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    let file = crate::world::cedar_flower();
    services::facilities::create_from_file(&world.ctx, world.cedar, &file).await.unwrap();
    let people = people(&world).await;
    let engineer = Actor::Person(&people.engineer);
    let new = NewBaseline { material: given(), ..new_baseline() };
    let id = baselines::fit(&world.ctx, engineer, SLUG, &new).await.unwrap();
    let chosen = baselines::choose(&world.ctx, engineer, SLUG, id, "caltrack-daily", "No crop in it.");
    chosen.await.unwrap();
    activate_chosen(&world, &people, id).await;
    let view = asked(&world, "", "", NO_PLANT).await;
    let missing = view.normalised.unwrap_err();
    assert!(
        missing.reason.contains("no normal year") && missing.what_to_do.contains("Upload"),
        "{missing:?}"
    );
    assert!(view.avoided.is_err(), "nothing was measured: {:?}", view.avoided);
    let few = view.option_b.unwrap().reconciled.unwrap_err();
    assert!(few.reason.contains("know 0 days of the baseline and 0 days of the range"), "{few:?}");

    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    let asked = AskedBases::read("", "", "", NO_PLANT).unwrap();
    let nobody = savings::bases(&world.ctx, &stranger, SLUG, &asked).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

fn since(of: NaiveDate) -> bool {
    of >= day("2026-03-01")
}

/// Lamps take 0.16 kWh per mol, from March 2026 on 0.12.
fn lighting(of: NaiveDate) -> f64 {
    photons(of) * if since(of) { 0.12 } else { 0.16 }
}

/// A quarter of the lamps' energy on top of what the weather asks for.
fn climate(of: NaiveDate) -> f64 {
    let cooling = (mean_celsius(of) * 9.0 / 5.0 + 32.0 - 65.0).max(0.0);
    20.0 + 0.25 * lighting(of) + 2.0 * cooling
}

/// A facility of lamps, climate and 100 kWh a day that scatter by 20; from March 2026 on `more` is used by something else.
async fn sub_metered(pool: PgPoolOptions, connect: PgConnectOptions, more: f64) -> World {
    let hourly = |channel, name, end_use| PointSpec {
        interval_ms: 3_600_000,
        ..meter(channel, name, Metric::Energy, end_use)
    };
    let scatter = |of: NaiveDate| f64::from(of.num_days_from_ce() % 997 * 7_919 % 41) - 20.0;
    let rest = |of: NaiveDate| 100.0 + scatter(of) + if since(of) { more } else { 0.0 };
    let meters = vec![
        (main_meter(), counter(NOW, 15, |of| rest(of) + lighting(of) + climate(of))),
        (hourly(3, "Lighting energy", EndUse::Lighting), counter(NOW, 60, lighting)),
        (hourly(4, "HVAC energy", EndUse::Hvac), counter(NOW, 60, climate)),
    ];
    let world = grown_world(pool, connect, NOW, meters).await;
    active(&world).await;
    savings::compute_due(&world.ctx, 1_000).await.unwrap();
    world
}

/// Photons of the range's whole days, mol.
fn called_for() -> f64 {
    day("2026-03-01").iter_days().take(19).map(photons).sum()
}

fn close(found: f64, expected: f64, share: f64) {
    assert!((found - expected).abs() < share * expected.abs(), "{found} is not {expected}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn sub_meters_and_the_main_meter_agree(pool: PgPoolOptions, connect: PgConnectOptions) {
    assert!(day("2026-03-01").iter_days().take(19).any(|of| canopy(of) > 0));
    let world = sub_metered(pool, connect, 0.0).await;
    let view = asked(&world, "", "", NO_PLANT).await;
    let found = view.option_b.unwrap();
    let named: Vec<_> = found.parts.iter().map(|p| (p.end_use, p.meters.clone())).collect();
    let expected = [(EndUse::Lighting, "Lighting energy"), (EndUse::Hvac, "HVAC energy")]
        .map(|(e, n)| (e, vec![n.to_owned()]));
    assert_eq!(named, expected);
    let lamps = &found.parts[0];
    assert_eq!((lamps.before_days, lamps.after_days), (365, 19));
    close(lamps.after.unwrap(), 0.12 * called_for() / 19.0, 0.001);
    close(lamps.saved.unwrap().value, 0.04 * called_for(), 0.01);
    // A quarter of the lamps' saving, at the same weather.
    close(found.parts[1].saved.unwrap().value, 0.01 * called_for(), 0.02);
    let told: Reconciled = found.reconciled.unwrap();
    assert_eq!((told.days, told.source), (19, FactorSource::SubMeters(365)));
    close(told.factor.value, 0.25, 0.01);
    close(told.option_b.value, 0.05 * called_for(), 0.01);
    let whole: Decimal = view.avoided.unwrap().totals.savings;
    assert!((told.option_c.value - whole.to_f64().unwrap()).abs() < 1e-6, "the same days as are billed");
    assert!((told.option_c.value - 0.05 * called_for()).abs() < told.option_c.band, "{told:?}");
    assert!((told.difference - (told.option_c.value - told.option_b.value)).abs() < 1e-6);
    assert!(told.agrees, "{told:?}");

    // Stated figures: 0.9 ÷ 3 − 0.1 ÷ 1, and a quarter of it unsure.
    let stated = asked(&world, "", "", ["90", "3", "10", "1"]).await.option_b.unwrap().reconciled.unwrap();
    assert_eq!(stated.source, FactorSource::Plant);
    assert!((stated.factor.value - 0.2).abs() < 1e-12 && (stated.factor.band - 0.05).abs() < 1e-12);
    close(stated.option_b.value, 0.048 * called_for(), 0.01);

    let water = asked(&world, "", "water", NO_PLANT).await;
    assert!(water.option_b.unwrap_err().reason.contains("no active baseline of water"));
    let week = asked(&world, "2026-03-12..2026-03-18", "", NO_PLANT).await.option_b.unwrap();
    assert!(week.reconciled.unwrap_err().reason.contains("7 days of the range"), "too few");
    let short = asked(&world, "", "", NO_PLANT).await.normalised.unwrap_err();
    assert!(short.reason.contains("spans 19 measured days"), "{short:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_not_at_the_sub_meters_parts_them(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = sub_metered(pool, connect, 60.0).await;
    let told = asked(&world, "", "", NO_PLANT).await.option_b.unwrap().reconciled.unwrap();
    assert!(!told.agrees, "{told:?}");
    // Sixty a day that only the main meter sees.
    assert!((told.difference + 60.0 * 19.0).abs() < told.band, "{told:?}");
    close(told.option_b.value, 0.05 * called_for(), 0.01);
}

/// A baseline that says what every day uses.
async fn stated(world: &World, people: &crate::baselines::People, metric: MetricType, per_day: i64) {
    let material =
        Material::Stated { per_day: Decimal::from(per_day), reason: "As both sides say.".to_owned() };
    let new = NewBaseline { metric_type: metric, material, ..new_baseline() };
    let id = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate_chosen(world, people, id).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn gas_that_pays_for_electricity_is_not_hidden(pool: PgPoolOptions, connect: PgConnectOptions) {
    // 480 of 500 kWh of electricity and 120 for 100 kWh of gas, each of 19 days.
    let kind = domain::point::Kind::Counter;
    let gas = PointSpec { interval_ms: 900_000, kind, ..point(2, "Main gas", Metric::Gas, None) };
    let meters = vec![(main_meter(), counter(NOW, 15, |_| 480.0)), (gas, counter(NOW, 15, |_| 120.0))];
    let world = grown_world(pool, connect, NOW, meters).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let owner = Actor::Person(&people.owner);
    let emitting = |rate: &str, co2e: &str| {
        TARIFF
            .replace("\"rate\": \"0.1\"", &format!("\"rate\": \"{rate}\""))
            .replace("\"fixed_per_day\"", &format!("\"co2e_kg_per_kwh\": \"{co2e}\", \"fixed_per_day\""))
    };
    let electricity = emitting("0.1", "0.5");
    tariffs::set(ctx, owner, SLUG, MetricType::Electricity, &electricity).await.unwrap();
    stated(&world, &people, MetricType::Electricity, 500).await;
    savings::compute_due(ctx, 1_000).await.unwrap();
    let alone = asked(&world, "", "", NO_PLANT).await.fuels;
    assert_eq!(alone.fuels.len(), 2, "gas is metered");
    assert!(alone.net.unwrap_err().reason.contains("Gas is metered, but has no active baseline"));

    stated(&world, &people, MetricType::Gas, 100).await;
    savings::compute_due(ctx, 1_000).await.unwrap();
    let unpriced = asked(&world, "", "", NO_PLANT).await.fuels;
    assert!(unpriced.net.unwrap_err().reason.contains("Gas has no price for every day"));

    tariffs::set(ctx, owner, SLUG, MetricType::Gas, &emitting("0.04", "0.2")).await.unwrap();
    savings::compute_due(ctx, 1_000).await.unwrap();
    let view = asked(&world, "", "", NO_PLANT).await;
    let both = view.fuels;
    let of = |n: usize| {
        let fuel = &both.fuels[n];
        (fuel.metric, fuel.days, fuel.avoided.unwrap().round(), fuel.cost, fuel.co2e_kg.unwrap().round())
    };
    let d = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(of(0), (MetricType::Electricity, 19, d("380"), Some(d("38.00")), d("190")));
    assert_eq!(of(1), (MetricType::Gas, 19, d("-380"), Some(d("-15.20")), d("-76")));
    let net = both.net.unwrap();
    assert_eq!((net.avoided_cost, net.avoided_co2e_kg.unwrap().round()), (d("22.80"), d("114")));
    let missing = view.normalised.unwrap_err();
    assert!(missing.reason.contains("stated value"), "{missing:?}");
    let none = view.option_b.unwrap_err();
    assert!(none.reason.contains("no sub-meter"), "{none:?}");
    assert!(view.avoided.unwrap().band.is_none(), "a stated value has no errors");
}
