//! Who was asked to verify, and asking somebody.

use super::{Page, action};
use crate::components::badge::{Tone, badge};
use crate::components::table::{Table, text};
use crate::format;
use domain::id::OrganisationId;
use domain::verification::{Invitation, VerificationView};
use leptos::prelude::*;

/// The card; nothing when nobody was asked and the reader may not ask.
pub(super) fn card(page: &Page) -> Option<AnyView> {
    let view = &page.view;
    if view.invitations.is_empty() && view.firms.is_none() {
        return None;
    }
    let mut columns = vec![text("Verifier"), text("Invited"), text("Access until"), text("State")];
    // The last cell of a row shows only where there is a column for it.
    columns.extend(view.invitations.iter().any(|one| one.may_withdraw).then(|| text("Take back")));
    let rows: Vec<_> = view.invitations.iter().map(|one| row(page, one)).collect();
    let table = if rows.is_empty() {
        view! { <p class="muted">"Nobody is invited yet."</p> }.into_any()
    } else {
        view! { <Table caption="Verifiers invited for this baseline" columns rows /> }.into_any()
    };
    let invite = view.firms.as_ref().map(|firms| form(view, firms));
    Some(
        view! {
            <section class="card" aria-labelledby="verifiers">
                <div>
                    <h2 id="verifiers">"Verifiers"</h2>
                    <p class="muted">"Both parties see who was invited by whom. Access ends by itself."</p>
                </div>
                {table}
                {invite}
            </section>
        }
        .into_any(),
    )
}

fn row(page: &Page, one: &Invitation) -> Vec<AnyView> {
    let state = match (one.open, one.withdrawn_at) {
        (true, _) => badge(Tone::Ok, "Open"),
        (false, Some(_)) => badge(Tone::Draft, "Taken back"),
        (false, None) => badge(Tone::Draft, "Ended"),
    };
    let back = one.may_withdraw.then(|| {
        view! {
            <form class="inline-form" method="post" action=action(&page.view, "withdraw")>
                <input type="hidden" name="verification" value=one.id.to_string() />
                <button class="button small danger" type="submit" aria-label=format!("Take back the invitation of {}", one.email)>
                    "Take back"
                </button>
            </form>
        }
    });
    let side = one.invited_side.label().to_lowercase();
    vec![
        view! { {one.email.clone()} <div class="hint">{one.firm.clone()}</div> }.into_any(),
        format!("{} by {} ({side})", format::stamp(page.clock.local(one.created_at)), one.invited_by)
            .into_any(),
        format::stamp(page.clock.local(one.expires_at)).into_any(),
        state,
        back.into_any(),
    ]
}

fn form(view: &VerificationView, firms: &[(OrganisationId, String)]) -> AnyView {
    let choices = firms
        .iter()
        .map(|(id, name)| view! { <option value=id.to_string()>{name.clone()}</option> })
        .collect_view();
    view! {
        <details class="disclose" open=view.invitations.is_empty()>
            <summary>"Invite a verifier"</summary>
            <form class="form" method="post" action=action(view, "invite")>
                <div class="field">
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" type="email" autocomplete="off" required />
                    <p class="hint">"Somebody who belongs to neither vendor nor customer."</p>
                </div>
                <div class="field">
                    <label for="firm">"Firm"</label>
                    <select id="firm" name="firm">
                        {choices}
                        <option value="">"Another one, named below"</option>
                    </select>
                </div>
                <div class="field">
                    <label for="new-firm">"Name of another firm"</label>
                    <input id="new-firm" name="new_firm" autocomplete="off" />
                </div>
                <div class="field">
                    <label for="days">"Access, days"</label>
                    <input id="days" name="days" type="number" min="1" max="180" value="30" required />
                </div>
                <div><button class="button primary" type="submit">"Send the invitation"</button></div>
            </form>
        </details>
    }
    .into_any()
}
