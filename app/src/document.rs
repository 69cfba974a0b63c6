//! The HTML document around the app, made by the server.

use crate::components::theme;
use crate::routes::App;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. The theme is on the root element before the first paint, so nothing flashes.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<Parts>()
        .and_then(|parts| parts.headers.get(COOKIE)?.to_str().ok().map(theme::from_cookies))
        .unwrap_or("system");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link
                    rel="preload"
                    href="/generated/inter-latin.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href="/pkg/gainshare.css" />
                <script type="module" src="/gs-chart.js"></script>
                <script type="module" src="/gs-export.js"></script>
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
