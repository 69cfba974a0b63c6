//! The one table of pages.
//!
//! Every page is rendered whole before it is sent (`SsrMode::Async`), so it reads the same without scripts; the
//! browser then takes it over without redrawing.

use crate::components::load;
use crate::pages;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{Lazy, LazyRoute, SsrMode, path};

/// Pages whose code the browser fetches in one file, when the first of them is opened.
macro_rules! fetched_together {
    ($group:ident, $fetch:ident, $preload:ident: $($name:ident => $page:path),+ $(,)?) => {
        enum $group {
            $($name),+
        }

        #[lazy]
        fn $fetch(page: $group) -> AnyView {
            match page {
                $($group::$name => $page().into_any()),+
            }
        }

        $(
            /// Fetched when it, or another page of its group, is first opened.
            pub struct $name;

            impl LazyRoute for $name {
                fn data() -> Self {
                    Self
                }

                async fn view(_page: Self) -> AnyView {
                    $fetch($group::$name).await
                }

                async fn preload() {
                    // On the server there is nothing to fetch.
                    #[cfg(target_arch = "wasm32")]
                    $preload().await;
                }
            }
        )+
    };
}

fetched_together! {
    Readings, readings_pages, __preload_readings_pages:
    Home => pages::home::Home,
    Facility => pages::facility::Facility,
    Room => pages::room::Room,
    Meters => pages::meters::Meters,
    Point => pages::point::Point,
}

fetched_together! {
    Office, office_pages, __preload_office_pages:
    Imports => pages::imports::Imports,
    Import => pages::import::Import,
    TableImport => pages::table_import::TableImport,
    Baselines => pages::baselines::Baselines,
    Baseline => pages::baseline::Baseline,
    Weather => pages::weather::Weather,
    Production => pages::production::Production,
    Events => pages::events::Events,
    EventPage => pages::event::EventPage,
    TariffPage => pages::tariff::TariffPage,
    Utility => pages::utility::Utility,
    Ingest => pages::ingest::Ingest,
    Activity => pages::activity::Activity,
    Alerts => pages::alerts::Alerts,
    FiringAlerts => pages::alerts::firing::FiringAlerts,
    People => pages::people::People,
    Verification => pages::verification::Verification,
    Security => pages::security::Security,
    Tokens => pages::tokens::Tokens,
    Webhooks => pages::webhooks::Webhooks,
    Developers => pages::developers::Developers,
}

fetched_together! {
    Figures, figure_pages, __preload_figure_pages:
    Performance => pages::performance::Performance,
    Portfolio => pages::portfolio::Portfolio,
    Compare => pages::compare::Compare,
    Derivation => pages::derivation::Derivation,
    Notes => pages::notes::Notes,
    Savings => pages::savings::Savings,
    SavingsBases => pages::savings_bases::SavingsBases,
    SavingsDay => pages::savings_day::SavingsDay,
    SavingsQuarter => pages::savings_quarter::SavingsQuarter,
    Reports => pages::reports::Reports,
    Report => pages::report::Report,
    ReportBuilder => pages::report_builder::ReportBuilder,
    Export => pages::export::Export,
    Downloads => pages::downloads::Downloads,
}

fetched_together! {
    Entry, entry_pages, __preload_entry_pages:
    SignIn => pages::entry::SignIn,
    SignInCode => pages::entry::SignInCode,
    Reset => pages::entry::Reset,
    ResetWithLink => pages::entry::ResetWithLink,
    Invitation => pages::entry::Invitation,
    Verify => pages::verify::Verify,
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=outside>
                <Route path=path!("/") view=|| view! { <Redirect path="/home" /> } ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view={Lazy::<SignIn>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view={Lazy::<SignInCode>::new()} ssr=SsrMode::Async />
                <Route path=path!("/reset") view={Lazy::<Reset>::new()} ssr=SsrMode::Async />
                <Route path=path!("/reset/:token") view={Lazy::<ResetWithLink>::new()} ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view={Lazy::<Invitation>::new()} ssr=SsrMode::Async />
                <Route path=path!("/verify") view={Lazy::<Verify>::new()} ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=pages::shell::Shell ssr=SsrMode::Async>
                    <Route path=path!("/home") view={Lazy::<Home>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/portfolio") view={Lazy::<Portfolio>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/alerts") view={Lazy::<FiringAlerts>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility") view={Lazy::<Facility>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/rooms/:room") view={Lazy::<Room>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/meters") view={Lazy::<Meters>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/meters/:point") view={Lazy::<Point>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/import") view={Lazy::<Imports>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/imports/:id/set-up") view={Lazy::<TableImport>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/imports/:id") view={Lazy::<Import>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/utility/:series") view={Lazy::<Utility>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/performance") view={Lazy::<Performance>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/derivation") view={Lazy::<Derivation>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/compare") view={Lazy::<Compare>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/savings") view={Lazy::<Savings>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/savings/bases") view={Lazy::<SavingsBases>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/savings/:metric/:day") view={Lazy::<SavingsDay>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/savings/:metric/:day/:start") view={Lazy::<SavingsQuarter>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/reports") view={Lazy::<Reports>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/reports/new") view={Lazy::<ReportBuilder>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/reports/:report") view={Lazy::<Report>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/export") view={Lazy::<Export>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/downloads") view={Lazy::<Downloads>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/events") view={Lazy::<Events>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/events/:event") view={Lazy::<EventPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/notes") view={Lazy::<Notes>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/alerts") view={Lazy::<Alerts>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/tariff") view={Lazy::<TariffPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/production") view={Lazy::<Production>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/weather") view={Lazy::<Weather>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/baselines") view={Lazy::<Baselines>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/baselines/:baseline") view={Lazy::<Baseline>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/baselines/:baseline/verification") view={Lazy::<Verification>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/ops/ingest") view={Lazy::<Ingest>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/activity") view={Lazy::<Activity>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings/people") view={Lazy::<People>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings/security") view={Lazy::<Security>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings/webhooks") view={Lazy::<Webhooks>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings/tokens") view={Lazy::<Tokens>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/developers") view={Lazy::<Developers>::new()} ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }.into_any()
}

fn outside() -> AnyView {
    view! { <main class="entry"><div class="entry-box">{load::not_found()}</div></main> }.into_any()
}
