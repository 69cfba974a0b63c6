//! `gainshare-twin history`.

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use domain::gateway_map::GatewayMap;
use std::fs;
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Instant;
use twin::facility::{FacilitySpec, Name};
use twin::history::{self, Plan};
use twin::simulation::{STEP_MS, Simulation};
use twin::weather::Weather;

/// Long enough that every view of the present is whole from the start.
const DAY_MS: i64 = 86_400_000;
/// How far the crop plan reaches beyond the last reading.
const PLANNED_AHEAD_MS: i64 = 365 * DAY_MS;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which facility.
    #[arg(long)]
    facility: Name,
    /// First day or instant: 2025-08-01 (local midnight) or an RFC 3339 time.
    #[arg(long)]
    from: String,
    /// Last instant: a day, a time, or `now`.
    #[arg(long, default_value = "now")]
    to: String,
    /// When the retrofit took effect, written like `--from`; none if never.
    #[arg(long)]
    retrofit: Option<String>,
    /// Time between readings, 1m to 60m; those of the last day come every minute.
    #[arg(long, default_value = "15m", value_parser = minutes)]
    step: i64,
    /// Point map of the facility's gateway; without it, the points of `describe` as map version 1.
    #[arg(long)]
    gateway_map: Option<PathBuf>,
    /// Hourly weather to run under instead of a synthetic one.
    #[arg(long)]
    weather: Option<PathBuf>,
    /// Seed of weather and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to: {slug}.envelopes, .weather.csv, .crop_plan.csv, .harvests.csv and .state.json.
    #[arg(long)]
    out: PathBuf,
}

fn minutes(text: &str) -> Result<i64, String> {
    let minutes = text.strip_suffix('m').and_then(|number| number.parse().ok());
    minutes.filter(|m| (1..=60).contains(m)).ok_or_else(|| "1m to 60m".to_owned())
}

fn instant(spec: &FacilitySpec, text: &str) -> anyhow::Result<i64> {
    if text == "now" {
        return Ok(Utc::now().timestamp_millis());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.timestamp_millis());
    }
    match text.parse() {
        Ok(day) => Ok(domain::local_time::day_start(spec.time_zone, day).timestamp_millis()),
        Err(_) => bail!("`{text}` is neither a day (2025-08-01) nor an RFC 3339 time"),
    }
}

/// Writes the four files.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let started = Instant::now();
    let spec = args.facility.spec();
    let step_ms = args.step * STEP_MS;
    let align = |at_ms: i64, step_ms: i64| at_ms - at_ms.rem_euclid(step_ms);
    let from_ms = align(instant(&spec, &args.from)?, step_ms);
    let to_ms = align(instant(&spec, &args.to)?, STEP_MS);
    ensure!(from_ms < to_ms, "the history must end after it begins");
    let retrofit_ms = args.retrofit.as_deref().map(|text| instant(&spec, text)).transpose()?;

    let (map_version, points) = match &args.gateway_map {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let map: GatewayMap =
                serde_json::from_str(&text).with_context(|| format!("{} is no point map", path.display()))?;
            (map.version, map.points)
        }
        None => (1, twin::describe::describe(&spec, "127.0.0.1:5020", "site").points),
    };
    let weather = match &args.weather {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Some(Weather::from_csv(&text)?)
        }
        None => None,
    };

    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let path = |suffix: &str| args.out.join(format!("{}.{suffix}", spec.slug));
    let file = fs::File::create(path("envelopes"))?;
    let mut simulation = Simulation::warmed(args.facility, args.seed, retrofit_ms, from_ms, weather);
    let minutes_from_ms = align(to_ms - DAY_MS, step_ms);
    let plan = Plan { from_ms, to_ms, step_ms, minutes_from_ms, map_version, points };
    let written = history::write(&mut simulation, &plan, &mut BufWriter::new(file))?;
    fs::write(path("weather.csv"), simulation.weather().to_csv(from_ms, to_ms))?;
    let day = |ms| {
        let at = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
        domain::local_time::day_of(spec.time_zone, at)
    };
    // A crop plan is made ahead.
    let planned = day(to_ms + PLANNED_AHEAD_MS);
    fs::write(path("crop_plan.csv"), history::crop_plan_csv(&simulation, day(from_ms), planned))?;
    fs::write(path("harvests.csv"), history::harvests_csv(&simulation))?;
    fs::write(path("state.json"), serde_json::to_string_pretty(simulation.state())?)?;
    println!(
        "{}: {} readings in {} envelopes, {} kB, {} harvests, {:.1} s",
        spec.name,
        written.readings,
        written.envelopes,
        written.bytes / 1_000,
        simulation.state().harvests.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
