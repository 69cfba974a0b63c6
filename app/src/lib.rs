#[cfg(feature = "ssr")]
pub mod caller;
pub mod error;

use leptos::prelude::*;
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"Gainshare"</p> }
}
