//! The browser's entry: takes over the page that the server rendered.

use leptos::ev::MouseEvent;
use leptos::prelude::window_event_listener;
use leptos::web_sys::Element;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

/// Makes the page in the document interactive. Called once by the script in its head.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    spawn_local(async {
        // The router listens from the start, but a page that changes while it is being taken over cannot be. Until
        // that is done, links are plain links.
        let early = window_event_listener(leptos::ev::click, |event: MouseEvent| {
            let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if clicked.is_some_and(|element| element.closest("a[href]").is_ok_and(|link| link.is_some())) {
                event.stop_immediate_propagation();
            }
        });
        let page = leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), app::App).await;
        early.remove();
        page.forget();
    });
}
