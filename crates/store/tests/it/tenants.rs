//! Two customers on a database of their own.

use domain::access::{Grant, OrganisationKind, Permission, Principal, Role, Scope};
use domain::facility::{FacilityFile, FacilityKind, ZoneSpec};
use domain::id::{FacilityId, OrganisationId, UserId};
use domain::point::{Kind, Metric, PointSpec};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::Db;
use store::organisations::{Organisation, organisation_insert};

pub(crate) struct Tenants {
    pub(crate) db: Db,
    pub(crate) a: OrganisationId,
    pub(crate) b: OrganisationId,
}

impl Tenants {
    pub(crate) async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let db = Db::from_options(pool, connect);
        let [vendor, a, b] = [1, 2, 3].map(|n| OrganisationId(uuid::Uuid::from_u128(n)));
        let mut tx = db.begin(&Scope::system()).await.unwrap();
        for (id, name, kind, vendor) in [
            (vendor, "Northlight Energy", OrganisationKind::Vendor, None),
            (a, "Cedar Flower Co-op", OrganisationKind::Customer, Some(vendor)),
            (b, "Lakeside Greens", OrganisationKind::Customer, Some(vendor)),
        ] {
            let organisation = Organisation { id, name: name.into(), kind, vendor };
            organisation_insert(&mut tx, &organisation, "2026-01-01T00:00:00Z".parse().unwrap())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        Self { db, a, b }
    }

    /// The scope of one membership.
    pub(crate) fn scope(
        &self,
        organisation: OrganisationId,
        role: Role,
        facilities: Option<Vec<FacilityId>>,
        permission: Permission,
    ) -> Scope {
        let principal = Principal {
            user: UserId(uuid::Uuid::from_u128(9)),
            name: role.label().into(),
            home: organisation,
            grants: vec![Grant { organisation, role, facilities }],
        };
        principal.scope(permission).unwrap()
    }
}

/// A facility with one flower room.
pub(crate) fn flower(slug: &str) -> FacilityFile {
    FacilityFile {
        slug: slug.into(),
        name: "Cedar Flower".into(),
        kind: FacilityKind::Indoor,
        time_zone: "America/Denver".into(),
        latitude: 39.7,
        longitude: -105.0,
        currency: "USD".into(),
        zones: vec![ZoneSpec {
            slug: "flower-1".into(),
            name: "Flower 1".into(),
            stage: "flower".into(),
            canopy_m2: 80.0,
            lights_on_min: 360,
            photoperiod_min: 720,
            leaf_offset_k: -2.0,
        }],
        points: vec![],
    }
}

/// A temperature sensor of the flower room.
pub(crate) fn sensor(channel: u32, name: &str) -> PointSpec {
    PointSpec {
        channel,
        name: name.into(),
        zone: Some("flower-1".into()),
        metric: Metric::Temperature,
        kind: Kind::Gauge,
        decimals: 2,
        end_use: None,
        interval_ms: 10_000,
        modulus: None,
        rate_max: None,
        valid_min: Some(-4_000),
        valid_max: Some(8_000),
        source: None,
    }
}
