//! Templates of reports, and reports that follow them.

use crate::alerts::member;
use crate::baselines::SLUG;
use crate::dashboard::saving;
use domain::access::{Grant, Permission, Principal, Role};
use domain::report::{Choices, Dates, Energy, Format, NewReport, Part, Style};
use services::{Error, reports, templates};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

fn mwh() -> (Style, Choices) {
    let choices = Choices {
        title: "For the board".to_owned(),
        note: "Numbers of the\nsecond half".to_owned(),
        parts: vec![Part::Summary, Part::Days, Part::Months, Part::Causes, Part::EndUses],
        energy: Energy::Mwh,
        ..Choices::default()
    };
    (Style { dates: Dates::DayFirst, ..Style::default() }, choices)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_library_of_choices(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let ctx = &world.ctx;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let library = async || reports::list(ctx, &scope, SLUG).await.unwrap().templates;
    let board = templates::save(ctx, &owner, SLUG, " Board ", mwh()).await.unwrap();
    let usual = (Style::default(), Choices::default());
    let bank = templates::save(ctx, &owner, SLUG, "Bank", usual.clone()).await.unwrap();
    let names: Vec<String> = library().await.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Bank", "Board"]);
    assert_eq!(library().await[1].choices, mwh().1);
    assert_eq!(templates::save(ctx, &owner, SLUG, "Bank", mwh()).await.unwrap(), bank, "written over");
    assert_eq!(library().await[0].choices, mwh().1);
    for wrong in ["", "two\nlines"] {
        let refused = templates::save(ctx, &owner, SLUG, wrong, usual.clone()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{wrong:?}");
    }
    let taken = templates::rename(ctx, &owner, SLUG, bank, "Board").await;
    assert!(matches!(taken, Err(Error::Conflict(_))));
    templates::rename(ctx, &owner, SLUG, bank, "Lender").await.unwrap();

    let stranger = Grant { organisation: world.lakeside, role: Role::Owner, facilities: None };
    let stranger = Principal { home: world.lakeside, grants: vec![stranger], ..owner.clone() };
    for refused in [
        templates::rename(ctx, &stranger, SLUG, bank, "Mine").await,
        templates::delete(ctx, &stranger, SLUG, bank).await,
        templates::save(ctx, &stranger, SLUG, "Mine", usual).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::NotFound)));
    }

    // A monthly report follows its template as it is then.
    let ask = (2, vec![Role::Owner], Style::default());
    reports::schedule(ctx, &owner, SLUG, ask, Some(board)).await.unwrap();
    let held = templates::delete(ctx, &owner, SLUG, board).await;
    assert!(matches!(held, Err(Error::Conflict(_))));
    let one = reports::list(ctx, &scope, SLUG).await.unwrap().schedules.remove(0);
    assert_eq!(one.template, Some((board, "Board".to_owned())));
    ctx.clock.advance(one.due_at - ctx.clock.now());
    assert!(reports::run_due(ctx).await.unwrap());
    let made = reports::list(ctx, &scope, SLUG).await.unwrap().reports.remove(0);
    let (_, stored) = reports::get(ctx, &scope, made.id).await.unwrap();
    assert_eq!((stored.style, stored.report.choices), mwh());
    reports::unschedule(ctx, &owner, SLUG, one.id).await.unwrap();
    templates::delete(ctx, &owner, SLUG, board).await.unwrap();
    templates::delete(ctx, &owner, SLUG, bank).await.unwrap();
    assert_eq!(library().await, vec![]);
    let (_, still) = reports::get(ctx, &scope, made.id).await.unwrap();
    assert_eq!(still.report.choices, mwh().1, "a report keeps its own");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_document_says_what_was_chosen(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let ctx = &world.ctx;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let (style, choices) = mwh();
    let (from, until) = ("2026-03-01".parse().unwrap(), "2026-03-15".parse().unwrap());
    let new = NewReport { from, until, style, choices };
    let (made, bundled) = reports::create(ctx, &owner, SLUG, &new).await.unwrap();
    let frozen = &made.report.metrics[0];
    assert_eq!(frozen.unit, "kWh", "what is sealed is in the platform's units");
    let view = reports::view(ctx, &scope, SLUG, made.id).await.unwrap();
    let shown = &view.report.metrics[0];
    let thousand = rust_decimal::Decimal::from(1_000);
    assert_eq!((shown.unit.as_str(), shown.savings), ("MWh", frozen.savings.map(|v| v / thousand)));
    let days: rust_decimal::Decimal = shown.days.iter().filter_map(|day| day.savings).sum();
    assert_eq!(Some(days), shown.savings, "days still add up");
    assert!(!shown.months.is_empty() && view.report.cycles.is_empty());

    let (_, csv) = reports::document(ctx, &scope, made.id, Format::Csv).await.unwrap();
    let csv = String::from_utf8(csv).unwrap();
    for text in [
        "# Title:,For the board\r\n",
        "# Range:,\"[01/03/2026, 15/03/2026)\"\r\n",
        "Electricity,MWh,02/03/2026,",
        "# Month:,Electricity,MWh,",
    ] {
        assert!(csv.contains(text), "{text} in\n{csv}");
    }
    let (_, pdf) = reports::document(ctx, &scope, made.id, Format::Pdf).await.unwrap();
    let (_, again) = reports::document(ctx, &scope, made.id, Format::Pdf).await.unwrap();
    assert!(pdf == again, "the same report gives the same bytes");
    use sha2::Digest as _;
    assert_eq!(sha2::Sha256::digest(&pdf).to_vec(), made.pdf_sha256);
    assert_eq!(bundled, view.bundle_sha256.is_some());
}
