//! Questions and answers, pinned to days or about the baseline as a whole.

use super::{Page, action};
use crate::components::badge::{Tone, badge};
use crate::format;
use domain::verification::{Comment, VerificationView};
use leptos::prelude::*;

/// The card.
pub(super) fn card(page: &Page) -> AnyView {
    let view = &page.view;
    let threads: Vec<_> =
        view.comments.iter().filter(|c| c.parent.is_none()).map(|c| thread(page, c)).collect();
    let none = threads.is_empty().then(|| view! { <p class="muted">"No comments yet."</p> });
    view! {
        <section class="card" aria-labelledby="comments">
            <div>
                <h2 id="comments">"Comments"</h2>
                <p class="muted">"Vendor, customer and verifier see and answer them. They stay when the baseline is reworked."</p>
            </div>
            {none}
            <ul class="stack">{threads}</ul>
            {view.may_comment.then(|| form(view))}
        </section>
    }
    .into_any()
}

fn thread(page: &Page, comment: &Comment) -> AnyView {
    let view = &page.view;
    let answers = view
        .comments
        .iter()
        .filter(|c| c.parent == Some(comment.id))
        .map(|c| view! { <li>{said(page, c)}</li> })
        .collect_view();
    let state = match &comment.resolved {
        Some((at, by)) => {
            badge(Tone::Ok, format!("Settled {} by {by}", format::stamp(page.clock.local(*at))))
        }
        None => badge(Tone::Info, "Open"),
    };
    let days = comment.days.map(|(from, until)| {
        let last = until.pred_opt().unwrap_or(until);
        let text = if last == from { format!("{from}") } else { format!("{from} to {last}") };
        badge(Tone::Draft, text)
    });
    let settle = (view.may_comment && view.party == Some(comment.party)).then(|| settle(view, comment));
    let answer = view.may_comment.then(|| answer(view, comment));
    view! {
        <li class="thread">
            <div class="row">{state} {days}</div>
            {said(page, comment)}
            <ul class="stack">{answers}</ul>
            {answer}
            {settle}
        </li>
    }
    .into_any()
}

fn said(page: &Page, comment: &Comment) -> AnyView {
    let who = format!(
        "{} ({}), {}",
        comment.by,
        comment.party.label().to_lowercase(),
        format::stamp(page.clock.local(comment.at))
    );
    view! {
        <p class="hint">{who}</p>
        <p class="said">{comment.text.clone()}</p>
    }
    .into_any()
}

fn settle(view: &VerificationView, comment: &Comment) -> AnyView {
    let (value, label) = if comment.resolved.is_some() { ("0", "Open it again") } else { ("1", "Settled") };
    view! {
        <form class="inline-form" method="post" action=action(view, "settle")>
            <input type="hidden" name="comment" value=comment.id.to_string() />
            <button class="button small" type="submit" name="settled" value=value>{label}</button>
        </form>
    }
    .into_any()
}

fn answer(view: &VerificationView, comment: &Comment) -> AnyView {
    let id = format!("answer-{}", comment.id);
    view! {
        <details class="disclose">
            <summary>"Answer"</summary>
            <form class="form" method="post" action=action(view, "comment")>
                <input type="hidden" name="parent" value=comment.id.to_string() />
                <div class="field">
                    <label for=id.clone()>"Your answer"</label>
                    <textarea id=id name="text" rows="3" maxlength="4000" required></textarea>
                </div>
                <div><button class="button small" type="submit">"Send the answer"</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn form(view: &VerificationView) -> AnyView {
    let (first, last) = (
        view.summary.period_start.to_string(),
        view.summary.period_end.pred_opt().unwrap_or_default().to_string(),
    );
    let range =
        format!("Leave them empty to speak of the baseline as a whole. Its period: {first} to {last}.");
    view! {
        <form class="form" method="post" action=action(view, "comment")>
            <div class="field">
                <label for="text">"New comment"</label>
                <textarea id="text" name="text" rows="3" maxlength="4000" required></textarea>
            </div>
            <div class="form-row">
                <div class="field">
                    <label for="from">"First day"</label>
                    <input id="from" name="from" type="date" aria-describedby="days-hint" />
                </div>
                <div class="field">
                    <label for="last">"Last day"</label>
                    <input id="last" name="last" type="date" aria-describedby="days-hint" />
                </div>
            </div>
            <p class="hint" id="days-hint">{range}</p>
            <div><button class="button" type="submit">"Comment"</button></div>
        </form>
    }
    .into_any()
}
