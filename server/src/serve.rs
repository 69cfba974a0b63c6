//! `server serve`: the router, the listeners, and stopping without cutting anybody off.

use crate::config::Serve;
use crate::middleware::{headers, identity, observe, same_origin};
use crate::routes::{
    activity, alerts as alert_routes, baselines, events, exports, health, imports, live, notes, pages,
    people, production, reports, rest, savings as savings_routes, security, session, tariff, tokens,
    verification, weather as weather_routes, webhooks as webhook_routes,
};
use crate::routes::{jobs as job_routes, table_imports, tables, verify};
use crate::site::Site;
use crate::telemetry;
use crate::{alerts, jobs, reporting, savings, weather, webhooks};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use integrations::broker;
use integrations::weather::open_meteo::OpenMeteo;
use integrations::webhook::Sender;
use leptos::config::{LeptosOptions, get_configuration};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use services::Context;
use services::ingest::Ingestor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;

/// Largest body of a form or a server function; routes that take files set their own.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Running requests get this long to finish after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Everything the router needs.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What use cases need.
    pub ctx: Context,
    /// How browsers see this server.
    pub site: Site,
    /// Where the built browser files are, and what they are called.
    pub leptos: LeptosOptions,
    /// Whether readiness waits for the broker.
    pub needs_broker: bool,
    /// What webhooks are sent with.
    pub webhooks: Sender,
    /// Set when stopping.
    pub draining: Arc<AtomicBool>,
}

/// Serves until told to stop.
///
/// # Errors
/// When something configured cannot be used, or an address is taken.
pub async fn run(config: Serve) -> anyhow::Result<()> {
    let ctx = config.use_cases.context().await?;
    let site = Site { origin: ctx.origin.clone(), client_ip_header: config.client_ip_header.clone() };
    if !site.is_secure() {
        tracing::warn!(
            origin = site.origin,
            "plain HTTP: anybody on the way can read passwords and take sessions over"
        );
    }
    if config.use_cases.smtp_url.is_none() {
        tracing::warn!("no SMTP_URL is set: mail, with its links, is written to this log");
    }
    let mut ingestor = None;
    if let Some(url) = &config.mqtt_url {
        // A session of its own for each process: two of one name push each other out.
        let (client, connection) =
            broker::open(url, &format!("gainshare-server-{}", uuid::Uuid::now_v7().simple()))?;
        let taking_in = Ingestor::new(ctx.clone());
        ingestor = Some(taking_in.clone());
        tokio::spawn(taking_in.run(client, connection));
    }
    tokio::spawn(savings::keep_up(ctx.clone()));
    tokio::spawn(alerts::keep_watch(ctx.clone()));
    tokio::spawn(reporting::keep_up(ctx.clone()));
    for _ in 0..jobs::WORKERS {
        tokio::spawn(jobs::keep_up(ctx.clone()));
    }
    let sender = Sender::new(config.webhooks_private).map_err(anyhow::Error::msg)?;
    tokio::spawn(webhooks::keep_up(ctx.clone(), sender.clone()));
    tokio::spawn(weather::close_months(ctx.clone()));
    if let Some(url) = &config.open_meteo_url {
        let service = OpenMeteo::new(url, config.open_meteo_key.as_deref())?;
        tokio::spawn(weather::keep_up(ctx.clone(), service));
    }
    if let Some(addr) = config.metrics_addr {
        let listener = TcpListener::bind(addr).await?;
        tokio::spawn(telemetry::serve_metrics(listener, telemetry::metrics()?, ingestor));
    }
    let draining = Arc::<AtomicBool>::default();
    let parts = Parts {
        needs_broker: config.mqtt_url.is_some(),
        leptos: leptos_options(&config)?,
        draining: draining.clone(),
        webhooks: sender,
        ctx: ctx.clone(),
        site,
    };
    let listener = TcpListener::bind(config.addr).await?;
    tracing::info!(addr = %listener.local_addr()?, origin = parts.site.origin, "serving");
    let app = router(&parts).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = tokio::sync::watch::channel(());
    let shutdown = async move {
        stop_signal().await;
        tracing::info!("stopping");
        draining.store(true, Ordering::Relaxed);
        drop(stop);
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(shutdown);
    // Sockets stay open as long as their readers do; they reconnect elsewhere.
    let cut_off = async move {
        let mut stopped = stopped;
        let _ = stopped.changed().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        done = serving => done?,
        () = cut_off => tracing::info!("closing what is still open"),
    }
    ctx.db.close().await;
    Ok(())
}

/// The whole server as one service.
pub fn router(parts: &Parts) -> Router {
    let (ctx, site) = (parts.ctx.clone(), parts.site.clone());
    let identified = Router::new()
        .merge(portal(parts))
        .merge(people::routes())
        .merge(imports::routes())
        .merge(table_imports::routes())
        .merge(baselines::routes())
        .merge(verification::routes())
        .merge(security::routes())
        .merge(tokens::routes())
        .merge(webhook_routes::routes(parts.webhooks.clone()))
        .merge(savings_routes::routes())
        .merge(weather_routes::routes())
        .merge(production::routes())
        .merge(events::routes())
        .merge(notes::routes())
        .merge(alert_routes::routes())
        .merge(tariff::routes())
        .merge(reports::routes())
        .merge(activity::routes())
        .merge(exports::routes())
        .merge(job_routes::routes())
        .merge(session::routes((ctx.clone(), site.clone())))
        .merge(live::routes((ctx.clone(), site.clone())))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .merge(imports::upload_routes())
        .merge(weather_routes::upload_routes())
        .merge(table_imports::upload_routes())
        .merge(tables::routes())
        .merge(verify::routes(parts.leptos.clone()))
        .layer(from_fn_with_state((ctx.clone(), site.clone()), identity::resolve));
    let health = health::Health { ctx, needs_broker: parts.needs_broker, draining: parts.draining.clone() };
    let layers = ServiceBuilder::new()
        .layer(from_fn(observe::observe))
        .layer(from_fn_with_state(site.clone(), headers::add))
        .layer(CompressionLayer::new());
    let for_browsers = Router::new()
        .merge(identified)
        .merge(health::routes(health))
        .fallback_service(files(parts))
        .layer(from_fn_with_state(site, same_origin::check));
    // Tokens come from programs, on no site, and no browser adds one by itself.
    for_browsers.merge(rest::routes(parts.ctx.clone())).layer(layers)
}

/// Pages and server functions.
fn portal(parts: &Parts) -> Router {
    let options = parts.leptos.clone();
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(app::App), headers::page_policy, shell)
        .layer(from_fn(pages::error_status))
        .layer(from_fn(identity::pages_need_it))
        .with_state(options)
}

/// Built files, and the not-found page for everything else.
fn files(parts: &Parts) -> Router {
    let options = parts.leptos.clone();
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let not_found = map_response(|mut response: Response| async {
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        response
    });
    let page = Router::new()
        .fallback(render_app_async_with_context(headers::page_policy, shell))
        .layer(not_found)
        .layer(from_fn_with_state((parts.ctx.clone(), parts.site.clone()), identity::resolve));
    let file = ServeDir::new(&*options.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(page);
    Router::new().fallback_service(file).layer(from_fn_with_state(options, headers::cache_files))
}

/// What the build says about the browser files; root and address are ours to say.
fn leptos_options(config: &Serve) -> anyhow::Result<LeptosOptions> {
    let mut options = get_configuration(None)?.leptos_options;
    options.site_root = config.site_root.to_string_lossy().into();
    options.site_addr = config.addr;
    Ok(options)
}

/// Completes when the process is asked to stop.
async fn stop_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
