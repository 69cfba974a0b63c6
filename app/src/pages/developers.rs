//! How the REST interface is used: its description, readable without scripts.

use crate::api::tokens::{ApiGuide, Operation, Part, get_guide};
use crate::components::load::load_page;
use crate::components::page::{PageHead, link};
use crate::components::table::{Table, text};
use domain::access::Permission;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Developers() -> impl IntoView {
    let guide = Resource::new(|| (), |()| get_guide());
    load_page(guide, Permission::ViewFacility, |guide| content(&guide))
}

fn content(guide: &ApiGuide) -> AnyView {
    let contents = guide
        .operations
        .iter()
        .map(|o| {
            let name = view! { <code>{format!("{} {}", o.method, o.path)}</code> };
            view! { <li class="wrap"><a href=format!("#{}", o.id)>{o.summary.clone()}</a>" "{name}</li> }
        })
        .collect_view();
    let operations = guide.operations.iter().map(operation).collect_view();
    view! {
        <div class="page">
            <PageHead title="REST interface" sub="For programs that create and read baselines.">
                {link("/api/openapi.json", "OpenAPI 3.1")}
                {link("/settings/tokens", "Tokens")}
                {link("/settings/webhooks", "Webhooks")}
            </PageHead>
            <section class="card">
                <h2>"In short"</h2>
                <p>{prose(&guide.about)}</p>
                <ul class="stack">{contents}</ul>
            </section>
            {operations}
        </div>
    }
    .into_any()
}

/// Text with code between backticks.
fn prose(text: &str) -> Vec<AnyView> {
    let piece = |(i, piece): (usize, &str)| {
        let piece = piece.to_owned();
        if i % 2 == 1 { view! { <code>{piece}</code> }.into_any() } else { piece.into_any() }
    };
    text.split('`').enumerate().map(piece).collect()
}

fn operation(operation: &Operation) -> AnyView {
    let o = operation;
    let answers: Vec<Vec<AnyView>> = o
        .answers
        .iter()
        .map(|(status, about)| {
            vec![view! { <code>{status.clone()}</code> }.into_any(), prose(about).into_any()]
        })
        .collect();
    let title = format!("{}: answers", o.summary);
    view! {
        <section class="card" id=o.id.clone() aria-labelledby=format!("{}-title", o.id)>
            <div class="card-head">
                <div>
                    <h2 id=format!("{}-title", o.id)>{o.summary.clone()}</h2>
                    <p class="wrap"><code>{format!("{} {}", o.method, o.path)}</code></p>
                </div>
                <p>"Scope "<code>{o.scope.clone()}</code></p>
            </div>
            <p>{prose(&o.description)}</p>
            {parts(o, "Parameters", &o.parameters)}
            {parts(o, "Fields of the body", &o.body)}
            <h3>"On a command line"</h3>
            {listing(format!("{}: command line", o.summary), o.curl.clone())}
            {o.examples.iter().map(|(name, body)| example(o, name, body)).collect_view()}
            <h3>"Answers"</h3>
            <Table caption=title columns=vec![text("Status"), text("Meaning")] rows=answers />
            {parts(o, "Fields of the answer", &o.answer)}
        </section>
    }
    .into_any()
}

fn example(operation: &Operation, name: &str, body: &str) -> AnyView {
    let label = format!("{}: {name}", operation.summary);
    view! {
        <details class="disclose">
            <summary>"Body: "{name.to_owned()}</summary>
            {listing(label, body.to_owned())}
        </details>
    }
    .into_any()
}

/// Code as it is; it scrolls where it is wider than the page.
fn listing(label: String, code: String) -> AnyView {
    view! { <pre class="listing" role="region" tabindex="0" aria-label=label><code>{code}</code></pre> }
        .into_any()
}

fn parts(operation: &Operation, title: &'static str, parts: &[Part]) -> Option<AnyView> {
    let rows: Vec<Vec<AnyView>> = parts.iter().map(part).collect();
    let caption = format!("{}: {}", operation.summary, title.to_lowercase());
    (!rows.is_empty()).then(|| {
        view! {
            <h3>{title}</h3>
            <Table caption columns=vec![text("Name"), text("Type"), text("Meaning")] rows />
        }
        .into_any()
    })
}

fn part(part: &Part) -> Vec<AnyView> {
    let place = if part.place.is_empty() { String::new() } else { format!("{}, ", part.place) };
    let required = if part.required { "required" } else { "optional" };
    vec![
        view! { <code class="wrap">{part.name.clone()}</code> <div class="hint">{place}{required}</div> }
            .into_any(),
        part.kind.clone().into_any(),
        prose(&part.about).into_any(),
    ]
}
