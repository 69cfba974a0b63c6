//! The audit trail as the caller may see it.

use super::query;
use crate::api::activity::{ActivityQuery, ActivityRow, ActivityView, ChainState, get_activity};
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::PageHead;
use crate::components::table::{Table, text};
use crate::format;
use domain::access::Permission;
use leptos::prelude::*;
use leptos_router::components::Form;

/// Characters of a hash that are shown.
const MARK: usize = 12;

/// The page.
#[component]
pub fn Activity() -> impl IntoView {
    let (organisation, action, actor) = (query("organisation"), query("action"), query("actor"));
    let (subject, before) = (query("subject"), query("before"));
    let (facility, from, to, check) = (query("facility"), query("from"), query("to"), query("check"));
    let wanted = Memo::new(move |_| ActivityQuery {
        organisation: organisation.get(),
        action: action.get(),
        actor: actor.get(),
        subject: subject.get(),
        facility: facility.get(),
        from: from.get(),
        to: to.get(),
        before: before.get(),
        check: check.get(),
    });
    let trail = Resource::new(move || wanted.get(), get_activity);
    load_page(trail, Permission::ViewActivity, move |view| content(&view, &wanted.get_untracked()))
}

fn address(path: &str, query: &ActivityQuery, before: &str) -> String {
    let mut out = String::from(path);
    let pairs = [
        ("organisation", query.organisation.as_str()),
        ("action", &query.action),
        ("actor", &query.actor),
        ("subject", &query.subject),
        ("facility", &query.facility),
        ("from", &query.from),
        ("to", &query.to),
        ("before", before),
    ];
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(name);
        out.push('=');
        out.push_str(&crate::components::range::encode(value));
    }
    out
}

fn content(view: &ActivityView, query: &ActivityQuery) -> AnyView {
    let several = view.organisations.len() > 1;
    let list = if view.events.is_empty() {
        view! {
            <Empty title="Nothing recorded" reason="Sign-ins, imports, decisions and changes of people are recorded here as they happen. With filters set, only what matches is listed." />
        }
        .into_any()
    } else {
        events(&view.events, several).into_any()
    };
    let older = view.next.as_ref().map(|cursor| {
        view! { <a href=address("/activity", query, cursor) class="button">"Older"</a> }
    });
    let (csv, json) =
        (address("/export/activity.csv", query, ""), address("/export/activity.json", query, ""));
    let check = ActivityQuery { organisation: query.organisation.clone(), ..ActivityQuery::default() };
    let check = address("/activity", &check, "");
    let check = format!("{check}{}check=yes", if check.contains('?') { '&' } else { '?' });
    let chains = view.chains.iter().map(chain).collect_view();
    let newest = (!query.before.is_empty())
        .then(|| view! { <a href=address("/activity", query, "") class="button">"Newest"</a> });
    view! {
        <div class="page">
            <PageHead
                title="Activity"
                sub="Append-only. Each record carries the hash of the one before it, so nothing can be changed or taken out unseen."
            >
                <a class="button" href=check>"Check the chain"</a>
                <a class="button" href=csv rel="external" download>"CSV"</a>
                <a class="button" href=json rel="external" download>"JSON"</a>
            </PageHead>
            {chains}
            <section class="card">
                {filter(view, query)}
                {list}
                <div class="row">{newest}{older}</div>
            </section>
        </div>
    }.into_any()
}

/// What the check of an organisation's chain has found.
fn chain(state: &ChainState) -> AnyView {
    match state.outcome.clone() {
        Ok((height, hash)) => {
            let title = format!("{}: the chain of {height} records is whole.", state.organisation);
            view! {
                <Notice weight=Weight::Ok title=title announce=true>
                    <p>{format!("Each record was hashed again and follows the one before it. Keep this for a later check: #{height} ")} <code class="wrap">{hash}</code></p>
                </Notice>
            }
            .into_any()
        }
        Err(broken) => {
            let title = format!("{}: the chain is broken.", state.organisation);
            let text = format!(
                "{broken}. Everything before it still holds. Keep a copy of the exports and tell your vendor."
            );
            view! { <Notice weight=Weight::Error title=title announce=true><p>{text}</p></Notice> }.into_any()
        }
    }
}

fn filter(view: &ActivityView, query: &ActivityQuery) -> AnyView {
    let organisations = (view.organisations.len() > 1).then(|| {
        let options = view
            .organisations
            .iter()
            .map(|(id, name)| {
                let id = id.to_string();
                view! { <option value=id.clone() selected=id == query.organisation>{name.clone()}</option> }
            })
            .collect_view();
        view! {
            <div class="field">
                <label for="organisation">"Organisation"</label>
                <select id="organisation" name="organisation"><option value="">"All"</option>{options}</select>
            </div>
        }
    });
    let text = |label: &'static str, name: &'static str, value: &str| {
        view! {
            <div class="field grow">
                <label for=name>{label}</label>
                <input id=name name=name type="search" autocomplete="off" value=value.to_owned() />
            </div>
        }
    };
    let (action, actor) = (text("Action", "action", &query.action), text("Who", "actor", &query.actor));
    let subject = text("What it was done to", "subject", &query.subject);
    let day = |label: &'static str, name: &'static str, value: &str| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <input id=name name=name type="date" value=value.to_owned() />
            </div>
        }
    };
    let (from, to) = (day("From, UTC day", "from", &query.from), day("To and including", "to", &query.to));
    let facilities = view
        .facilities
        .iter()
        .map(|(id, name)| {
            let id = id.to_string();
            view! { <option value=id.clone() selected=id == query.facility>{name.clone()}</option> }
        })
        .collect_view();
    view! {
        <Form method="GET" action="/activity" attr:class="form-row" attr:role="search">
            {organisations}
            {action}
            {actor}
            {subject}
            <div class="field">
                <label for="facility">"Facility"</label>
                <select id="facility" name="facility"><option value="">"All"</option>{facilities}</select>
            </div>
            {from}
            {to}
            <button class="button" type="submit">"Filter"</button>
        </Form>
    }
    .into_any()
}

fn events(rows: &[ActivityRow], several: bool) -> AnyView {
    let mut columns =
        vec![text("When"), text("Who"), text("Action"), text("Subject"), text("Detail"), text("Chain")];
    if several {
        columns.insert(1, text("Organisation"));
    }
    let rows = rows.iter().map(|row| event(row, several)).collect();
    view! { <Table caption="Recorded events, newest first" columns rows /> }.into_any()
}

fn event(row: &ActivityRow, several: bool) -> Vec<AnyView> {
    let mark: String = row.hash.chars().take(MARK).collect();
    let mut cells = vec![
        view! { <span class="nowrap">{format::utc(row.at)}</span> }.into_any(),
        row.actor.clone().into_any(),
        view! { <code>{row.action.clone()}</code> }.into_any(),
        view! { <span class="wrap">{row.subject.clone()}</span> }.into_any(),
        view! { <span class="wrap">{detail(&row.detail)}</span> }.into_any(),
        view! {
            <span class="nowrap" title=row.hash.clone()>
                {badge(Tone::Draft, format!("#{}", row.height))} " " <span class="hash">{mark}</span>
            </span>
        }
        .into_any(),
    ];
    if several {
        cells.insert(1, row.organisation.clone().into_any());
    }
    cells
}

/// The fields of the detail as name and value; what is not an object is shown as it is.
fn detail(json: &str) -> AnyView {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(json) else {
        return view! { <code>{json.to_owned()}</code> }.into_any();
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Object(inner) => {
            let pairs: Vec<String> = inner.iter().map(|(name, value)| format!("{name} {value}")).collect();
            pairs.join(", ")
        }
        other => other.to_string(),
    };
    let parts: Vec<String> =
        fields.into_iter().map(|(name, value)| format!("{name}: {}", text(value))).collect();
    parts.join(", ").into_any()
}
