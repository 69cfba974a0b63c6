//! The queue: large exports and reports, whatever becomes of their server.

use crate::alerts::member;
use crate::baselines::{SLUG, metered_world, register};
use crate::dashboard::saving;
use crate::world::World;
use chrono::TimeDelta;
use domain::access::{Grant, Permission, Principal, Role, Scope};
use domain::export::{Export, FileKind, Rows};
use domain::id::JobId;
use domain::jobs::{JobRow, JobState};
use domain::range::Granularity;
use domain::report::{Choices, NewReport, Style};
use rust_decimal::Decimal;
use services::exports::{Ordered, order};
use services::jobs::{self, run_due};
use services::{Error, reports, telemetry};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

fn export(interval: Granularity, from: &str, until: &str) -> Export {
    Export {
        rows: Rows::Intervals,
        interval,
        point: None,
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        kind: FileKind::Csv,
    }
}

/// More than 100,000 rows: a year and more of 5 minutes.
fn long() -> Export {
    export(Granularity::FiveMinutes, "2025-02-01", "2026-03-15")
}

async fn ordered(world: &World, who: &Principal, export: &Export) -> JobId {
    match order(&world.ctx, who, SLUG, export).await.unwrap() {
        Ordered::Job(id) => id,
        Ordered::File(name, _) => panic!("{name} was given at once"),
    }
}

async fn whole(world: &World, who: &Principal, id: JobId) -> String {
    let (mut bytes, mut n) = (vec![], 0);
    while let Some(mut piece) = jobs::piece(&world.ctx, who, id, n).await.unwrap() {
        assert!(piece.len() < 4 << 20, "a piece of {} bytes", piece.len());
        bytes.append(&mut piece);
        n += 1;
    }
    String::from_utf8(bytes).unwrap()
}

async fn job(world: &World, who: &Principal, id: JobId) -> JobRow {
    jobs::list(&world.ctx, who, "").await.unwrap().into_iter().find(|job| job.id == id).unwrap()
}

/// Start in local time and value of each row.
fn values(text: &str) -> Vec<(String, Option<Decimal>)> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), cells[7].parse().ok())
    })
    .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_long_export_says_what_the_pages_say(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    let id = ordered(&world, &owner, &long()).await;
    let waiting = job(&world, &owner, id).await;
    assert_eq!((waiting.state, waiting.percent, waiting.file), (JobState::Queued, 0, None));
    assert!(matches!(jobs::file(&world.ctx, &owner, id).await, Err(Error::NotFound)), "not made yet");
    assert!(run_due(&world.ctx).await.unwrap());
    assert!(!run_due(&world.ctx).await.unwrap(), "nothing else is due");
    let made = job(&world, &owner, id).await;
    assert_eq!((made.state, made.percent), (JobState::Done, 100), "{made:?}");
    let file = jobs::file(&world.ctx, &owner, id).await.unwrap();
    let text = whole(&world, &owner, id).await;
    let all = values(&text);
    assert_eq!(file.bytes, text.len() as u64);
    assert!(all.len() > 100_000 && file.rows == all.len() as u64, "{} of {}", all.len(), file.rows);
    assert_eq!(file.name, "cedar-flower-intervals-5m-2025-02-01-2026-03-14.csv");
    assert!(all.windows(2).all(|pair| pair[0].0 != pair[1].0), "each interval once");

    // A month that the export cuts into stretches adds up to what its page shows.
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let points = telemetry::points(&world.ctx, &scope, SLUG).await.unwrap();
    let point = points.points[0].point.id;
    let july = telemetry::series(&world.ctx, &scope, SLUG, point, "2025-07", Some(Granularity::Day)).await;
    let july = july.unwrap().total.unwrap();
    let sum: Decimal = all.iter().filter(|(at, _)| at.starts_with("2025-07")).filter_map(|(_, v)| *v).sum();
    assert_eq!(sum.normalize(), july.normalize());

    // A short one comes at once, with the same rows.
    let day = export(Granularity::FiveMinutes, "2025-07-04", "2025-07-05");
    let Ordered::File(name, bytes) = order(&world.ctx, &owner, SLUG, &day).await.unwrap() else {
        panic!("a day is long")
    };
    assert_eq!(name, "cedar-flower-intervals-5m-2025-07-04-2025-07-04.csv");
    let short = values(&String::from_utf8(bytes).unwrap());
    assert_eq!(short.len(), 288);
    let same: Vec<_> = all.into_iter().filter(|(at, _)| at.starts_with("2025-07-04")).collect();
    assert_eq!(short, same);

    let hour = Export { kind: FileKind::Xlsx, ..export(Granularity::Hour, "2025-07-04", "2025-07-05") };
    let Ordered::File(_, bytes) = order(&world.ctx, &owner, SLUG, &hour).await.unwrap() else {
        panic!("a day is long")
    };
    assert!(bytes.starts_with(b"PK"));
    for (wrong, field) in [
        (export(Granularity::Hour, "2025-07-04", "2025-07-04"), "to"),
        (export(Granularity::Hour, "2000-01-01", "2025-07-04"), "to"),
    ] {
        let Err(Error::Invalid(fields)) = order(&world.ctx, &owner, SLUG, &wrong).await else {
            panic!("{wrong:?}")
        };
        assert_eq!(fields[0].field, field);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_else_sees_a_job_or_its_file(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    let colleague = member(&world, 52, Role::Owner, "colleague@cedar.example").await;
    let stranger = Grant { organisation: world.lakeside, role: Role::Owner, facilities: None };
    let stranger = Principal { home: world.lakeside, grants: vec![stranger], ..colleague.clone() };
    let id = ordered(&world, &owner, &long()).await;
    assert!(run_due(&world.ctx).await.unwrap());
    assert!(jobs::piece(&world.ctx, &owner, id, 0).await.unwrap().is_some());
    for other in [&colleague, &stranger] {
        assert_eq!(jobs::list(&world.ctx, other, "").await.unwrap(), vec![]);
        assert!(matches!(jobs::file(&world.ctx, other, id).await, Err(Error::NotFound)));
        assert_eq!(jobs::piece(&world.ctx, other, id, 0).await.unwrap(), None);
        assert!(matches!(jobs::again(&world.ctx, other, id).await, Err(Error::NotFound)));
        assert!(matches!(jobs::delete(&world.ctx, other, id).await, Err(Error::NotFound)));
    }
    let theirs = order(&world.ctx, &stranger, SLUG, &long()).await;
    assert!(matches!(theirs, Err(Error::NotFound)));

    world.ctx.clock.advance(TimeDelta::days(6));
    assert_eq!(jobs::expire(&world.ctx).await.unwrap(), 0);
    world.ctx.clock.advance(TimeDelta::days(2));
    assert_eq!(jobs::expire(&world.ctx).await.unwrap(), 1);
    assert_eq!(jobs::piece(&world.ctx, &owner, id, 0).await.unwrap(), None, "its file is gone with it");
    assert_eq!(jobs::list(&world.ctx, &owner, "").await.unwrap(), vec![]);

    // Nobody fills the queue alone.
    for _ in 0..10 {
        ordered(&world, &owner, &long()).await;
    }
    assert!(matches!(order(&world.ctx, &owner, SLUG, &long()).await, Err(Error::Conflict(_))));
    let one = jobs::list(&world.ctx, &owner, "").await.unwrap()[0].id;
    assert_eq!(jobs::delete(&world.ctx, &owner, one).await.unwrap(), None);
    ordered(&world, &owner, &long()).await;
}

/// Takes a job as a server does, and dies over it.
async fn taken_and_left(world: &World) -> store::jobs::Taken {
    let now = world.ctx.clock.now();
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let taken = store::jobs::take(&mut tx, now, now + TimeDelta::minutes(2)).await.unwrap().unwrap();
    store::jobs::chunk(&mut tx, &taken, 0, b"half a file").await.unwrap();
    tx.commit().await.unwrap();
    taken
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_report_is_made_once_whatever_becomes_of_servers(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = saving(pool, connect).await;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let (from, until) = ("2026-03-01".parse().unwrap(), "2026-03-15".parse().unwrap());
    let new = NewReport { from, until, style: Style::default(), choices: Choices::default() };
    reports::order(&world.ctx, &owner, SLUG, new.clone()).await.unwrap();
    let listed = async || jobs::list(&world.ctx, &owner, SLUG).await.unwrap().remove(0);
    let made = async || reports::list(&world.ctx, &scope, SLUG).await.unwrap().reports.len();

    let dead = taken_and_left(&world).await;
    assert_eq!(listed().await.state, JobState::Running);
    assert!(!run_due(&world.ctx).await.unwrap(), "it is another server's as long as the lease lasts");
    world.ctx.clock.advance(TimeDelta::minutes(3));
    // Two servers look at once.
    let (a, b) = tokio::join!(run_due(&world.ctx), run_due(&world.ctx));
    assert!(a.unwrap() ^ b.unwrap());
    let done = listed().await;
    assert_eq!((done.state, made().await), (JobState::Done, 1), "{done:?}");
    assert_eq!(jobs::piece(&world.ctx, &owner, dead.id, 0).await.unwrap(), None, "the half is gone");

    // The first server was only slow: what it holds is worth nothing any more.
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    let late = store::jobs::progress(&mut tx, &dead, 50, world.ctx.clock.now()).await;
    assert!(matches!(late, Err(store::Error::NotFound)));
    let report = done.report.unwrap();
    let late = store::jobs::made_report(&mut tx, &dead, report, world.ctx.clock.now()).await;
    assert!(matches!(late, Err(store::Error::NotFound)));
    drop(tx);

    // A server that dies of it again and again is not let at it for ever.
    reports::order(&world.ctx, &owner, SLUG, new).await.unwrap();
    for _ in 0..3 {
        taken_and_left(&world).await;
        world.ctx.clock.advance(TimeDelta::minutes(3));
    }
    assert!(run_due(&world.ctx).await.unwrap());
    let failed = listed().await;
    assert_eq!((failed.state, made().await), (JobState::Failed, 1));
    assert!(failed.message.unwrap().contains("three times"));
    assert_eq!(jobs::again(&world.ctx, &owner, failed.id).await.unwrap().as_deref(), Some(SLUG));
    assert!(run_due(&world.ctx).await.unwrap());
    assert_eq!((listed().await.state, made().await), (JobState::Done, 2));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_fails_says_why_and_can_be_tried_again(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, register()).await;
    let owner = member(&world, 51, Role::Owner, "owner@cedar.example").await;
    // No day has savings here.
    let (from, until) = ("2026-03-01".parse().unwrap(), "2026-03-15".parse().unwrap());
    let new = NewReport { from, until, style: Style::default(), choices: Choices::default() };
    reports::order(&world.ctx, &owner, SLUG, new.clone()).await.unwrap();
    assert!(run_due(&world.ctx).await.unwrap());
    let failed = jobs::list(&world.ctx, &owner, SLUG).await.unwrap().remove(0);
    assert_eq!(failed.state, JobState::Failed);
    assert!(failed.message.unwrap().contains("no figures"));
    let backwards = NewReport { until: from, ..new.clone() };
    let nothing = NewReport { choices: Choices { parts: vec![], ..Choices::default() }, ..new };
    for wrong in [backwards, nothing] {
        let refused = reports::order(&world.ctx, &owner, SLUG, wrong).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }

    // Whoever asked has left by the time it runs: nothing is made with what they could see once.
    let id = ordered(&world, &owner, &long()).await;
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    store::users::membership_delete(&mut tx, world.cedar, owner.user).await.unwrap();
    tx.commit().await.unwrap();
    assert!(run_due(&world.ctx).await.unwrap());
    let failed = job(&world, &owner, id).await;
    assert_eq!((failed.state, failed.file), (JobState::Failed, None));
    assert!(failed.message.unwrap().contains("may not see"));
    let now = world.ctx.clock.now();
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    store::users::membership_insert(&mut tx, world.cedar, owner.user, Role::Owner, None, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(jobs::again(&world.ctx, &owner, id).await.unwrap(), None);
    assert!(matches!(jobs::again(&world.ctx, &owner, id).await, Err(Error::NotFound)), "it waits already");
    assert!(run_due(&world.ctx).await.unwrap());
    assert_eq!(job(&world, &owner, id).await.state, JobState::Done);
}
