//! A quarter hour of savings: its formula, the meters, and the readings as their gateways sent them.

use super::param;
use crate::api::Zoned;
use crate::api::savings::get_savings_quarter;
use crate::charts::series::decimal;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::table::{Table, numeric, text};
use crate::format;
use domain::access::Permission;
use domain::point::Source;
use domain::savings::quarter::{MeterOfQuarter, QuarterView};
use leptos::prelude::*;
use rust_decimal::Decimal;

type View = Zoned<QuarterView>;

/// The page.
#[component]
pub fn SavingsQuarter() -> impl IntoView {
    let (facility, metric, day, start) = (param("facility"), param("metric"), param("day"), param("start"));
    let quarter = Resource::new(
        move || (facility.get(), metric.get(), day.get(), start.get()),
        |(facility, metric, day, start)| get_savings_quarter(facility, metric, day, start),
    );
    load_page(quarter, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &View) -> AnyView {
    let view = &page.view;
    let i = &view.interval;
    let metric = view.metric;
    let day = format!("savings/{}/{}", metric.as_str(), view.day);
    let day_name = format!("{} on {}", metric.label(), view.day);
    let crumbs =
        in_facility(&view.facility_slug, &view.facility_name, &[("Savings", "savings"), (&day_name, &day)]);
    let clock = &page.clock;
    let title = format!(
        "{}–{} {}",
        format::clock(clock.local(i.start)),
        format::clock(clock.local(i.end)),
        clock.name(i.start)
    );
    let meters: Vec<AnyView> = view.meters.iter().map(|meter| meter_card(page, meter)).collect();
    let utility = view.series.map(|series| {
        let href = format!("/f/{}/utility/{series}", view.facility_slug);
        view! {
            <Notice weight=Weight::Info title="Measured by the utility's meter.">
                <p>{link(href, "See the series")}</p>
            </Notice>
        }
    });
    view! {
        <div class="page">
            <PageHead title=title crumbs=crumbs sub=format!("{day_name}, {}", view.time_zone) />
            {formula(view)}
            {utility}
            {meters}
        </div>
    }
    .into_any()
}

fn amount(value: Option<Decimal>, unit: &str) -> String {
    value.map_or_else(|| format::MISSING.to_owned(), |v| format!("{}\u{a0}{unit}", decimal(v, 3)))
}

fn formula(view: &QuarterView) -> AnyView {
    let (i, unit) = (&view.interval, view.metric.unit());
    let energy = format!(
        "{} − {} = {}",
        amount(i.counterfactual, unit),
        amount(i.actual, unit),
        amount(i.avoided, unit)
    );
    let money = i.price.map(|price| {
        let price = format!("{} {}/{unit}", price.normalize(), view.currency);
        let text = format!(
            "{} × {price} = {}",
            amount(i.avoided, unit),
            i.money.map_or_else(
                || format::MISSING.to_owned(),
                |m| format!("{}\u{a0}{}", decimal(m, 4), view.currency)
            )
        );
        view! { <p class="formula">{text}</p> }
    });
    let share = i.counterfactual.zip(view.expected_day).filter(|(_, day)| !day.is_zero()).map(|(part, day)| {
        let percent = format::number(format::float(part / day) * 100.0, 2);
        format!("{percent} % of the {} that the model expects of the whole day, by the course of a day in the baseline period", amount(Some(day), unit))
    });
    let sum: Option<Decimal> = view.meters.iter().map(|m| m.counted).sum();
    let meters = (view.meters.len() > 1).then(|| {
        let parts: Vec<String> = view.meters.iter().map(|m| amount(m.counted, unit)).collect();
        format!("{} = {}", parts.join(" + "), amount(sum, unit))
    });
    view! {
        <section class="card">
            <h2>"Adjusted baseline − actual = savings"</h2>
            <p class="formula">{energy}</p>
            {money}
            <dl class="facts">
                {share.map(|text| view! { <dt>"Adjusted baseline"</dt><dd>{text}</dd> })}
                {meters.map(|text| view! { <dt>"Actual"</dt><dd>{text}</dd> })}
                <dt>"Quality"</dt>
                <dd>{i.quality.label()}</dd>
            </dl>
        </section>
    }
    .into_any()
}

/// Where a gateway reads a meter, in words.
fn register(source: Option<&Source>) -> String {
    match source {
        Some(Source::Modbus { address, unit, function, register, encoding, scale }) => {
            let kind = if *function == 4 { "input" } else { "holding" };
            format!("Modbus {address}, unit {unit}, {kind} register {register} ({encoding:?}) × {scale}")
        }
        Some(Source::Mqtt { topic, pointer, scale, .. }) => format!("MQTT {topic} {pointer} × {scale}"),
        None => "Fed by files".to_owned(),
    }
}

fn meter_card(page: &View, meter: &MeterOfQuarter) -> AnyView {
    let view = &page.view;
    let clock = &page.clock;
    let rows = meter
        .readings
        .iter()
        .map(|reading| {
            let at = clock.local(reading.at);
            let inside = reading.at >= view.interval.start && reading.at < view.interval.end;
            vec![
                format!("{} {}", at.format("%H:%M:%S"), clock.name(reading.at)).into_any(),
                reading.raw.to_string().into_any(),
                format!("{} {}", reading.value.normalize(), meter.unit).into_any(),
                format!("boot {}, envelope {}", reading.boot, reading.seq).into_any(),
                if inside { "inside".into_any() } else { "edge".into_any() },
            ]
        })
        .collect();
    let columns =
        vec![text("Read at"), numeric("Register"), numeric("Reading"), text("Sent in"), text("Where")];
    let counted = format!("It counted {} in this quarter hour.", amount(meter.counted, view.metric.unit()));
    let href = format!("/f/{}/meters/{}", view.facility_slug, meter.point);
    let gateway = format!("gateway {}, channel {}", meter.gateway, meter.channel);
    let none = meter.readings.is_empty().then(|| {
        view! { <p class="hint">"No reading is kept around this quarter hour: what it counted comes from readings further apart."</p> }
    });
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>{meter.name.clone()}</h2>
                    <p>{counted}</p>
                </div>
                {link(href, "Meter")}
            </div>
            <dl class="facts">
                <dt>"Read from"</dt><dd>{register(meter.source.as_ref())}</dd>
                <dt>"By"</dt><dd>{gateway}</dd>
            </dl>
            {none}
            <Table caption=format!("Readings of {}", meter.name) columns rows />
            <p class="hint">"A counter's use is the difference of its readings; where none falls on an edge, the step across it is split by time."</p>
        </section>
    }
    .into_any()
}
