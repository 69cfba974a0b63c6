//! The reader's second factor: setting it up, recovery codes, taking it away. Plain forms.

use super::query;
use crate::api::verification::{SecurityView, get_security};
use crate::components::badge::{Tone, badge};
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::PageHead;
use crate::format;
use domain::access::Permission;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Security() -> impl IntoView {
    let security = Resource::new(|| (), |()| get_security());
    load_page(security, Permission::ViewFacility, |view| content(&view))
}

fn content(view: &SecurityView) -> AnyView {
    let on = matches!(view, SecurityView::On(_));
    let state = if on { badge(Tone::Ok, "On") } else { badge(Tone::Draft, "Off") };
    let card = match view {
        SecurityView::Off => off(),
        SecurityView::Begun { secret, uri, qr } => begun(secret, uri, qr),
        SecurityView::On(left) => enrolled(*left),
    };
    view! {
        <div class="page">
            <PageHead
                title="Security"
                sub="A second factor is a code of the moment from an app on your phone. Signing a verification takes one."
            >
                {state}
            </PageHead>
            {outcome()}
            {card}
        </div>
    }
    .into_any()
}

fn outcome() -> impl IntoView {
    let (notice, error) = (query("notice"), query("error"));
    move || {
        let (weight, text) = match (notice.get().as_str(), error.get().as_str()) {
            ("removed", _) => (Weight::Ok, "The second factor is off."),
            (_, "code") => (
                Weight::Error,
                "This code is wrong or was used already. Wait for the next one and try again.",
            ),
            (_, "too_many") => (Weight::Error, "Too many wrong codes. Try again in a quarter of an hour."),
            (_, "conflict") => {
                (Weight::Error, "This has changed meanwhile. The page shows how it stands now.")
            }
            (_, "busy") => (Weight::Error, "The server is busy. Try again in a moment."),
            _ => return None,
        };
        Some(view! { <Notice weight title=text announce=true /> })
    }
}

fn off() -> AnyView {
    view! {
        <section class="card">
            <h2>"Second factor"</h2>
            <p>"Any authenticator app for time-based codes (RFC 6238) will do. Have your phone at hand."</p>
            <form method="post" action="/settings/security/begin">
                <button class="button primary" type="submit">"Set it up"</button>
            </form>
        </section>
    }
    .into_any()
}

fn begun(secret: &str, uri: &str, (width, path): &(u32, String)) -> AnyView {
    // Four light modules around the code are part of it.
    let frame = format!("-4 -4 {0} {0}", width + 8);
    let grouped: Vec<String> =
        secret.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into()).collect();
    view! {
        <section class="card">
            <h2>"Second factor"</h2>
            <ol class="numbered">
                <li>
                    <p>"Read this code with your authenticator app, or enter the key by hand."</p>
                    <svg class="qr" viewBox=frame role="img" aria-label="QR code for the authenticator app" shape-rendering="crispEdges">
                        <rect x="-4" y="-4" width=width + 8 height=width + 8 fill="#fff" />
                        <path d=path.clone() fill="#000" />
                    </svg>
                    <dl class="facts">
                        <dt>"Key"</dt><dd class="hash">{grouped.join(" ")}</dd>
                        <dt>"Address"</dt><dd class="hash">{uri.to_owned()}</dd>
                    </dl>
                </li>
                <li>
                    <p>"Enter the six digits that the app shows."</p>
                    <form class="form" method="post" action="/settings/security/confirm">
                        <Field label="Code" name="code" autocomplete="one-time-code" />
                        <div><button class="button primary" type="submit">"Turn it on"</button></div>
                    </form>
                </li>
            </ol>
            <form method="post" action="/settings/security/begin">
                <button class="button" type="submit">"Start over with another key"</button>
            </form>
        </section>
    }.into_any()
}

fn enrolled(left: i64) -> AnyView {
    let left = format!("{} recovery codes are left.", format::count(left));
    view! {
        <section class="card">
            <h2>"Second factor"</h2>
            <p>"You are asked for a code when you sign in, and when you sign a verification."</p>
        </section>
        <section class="card">
            <h2>"Recovery codes"</h2>
            <p>{left}" Each works once in place of a code, for when the phone is lost."</p>
            <form class="form" method="post" action="/settings/security/recovery">
                <Field label="Code of the app" name="code" autocomplete="one-time-code" />
                <div><button class="button" type="submit">"Make ten new ones"</button></div>
            </form>
        </section>
        <section class="card">
            <h2>"Turn it off"</h2>
            <p class="muted">"Without a second factor you cannot sign verifications."</p>
            <form class="form" method="post" action="/settings/security/remove">
                <div class="field">
                    <label for="remove-code">"Code of the app, or a recovery code"</label>
                    <input id="remove-code" name="code" autocomplete="one-time-code" required />
                </div>
                <div><button class="button danger" type="submit">"Turn it off"</button></div>
            </form>
        </section>
    }
    .into_any()
}
