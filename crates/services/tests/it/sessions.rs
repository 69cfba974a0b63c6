//! Signing in and out: fixation, reuse, expiry, guessing.

use crate::accounts::{Accounts, PASSWORD, Sink};
use crate::verification::enrolled;
use chrono::TimeDelta;
use domain::access::Role;
use services::audit::{Actor, Filter, page};
use services::people::Delivery;
use services::second_factor::{Status, reset, status};
use services::sessions::{
    ABSOLUTE, FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, IDLE, Visitor, resolve, sign_in, sign_out,
};
use services::{Error, people};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_sign_in_has_a_token_of_its_own_and_ends_the_one_before(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let accounts = Accounts::new(pool, connect).await;
    let first = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
    // Somebody plants their own session in a victim's browser: signing in leaves it behind, ended.
    let visitor = Visitor::default();
    let email = "Owner@Cedar.example ";
    let second =
        sign_in(&accounts.ctx, email, PASSWORD.to_owned(), &visitor, Some(&first.token)).await.unwrap();
    assert_ne!(first.token, second.token);
    assert!(accounts.resolve(&first.token).await.is_none());
    assert_eq!(accounts.resolve(&second.token).await.unwrap().user, first.principal.user);

    // A third session beside it is another device's; ending one leaves the other.
    let third = accounts.sign_in("owner@cedar.example").await.unwrap();
    sign_out(&accounts.ctx, &second.token).await.unwrap();
    assert!(accounts.resolve(&second.token).await.is_none());
    assert!(accounts.resolve(&third.token).await.is_some());
    sign_out(&accounts.ctx, &second.token).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn many_sign_outs_at_once_end_one_session(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let session = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
    let (a, b, c) = tokio::join!(
        sign_out(&accounts.ctx, &session.token),
        sign_out(&accounts.ctx, &session.token),
        resolve(&accounts.ctx, &session.token),
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    assert!(accounts.resolve(&session.token).await.is_none());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_session_ends_when_idle_and_after_its_time(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let session = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
    let clock = &accounts.ctx.clock;
    clock.advance(IDLE - TimeDelta::milliseconds(1));
    assert!(accounts.resolve(&session.token).await.is_some());
    clock.advance(IDLE);
    assert!(accounts.resolve(&session.token).await.is_none(), "idle");

    let session = accounts.sign_in("owner@cedar.example").await.unwrap();
    let step = IDLE / 2;
    let steps = ABSOLUTE.num_seconds() / step.num_seconds();
    for _ in 1..steps {
        clock.advance(step);
        assert!(accounts.resolve(&session.token).await.is_some());
    }
    clock.advance(step);
    assert!(accounts.resolve(&session.token).await.is_none(), "used all the time, but over");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn guessing_is_stopped_for_the_guesser_alone(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
    let wrong = async |email: &str, ip: &str| accounts.try_password(email, "not the password", ip).await;
    for email in ["owner@cedar.example", "nobody@cedar.example"] {
        for _ in 0..FAILURES_PER_ACCOUNT {
            let refused = wrong(email, "6.6.6.6").await.unwrap_err();
            assert!(matches!(&refused, Error::Invalid(_)), "{refused:?}");
            assert_eq!(refused.to_string(), "The address or the password is wrong.");
        }
        let stopped = wrong(email, "6.6.6.6").await.unwrap_err();
        assert!(matches!(stopped, Error::TooManyRequests { retry_after_s: 1..=900 }), "{stopped:?}");
    }
    // Even the right password waits there, and works from everywhere else.
    let right = accounts.try_password("owner@cedar.example", PASSWORD, "6.6.6.6").await;
    assert!(matches!(right, Err(Error::TooManyRequests { .. })));
    accounts.try_password("owner@cedar.example", PASSWORD, "10.0.0.1").await.unwrap();
    accounts.ctx.clock.advance(TimeDelta::minutes(15));
    accounts.try_password("owner@cedar.example", PASSWORD, "6.6.6.6").await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn guesses_at_the_same_time_count_too(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
    let guess = || accounts.try_password("owner@cedar.example", "not the password", "6.6.6.6");
    let all = tokio::join!(
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess()
    );
    let all = [all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7, all.8, all.9, all.10, all.11];
    let looked_at = all.iter().filter(|r| matches!(r, Err(Error::Invalid(_)))).count();
    assert_eq!(looked_at as i64, FAILURES_PER_ACCOUNT);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn trying_many_accounts_from_one_address_is_stopped(pool: PgPoolOptions, connect: PgConnectOptions) {
    use sqlx::Connection;
    let mut owner = sqlx::PgConnection::connect_with(&connect).await.unwrap();
    let accounts = Accounts::new(pool, connect).await;
    sqlx::query("INSERT INTO sign_in_attempts (email, ip, succeeded, at) SELECT 'a' || n || '@x.example', '6.6.6.6', false, $2
        FROM generate_series(1, $1) AS n")
        .bind(i32::try_from(FAILURES_PER_ADDRESS).unwrap())
        .bind(accounts.ctx.clock.now())
        .execute(&mut owner)
        .await
        .unwrap();
    let stopped = accounts.try_password("new@x.example", "not the password", "6.6.6.6").await;
    assert!(matches!(stopped, Err(Error::TooManyRequests { .. })));
    let elsewhere = accounts.try_password("new@x.example", "not the password", "7.7.7.7").await;
    assert!(matches!(elsewhere, Err(Error::Invalid(_))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_session_may_do_follows_the_membership_at_once(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let accounts = Accounts::new(pool, connect).await;
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    let viewer = accounts.person("viewer@cedar.example", &accounts.cedar, Role::Viewer).await;
    let place = people::Place { organisation: accounts.cedar.id, role: Role::Finance, facilities: None };
    people::change(&accounts.ctx, &owner, viewer.principal.user, &place).await.unwrap();
    assert_eq!(accounts.resolve(&viewer.token).await.unwrap().grants[0].role, Role::Finance);
    people::remove(&accounts.ctx, &owner, accounts.cedar.id, viewer.principal.user).await.unwrap();
    assert!(accounts.resolve(&viewer.token).await.is_none());
    assert!(matches!(accounts.sign_in("viewer@cedar.example").await, Err(Error::Invalid(_))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_lost_second_factor_is_reset_and_told(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut accounts = Accounts::new(pool, connect).await;
    let mut sink = Sink::start(&mut accounts.ctx).await;
    let (ctx, email) = (&accounts.ctx, "owner@cedar.example");
    let session = accounts.person(email, &accounts.cedar, Role::Owner).await;
    let owner = &session.principal;
    let operator = Actor::Background("command line");
    let reset = async |email, reason| reset(ctx, operator, email, reason).await;
    assert!(matches!(reset(email, "lost").await, Err(Error::Conflict(_))), "there is none yet");
    enrolled(ctx, owner).await;
    let half = accounts.sign_in(email).await.unwrap();
    assert!(half.code_due);
    assert!(matches!(reset(email, " ").await, Err(Error::Invalid(_))), "no reason");
    assert!(matches!(reset("nobody@cedar.example", "lost").await, Err(Error::Invalid(_))));
    assert!(accounts.resolve(&session.token).await.is_some(), "what is refused changes nothing");

    assert_eq!(reset(" Owner@Cedar.example", "Phone lost; called back.").await.unwrap(), Delivery::Sent);
    let (to, text) = sink.next().await;
    assert!(
        to == email && text.contains("/settings/security") && !text.contains("called back"),
        "{to} {text}"
    );
    assert!(accounts.resolve(&session.token).await.is_none(), "signed out everywhere");
    let visitor = Visitor::default();
    let late = services::sessions::enter_code(ctx, &half.token, "000000", &visitor).await;
    assert!(matches!(late, Err(Error::NotFound)), "and a sign-in that was half done is over");
    assert!(status(ctx, owner).await.unwrap() == Status::Off);
    assert!(!accounts.sign_in(email).await.unwrap().code_due);

    let filter = Filter { action: Some("second_factor.reset".to_owned()), ..Filter::default() };
    let records = page(ctx, owner, &filter).await.unwrap().records;
    let detail: serde_json::Value = serde_json::from_str(&records[0].event.detail).unwrap();
    assert_eq!((records.len(), records[0].event.actor.as_str()), (1, "command line"));
    assert_eq!(
        (detail["reason"].as_str(), detail["sessions_ended"].as_u64()),
        (Some("Phone lost; called back."), Some(2))
    );
}
