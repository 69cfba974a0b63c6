//! The bill of the range's months: energy, demand and fixed charges with and without the measure.

use crate::charts::series::decimal;
use crate::components::page::link;
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::savings::dashboard::DashboardView;
use domain::savings::insight::InsightView;
use domain::tariff::cost::LineKind;
use domain::tariff::view::{BillView, Summed, summed};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The card; none where the range is not whole calendar months.
pub(super) fn card(view: &DashboardView, insight: &InsightView) -> Option<AnyView> {
    let (href, body) = match insight.bills.as_ref()? {
        Err(reason) => {
            let href = format!("/f/{}/tariff?metric={}", view.facility_slug, view.metric.as_str());
            (href, view! { <p>{reason.clone()}</p> }.into_any())
        }
        Ok(bills) => {
            let month = bills.last()?.month;
            let slug = &view.facility_slug;
            let href = format!("/f/{slug}/tariff?metric={}&month={month}", view.metric.as_str());
            (href, figures(view, bills))
        }
    };
    let title = if insight.bills.as_ref().is_some_and(|bills| bills.as_ref().is_ok_and(|b| b.len() > 1)) {
        "The bills of the months"
    } else {
        "The bill of the month"
    };
    Some(
        view! {
            <section class="card" aria-label="Bill">
                <div class="card-head">
                    <div>
                        <h2>{title}</h2>
                        <p>"Energy, demand and fixed charges, as the baseline expects and as measured. The equation above is of energy charges only: demand charges are not in it."</p>
                    </div>
                    {link(href, "The tariff and its bill")}
                </div>
                {body}
            </section>
        }
        .into_any(),
    )
}

fn kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Energy => "Energy",
        LineKind::Fixed => "Fixed",
        LineKind::Demand => "Demand",
    }
}

fn figures(view: &DashboardView, bills: &[BillView]) -> AnyView {
    let money = |amount: Decimal| {
        let value = format!("{}\u{a0}{}", decimal(amount, 2), view.currency);
        figure_or_missing(Some(Figure { value, unit: "" }))
    };
    let lines = summed(bills);
    let expected: Decimal = bills.iter().map(|bill| bill.cost.counterfactual.total).sum();
    let measured: Decimal = bills.iter().map(|bill| bill.cost.actual.total).sum();
    let demand = lines.iter().filter(|line| line.kind == LineKind::Demand);
    let demand: Decimal = demand.map(|line| line.expected - line.measured).sum();
    let of_demand = format!("{}\u{a0}{} of it in demand charges", decimal(demand, 2), view.currency);
    let row = |line: &Summed| {
        vec![
            line.name.clone().into_any(),
            kind(line.kind).into_any(),
            money(line.expected),
            money(line.measured),
            money(line.expected - line.measured),
        ]
    };
    let rows = lines.iter().map(row).collect();
    let columns =
        vec![text("Line"), text("Of"), numeric("Expected"), numeric("Measured"), numeric("Avoided")];
    let (known, all) =
        bills.iter().fold((0, 0), |(known, all), bill| (known + bill.quarters.0, all + bill.quarters.1));
    let share = format::percent(f64::from(known) / f64::from(all.max(1)));
    view! {
        <dl class="stats">
            {stat(Style::Hero, "As the baseline expects", money(expected))}
            {stat(Style::Hero, "As measured", money(measured))}
            {stat(Style::Hero, "Avoided", noted(money(expected - measured), of_demand))}
        </dl>
        <Table caption="Lines of both bills" columns rows />
        <p class="hint">{format!("{share} of the quarter hours have both values; the rest costs nothing in either bill. Agreed events have no quarter hours and are not in it.")}</p>
    }
    .into_any()
}
