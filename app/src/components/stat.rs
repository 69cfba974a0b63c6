//! Figures with a name.

use crate::format::{Figure, MISSING};
use leptos::prelude::*;

/// A figure whose unit is one step smaller, joined so that they never part at a line's end.
pub fn figure(figure: Figure) -> AnyView {
    let unit = (!figure.unit.is_empty())
        .then(|| view! { <span class="unit">{format!("\u{a0}{}", figure.unit)}</span> });
    view! { <span class="figure nowrap">{figure.value}{unit}</span> }.into_any()
}

/// A figure, or the dash that stands for a missing one.
pub fn figure_or_missing(value: Option<Figure>) -> AnyView {
    match value {
        Some(value) => figure(value).into_any(),
        None => view! {
            <span class="figure muted">
                <span aria-hidden="true">{MISSING}</span>
                <span class="visually-hidden">"no data"</span>
            </span>
        }
        .into_any(),
    }
}

/// How a named figure is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Among others.
    Plain,
    /// One of the few a page is about.
    Hero,
    /// In a frame of its own.
    Tile,
}

/// One named figure of a `<dl>`.
pub fn stat(style: Style, label: impl Into<String>, content: impl IntoView + 'static) -> AnyView {
    let class = match style {
        Style::Plain => "stat",
        Style::Hero => "stat hero",
        Style::Tile => "stat tile",
    };
    let label = label.into();
    view! { <div class=class><dt>{label}</dt><dd>{content.into_any()}</dd></div> }.into_any()
}

/// A figure with a line below it.
pub fn noted(content: impl IntoView + 'static, note: impl Into<String>) -> AnyView {
    let note = note.into();
    view! { {content.into_any()} <div class="note">{note}</div> }.into_any()
}
