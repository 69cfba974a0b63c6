//! Facilities, zones, gateways and points: what each statement does, and who sees the rows.

use crate::tenants::{Tenants, flower, sensor};
use chrono::{DateTime, Utc};
use domain::access::{Permission, Role, Scope};
use domain::id::{FacilityId, GatewayId, PointId};
use domain::point::{Metric, PointSpec};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::points::Place;
use store::{Error, facilities, gateways, points, zones};

fn now() -> DateTime<Utc> {
    "2026-11-03T17:07:00Z".parse().unwrap()
}

/// A facility of tenant A with a zone, a gateway and a point.
async fn set_up(tenants: &Tenants) -> (FacilityId, GatewayId, PointId) {
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    let file = flower("cedar-flower");
    let facility = facilities::upsert(&mut tx, tenants.a, &file).await.unwrap();
    let zone = zones::upsert(&mut tx, tenants.a, facility, 0, &file.zones[0]).await.unwrap();
    let gateway = gateways::ensure(&mut tx, tenants.a, facility, "gateway").await.unwrap();
    let place = Place { organisation: tenants.a, facility, gateway, zone: Some(zone) };
    let point = points::upsert(&mut tx, place, &sensor(1, "Temperature")).await.unwrap();
    tx.commit().await.unwrap();
    (facility, gateway, point)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_facility_is_found_and_brought_up_to_date(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, ..) = set_up(&tenants).await;
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    let mut file = flower("cedar-flower");
    file.name = "Cedar Flower West".into();
    assert_eq!(facilities::upsert(&mut tx, tenants.a, &file).await.unwrap(), facility);
    let found = facilities::by_slug(&mut tx, "cedar-flower").await.unwrap();
    assert_eq!(
        (found.name.as_str(), found.organisation, found.time_zone),
        ("Cedar Flower West", tenants.a, chrono_tz::America::Denver)
    );
    let taken = facilities::upsert(&mut tx, tenants.b, &file).await.unwrap_err();
    assert!(matches!(taken, Error::Conflict { constraint } if constraint == "facilities_slug_key"));
    assert!(matches!(facilities::by_slug(&mut tx, "nowhere").await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn zones_keep_the_order_of_the_file(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, ..) = set_up(&tenants).await;
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    let mut second = flower("x").zones.remove(0);
    second.slug = "a-veg".into();
    zones::upsert(&mut tx, tenants.a, facility, 1, &second).await.unwrap();
    let slugs = |zones: Vec<zones::Zone>| zones.into_iter().map(|z| z.spec.slug).collect::<Vec<_>>();
    assert_eq!(slugs(zones::list(&mut tx, facility).await.unwrap()), ["flower-1", "a-veg"]);
    let before = zones::list(&mut tx, facility).await.unwrap().remove(1);
    second.canopy_m2 = 12.5;
    assert_eq!(zones::upsert(&mut tx, tenants.a, facility, -1, &second).await.unwrap(), before.id);
    let after = zones::list(&mut tx, facility).await.unwrap().remove(0);
    assert_eq!((after.id, after.spec.canopy_m2), (before.id, 12.5));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_gateway_is_made_once_and_its_state_kept(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, gateway, _) = set_up(&tenants).await;
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    assert_eq!(gateways::ensure(&mut tx, tenants.a, facility, "gateway").await.unwrap(), gateway);
    assert_eq!(gateways::map_version(&mut tx, gateway).await.unwrap(), 1);
    assert_eq!(gateways::raise_map_version(&mut tx, gateway).await.unwrap(), 2);
    gateways::set_revoked(&mut tx, gateway, now()).await.unwrap();
    gateways::set_revoked(&mut tx, gateway, now() + chrono::TimeDelta::hours(1)).await.unwrap();
    let of_facility = gateways::of_facility(&mut tx, facility).await.unwrap();
    assert_eq!(of_facility, gateways::list(&mut tx).await.unwrap());
    assert_eq!((of_facility[0].revoked_at, of_facility[0].map_version), (Some(now()), 2));
    gateways::set_provisioned(&mut tx, gateway, now()).await.unwrap();
    let again = gateways::list(&mut tx).await.unwrap().remove(0);
    assert_eq!((again.provisioned_at, again.revoked_at), (Some(now()), None));
    let stranger = GatewayId(uuid::Uuid::from_u128(99));
    assert!(matches!(gateways::map_version(&mut tx, stranger).await, Err(Error::NotFound)));
    assert!(matches!(gateways::set_revoked(&mut tx, stranger, now()).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_point_comes_back_as_it_went_in(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, gateway, point) = set_up(&tenants).await;
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    let place = Place { organisation: tenants.a, facility, gateway, zone: None };
    let mut meter = sensor(2, "Main energy");
    (meter.metric, meter.kind, meter.zone) = (Metric::Energy, domain::point::Kind::Counter, None);
    meter.end_use = Some(domain::point::EndUse::Total);
    (meter.modulus, meter.rate_max) = (Some(1 << 32), Some(500_000));
    meter.source = Some(domain::point::Source::Modbus {
        address: "10.0.0.7:502".into(),
        unit: 1,
        function: 4,
        register: 342,
        encoding: domain::point::Encoding::F32Be,
        scale: 1000.into(),
    });
    points::upsert(&mut tx, place, &meter).await.unwrap();
    let stored = points::of_gateway(&mut tx, gateway).await.unwrap();
    assert_eq!(
        stored.iter().map(|p| p.spec.clone()).collect::<Vec<_>>(),
        [sensor(1, "Temperature"), meter.clone()]
    );
    assert_eq!(stored, points::of_facility(&mut tx, facility).await.unwrap());
    points::retire(&mut tx, point, now()).await.unwrap();
    assert_eq!(points::of_gateway(&mut tx, gateway).await.unwrap()[0].retired_at, Some(now()));
    points::park_names(&mut tx, &[point]).await.unwrap();
    let renamed = PointSpec { name: "Temperature".into(), ..meter };
    points::upsert(&mut tx, place, &renamed).await.unwrap();
    let names: Vec<String> =
        points::of_gateway(&mut tx, gateway).await.unwrap().into_iter().map(|p| p.spec.name).collect();
    assert_eq!(names, ["Temperature (channel 1)", "Temperature"]);
    let clash = points::upsert(&mut tx, place, &sensor(3, "Temperature")).await.unwrap_err();
    assert!(matches!(clash, Error::Conflict { constraint } if constraint == "points_facility_id_name_key"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_are_seen_by_their_tenant_alone(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, gateway, _) = set_up(&tenants).await;
    let seen = async |scope: &Scope| {
        let mut tx = tenants.db.begin(scope).await.unwrap();
        [
            facilities::list(&mut tx).await.unwrap().len(),
            zones::list(&mut tx, facility).await.unwrap().len(),
            gateways::list(&mut tx).await.unwrap().len(),
            gateways::of_facility(&mut tx, facility).await.unwrap().len(),
            gateways::progress(&mut tx, now()).await.unwrap().len(),
            points::of_facility(&mut tx, facility).await.unwrap().len(),
            points::of_gateway(&mut tx, gateway).await.unwrap().len(),
        ]
    };
    let whole = |organisation| tenants.scope(organisation, Role::Viewer, None, Permission::ViewFacility);
    assert_eq!(seen(&whole(tenants.a)).await, [1; 7]);
    assert_eq!(seen(&whole(tenants.b)).await, [0; 7]);
    let single = |id| tenants.scope(tenants.a, Role::Viewer, Some(vec![id]), Permission::ViewFacility);
    assert_eq!(seen(&single(facility)).await, [1; 7]);
    assert_eq!(seen(&single(FacilityId(uuid::Uuid::from_u128(7)))).await, [0; 7]);
    // A request may not write them, whatever its scope.
    let mut tx = tenants.db.begin(&whole(tenants.a)).await.unwrap();
    assert!(gateways::set_revoked(&mut tx, gateway, now()).await.is_err());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn progress_counts_what_was_received_lately(pool: PgPoolOptions, connect: PgConnectOptions) {
    let tenants = Tenants::new(pool, connect).await;
    let (facility, gateway, _) = set_up(&tenants).await;
    let mut tx = tenants.db.begin(&Scope::system()).await.unwrap();
    for (boot, seq, minutes_ago) in [(5, 1, 90), (5, 2, 30), (6, 1, 10)] {
        let received = now() - chrono::TimeDelta::minutes(minutes_ago);
        // Old readings that came late count when they came.
        let read = received - chrono::TimeDelta::days(40);
        sqlx::query("SELECT ensure_envelope_partition($1)").bind(read).execute(&mut *tx).await.unwrap();
        sqlx::query(
            "INSERT INTO envelopes (gateway_id, boot, seq, t0, t1, organisation_id, facility_id, samples, received_at,
                payload) VALUES ($1, $2, $3, $4, $4, $5, $6, 40, $7, '')",
        )
        .bind(gateway.0)
        .bind(boot)
        .bind(seq)
        .bind(read)
        .bind(tenants.a.0)
        .bind(facility.0)
        .bind(received)
        .execute(&mut *tx)
        .await
        .unwrap();
        let mark = store::watermarks::Mark { gateway, organisation: tenants.a, facility, boot, seq };
        store::watermarks::raise(&mut tx, &[mark], received).await.unwrap();
    }
    let progress = gateways::progress(&mut tx, now() - chrono::TimeDelta::hours(1)).await.unwrap();
    let expected = gateways::Progress { gateway, boot: Some(6), seq: Some(1), envelopes: 2, samples: 80 };
    assert_eq!(progress, [expected]);
}
