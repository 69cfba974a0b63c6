//! Notes from writing to taking back, by those who may.

use crate::baselines::{SLUG, day, metered_world, people};
use domain::access::{Grant, Permission, Role};
use domain::notes::Filter;
use services::notes::{NewNote, list, retract, write};
use services::{Error, audit};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

fn new(text: &str) -> NewNote {
    NewNote {
        room: String::new(),
        day: day("2026-03-08"),
        last: None,
        times: None,
        text: text.to_owned(),
        affects_baseline: false,
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_note_is_written_found_and_taken_back(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let (owner, engineer, verifier) = (&people.owner, &people.engineer, &people.verifier);
    let flood = NewNote {
        last: Some(day("2026-03-10")),
        affects_baseline: true,
        ..new(" A pipe burst.\r\nDryers ran. ")
    };
    let flood = write(ctx, engineer, SLUG, &flood).await.unwrap();
    assert_eq!(flood.text, "A pipe burst.\nDryers ran.");
    let times = Some(("22:00:00".parse().unwrap(), "02:00:00".parse().unwrap()));
    let night = write(ctx, owner, SLUG, &NewNote { times, ..new("Filters were changed.") }).await.unwrap();
    assert_eq!((night.stretch.from, night.stretch.until), (day("2026-03-08"), day("2026-03-10")));

    let found = async |filter: Filter| {
        let view = list(ctx, verifier, SLUG, filter).await.unwrap();
        view.notes.into_iter().map(|note| note.id).collect::<Vec<_>>()
    };
    let all = Filter::default;
    assert_eq!(found(all()).await, [night.id, flood.id], "the latest first, whole days after times");
    assert_eq!(found(Filter { from: Some(day("2026-03-10")), ..all() }).await, [flood.id]);
    assert_eq!(found(Filter { last: Some(day("2026-03-07")), ..all() }).await, []);
    assert_eq!(found(Filter { words: "FILTERS".to_owned(), ..all() }).await, [night.id]);
    assert_eq!(found(Filter { words: "%".to_owned(), ..all() }).await, [], "words are no pattern");
    assert_eq!(found(Filter { affects: true, ..all() }).await, [flood.id]);
    assert_eq!(found(Filter { room: "room-9".to_owned(), ..all() }).await, []);

    let nothing = retract(ctx, owner, SLUG, flood.id, "  ").await;
    assert!(matches!(nothing, Err(Error::Invalid(_))));
    retract(ctx, owner, SLUG, flood.id, "It was another room.").await.unwrap();
    assert!(matches!(retract(ctx, owner, SLUG, flood.id, "Again").await, Err(Error::Conflict(_))));
    assert_eq!(found(all()).await, [night.id]);
    let view = list(ctx, verifier, SLUG, Filter { retracted: true, ..all() }).await.unwrap();
    let taken = view.notes.iter().find(|note| note.id == flood.id).unwrap();
    assert_eq!(taken.text, flood.text, "it stays readable");
    assert_eq!(taken.retracted.as_ref().unwrap().because, "It was another room.");
    assert!(!view.may_write && !view.may_bring_up);

    let noun = audit::Filter { action: Some("note".to_owned()), ..audit::Filter::default() };
    let trail = audit::page(ctx, owner, &noun).await.unwrap();
    let audited: Vec<&str> = trail.records.iter().map(|record| record.event.action.as_str()).collect();
    assert_eq!(audited, ["note.retracted", "note.written", "note.written"]);
    assert!(trail.records[0].event.detail.contains("It was another room."));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn notes_are_refused_with_reasons(pool: PgPoolOptions, connect: PgConnectOptions) {
    let world = metered_world(pool, connect, vec![]).await;
    let (ctx, people) = (&world.ctx, people(&world).await);
    let owner = &people.owner;
    let forbidden = write(ctx, &people.verifier, SLUG, &new("Seen.")).await;
    assert!(matches!(forbidden, Err(Error::Forbidden)));
    let viewer = domain::access::Principal {
        grants: vec![Grant { organisation: world.cedar, role: Role::Viewer, facilities: None }],
        ..owner.clone()
    };
    assert!(!viewer.may(Permission::WriteNotes));
    assert!(matches!(write(ctx, &viewer, SLUG, &new("Seen.")).await, Err(Error::Forbidden)));
    let stranger = domain::access::Principal {
        grants: vec![Grant { organisation: world.lakeside, role: Role::Owner, facilities: None }],
        ..owner.clone()
    };
    assert!(matches!(write(ctx, &stranger, SLUG, &new("Mine.")).await, Err(Error::NotFound)));
    let note = write(ctx, owner, SLUG, &new("Ours.")).await.unwrap();
    assert!(matches!(retract(ctx, &stranger, SLUG, note.id, "Mine").await, Err(Error::NotFound)));
    assert!(matches!(list(ctx, &stranger, SLUG, Filter::default()).await, Err(Error::NotFound)));

    let time = |text: &str| text.parse().unwrap();
    let wrong = [
        new("  "),
        new(&"a".repeat(2_001)),
        NewNote { room: "nowhere".to_owned(), ..new("Where?") },
        NewNote { last: Some(day("2026-03-07")), ..new("Backwards") },
        NewNote {
            last: Some(day("2026-03-09")),
            times: Some((time("10:00:00"), time("11:00:00"))),
            ..new("Both")
        },
    ];
    for new in wrong {
        assert!(matches!(write(ctx, owner, SLUG, &new).await, Err(Error::Invalid(_))), "{new:?}");
    }
    let longest = new(&"é".repeat(2_000));
    assert_eq!(write(ctx, owner, SLUG, &longest).await.unwrap().text.chars().count(), 2_000);
}
