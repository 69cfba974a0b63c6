//! Badges: a shape, a word and a colour, never a colour alone.

use domain::quality::Quality;
use leptos::prelude::*;

/// The kinds of state a badge shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good, complete, verified.
    Ok,
    /// Under way, provisional.
    Info,
    /// Partial, stale, estimated.
    Warn,
    /// Wrong or failed.
    Neg,
    /// Without weight.
    Draft,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Ok => "badge ok",
            Self::Info => "badge info",
            Self::Warn => "badge warn",
            Self::Neg => "badge neg",
            Self::Draft => "badge",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Ok => "✔",
            Self::Info => "◐",
            Self::Warn => "▲",
            Self::Neg => "✖",
            Self::Draft => "○",
        }
    }
}

/// A badge with its word.
pub fn badge(tone: Tone, word: impl Into<String>) -> AnyView {
    view! { <span class=tone.class() data-shape=tone.shape()>{word.into()}</span> }.into_any()
}

/// The badge of a quality.
pub fn quality_badge(quality: Quality) -> AnyView {
    let tone = match quality {
        Quality::Measured => Tone::Ok,
        Quality::Estimated => Tone::Info,
        Quality::Missing => Tone::Draft,
        Quality::Questionable => Tone::Warn,
    };
    badge(tone, quality.label())
}
