//! Alerts of a facility: what is firing, what has been, and the rules as sentences.

pub mod firing;

use super::baselines::outcome;
use super::param;
use crate::api::Zoned;
use crate::api::alerts::{AlertsPage, get_alerts};
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::{PageHead, in_facility};
use crate::components::table::{Table, numeric, text};
use crate::format;
use chrono::{NaiveTime, TimeDelta};
use domain::access::{Permission, Role};
use domain::alerts::view::{EpisodeRow, RuleRow};
use domain::alerts::{Kind, NewRule, Quiet};
use leptos::prelude::*;

type View = Zoned<AlertsPage>;

/// Who can be told: people of the facility's organisation.
const ROLES: [Role; 4] = [Role::Operations, Role::Owner, Role::Finance, Role::Viewer];

/// The page.
#[component]
pub fn Alerts() -> impl IntoView {
    let slug = param("facility");
    let alerts = Resource::new(move || slug.get(), get_alerts);
    load_page(alerts, Permission::ViewFacility, |page| content(&page))
}

fn path(page: &View) -> String {
    format!("/f/{}/alerts", page.view.alerts.facility_slug)
}

fn content(page: &View) -> AnyView {
    let view = &page.view.alerts;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let new = page.view.may_manage.then(|| new_rule(page));
    view! {
        <div class="page">
            <PageHead title="Alerts" crumbs=crumbs
                sub="Missing data and values are told apart; what wavers is one alert; nobody is woken for what can wait." />
            {outcome()}
            {(!view.rules.is_empty() || !view.open.is_empty()).then(|| open(page))}
            {rules(page)}
            {new}
            {past(page)}
        </div>
    }
    .into_any()
}

fn state(episode: &EpisodeRow) -> AnyView {
    if episode.closed_at.is_some() {
        return badge(Tone::Draft, "Over");
    }
    match (episode.fired_at, &episode.acknowledged) {
        (None, _) => badge(Tone::Info, "Pending"),
        (Some(_), Some(_)) => badge(Tone::Warn, "Acknowledged"),
        (Some(_), None) => badge(Tone::Neg, "Firing"),
    }
}

fn kind(episode: &EpisodeRow) -> AnyView {
    let (tone, word) = if episode.data_loss { (Tone::Info, "Data loss") } else { (Tone::Draft, "Value") };
    let critical = episode.critical.then(|| badge(Tone::Neg, "Critical"));
    let stale = episode.stale.then(|| badge(Tone::Warn, "No new values"));
    view! { <div class="row">{badge(tone, word)}{critical}{stale}</div> }.into_any()
}

fn open(page: &View) -> AnyView {
    let view = &page.view.alerts;
    let firing = view.open.iter().filter(|e| e.fired_at.is_some()).count();
    let title = match firing {
        0 => "Nothing is firing".to_owned(),
        n => format!("{} firing", format::counted(n, "alert", "alerts")),
    };
    let items = view.open.iter().map(|episode| item(page, episode)).collect_view();
    let said =
        view.open.is_empty().then(|| view! { <p>"Every rule was looked at less than a minute ago."</p> });
    view! {
        <section class="card">
            <div class="card-head"><div><h2>{title}</h2>{said}</div></div>
            <ul class="stack">{items}</ul>
        </section>
    }
    .into_any()
}

fn item(page: &View, episode: &EpisodeRow) -> AnyView {
    let stamp = |at| format::stamp(page.clock.local(at));
    let value = episode.value.as_ref().map(|(value, unit)| format!(" It was {} {unit}.", decimal(*value, 1)));
    let since = format!("Since {}.{}", stamp(episode.since), value.unwrap_or_default());
    let by = episode.acknowledged.as_ref().map(|(by, at, note)| {
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        view! { <p>{format!("{by} took it on at {}{note}", stamp(*at))}</p> }
    });
    let (sent, waiting) = episode.mails;
    let mails = (sent + waiting > 0).then(|| {
        let rest = if waiting > 0 { format!(", {waiting} waiting") } else { String::new() };
        view! { <p class="note">{format!("{} sent{rest}", format::counted(usize::try_from(sent).unwrap_or(0), "mail", "mails"))}</p> }
    });
    let may = page.view.may_manage && episode.fired_at.is_some() && episode.acknowledged.is_none();
    let id = format!("note-{}", episode.id);
    let form = may.then(|| {
        let action = format!("{}/episodes/{}/acknowledge", path(page), episode.id);
        view! {
            <form method="post" action=action class="form-row">
                <div class="field grow">
                    <label for=id.clone()>"A word to the others"</label>
                    <input id=id name="note" maxlength="1000" autocomplete="off" />
                </div>
                <button class="button primary" type="submit">"Acknowledge"</button>
            </form>
        }
    });
    view! {
        <li class="stack">
            <div class="row">{state(episode)}<strong>{episode.says.clone()}</strong></div>
            {kind(episode)}
            <p>{since}</p>
            {by}
            {mails}
            {form}
        </li>
    }
    .into_any()
}

fn past(page: &View) -> AnyView {
    let view = &page.view.alerts;
    if view.past.is_empty() {
        return ().into_any();
    }
    let stamp = |at| format::stamp(page.clock.local(at));
    let row = |e: &EpisodeRow| {
        let lasted =
            e.closed_at.map(|end| format::duration((end - e.since).max(TimeDelta::zero()).num_seconds()));
        let by = e.acknowledged.as_ref().map_or_else(|| format::MISSING.to_owned(), |(by, ..)| by.clone());
        vec![
            stamp(e.since).into_any(),
            e.says.clone().into_any(),
            kind(e),
            lasted.unwrap_or_default().into_any(),
            by.into_any(),
            e.mails.0.to_string().into_any(),
        ]
    };
    let rows = view.past.iter().map(row).collect();
    let columns =
        vec![text("Since"), text("What"), text("Of"), text("Lasted"), text("Taken on by"), numeric("Mails")];
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"What has been"</h2><p>{format!("The last hundred that fired. Times: {}.", view.time_zone)}</p></div></div>
            <Table caption="Alerts that are over, newest first" columns rows />
        </section>
    }
    .into_any()
}

fn rules(page: &View) -> AnyView {
    let view = &page.view.alerts;
    if view.rules.is_empty() {
        return view! {
            <Empty title="No rule yet" reason="A rule says whom to tell about what, and when that can wait. Begin with one about missing data: without data there are no savings to bill." />
        }
        .into_any();
    }
    let items = view.rules.iter().map(|row| rule(page, row)).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"Rules"</h2><p>"Each is looked at every quarter of a minute."</p></div></div>
            <ul class="stack">{items}</ul>
        </section>
    }
    .into_any()
}

fn rule(page: &View, row: &RuleRow) -> AnyView {
    let (new, id) = (&row.rule.new, row.rule.id);
    let then = new.then.map_or_else(String::new, |then| {
        format!(" If nobody acknowledges it within {} min, tell {}.", then.after, then.tell.label())
    });
    let quiet = new.quiet.map_or_else(String::new, |quiet| {
        let (from, until) = (quiet.from.format("%H:%M"), quiet.until.format("%H:%M"));
        let but = if new.critical { ", but this one is critical and does not" } else { "" };
        format!(" Mails wait from {from} to {until}{but}.")
    });
    let sentence = format!("Tell {} when {}.{then}{quiet}", new.tell.label(), row.says);
    let paused = row.rule.paused_until.filter(|until| *until > page.view.alerts.as_of);
    let state = paused
        .map(|until| badge(Tone::Warn, format!("Paused until {}", format::stamp(page.clock.local(until)))));
    let critical = new.critical.then(|| badge(Tone::Neg, "Critical"));
    let forms = page.view.may_manage.then(|| {
        let to = |what: &str| format!("{}/rules/{id}/{what}", path(page));
        let pause = if paused.is_some() { "Go on" } else { "Pause for a day" };
        let hours = if paused.is_some() { "" } else { "24" };
        view! {
            <div class="row">
                <form method="post" action=to("pause")><input type="hidden" name="hours" value=hours /><button class="button small" type="submit">{pause}</button></form>
                <form method="post" action=to("delete")><button class="button small danger" type="submit">"Take away"</button></form>
            </div>
            <details class="disclose"><summary>"Change"</summary>{form(page, &to("change"), Some(new), &id.to_string(), "Write it so")}</details>
        }
    });
    view! {
        <li class="stack">
            <p>{sentence}</p>
            <div class="row">{critical}{state}<span class="note">{format!("by {}", row.rule.created_by)}</span></div>
            {forms}
        </li>
    }
    .into_any()
}

fn new_rule(page: &View) -> AnyView {
    view! {
        <section class="card" id="new">
            <div class="card-head"><div><h2>"A new rule"</h2><p>"Fill in the sentence. A rule about missing data needs no value; it can be about one point, or about everything the facility sends. One about savings is of the whole facility."</p></div></div>
            {form(page, &format!("{}/rules", path(page)), None, "new", "Add the rule")}
        </section>
    }
    .into_any()
}

/// The sentence with its slots. `key` keeps the ids of several forms apart.
fn form(page: &View, action: &str, rule: Option<&NewRule>, key: &str, button: &'static str) -> AnyView {
    let view = &page.view.alerts;
    let id = |name: &str| format!("{name}-{key}");
    let slot = |name: &'static str, label: &'static str, options: Vec<AnyView>| {
        view! { <div class="field"><label for=id(name)>{label}</label><select id=id(name) name=name>{options}</select></div> }.into_any()
    };
    let input = |name: &'static str,
                 label: &'static str,
                 kind: &'static str,
                 value: String,
                 hint: &'static str| {
        view! {
            <div class="field">
                <label for=id(name)>{label}</label>
                <input id=id(name) name=name type=kind value=value inputmode=(kind == "text").then_some("decimal") autocomplete="off" aria-describedby=id(&format!("{name}-hint")) />
                <span class="hint" id=id(&format!("{name}-hint"))>{hint}</span>
            </div>
        }
        .into_any()
    };
    let option = |value: String, name: String, chosen: bool| {
        view! { <option value=value selected=chosen>{name}</option> }.into_any()
    };
    let roles = |chosen: Option<Role>| -> Vec<AnyView> {
        ROLES
            .iter()
            .map(|r| option(r.as_str().to_owned(), r.label().to_owned(), chosen == Some(*r)))
            .collect()
    };
    let then = rule.and_then(|rule| rule.then);
    let mut nobody = vec![option(String::new(), "nobody".to_owned(), then.is_none())];
    nobody.extend(roles(then.map(|then| then.tell)));
    let point = rule.and_then(|rule| rule.point);
    let mut points = vec![option(String::new(), "the whole facility".to_owned(), point.is_none())];
    points.extend(
        view.points
            .iter()
            .map(|(id, name, unit)| option(id.to_string(), format!("{name}, {unit}"), point == Some(*id))),
    );
    let kinds = Kind::ALL
        .iter()
        .map(|k| option(k.as_str().to_owned(), k.label().to_owned(), rule.is_some_and(|r| r.kind == *k)))
        .collect();
    let time = |time: Option<NaiveTime>| time.map(|t| t.format("%H:%M").to_string()).unwrap_or_default();
    let quiet: Option<Quiet> = rule.and_then(|rule| rule.quiet);
    let minutes = rule.map_or(15, |rule| rule.minutes).to_string();
    let value = rule.and_then(|rule| rule.threshold).map(|v| v.normalize().to_string()).unwrap_or_default();
    let after = then.map(|then| then.after.to_string()).unwrap_or_default();
    view! {
        <form method="post" action=action.to_owned() class="stack">
            <div class="form-row">
                {slot("tell", "Tell", roles(Some(rule.map_or(Role::Operations, |rule| rule.tell))))}
                {slot("point", "when", points)}
                {slot("kind", "it", kinds)}
                {input("threshold", "value", "text", value, "In the point's unit, of savings in % of the baseline; empty for missing data.")}
                {input("minutes", "for minutes", "number", minutes, "How long before it is said; of no matter for savings.")}
            </div>
            <div class="form-row">
                {slot("then_tell", "If nobody acknowledges it, tell", nobody)}
                {input("then_after", "after minutes", "number", after, "Empty for nobody.")}
                {input("quiet_from", "Mails wait from", "time", time(quiet.map(|q| q.from)), "Local time.")}
                {input("quiet_until", "to", "time", time(quiet.map(|q| q.until)), "Empty: they never wait.")}
            </div>
            <label class="check"><input type="checkbox" name="critical" value="yes" checked=rule.is_some_and(|rule| rule.critical) /> " It is critical: its mails never wait."</label>
            <div><button class="button primary" type="submit">{button}</button></div>
        </form>
    }
    .into_any()
}
