//! Importing tables: questions that survive, rows that are mended, rejected and sent again, and what is stored.

use crate::world::{World, at, cedar_flower, id};
use chrono::{NaiveDateTime, TimeDelta};
use domain::access::{Grant, Permission, Principal, Role, Scope};
use domain::id::{ImportId, UserId};
use domain::table::{ClockOf, DateOrder, Edge, Field, Stage, Target, ValueUnit};
use domain::utility::{Commodity, ImportState};
use rust_decimal::Decimal;
use services::audit::Actor;
use services::imports::table::{self, Answer};
use services::{Error, imports, utility};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const SLUG: &str = "cedar-flower";
const NOW: &str = "2026-03-20T18:07:00Z";

struct Place {
    world: World,
    owner: Principal,
}

impl Place {
    async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let world = World::new(pool, connect, NOW).await;
        services::facilities::create_from_file(&world.ctx, world.cedar, &cedar_flower()).await.unwrap();
        let grants = vec![Grant { organisation: world.cedar, role: Role::Owner, facilities: None }];
        let user = UserId(uuid::Uuid::from_u128(21));
        let owner = Principal { user, name: "Owner".into(), home: id(2), grants };
        let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
        store::users::user_insert(&mut tx, user, "owner@example.com", "Owner", at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        Self { world, owner }
    }

    fn scope(&self) -> Scope {
        self.owner.scope(Permission::ImportData).unwrap()
    }

    async fn upload(&self, text: &str) -> ImportId {
        let actor = Actor::Person(&self.owner);
        let drafted = imports::draft(&self.world.ctx, actor, SLUG, "year.csv", text.into()).await.unwrap();
        assert_eq!(drafted.1, ImportState::Mapping);
        drafted.0
    }

    async fn answer(&self, id: ImportId, answer: Answer) -> services::Result<ImportState> {
        table::answer(&self.world.ctx, Actor::Person(&self.owner), SLUG, id, answer).await
    }

    /// What somebody sees who comes back with another browser.
    async fn view(&self, id: ImportId) -> domain::table::view::TableView {
        table::view(&self.world.ctx, &self.scope(), SLUG, id).await.unwrap()
    }

    /// Answers as guessed, up to the check of the rows.
    async fn to_rows(&self, id: ImportId) {
        let s = self.view(id).await.settings;
        self.answer(id, Answer::Header(s.header_row)).await.unwrap();
        let s = self.view(id).await.settings;
        let (target, columns, unit, commodity) = (s.target, s.columns, s.unit, s.commodity);
        self.answer(id, Answer::Columns { target, columns, unit, commodity, series: "Main".into() })
            .await
            .unwrap();
        let (edge, clock, dates, decimal_comma) = (s.edge, s.clock, s.dates, s.decimal_comma);
        self.answer(id, Answer::Time { edge, clock, dates, decimal_comma }).await.unwrap();
    }
}

/// A year of hours in UTC of which 37 rows cannot be read; each hour uses 1.5 kWh.
fn year_with_bad_rows() -> String {
    let first: NaiveDateTime = "2025-01-01T00:00:00".parse().unwrap();
    let mut text = String::from("Time (UTC),Usage (kWh)\n");
    for hour in 0..8_760 {
        let at = first + TimeDelta::hours(hour);
        let value = if hour % 240 == 17 && hour / 240 < 36 { "n/a" } else { "1.5" };
        let time = if hour == 5_000 { "someday".to_owned() } else { at.format("%Y-%m-%d %H:%M").to_string() };
        writeln!(text, "{time},{value}").unwrap();
    }
    text
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn thirty_seven_bad_rows_among_8760_are_mended_rejected_and_left_out(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let place = Place::new(pool, connect).await;
    let id = place.upload(&year_with_bad_rows()).await;
    place.to_rows(id).await;
    let view = place.view(id).await;
    assert_eq!((view.settings.stage, view.rows, view.error_count), (Stage::Rows, 8_760, 37));
    let early = place.answer(id, Answer::Finish).await;
    assert!(matches!(early, Err(Error::Conflict(_))), "not while rows are wrong");

    // One is mended in the browser.
    let first = view.errors[0].clone();
    assert_eq!((first.row, first.column, first.value.as_str()), (19, Some(1), "n/a"));
    let cell = |row, column, text: &str| BTreeMap::from([(row, BTreeMap::from([(column, text.to_owned())]))]);
    place.answer(id, Answer::Repair(cell(19, 1, "1.5"))).await.unwrap();
    assert_eq!(place.view(id).await.error_count, 36);

    // The file of rejected rows names row and reason; mended elsewhere and sent again it is merged.
    let rejected = table::rejects(&place.world.ctx, &place.scope(), SLUG, id).await.unwrap();
    assert_eq!(
        (rejected.len(), rejected[0].as_slice()),
        (37, ["row", "reason", "Time (UTC)", "Usage (kWh)"].map(str::to_owned).as_slice())
    );
    let lines: Vec<String> = rejected
        .iter()
        .map(|cells| {
            cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
        })
        .collect();
    let mended = lines.join("\n").replace("\"n/a\"", "\"1.5\"");
    let actor = Actor::Person(&place.owner);
    let n = table::mended(&place.world.ctx, actor, SLUG, id, mended.into_bytes()).await.unwrap();
    assert_eq!(n, 36);
    let view = place.view(id).await;
    assert_eq!((view.error_count, view.errors[0].value.as_str()), (1, "someday"));

    // The last one is left out on purpose.
    place.answer(id, Answer::SkipBad).await.unwrap();
    assert_eq!(place.answer(id, Answer::Finish).await.unwrap(), ImportState::Draft);
    let view = imports::view(&place.world.ctx, &place.scope(), SLUG, id).await.unwrap();
    let series = &view.preview.series[0];
    assert_eq!((series.intervals, series.total), (8_759, Some(Decimal::from(8_759 * 1_500))));
    assert_eq!((series.from, series.to), (at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")));
    assert_eq!(series.gap_count, 1);
    imports::confirm(&place.world.ctx, actor, SLUG, id).await.unwrap();
    let stored = utility::series(&place.world.ctx, &place.scope(), SLUG).await.unwrap();
    assert_eq!(stored[0].intervals, 8_759);

    // The same file again: the mapping is remembered, and nothing changes.
    let again = place.upload(&year_with_bad_rows()).await;
    assert_eq!(place.view(again).await.settings.series, "Main");
    place.to_rows(again).await;
    place.answer(again, Answer::SkipBad).await.unwrap();
    place.answer(again, Answer::Finish).await.unwrap();
    let changes =
        imports::view(&place.world.ctx, &place.scope(), SLUG, again).await.unwrap().preview.changes();
    assert_eq!((changes.new, changes.corrected, changes.same), (0, 0, 8_723));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_later_table_corrects_and_keeps_the_old_value(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = Place::new(pool, connect).await;
    let table = |value: &str| format!("time,kWh\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,{value}\n");
    for value in ["2", "3"] {
        let id = place.upload(&table(value)).await;
        place.to_rows(id).await;
        place.answer(id, Answer::Finish).await.unwrap();
        imports::confirm(&place.world.ctx, Actor::Person(&place.owner), SLUG, id).await.unwrap();
        place.world.ctx.clock.advance(TimeDelta::hours(1));
    }
    let stored = utility::series(&place.world.ctx, &place.scope(), SLUG).await.unwrap();
    assert_eq!((stored.len(), stored[0].total), (1, Some(Decimal::from(4_000))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn days_of_a_zone_have_23_24_and_25_hours(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = Place::new(pool, connect).await;
    let mut text = String::from("Date;Verbrauch (kWh)\n");
    for day in 1..=31 {
        writeln!(text, "{day:02}.03.2026;24,5").unwrap();
    }
    let id = place.upload(&text).await;
    let columns = vec![Some(Field::Time), Some(Field::Value)];
    place.answer(id, Answer::Header(1)).await.unwrap();
    let asked = Answer::Columns {
        target: Target::Intervals,
        columns,
        unit: ValueUnit::KilowattHour,
        commodity: Commodity::Electricity,
        series: "Days".into(),
    };
    place.answer(id, asked).await.unwrap();
    let asked = Answer::Time {
        edge: Edge::Start,
        clock: ClockOf::Facility,
        dates: DateOrder::DayFirst,
        decimal_comma: true,
    };
    place.answer(id, asked).await.unwrap();
    place.answer(id, Answer::Finish).await.unwrap();
    let view = imports::view(&place.world.ctx, &place.scope(), SLUG, id).await.unwrap();
    let series = &view.preview.series[0];
    assert_eq!((series.intervals, series.gap_count), (31, 0), "the day of 23 hours leaves no gap");
    assert_eq!((series.from, series.to), (at("2026-03-01T07:00:00Z"), at("2026-04-01T06:00:00Z")));
    assert_eq!(series.total, Some(Decimal::new(759_500, 0)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_crop_plan_is_imported_through_the_same_questions(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = Place::new(pool, connect).await;
    let text = "zone,from,until,stage,canopy_m2,photoperiod_h,ppfd\nFlower 1,2026-01-01,2026-03-01,flower,60,12,900\nflower-9,2026-03-01,,flower,60,12,900\n";
    let id = place.upload(text).await;
    place.to_rows(id).await;
    let view = place.view(id).await;
    assert_eq!(view.settings.target, Target::CropPlan);
    assert!(view.errors[0].message.contains("no room “flower-9”"), "{}", view.errors[0].message);
    let cell = BTreeMap::from([(3, BTreeMap::from([(0, "flower-1".to_owned())]))]);
    place.answer(id, Answer::Repair(cell)).await.unwrap();
    assert_eq!(place.answer(id, Answer::Finish).await.unwrap(), ImportState::Draft);
    imports::confirm(&place.world.ctx, Actor::Person(&place.owner), SLUG, id).await.unwrap();
    let mut tx = place.world.ctx.db.begin(&place.scope()).await.unwrap();
    let facility = store::facilities::by_slug(&mut tx, SLUG).await.unwrap();
    let plan = store::production::crop_plan(&mut tx, facility.id).await.unwrap();
    assert_eq!(plan.len(), 2);
    assert_eq!(plan[1].until, None);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_mapping_lacks_is_said_and_nobody_else_may_answer(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let place = Place::new(pool, connect).await;
    let id = place.upload("time,kWh\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,2\n").await;
    place.answer(id, Answer::Header(1)).await.unwrap();
    let columns = Answer::Columns {
        target: Target::Intervals,
        columns: vec![None, None],
        unit: ValueUnit::KilowattHour,
        commodity: Commodity::Electricity,
        series: String::new(),
    };
    let refused = place.answer(id, columns).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    assert_eq!(place.view(id).await.settings.stage, Stage::Columns, "the question stays");
    let stranger = Principal {
        grants: vec![Grant { organisation: place.world.lakeside, role: Role::Owner, facilities: None }],
        ..place.owner.clone()
    };
    let actor = Actor::Person(&stranger);
    let foreign = table::answer(&place.world.ctx, actor, SLUG, id, Answer::Header(1)).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    imports::discard(&place.world.ctx, Actor::Person(&place.owner), SLUG, id).await.unwrap();
    assert!(matches!(place.answer(id, Answer::Header(1)).await, Err(Error::Conflict(_))));
}

/// A workbook with an empty cover, a year's list of rooms and readings.
fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Cover").unwrap();
    for (name, rows) in [
        ("Rooms", [["Room", "Area"], ["Flower 1", "60"], ["Flower 2", "70"]]),
        (
            "Readings",
            [["Time (UTC)", "Usage (kWh)"], ["2026-01-01T00:00:00Z", "1.5"], ["2026-01-01T01:00:00Z", "2.5"]],
        ),
    ] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(cells) {
                sheet.write_string(row, column, text).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_sheet_of_a_workbook_is_chosen_and_kept(pool: PgPoolOptions, connect: PgConnectOptions) {
    let place = Place::new(pool, connect).await;
    let actor = Actor::Person(&place.owner);
    let (id, _) = imports::draft(&place.world.ctx, actor, SLUG, "year.xlsx", workbook()).await.unwrap();
    let view = place.view(id).await;
    let found: Vec<_> = view.sheets.iter().map(|s| (s.name.as_str(), s.rows, s.filled)).collect();
    assert_eq!(found, [("Cover", None, false), ("Rooms", Some(3), true), ("Readings", Some(3), true)]);
    assert_eq!(
        (view.settings.sheet, view.header.as_slice()),
        (1, ["Room", "Area"].map(str::to_owned).as_slice())
    );

    // Far into the questions about one sheet, the other one begins anew.
    place.answer(id, Answer::Header(2)).await.unwrap();
    place
        .answer(id, Answer::Repair(BTreeMap::from([(2, BTreeMap::from([(0, "x".to_owned())]))])))
        .await
        .unwrap();
    place.answer(id, Answer::Sheet(2)).await.unwrap();
    let view = place.view(id).await;
    assert_eq!((view.settings.stage, view.settings.sheet, view.settings.header_row), (Stage::Header, 2, 1));
    assert_eq!(view.settings.columns, [Some(Field::Time), Some(Field::Value)]);
    assert!(view.settings.repairs.is_empty());
    assert!(matches!(place.answer(id, Answer::Sheet(3)).await, Err(Error::Conflict(_))), "there is none");
    assert_eq!(place.view(id).await.settings.sheet, 2);

    place.to_rows(id).await;
    assert_eq!(place.answer(id, Answer::Finish).await.unwrap(), ImportState::Draft);
    imports::confirm(&place.world.ctx, actor, SLUG, id).await.unwrap();
    let stored = utility::series(&place.world.ctx, &place.scope(), SLUG).await.unwrap();
    assert_eq!((stored[0].intervals, stored[0].total), (2, Some(Decimal::from(4_000))));

    // What is remembered of these headings does not say where in a workbook they are.
    let (again, _) = imports::draft(&place.world.ctx, actor, SLUG, "year.xlsx", workbook()).await.unwrap();
    assert_eq!(place.view(again).await.settings.sheet, 1);
    place.answer(again, Answer::Sheet(2)).await.unwrap();
    let settings = place.view(again).await.settings;
    assert_eq!((settings.sheet, settings.series.as_str()), (2, "Main"));
}
