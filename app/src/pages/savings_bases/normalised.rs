//! Savings of a normal year with a normal crop plan.

use super::{amount, half_width, missing};
use crate::components::page::link;
use crate::components::stat::{Style, noted, stat};
use crate::components::table::{Table, text};
use crate::format;
use chrono::NaiveDate;
use domain::savings::bases::{BasesView, Normalised, Unseen};
use leptos::prelude::*;

/// The card.
pub(super) fn card(view: &BasesView) -> AnyView {
    let body = match &view.normalised {
        Err(lacks) => missing("A normal year cannot be told yet.", lacks),
        Ok(found) => figures(view, found),
    };
    view! {
        <section class="card" id="normalised">
            <div class="card-head">
                <div>
                    <h2>"Normalised savings"</h2>
                    <p>"For proposals, forecasts and a true-up: what the measure saves in an ordinary year. Not billed."</p>
                </div>
                {link(format!("/f/{}/weather", view.facility_slug), "The normal year")}
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn figures(view: &BasesView, found: &Normalised) -> AnyView {
    let unit = view.metric.unit();
    let share = found.share.map(|s| format!("{}\u{a0}% of it, ", format::number(s * 100.0, 1)));
    let sure = format!("{}{}", share.unwrap_or_default(), half_width(found.band, unit));
    let items = made_of(found).into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! {
        <dl class="stats">
            {stat(Style::Hero, "Savings of a normal year", noted(amount(found.savings, unit), sure))}
            {stat(Style::Plain, "Without the measure", amount(found.before, unit))}
            {stat(Style::Plain, "With it", amount(found.after, unit))}
        </dl>
        <ul class="stack">{items}</ul>
        {unseen(found)}
    }
    .into_any()
}

/// What the year is made of, so that a reader can object.
fn made_of(found: &Normalised) -> Vec<String> {
    let weather = match found.over {
        None => format!("Weather: the typical year of {}.", found.station),
        Some((first, last)) => {
            format!("Weather: the mean of each day at {} from {first} to {last}.", found.station)
        }
    };
    let plan = format!(
        "Crop plan: canopy and photons called for as on the same day of the baseline, {} to {}.",
        found.plan.0, found.plan.1
    );
    let fit = found.cv_rmse.map(|cv| format!(", CV(RMSE) {}\u{a0}%", format::number(cv * 100.0, 1)));
    let model = format!(
        "With the measure: the baseline's method ({}) fitted to {} of the range{}.",
        found.method,
        format::counted(found.fitted_days as usize, "day", "days"),
        fit.unwrap_or_default()
    );
    let interval = "The interval is that of both models; the scatter of single days, which differs from year to year, is not in it.";
    let events = (found.events > 0).then(|| {
        let n = format::counted(found.events as usize, "agreed event", "agreed events");
        format!("The amount of {n} was taken out of the range's days, as an ordinary year has none.")
    });
    let left_out = (found.left_out > 0).then(|| {
        let n = format::counted(found.left_out as usize, "day", "days");
        format!("{n} of the year are left out: their weather or crop plan is not known.")
    });
    [Some(weather), Some(plan), Some(model), events, left_out, Some(interval.to_owned())]
        .into_iter()
        .flatten()
        .collect()
}

/// Days that a period has not seen.
fn unseen(found: &Normalised) -> AnyView {
    if found.unseen.is_empty() {
        return view! { <p class="hint">"Both periods have seen the like of every day of the normal year."</p> }
            .into_any();
    }
    let day = |day: NaiveDate| day.format("%d %B").to_string();
    let row = |one: &Unseen| {
        let days = if one.from == one.last {
            day(one.from)
        } else {
            format!("{} to {}", day(one.from), day(one.last))
        };
        let by = match (one.baseline, one.reporting) {
            (true, true) => "neither period",
            (true, false) => "not the baseline",
            _ => "not the reporting period",
        };
        vec![days.into_any(), by.into_any()]
    };
    let rows = found.unseen.iter().map(row).collect();
    view! {
        <p>"On these days of the normal year the weather, the canopy or the light is more than a tenth of its range beyond what a period has seen; there its model is carried on beyond its data."</p>
        <Table caption="Days of the normal year that a period has not seen" columns=vec![text("Days"), text("Seen by")] rows />
    }
    .into_any()
}
