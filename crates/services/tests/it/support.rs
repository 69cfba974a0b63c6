//! A facility with one gateway, and envelopes for it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Grant, OrganisationKind, Principal, Role};
use domain::envelope::{Column, Envelope};
use domain::facility::{FacilityFile, FacilityKind};
use domain::id::{FacilityId, GatewayId, OrganisationId, UserId};
use domain::point::{Kind, Metric, PointSpec};
use domain::range::Granularity;
use integrations::mail::Mailer;
use services::facilities::create_from_file;
use services::ingest::{Accepted, Arrival, Registry, Window, accept};
use services::live::Hub;
use services::signer::Signer;
use services::{Clock, Context};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Db;
use uuid::Uuid;

/// Everything a test of ingest needs.
pub(crate) struct Site {
    pub(crate) ctx: Context,
    pub(crate) registry: Registry,
    pub(crate) organisation: OrganisationId,
    pub(crate) facility: FacilityId,
    pub(crate) gateway: GatewayId,
    /// As the owner of the tables, to look at what no role may see and to break what no role may break.
    pub(crate) owner: PgConnection,
}

/// Server time of the tests.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

pub(crate) fn context(_: PgPoolOptions, connect: PgConnectOptions) -> Context {
    Context {
        // Not the options that come with a test: those of all tests share one parent pool, which runs dry when a runtime ends
        // with connections in use, and then the next test waits for ever.
        db: Db::from_options(PgPoolOptions::new().max_connections(5), connect),
        live: Hub::default(),
        mailer: Mailer::new(None, "a@example.com").unwrap(),
        clock: Clock::fixed(now()),
        origin: "http://localhost".to_owned(),
        signer: Some(Signer::from_seed(&[7; 32]).unwrap()),
        broker_session: Arc::default(),
    }
}

fn point(channel: u32, kind: Kind, metric: Metric) -> PointSpec {
    PointSpec {
        channel,
        name: format!("Point {channel}"),
        zone: None,
        metric,
        kind,
        decimals: 0,
        end_use: None,
        interval_ms: 10_000,
        modulus: None,
        rate_max: None,
        valid_min: Some(-100),
        valid_max: Some(1_000_000),
        source: None,
    }
}

/// Channels: 1 a counter, 2 a gauge, 3 a 16-bit counter, 4 a gauge.
pub(crate) fn facility_file(slug: &str) -> FacilityFile {
    let wrapping = PointSpec {
        modulus: Some(65_536),
        rate_max: Some(200_000),
        valid_max: Some(65_535),
        ..point(3, Kind::Counter, Metric::Water)
    };
    FacilityFile {
        slug: slug.to_owned(),
        name: "Cedar".to_owned(),
        kind: FacilityKind::Indoor,
        time_zone: "America/Denver".to_owned(),
        latitude: 39.7,
        longitude: -105.0,
        currency: "USD".to_owned(),
        zones: Vec::new(),
        points: vec![
            PointSpec { valid_max: Some(1_000_000_000), ..point(1, Kind::Counter, Metric::Energy) },
            point(2, Kind::Gauge, Metric::Temperature),
            wrapping,
            point(4, Kind::Gauge, Metric::Co2),
        ],
    }
}

impl Site {
    pub(crate) async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let ctx = context(pool, connect.clone());
        let mut owner = PgConnection::connect_with(&connect).await.unwrap();
        let organisation = organisation(&mut owner).await;
        let imported = create_from_file(&ctx, organisation, &facility_file("cedar")).await.unwrap();
        let (facility, gateway) = (imported.facility, imported.gateway);
        Self { ctx, registry: Registry::default(), organisation, facility, gateway, owner }
    }

    /// Lets payloads in as arriving now.
    pub(crate) async fn accept(&self, payloads: &[Vec<u8>]) -> Accepted {
        self.accept_of(self.gateway, payloads, Window::Live).await
    }

    pub(crate) async fn accept_of(
        &self,
        gateway: GatewayId,
        payloads: &[Vec<u8>],
        window: Window,
    ) -> Accepted {
        let received_at = self.ctx.clock.now();
        let arrivals: Vec<Arrival> =
            payloads.iter().map(|p| Arrival { gateway, payload: p.clone(), received_at }).collect();
        accept(&self.ctx, &self.registry, &arrivals, window).await.unwrap()
    }

    /// Every rollup row of a gateway as stored.
    pub(crate) async fn rollups(&mut self, gateway: GatewayId) -> BTreeMap<(String, DateTime<Utc>), Vec<u8>> {
        let rows: Vec<(String, DateTime<Utc>, Vec<u8>)> =
            sqlx::query_as("SELECT width, bucket, payload FROM rollups WHERE gateway_id = $1")
                .bind(gateway.0)
                .fetch_all(&mut self.owner)
                .await
                .unwrap();
        rows.into_iter().map(|(width, bucket, payload)| ((width, bucket), payload)).collect()
    }

    pub(crate) async fn count(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.owner).await.unwrap()
    }

    /// Rise of a counter over everything stored, from the day rows.
    pub(crate) async fn days(&self, channel: u32) -> Vec<domain::summary::Summary> {
        let mut tx = self.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
        let all = (now() - TimeDelta::days(400), now() + TimeDelta::days(1));
        let rows = store::rollups::read(&mut tx, self.gateway, Granularity::Day, all.0, all.1).await.unwrap();
        rows.into_iter().flat_map(|(_, row)| row).filter(|(c, _)| *c == channel).map(|(_, s)| s).collect()
    }

    /// Somebody of the organisation who may work the quarantine.
    pub(crate) async fn operator(&mut self) -> Principal {
        let user = UserId(Uuid::now_v7());
        sqlx::query("INSERT INTO users (id, email, name) VALUES ($1, $2, 'Operator')")
            .bind(user.0)
            .bind(format!("{user}@example.com"))
            .execute(&mut self.owner)
            .await
            .unwrap();
        let grant = Grant { organisation: self.organisation, role: Role::Operations, facilities: None };
        Principal { user, name: "Operator".to_owned(), home: self.organisation, grants: vec![grant] }
    }
}

pub(crate) async fn organisation(owner: &mut PgConnection) -> OrganisationId {
    let (vendor, customer) = (Uuid::now_v7(), Uuid::now_v7());
    for (id, kind, of) in
        [(vendor, OrganisationKind::Vendor, None), (customer, OrganisationKind::Customer, Some(vendor))]
    {
        sqlx::query("INSERT INTO organisations (id, name, kind, vendor_id) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(kind.as_str())
            .bind(kind.as_str())
            .bind(of)
            .execute(&mut *owner)
            .await
            .unwrap();
    }
    OrganisationId(customer)
}

/// An envelope of channels 1 (counter) and 2 (gauge): one reading each at `count` ticks of ten seconds from `start`.
pub(crate) fn envelope(boot: u64, seq: u64, start: DateTime<Utc>, count: i64) -> Envelope {
    let first = start.timestamp_millis();
    let ticks: Vec<i64> = (0..count).map(|i| first + i * 10_000).collect();
    let value = |f: fn(i64) -> i64| ticks.iter().map(|t| Some(f(t / 10_000))).collect();
    Envelope {
        map_version: 1,
        boot,
        seq,
        sent_at_ms: ticks[ticks.len() - 1] + 5,
        columns: vec![
            // One unit a tick, so that rises are counts of ticks.
            Column { channel: 1, values: value(|t| t) },
            Column { channel: 2, values: value(|t| 2_000 + t * 7 % 13) },
        ],
        ticks,
    }
}
