//! Ingest health for operations: gateways, how far behind they are, and what is held in quarantine.

use crate::api::ingest::{ResolveQuarantine, get_ingest};
use crate::api::session::{Session, get_session};
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::PageHead;
use crate::components::table::{Table, numeric, text};
use crate::error::ApiError;
use crate::format;
use domain::access::Permission;
use domain::series::{GatewayRow, GatewayState, IngestView, QuarantineRow};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Clock skew beyond which a gateway's clock is worth a look, ms.
const SKEW_MAX_MS: i64 = 2_000;

/// The page.
#[component]
pub fn Ingest() -> impl IntoView {
    let action = ServerAction::<ResolveQuarantine>::new();
    let health = Resource::new(move || action.version().get(), |_| health());
    view! {
        <div class="stack">
            {outcome(action)}
            {load_page(health, Permission::ViewIngest, move |(view, session)| content(&view, &session, action))}
        </div>
    }.into_any()
}

async fn health() -> Result<(IngestView, Session), ApiError> {
    Ok((get_ingest().await?, get_session().await?))
}

fn content(view: &IngestView, session: &Session, action: ServerAction<ResolveQuarantine>) -> AnyView {
    let sub = format!("As of {}", format::utc(view.as_of));
    let gateways = if view.gateways.is_empty() {
        view! {
            <Empty title="No gateway yet" reason="Gateways are provisioned by your vendor's engineer; each is listed here from then on." />
        }
        .into_any()
    } else {
        gateways(&view.gateways).into_any()
    };
    let resolve = session.may(Permission::ResolveQuarantine).then_some(action);
    view! {
        <div class="page">
            <PageHead title="Ingest health" sub=sub />
            <section class="card">
                <h2>"Gateways"</h2>
                {gateways}
            </section>
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"Quarantine"</h2>
                        <p>"Readings and envelopes that were not let into the rollups. Nothing is thrown away: release what is right, reject what is wrong."</p>
                    </div>
                </div>
                {quarantine(view, resolve)}
            </section>
        </div>
    }.into_any()
}

/// What came of the last decision.
fn outcome(action: ServerAction<ResolveQuarantine>) -> impl IntoView {
    move || {
        let view = match action.value().get()? {
            Ok(()) => {
                view! { <Notice weight=Weight::Ok title="Decided. It is on record with your reason." announce=true /> }
            }
            Err(error) => view! { <Notice weight=Weight::Error title=error.message announce=true /> },
        };
        Some(view)
    }
}

fn state(state: GatewayState) -> AnyView {
    let (tone, word) = match state {
        GatewayState::NotProvisioned => (Tone::Draft, "Not provisioned"),
        GatewayState::Revoked => (Tone::Neg, "Revoked"),
        GatewayState::NeverSeen => (Tone::Info, "Never seen"),
        GatewayState::Online => (Tone::Ok, "Online"),
        GatewayState::Silent => (Tone::Warn, "Silent"),
    };
    badge(tone, word)
}

fn gateways(rows: &[GatewayRow]) -> AnyView {
    let columns = vec![
        text("Gateway"),
        text("Facility"),
        text("State"),
        text("Last seen"),
        numeric("Lag"),
        text("Committed through"),
        numeric("Clock skew"),
        numeric("Envelopes, 1 h"),
        numeric("Readings, 1 h"),
        numeric("Held"),
    ];
    let rows = rows.iter().map(gateway).collect();
    view! { <Table caption="Gateways" columns rows /> }.into_any()
}

fn gateway(row: &GatewayRow) -> Vec<AnyView> {
    let missing = || format::MISSING.to_owned();
    let skew = row.clock_skew_ms.map(|ms| {
        let shown = format!("{}\u{a0}ms", format::count(ms));
        if ms.abs() > SKEW_MAX_MS { badge(Tone::Warn, shown).into_any() } else { shown.into_any() }
    });
    let (slug, name) = row.facility.clone();
    vec![
        view! { {row.name.clone()} <div class="hint mono">{row.id.to_string()}</div> }.into_any(),
        view! { <a href=format!("/f/{slug}")>{name}</a> }.into_any(),
        state(row.state).into_any(),
        row.last_seen.map_or_else(|| "never".to_owned(), format::utc).into_any(),
        row.lag_s.map_or_else(missing, format::duration).into_any(),
        row.watermark
            .as_ref()
            .map_or_else(missing, |(boot, seq)| format!("envelope {seq} of boot {boot}"))
            .into_any(),
        skew.unwrap_or_else(|| missing().into_any()),
        count(row.envelopes_1h),
        count(row.samples_1h),
        count(u64::from(row.held)),
    ]
}

fn count(n: u64) -> AnyView {
    format::count(i64::try_from(n).unwrap_or(i64::MAX)).into_any()
}

fn quarantine(view: &IngestView, resolve: Option<ServerAction<ResolveQuarantine>>) -> AnyView {
    if view.held.is_empty() {
        return view! { <p class="muted">"Nothing is held."</p> }.into_any();
    }
    let more = (view.held_total as usize > view.held.len()).then(|| {
        let (shown, all) = (view.held.len(), view.held_total);
        view! { <p class="hint">{format!("The newest {shown} of {all}.")}</p> }
    });
    let mut columns =
        vec![text("What"), text("Facility"), text("Why it is held"), text("Read at"), text("Received")];
    if resolve.is_some() {
        columns.push(text("Decide"));
    }
    let rows = view.held.iter().map(|row| held(row, resolve)).collect();
    view! { <Table caption="Held in quarantine" columns rows /> {more} }.into_any()
}

fn held(row: &QuarantineRow, resolve: Option<ServerAction<ResolveQuarantine>>) -> Vec<AnyView> {
    let what = match (&row.point, row.value) {
        (Some(point), Some(value)) => {
            format!("{point}: {} {}", value.normalize(), row.unit.as_deref().unwrap_or_default())
        }
        _ => format!("Envelope of {} bytes", format::count(i64::from(row.envelope_bytes.unwrap_or(0)))),
    };
    let mut cells = vec![
        view! { {what} <div class="hint">{row.gateway.clone()}</div> }.into_any(),
        view! { <a href=format!("/f/{}", row.facility.0)>{row.facility.1.clone()}</a> }.into_any(),
        row.reason.clone().into_any(),
        row.observed_at.map_or_else(|| format::MISSING.to_owned(), format::utc).into_any(),
        format::utc(row.received_at).into_any(),
    ];
    if let Some(action) = resolve {
        cells.push(decide(row, action).into_any());
    }
    cells
}

fn decide(row: &QuarantineRow, action: ServerAction<ResolveQuarantine>) -> AnyView {
    let id = row.id;
    view! {
        <ActionForm action attr:class="inline-form">
            <input type="hidden" name="id" value=id.to_string() />
            <label class="visually-hidden" for=format!("note-{id}")>"Reason"</label>
            <input id=format!("note-{id}") name="note" placeholder="Reason" maxlength="500" required />
            <button class="button small" name="decision" value="release">"Release"</button>
            <button class="button small danger" name="decision" value="reject">"Reject"</button>
        </ActionForm>
    }
    .into_any()
}
