//! Our side: the table as a component, the product's dashboard from values in memory, and the table written by hand.

use crate::{child, figures};
use app::api::Zoned;
use app::caller::Identity;
use app::components::load::load_page;
use app::pages::{performance, shell::Shell};
use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Router};
use domain::access::{Grant, Permission, Principal, Role};
use domain::id::{OrganisationId, UserId};
use domain::savings::dashboard::DashboardView;
use domain::savings::insight::InsightView;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router as Pages, Routes};
use leptos_router::{SsrMode, path};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;
use uuid::Uuid;

pub(crate) const TABLE: &str = "/table";
pub(crate) const STRING: &str = "/string";
pub(crate) const PAGE: &str = "/f/cedar-flower/performance";
const ROWS: u32 = 1_000;

static DASHBOARD: LazyLock<(Zoned<DashboardView>, Option<InsightView>)> = LazyLock::new(figures::dashboard);
static TABLE_ROWS: LazyLock<Vec<Entry>> = LazyLock::new(rows);

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    id: String,
    name: String,
}

/// The same rows in every process.
pub(crate) fn rows() -> Vec<Entry> {
    let uuid = |number: u32| {
        let digest = Sha256::digest(number.to_be_bytes());
        Uuid::from_slice(&digest[..16]).unwrap_or_default().to_string()
    };
    (0..ROWS).map(|row| Entry { id: uuid(2 * row), name: uuid(2 * row + 1) }).collect()
}

/// Serves the pages on the port that the environment names.
pub(crate) fn serve() -> anyhow::Result<()> {
    let port: u16 = std::env::var(child::CHILD_ENV)?.parse()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = LeptosOptions::builder().output_name("gainshare").site_root("no-such-folder").build();
        let document = {
            let options = options.clone();
            move || document(options.clone())
        };
        let router = Router::new()
            .leptos_routes(&options, generate_route_list(Site), document)
            .route(STRING, get(async || Html(by_hand(&TABLE_ROWS))))
            .layer(Extension(owner()))
            .with_state(options);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

fn owner() -> Identity {
    let organisation = OrganisationId(Uuid::from_u128(1));
    let grant = Grant { organisation, role: Role::Owner, facilities: None };
    let user = UserId(Uuid::from_u128(2));
    let principal = Principal { user, name: "Owner".to_owned(), home: organisation, grants: vec![grant] };
    Identity { principal: Some(principal), request_id: "bench".into() }
}

fn document(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <Site />
            </body>
        </html>
    }
}

#[component]
fn Site() -> impl IntoView {
    provide_meta_context();
    view! {
        <Pages>
            <Routes fallback=|| ()>
                <Route path=path!("/table") view=Table ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Shell ssr=SsrMode::Async>
                    <Route path=path!("/f/:facility/performance") view=Dashboard ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Pages>
    }
}

#[component]
fn Table() -> impl IntoView {
    let rows = Resource::new(|| (), |()| async { TABLE_ROWS.clone() });
    let shown = move || {
        Suspend::new(async move {
            let row = |entry: Entry| view! { <tr><td>{entry.id}</td><td>{entry.name}</td></tr> };
            view! { <table><tbody>{rows.await.into_iter().map(row).collect_view()}</tbody></table> }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// The product's page, which its server functions' answers are handed to.
#[component]
fn Dashboard() -> impl IntoView {
    let page = Resource::new(|| (), |()| async { Ok(DASHBOARD.clone()) });
    load_page(page, Permission::ViewFacility, |(dashboard, insight)| {
        performance::content((dashboard, insight, None, None))
    })
}

/// The table without any framework: what a server could do at best.
fn by_hand(rows: &[Entry]) -> String {
    let mut html = String::from(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"></head><body><table><tbody>",
    );
    for row in rows {
        // Writing to a string cannot fail.
        let _ = write!(html, "<tr><td>{}</td><td>{}</td></tr>", row.id, row.name);
    }
    html.push_str("</tbody></table></body></html>");
    html
}
