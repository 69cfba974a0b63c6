//! Tokens of the REST interface: making, listing, taking back. Plain forms; the secret is shown in the answer to one.

use super::query;
use crate::api::tokens::get_tokens;
use crate::components::badge::{Tone, badge};
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, link};
use crate::components::table::{Table, text};
use crate::format;
use domain::access::Permission;
use domain::tokens::{ApiScope, TOKEN_DAYS, TokenRow, TokenState, TokensView};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Tokens() -> impl IntoView {
    let tokens = Resource::new(|| (), |()| get_tokens());
    load_page(tokens, Permission::ManageTokens, |view| content(&view))
}

fn content(view: &TokensView) -> AnyView {
    view! {
        <div class="page">
            <PageHead
                title="Tokens"
                sub="With a token, programs read and create baselines in the name of whoever made it."
            >
                {link("/developers", "How the REST interface is used")}
            </PageHead>
            {outcome()}
            {list(view)}
            {make(view)}
        </div>
    }
    .into_any()
}

fn outcome() -> impl IntoView {
    let (notice, error) = (query("notice"), query("error"));
    move || {
        let (weight, text) = match (notice.get().as_str(), error.get()) {
            (_, error) if !error.is_empty() => (Weight::Error, error),
            ("revoked", _) => (Weight::Ok, "Taken back. The token opens nothing any more.".to_owned()),
            _ => return None,
        };
        Some(view! { <Notice weight title=text announce=true /> })
    }
}

fn list(view: &TokensView) -> AnyView {
    if view.tokens.is_empty() {
        return view! { <Empty title="No tokens yet" reason="Make one below for a program that works with your baselines." /> }
            .into_any();
    }
    let columns = vec![
        text("Token"),
        text("May"),
        text("Facility"),
        text("Made"),
        text("Last used"),
        text("Expires"),
        text("State"),
        text("Take back"),
    ];
    let rows = view.tokens.iter().map(|token| row(view, token)).collect();
    view! {
        <section class="card" aria-labelledby="tokens">
            <h2 id="tokens">"Tokens of your organisation"</h2>
            <Table caption="Tokens" columns rows />
        </section>
    }
    .into_any()
}

fn row(view: &TokensView, token: &TokenRow) -> Vec<AnyView> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.label()).collect();
    let facility = token.facility.as_ref().map_or("All", |(_, name)| name).to_owned();
    let state = match token.state(view.now) {
        TokenState::Valid => badge(Tone::Ok, "Valid"),
        TokenState::Expired => badge(Tone::Warn, "Expired"),
        TokenState::Revoked => badge(Tone::Draft, "Taken back"),
    };
    let revoke = (token.state(view.now) != TokenState::Revoked).then(|| {
        view! {
            <form class="inline-form" method="post" action="/settings/tokens/revoke">
                <input type="hidden" name="token" value=token.id.to_string() />
                <button class="button small danger" type="submit" aria-label=format!("Take back {}", token.name)>"Take back"</button>
            </form>
        }
    });
    vec![
        view! { {token.name.clone()} <div class="hash">{token.prefix.clone()}"…"</div> }.into_any(),
        scopes.join(", ").into_any(),
        facility.into_any(),
        view! { {format::day(token.created_at.naive_utc())} <div class="hint">"by "{token.created_by.clone()}</div> }.into_any(),
        token.last_used_at.map_or_else(|| "Never".to_owned(), format::utc).into_any(),
        format::utc(token.expires_at).into_any(),
        state,
        revoke.into_any(),
    ]
}

fn make(view: &TokensView) -> AnyView {
    let scopes = ApiScope::ALL
        .iter()
        .map(|scope| {
            view! {
                <label class="check">
                    <input type="checkbox" name="scope" value=scope.as_str() checked=*scope == ApiScope::BaselinesRead />
                    {scope.label()}
                </label>
            }
        })
        .collect_view();
    let all = view.all.then(|| view! { <option value="">"All that you see"</option> });
    let facilities = view
        .facilities
        .iter()
        .map(|(id, name)| view! { <option value=id.to_string()>{name.clone()}</option> })
        .collect_view();
    let days = TOKEN_DAYS.map(|days| {
        view! { <option value=days.to_string() selected=days == 90>{format!("{days} days")}</option> }
    });
    view! {
        <section class="card" aria-labelledby="make">
            <h2 id="make">"Make a token"</h2>
            <form class="form" method="post" action="/settings/tokens/make">
                <Field label="Name" name="name" hint="What will use it, for example “Farm controller”." />
                <fieldset class="field">
                    <legend>"It may"</legend>
                    <div class="row">{scopes}</div>
                    <p class="hint">"Never more than you may yourself at the time."</p>
                </fieldset>
                <div class="field">
                    <label for="facility">"Facility"</label>
                    <select id="facility" name="facility">{all} {facilities}</select>
                </div>
                <div class="field">
                    <label for="days">"Works for"</label>
                    <select id="days" name="days">{days.collect_view()}</select>
                </div>
                <div><button class="button primary" type="submit">"Make the token"</button></div>
                <p class="hint">"It is shown once, on the next page."</p>
            </form>
        </section>
    }
    .into_any()
}
