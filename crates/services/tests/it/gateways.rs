use crate::world::{World, cedar_flower};
use domain::access::Scope;
use integrations::broker_admin::BrokerAdmin;
use services::facilities::create_from_file;
use services::{Error, gateways};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::gateways::Gateway;

const NOW: &str = "2026-11-03T17:07:00Z";

/// A broker that is not there: nothing listens on a port that was just given back.
fn nobody() -> BrokerAdmin {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    BrokerAdmin::new(&format!("mqtt://admin:x@127.0.0.1:{port}")).unwrap()
}

async fn gateway(world: &World) -> Gateway {
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    store::gateways::list(&mut tx).await.unwrap().remove(0)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_the_broker_nothing_is_provisioned(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    create_from_file(&world.ctx, world.cedar, &cedar_flower()).await.unwrap();
    let away =
        gateways::provision(&world.ctx, &nobody(), "cedar-flower", "mqtt://127.0.0.1").await.unwrap_err();
    assert!(matches!(away, Error::Unavailable(_)), "{away:?}");
    assert_eq!(gateway(&world).await.provisioned_at, None);
    let unknown =
        gateways::provision(&world.ctx, &nobody(), "nowhere", "mqtt://127.0.0.1").await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound), "{unknown:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_revocation_holds_even_while_the_broker_is_away(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    create_from_file(&world.ctx, world.cedar, &cedar_flower()).await.unwrap();
    let away = gateways::revoke(&world.ctx, &nobody(), "cedar-flower").await.unwrap_err();
    assert!(matches!(away, Error::Unavailable(_)), "{away:?}");
    let revoked_at = gateway(&world).await.revoked_at;
    assert_eq!(revoked_at, Some(world.ctx.clock.now()));
    world.ctx.clock.advance(chrono::TimeDelta::hours(1));
    gateways::revoke(&world.ctx, &nobody(), "cedar-flower").await.unwrap_err();
    assert_eq!(gateway(&world).await.revoked_at, revoked_at, "the first revocation counts");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_map_samples_as_often_as_the_quickest_point(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = World::new(pool, connect, NOW).await;
    let mut file = cedar_flower();
    create_from_file(&world.ctx, world.cedar, &file).await.unwrap();
    let map = gateways::map(&world.ctx, "cedar-flower").await.unwrap();
    assert_eq!((map.version, map.tick_ms, map.ticks_per_envelope), (1, 5_000, 1));
    assert_eq!(map.points, file.points);
    file.points[1].interval_ms = 1_000;
    create_from_file(&world.ctx, world.cedar, &file).await.unwrap();
    let map = gateways::map(&world.ctx, "cedar-flower").await.unwrap();
    assert_eq!((map.version, map.tick_ms, map.ticks_per_envelope), (2, 1_000, 5));
}
