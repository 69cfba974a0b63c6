//! Two facilities together: how much of their errors is the same is measured where there was no measure.

use crate::baselines::{NOW, SLUG, day, mean_celsius, metered_world, new_baseline, people, with_weather};
use crate::world::{World, cedar_flower};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::baseline::{BaselineState, MetricType, Party};
use domain::savings::portfolio::{Common, PortfolioView};
use domain::savings::{FigureState, Performance};
use recompute::{Day, Days};
use rust_decimal::Decimal;
use services::audit::Actor;
use services::baselines::{self, Material, NewBaseline};
use services::savings::{self, Asked};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::savings::Place;

const SECOND: &str = "cedar-dry";

/// A year of rows: 300 kWh, cooling, and what each month has above or below that.
fn rows(of_month: impl Fn(u32) -> f64) -> Days {
    let row = |of: NaiveDate| {
        let scatter = f64::from(of.num_days_from_ce() % 997 * 7_919 % 11) - 5.0;
        let cooling = 4.0 * (mean_celsius(of) - 12.0).max(0.0);
        Day {
            day: of,
            observed: Some(300.0 + cooling + scatter + of_month(of.month())),
            temperature_c: Some(mean_celsius(of)),
            drivers: vec![],
        }
    };
    Days { names: vec![], days: day("2025-01-01").iter_days().take(365).map(row).collect() }
}

/// An active baseline of these rows, by the weather alone, and a day of savings. Steps have tests of their own.
async fn saved(world: &World, engineer: Actor<'_>, slug: &str, days: Days) {
    let new = NewBaseline { material: Material::Given(days), ..new_baseline() };
    let id = baselines::fit(&world.ctx, engineer, slug, &new).await.unwrap();
    baselines::choose(&world.ctx, engineer, slug, id, "caltrack-daily", "Weather alone.").await.unwrap();
    let mut tx = world.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
    let (active, by) = (BaselineState::Active, Some(Party::Vendor));
    store::baselines::set_state(&mut tx, id, active, by, world.ctx.clock.now()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, slug).await.unwrap();
    let (metric, of) = (MetricType::Electricity, day("2026-03-02"));
    let performance = Performance {
        day: of,
        metric_type: metric,
        baseline: Some(id),
        baseline_value: Some(Decimal::from(300)),
        actual_value: Some(Decimal::from(240)),
        savings_value: Some(Decimal::from(60)),
        unit: metric.unit().to_owned(),
        baseline_cost: None,
        cost_savings: None,
        currency: facility.currency.clone(),
        coverage: 1.0,
        state: FigureState::Provisional,
        flags: vec![],
        revision: 1,
        computed_at: DateTime::<Utc>::default(),
    };
    let place = Place { organisation: facility.organisation, facility: facility.id, metric, day: of };
    store::savings::performance_upsert(&mut tx, place, &performance, None).await.unwrap();
    tx.commit().await.unwrap();
}

async fn together(world: &World) -> PortfolioView {
    let asked = Asked::read("2026-03", "", "").unwrap();
    savings::portfolio(&world.ctx, &world.viewer(), asked).await.unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_facilities_have_in_common_is_measured(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let mut file = cedar_flower();
    file.slug = SECOND.into();
    services::facilities::create_from_file(&world.ctx, world.cedar, &file).await.unwrap();
    with_weather(&world, SECOND, NOW).await;
    let people = people(&world).await;
    let engineer = Actor::Person(&people.engineer);
    // Both err alike by the month, which weather does not explain; the second one twice as much.
    let shock = |month: u32| {
        [9.0, -8.0, 3.0, 12.0, -11.0, 2.0, 7.0, -5.0, -9.0, 10.0, -3.0, -7.0][month as usize - 1]
    };
    saved(&world, engineer, SLUG, rows(shock)).await;
    let alone = together(&world).await;
    assert_eq!((alone.common, alone.together.unwrap().facilities), (Common::ASSUMED, 1));

    saved(&world, engineer, SECOND, rows(|month| 2.0 * shock(month))).await;
    let both = together(&world).await;
    assert_eq!(both.common.measured, Some((2, 12)));
    assert!(both.common.share > 0.95, "{:?}", both.common);
    let bands: Vec<f64> = both.rows.iter().map(|row| row.band.unwrap().half_width).collect();
    let (squares, sum) = (bands.iter().map(|b| b * b).sum::<f64>(), bands.iter().sum::<f64>());
    let c = both.common.share;
    let by_hand = ((1.0 - c) * squares + c * sum * sum).sqrt();
    assert!((both.together.unwrap().band.unwrap().half_width - by_hand).abs() < 1e-9, "{bands:?}");
}
