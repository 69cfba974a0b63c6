//! Entering a tariff, and a month's bill as CSV.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use app::caller::Identity;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use domain::baseline::MetricType;
use domain::csv;
use domain::tariff::view::{BillView, TariffView, unit};
use services::audit::Actor;
use services::{Context, Error, tariffs};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new().route("/f/{facility}/tariff", post(set)).route("/f/{facility}/tariff/bill.csv", get(bill))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn set(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/tariff");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let Some(metric) = MetricType::parse(fields.text("metric_type")) else {
        return failed(Error::field("metric_type", "Say what the tariff is of."), &page, "a tariff");
    };
    match tariffs::set(&ctx, Actor::Person(&caller), &facility, metric, fields.text("terms")).await {
        Ok(()) => {
            let page = format!("{page}?metric={}", metric.as_str());
            done(&page, "The tariff counts from now on; savings are priced again.")
        }
        Err(error) => failed(error, &page, "a tariff"),
    }
}

async fn bill(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let metric = MetricType::parse(fields.text("metric")).unwrap_or(MetricType::Electricity);
    let view = tariffs::view(&ctx, &caller, &facility, metric, fields.parse("month")).await;
    let view = view.map_err(|error| no_file(&error, "a bill"))?;
    let name =
        view.bill.as_ref().map_or_else(|_| "none".to_owned(), |bill| bill.month.format("%Y-%m").to_string());
    Ok(csv_file(&format!("{facility}-bill-{name}.csv"), table(&view)))
}

fn table(view: &TariffView) -> String {
    let mut out = String::new();
    csv::line(&mut out, [&*format!("# Facility: {}", view.facility_name)]);
    match &view.bill {
        Ok(bill) => lines(&mut out, view, bill),
        Err(reason) => csv::line(&mut out, [&*format!("# {reason}")]),
    }
    out
}

fn lines(out: &mut String, view: &TariffView, bill: &BillView) {
    let currency = view.tariff.as_ref().map_or("", |(terms, ..)| terms.currency.as_str());
    csv::line(
        out,
        [&*format!("# Month from {}; time zone {}; amounts in {currency}.", bill.month, view.time_zone)],
    );
    csv::line(
        out,
        [
            "line",
            "version",
            "unit",
            "rate",
            "expected_quantity",
            "measured_quantity",
            "expected_amount",
            "measured_amount",
            "avoided_amount",
        ],
    );
    for pair in bill.pairs() {
        let measured = |of: fn(&domain::tariff::cost::Line) -> rust_decimal::Decimal| {
            pair.measured.map(|line| of(line).normalize().to_string()).unwrap_or_default()
        };
        csv::line(
            out,
            [
                pair.expected.name.as_str(),
                &pair.expected.version.to_string(),
                unit(pair.expected.kind),
                &pair.expected.rate.normalize().to_string(),
                &pair.expected.quantity.normalize().to_string(),
                &measured(|line| line.quantity),
                &pair.expected.amount.to_string(),
                &measured(|line| line.amount),
                &pair.avoided().to_string(),
            ],
        );
    }
}
