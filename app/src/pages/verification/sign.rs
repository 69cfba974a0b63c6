//! Signing, and the signature once there is one.

use super::{Page, action};
use crate::components::field::Field;
use crate::components::notice::{Notice, Weight};
use crate::components::page::link;
use crate::format;
use domain::baseline::Step;
use domain::verification::VerificationView;
use leptos::prelude::*;

/// The signature and what checking it has found.
pub(super) fn signature(page: &Page) -> Option<AnyView> {
    let view = &page.view;
    let signed = view.signed.as_ref()?;
    let (name, email, firm) = signed.by.clone();
    let verdict = if signed.faults.is_empty() {
        view! {
            <Notice weight=Weight::Ok title="The signature holds, and nothing it covers has changed since." />
        }
        .into_any()
    } else {
        let faults = signed.faults.iter().map(|fault| view! { <li>{fault.clone()}</li> }).collect_view();
        view! {
            <Notice weight=Weight::Error title="The signature does not hold">
                <ul class="stack">{faults}</ul>
            </Notice>
        }
        .into_any()
    };
    Some(
        view! {
            <section class="card" aria-labelledby="signature">
                <h2 id="signature">"Signature"</h2>
                {verdict}
                <dl class="facts">
                    <dt>"Signed by"</dt><dd>{format!("{name}, {firm} ({email})")}</dd>
                    <dt>"Signed"</dt><dd>{format::stamp(page.clock.local(signed.at))}</dd>
                    <dt>"SHA-256 of the dossier"</dt><dd class="hash">{signed.dossier_sha256.clone()}</dd>
                    <dt>"Public key (Ed25519)"</dt><dd class="hash">{signed.public_key.clone()}</dd>
                </dl>
                {download(view)}
            </section>
        }
        .into_any(),
    )
}

fn download(view: &VerificationView) -> AnyView {
    let href = format!("/f/{}/baselines/{}/dossier.json", view.facility_slug, view.summary.id);
    view! { <p><a href=href rel="external" download>"Download the dossier (JSON)"</a></p> }.into_any()
}

/// The form that signs, for a verifier whose verification has begun.
pub(super) fn card(view: &VerificationView) -> Option<AnyView> {
    if !view.may.contains(&Step::Verify) {
        return None;
    }
    let missing: Vec<_> = view.missing.iter().map(|text| view! { <li>{text.clone()}</li> }).collect();
    let ready = missing.is_empty() && view.second_factor;
    let to_do = (!missing.is_empty()).then(|| {
        view! {
            <Notice weight=Weight::Info title="Before you can sign">
                <ul class="stack">{missing}</ul>
            </Notice>
        }
    });
    let factor = (!view.second_factor).then(|| {
        view! {
            <Notice weight=Weight::Info title="Signing takes a second factor">
                <p>{link("/settings/security", "Set one up under Security")}</p>
            </Notice>
        }
    });
    let sections = view
        .sections
        .iter()
        .map(|(name, hash)| {
            view! { <dt>{name.replace('_', " ")}</dt><dd class="hash">{hash.clone()}</dd> }
        })
        .collect_view();
    Some(
        view! {
            <section class="card" aria-labelledby="sign">
                <div>
                    <h2 id="sign">"Sign"</h2>
                    <p class="muted">
                        "You sign the dossier as it stands now: baseline, candidates, inputs, steps, comments, checklist and statement. If any of it changes before you send, nothing is signed."
                    </p>
                </div>
                {to_do}
                {factor}
                <dl class="facts">
                    <dt>"SHA-256 of the dossier"</dt><dd class="hash">{view.dossier_sha256.clone()}</dd>
                </dl>
                <details class="disclose">
                    <summary>"SHA-256 of each section"</summary>
                    <dl class="facts">{sections}</dl>
                </details>
                {download(view)}
                {ready.then(|| form(view))}
            </section>
        }
        .into_any(),
    )
}

fn form(view: &VerificationView) -> AnyView {
    view! {
        <form class="form" method="post" action=action(view, "sign")>
            <input type="hidden" name="dossier_sha256" value=view.dossier_sha256.clone() />
            <Field label="Your full name" name="name" autocomplete="name" hint="As your account has it." />
            <Field label="Code of your second factor" name="code" autocomplete="one-time-code" />
            <div><button class="button primary" type="submit">"Sign and verify"</button></div>
        </form>
    }
    .into_any()
}
