//! Tokens of the REST interface: what they open, for how long, and baselines made with them once.

use crate::accounts::Accounts;
use crate::support::facility_file;
use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::baseline::{BaselineSource, BaselineState, MetricType};
use domain::id::FacilityId;
use domain::tokens::ApiScope;
use services::baselines::{Filter, Material, NewBaseline, Once, create, find, page};
use services::people::{Place, change, remove};
use services::tokens::{Bearer, NewToken, list, make, resolve, revoke};
use services::{Context, Error, Result, facilities};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::baselines::Baseline;
use store::facilities::Facility;

const BOTH: [ApiScope; 2] = [ApiScope::BaselinesRead, ApiScope::BaselinesWrite];

/// Two facilities of one customer, one of another, and an owner each.
struct Site {
    accounts: Accounts,
    one: FacilityId,
    elsewhere: FacilityId,
    owner: Principal,
    other: Principal,
}

impl Site {
    async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let accounts = Accounts::new(pool, connect).await;
        let made = async |at, slug| {
            facilities::create_from_file(&accounts.ctx, at, &facility_file(slug)).await.unwrap().facility
        };
        let (one, _two) = (made(accounts.cedar.id, "one").await, made(accounts.cedar.id, "two").await);
        let elsewhere = made(accounts.harbor.id, "elsewhere").await;
        // Two, because the last one could neither leave nor become something else.
        accounts.person("first@cedar.example", &accounts.cedar, Role::Owner).await;
        let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
        let other = accounts.person("owner@harbor.example", &accounts.harbor, Role::Owner).await.principal;
        Self { accounts, one, elsewhere, owner, other }
    }

    fn ctx(&self) -> &Context {
        &self.accounts.ctx
    }

    async fn make(&self, scopes: &[ApiScope], facility: Option<FacilityId>) -> String {
        make(self.ctx(), &self.owner, &new_token(scopes, facility)).await.unwrap()
    }

    async fn bearer(&self, secret: &str) -> Option<Bearer> {
        resolve(self.ctx(), secret).await.unwrap()
    }

    async fn may(&self, secret: &str) -> [bool; 2] {
        let bearer = self.bearer(secret).await.unwrap();
        BOTH.map(|scope| bearer.may(scope).is_ok())
    }

    async fn create(
        &self,
        bearer: &Bearer,
        facility: &str,
        new: &NewBaseline,
        key: Option<&str>,
    ) -> Result<(String, bool)> {
        // Of the body; here the value stands for it.
        let Material::Stated { per_day, .. } = &new.material else { panic!("{new:?}") };
        let mut body_sha256 = [0; 32];
        body_sha256[..16].copy_from_slice(&per_day.serialize());
        let once = key.map(|key| Once { key, body_sha256 });
        create(self.ctx(), bearer, facility, new, once, told)
            .await
            .map(|answer| (answer.body, answer.repeated))
    }

    async fn count(&self, bearer: &Bearer, facility: &str) -> usize {
        let filter = Filter { facility, metric: None, after: None, limit: 50 };
        page(self.ctx(), bearer, &filter).await.unwrap().baselines.len()
    }
}

fn told(_: &Facility, baseline: &Baseline) -> String {
    baseline.summary.id.to_string()
}

fn new_token(scopes: &[ApiScope], facility: Option<FacilityId>) -> NewToken {
    NewToken { name: " Controller ".to_owned(), scopes: scopes.to_vec(), facility, days: 30 }
}

fn stated(per_day: &str) -> NewBaseline {
    let day = |text: &str| text.parse().unwrap();
    NewBaseline {
        metric_type: MetricType::Electricity,
        material: Material::Stated { per_day: per_day.parse().unwrap(), reason: "Bills of 2025".to_owned() },
        period_start: day("2025-01-01"),
        period_end: day("2026-01-01"),
        effective_from: day("2026-03-01"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_ends_with_its_time_or_when_it_is_taken_back(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let (taken, expiring) = (site.make(&BOTH, None).await, site.make(&BOTH, None).await);
    assert_ne!(taken, expiring);
    let shown = list(site.ctx(), &site.owner).await.unwrap();
    assert_eq!(shown.tokens.len(), 2);
    assert!(shown.tokens.iter().all(|token| token.name == "Controller" && token.last_used_at.is_none()));
    assert!(taken.starts_with(&shown.tokens[1].prefix) && shown.tokens[1].prefix.len() == 11);
    assert!(list(site.ctx(), &site.other).await.unwrap().tokens.is_empty());

    let bearer = site.bearer(&taken).await.unwrap();
    let stranger = revoke(site.ctx(), &site.other, bearer.token).await;
    assert!(matches!(stranger, Err(Error::NotFound)));
    revoke(site.ctx(), &site.owner, bearer.token).await.unwrap();
    assert!(site.bearer(&taken).await.is_none());
    assert!(matches!(revoke(site.ctx(), &site.owner, bearer.token).await, Err(Error::NotFound)), "once");

    site.ctx().clock.advance(TimeDelta::days(30) - TimeDelta::milliseconds(1));
    assert!(site.bearer(&expiring).await.is_some());
    let used = list(site.ctx(), &site.owner).await.unwrap().tokens;
    assert_eq!(used[0].last_used_at, Some(site.ctx().clock.now()));
    site.ctx().clock.advance(TimeDelta::milliseconds(1));
    assert!(site.bearer(&expiring).await.is_none());
    for nothing in ["", "gs_", &taken[3..], &taken.to_uppercase(), &format!("{expiring}0")] {
        assert!(site.bearer(nothing).await.is_none(), "{nothing}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_opens_no_more_than_its_maker_may_now(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let (both, read) = (site.make(&BOTH, None).await, site.make(&BOTH[..1], None).await);
    assert_eq!((site.may(&both).await, site.may(&read).await), ([true, true], [true, false]));

    let boss = site.accounts.sign_in("first@cedar.example").await.unwrap().principal;
    let finance = Place { organisation: site.accounts.cedar.id, role: Role::Finance, facilities: None };
    change(site.ctx(), &boss, site.owner.user, &finance).await.unwrap();
    assert_eq!(site.may(&both).await, [true, false], "finance does not make baselines");
    let bearer = site.bearer(&both).await.unwrap();
    assert!(matches!(site.create(&bearer, "one", &stated("1"), None).await, Err(Error::Forbidden)));
    let finance = site.accounts.sign_in("owner@cedar.example").await.unwrap().principal;
    for refused in [
        make(site.ctx(), &finance, &new_token(&BOTH, None)).await.err(),
        list(site.ctx(), &finance).await.err(),
        revoke(site.ctx(), &finance, bearer.token).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden)), "{refused:?}");
    }

    remove(site.ctx(), &boss, site.accounts.cedar.id, site.owner.user).await.unwrap();
    assert!(site.bearer(&both).await.is_none(), "whoever has left has no tokens");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_of_one_facility_opens_no_other(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let of_one = site.bearer(&site.make(&BOTH, Some(site.one)).await).await.unwrap();
    let of_all = site.bearer(&site.make(&BOTH, None).await).await.unwrap();
    site.create(&of_one, "one", &stated("1"), None).await.unwrap();
    let (made, _) = site.create(&of_all, "two", &stated("2"), None).await.unwrap();
    for stranger in ["two", "elsewhere"] {
        let refused = site.create(&of_one, stranger, &stated("3"), None).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{stranger}");
    }
    assert!(matches!(find(site.ctx(), &of_one, made.parse().unwrap()).await, Err(Error::NotFound)));
    assert!(find(site.ctx(), &of_all, made.parse().unwrap()).await.is_ok());
    assert!(matches!(site.create(&of_all, "elsewhere", &stated("3"), None).await, Err(Error::NotFound)));

    let cannot = make(site.ctx(), &site.owner, &new_token(&[], Some(site.elsewhere))).await.unwrap_err();
    let Error::Invalid(fields) = cannot else { panic!("{cannot}") };
    let fields: Vec<&str> = fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["scope", "facility"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stated_value_is_kept_to_the_digit_and_made_once(pool: PgPoolOptions, connect: PgConnectOptions) {
    let site = Site::new(pool, connect).await;
    let bearer = site.bearer(&site.make(&BOTH, None).await).await.unwrap();
    let (first, repeated) = site.create(&bearer, "one", &stated("412.50"), Some("a")).await.unwrap();
    assert!(!repeated);
    let (_, baseline) = find(site.ctx(), &bearer, first.parse().unwrap()).await.unwrap();
    let s = &baseline.summary;
    assert_eq!((s.source, s.state), (BaselineSource::Stated, BaselineState::Draft));
    assert_eq!(s.baseline_value.unwrap().to_string(), "412.50");
    assert_eq!((s.method.as_deref(), baseline.reason.as_deref()), (Some("stated"), Some("Bills of 2025")));
    assert_eq!(baseline.created_by, Some(site.owner.user));

    assert_eq!(site.create(&bearer, "one", &stated("412.50"), Some("a")).await.unwrap(), (first, true));
    let mistaken = site.create(&bearer, "one", &stated("1"), Some("a")).await.unwrap_err();
    let Error::Invalid(fields) = mistaken else { panic!("{mistaken}") };
    assert_eq!(fields[0].field, "Idempotency-Key");
    // What was refused is not remembered: mended, it goes through with its key.
    assert!(site.create(&bearer, "one", &stated("-1"), Some("b")).await.is_err());
    assert!(!site.create(&bearer, "one", &stated("1"), Some("b")).await.unwrap().1);
    assert_eq!(site.count(&bearer, "one").await, 2);

    let new = stated("7");
    let at_once = tokio::join!(
        site.create(&bearer, "one", &new, Some("c")),
        site.create(&bearer, "one", &new, Some("c")),
        site.create(&bearer, "one", &new, Some("c")),
    );
    let at_once = [at_once.0, at_once.1, at_once.2];
    assert!(at_once.iter().any(|answer| matches!(answer, Ok((_, false)))), "{at_once:?}");
    for answer in &at_once {
        assert!(matches!(answer, Ok(_) | Err(Error::Conflict(_))), "{answer:?}");
    }
    assert_eq!(site.count(&bearer, "one").await, 3, "three at once made one");

    site.ctx().clock.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert!(
        !site.create(&bearer, "one", &stated("1"), Some("a")).await.unwrap().1,
        "a day later it is forgotten"
    );
}
