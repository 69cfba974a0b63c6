//! The verifier's checklist and conflict-of-interest statement.

use super::action;
use crate::components::badge::{Tone, badge};
use crate::components::table::{Table, text};
use domain::verification::{Answer, Checked, VerificationView};
use leptos::prelude::*;

/// The card; nothing while nobody was asked.
pub(super) fn card(view: &VerificationView) -> Option<AnyView> {
    if view.invitations.is_empty() {
        return None;
    }
    let content = if view.may_review { form(view) } else { shown(view) };
    let drafts = view.may_review.then_some("Vendor and customer see your answers as you save them.");
    Some(
        view! {
            <section class="card" aria-labelledby="review">
                <div>
                    <h2 id="review">"Checklist"</h2>
                    <p class="muted">{drafts}</p>
                </div>
                {content}
            </section>
        }
        .into_any(),
    )
}

fn form(view: &VerificationView) -> AnyView {
    let items = view.review.checklist.iter().map(question).collect_view();
    let conflict = &view.review.conflict;
    view! {
        <form class="stack" method="post" action=action(view, "review")>
            <div class="stack">{items}</div>
            <fieldset class="field">
                <legend>"Conflict of interest"</legend>
                <label class="check">
                    <input type="checkbox" name="conflict_none" value="1" checked=conflict.none />
                    "I have none: no stake in vendor, customer or the savings, and no fee that depends on the outcome."
                </label>
                <label for="conflict">"Ties that there are, or remarks"</label>
                <textarea id="conflict" name="conflict" rows="3" maxlength="4000">{conflict.text.clone()}</textarea>
            </fieldset>
            <div><button class="button primary" type="submit">"Save the draft"</button></div>
        </form>
    }
    .into_any()
}

fn question(checked: &Checked) -> AnyView {
    let name = checked.item.as_str();
    let choices = Answer::ALL
        .iter()
        .map(|answer| {
            view! {
                <label class="check">
                    <input type="radio" name=name value=answer.as_str() checked=checked.answer == Some(*answer) />
                    {answer.label()}
                </label>
            }
        })
        .collect_view();
    let note = format!("{name}_note");
    view! {
        <fieldset class="field">
            <legend>{checked.item.label()}</legend>
            <div class="row">{choices}</div>
            <label class="visually-hidden" for=note.clone()>{format!("Note: {}", checked.item.label())}</label>
            <input id=note.clone() name=note value=checked.note.clone() placeholder="What you saw" maxlength="4000" autocomplete="off" />
        </fieldset>
    }
    .into_any()
}

fn shown(view: &VerificationView) -> AnyView {
    let row = |checked: &Checked| {
        let answer = match checked.answer {
            Some(answer @ Answer::Yes) => badge(Tone::Ok, answer.label()),
            Some(answer @ Answer::No) => badge(Tone::Warn, answer.label()),
            Some(answer @ Answer::NotApplicable) => badge(Tone::Draft, answer.label()),
            None => badge(Tone::Draft, "Open"),
        };
        vec![checked.item.label().into_any(), answer, checked.note.clone().into_any()]
    };
    let rows = view.review.checklist.iter().map(row).collect();
    let conflict = match (view.review.conflict.none, view.review.conflict.text.as_str()) {
        (true, "") => "The verifier declares to have none.".to_owned(),
        (true, text) => format!("The verifier declares to have none. {text}"),
        (false, "") => "No statement yet.".to_owned(),
        (false, text) => text.to_owned(),
    };
    view! {
        <Table caption="Checklist of the verifier" columns=vec![text("Statement"), text("Answer"), text("Note")] rows />
        <dl class="facts"><dt>"Conflict of interest"</dt><dd class="said">{conflict}</dd></dl>
    }
    .into_any()
}
