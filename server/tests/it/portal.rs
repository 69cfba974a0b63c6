//! A running server with two customers, and the list of everything that can be asked of it.

use crate::baseline::baseline;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, Utc};
use domain::access::{OrganisationKind, Role};
use domain::facility::{FacilityFile, FacilityKind, ZoneSpec};
use domain::point::{Kind, Metric, PointSpec};
use domain::tokens::ApiScope;
use integrations::mail::Mailer;
use leptos::config::LeptosOptions;
use server::serve::{Parts, router};
use server::site::Site;
use services::events::{NewEvent, create};
use services::people::Place;
use services::sessions::{Visitor, sign_in};
use services::signer::Signer;
use services::tokens::NewToken;
use services::verifications::{invite, review};
use services::{Clock, Context, facilities, imports, organisations};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use store::Db;
use store::organisations::Organisation;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const COOKIE: &str = "__Host-gainshare";
pub(crate) const PASSWORD: &str = "a long enough password";

/// Stands in every text of the first customer. Whoever else reads it has read across tenants.
pub(crate) const SECRET: &str = "Zmirkel";

pub(crate) struct Portal {
    router: Router,
    pub(crate) ctx: Context,
    /// As the owner of the tables.
    pub(crate) owner: PgConnection,
    /// Values of the first customer for the parameters of routes and server functions.
    pub(crate) ids: BTreeMap<&'static str, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// Something that can be asked: a route or a server function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    pub(crate) verb: Verb,
    /// With parameters in braces.
    pub(crate) path: String,
}

/// What reads and what changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
        }
    }
}

/// Every route and server function. Server functions and pages list themselves; the other routes are read from
/// where they are written, so none can be forgotten.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let kind = |method: &Method| if method == Method::GET { Verb::Get } else { Verb::Post };
    let mut all: Vec<Endpoint> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| Endpoint { verb: kind(&method), path: path.to_owned() })
        .collect();
    for page in leptos_axum::generate_route_list(app::App) {
        all.push(Endpoint { verb: Verb::Get, path: page.path().to_owned() });
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "rs") {
            written_routes(&std::fs::read_to_string(path).unwrap(), &mut all);
        }
    }
    all.sort();
    all.dedup();
    all
}

/// `.route("/path", post(handler))`
fn written_routes(source: &str, all: &mut Vec<Endpoint>) {
    for call in source.split(".route(").skip(1) {
        let mut parts = call.splitn(3, '"');
        let path = parts.nth(1).expect("a route's path is written where the route is").to_owned();
        let handler = parts.next().unwrap().trim_start_matches([',', ' ', '\n']);
        let verbs: &[Verb] = match handler.split('(').next().unwrap() {
            "get" => &[Verb::Get],
            "post" => &[Verb::Post],
            "any" => &[Verb::Get, Verb::Post],
            other => panic!("{path}: what does {other} answer to?"),
        };
        all.extend(verbs.iter().map(|verb| Endpoint { verb: *verb, path: path.clone() }));
    }
}

impl Portal {
    pub(crate) async fn new(_: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let owner = PgConnection::connect_with(&connect).await.unwrap();
        let now: DateTime<Utc> = "2026-04-01T12:00:00Z".parse().unwrap();
        let ctx = Context {
            // Not the options that come with a test: those of all tests share one parent pool, which runs dry when a runtime
            // ends with connections in use, and then the next test waits for ever.
            db: Db::from_options(PgPoolOptions::new().max_connections(5), connect),
            live: Default::default(),
            mailer: Mailer::new(None, "").unwrap(),
            clock: Clock::fixed(now),
            origin: ORIGIN.to_owned(),
            signer: Some(Signer::from_seed(&[7; 32]).unwrap()),
            broker_session: Arc::default(),
        };
        let parts = Parts {
            ctx: ctx.clone(),
            site: Site { origin: ORIGIN.to_owned(), client_ip_header: None },
            leptos: LeptosOptions::builder().output_name("gainshare").site_root("no-such-folder").build(),
            needs_broker: false,
            draining: Arc::default(),
            webhooks: integrations::webhook::Sender::new(true).unwrap(),
        };
        let router = router(&parts).layer(MockConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4000))));
        let mut portal = Self { router, ctx, owner, ids: BTreeMap::new() };
        portal.people_and_things().await;
        portal
    }

    /// A vendor; the customers `a` and `b` with a facility each and one person per role; a verifier of `b` alone.
    async fn people_and_things(&mut self) {
        let ctx = self.ctx.clone();
        let found =
            async |name: &str, kind, vendor| organisations::found(&ctx, name, kind, vendor).await.unwrap();
        let vendor = found("Vendor", OrganisationKind::Vendor, None).await;
        let a = found(&format!("{SECRET} Cultivation"), OrganisationKind::Customer, Some("Vendor")).await;
        let b = found("Harbor", OrganisationKind::Customer, Some("Vendor")).await;
        let verifier = found("Verifier", OrganisationKind::Verifier, Some("Vendor")).await;
        let other = found("Other vendor", OrganisationKind::Vendor, None).await;

        let cedar = self.things_of(&a, "cedar", SECRET).await;
        let harbor =
            facilities::create_from_file(&ctx, b.id, &facility_file("harbor", "Harbor")).await.unwrap();
        let named = Some(vec![harbor.facility]);
        self.admit("verifier@verifier.example", &verifier, Role::Verifier, named).await;
        for (organisation, host) in [(&a, "a"), (&b, "b"), (&vendor, "vendor"), (&other, "other")] {
            for role in Role::ALL.into_iter().filter(|role| role.kind() == organisation.kind) {
                self.admit(&format!("{}@{host}.example", role.as_str()), organisation, role, None).await;
            }
        }
        let user = "SELECT id FROM users WHERE email = 'finance@a.example'";
        let user: Uuid = sqlx::query_scalar(user).fetch_one(&mut self.owner).await.unwrap();
        self.ids.extend([("organisation", a.id.to_string()), ("user", user.to_string())]);
        self.a_baseline_of(&a, cedar).await;
        self.weather_of(&a, cedar).await;
        self.event_of().await;
    }

    /// A facility with something of every kind, each bearing `mark`.
    async fn things_of(
        &mut self,
        organisation: &Organisation,
        slug: &'static str,
        mark: &str,
    ) -> domain::id::FacilityId {
        let ctx = self.ctx.clone();
        let imported =
            facilities::create_from_file(&ctx, organisation.id, &facility_file(slug, mark)).await.unwrap();
        let actor = services::audit::Actor::Background("test");
        let file =
            include_bytes!("../../../crates/integrations/tests/corpus/green_button/clock_change_days.xml");
        let draft = async |name: &str| {
            imports::draft(&ctx, actor, slug, &format!("{mark} {name}.xml"), file.to_vec()).await.unwrap().0
        };
        let done = draft("done").await;
        imports::confirm(&ctx, actor, slug, done).await.unwrap();
        let import = draft("draft").await;
        let quarantined = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO quarantine (id, organisation_id, facility_id, gateway_id, boot, seq, channel, observed_at, raw,
                reason, received_at)
            VALUES ($1, $2, $3, $4, 1, 1, 1, $5, 99, 'implausible', $5)",
        )
        .bind(quarantined)
        .bind(organisation.id.0)
        .bind(imported.facility.0)
        .bind(imported.gateway.0)
        .bind(ctx.clock.now())
        .execute(&mut self.owner)
        .await
        .unwrap();
        let point: Uuid =
            self.one("SELECT id FROM points WHERE facility_id = $1 LIMIT 1", imported.facility.0).await;
        let series: Uuid = self
            .one("SELECT id FROM utility_series WHERE facility_id = $1 LIMIT 1", imported.facility.0)
            .await;
        self.ids.extend([
            ("facility", slug.to_owned()),
            ("facility_id", imported.facility.to_string()),
            ("room", "room-1".to_owned()),
            ("point", point.to_string()),
            ("file", format!("{point}.csv")),
            ("id", import.to_string()),
            ("import", import.to_string()),
            ("series", series.to_string()),
            ("quarantine", quarantined.to_string()),
            ("token", "ab".repeat(32)),
            ("stage", "rows".to_owned()),
        ]);
        imported.facility
    }

    /// A baseline handed in by the vendor, with a verifier invited by the customer and a comment. It has the import's id,
    /// because some routes call both of them `id`.
    async fn a_baseline_of(&mut self, organisation: &Organisation, facility: domain::id::FacilityId) {
        let ctx = self.ctx.clone();
        let mut new = baseline(organisation.id, facility, 1, ctx.clock.now());
        new.summary.id = self.ids["id"].parse().unwrap();
        new.summary.created_by = format!("{SECRET} person");
        let mut tx = ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
        store::baselines::insert(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let owner = sign_in(&ctx, "owner@a.example", PASSWORD.to_owned(), &Visitor::default(), None).await;
        let (owner, id) = (owner.unwrap().principal, new.summary.id);
        let firm = invite::Firm::New("Invited firm".to_owned());
        let vera = invite::Invite { email: "vera@firm.example".to_owned(), firm, days: 30 };
        invite::invite(&ctx, &owner, "cedar", id, &vera).await.unwrap();
        let said = review::NewComment { text: format!("{SECRET}?"), ..review::NewComment::default() };
        let comment = review::comment(&ctx, &owner, "cedar", id, &said).await.unwrap();
        let scopes = ApiScope::ALL.to_vec();
        let token = NewToken { name: format!("{SECRET} controller"), scopes, facility: None, days: 30 };
        services::tokens::make(&ctx, &owner, &token).await.unwrap();
        let token: Uuid =
            self.one("SELECT id FROM api_tokens WHERE organisation_id = $1", organisation.id.0).await;
        let said = (domain::report::Style::default(), domain::report::Choices::default());
        let name = format!("{SECRET} template");
        let template = services::templates::save(&ctx, &owner, "cedar", &name, said).await.unwrap();
        let job = self.a_download_of(owner.user.0).await;
        let verification: Uuid = self.one("SELECT id FROM verifications WHERE baseline_id = $1", id.0).await;
        self.ids.extend([
            ("baseline", id.to_string()),
            ("comment", comment.to_string()),
            ("api_token", token.to_string()),
            ("verification", verification.to_string()),
            ("template", template.to_string()),
            ("job", job),
            ("step", "withdraw".to_owned()),
            ("metric", "electricity".to_owned()),
            ("day", "2026-03-01".to_owned()),
            ("figure", "savings".to_owned()),
            ("days", "2026-03-01..2026-03-31".to_owned()),
        ]);
    }

    /// An export that is made.
    async fn a_download_of(&mut self, person: Uuid) -> String {
        let id = Uuid::now_v7();
        for statement in [
            "INSERT INTO jobs (id, organisation_id, facility_id, person_id, person_name, work, state, percent, due_at, created_at,
                expires_at, file_name, file_rows, file_bytes)
            SELECT $1, organisation_id, id, $2, 'P', $3::jsonb, 'done', 100, now(), '2026-04-01Z', '2026-04-08Z', 'a.csv', 1, octet_length($4)
            FROM facilities WHERE slug = 'cedar'",
            "INSERT INTO job_chunks (job_id, n, organisation_id, facility_id, person_id, bytes)
            SELECT $1, 0, organisation_id, id, $2, convert_to($4, 'UTF8') FROM facilities WHERE slug = 'cedar' AND $3 <> ''",
        ] {
            let work = r#"{"work": "export", "rows": "intervals", "interval": "quarter_hour", "point": null,
                "from": "2026-03-01", "until": "2026-04-01", "kind": "csv"}"#;
            let query = sqlx::query(statement).bind(id).bind(person).bind(work);
            query.bind(format!("start,{SECRET}")).execute(&mut self.owner).await.unwrap();
        }
        id.to_string()
    }

    /// A station with an hour, a frozen set and an uploaded file, which has the import's id as well.
    async fn weather_of(&mut self, organisation: &Organisation, facility: domain::id::FacilityId) {
        let (station, set) = (Uuid::now_v7(), Uuid::now_v7());
        let statements = [
            format!(
                "INSERT INTO weather_stations (id, organisation_id, facility_id, kind, code, name, typical, created_at)
                VALUES ($3, $1, $2, 'csv', 'yard', '{SECRET} yard', false, now())"
            ),
            "INSERT INTO weather_hours (station_id, start_at, organisation_id, facility_id, temperature_c)
                VALUES ($3, '2026-03-31T12:00Z', $1, $2, 4)"
                .to_owned(),
            format!(
                "INSERT INTO weather_sets (id, organisation_id, facility_id, station_id, from_at, until_at, content,
                    sha256, hours, created_at)
                VALUES ('{set}', $1, $2, $3, '2026-03-31T12:00Z', '2026-03-31T13:00Z',
                    E'# {SECRET}\\nstart,temperature_c\\n2026-03-31T12:00:00Z,4\\n', '\\x00', 1, now())"
            ),
            format!(
                "INSERT INTO weather_drafts (id, organisation_id, facility_id, file_name, content, created_at)
                SELECT '{}', $1, $2, '{SECRET}.csv', convert_to(E'start,temperature_c\\n2026-03-31T10:00Z,3\\n', 'UTF8'), now()
                WHERE $3::uuid IS NOT NULL",
                self.ids["id"]
            ),
        ];
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(organisation.id.0)
                .bind(facility.0)
                .bind(station)
                .execute(&mut self.owner)
                .await
                .unwrap();
        }
        self.ids.extend([
            ("station", station.to_string()),
            ("set", set.to_string()),
            ("draft", self.ids["id"].clone()),
        ]);
    }

    /// An event that the customer brought up.
    async fn event_of(&mut self) {
        let ctx = self.ctx.clone();
        let owner = sign_in(&ctx, "owner@a.example", PASSWORD.to_owned(), &Visitor::default(), None).await;
        let new = NewEvent {
            metric_type: domain::baseline::MetricType::Electricity,
            title: format!("{SECRET} chiller"),
            start: "2026-03-01".parse().unwrap(),
            until: Some("2026-03-20".parse().unwrap()),
            note: format!("{SECRET} runs"),
        };
        let event = create(&ctx, &owner.unwrap().principal, "cedar", &new).await.unwrap();
        self.ids.extend([("event", event.to_string()), ("answer", "withdraw".to_owned())]);
        self.note_of().await;
        self.alert_of().await;
    }

    /// A note that the customer wrote.
    async fn note_of(&mut self) {
        let ctx = self.ctx.clone();
        let owner = sign_in(&ctx, "owner@a.example", PASSWORD.to_owned(), &Visitor::default(), None).await;
        let new = services::notes::NewNote {
            room: String::new(),
            day: "2026-03-01".parse().unwrap(),
            last: None,
            times: None,
            text: format!("{SECRET} filters were changed"),
            affects_baseline: false,
        };
        let note = services::notes::write(&ctx, &owner.unwrap().principal, "cedar", &new).await.unwrap();
        self.ids.insert("note", note.id.to_string());
    }

    /// A rule of the customer, and an episode of it that fired.
    async fn alert_of(&mut self) {
        let mut tx = self.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
        let cedar = store::facilities::by_slug(&mut tx, "cedar").await.unwrap();
        let (place, now) = ((cedar.organisation, cedar.id), self.ctx.clock.now());
        let new = domain::alerts::NewRule {
            kind: domain::alerts::Kind::Silent,
            point: None,
            threshold: None,
            minutes: 15,
            critical: false,
            tell: Role::Owner,
            then: None,
            quiet: None,
        };
        let id = domain::id::AlertRuleId(Uuid::now_v7());
        let by = format!("{SECRET} person");
        let rule = domain::alerts::Rule { id, new, paused_until: None, created_by: by };
        store::alerts::rule_upsert(&mut tx, place, &rule, now).await.unwrap();
        let episode = domain::id::AlertEpisodeId(Uuid::now_v7());
        store::alerts::episode_begin(&mut tx, place, episode, id, now).await.unwrap();
        store::alerts::episode_fire(&mut tx, episode, now, None).await.unwrap();
        tx.commit().await.unwrap();
        self.ids.extend([("rule", id.to_string()), ("episode", episode.to_string())]);
        let mut tx = self.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
        let endpoint = domain::webhooks::view::EndpointRow {
            id: Uuid::now_v7(),
            url: "https://hooks.example.com/".to_owned(),
            description: format!("{SECRET} controller"),
            events: vec![domain::webhooks::EventType::ReportMade],
            state: domain::webhooks::EndpointState::On,
            failing_since: None,
            created_by: format!("{SECRET} person"),
        };
        store::webhooks::endpoint_insert(&mut tx, cedar.organisation, &endpoint, "whsec_", now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.ids.extend([("endpoint", endpoint.id.to_string()), ("action", "pause".to_owned())]);
    }

    /// The whole server, to be put behind a listener.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The gateway of a facility.
    pub(crate) async fn gateway_of(&self, facility: domain::id::FacilityId) -> domain::id::GatewayId {
        let mut tx = self.ctx.db.begin(&domain::access::Scope::system()).await.unwrap();
        store::gateways::of_facility(&mut tx, facility).await.unwrap()[0].id
    }

    async fn one(&mut self, sql: &'static str, id: Uuid) -> Uuid {
        sqlx::query_scalar(sql).bind(id).fetch_one(&mut self.owner).await.unwrap()
    }

    async fn admit(
        &self,
        email: &str,
        at: &Organisation,
        role: Role,
        facilities: Option<Vec<domain::id::FacilityId>>,
    ) {
        let name = if email.ends_with("@a.example") { format!("{SECRET} person") } else { String::new() };
        let place = Place { organisation: at.id, role, facilities };
        organisations::admit(&self.ctx, at, email, &name, PASSWORD.to_owned(), &place).await.unwrap();
    }

    /// A `Cookie` header of a new session.
    pub(crate) async fn cookie(&self, email: &str) -> String {
        let signed_in =
            sign_in(&self.ctx, email, PASSWORD.to_owned(), &Visitor::default(), None).await.unwrap();
        format!("{COOKIE}={}", signed_in.token.reveal())
    }

    /// Puts values into `{parameters}`.
    pub(crate) fn fill(&self, template: &str) -> String {
        let fill =
            |text: String, (name, value): (&&str, &String)| text.replace(&format!("{{{name}}}"), value);
        self.ids.iter().fold(template.to_owned(), fill)
    }

    /// Asks as one of our own pages would.
    pub(crate) async fn ask(&self, verb: Verb, path: &str, body: &str, cookie: &str) -> Answer {
        let headers = [(header::COOKIE.as_str(), cookie), ("sec-fetch-site", "same-origin")];
        self.send(verb.into(), path, body, &headers).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let (parts, body) = self.answered(method, path, body, headers).await;
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The bytes of a file.
    pub(crate) async fn raw(&self, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
        self.answered(Method::GET, path, "", headers).await.1
    }

    async fn answered(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> (axum::http::response::Parts, Vec<u8>) {
        let mut request =
            Request::builder().method(method).uri(path).header(header::CONTENT_LENGTH, body.len());
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, to_bytes(body, 16 << 20).await.unwrap().to_vec())
    }
}

fn facility_file(slug: &str, mark: &str) -> FacilityFile {
    let point = |channel, name: &str, kind, metric| PointSpec {
        channel,
        name: format!("{mark} {name}"),
        zone: Some("room-1".to_owned()),
        metric,
        kind,
        decimals: 1,
        end_use: None,
        interval_ms: 10_000,
        modulus: None,
        rate_max: None,
        valid_min: None,
        valid_max: None,
        source: None,
    };
    FacilityFile {
        slug: slug.to_owned(),
        name: format!("{mark} facility"),
        kind: FacilityKind::Indoor,
        time_zone: "America/Denver".to_owned(),
        latitude: 39.7,
        longitude: -105.0,
        currency: "USD".to_owned(),
        zones: vec![ZoneSpec {
            slug: "room-1".to_owned(),
            name: format!("{mark} room"),
            stage: "veg".to_owned(),
            canopy_m2: 10.0,
            lights_on_min: 0,
            photoperiod_min: 720,
            leaf_offset_k: -2.0,
        }],
        points: vec![
            point(1, "temperature", Kind::Gauge, Metric::Temperature),
            point(2, "energy", Kind::Counter, Metric::Energy),
        ],
    }
}
