//! A chart with everything that belongs to it: title, one sentence, drawing, values as a table, CSV.

use super::data_table::{Data, DataTable};
use crate::charts::echarts::EChart;
use crate::charts::option::option;
use crate::charts::plot::{Hue, Mark, Plot};
use crate::charts::sketch::sketch;
use leptos::prelude::*;

/// Pixels of the legend below a sketch.
const LEGEND: f64 = 24.0;

/// A card with a chart over time.
#[component]
pub fn ChartCard(
    /// A statement or a question.
    #[prop(into)]
    title: String,
    /// One sentence with the answer; also what a screen reader hears for the picture.
    #[prop(into)]
    summary: Signal<String>,
    /// What is drawn.
    #[prop(into)]
    plot: Signal<Plot>,
    /// The same values in rows.
    #[prop(into)]
    table: Signal<Data>,
    /// Address of the values as CSV.
    #[prop(optional, into)]
    csv: Option<String>,
    /// Time zone and interval convention, printed once below.
    #[prop(into)]
    note: String,
    /// `s`, `m` or `l`.
    #[prop(default = "m")]
    size: &'static str,
    /// Choices beside the title.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let height = match size {
        "s" => 220.0,
        "l" => 360.0,
        _ => 280.0,
    };
    let unit = plot.with_untracked(|p| p.unit.clone());
    let drawn = move || plot.with(|p| format!("{}{}", sketch(p, height - legend_height(p)), legend(p)));
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>{title}</h2>
                    <p>{move || summary.get()}</p>
                </div>
                {children.map(|children| children())}
            </div>
            <EChart option=Signal::derive(move || plot.with(option)) label=summary unit=unit size=size>
                <div inner_html=drawn></div>
            </EChart>
            <div class="card-foot">
                <span>{note}</span>
                <span class="push"></span>
                {csv.map(|href| view! { <a href=href download rel="external">"Download CSV"</a> })}
                <gs-export chart></gs-export>
            </div>
            <details class="disclose">
                <summary>"View as table"</summary>
                <DataTable data=table />
            </details>
        </section>
    }
    .into_any()
}

fn legend_height(plot: &Plot) -> f64 {
    if plot.series.len() + plot.bands.len() > 1 { LEGEND } else { 0.0 }
}

/// Names of the series under a sketch; ECharts brings its own.
fn legend(plot: &Plot) -> String {
    if plot.series.len() + plot.bands.len() < 2 {
        return String::new();
    }
    let mut out = String::from("<ul class=\"legend\" aria-hidden=\"true\">");
    let mut item = |swatch: &str, hue: Hue, name: &str| {
        let name = name.replace('&', "&amp;").replace('<', "&lt;");
        out.push_str(&format!("<li><span class=\"{swatch} c-{}\"></span>{name}</li>", hue.as_str()));
    };
    for series in &plot.series {
        let swatch = match series.mark {
            Mark::Bar => "swatch",
            Mark::Dashed => "swatch dashed",
            Mark::Line | Mark::Thin => "swatch line",
            Mark::Flag => "swatch flag",
        };
        item(swatch, series.hue, &series.name);
    }
    for band in &plot.bands {
        item("swatch band", band.hue, &band.name);
    }
    out.push_str("</ul>");
    out
}
