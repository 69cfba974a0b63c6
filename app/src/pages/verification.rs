//! Verification of a baseline: who verifies it, what they ask, their checklist, and the signature. Plain forms.

mod comments;
mod invitations;
mod review;
mod sign;

use super::baselines::{period, state_badge};
use super::{param, query};
use crate::api::Zoned;
use crate::api::verification::get_verification;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, link};
use crate::components::table::{Table, text};
use crate::error::{ApiError, Code};
use crate::format;
use domain::access::Permission;
use domain::baseline::{Party, Step};
use domain::id::BaselineId;
use domain::verification::VerificationView;
use leptos::prelude::*;

type Page = Zoned<VerificationView>;

/// The page.
#[component]
pub fn Verification() -> impl IntoView {
    let (facility, id) = (param("facility"), param("baseline"));
    let page = Resource::new(
        move || (facility.get(), id.get()),
        |(facility, id)| async move {
            let id: BaselineId = id.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            get_verification(facility, id).await
        },
    );
    load_page(page, Permission::ViewFacility, |page| content(&page))
}

/// Where the forms of the page are sent.
fn action(view: &VerificationView, form: &str) -> String {
    format!("/f/{}/baselines/{}/verification/{form}", view.facility_slug, view.summary.id)
}

fn content(page: &Page) -> AnyView {
    let view = &page.view;
    let (slug, s) = (&view.facility_slug, &view.summary);
    let baseline = format!("{} baseline v{}", s.metric_type.label(), s.version);
    let crumbs = vec![
        ("Facilities".to_owned(), "/home".to_owned()),
        (view.facility_name.clone(), format!("/f/{slug}")),
        ("Baselines".to_owned(), format!("/f/{slug}/baselines")),
        (baseline, format!("/f/{slug}/baselines/{}", s.id)),
    ];
    let sub = format!("Baseline period {}. Savings from {}.", period(s), s.effective_from);
    let state = state_badge(s.state);
    view! {
        <div class="page">
            <PageHead title="Verification" crumbs=crumbs sub=sub>{state}</PageHead>
            {outcome()}
            {sign::signature(page)}
            {what_to_look_at(view)}
            {steps(view)}
            {invitations::card(page)}
            {comments::card(page)}
            {review::card(view)}
            {sign::card(view)}
            {way(page)}
        </div>
    }
    .into_any()
}

fn outcome() -> impl IntoView {
    let (notice, error) = (query("notice"), query("error"));
    move || {
        let (weight, text) = match (notice.get().as_str(), error.get().as_str()) {
            ("invited", _) => (Weight::Ok, "Invited. A mail is on its way."),
            ("not_mailed", _) => {
                (Weight::Warn, "Invited, but the mail did not go out. Invite again to send it once more.")
            }
            ("withdrawn", _) => (Weight::Ok, "The invitation is taken back."),
            ("commented", _) => (Weight::Ok, "Your comment is there. Both parties and the verifier see it."),
            ("saved", _) => (Weight::Ok, "Saved."),
            ("done", _) => (Weight::Ok, "Done. The page shows how the baseline stands now."),
            ("signed", _) => (Weight::Ok, "Signed. The baseline is verified."),
            (_, "email") => (
                Weight::Error,
                "Enter the e-mail address of somebody who belongs to neither vendor nor customer.",
            ),
            (_, "firm") => {
                (Weight::Error, "Choose the verifier's firm, or name a new one that is not taken yet.")
            }
            (_, "days") => (Weight::Error, "Give a number of days between 1 and 180."),
            (_, "note") => (Weight::Error, "Say what has to change, so that the other side can act on it."),
            (_, "name") => (Weight::Error, "Type your full name exactly as your account has it."),
            (_, "code") => (
                Weight::Error,
                "This code is wrong or was used already. Wait for the next one and try again.",
            ),
            (_, "too_many") => (Weight::Error, "Too many wrong codes. Try again in a quarter of an hour."),
            (_, "from" | "last") => {
                (Weight::Error, "Give the days as 2026-03-31, the first one not after the last.")
            }
            (_, "text" | "conflict") => (Weight::Error, "Write something, in at most 4,000 characters."),
            (_, "not_allowed") => (Weight::Error, "This is not for your side, or your invitation has ended."),
            (_, "") => return None,
            (_, "busy") => (Weight::Error, "Nothing was changed: the server cannot do this just now."),
            _ => (
                Weight::Error,
                "Nothing was changed: something is different from when you opened the page. Look at it again.",
            ),
        };
        Some(view! { <Notice weight title=text announce=true /> })
    }
}

/// Where to find what is to be verified. Everything there is read-only for a verifier.
fn what_to_look_at(view: &VerificationView) -> Option<AnyView> {
    let slug = &view.facility_slug;
    (view.party == Some(Party::Verifier)).then(|| {
        view! {
            <section class="card">
                <h2>"What to look at"</h2>
                <p class="muted">"You see everything of this facility and change nothing of it."</p>
                <div class="row">
                    {link(format!("/f/{slug}/baselines/{}", view.summary.id), "Model, fit and inputs")}
                    {link(format!("/f/{slug}"), "Readings")}
                    {link(format!("/f/{slug}/meters"), "Meters and points")}
                    {link(format!("/f/{slug}/import"), "Utility data")}
                </div>
            </section>
        }
        .into_any()
    })
}

/// The verifier's steps but for signing, which has a card of its own.
fn steps(view: &VerificationView) -> Option<AnyView> {
    let begin = view.may.contains(&Step::Begin).then(|| {
        view! {
            <form method="post" action=action(view, "step")>
                <button class="button primary" type="submit" name="step" value="begin">"Begin verification"</button>
            </form>
        }
    });
    let back: Vec<AnyView> = [(Step::RequestChanges, "button"), (Step::Reject, "button danger")]
        .into_iter()
        .filter(|(step, _)| view.may.contains(step))
        .map(|(step, class)| {
            view! { <button class=class type="submit" name="step" value=step.as_str()>{step.label()}</button> }
                .into_any()
        })
        .collect();
    (begin.is_some() || !back.is_empty()).then(|| {
        view! {
            <section class="card">
                <h2>"Your decision"</h2>
                {begin}
                <form class="form" method="post" action=action(view, "step")>
                    <div class="field">
                        <label for="note">"What has to change, or why you refuse it"</label>
                        <textarea id="note" name="note" rows="3" required></textarea>
                        <p class="hint">"A rejected baseline stays as it is; a new one has to take its place."</p>
                    </div>
                    <div class="row">{back}</div>
                </form>
            </section>
        }
        .into_any()
    })
}

/// The way of the baseline so far.
fn way(page: &Page) -> AnyView {
    let columns = vec![text("When"), text("What"), text("Who"), text("Now"), text("Reason")];
    let row = |step: &domain::baseline::view::StepTaken| {
        let what = match (step.step.as_str(), Step::parse(&step.step)) {
            (_, Some(step)) => step.label().to_owned(),
            ("create", _) => "Fitted".to_owned(),
            ("choose", _) => "Candidate picked".to_owned(),
            (other, _) => other.to_owned(),
        };
        let side = step.party.map(|party| format!(" ({})", party.label().to_lowercase())).unwrap_or_default();
        vec![
            format::stamp(page.clock.local(step.at)).into_any(),
            what.into_any(),
            format!("{}{side}", step.by).into_any(),
            state_badge(step.state_after),
            step.note.clone().into_any(),
        ]
    };
    let rows: Vec<_> = page.view.steps.iter().map(row).collect();
    (!rows.is_empty())
        .then(|| {
            view! {
                <section class="card">
                    <h2>"So far"</h2>
                    <Table caption="Steps of this baseline" columns rows />
                </section>
            }
        })
        .into_any()
}
