//! Reports that are made by themselves and told by mail.

use crate::accounts::Sink;
use crate::alerts::member;
use crate::baselines::SLUG;
use crate::dashboard::saving;
use chrono::TimeDelta;
use domain::access::{Permission, Role, Scope};
use domain::report::Style;
use integrations::mail::Mailer;
use services::{Error, reports};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_month_is_reported_once_and_everybody_is_told_once(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut world = saving(pool, connect).await;
    let owner = member(&world, 41, Role::Owner, "owner@cedar.example").await;
    member(&world, 42, Role::Finance, "finance@cedar.example").await;
    member(&world, 43, Role::Viewer, "viewer@cedar.example").await;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let ask = (2, vec![Role::Owner, Role::Finance], Style::default());
    for (wrong, field) in [((0, ask.1.clone(), ask.2), "day"), ((2, vec![], ask.2), "tell")] {
        let Err(Error::Invalid(fields)) = reports::schedule(&world.ctx, &owner, SLUG, wrong, None).await
        else {
            panic!("{field}")
        };
        assert_eq!(fields[0].field, field);
    }
    reports::schedule(&world.ctx, &owner, SLUG, ask, None).await.unwrap();
    assert!(!reports::run_due(&world.ctx).await.unwrap(), "nothing is due yet");
    let one = reports::list(&world.ctx, &scope, SLUG).await.unwrap().schedules.remove(0);
    let month = one.next_month;
    world.ctx.clock.advance(one.due_at - world.ctx.clock.now());

    // The report is made, but nobody takes the mails: it is kept, and only the mails are tried again.
    world.ctx.mailer = Mailer::new(Some("smtp://127.0.0.1:9"), "no-reply@portal.example").unwrap();
    assert!(reports::run_due(&world.ctx).await.unwrap());
    let view = reports::list(&world.ctx, &scope, SLUG).await.unwrap();
    assert_eq!((view.reports.len(), view.reports[0].from), (1, month));
    assert!(view.schedules[0].error.as_ref().unwrap().contains("mail server"));
    assert!(!reports::run_due(&world.ctx).await.unwrap(), "not before its pause");

    let mut sink = Sink::start(&mut world.ctx).await;
    world.ctx.clock.advance(TimeDelta::hours(1));
    // Two servers look at once.
    let (a, b) = tokio::join!(reports::run_due(&world.ctx), reports::run_due(&world.ctx));
    assert!(a.unwrap() ^ b.unwrap());
    let mut told = [sink.next().await, sink.next().await];
    told.sort();
    assert_eq!([told[0].0.as_str(), told[1].0.as_str()], ["finance@cedar.example", "owner@cedar.example"]);
    assert!(told[0].1.contains(&format!("/reports/{}", view.reports[0].id)), "{}", told[0].1);
    let view = reports::list(&world.ctx, &scope, SLUG).await.unwrap();
    let next = &view.schedules[0];
    assert_eq!((view.reports.len(), next.error.clone()), (1, None));
    assert!(next.next_month > month && next.due_at > world.ctx.clock.now());
    assert!(!reports::run_due(&world.ctx).await.unwrap());

    // Whoever set it up has left: nothing is made with what they could see once.
    let mut tx = world.ctx.db.begin(&Scope::system()).await.unwrap();
    store::users::membership_delete(&mut tx, world.cedar, owner.user).await.unwrap();
    tx.commit().await.unwrap();
    world.ctx.clock.advance(next.due_at - world.ctx.clock.now());
    assert!(reports::run_due(&world.ctx).await.unwrap());
    let view = reports::list(&world.ctx, &scope, SLUG).await.unwrap();
    assert!(view.reports.len() == 1 && view.schedules[0].error.as_ref().unwrap().contains("Set it up anew"));
    reports::unschedule(&world.ctx, &owner, SLUG, view.schedules[0].id).await.unwrap();
    let again = reports::unschedule(&world.ctx, &owner, SLUG, view.schedules[0].id).await;
    assert!(matches!(again, Err(Error::NotFound)));
}
