//! Utility intervals keep every digit, and corrections keep what they replace.

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::{FacilityId, ImportId, OrganisationId};
use domain::quality::Quality;
use domain::utility::{Commodity, FileSeries, Flow, ImportState, Measure, Preview, Unit, UtilityInterval};
use rust_decimal::Decimal;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use store::imports::{Import, import_content, import_discard, import_drafts, import_get, import_insert};
use store::utility::{
    Target, corrections_list, intervals_correct, intervals_insert, intervals_reaffirm, intervals_touching,
    series_by_key, series_list, series_upsert,
};
use store::{Db, Error};
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(1));
const FACILITY: FacilityId = FacilityId(Uuid::from_u128(2));

fn at(hour: i64) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour)
}

fn interval(hour: i64, value: &str) -> UtilityInterval {
    UtilityInterval {
        start: at(hour),
        end: at(hour + 1),
        value: value.parse().unwrap(),
        cost: Some(Decimal::new(-123_456, 5)),
        quality: Quality::Questionable,
        codes: vec![8, 14],
        updated: Some(at(100)),
    }
}

fn series() -> FileSeries {
    FileSeries {
        key: "UsagePoint/1#electricity".to_owned(),
        name: "Main".to_owned(),
        commodity: Commodity::Electricity,
        unit: Unit::WattHour,
        flow: Flow::Delivered,
        measure: Measure::Amount,
        interval_s: Some(3_600),
        currency: Some("USD".to_owned()),
        intervals: vec![],
        left_out: vec![],
        remarks: vec![],
    }
}

fn import(n: u128) -> Import {
    Import {
        format: domain::utility::FileFormat::GreenButton,
        settings: None,
        id: ImportId(Uuid::from_u128(n)),
        organisation: ORGANISATION,
        facility: FACILITY,
        file_name: "a.xml".to_owned(),
        sha256: vec![7; 32],
        bytes: 3,
        state: ImportState::Draft,
        preview: Preview::default(),
        created_by: None,
        created_by_name: "test".to_owned(),
        created_at: at(0),
        imported_at: None,
    }
}

/// A facility with two imports and a series.
async fn setup(pool: PgPoolOptions, connect: PgConnectOptions) -> (Db, Target, Target) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO organisations (id, name, kind) VALUES ('00000000-0000-0000-0000-000000000001', 'V', 'vendor');
        INSERT INTO facilities (id, organisation_id, slug, name, kind, time_zone, latitude, longitude, currency)
        VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'f', 'F', 'indoor',
            'UTC', 0, 0, 'USD')",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let db = Db::from_options(pool, connect);
    let mut tx = db.begin(&Scope::system()).await.unwrap();
    for n in [10, 11] {
        import_insert(&mut tx, &import(n), Some(b"xml")).await.unwrap();
    }
    let series = series_upsert(&mut tx, ORGANISATION, FACILITY, &series()).await.unwrap();
    tx.commit().await.unwrap();
    let target = |n| Target {
        series,
        organisation: ORGANISATION,
        facility: FACILITY,
        import: ImportId(Uuid::from_u128(n)),
    };
    (db, target(10), target(11))
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn intervals_come_back_digit_for_digit(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (db, target, _) = setup(pool, connect).await;
    let mut tx = db.begin(&Scope::system()).await.unwrap();
    let stored =
        [interval(0, "0.000001"), interval(1, "-140737488355327000"), interval(3, "999999999999999999.5")];
    intervals_insert(&mut tx, target, &stored.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(intervals_touching(&mut tx, target.series, at(0), at(9)).await.unwrap(), stored);
    // Half-open at both ends.
    assert_eq!(intervals_touching(&mut tx, target.series, at(1), at(3)).await.unwrap(), stored[1..2]);
    let summary = series_list(&mut tx, FACILITY, Some(target.series)).await.unwrap().remove(0);
    assert_eq!(summary.total.unwrap().to_string(), "859262511644672999.500001");
    assert_eq!((summary.cost.unwrap().to_string(), summary.quality.questionable), ("-3.70368".to_owned(), 3));
    assert_eq!((summary.from, summary.to), (Some(at(0)), Some(at(4))));
    let tiny = interval(5, "0.000000000001");
    intervals_insert(&mut tx, target, &[&tiny]).await.unwrap();
    assert_eq!(intervals_touching(&mut tx, target.series, at(5), at(6)).await.unwrap(), [tiny]);
    // Thirty digits: no total rather than a rounded one.
    let summary = series_list(&mut tx, FACILITY, None).await.unwrap().remove(0);
    assert_eq!((summary.total, summary.intervals), (None, 4));
    let twice = intervals_insert(&mut tx, target, &[&stored[0]]).await;
    assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_correction_keeps_the_old_value_and_touches_nothing_else(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let (db, first, second) = setup(pool, connect).await;
    let mut tx = db.begin(&Scope::system()).await.unwrap();
    let (old, other) = (interval(0, "5"), interval(1, "6"));
    intervals_insert(&mut tx, first, &[&old, &other]).await.unwrap();
    let mut new = interval(0, "7");
    (new.cost, new.codes, new.quality) = (None, vec![], Quality::Measured);
    intervals_correct(&mut tx, second, &[&new], at(200)).await.unwrap();
    let reaffirmed = UtilityInterval { updated: Some(at(300)), ..other };
    intervals_reaffirm(&mut tx, second, &[&reaffirmed]).await.unwrap();
    let now = intervals_touching(&mut tx, first.series, at(0), at(9)).await.unwrap();
    assert_eq!(now, [new, reaffirmed]);
    let kept = corrections_list(&mut tx, first.series).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0].old, kept[0].import, kept[0].replaced_by), (&old, first.import, second.import));
    assert_eq!(kept[0].replaced_at, at(200));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_series_is_found_by_its_key(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (db, target, _) = setup(pool, connect).await;
    let mut tx = db.begin(&Scope::system()).await.unwrap();
    assert_eq!(series_by_key(&mut tx, FACILITY, &series().key).await.unwrap(), Some(target.series));
    assert_eq!(series_by_key(&mut tx, FACILITY, "other").await.unwrap(), None);
    let renamed = FileSeries { name: "Renamed".to_owned(), currency: None, ..series() };
    assert_eq!(series_upsert(&mut tx, ORGANISATION, FACILITY, &renamed).await.unwrap(), target.series);
    let summary = series_list(&mut tx, FACILITY, None).await.unwrap().remove(0);
    assert_eq!((summary.name.as_str(), summary.currency.as_deref()), ("Renamed", Some("USD")));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_discarded_import_drops_its_file(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (db, target, _) = setup(pool, connect).await;
    let mut tx = db.begin(&Scope::system()).await.unwrap();
    assert_eq!(import_get(&mut tx, FACILITY, target.import).await.unwrap(), import(10));
    assert_eq!(import_content(&mut tx, target.import).await.unwrap().as_deref(), Some(&b"xml"[..]));
    assert_eq!(import_drafts(&mut tx, FACILITY).await.unwrap(), 2);
    import_discard(&mut tx, target.import).await.unwrap();
    assert_eq!(import_content(&mut tx, target.import).await.unwrap(), None);
    assert_eq!(import_drafts(&mut tx, FACILITY).await.unwrap(), 1);
    let elsewhere = FacilityId(Uuid::from_u128(99));
    assert!(matches!(import_get(&mut tx, elsewhere, target.import).await, Err(Error::NotFound)));
}
