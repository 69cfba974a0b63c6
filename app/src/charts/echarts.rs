//! The chart element: an ECharts option in, a drawn chart out.

use leptos::prelude::*;

/// Draws an ECharts option (JSON). `option` may change; the chart follows. The children are what is seen until the
/// chart library has loaded, in print and without scripts: an SVG sketch and nothing else.
///
/// `label` is read out in place of the picture, so it says what the chart shows in one sentence. `unit` follows every
/// value in the tooltip. `size` is one of `s`, `m`, `l` (220, 280, 360 px high).
#[component]
pub fn EChart(
    #[prop(into)] option: Signal<String>,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] unit: String,
    #[prop(default = "m")] size: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <gs-chart
            class=format!("chart chart-{size}")
            role="img"
            aria-label=move || label.get()
            option=move || option.get()
            unit=unit
        >
            {children()}
        </gs-chart>
    }
}
