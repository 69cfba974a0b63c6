//! Notices: partial, stale, wrong, empty, done.

use super::icon::{Icon, icon};
use leptos::prelude::*;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Info,
    /// Incomplete or old.
    Warn,
    /// Failed.
    Error,
    /// Done.
    Ok,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "notice info",
            Self::Warn => "notice warn",
            Self::Error => "notice error",
            Self::Ok => "notice ok",
        }
    }
}

/// A strip that says one thing; children are details and actions.
#[component]
pub fn Notice(
    /// Kind.
    weight: Weight,
    /// The sentence that matters.
    #[prop(into)]
    title: String,
    /// Read out when it appears; for the result of something the reader did.
    #[prop(optional)]
    announce: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let drawing = match weight {
        Weight::Info => Icon::Info,
        Weight::Ok => Icon::Done,
        _ => Icon::Warning,
    };
    view! {
        <div class=weight.class() role=announce.then_some("status")>
            {icon(drawing)}
            <div class="body">
                <strong>{title}</strong>
                {children.map(|children| children())}
            </div>
        </div>
    }
    .into_any()
}

/// What stands where there is nothing yet: what will be here, why it is empty, who acts.
#[component]
pub fn Empty(
    /// What will appear here.
    #[prop(into)]
    title: String,
    /// Why it is empty and who must act.
    #[prop(into)]
    reason: String,
    /// The one action that helps.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{reason}</p>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}
