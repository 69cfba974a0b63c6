use crate::world::{World, cedar_flower, point};
use domain::access::Scope;
use domain::facility::FacilityFile;
use domain::point::{Kind, Metric, PointSpec};
use services::Error;
use services::facilities::{Imported, create_from_file};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const NOW: &str = "2026-11-03T17:07:00Z";

async fn import(world: &World, file: &FacilityFile) -> Imported {
    create_from_file(&world.ctx, world.cedar, file).await.unwrap()
}

async fn stored(world: &World) -> Vec<(PointSpec, bool)> {
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, "cedar-flower").await.unwrap();
    let points = store::points::of_facility(&mut tx, facility.id).await.unwrap();
    points.into_iter().map(|p| (p.spec, p.retired_at.is_some())).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn importing_again_changes_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    let first = import(&world, &cedar_flower()).await;
    assert_eq!((first.added, first.changed, first.retired, first.map_version), (7, 0, 0, 1));
    let again = import(&world, &cedar_flower()).await;
    assert_eq!(again, Imported { added: 0, ..first });
    let specs: Vec<PointSpec> = stored(&world).await.into_iter().map(|(spec, _)| spec).collect();
    assert_eq!(specs, cedar_flower().points);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn changed_points_raise_the_map_version(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    import(&world, &cedar_flower()).await;
    let mut file = cedar_flower();
    file.points[4].valid_max = Some(9_000);
    file.points.push(point(8, "Flower 1 CO2", Metric::Co2, Some("flower-1")));
    let changed = import(&world, &file).await;
    assert_eq!((changed.added, changed.changed, changed.retired, changed.map_version), (1, 1, 0, 2));
    // A changed zone is no matter of the gateway.
    file.zones[0].canopy_m2 = 90.0;
    assert_eq!(import(&world, &file).await.map_version, 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn points_left_out_are_retired_and_can_come_back(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    import(&world, &cedar_flower()).await;
    let mut file = cedar_flower();
    file.points.pop();
    let fewer = import(&world, &file).await;
    assert_eq!((fewer.retired, fewer.map_version), (1, 2));
    assert_eq!(stored(&world).await.iter().filter(|(_, retired)| *retired).count(), 1);
    let map = services::gateways::map(&world.ctx, "cedar-flower").await.unwrap();
    assert_eq!((map.version, map.points), (2, file.points));
    let back = import(&world, &cedar_flower()).await;
    assert_eq!((back.added, back.changed, back.map_version), (0, 1, 3));
    assert!(stored(&world).await.iter().all(|(_, retired)| !retired));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_channel_keeps_its_meaning(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    import(&world, &cedar_flower()).await;
    for change in [
        (|p: &mut PointSpec| p.metric = Metric::OutdoorTemperature) as fn(&mut PointSpec),
        |p| p.decimals = 1,
        |p| p.kind = Kind::Delta,
    ] {
        let mut file = cedar_flower();
        change(&mut file.points[4]);
        let refused = create_from_file(&world.ctx, world.cedar, &file).await.unwrap_err();
        let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].field, "points[4].channel");
        assert!(fields[0].message.contains("Flower 1 temperature"), "{}", fields[0].message);
    }
    assert_eq!(stored(&world).await.len(), 7);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn names_can_be_swapped(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    import(&world, &cedar_flower()).await;
    let mut file = cedar_flower();
    let name = file.points[2].name.clone();
    file.points[2].name = std::mem::replace(&mut file.points[3].name, name);
    assert_eq!(import(&world, &file).await.changed, 2);
    // The name of a retired point is free for another.
    let last = file.points.pop().unwrap();
    file.points.push(PointSpec { channel: 9, ..last });
    let renamed = import(&world, &file).await;
    assert_eq!((renamed.added, renamed.retired), (1, 1));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_wrong_file_and_a_foreign_slug_leave_no_trace(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    let mut file = cedar_flower();
    file.time_zone = "Denver".into();
    let refused = create_from_file(&world.ctx, world.cedar, &file).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(fields) if fields[0].field == "time_zone"));
    import(&world, &cedar_flower()).await;
    let taken = create_from_file(&world.ctx, world.lakeside, &cedar_flower()).await.unwrap_err();
    assert!(matches!(taken, Error::Conflict(_)), "{taken:?}");
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let all = store::facilities::list(&mut tx).await.unwrap();
    assert_eq!(all.iter().map(|f| f.organisation).collect::<Vec<_>>(), [world.cedar]);
}
