//! Utility imports from upload to profile, on a real database.

use chrono::{DateTime, Utc};
use domain::access::{Grant, OrganisationKind, Permission, Principal, Role, Scope};
use domain::facility::{FacilityFile, FacilityKind};
use domain::id::{FacilityId, ImportId, OrganisationId, UserId};
use domain::utility::{Changes, ImportState, ImportView, ProfileQuery, Step};
use services::audit::Actor;
use services::{Clock, Context, Error, imports, utility};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::organisations::Organisation;

struct Place {
    ctx: Context,
    owner: Principal,
    stranger: Principal,
    viewer: Principal,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Two customers with a facility each, and people of both.
async fn place(pool: PgPoolOptions, connect: PgConnectOptions) -> Place {
    let ctx = Context {
        db: store::Db::from_options(pool, connect),
        live: Default::default(),
        mailer: integrations::mail::Mailer::new(None, "").unwrap(),
        clock: Clock::fixed(at("2026-04-01T12:00:00Z")),
        origin: "http://localhost".to_owned(),
        signer: None,
        broker_session: Default::default(),
    };
    let mut tx = ctx.db.begin(&Scope::system()).await.unwrap();
    let mut people = Vec::new();
    let vendor = Organisation {
        id: OrganisationId(uuid::Uuid::from_u128(1)),
        name: "Vendor".to_owned(),
        kind: OrganisationKind::Vendor,
        vendor: None,
    };
    store::organisations::organisation_insert(&mut tx, &vendor, ctx.clock.now()).await.unwrap();
    for (n, slug) in [(2, "cedar"), (3, "birch")] {
        let organisation = Organisation {
            id: OrganisationId(uuid::Uuid::from_u128(n)),
            name: slug.to_owned(),
            kind: OrganisationKind::Customer,
            vendor: Some(vendor.id),
        };
        store::organisations::organisation_insert(&mut tx, &organisation, ctx.clock.now()).await.unwrap();
        store::facilities::upsert(&mut tx, organisation.id, &facility(slug)).await.unwrap();
        people.push(person(&mut tx, n * 10, organisation.id, Role::Owner).await);
        people.push(person(&mut tx, n * 10 + 1, organisation.id, Role::Viewer).await);
    }
    tx.commit().await.unwrap();
    let [owner, viewer, stranger, _] = people.try_into().unwrap();
    Place { ctx, owner, stranger, viewer }
}

async fn person(tx: &mut store::Tx<'_>, n: u128, organisation: OrganisationId, role: Role) -> Principal {
    let user = UserId(uuid::Uuid::from_u128(n));
    store::users::user_insert(tx, user, &format!("{n}@example.com"), "Somebody", at("2026-01-01T00:00:00Z"))
        .await
        .unwrap();
    let grant = Grant { organisation, role, facilities: None::<Vec<FacilityId>> };
    Principal { user, name: "Somebody".to_owned(), home: organisation, grants: vec![grant] }
}

fn facility(slug: &str) -> FacilityFile {
    FacilityFile {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        kind: FacilityKind::Indoor,
        time_zone: "America/Denver".to_owned(),
        latitude: 39.7,
        longitude: -105.0,
        currency: "USD".to_owned(),
        zones: vec![],
        points: vec![],
    }
}

/// Hourly energy from 2026-03-01 00:00 in Denver, in Wh, with a cost of one cent per Wh.
fn file(updated: &str, values: &[i64]) -> Vec<u8> {
    let readings: String = (0_i64..)
        .zip(values)
        .map(|(hour, value)| {
            let start = 1_772_348_400 + hour * 3_600;
            format!(
                "<IntervalReading><cost>{}</cost><timePeriod><duration>3600</duration><start>{start}</start></timePeriod>\
                 <value>{value}</value></IntervalReading>",
                value * 1_000
            )
        })
        .collect();
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Main meter</title>\
         <link rel='self' href='UsagePoint/1/MeterReading/1'/><content><MeterReading xmlns='http://naesb.org/espi'/></content></entry>\
         <entry><content><ReadingType xmlns='http://naesb.org/espi'><accumulationBehaviour>4</accumulationBehaviour>\
         <commodity>1</commodity><currency>840</currency><flowDirection>1</flowDirection><uom>72</uom></ReadingType></content></entry>\
         <entry><updated>{updated}</updated><link rel='up' href='UsagePoint/1/MeterReading/1/IntervalBlock'/>\
         <content><IntervalBlock xmlns='http://naesb.org/espi'>{readings}</IntervalBlock></content></entry></feed>"
    )
    .into_bytes()
}

impl Place {
    async fn draft(&self, bytes: Vec<u8>) -> services::Result<ImportId> {
        let drafted =
            imports::draft(&self.ctx, Actor::Person(&self.owner), "cedar", "C:\\March.xml", bytes).await;
        drafted.map(|(id, _)| id)
    }

    async fn import(&self, bytes: Vec<u8>) -> ImportView {
        let id = self.draft(bytes).await.unwrap();
        imports::confirm(&self.ctx, Actor::Person(&self.owner), "cedar", id).await.unwrap()
    }

    fn scope(&self) -> Scope {
        self.owner.scope(Permission::ViewFacility).unwrap()
    }

    async fn total(&self) -> String {
        let series = utility::series(&self.ctx, &self.scope(), "cedar").await.unwrap();
        series[0].total.unwrap().to_string()
    }

    async fn actions(&self) -> Vec<String> {
        let page = services::audit::page(&self.ctx, &self.owner, &Default::default()).await.unwrap();
        page.records.into_iter().map(|r| r.event.action).collect()
    }
}

fn changes(new: u32, same: u32, corrected: u32, older: u32, conflicting: u32) -> Changes {
    Changes { new, same, corrected, older, conflicting }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_draft_changes_nothing_until_it_is_confirmed(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let id = place.draft(file("2026-03-02T00:00:00Z", &[100, 200, 300])).await.unwrap();
    let view = imports::view(&place.ctx, &place.scope(), "cedar", id).await.unwrap();
    assert_eq!((view.state, view.file_name.as_str()), (ImportState::Draft, "March.xml"));
    let series = &view.preview.series[0];
    assert_eq!((series.series, series.changes), (None, changes(3, 0, 0, 0, 0)));
    assert_eq!(series.total.unwrap().to_string(), "600");
    assert_eq!((series.cost.unwrap().to_string(), series.currency.as_deref()), ("6".to_owned(), Some("USD")));
    assert!(utility::series(&place.ctx, &place.scope(), "cedar").await.unwrap().is_empty());

    let view = imports::confirm(&place.ctx, Actor::Person(&place.owner), "cedar", id).await.unwrap();
    assert_eq!(view.preview.changes(), changes(3, 0, 0, 0, 0));
    assert_eq!(imports::view(&place.ctx, &place.scope(), "cedar", id).await.unwrap(), view);
    assert_eq!(place.total().await, "600");
    assert_eq!(place.actions().await, ["import.confirmed", "import.drafted"]);
    let again = imports::confirm(&place.ctx, Actor::Person(&place.owner), "cedar", id).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_file_imported_twice_changes_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let bytes = file("2026-03-02T00:00:00Z", &[100, 200, 300]);
    place.import(bytes.clone()).await;
    let before = utility::series(&place.ctx, &place.scope(), "cedar").await.unwrap();
    let view = place.import(bytes).await;
    assert_eq!(view.preview.changes(), changes(0, 3, 0, 0, 0));
    assert_eq!(utility::series(&place.ctx, &place.scope(), "cedar").await.unwrap(), before);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_later_file_corrects_and_the_old_value_is_kept(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let first = place.import(file("2026-03-02T00:00:00Z", &[100, 200, 300])).await;
    let later = place.import(file("2026-03-05T00:00:00Z", &[100, 250, 300, 400])).await;
    assert_eq!(later.preview.changes(), changes(1, 2, 1, 0, 0));
    assert_eq!(place.total().await, "1050");
    // An earlier file, and one that is as old but different, overwrite nothing; not even what the later file only
    // said again.
    let earlier = place.import(file("2026-03-04T00:00:00Z", &[111, 222, 300])).await;
    assert_eq!(earlier.preview.changes(), changes(0, 1, 0, 2, 0));
    let undecided = place.import(file("2026-03-05T00:00:00Z", &[100, 999])).await;
    assert_eq!(undecided.preview.changes(), changes(0, 1, 0, 0, 1));
    assert_eq!(undecided.preview.series[0].conflicts[0].element, "entry.updated");
    assert_eq!(place.total().await, "1050");

    let series = utility::series(&place.ctx, &place.scope(), "cedar").await.unwrap().remove(0);
    assert_eq!((series.corrections, series.intervals), (1, 4));
    let mut tx = place.ctx.db.begin(&place.scope()).await.unwrap();
    let kept = store::utility::corrections_list(&mut tx, series.id).await.unwrap();
    assert_eq!((kept.len(), kept[0].old.value, kept[0].import), (1, 200.into(), first.id));
    assert_eq!((kept[0].replaced_by, kept[0].replaced_at), (later.id, place.ctx.clock.now()));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_cannot_be_read_is_kept_as_a_refusal_with_its_reason(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let place = place(pool, connect).await;
    let id = place.draft(b"%PDF-1.7\n\x00\x01".to_vec()).await.unwrap();
    let view = imports::view(&place.ctx, &place.scope(), "cedar", id).await.unwrap();
    assert_eq!(view.state, ImportState::Refused);
    assert!(view.preview.refused.is_some_and(|r| !r.advice.is_empty()));
    let no_unit =
        String::from_utf8(file("2026-03-02T00:00:00Z", &[1])).unwrap().replace("<uom>72</uom>", "<uom/>");
    let id = place.draft(no_unit.into_bytes()).await.unwrap();
    let view = imports::view(&place.ctx, &place.scope(), "cedar", id).await.unwrap();
    assert_eq!(
        (view.state, view.preview.refusals[0].element.as_str()),
        (ImportState::Refused, "ReadingType.uom")
    );
    let confirmed = imports::confirm(&place.ctx, Actor::Person(&place.owner), "cedar", id).await;
    assert!(matches!(confirmed, Err(Error::Conflict(_))));
    let list = imports::list(&place.ctx, &place.scope(), "cedar").await.unwrap();
    assert_eq!(
        list.iter().map(|i| (i.state, i.refusals)).collect::<Vec<_>>(),
        [(ImportState::Refused, 1); 2]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_discarded_draft_is_gone_with_its_file(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let id = place.draft(file("2026-03-02T00:00:00Z", &[1])).await.unwrap();
    imports::discard(&place.ctx, Actor::Person(&place.owner), "cedar", id).await.unwrap();
    let mut tx = place.ctx.db.begin(&place.scope()).await.unwrap();
    assert_eq!(store::imports::import_content(&mut tx, id).await.unwrap(), None);
    drop(tx);
    let confirmed = imports::confirm(&place.ctx, Actor::Person(&place.owner), "cedar", id).await;
    assert!(matches!(confirmed, Err(Error::Conflict(_))));
    assert!(utility::series(&place.ctx, &place.scope(), "cedar").await.unwrap().is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn drafts_and_sizes_are_bounded(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    for _ in 0..imports::MAX_DRAFTS {
        place.draft(file("2026-03-02T00:00:00Z", &[1])).await.unwrap();
    }
    let one_more = place.draft(file("2026-03-02T00:00:00Z", &[1])).await;
    assert!(matches!(one_more, Err(Error::Conflict(_))), "{one_more:?}");
    assert!(matches!(place.draft(vec![]).await, Err(Error::Invalid(_))));
    assert!(matches!(place.draft(vec![b' '; imports::MAX_UPLOAD_BYTES + 1]).await, Err(Error::Invalid(_))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn other_tenants_and_lesser_roles_get_nowhere(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let view = place.import(file("2026-03-02T00:00:00Z", &[1, 2])).await;
    let open = place.draft(file("2026-03-03T00:00:00Z", &[1, 3])).await.unwrap();
    let series = view.preview.series[0].series.unwrap();
    let (ctx, stranger) = (&place.ctx, Actor::Person(&place.stranger));
    let scope = place.stranger.scope(Permission::ViewFacility).unwrap();
    // By the facility's own slug, and smuggled into the stranger's facility.
    for slug in ["cedar", "birch"] {
        let found = [
            imports::view(ctx, &scope, slug, view.id).await.err(),
            imports::confirm(ctx, stranger, slug, open).await.err(),
            imports::discard(ctx, stranger, slug, open).await.err(),
            utility::profile(ctx, &scope, slug, series, ProfileQuery::default()).await.err(),
            utility::export(ctx, &scope, slug, series, ProfileQuery::default()).await.err(),
        ];
        assert!(found.iter().all(|e| matches!(e, Some(Error::NotFound))), "{found:?}");
    }
    assert!(matches!(imports::list(ctx, &scope, "cedar").await, Err(Error::NotFound)));
    assert!(matches!(utility::series(ctx, &scope, "cedar").await, Err(Error::NotFound)));
    let bytes = file("2026-03-02T00:00:00Z", &[1]);
    assert!(matches!(
        imports::draft(ctx, stranger, "cedar", "a.xml", bytes.clone()).await,
        Err(Error::NotFound)
    ));
    // A viewer of the same facility looks and does not import.
    let viewer = Actor::Person(&place.viewer);
    assert!(matches!(imports::draft(ctx, viewer, "cedar", "a.xml", bytes).await, Err(Error::Forbidden)));
    assert!(matches!(imports::confirm(ctx, viewer, "cedar", open).await, Err(Error::Forbidden)));
    let scope = place.viewer.scope(Permission::ViewFacility).unwrap();
    assert_eq!(imports::view(ctx, &scope, "cedar", open).await.unwrap().state, ImportState::Draft);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_confirmations_at_once_import_once(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let id = place.draft(file("2026-03-02T00:00:00Z", &[1, 2, 3])).await.unwrap();
    let confirm = || imports::confirm(&place.ctx, Actor::Person(&place.owner), "cedar", id);
    let (one, two) = tokio::join!(confirm(), confirm());
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(place.total().await, "6");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_dry_run_tells_the_changes_and_stores_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    place.import(file("2026-03-02T00:00:00Z", &[1, 2])).await;
    let bytes = file("2026-03-03T00:00:00Z", &[1, 3, 4]);
    let preview = imports::inspect(&place.ctx, &place.scope(), "cedar", &bytes).await.unwrap();
    assert_eq!(preview.changes(), changes(1, 1, 1, 0, 0));
    assert_eq!(imports::list(&place.ctx, &place.scope(), "cedar").await.unwrap().len(), 1);
    assert_eq!(place.total().await, "3");
}

/// The day clocks go forward has 23 hours; ranges are local days.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_profile_shows_local_days(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    // Nine days of hours from 2026-03-01: day 8 has 23.
    let view = place.import(file("2026-03-20T00:00:00Z", &[10; 9 * 24])).await;
    let series = view.preview.series[0].series.unwrap();
    let day = |d| chrono::NaiveDate::from_ymd_opt(2026, 3, d);
    let query = ProfileQuery { from: day(7), to: day(8), step: Some(Step::Day) };
    let profile = utility::profile(&place.ctx, &place.scope(), "cedar", series, query).await.unwrap();
    let values: Vec<String> = profile.intervals.iter().map(|i| i.value.to_string()).collect();
    assert_eq!(values, ["240", "230"]);
    assert_eq!((profile.total.unwrap().to_string(), profile.gap_count), ("470".to_owned(), 0));
    assert_eq!(profile.days.iter().map(|d| d.hours_in_day).collect::<Vec<_>>(), [24, 23]);
    let all =
        utility::profile(&place.ctx, &place.scope(), "cedar", series, ProfileQuery::default()).await.unwrap();
    assert_eq!((all.intervals.len(), Some(all.from), Some(all.to)), (216, day(1), day(10)));
    let export =
        utility::export(&place.ctx, &place.scope(), "cedar", series, ProfileQuery::default()).await.unwrap();
    assert_eq!(export.intervals.len(), 216);
}

/// Larger than one statement takes.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_year_of_hours_is_stored_exactly(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = place(pool, connect).await;
    let values: Vec<i64> = (0..8_760).map(|n| n % 1_013).collect();
    place.import(file("2026-03-20T00:00:00Z", &values)).await;
    assert_eq!(place.total().await, values.iter().sum::<i64>().to_string());
    let doubled: Vec<i64> = values.iter().map(|v| v * 2).collect();
    let view = place.import(file("2026-03-21T00:00:00Z", &doubled)).await;
    // Zero doubled is zero.
    assert_eq!(view.preview.changes(), changes(0, 9, 8_751, 0, 0));
    assert_eq!(place.total().await, (values.iter().sum::<i64>() * 2).to_string());
}
