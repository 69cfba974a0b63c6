//! Notes on the timeline: the logbook, and the list and form that other pages show.

use super::events::days;
use super::{param, query};
use crate::api::Zoned;
use crate::api::notes::get_notes;
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::range::encode;
use crate::format;
use crate::pages::baselines::outcome;
use domain::access::Permission;
use domain::notes::{Filter, Note, NotesView, REASON_MAX, TEXT_MAX};
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_location;

type View = Zoned<NotesView>;

/// Most characters of a note that begin an event.
const QUOTED: usize = 300;

/// The page.
#[component]
pub fn Notes() -> impl IntoView {
    let slug = param("facility");
    let names = ["from", "last", "room", "words", "affects", "retracted"];
    let asked = names.map(|name| (name, query(name)));
    let filter = move || {
        filter_of(|name| {
            asked.iter().find(|(known, _)| *known == name).map(|(_, v)| v.get()).unwrap_or_default()
        })
    };
    let notes = Resource::new(move || (slug.get(), filter()), |(slug, filter)| get_notes(slug, filter));
    load_page(notes, Permission::ViewFacility, |page| content(&page))
}

/// What an address asks for: `from`, `last`, `room`, `words`, `affects=yes`, `retracted=yes`. A day that cannot be read is none.
pub fn filter_of(value: impl Fn(&str) -> String) -> Filter {
    Filter {
        from: value("from").parse().ok(),
        last: value("last").parse().ok(),
        room: value("room"),
        words: value("words").trim().to_owned(),
        affects: value("affects") == "yes",
        retracted: value("retracted") == "yes",
    }
}

/// The address that begins a non-routine event with the days and the words of a note.
pub fn as_event(slug: &str, note: &Note) -> String {
    let mut words: String = note.text.chars().take(QUOTED).collect();
    if note.text.chars().count() > QUOTED {
        words.push('…');
    }
    let known = format!("Note of {}: {words}", note.created_by);
    let (from, until) = (note.stretch.from, note.stretch.until);
    format!("/f/{slug}/events?start={from}&until={until}&known={}#bring-up", encode(&known))
}

fn content(page: &View) -> AnyView {
    let view = &page.view;
    let slug = &view.facility_slug;
    let crumbs = in_facility(slug, &view.facility_name, &[]);
    let today = view.today.to_string();
    let list = if view.notes.is_empty() {
        view! { <Empty title="No notes" reason="What people write about a day stands here, and as a flag above the charts." /> }
            .into_any()
    } else {
        items(page)
    };
    let more = view.more.then(|| {
        view! { <Notice weight=Weight::Info title=format!("Only the latest {} are shown.", view.notes.len())><p>"Choose fewer days to see earlier ones."</p></Notice> }
    });
    view! {
        <div class="page">
            <PageHead title="Notes" crumbs=crumbs sub="What people wanted others to know about a day. A note is never changed; it can be taken back with a reason." />
            {outcome()}
            <section class="card">
                <div class="card-head">
                    <h2>"Logbook"</h2>
                    <a href=format!("/f/{slug}/notes.csv?{}", asked_as(&view.filter)) rel="external" download>"Download CSV"</a>
                </div>
                {filters(view)}
                {more}
                {list}
            </section>
            {view.may_write.then(|| view! {
                <section class="card" id="write">
                    <h2>"Write a note"</h2>
                    {form(view, Signal::stored(today))}
                </section>
            })}
        </div>
    }
    .into_any()
}

/// The filter as an address has it.
fn asked_as(filter: &Filter) -> String {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let yes = |on: bool| if on { "yes" } else { "" };
    format!(
        "from={}&last={}&room={}&words={}&affects={}&retracted={}",
        day(filter.from),
        day(filter.last),
        encode(&filter.room),
        encode(&filter.words),
        yes(filter.affects),
        yes(filter.retracted)
    )
}

fn filters(view: &NotesView) -> AnyView {
    let filter = &view.filter;
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let chosen = (*filter != Filter::default())
        .then(|| link(format!("/f/{}/notes", view.facility_slug), "Remove the filters"));
    let room = rooms(view, "filter-room", "All", &filter.room);
    let (from, last, words) = (day(filter.from), day(filter.last), filter.words.clone());
    let (affects, retracted) = (filter.affects, filter.retracted);
    view! {
        <Form method="GET" action=format!("/f/{}/notes", view.facility_slug) attr:class="form">
            <div class="form-row">
                <div class="field"><label for="from">"From"</label><input id="from" name="from" type="date" value=from /></div>
                <div class="field"><label for="until-day">"To"</label><input id="until-day" name="last" type="date" value=last /></div>
                <div class="field"><label for="filter-room">"Room"</label>{room}</div>
                <div class="field"><label for="words">"Words"</label><input id="words" name="words" type="search" value=words /></div>
            </div>
            <div class="row">
                <label class="check"><input type="checkbox" name="affects" value="yes" checked=affects />" Affects the baseline"</label>
                <label class="check"><input type="checkbox" name="retracted" value="yes" checked=retracted />" Those taken back, too"</label>
                <button class="button small" type="submit">"Filter"</button>
                {chosen}
            </div>
        </Form>
    }
    .into_any()
}

fn rooms(view: &NotesView, id: &'static str, none: &'static str, chosen: &str) -> AnyView {
    let options = view
        .rooms
        .iter()
        .map(|(slug, name)| view! { <option value=slug.clone() selected=slug == chosen>{name.clone()}</option> })
        .collect_view();
    view! { <select id=id name="room"><option value="">{none}</option>{options}</select> }.into_any()
}

/// `2026-03-07 to 2026-03-08`, or `2026-03-07, 14:00–15:30 MST`.
pub fn stretch(page: &View, note: &Note) -> String {
    match note.stretch.instants {
        None if note.stretch.from.succ_opt() == Some(note.stretch.until) => note.stretch.from.to_string(),
        None => days(note.stretch.from, Some(note.stretch.until)),
        Some((start, end)) => {
            let local = |at| format::clock(page.clock.local(at));
            format!("{}, {}–{} {}", note.stretch.from, local(start), local(end), page.clock.name(start))
        }
    }
}

/// The notes, each with its way on.
pub(super) fn items(page: &View) -> AnyView {
    let items = page.view.notes.iter().map(|note| item(page, note)).collect_view();
    view! { <ul class="notes">{items}</ul> }.into_any()
}

fn item(page: &View, note: &Note) -> AnyView {
    let view = &page.view;
    let slug = &view.facility_slug;
    let room = note.room.as_ref().map(|(room, name)| {
        let room = link(format!("/f/{slug}/rooms/{room}"), name.clone());
        view! { " · " {room} }
    });
    let by = format!("{}, {}", note.created_by, format::stamp(page.clock.local(note.created_at)));
    let retracted = note.retracted.as_ref().map(|r| {
        let text = format!(" by {}, {}: {}", r.by, format::stamp(page.clock.local(r.at)), r.because);
        view! { <p class="hint">{badge(Tone::Draft, "Taken back")} {text}</p> }
    });
    let counts = note.retracted.is_none();
    let affects = note.affects_baseline.then(|| {
        let event = (counts && view.may_bring_up)
            .then(|| link(as_event(slug, note), "Bring it up as a non-routine event"));
        view! { <p class="row">{badge(Tone::Warn, "Affects the baseline")} {event}</p> }
    });
    let take_back = (counts && view.may_write).then(|| take_back(slug, note));
    view! {
        <li id=format!("n{}", note.id) class:retracted=!counts>
            <p class="note-head"><strong>{stretch(page, note)}</strong> {room} <span class="hint">{by}</span></p>
            <p class="note-text">{note.text.clone()}</p>
            {affects}
            {retracted}
            {take_back}
        </li>
    }
    .into_any()
}

/// The page that the form is on, to come back to.
fn here() -> AnyView {
    let at = use_location();
    let search = at.search.get_untracked();
    // What the last form said is not said again.
    let kept: Vec<&str> = search
        .trim_start_matches('?')
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("done=") && !part.starts_with("error="))
        .collect();
    let next = match kept.is_empty() {
        true => at.pathname.get_untracked(),
        false => format!("{}?{}", at.pathname.get_untracked(), kept.join("&")),
    };
    view! { <input type="hidden" name="next" value=next /> }.into_any()
}

fn take_back(slug: &str, note: &Note) -> AnyView {
    let because = format!("because-{}", note.id);
    view! {
        <details class="disclose">
            <summary>"Take back"</summary>
            <form class="form" method="post" action=format!("/f/{slug}/notes/{}/retract", note.id)>
                {here()}
                <div class="field">
                    <label for=because.clone()>"Why it does not count any more"</label>
                    <input id=because name="because" required maxlength=REASON_MAX.to_string() />
                </div>
                <div><button class="button small danger" type="submit">"Take the note back"</button></div>
            </form>
        </details>
    }
    .into_any()
}

/// The form that writes a note about `day`.
pub(super) fn form(view: &NotesView, day: Signal<String>) -> AnyView {
    let last_hint = "Empty for one day.";
    let time_hint = "Both or neither; local time, on the first day.";
    view! {
        <form class="form" method="post" action=format!("/f/{}/notes", view.facility_slug)>
            {here()}
            <div class="form-row">
                <div class="field"><label for="day">"Day"</label>
                    <input id="day" name="day" type="date" required value=day.get_untracked() prop:value=move || day.get() /></div>
                <div class="field"><label for="last">"Last day"</label>
                    <input id="last" name="last" type="date" aria-describedby="last-hint" /><span class="hint" id="last-hint">{last_hint}</span></div>
                <div class="field"><label for="from_time">"From"</label>
                    <input id="from_time" name="from_time" type="time" aria-describedby="time-hint" /><span class="hint" id="time-hint">{time_hint}</span></div>
                <div class="field"><label for="to_time">"To"</label><input id="to_time" name="to_time" type="time" aria-describedby="time-hint" /></div>
                <div class="field"><label for="room">"Room"</label>{rooms(view, "room", "Whole facility", "")}</div>
            </div>
            <div class="field">
                <label for="text">"What others should know"</label>
                <textarea id="text" name="text" rows="3" required maxlength=TEXT_MAX.to_string()></textarea>
            </div>
            <label class="check">
                <input type="checkbox" name="affects" value="yes" />
                " Use was not what the baseline knows: it leads on to a non-routine event"
            </label>
            <div><button class="button primary" type="submit">"Write it down"</button></div>
        </form>
    }
    .into_any()
}
