//! Anybody with a statement bundle checks it here. With scripts the file stays in the browser.

use crate::api::verify::{Checked, VerifyPage, get_verify_page};
use crate::components::icon::mark;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use bundle::Report;
use domain::access::Permission;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn Verify() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_verify_page());
    view! {
        <Title text="Check a statement · Gainshare" />
        <main class="entry">
            <div class="entry-box wide">
                <a class="brand" href="/sign-in">{mark()}<span>"Gainshare"</span></a>
                <h1>"Check a statement"</h1>
                {load_page(page, Permission::ViewFacility, |view| content(&view))}
            </div>
        </main>
    }
    .into_any()
}

fn content(page: &VerifyPage) -> AnyView {
    let result = match &page.checked {
        None => ().into_any(),
        Some(Checked::Refused(sentence)) => {
            view! { <Notice weight=Weight::Warn title=sentence.clone() announce=true /> }.into_any()
        }
        Some(Checked::Report(report)) => result(report),
    };
    let key = page.public_key.clone().map(|key| {
        view! {
            <p>"This platform signs with the Ed25519 key " <code class="hash" id="platform-key">{key}</code> ". A statement of this platform names it; compare it with the one that you were given elsewhere."</p>
        }
    });
    view! {
        <p>"A statement bundle holds a report with the readings, weather, tariff, models and audit records that it rests on. It is checked that nothing of it was changed, and every figure is computed again. With scripts the file does not leave your browser; without, it is checked on the server and not kept."</p>
        <form class="card form" method="post" action="/verify" enctype="multipart/form-data" data-verify>
            <div class="field">
                <label for="file">"Statement bundle (.zip)"</label>
                <input id="file" name="file" type="file" accept=".zip,application/zip" required />
                <p class="hint">"From “Signed bundle” on a report's page, at most 32 MiB."</p>
            </div>
            <button class="button primary" type="submit">"Check the file"</button>
        </form>
        <div data-verify-result>{result}</div>
        <section class="stack">
            <h2>"Without this page"</h2>
            <p>"The program " <code>"gainshare-mv verify FILE"</code> " does the same on your own computer, without a network. The format is open: every file is listed with its SHA-256 in manifest.json, whose signature is signature.txt."</p>
            {key}
        </section>
        <script type="module" src="/gs-verify.js"></script>
    }
    .into_any()
}

fn result(report: &Report) -> AnyView {
    let (weight, said) = match report.holds {
        true => (Weight::Ok, "Everything holds."),
        false => (Weight::Error, "This file does not hold."),
    };
    let title = report.title.clone().map_or_else(|| said.to_owned(), |title| format!("{said} {title}"));
    let key = report.public_key.clone().unwrap_or_default();
    let items = report
        .checks
        .iter()
        .map(|check| {
            let (mark, word) = if check.holds { ("✓ ", "holds") } else { ("✗ ", "does not hold") };
            let class = if check.holds { "check-ok" } else { "check-bad" };
            view! {
                <li class=class>
                    <span aria-hidden="true">{mark}</span>
                    <strong>{check.what.clone()}</strong>
                    <span class="visually-hidden">{format!(" ({word})")}</span>
                    ": "
                    <span class="wrap">{check.found.clone()}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <Notice weight=weight title=title announce=true>
            <p>"Signed with " <code class="hash">{key}</code></p>
        </Notice>
        <ul class="checks">{items}</ul>
    }
    .into_any()
}
