//! `server admin import green-button FILE --facility SLUG`.

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use domain::access::Scope;
use domain::utility::{ImportState, Preview, SeriesPreview};
use services::audit::Actor;
use services::{Context, imports};
use std::path::PathBuf;

/// Import a Green Button file of a utility: looked through, shown, and stored in one go.
#[derive(Debug, Args)]
pub struct GreenButton {
    /// The XML file.
    file: PathBuf,
    /// Slug of the facility.
    #[arg(long)]
    facility: String,
    /// Show what would happen and store nothing.
    #[arg(long)]
    dry_run: bool,
}

impl GreenButton {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way. A file of which nothing can be imported is an error.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let shown = || self.file.display();
        let size = tokio::fs::metadata(&self.file).await.with_context(|| format!("{}", shown()))?.len();
        ensure!(
            size <= imports::MAX_UPLOAD_BYTES as u64,
            "{}: larger than {} MiB; export a shorter period",
            shown(),
            imports::MAX_UPLOAD_BYTES >> 20
        );
        let bytes = tokio::fs::read(&self.file).await.with_context(|| format!("{}", shown()))?;
        if self.dry_run {
            let preview = imports::inspect(ctx, &Scope::system(), &self.facility, &bytes).await?;
            print!("{}", report(&preview));
            println!("dry run: nothing was stored");
            return Ok(());
        }
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let actor = Actor::Background("command line");
        let (id, _) = imports::draft(ctx, actor, &self.facility, &name, bytes).await?;
        let view = imports::view(ctx, &Scope::system(), &self.facility, id).await?;
        if view.state == ImportState::Refused {
            print!("{}", report(&view.preview));
            bail!("nothing in {} could be imported", shown());
        }
        let view = imports::confirm(ctx, actor, &self.facility, id).await?;
        print!("{}", report(&view.preview));
        let all = view.preview.changes();
        println!(
            "import {id}: {} new, {} the same, {} corrected, {} older than stored, {} in conflict",
            all.new, all.same, all.corrected, all.older, all.conflicting
        );
        Ok(())
    }
}

/// Totals by series, then everything that is refused or doubtful.
fn report(preview: &Preview) -> String {
    let mut lines: Vec<String> = preview.series.iter().flat_map(series).collect();
    for refusal in preview.refused.iter().chain(&preview.refusals) {
        lines.push(format!("refused: {}: {}: {}", refusal.subject, refusal.element, refusal.reason));
        lines.push(format!("    {}", refusal.advice));
    }
    for remark in &preview.remarks {
        lines.push(format!("note: {}: {}", remark.element, remark.text));
    }
    for statement in &preview.statements {
        let items: Vec<String> = statement
            .items
            .iter()
            .map(|item| format!("{} {} {}", item.label, item.value, item.unit))
            .collect();
        lines.push(format!("the file itself says ({}): {}", statement.name, items.join("; ")));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn series(series: &SeriesPreview) -> Vec<String> {
    let mut lines = vec![
        format!("{} ({}, {})", series.name, series.commodity.label(), series.flow.label().to_lowercase()),
        format!(
            "    {} to {}, {} intervals, {} gaps",
            series.from, series.to, series.intervals, series.gap_count
        ),
    ];
    let total = series.total.map_or_else(
        || "no total, these are levels".to_owned(),
        |total| format!("total {total} {}", series.unit.symbol()),
    );
    let cost = series.cost.map_or_else(String::new, |cost| {
        format!(", cost {cost} {}", series.currency.as_deref().unwrap_or_default())
    });
    let quality = &series.quality;
    lines.push(format!(
        "    {total}{cost}; {} measured, {} estimated, {} questionable",
        quality.measured, quality.estimated, quality.questionable
    ));
    for (kind, remarks) in
        [("left out", &series.left_out), ("note", &series.remarks), ("conflict", &series.conflicts)]
    {
        for remark in remarks {
            lines.push(format!("    {kind}: {} ({}): {}", remark.element, remark.readings, remark.text));
        }
    }
    lines
}
