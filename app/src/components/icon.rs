//! The few icons of the portal, drawn on a 24-pixel grid. They never carry meaning alone.

use leptos::prelude::*;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Home.
    Home,
    /// A facility.
    Facility,
    /// Meters and points.
    Meter,
    /// Import of files.
    Import,
    /// Baselines.
    Baseline,
    /// Outdoor weather.
    Weather,
    /// What is grown.
    Production,
    /// Non-routine events.
    Event,
    /// What people wrote down.
    Note,
    /// What energy costs.
    Tariff,
    /// Savings.
    Savings,
    /// The dashboard.
    Performance,
    /// Reports.
    Report,
    /// Rooms.
    Room,
    /// Ingest health.
    Ingest,
    /// Activity.
    Activity,
    /// People.
    People,
    /// More entries.
    More,
    /// Something needs attention.
    Warning,
    /// Alarms.
    Bell,
    /// Something is explained.
    Info,
    /// Done.
    Done,
    /// The signed-in person.
    Person,
    /// Opens downwards.
    Down,
}

fn path(icon: Icon) -> &'static str {
    match icon {
        Icon::Home => "<path d='M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z'/>",
        Icon::Facility => "<path d='M3 20h18M5 20v-9l7-5 7 5v9M9 20v-5h6v5M9 11h6'/>",
        Icon::Meter => "<path d='M5 18a9 9 0 1 1 14 0M12 14l4-5M12 14h.01M7 21h10'/>",
        Icon::Import => "<path d='M12 4v11m0 0-4-4m4 4 4-4M4 17v2a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-2'/>",
        Icon::Savings => "<path d='M4 6l5 6 4-3 7 8M20 12v5h-5'/>",
        Icon::Report => "<path d='M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5M10 8h1'/>",
        Icon::Performance => "<path d='M4 20V10M10 20V4M16 20v-7M22 20H2'/>",
        Icon::Weather => {
            "<circle cx='12' cy='12' r='4'/><path d='M12 3v2M12 19v2M3 12h2M19 12h2M6 6l1 1M17 17l1 1M18 6l-1 1M7 17l-1 1'/>"
        }
        Icon::Tariff => "<path d='M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h4'/>",
        Icon::Event => "<path d='M6 21V4M6 5h11l-2 4 2 4H6'/>",
        Icon::Note => "<path d='M5 4h14v11l-5 5H5zM14 20v-5h5M8 9h8M8 13h4'/>",
        Icon::Production => {
            "<path d='M12 21v-8M12 13c-5 0-7-3-7-7 5 0 7 3 7 7zM12 15c4 0 6-2 6-6-4 0-6 2-6 6z'/>"
        }
        Icon::Baseline => "<path d='M4 19h16M4 14l4-3 4 2 4-5 4 2'/>",
        Icon::Room => "<path d='M4 5h16v14H4zM4 10h16M10 10v9'/>",
        Icon::Ingest => "<path d='M3 12h4l3-7 4 14 3-7h4'/>",
        Icon::Activity => "<path d='M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01'/>",
        Icon::People => {
            "<path d='M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5a6.5 6.5 0 0 1 3.5 5.5'/>"
        }
        Icon::More => "<path d='M5 12h.01M12 12h.01M19 12h.01' stroke-width='3'/>",
        Icon::Warning => "<path d='M12 4 2.8 19.5h18.4zM12 10v4M12 17h.01'/>",
        Icon::Bell => "<path d='M6 17v-6a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4'/>",
        Icon::Info => "<path d='M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01'/>",
        Icon::Done => "<path d='M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12l3 3 5-6'/>",
        Icon::Person => "<path d='M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0'/>",
        Icon::Down => "<path d='m6 9 6 6 6-6'/>",
    }
}

/// The icon, hidden from screen readers: the word beside it says what it is.
pub fn icon(icon: Icon) -> AnyView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" inner_html=path(icon)></svg> }.into_any()
}

/// The product's mark: a leaf with a falling load curve.
pub fn mark() -> AnyView {
    view! {
        <svg
            viewBox="0 0 24 24"
            aria-hidden="true"
            focusable="false"
            inner_html="<path class='leaf' d='M3 3h9a9 9 0 0 1 9 9v9h-9a9 9 0 0 1-9-9z'/><path class='line' d='M7 9c3 0 3 6 5 6s2-3 5-3'/>"
        ></svg>
    }.into_any()
}
