//! A month's bill as the baseline expects it and as it was measured, demand charge included.

use crate::baselines::{SLUG, activate, day, metered_world, new_baseline, people, register};
use domain::baseline::MetricType;
use domain::tariff::cost::LineKind;
use rust_decimal::Decimal;
use services::audit::Actor;
use services::baselines::{self, NewBaseline};
use services::{Error, savings, tariffs};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

pub(crate) const TARIFF: &str = r#"{ "zone": "America/Denver", "currency": "USD", "versions": [ { "from": "2024-01-01",
    "fixed_per_day": "3", "energy": [ { "name": "Energy", "rate": "0.1" } ], "demand": [ { "name": "Demand", "rate": "10" } ] } ] }"#;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn both_bills_of_a_month_add_up(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let of = MetricType::Electricity;
    let view = async |month| tariffs::view(ctx, &people.owner, SLUG, of, month).await.unwrap();
    let february = savings::Asked::read("2026-02", "", "").unwrap();
    let none = savings::insight(ctx, &world.viewer(), SLUG, february).await.unwrap().bills;
    assert!(none.unwrap().unwrap_err().contains("no tariff"));
    let empty = view(None).await;
    assert!(empty.tariff.is_none() && empty.bill.is_err() && empty.months.is_empty());
    // The example is one that could be entered as it is.
    domain::tariff::Tariff::from_json(&empty.json).unwrap();

    let new = NewBaseline { effective_from: day("2026-02-01"), ..new_baseline() };
    let id = baselines::fit(ctx, Actor::Person(&people.engineer), SLUG, &new).await.unwrap();
    activate(&world, &people, id).await;
    let broken = tariffs::set(ctx, Actor::Person(&people.owner), SLUG, of, "{}").await;
    assert!(matches!(broken, Err(Error::Invalid(_))));
    tariffs::set(ctx, Actor::Person(&people.owner), SLUG, of, TARIFF).await.unwrap();
    savings::compute_due(ctx, 1_000).await.unwrap();

    let view = view(None).await;
    assert_eq!(view.months, [day("2026-03-01"), day("2026-02-01")]);
    let bill = view.bill.unwrap();
    assert_eq!((bill.month, bill.quarters), (day("2026-02-01"), (28 * 96, 28 * 96)), "the last whole month");
    let mut tx = ctx.db.begin(&world.viewer()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
    let range = (day("2026-02-01"), day("2026-03-01"));
    let quarters = store::savings::intervals(&mut tx, facility.id, of, range).await.unwrap();
    let cents = |amount: Decimal| {
        amount.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
    };
    for (kind, expected, measured) in [
        (
            LineKind::Energy,
            quarters.iter().filter_map(|q| q.counterfactual).sum::<Decimal>() * Decimal::new(1, 1),
            quarters.iter().filter_map(|q| q.actual).sum::<Decimal>() * Decimal::new(1, 1),
        ),
        (
            LineKind::Demand,
            quarters.iter().filter_map(|q| q.counterfactual).max().unwrap() * Decimal::from(40),
            quarters.iter().filter_map(|q| q.actual).max().unwrap() * Decimal::from(40),
        ),
        (LineKind::Fixed, Decimal::from(84), Decimal::from(84)),
    ] {
        let pairs = bill.pairs();
        let pair = pairs.iter().find(|pair| pair.expected.kind == kind).unwrap();
        assert_eq!(pair.expected.amount, cents(expected), "{kind:?}");
        assert_eq!(pair.measured.unwrap().amount, cents(measured), "{kind:?}");
    }
    let avoided: Decimal = bill.pairs().iter().map(domain::tariff::view::Pair::avoided).sum();
    assert_eq!(avoided, bill.cost.total, "the lines add up to the cent");

    let march =
        tariffs::view(ctx, &people.owner, SLUG, of, Some(day("2026-03-05"))).await.unwrap().bill.unwrap();
    assert!(march.month == day("2026-03-01") && march.quarters.0 < march.quarters.1);
    // The dashboard adds both months up, line by line, and shows no bill of a part of one.
    let of_range = async |range: &str| {
        let asked = savings::Asked::read(range, "", "").unwrap();
        savings::insight(ctx, &world.viewer(), SLUG, asked).await.unwrap().bills
    };
    let both = of_range("2026-02-01..2026-03-31").await.unwrap().unwrap();
    assert_eq!(both, [bill.clone(), march.clone()]);
    let lines = domain::tariff::view::summed(&both);
    let kinds: Vec<LineKind> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [LineKind::Energy, LineKind::Fixed, LineKind::Demand]);
    let fixed = &lines[1];
    assert_eq!((fixed.expected, fixed.measured), (Decimal::from(3 * 59), Decimal::from(3 * 59)));
    let avoided: Decimal = lines.iter().map(|line| line.expected - line.measured).sum();
    assert_eq!(avoided, bill.cost.total + march.cost.total);
    assert_eq!(of_range("2026-02").await.unwrap().unwrap(), [bill]);
    assert_eq!(of_range("2026-02-01..2026-02-27").await, None);
    assert!(of_range("2026-01").await.unwrap().unwrap_err().contains("January 2026"), "no savings yet");
    assert!(of_range("2025-02-01..2026-02-28").await.unwrap().unwrap_err().contains("at most 12 months"));
    // In March a fifth less is used, energy and peak alike.
    assert!(march.cost.total > Decimal::ZERO, "{:?}", march.cost.total);
}
