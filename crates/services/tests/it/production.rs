//! Crop cycles held against the baseline's, from the crop plan, harvests and the main meter.

use crate::baselines::{SLUG, activate, day, metered_world, new_baseline, people, register, used};
use crate::world::{World, at};
use chrono::{NaiveDate, TimeDelta};
use domain::access::Permission;
use domain::production::Harvest;
use domain::production::compare::Method;
use domain::production::view::{CycleView, LightOf, Verdict};
use domain::weather::{Hour, StationKind, Weather};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use services::audit::Actor;
use services::baselines::{self, NewBaseline};
use services::production::Asked;
use services::{Error, production, savings, weather};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};

/// What a canopy of these m² is called to be given in so many days, mol: 12 h at 900 µmol·m⁻²·s⁻¹.
fn light(canopy: f64, days: f64) -> f64 {
    canopy * days * 900.0 * 43_200.0 / 1e6
}

/// Harvests of the fixture's cycles: the n-th is planted 66 n days after New Year and cut 63 days later. The last one, the
/// seventh, is cut early, on the 15th of March 2026, with `last` g per mol.
async fn harvest(world: &World, last: f64) {
    let mut tx = world.ctx.db.begin(&world.viewer()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
    let room = store::zones::list(&mut tx, facility.id).await.unwrap()[0].id;
    drop(tx);
    let cut = |cycle: i64, on: NaiveDate, grams: f64| Harvest {
        zone: room,
        day: on,
        crop: "basil".to_owned(),
        cycle: cycle.to_string(),
        dry_g: Decimal::from_f64(grams).map(|g| g.round_dp(1)),
        wet_g: None,
    };
    let planted = |cycle: i64| day("2025-01-01") + TimeDelta::days(66 * cycle);
    // Yields scatter by two parts in a hundred.
    let mut all: Vec<Harvest> = [0.90, 0.91, 0.90, 0.89, 0.91, 0.89]
        .into_iter()
        .zip(0..)
        .map(|(yields, n)| {
            let canopy = [60.0, 70.0, 80.0][usize::try_from(n % 3).unwrap()];
            cut(n, planted(n) + TimeDelta::days(63), yields * light(canopy, 63.0))
        })
        .collect();
    all.push(cut(6, day("2026-03-15"), last * light(60.0, 42.0)));
    production::import_harvests(&world.ctx, Actor::Background("test"), SLUG, &all).await.unwrap();
}

async fn cycle(world: &World, name: &str) -> CycleView {
    let view = production::view(&world.ctx, &world.viewer(), SLUG).await.unwrap();
    view.cycles.into_iter().find(|cycle| cycle.cycle == name).unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_cycle_that_gave_less_for_its_light_flags_its_savings(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let world = metered_world(pool, connect, register()).await;
    let people = people(&world).await;
    harvest(&world, 0.6).await;
    let open = cycle(&world, "3").await.verdict;
    assert_eq!(open, Verdict::Open("There is no active electricity baseline.".to_owned()));
    let new = NewBaseline { effective_from: day("2026-02-01"), ..new_baseline() };
    let id = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate(&world, &people, id).await;

    let second = cycle(&world, "1").await;
    assert_eq!((second.planted, second.harvested), (Some(day("2025-03-08")), day("2025-05-10")));
    assert_eq!(second.verdict, Verdict::Baseline);
    assert!((second.grams_per_mol.unwrap() - 0.91).abs() < 1e-4, "{second:?}");
    // The only room has all of the electricity.
    let kwh: f64 = second.planted.unwrap().iter_days().take(63).map(used).sum();
    assert!((second.energy_kwh.unwrap() / kwh - 1.0).abs() < 1e-5, "{:?} {kwh}", second.energy_kwh);
    let kg = second.mass.unwrap().grams().to_f64().unwrap() / 1_000.0;
    assert!((second.kwh_per_kg.unwrap() / (kwh / kg) - 1.0).abs() < 1e-5);
    let first = cycle(&world, "0").await;
    assert!(matches!(&first.verdict, Verdict::Open(why) if why.contains("crop plan")), "{first:?}");

    // By hand: 0.91, 0.90, 0.89, 0.91, 0.89: mean 0.90, tenth below 0.81; the band of 0.0100 · 2.132 · √1.2 is narrower.
    let last = cycle(&world, "6").await;
    let Verdict::Breach(held) = last.verdict else { panic!("{last:?}") };
    assert!(held.yield_breach && (held.grams_per_mol.0 - 0.9).abs() < 1e-4, "{held:?}");
    assert!((held.grams_per_mol.1 - 0.81).abs() < 1e-4, "{held:?}");
    let flagged = async |from: &str, until: &str| {
        let range = (Some(day(from)), Some(day(until)));
        savings::view(&world.ctx, &world.viewer(), SLUG, range).await.unwrap().breaches
    };
    assert_eq!(flagged("2026-03-01", "2026-03-21").await.len(), 1);
    assert_eq!(flagged("2026-03-16", "2026-03-21").await, []);

    // Weighed again and found to be as ever.
    harvest(&world, 0.9).await;
    let Verdict::Within(_) = cycle(&world, "6").await.verdict else { panic!("0.9 g/mol is usual") };
    assert_eq!(flagged("2026-03-01", "2026-03-21").await, []);

    let stranger = world.scope(world.lakeside, Permission::ViewFacility);
    assert!(matches!(production::view(&world.ctx, &stranger, SLUG).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn cycles_are_compared_by_the_day_of_the_cycle(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    harvest(&world, 0.9).await;
    let (ctx, scope) = (&world.ctx, world.viewer());
    let ask = |a: &str, b: &str| Asked { a: a.to_owned(), b: b.to_owned(), range: "2025-06".to_owned() };
    let room = "flower-1";
    let two = ask(&format!("cycle:{room}:1"), &format!("cycle:{room}:2"));
    let view = production::compare(ctx, &scope, SLUG, &two).await.unwrap();
    assert_eq!(view.method, Method::ByLight, "the only meter is the facility's");
    let (a, b) = view.sides.unwrap();
    assert_eq!((a.from, a.kwh.len(), b.from), (day("2025-03-08"), 63, day("2025-05-13")));
    // The only room has all of the electricity, and its canopy is the plan's.
    for (n, kwh) in a.kwh.iter().enumerate().step_by(10) {
        let used = used(a.from + TimeDelta::days(i64::try_from(n).unwrap()));
        assert!((kwh.unwrap() / used - 1.0).abs() < 1e-5, "day {n}: {kwh:?} {used}");
    }
    assert_eq!((a.canopy_m2, b.canopy_m2), (Some(70.0), Some(80.0)));
    let of_cycle = cycle(&world, "1").await;
    assert!((a.grams_per_mol().unwrap() - of_cycle.grams_per_mol.unwrap()).abs() < 1e-9);

    // A room beside a cycle is shown over the days of the cycle; two rooms over the range.
    let mixed = ask(&format!("room:{room}"), &format!("cycle:{room}:2"));
    let (a, b) = production::compare(ctx, &scope, SLUG, &mixed).await.unwrap().sides.unwrap();
    assert_eq!((a.from, &a.kwh), (b.from, &b.kwh));
    let rooms = ask(&format!("room:{room}"), &format!("room:{room}"));
    let (a, _) = production::compare(ctx, &scope, SLUG, &rooms).await.unwrap().sides.unwrap();
    assert_eq!((a.from, a.kwh.len()), (day("2025-06-01"), 30));
    // Nothing chosen: the newest two cycles of one crop.
    let usual = production::compare(ctx, &scope, SLUG, &Asked::default()).await.unwrap().sides.unwrap();
    assert!(usual.0.label.ends_with("basil 6") && usual.1.label.ends_with("basil 5"), "{}", usual.0.label);

    for (a, b) in [("cycle:flower-1:99", ""), ("room:cellar", ""), ("", "garage")] {
        let asked = Asked { a: a.to_owned(), b: b.to_owned(), range: String::new() };
        assert!(
            matches!(production::compare(ctx, &scope, SLUG, &asked).await, Err(Error::Invalid(_))),
            "{a} {b}"
        );
    }
    assert!(matches!(
        production::compare(ctx, &scope, "nowhere", &Asked::default()).await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn under_glass_light_is_what_the_crop_got(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    let world = metered_world(pool, connect, register()).await;
    let people = people(&world).await;
    harvest(&world, 0.9).await;
    let new = NewBaseline { effective_from: day("2026-02-01"), ..new_baseline() };
    let id = baselines::fit(&world.ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate(&world, &people, id).await;
    sqlx::query("UPDATE facilities SET kind = 'greenhouse'").execute(&mut owner).await.unwrap();
    let light_of = async || production::view(&world.ctx, &world.viewer(), SLUG).await.unwrap().light;
    assert_eq!(light_of().await, LightOf::SunUnknown);
    assert!((cycle(&world, "1").await.grams_per_mol.unwrap() - 0.91).abs() < 1e-4, "by the recipe");

    // 500 W·m⁻² all day and night until the end of the year, then nothing is told.
    let sun = async |from: &str, until: &str| {
        let hour = |start| Hour {
            start,
            temperature_c: Some(10.0),
            dew_point_c: None,
            irradiance_w_m2: Some(500.0),
        };
        let (from, until) = (at(from), at(until));
        let hours = (0..(until - from).num_hours()).map(|h| hour(from + TimeDelta::hours(h))).collect();
        let told = Weather::new(None, false, hours);
        let actor = Actor::Background("test");
        weather::import(&world.ctx, actor, SLUG, (StationKind::Csv, "yard"), &told).await.unwrap();
    };
    sun("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await;
    assert_eq!(light_of().await, LightOf::SunAndLamps);
    // By hand: 500 · 2.02 · 0.6 = 606 µmol·m⁻²·s⁻¹ on 70 m² for 63 days of which one, in March, is an hour short: 230 748 mol. More
    // than the recipe's 38.88 mol·m⁻² a day, so 156 030 g are 0.676 19 g/mol.
    let second = cycle(&world, "1").await;
    assert!((second.light_mol.unwrap() - 230_748.0).abs() < 1.0, "{second:?}");
    assert!((second.grams_per_mol.unwrap() - 0.676_19).abs() < 1e-4, "{second:?}");
    let last = cycle(&world, "6").await;
    assert!(matches!(&last.verdict, Verdict::Open(why) if why.contains("outdoor light")), "{last:?}");
    assert_eq!(last.light_mol, None, "missing is not the recipe");

    sun("2026-01-01T00:00:00Z", "2026-03-20T00:00:00Z").await;
    let last = cycle(&world, "6").await;
    let Verdict::Within(held) = last.verdict else { panic!("{last:?}") };
    // Of the baseline's cycles only the second is within 45 days of the same time of year: all five count.
    assert_eq!(held.against, (5, false));
    // 0.90 of the recipe's 38.88 mol·m⁻² are of 52.358 under the sun.
    assert!((last.grams_per_mol.unwrap() - 0.9 * 38.88 / 52.3584).abs() < 1e-3, "{last:?}");
}
