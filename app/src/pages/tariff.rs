//! Tariff of a facility: what energy costs when, and a month's bill with and without the measure.

use super::{param, query};
use crate::api::Zoned;
use crate::api::tariff::get_tariff;
use crate::charts::series::decimal;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility};
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use crate::pages::baselines::outcome;
use chrono::{Days, NaiveDate, Weekday};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::tariff::terms::{Version, Window};
use domain::tariff::view::{BillView, Pair, TariffView, unit};
use leptos::prelude::*;
use leptos_router::components::Form;
use rust_decimal::Decimal;

/// What tariffs are of.
const METRICS: [MetricType; 3] = [MetricType::Electricity, MetricType::Gas, MetricType::Water];

/// The page.
#[component]
pub fn TariffPage() -> impl IntoView {
    let (slug, metric, month) = (param("facility"), query("metric"), query("month"));
    let tariff = Resource::new(
        move || (slug.get(), metric.get(), month.get()),
        |(slug, metric, month)| get_tariff(slug, metric, month),
    );
    load_page(tariff, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<TariffView>) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    view! {
        <div class="page">
            <PageHead
                title="Tariff"
                crumbs=crumbs
                sub="Savings are worth what the same energy would have cost, at the price of its quarter hour; demand charges by the month."
            />
            {outcome()}
            {choose(view)}
            {bill(view)}
            {terms(page)}
            {view.may_set.then(|| form(view))}
        </div>
    }
    .into_any()
}

fn choose(view: &TariffView) -> AnyView {
    let shown = view.bill.as_ref().ok().map(|bill| bill.month);
    let metrics = METRICS.into_iter().map(|one| {
        view! { <option value=one.as_str() selected=one == view.metric_type>{one.label()}</option> }
    });
    let metrics = metrics.collect_view();
    let months = view.months.iter().map(|month| {
        view! { <option value=month.to_string() selected=Some(*month) == shown>{name(*month)}</option> }
    });
    let months = months.collect_view();
    let action = format!("/f/{}/tariff", view.facility_slug);
    view! {
        <Form method="GET" action=action attr:class="form-row">
            <div class="field">
                <label for="metric">"Of what"</label>
                <select id="metric" name="metric">{metrics}</select>
            </div>
            <div class="field">
                <label for="month">"Month of the bill"</label>
                <select id="month" name="month">{months}</select>
            </div>
            <button class="button" type="submit">"Show"</button>
        </Form>
    }
    .into_any()
}

fn name(month: NaiveDate) -> String {
    month.format("%B %Y").to_string()
}

fn money(view: &TariffView, amount: Decimal) -> AnyView {
    let currency = view.tariff.as_ref().map_or("", |(terms, ..)| terms.currency.as_str());
    figure_or_missing(Some(Figure { value: format!("{} {currency}", decimal(amount, 2)), unit: "" }))
}

fn bill(view: &TariffView) -> AnyView {
    let bill = match &view.bill {
        Ok(bill) => bill,
        Err(reason) => {
            return view! { <Empty title="No bill to compare yet" reason=reason.clone() /> }.into_any();
        }
    };
    let row = |pair: &Pair<'_>| {
        let of = unit(pair.expected.kind);
        let quantity = |value: Option<Decimal>| {
            figure_or_missing(value.map(|v| Figure { value: format!("{} {of}", decimal(v, 1)), unit: "" }))
        };
        vec![
            pair.expected.name.clone().into_any(),
            quantity(Some(pair.expected.quantity)),
            quantity(pair.measured.map(|line| line.quantity)),
            decimal(pair.expected.rate, 4).into_any(),
            money(view, pair.expected.amount),
            money(view, pair.measured.map(|line| line.amount).unwrap_or_default()),
            money(view, pair.avoided()),
        ]
    };
    let columns = vec![
        text("Line"),
        numeric("Expected"),
        numeric("Measured"),
        numeric("Rate"),
        numeric("Expected cost"),
        numeric("Measured cost"),
        numeric("Avoided"),
    ];
    let rows = bill.pairs().iter().map(row).collect();
    let (known, all) = bill.quarters;
    let co2e = bill.cost.co2e_kg.map(|kg| {
        let shown = Figure { value: format!("{} kg CO₂e", decimal(kg, 0)), unit: "" };
        stat(Style::Hero, "Emissions avoided", figure_or_missing(Some(shown)))
    });
    view! {
        <section class="card" aria-label="Bill">
            <div class="card-head">
                <div>
                    <h2>{format!("{}: with and without the measure", name(bill.month))}</h2>
                    <p>{coverage(bill, known, all)}</p>
                </div>
                <a href=format!("/f/{}/tariff/bill.csv?metric={}&month={}", view.facility_slug, view.metric_type.as_str(), bill.month) rel="external" download>
                    "Download CSV"
                </a>
            </div>
            <dl class="stats">
                {stat(Style::Hero, "As the baseline expects", money(view, bill.cost.counterfactual.total))}
                {stat(Style::Hero, "As measured", money(view, bill.cost.actual.total))}
                {stat(Style::Hero, "Avoided", money(view, bill.cost.total))}
                {co2e}
            </dl>
            <Table caption="Lines of both bills" columns rows />
        </section>
    }
    .into_any()
}

fn coverage(bill: &BillView, known: u32, all: u32) -> String {
    let share = format::percent(f64::from(known) / f64::from(all.max(1)));
    let over = bill.month.checked_add_months(chrono::Months::new(1)).map(|day| day - Days::new(1));
    let until = over.map_or(String::new(), |last| format!(" to {last}"));
    format!(
        "{}{until}. {share} of its quarter hours have both values; the rest costs nothing in either bill.",
        bill.month
    )
}

fn terms(page: &Zoned<TariffView>) -> AnyView {
    let view = &page.view;
    let Some((terms, by, at)) = &view.tariff else {
        return view! {
            <Notice weight=Weight::Info title="There is no tariff yet.">
                <p>"Savings are shown in energy until one is entered."</p>
            </Notice>
        }
        .into_any();
    };
    let per = |value: Decimal, of: &str| format!("{} {}/{of}", value.normalize(), terms.currency);
    let rows = terms.versions.iter().rev().flat_map(|version: &Version| {
        let from = || version.from.to_string().into_any();
        let energy = version.energy.iter().map(|rate| {
            vec![
                rate.name.clone().into_any(),
                from(),
                per(rate.rate, "kWh").into_any(),
                windows(&rate.windows).into_any(),
            ]
        });
        let demand = version.demand.iter().map(|charge| {
            let rate = per(charge.rate, "kW and month");
            vec![charge.name.clone().into_any(), from(), rate.into_any(), windows(&charge.windows).into_any()]
        });
        let fixed = (!version.fixed_per_day.is_zero()).then(|| {
            vec![
                "Fixed".into_any(),
                from(),
                per(version.fixed_per_day, "day").into_any(),
                "every day".into_any(),
            ]
        });
        energy.chain(demand).chain(fixed).collect::<Vec<_>>()
    });
    let columns = vec![text("Rate"), text("From"), numeric("Price"), text("When")];
    let entered = format!(
        "Entered {} by {by}. Earlier ones stay with the figures they priced.",
        format::stamp(page.clock.local(*at))
    );
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>{format!("{} tariff", view.metric_type.label())}</h2>
                    <p>{entered}</p>
                </div>
            </div>
            <Table caption="Rates, the newest version first" columns rows=rows.collect() />
        </section>
    }
    .into_any()
}

/// `Jun–Sep, Mon–Fri, 14:00–19:00; …`
fn windows(all: &[Window]) -> String {
    if all.is_empty() {
        return "always".to_owned();
    }
    all.iter().map(window).collect::<Vec<_>>().join("; ")
}

fn window(window: &Window) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let months: Vec<(u32, &str)> = (1..).zip(MONTHS).filter(|(n, _)| window.months.contains(n)).collect();
    let days: Vec<(u32, String)> =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun]
            .into_iter()
            .filter(|day| window.weekdays.contains(day))
            .map(|day| (day.num_days_from_monday(), day.to_string()))
            .collect();
    let days: Vec<(u32, &str)> = days.iter().map(|(n, name)| (*n, name.as_str())).collect();
    let hours = ((window.from.as_str(), window.to.as_str()) != ("00:00", "24:00"))
        .then(|| format!("{}–{}", window.from, window.to));
    let parts: Vec<String> = [runs(&months), runs(&days)].into_iter().flatten().chain(hours).collect();
    if parts.is_empty() { "always".to_owned() } else { parts.join(" ") }
}

/// `Jan–May, Oct–Dec`; none of none.
fn runs(items: &[(u32, &str)]) -> Option<String> {
    let mut runs: Vec<Vec<&(u32, &str)>> = Vec::new();
    for item in items {
        match runs.last_mut().filter(|run| run.last().is_some_and(|last| last.0 + 1 == item.0)) {
            Some(run) => run.push(item),
            None => runs.push(vec![item]),
        }
    }
    let word = |run: &Vec<&(u32, &str)>| match run[..] {
        [one] => one.1.to_owned(),
        [first, .., last] => format!("{}–{}", first.1, last.1),
        [] => String::new(),
    };
    (!runs.is_empty()).then(|| runs.iter().map(word).collect::<Vec<_>>().join(", "))
}

fn form(view: &TariffView) -> AnyView {
    let metrics = METRICS.into_iter().map(|one| {
        view! { <option value=one.as_str() selected=one == view.metric_type>{one.label()}</option> }
    });
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Enter a tariff"</h2>
                    <p>"Rates cover every hour of the year once; what overlaps or is left open is named. A new price goes in as a further version with its first day. All savings are priced again, and earlier figures are kept."</p>
                </div>
            </div>
            <form class="form" method="post" action=format!("/f/{}/tariff", view.facility_slug)>
                <div class="field">
                    <label for="metric_type">"Of what"</label>
                    <select id="metric_type" name="metric_type">{metrics.collect_view()}</select>
                </div>
                <div class="field">
                    <label for="terms">"Terms (JSON)"</label>
                    <textarea id="terms" name="terms" rows="18" class="code" spellcheck="false" required>{view.json.clone()}</textarea>
                </div>
                <div><button class="button primary" type="submit">"Enter this tariff"</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_read_as_people_say_them() {
        let summer = Window {
            months: vec![6, 7, 8, 9],
            weekdays: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
            from: "14:00".to_owned(),
            to: "19:00".to_owned(),
        };
        assert_eq!(window(&summer), "Jun–Sep Mon–Fri 14:00–19:00");
        let winter = Window { months: vec![1, 2, 3, 12], weekdays: vec![Weekday::Sat], ..Window::default() };
        assert_eq!(windows(&[summer, winter]), "Jun–Sep Mon–Fri 14:00–19:00; Jan–Mar, Dec Sat");
        assert_eq!((windows(&[]), window(&Window::default())), ("always".to_owned(), "always".to_owned()));
    }
}
