//! The portal: pages, components, charts and server functions, compiled for the server and for the browser.

pub mod api;
#[cfg(feature = "ssr")]
pub mod caller;
pub mod charts;
pub mod components;
#[cfg(feature = "ssr")]
mod document;
pub mod error;
pub mod format;
pub mod live;
pub mod pages;
pub mod routes;

#[cfg(feature = "ssr")]
pub use document::shell;
pub use routes::App;
