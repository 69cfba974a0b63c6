//! `server admin production …`: crop plan and harvests from files.

use anyhow::{Context as _, Result, bail, ensure};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use domain::access::Scope;
use domain::id::ZoneId;
use domain::production::{CropPlanRow, Harvest};
use rust_decimal::Decimal;
use services::audit::Actor;
use services::{Context, production};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

/// What a facility grows.
#[derive(Debug, Args)]
pub struct Production {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A crop plan: zone,from,until,stage,canopy_m2,photoperiod_h,ppfd
    CropPlan(File),
    /// Harvests: zone,day,crop,cycle,dry_g,wet_g
    Harvests(File),
}

#[derive(Debug, Args)]
struct File {
    /// CSV with a header line; `zone` is a room's slug, an empty `until` means still running.
    file: PathBuf,
    /// Slug of the facility.
    #[arg(long)]
    facility: String,
}

impl Production {
    /// Does it.
    ///
    /// # Errors
    /// With the line that cannot be read, or what stands in the way.
    pub async fn run(self, ctx: &Context) -> Result<()> {
        let actor = Actor::Background("command line");
        let changed = match &self.what {
            What::CropPlan(file) => {
                let rows = file
                    .rows(ctx, ["zone", "from", "until", "stage", "canopy_m2", "photoperiod_h", "ppfd"])
                    .await?;
                let rows: Vec<CropPlanRow> = rows.iter().map(Line::crop_plan).collect::<Result<_>>()?;
                production::import_crop_plan(ctx, actor, &file.facility, &rows).await?
            }
            What::Harvests(file) => {
                let rows = file.rows(ctx, ["zone", "day", "crop", "cycle", "dry_g", "wet_g"]).await?;
                let rows: Vec<Harvest> = rows.iter().map(Line::harvest).collect::<Result<_>>()?;
                production::import_harvests(ctx, actor, &file.facility, &rows).await?
            }
        };
        println!("{changed} rows new or changed");
        Ok(())
    }
}

/// A line with the room that it names.
struct Line {
    number: usize,
    zone: ZoneId,
    cells: Vec<String>,
}

impl File {
    async fn rows<const N: usize>(&self, ctx: &Context, columns: [&str; N]) -> Result<Vec<Line>> {
        let text = tokio::fs::read_to_string(&self.file)
            .await
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let facility = store::facilities::by_slug(&mut tx, &self.facility).await?;
        let zones = store::zones::list(&mut tx, facility.id).await?;
        let zones: BTreeMap<String, ZoneId> = zones.into_iter().map(|z| (z.spec.slug, z.id)).collect();
        let mut lines = text.lines();
        let header = columns.join(",");
        ensure!(lines.next() == Some(header.as_str()), "the first line has to be {header}");
        let line = |(index, text): (usize, &str)| {
            let (number, cells) =
                (index + 2, text.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
            ensure!(cells.len() == N, "line {number} has {} cells instead of {N}", cells.len());
            match zones.get(&cells[0]) {
                Some(zone) => Ok(Line { number, zone: *zone, cells }),
                None => bail!("line {number}, zone: {} has no room `{}`", self.facility, cells[0]),
            }
        };
        lines.enumerate().map(line).collect()
    }
}

impl Line {
    fn value<T: FromStr>(&self, place: usize, name: &str) -> Result<T> {
        let text = &self.cells[place];
        text.parse().ok().with_context(|| format!("line {}, {name}: `{text}` cannot be read", self.number))
    }

    fn optional<T: FromStr>(&self, place: usize, name: &str) -> Result<Option<T>> {
        if self.cells[place].is_empty() { Ok(None) } else { self.value(place, name).map(Some) }
    }

    fn crop_plan(&self) -> Result<CropPlanRow> {
        Ok(CropPlanRow {
            zone: self.zone,
            from: self.value::<NaiveDate>(1, "from")?,
            until: self.optional(2, "until")?,
            stage: self.cells[3].clone(),
            canopy_m2: self.value::<Decimal>(4, "canopy_m2")?,
            photoperiod_h: self.value(5, "photoperiod_h")?,
            ppfd: self.value(6, "ppfd")?,
        })
    }

    fn harvest(&self) -> Result<Harvest> {
        Ok(Harvest {
            zone: self.zone,
            day: self.value(1, "day")?,
            crop: self.cells[2].clone(),
            cycle: self.cells[3].clone(),
            dry_g: self.optional(4, "dry_g")?,
            wet_g: self.optional(5, "wet_g")?,
        })
    }
}
