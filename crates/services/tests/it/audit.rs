//! Recording, listing and checking the audit trail, and what tampering with it comes to.

use crate::accounts::Accounts;
use domain::access::{Role, Scope};
use domain::audit::{Broken, Fault};
use serde_json::json;
use services::audit::{Actor, Entry, Filter, PAGE, check, page, record, verify};
use services::{Context, Error};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::organisations::Organisation;

async fn write(ctx: &Context, organisation: &Organisation, count: usize) {
    for n in 0..count {
        let mut tx = ctx.db.begin(&Scope::system()).await.unwrap();
        let entry = Entry {
            organisation: organisation.id,
            actor: Actor::Background("test"),
            action: "thing.done",
            subject: format!("thing:{n}"),
            facility: None,
            detail: json!({ "n": n, "text": "Größe \u{1F331} \"quoted\"", "small": -0.0, "large": 1e300 }),
        };
        record(&mut tx, ctx.clock.now(), entry).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_written_chain_is_whole(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let before = verify(&accounts.ctx, &accounts.cedar, None).await.unwrap().outcome.unwrap();
    write(&accounts.ctx, &accounts.cedar, 20).await;
    let after = verify(&accounts.ctx, &accounts.cedar, Some(before)).await.unwrap().outcome.unwrap();
    assert_eq!(after.0, before.0 + 20);
    // What is rolled back leaves no hole.
    let mut tx = accounts.ctx.db.begin(&Scope::system()).await.unwrap();
    let entry = Entry {
        organisation: accounts.cedar.id,
        actor: Actor::Background("test"),
        action: "thing.done",
        subject: String::new(),
        facility: None,
        detail: json!({}),
    };
    record(&mut tx, accounts.ctx.clock.now(), entry).await.unwrap();
    drop(tx);
    write(&accounts.ctx, &accounts.cedar, 1).await;
    assert_eq!(
        verify(&accounts.ctx, &accounts.cedar, Some(after)).await.unwrap().outcome.unwrap().0,
        after.0 + 1
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn events_at_the_same_time_form_one_chain(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let (ctx, cedar) = (&accounts.ctx, &accounts.cedar);
    let before = verify(ctx, cedar, None).await.unwrap().outcome.unwrap().0;
    tokio::join!(
        write(ctx, cedar, 15),
        write(ctx, cedar, 15),
        write(ctx, cedar, 15),
        write(ctx, &accounts.harbor, 15)
    );
    assert_eq!(verify(ctx, cedar, None).await.unwrap().outcome.unwrap().0, before + 45);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn tampering_is_named_at_its_first_record(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    let accounts = Accounts::new(pool, connect).await;
    let (ctx, cedar) = (&accounts.ctx, &accounts.cedar);
    write(ctx, cedar, 29).await;
    let noted = verify(ctx, cedar, None).await.unwrap().outcome.unwrap();
    assert_eq!(noted.0, 30, "the founding and 29 more");

    let changed = |height| Broken { height, fault: Fault::Changed };
    let missing = |height| Broken { height, fault: Fault::Missing };
    let of = format!("organisation_id = '{}'", cedar.id);
    let cases = [
        (format!("UPDATE audit_events SET actor = 'tesu' WHERE {of} AND height = 7"), changed(7)),
        (
            format!(
                "UPDATE audit_events SET detail = replace(detail::text, ':3', ':4')::json WHERE {of} AND height = 5"
            ),
            changed(5),
        ),
        (
            format!("UPDATE audit_events SET detail = (detail::text || ' ')::json WHERE {of} AND height = 5"),
            changed(5),
        ),
        (
            format!("UPDATE audit_events SET at = at + interval '1 microsecond' WHERE {of} AND height = 30"),
            changed(30),
        ),
        (
            format!(
                "UPDATE audit_events SET hash = set_bit(hash, 100, 1 - get_bit(hash, 100)) WHERE {of} AND height = 1"
            ),
            changed(1),
        ),
        (format!("UPDATE audit_events SET previous_hash = '\\x00' WHERE {of} AND height = 12"), changed(12)),
        (format!("DELETE FROM audit_events WHERE {of} AND height = 9"), missing(9)),
        (format!("DELETE FROM audit_events WHERE {of} AND height BETWEEN 10 AND 20"), missing(10)),
        (format!("DELETE FROM audit_events WHERE {of} AND height = 1"), missing(1)),
        (format!("DELETE FROM audit_events WHERE {of} AND height > 25"), missing(26)),
        (format!("DELETE FROM audit_events WHERE {of}"), missing(1)),
        (format!("UPDATE audit_events SET height = height + 1000 WHERE {of} AND height = 14"), missing(14)),
        (
            format!(
                "UPDATE audit_events SET height = -height WHERE {of} AND height IN (3, 4);
            UPDATE audit_events SET height = 7 + height WHERE {of} AND height < 0"
            ),
            changed(3),
        ),
        (
            format!(
                "UPDATE audit_events SET organisation_id = '{}', height = 99 WHERE {of} AND height = 22",
                accounts.harbor.id
            ),
            missing(22),
        ),
    ];
    for (tampering, broken) in cases {
        let mut tx = owner.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY"))
            .execute(&mut *tx)
            .await
            .unwrap();
        let kept: Vec<String> = sqlx::query_scalar("SELECT row_to_json(e)::text FROM audit_events e")
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        sqlx::raw_sql(AssertSqlSafe(tampering.clone())).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let outcome = verify(ctx, cedar, Some(noted)).await.unwrap().outcome;
        assert_eq!(outcome, Err(broken), "{tampering}");
        let mut tx = owner.begin().await.unwrap();
        sqlx::raw_sql("TRUNCATE audit_events").execute(&mut *tx).await.unwrap();
        for row in kept {
            sqlx::query(
                "INSERT INTO audit_events SELECT * FROM json_populate_record(NULL::audit_events, $1::json)",
            )
            .bind(row)
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(
            verify(ctx, cedar, Some(noted)).await.unwrap().outcome,
            Ok(noted),
            "put back after {tampering}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_trail_is_listed_page_by_page_within_reach(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let ctx = &accounts.ctx;
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    let viewer = accounts.person("viewer@cedar.example", &accounts.cedar, Role::Viewer).await.principal;
    write(ctx, &accounts.cedar, PAGE + 10).await;
    write(ctx, &accounts.harbor, 3).await;

    let mut filter = Filter { action: Some("thing".to_owned()), ..Filter::default() };
    let first = page(ctx, &owner, &filter).await.unwrap();
    assert_eq!(first.records.len(), PAGE);
    let cursor = first.next.unwrap();
    assert_eq!(cursor.to_string().parse::<services::audit::Cursor>().unwrap(), cursor);
    filter.before = Some(cursor);
    let second = page(ctx, &owner, &filter).await.unwrap();
    assert_eq!((second.records.len(), second.next), (10, None));
    let heights: Vec<u64> = first.records.iter().chain(&second.records).map(|r| r.event.height).collect();
    assert!(heights.windows(2).all(|pair| pair[0] == pair[1] + 1), "{heights:?}");
    assert!(first.records.iter().all(|r| r.event.organisation == accounts.cedar.id));

    let by = Filter { actor: Some("OWNER@".to_owned()), ..Filter::default() };
    let actions: Vec<_> =
        page(ctx, &owner, &by).await.unwrap().records.into_iter().map(|r| r.event.action).collect();
    assert_eq!(actions, ["session.started"]);
    let today = ctx.clock.now().date_naive();
    let on = |from, to| Filter { action: Some("thing".to_owned()), from, to, ..Filter::default() };
    let of_today = page(ctx, &owner, &on(Some(today), Some(today))).await.unwrap();
    assert_eq!(of_today.records.len(), PAGE);
    assert!(page(ctx, &owner, &on(today.succ_opt(), None)).await.unwrap().records.is_empty());
    assert!(page(ctx, &owner, &on(None, today.pred_opt())).await.unwrap().records.is_empty());
    let elsewhere = Filter { facility: Some(uuid::Uuid::nil().into()), ..Filter::default() };
    assert!(page(ctx, &owner, &elsewhere).await.unwrap().records.is_empty());

    let checked = check(ctx, &owner, None).await.unwrap();
    assert_eq!(checked.len(), 1, "of its own organisation only");
    assert!(checked[0].outcome.is_ok_and(|(height, _)| height > PAGE as u64));
    assert!(check(ctx, &owner, Some(accounts.harbor.id)).await.unwrap().is_empty());
    assert!(matches!(check(ctx, &viewer, None).await, Err(Error::Forbidden)));
    assert!(matches!(page(ctx, &viewer, &Filter::default()).await, Err(Error::Forbidden)));
    assert!("1-2".parse::<services::audit::Cursor>().is_err());
}
