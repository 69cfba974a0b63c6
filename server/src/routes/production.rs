//! Crop cycles as CSV.

use crate::routes::outcome::{csv_file, no_file};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use domain::access::Permission;
use domain::csv;
use domain::production::view::{CycleView, LightOf, ProductionView, Verdict};
use services::{Context, production};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new().route("/f/{facility}/cycles.csv", get(cycles))
}

async fn cycles(
    (Extension(who), Extension(ctx)): (Extension<Identity>, Extension<Context>),
    Path(facility): Path<String>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.as_ref().ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)?;
    let view =
        production::view(&ctx, &scope, &facility).await.map_err(|error| no_file(&error, "crop cycles"))?;
    Ok(csv_file(&format!("{facility}-cycles.csv"), table(&view)))
}

fn table(view: &ProductionView) -> String {
    let mut out = String::new();
    csv::line(&mut out, [&*format!("# Facility: {}", view.facility_name)]);
    let light = match view.light {
        LightOf::Recipe => "what the crop plan calls for",
        LightOf::SunAndLamps => "what the crop plan calls for or the sun under glass, day by day the greater",
        LightOf::SunUnknown => "what the crop plan calls for, without the sun, whose light is not known",
    };
    csv::line(
        &mut out,
        [&*format!("# Local days; harvested is the day of the last harvest; light is {light}.")],
    );
    csv::line(
        &mut out,
        [
            "room",
            "crop",
            "cycle",
            "planted",
            "harvested",
            "mass",
            "harvest_g",
            "light_mol",
            "energy_kwh",
            "g_per_mol",
            "kwh_per_kg",
            "baseline_g_per_mol",
            "least_g_per_mol",
            "baseline_kwh_per_kg",
            "most_kwh_per_kg",
            "baseline_cycles",
            "of_season",
            "guard",
            "reason",
        ],
    );
    view.cycles.iter().for_each(|cycle| row(&mut out, cycle));
    out
}

fn row(out: &mut String, cycle: &CycleView) {
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let (held, guard, reason) = match &cycle.verdict {
        Verdict::Baseline => (None, "baseline", ""),
        Verdict::Within(held) => (Some(held), "within", ""),
        Verdict::Breach(held) => (
            Some(held),
            "breach",
            match (held.yield_breach, held.intensity_breach) {
                (true, true) => "yield and energy",
                (true, false) => "yield",
                _ => "energy",
            },
        ),
        Verdict::Open(why) => (None, "not judged", why.as_str()),
    };
    let intensity = held.and_then(|h| h.kwh_per_kg);
    csv::line(
        out,
        [
            cycle.room.as_str(),
            &cycle.crop,
            &cycle.cycle,
            &cycle.planted.map(|day| day.to_string()).unwrap_or_default(),
            &cycle.harvested.to_string(),
            cycle.mass.map_or("", |mass| mass.label()),
            &cycle.mass.map(|mass| mass.grams().normalize().to_string()).unwrap_or_default(),
            &number(cycle.light_mol),
            &number(cycle.energy_kwh),
            &number(cycle.grams_per_mol),
            &number(cycle.kwh_per_kg),
            &number(held.map(|h| h.grams_per_mol.0)),
            &number(held.map(|h| h.grams_per_mol.1)),
            &number(intensity.map(|band| band.0)),
            &number(intensity.map(|band| band.1)),
            &held.map(|h| h.against.0.to_string()).unwrap_or_default(),
            &held.map(|h| h.against.1.to_string()).unwrap_or_default(),
            guard,
            reason,
        ],
    );
}
