//! The description of the REST interface (OpenAPI 3.1), made from its handlers and types.

use crate::rest::bearer::PER_MINUTE;
use crate::routes::{rest, rest_figures, rest_reports};
use domain::baseline::{BaselineSource, BaselineState, MetricType};
use std::sync::LazyLock;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi};
use utoipa::{Modify, OpenApi as _};

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(rest::create, rest::list, rest::get_one, rest_figures::performance, rest_figures::savings,
        rest_reports::create, rest_reports::list, rest_reports::get_one, rest_reports::document),
    modifiers(&Described),
    tags(
        (name = "Baselines", description = "What a facility would have used without the measure."),
        (name = "Figures", description = "What was used, what was saved, and who gets what."),
        (name = "Reports", description = "Savings frozen as documents.")
    )
)]
struct Document;

struct Described;

impl Modify for Described {
    fn modify(&self, document: &mut OpenApi) {
        let about = format!(
            "Every request carries a token: `Authorization: Bearer gs_…`. A token acts in the name of whoever made it, within \
            its scopes, and opens at most what they may see. It may ask {PER_MINUTE} times a minute; beyond that the answer \
            is 429 with `Retry-After`. Refusals are problem details (RFC 9457, `application/problem+json`). Amounts of \
            energy and water are decimals in strings, so that no reader rounds them; days are local to the facility."
        );
        document.info = InfoBuilder::new().title("Gainshare").version("1").description(Some(about)).build();
        let token =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("gs_ and 64 hexadecimal digits");
        let described = token.description(Some("Made in the portal under Tokens.")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(described));
    }
}

/// The description as JSON.
pub static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| Document::openapi().to_json().unwrap_or_else(|_| "{}".to_owned()));

fn one_of(names: impl IntoIterator<Item = &'static str>, about: &str) -> Object {
    let names: Vec<&str> = names.into_iter().collect();
    let example = names.first().copied();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .examples(example)
        .enum_values(Some(names))
        .build()
}

/// Metrics that a baseline can be of.
pub const METRICS: [MetricType; 3] = [MetricType::Electricity, MetricType::Gas, MetricType::Water];

/// Their names.
pub fn metric_names() -> Object {
    one_of(METRICS.map(MetricType::as_str), "Of what: electricity in kWh, gas and water in m³.")
}

/// Names of everything that has figures.
pub fn performance_names() -> Object {
    one_of(
        MetricType::ALL.iter().map(|metric| metric.as_str()),
        "Of what: electricity in kWh, gas and water in m³, peak_demand in kW, yield in kg.",
    )
}

/// What a baseline can rest on.
pub fn source_names() -> Object {
    one_of(
        BaselineSource::ALL.iter().map(|source| source.as_str()),
        "What it rests on: the facility's meters or a series of its utility, rows given in the request, or a stated value.",
    )
}

/// Where a baseline can stand.
pub fn state_names() -> Object {
    one_of(BaselineState::ALL.iter().map(|state| state.as_str()), "Where it stands on the way to activation.")
}

/// A decimal in a string.
pub fn decimal_text() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "A decimal in a string, at most three places, in kWh (electricity) or m³ (gas, water).",
        ))
        .pattern(Some(r"^\d+(\.\d{1,3})?$"))
        .examples(["412.5"])
        .build()
}
