//! Inviting, accepting, resetting, changing and removing people, and what each may reach.

use crate::accounts::{Accounts, PASSWORD, Sink};
use crate::support::facility_file;
use chrono::TimeDelta;
use domain::access::{LinkPurpose, Permission, Role};
use domain::id::{FacilityId, OrganisationId};
use services::people::{Delivery, Place, change, invite, list, remove};
use services::sessions::Visitor;
use services::{Error, facilities, links};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeSet;

fn place(organisation: OrganisationId, role: Role, facilities: Option<Vec<FacilityId>>) -> Place {
    Place { organisation, role, facilities }
}

const NEW: &str = "another long password";

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_invitation_works_once_and_for_a_week(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut accounts = Accounts::new(pool, connect).await;
    let mut sink = Sink::start(&mut accounts.ctx).await;
    let ctx = &accounts.ctx;
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    let finance = place(accounts.cedar.id, Role::Finance, None);
    let invite_again = || invite(ctx, &owner, "Finance@cedar.example", "", &finance);

    assert_eq!(invite_again().await.unwrap(), Delivery::Sent);
    let first = sink.token("/invite/").await;
    assert_eq!(invite_again().await.unwrap(), Delivery::Sent);
    let second = sink.token("/invite/").await;
    let accept = |token: String, password: &'static str| async move {
        links::accept(ctx, &token, "Finn", password.to_owned(), &Visitor::default()).await
    };
    assert!(matches!(accept(first, NEW).await, Err(Error::NotFound)), "replaced by the second");
    assert!(matches!(accept(second.clone(), "short").await, Err(Error::Invalid(_))));
    let shown = links::get(ctx, &second, LinkPurpose::Invite).await.unwrap();
    assert_eq!(
        (shown.email.as_str(), shown.organisation_name.as_deref()),
        ("finance@cedar.example", Some("Cedar"))
    );
    assert!(matches!(links::get(ctx, &second, LinkPurpose::Reset).await, Err(Error::NotFound)));

    let signed_in = accept(second.clone(), NEW).await.unwrap();
    assert_eq!(accounts.resolve(&signed_in.token).await.unwrap().name, "Finn");
    assert!(matches!(accept(second, NEW).await, Err(Error::NotFound)), "used");
    assert!(matches!(invite_again().await, Err(Error::Conflict(_))), "a member already");

    invite(ctx, &owner, "late@cedar.example", "", &finance).await.unwrap();
    let late = sink.token("/invite/").await;
    ctx.clock.advance(TimeDelta::days(7));
    assert!(matches!(accept(late, NEW).await, Err(Error::NotFound)), "expired");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_reset_works_once_within_an_hour_and_ends_every_session(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let mut accounts = Accounts::new(pool, connect).await;
    let mut sink = Sink::start(&mut accounts.ctx).await;
    let ctx = &accounts.ctx;
    accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;

    links::request_reset(ctx, "nobody@cedar.example").await.unwrap();
    links::request_reset(ctx, " OWNER@cedar.example").await.unwrap();
    let expired = sink.token("/reset/").await;
    ctx.clock.advance(TimeDelta::hours(1));
    assert!(matches!(links::reset(ctx, &expired, NEW.to_owned()).await, Err(Error::NotFound)));

    links::request_reset(ctx, "owner@cedar.example").await.unwrap();
    let token = sink.token("/reset/").await;
    let here = accounts.sign_in("owner@cedar.example").await.unwrap();
    let there = accounts.sign_in("owner@cedar.example").await.unwrap();
    assert!(accounts.resolve(&here.token).await.is_some() && accounts.resolve(&there.token).await.is_some());
    links::reset(ctx, &token, NEW.to_owned()).await.unwrap();
    assert!(matches!(links::reset(ctx, &token, NEW.to_owned()).await, Err(Error::NotFound)), "used");
    assert!(accounts.resolve(&here.token).await.is_none() && accounts.resolve(&there.token).await.is_none());
    assert!(accounts.try_password("owner@cedar.example", PASSWORD, "1.1.1.1").await.is_err());
    accounts.try_password("owner@cedar.example", NEW, "1.1.1.1").await.unwrap();

    for _ in 0..4 {
        links::request_reset(ctx, "owner@cedar.example").await.unwrap();
        sink.token("/reset/").await;
    }
    // The sixth within an hour is dropped: the next mail the sink sees is the invitation after it.
    links::request_reset(ctx, "owner@cedar.example").await.unwrap();
    let owner = accounts.try_password("owner@cedar.example", NEW, "1.1.1.1").await.unwrap().principal;
    invite(ctx, &owner, "x@cedar.example", "", &place(accounts.cedar.id, Role::Viewer, None)).await.unwrap();
    assert_eq!(sink.next().await.0, "x@cedar.example");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_invitation_stands_when_the_mail_server_is_away(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut accounts = Accounts::new(pool, connect).await;
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    let sink = Sink::start(&mut accounts.ctx).await;
    drop(sink);
    let viewer = place(accounts.cedar.id, Role::Viewer, None);
    let delivery = invite(&accounts.ctx, &owner, "viewer@cedar.example", "", &viewer).await.unwrap();
    assert_eq!(delivery, Delivery::Failed);
    let team = list(&accounts.ctx, &owner).await.unwrap().remove(0);
    let invited = team.members.iter().find(|m| m.email == "viewer@cedar.example").unwrap();
    assert!(!invited.accepted);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_last_owner_stays(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let (ctx, cedar) = (&accounts.ctx, accounts.cedar.id);
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    // Somebody who has not accepted yet cannot be the only one left.
    invite(ctx, &owner, "later@cedar.example", "", &place(cedar, Role::Owner, None)).await.unwrap();
    let viewer = place(cedar, Role::Viewer, None);
    assert!(matches!(remove(ctx, &owner, cedar, owner.user).await, Err(Error::Conflict(_))));
    assert!(matches!(change(ctx, &owner, owner.user, &viewer).await, Err(Error::Conflict(_))));

    let second = accounts.person("second@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    // Both leave at once: one of them stays.
    let (a, b) =
        tokio::join!(remove(ctx, &owner, cedar, owner.user), remove(ctx, &second, cedar, second.user));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn people_are_managed_within_ones_own_reach(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let ctx = &accounts.ctx;
    let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
    let stranger = accounts.person("owner@harbor.example", &accounts.harbor, Role::Owner).await.principal;
    let finance = accounts.person("finance@cedar.example", &accounts.cedar, Role::Finance).await.principal;
    let admin = accounts.person("admin@vendor.example", &accounts.vendor, Role::VendorAdmin).await.principal;

    let (cedar, harbor) = (accounts.cedar.id, accounts.harbor.id);
    let viewer = |at| place(at, Role::Viewer, None);
    let try_all = async |caller, at, user| {
        [
            invite(ctx, caller, "x@x.example", "", &viewer(at)).await.map(drop).unwrap_err(),
            change(ctx, caller, user, &viewer(at)).await.unwrap_err(),
            remove(ctx, caller, at, user).await.unwrap_err(),
        ]
    };
    for error in try_all(&stranger, cedar, finance.user).await {
        assert!(matches!(error, Error::NotFound), "{error:?}");
    }
    for error in try_all(&finance, cedar, owner.user).await {
        assert!(matches!(error, Error::Forbidden), "{error:?}");
    }
    // A person of another organisation cannot be named either.
    assert!(matches!(change(ctx, &owner, stranger.user, &viewer(cedar)).await, Err(Error::NotFound)));
    // Roles of another kind of organisation, and a limit on who must see everything, are refused.
    for bad in [place(cedar, Role::VendorAdmin, None), place(cedar, Role::Owner, Some(vec![]))] {
        assert!(matches!(change(ctx, &owner, finance.user, &bad).await, Err(Error::Invalid(_))), "{bad:?}");
    }
    let names = |teams: Vec<services::people::Team>| {
        teams.into_iter().map(|t| t.organisation.name).collect::<Vec<_>>()
    };
    assert_eq!(names(list(ctx, &owner).await.unwrap()), ["Cedar"]);
    assert_eq!(names(list(ctx, &admin).await.unwrap()), ["Cedar", "Harbor", "Vendor", "Verifier"]);
    assert!(matches!(list(ctx, &finance).await, Err(Error::Forbidden)));
    change(ctx, &admin, finance.user, &viewer(cedar)).await.unwrap();
    invite(ctx, &admin, "new@harbor.example", "", &viewer(harbor)).await.unwrap();
    for address in ["", "no at", "two@at@signs", "@x", "x@", "a b@x.example"] {
        let refused = invite(ctx, &owner, address, "", &viewer(cedar)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{address}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn each_kind_of_member_reaches_what_it_should(pool: PgPoolOptions, connect: PgConnectOptions) {
    let accounts = Accounts::new(pool, connect).await;
    let ctx = &accounts.ctx;
    let cedar = facilities::create_from_file(ctx, accounts.cedar.id, &facility_file("cedar")).await.unwrap();
    let harbor =
        facilities::create_from_file(ctx, accounts.harbor.id, &facility_file("harbor")).await.unwrap();
    let other = services::organisations::found(ctx, "Other", domain::access::OrganisationKind::Vendor, None);
    other.await.unwrap();

    let reach = async |email: &str, at, role, facilities| {
        accounts.admit(email, at, place(at.id, role, facilities)).await;
        let principal = accounts.sign_in(email).await.unwrap().principal;
        let scope = principal.scope(Permission::ViewFacility);
        let mut tx = ctx.db.begin(&scope.unwrap()).await.unwrap();
        let visible = store::organisations::facility_choices(&mut tx).await.unwrap();
        visible.into_iter().map(|(_, id, _)| id).collect::<BTreeSet<_>>()
    };
    let set = |ids: &[FacilityId]| ids.iter().copied().collect::<BTreeSet<_>>();
    let (cedar, harbor) = (cedar.facility, harbor.facility);
    assert_eq!(reach("o@cedar.example", &accounts.cedar, Role::Owner, None).await, set(&[cedar]));
    assert_eq!(reach("v@cedar.example", &accounts.cedar, Role::Viewer, Some(vec![harbor])).await, set(&[]));
    assert_eq!(
        reach("e@vendor.example", &accounts.vendor, Role::Engineer, None).await,
        set(&[cedar, harbor])
    );
    assert_eq!(
        reach("f@vendor.example", &accounts.vendor, Role::Engineer, Some(vec![harbor])).await,
        set(&[harbor])
    );
    assert_eq!(
        reach("w@verifier.example", &accounts.verifier, Role::Verifier, Some(vec![cedar])).await,
        set(&[cedar])
    );
    assert_eq!(reach("n@verifier.example", &accounts.verifier, Role::Verifier, None).await, set(&[]));
}
