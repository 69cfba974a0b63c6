//! Sub-meters before and after, held against the main meter.

use super::{Plant, days, missing, path, sure};
use crate::components::notice::{Notice, Weight};
use crate::components::page::link;
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::point::EndUse;
use domain::savings::bases::{BasesView, FactorSource, OptionB, Reconciled, SubMetered};
use leptos::prelude::*;
use leptos_router::components::Form;

const UNIT: &str = "kWh";

/// The card.
pub(super) fn card(view: &BasesView, plant: &Plant) -> AnyView {
    let body = match &view.option_b {
        Err(lacks) => missing("Sub-meters say nothing here.", lacks),
        Ok(found) => view! {
            {parts(found)}
            {against(view, found)}
            {form(view, found, plant)}
        }
        .into_any(),
    };
    view! {
        <section class="card" id="option-b">
            <div class="card-head">
                <div>
                    <h2>"Option B beside Option C"</h2>
                    <p>"A second witness: sub-meters at the measure, with what heating and cooling make of it, against the main meter. Where they part, something else happened."</p>
                </div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

/// Which sub-meters are used, and what each end use shows.
fn parts(found: &OptionB) -> AnyView {
    let mean = |value: Option<f64>| {
        figure_or_missing(
            value.map(|v| Figure { value: format!("{} {UNIT}", format::number(v, 1)), unit: "" }),
        )
    };
    let row = |part: &SubMetered| {
        vec![
            part.end_use.label().into_any(),
            part.meters.join(", ").into_any(),
            noted(mean(part.before), format::counted(part.before_days as usize, "day", "days")),
            noted(mean(part.after), format::counted(part.after_days as usize, "day", "days")),
            part.saved.map_or_else(|| "too few days".into_any(), |saved| sure(saved, UNIT)),
        ]
    };
    let columns = vec![
        text("End use"),
        text("Sub-meters"),
        numeric("Baseline, a day"),
        numeric("These days, a day"),
        numeric("Saved"),
    ];
    let rows = found.parts.iter().map(row).collect();
    view! {
        <Table caption="Sub-metered use before and after, by end use" columns rows />
        <p class="hint">"Saved: what the baseline's sub-meters lead to expect at the photons called for (of lamps), and at those and the temperature (of the rest), minus what they measured. Only whole days that also have savings are compared."</p>
    }
    .into_any()
}

fn against(view: &BasesView, found: &OptionB) -> AnyView {
    let told = match &found.reconciled {
        Err(lacks) => return missing("Both options cannot be compared.", lacks),
        Ok(told) => told,
    };
    view! {
        <dl class="stats">
            {stat(Style::Plain, format!("{}, sub-metered", found.retrofit.label()), sure(told.sub_metered, UNIT))}
            {stat(Style::Plain, "Interactive factor", factor(told))}
            {stat(Style::Hero, "Option B with interaction", sure(told.option_b, UNIT))}
            {stat(Style::Hero, "Option C, main meter", sure(told.option_c, UNIT))}
        </dl>
        {verdict(view, told)}
        <p class="hint">{source(told)}</p>
    }
    .into_any()
}

fn factor(told: &Reconciled) -> AnyView {
    let of = |v: f64| format::number(v, 3);
    let shown = Figure { value: of(told.factor.value), unit: "" };
    noted(figure_or_missing(Some(shown)), format!("±\u{a0}{}", of(told.factor.band)))
}

/// Whether both agree, in words.
fn verdict(view: &BasesView, told: &Reconciled) -> AnyView {
    let number = |v: f64| format!("{}\u{a0}{UNIT}", format::number(v, 0));
    let than = if told.difference < 0.0 { "less" } else { "more" };
    let sentence = format!(
        "Over {} the main meter shows {} {than} than the sub-meters; errors of both and of the factor allow for ±\u{a0}{}.",
        format::counted(told.days as usize, "day", "days"),
        number(told.difference.abs()),
        number(told.band)
    );
    if told.agrees {
        return view! { <Notice weight=Weight::Ok title="Both options agree."><p>{sentence}</p></Notice> }
            .into_any();
    }
    let href = format!(
        "/f/{}/events?start={}&until={}&metric_type={}#bring-up",
        view.facility_slug,
        view.from,
        view.until,
        view.metric.as_str()
    );
    let bring_up = format!("Bring up a non-routine event for {}", days(view));
    let look = format!("/f/{}/events?look=1#unusual", view.facility_slug);
    view! {
        <Notice weight=Weight::Warn title="The options do not agree.">
            <p>{sentence}</p>
            <p>"Something other than the measure, or a sub-meter, accounts for it. " {link(href, bring_up)} ", or "
                {link(look, "look for unusual stretches")} " first."</p>
        </Notice>
    }
    .into_any()
}

fn source(told: &Reconciled) -> String {
    match told.source {
        FactorSource::SubMeters(n) => format!(
            "Interactive factor: by how much the sub-meters of HVAC and dehumidification rose with a kWh of lighting in {n} days \
             of the baseline, weather held. Where lamps and canopy only moved together it also holds what the crop gives off; \
             figures of the plant below leave that out."
        ),
        FactorSource::Plant => {
            "Interactive factor: from the figures below, cooled ÷ COP − heated ÷ efficiency; a quarter of it is taken as unsure."
                .to_owned()
        }
        FactorSource::None => {
            "No lamps are involved, so no interactive factor is added.".to_owned()
        }
    }
}

/// The end use of the measure, and figures of the plant instead of the sub-meters'.
fn form(view: &BasesView, found: &OptionB, plant: &Plant) -> AnyView {
    let end_uses = EndUse::ALL.iter().filter(|one| **one != EndUse::Total).map(|one| {
        view! { <option value=one.as_str() selected=*one == found.retrofit>{one.label()}</option> }
    });
    let end_uses = end_uses.collect_view();
    const LABELS: [&str; 4] = [
        "Lamp heat that cooling removes, %",
        "COP of cooling",
        "Lamp heat that saves heating, %",
        "COP or efficiency of heating",
    ];
    let fields = plant.iter().zip(LABELS).map(|((name, value), label)| {
        view! {
            <div class="field">
                <label for=*name>{label}</label>
                <input id=*name name=*name type="number" step="any" min="0" value=value.clone() />
            </div>
        }
    });
    let fields = fields.collect_view();
    let (action, range, metric) = (path(view), view.range.clone(), view.metric.as_str());
    view! {
        <details class="disclose">
            <summary>"Where the measure is, and figures of the plant"</summary>
            <Form method="GET" action=action attr:class="form">
                <input type="hidden" name="range" value=range />
                <input type="hidden" name="metric" value=metric />
                <div class="form-row">
                    <div class="field">
                        <label for="end_use">"The measure is at"</label>
                        <select id="end_use" name="end_use">{end_uses}</select>
                    </div>
                    {fields}
                </div>
                <p class="hint">"With no share of cooling given, the factor comes from the baseline's sub-meters. Heating counts only where it is electric."</p>
                <div><button class="button" type="submit">"Compare again"</button></div>
            </Form>
        </details>
    }
    .into_any()
}
