//! Two customers of one vendor on a database of their own, at a fixed time, with telemetry as ingest leaves it.

use chrono::{DateTime, Utc};
use domain::access::{Grant, OrganisationKind, Permission, Principal, Role, Scope};
use domain::counter::{Meter, Reading};
use domain::facility::{FacilityFile, FacilityKind, ZoneSpec};
use domain::id::{GatewayId, OrganisationId, UserId};
use domain::point::{EndUse, Kind, Metric, PointSpec};
use domain::range::Granularity;
use domain::summary::{Row, encode_row, fold, merge_rows};
use domain::time::bucket_start;
use integrations::mail::Mailer;
use services::live::Hub;
use services::{Clock, Context};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeMap;
use store::organisations::{Organisation, organisation_insert};
use store::rollups::NewRow;
use store::{Db, facilities, gateways, points, rollups};

pub(crate) struct World {
    pub(crate) ctx: Context,
    pub(crate) cedar: OrganisationId,
    pub(crate) lakeside: OrganisationId,
}

impl World {
    pub(crate) async fn new(pool: PgPoolOptions, connect: PgConnectOptions, now: &str) -> Self {
        let ctx = Context {
            db: Db::from_options(pool, connect),
            live: Hub::default(),
            mailer: Mailer::Log,
            clock: Clock::fixed(at(now)),
            origin: "http://localhost:3000".into(),
            signer: None,
            broker_session: std::sync::Arc::default(),
        };
        let (vendor, cedar, lakeside) = (id(1), id(2), id(3));
        let mut tx = ctx.db.begin(&Scope::system()).await.unwrap();
        for (id, name, kind, vendor) in [
            (vendor, "Northlight Energy", OrganisationKind::Vendor, None),
            (cedar, "Cedar Flower Co-op", OrganisationKind::Customer, Some(vendor)),
            (lakeside, "Lakeside Greens", OrganisationKind::Customer, Some(vendor)),
        ] {
            let organisation = Organisation { id, name: name.into(), kind, vendor };
            organisation_insert(&mut tx, &organisation, ctx.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        Self { ctx, cedar, lakeside }
    }

    /// What a viewer of the organisation may see.
    pub(crate) fn scope(&self, organisation: OrganisationId, permission: Permission) -> Scope {
        let grants = vec![Grant { organisation, role: Role::Owner, facilities: None }];
        let principal = Principal {
            user: UserId(uuid::Uuid::from_u128(9)),
            name: "Owner".into(),
            home: organisation,
            grants,
        };
        principal.scope(permission).unwrap()
    }

    pub(crate) fn viewer(&self) -> Scope {
        self.scope(self.cedar, Permission::ViewFacility)
    }

    /// Writes the rollups of these readings, by channel, for the facility's gateway.
    pub(crate) async fn readings(&self, slug: &str, channels: &[(u32, Vec<Reading>)]) -> GatewayId {
        let mut tx = self.ctx.db.begin(&Scope::system()).await.unwrap();
        let facility = facilities::by_slug(&mut tx, slug).await.unwrap();
        let gateway = gateways::of_facility(&mut tx, facility.id).await.unwrap().remove(0).id;
        let meters: BTreeMap<u32, Meter> = points::of_gateway(&mut tx, gateway)
            .await
            .unwrap()
            .iter()
            .map(|p| (p.spec.channel, Meter::new(&p.spec, vec![])))
            .collect();
        let mut narrow: BTreeMap<i64, Row> = BTreeMap::new();
        for (channel, readings) in channels {
            let bucket = |r: &Reading| bucket_start(Granularity::FiveMinutes, facility.time_zone, r.t);
            for chunk in readings.chunk_by(|a, b| bucket(a) == bucket(b)) {
                let summary = fold(&meters[channel], chunk).unwrap();
                let row = narrow.entry(bucket(&chunk[0])).or_default();
                row.push((*channel, summary));
                row.sort_by_key(|(channel, _)| *channel);
            }
        }
        let quarter = widen(&narrow, Granularity::QuarterHour, facility.time_zone, &meters);
        let hour = widen(&quarter, Granularity::Hour, facility.time_zone, &meters);
        let day = widen(&quarter, Granularity::Day, facility.time_zone, &meters);
        for (width, rows) in Granularity::ALL.into_iter().zip([&narrow, &quarter, &hour, &day]) {
            let new = |(start, row): (&i64, &Row)| NewRow {
                width,
                gateway,
                organisation: facility.organisation,
                facility: facility.id,
                bucket: instant(*start),
                payload: encode_row(*start, row),
            };
            rollups::upsert(&mut tx, &rows.iter().map(new).collect::<Vec<_>>()).await.unwrap();
        }
        tx.commit().await.unwrap();
        gateway
    }
}

fn widen(
    rows: &BTreeMap<i64, Row>,
    width: Granularity,
    zone: chrono_tz::Tz,
    meters: &BTreeMap<u32, Meter>,
) -> BTreeMap<i64, Row> {
    let mut groups: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
    for (start, row) in rows {
        groups.entry(bucket_start(width, zone, *start)).or_default().push(row);
    }
    groups
        .into_iter()
        .map(|(start, rows)| (start, merge_rows(&rows, |channel| meters.get(&channel))))
        .collect()
}

pub(crate) fn id(number: u128) -> OrganisationId {
    OrganisationId(uuid::Uuid::from_u128(number))
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap()
}

/// Readings of f(t) every `step_s` seconds in [from, to).
pub(crate) fn every(step_s: i64, from: &str, to: &str, value: impl Fn(i64) -> i64) -> Vec<Reading> {
    let (from, to) = (at(from).timestamp_millis(), at(to).timestamp_millis());
    (0..)
        .map(|i| from + i * step_s * 1_000)
        .take_while(|t| *t < to)
        .map(|t| Reading { t, v: value(t) })
        .collect()
}

pub(crate) fn point(channel: u32, name: &str, metric: Metric, zone: Option<&str>) -> PointSpec {
    let counter = metric == Metric::Energy;
    PointSpec {
        channel,
        name: name.into(),
        zone: zone.map(str::to_owned),
        metric,
        kind: if counter { Kind::Counter } else { Kind::Gauge },
        decimals: if matches!(metric, Metric::Temperature | Metric::RelativeHumidity) { 2 } else { 0 },
        end_use: None,
        interval_ms: 60_000,
        modulus: None,
        rate_max: None,
        valid_min: None,
        valid_max: None,
        source: None,
    }
}

pub(crate) fn meter(channel: u32, name: &str, metric: Metric, end_use: EndUse) -> PointSpec {
    PointSpec { end_use: Some(end_use), ..point(channel, name, metric, None) }
}

/// A flower room with lights from 06:00 to 18:00, a main meter and two submeters in Denver.
pub(crate) fn cedar_flower() -> FacilityFile {
    FacilityFile {
        slug: "cedar-flower".into(),
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
        points: vec![
            meter(1, "Main energy", Metric::Energy, EndUse::Total),
            meter(2, "Main power", Metric::Power, EndUse::Total),
            meter(3, "Lighting energy", Metric::Energy, EndUse::Lighting),
            meter(4, "HVAC energy", Metric::Energy, EndUse::Hvac),
            point(5, "Flower 1 temperature", Metric::Temperature, Some("flower-1")),
            point(6, "Flower 1 humidity", Metric::RelativeHumidity, Some("flower-1")),
            point(7, "Flower 1 PPFD", Metric::Ppfd, Some("flower-1")),
        ],
    }
}
