//! Performance and savings as the REST interface asks for them and answers with.

use super::document::{metric_names, performance_names};
use super::problem::{Answered, Problem};
use super::requests::{Wrong, day};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::baseline::MetricType;
use domain::savings::equation::Totals;
use domain::savings::{Performance, SavingsInterval};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use services::savings::{Figures, Savings, Sum, Wanted};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Items on a page, and at most.
const LIMIT: usize = 500;
const LIMIT_MAX: usize = 3_000;

/// Which figures to read.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PerformanceQuery {
    /// Key of the facility, as in the address of its pages.
    #[param(required = true, example = "cedar")]
    facility: String,
    /// Only of this metric.
    #[param(schema_with = performance_names, required = false)]
    metric_type: Option<String>,
    /// First local day; 30 days before `until` where it is left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-10-01")]
    from: Option<String>,
    /// Local day after the last; tomorrow where it is left out. At most 800 days after the first.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    until: Option<String>,
    /// Only figures that are so final: `live` (the day is running) or `provisional`.
    #[param(example = "provisional", pattern = "^(live|provisional)$")]
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows on a page, 1 to 3,000; 500 where it is left out.
    #[param(minimum = 1, maximum = 3000, value_type = Option<u32>, example = 500)]
    limit: Option<String>,
}

/// Which savings to read.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SavingsQuery {
    /// Key of the facility, as in the address of its pages.
    #[param(required = true, example = "cedar")]
    facility: String,
    /// Of this metric; electricity where it is left out.
    #[param(schema_with = metric_names, required = false)]
    metric_type: Option<String>,
    /// First local day; 30 days before `until` where it is left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-10-01")]
    from: Option<String>,
    /// Local day after the last; tomorrow where it is left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    until: Option<String>,
    /// What the items are: `month` (where it is left out), `day` or `quarter_hour` (at most 62 days).
    #[param(example = "month", pattern = "^(month|day|quarter_hour)$")]
    granularity: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items on a page, 1 to 3,000; 500 where it is left out.
    #[param(minimum = 1, maximum = 3000, value_type = Option<u32>, example = 500)]
    limit: Option<String>,
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    skip: usize,
    take: usize,
}

impl Part {
    fn read(cursor: Option<&String>, limit: Option<&String>, wrong: &mut Wrong) -> Option<Self> {
        let skip = cursor.map_or(Some(0), |text| {
            wrong.take("cursor", text.parse().ok(), "Take the cursor from next_cursor of the page before.")
        });
        let take = limit.map_or(Some(LIMIT), |text| {
            let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            wrong.take("limit", limit, "Send a number from 1 to 3000.")
        });
        Some(Self { skip: skip?, take: take? })
    }

    /// The items of this part, and where the next one begins.
    fn of<T>(self, all: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.skip.saturating_add(self.take);
        let next = (all.len() > end).then(|| end.to_string());
        (all.into_iter().skip(self.skip).take(self.take).collect(), next)
    }
}

/// What items of savings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// Calendar months, cut to the range.
    Months,
    /// Local days.
    Days,
    /// Quarter hours.
    Quarters,
}

fn wanted(
    facility: String,
    metric: Option<MetricType>,
    (from, until): (Option<&String>, Option<&String>),
    wrong: &mut Wrong,
) -> Wanted {
    if facility.is_empty() {
        wrong.say("facility", "Name the facility by its key.");
    }
    let mut date = |field: &str, text: Option<&String>| {
        text.and_then(|text| wrong.take(field, day(text), "Send a day, as 2026-01-31."))
    };
    Wanted { facility, metric, from: date("from", from), until: date("until", until) }
}

impl PerformanceQuery {
    /// Which figures, of which state, and which part of them.
    ///
    /// # Errors
    /// 422 with every parameter that cannot be accepted.
    pub fn read(self) -> Answered<(Wanted, Option<String>, Part)> {
        let mut wrong = Wrong::default();
        let metric = self.metric_type.as_deref().and_then(|name| {
            let names = "Send electricity, gas, water, peak_demand or yield.";
            wrong.take("metric_type", MetricType::parse(name), names)
        });
        let state = self.state.and_then(|name| {
            let known = domain::savings::FigureState::parse(&name).map(|state| state.as_str().to_owned());
            wrong.take("state", known, "Send live or provisional.")
        });
        let wanted = wanted(self.facility, metric, (self.from.as_ref(), self.until.as_ref()), &mut wrong);
        let part = Part::read(self.cursor.as_ref(), self.limit.as_ref(), &mut wrong);
        match part {
            Some(part) if wrong.is_empty() => Ok((wanted, state, part)),
            _ => Err(Problem::fields(wrong.into_fields())),
        }
    }
}

impl SavingsQuery {
    /// Which savings, what their items are, and which part of them.
    ///
    /// # Errors
    /// 422 with every parameter that cannot be accepted.
    pub fn read(self) -> Answered<(Wanted, Items, Part)> {
        let mut wrong = Wrong::default();
        let metric = self.metric_type.as_deref().and_then(|name| {
            let known = MetricType::parse(name).filter(|m| super::document::METRICS.contains(m));
            wrong.take("metric_type", known, "Send electricity, gas or water.")
        });
        let items = match self.granularity.as_deref() {
            None | Some("month") => Some(Items::Months),
            Some("day") => Some(Items::Days),
            Some("quarter_hour") => Some(Items::Quarters),
            Some(_) => None,
        };
        let items = wrong.take("granularity", items, "Send month, day or quarter_hour.");
        let wanted = wanted(self.facility, metric, (self.from.as_ref(), self.until.as_ref()), &mut wrong);
        let part = Part::read(self.cursor.as_ref(), self.limit.as_ref(), &mut wrong);
        match items.zip(part) {
            Some((items, part)) if wrong.is_empty() => Ok((wanted, items, part)),
            _ => Err(Problem::fields(wrong.into_fields())),
        }
    }
}

/// The figures of a local day and metric.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerformanceLine {
    /// Local day.
    day: NaiveDate,
    #[schema(schema_with = performance_names)]
    metric_type: &'static str,
    /// Unit of the three values.
    #[schema(example = "kWh")]
    unit: String,
    /// What the baseline expects, over the quarter hours that also have an actual value; a decimal in a string.
    #[schema(value_type = Option<String>, example = "412.5")]
    baseline_value: Option<Decimal>,
    /// What was measured over them.
    #[schema(value_type = Option<String>, example = "301.25")]
    actual_value: Option<Decimal>,
    /// Baseline − actual.
    #[schema(value_type = Option<String>, example = "111.25")]
    savings_value: Option<Decimal>,
    /// ISO 4217 code of money.
    #[schema(example = "USD")]
    currency: String,
    /// What the baseline would have cost; null without a tariff.
    #[schema(value_type = Option<String>)]
    baseline_cost: Option<Decimal>,
    /// Savings in money.
    #[schema(value_type = Option<String>)]
    cost_savings: Option<Decimal>,
    /// Share of the day that has both values, 0 to 1.
    coverage: f64,
    /// How final the figures are: `live` while the day is running, then `provisional`.
    #[schema(example = "provisional")]
    state: &'static str,
    /// What a reader should know.
    flags: Vec<String>,
    /// Counts up whenever figures of a day that was over changed; 0 while it is running.
    revision: u32,
    /// The baseline they are measured against.
    baseline_id: Option<Uuid>,
    /// When they were computed.
    computed_at: DateTime<Utc>,
    /// The page of their derivation in the portal.
    #[schema(example = "/f/cedar/savings/electricity/2026-10-01")]
    derivation: String,
}

/// A page of figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerformancePage {
    /// Key of the facility.
    facility: String,
    /// IANA name of its zone, which days are local to.
    time_zone: String,
    /// First local day.
    from: NaiveDate,
    /// Local day after the last.
    until: NaiveDate,
    /// By day, then metric.
    performance: Vec<PerformanceLine>,
    /// To be sent as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Sums of a stretch. Without a day that has savings they are null.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsSum {
    /// First local day.
    from: NaiveDate,
    /// Local day after the last.
    until: NaiveDate,
    /// What the baseline expects, agreed events included; a decimal in a string.
    #[schema(value_type = Option<String>)]
    baseline_value: Option<Decimal>,
    /// What was measured.
    #[schema(value_type = Option<String>)]
    actual_value: Option<Decimal>,
    /// Baseline − actual.
    #[schema(value_type = Option<String>)]
    savings_value: Option<Decimal>,
    /// Part of the savings that agreed non-routine events add.
    #[schema(value_type = Option<String>)]
    events_value: Option<Decimal>,
    /// Whole cents: `baseline_cost` − `actual_cost` = `cost_savings` = `customer_share` + `vendor_share`; null without a tariff.
    #[schema(value_type = Option<String>)]
    baseline_cost: Option<Decimal>,
    /// Cost of what was measured.
    #[schema(value_type = Option<String>)]
    actual_cost: Option<Decimal>,
    /// Baseline cost − actual cost.
    #[schema(value_type = Option<String>)]
    cost_savings: Option<Decimal>,
    /// What the customer keeps.
    #[schema(value_type = Option<String>)]
    customer_share: Option<Decimal>,
    /// What the vendor gets.
    #[schema(value_type = Option<String>)]
    vendor_share: Option<Decimal>,
    /// Share of the time that has both values, 0 to 1.
    coverage: Option<f64>,
    /// How final it is.
    #[schema(example = "provisional")]
    state: &'static str,
}

/// A quarter hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsQuarter {
    /// Start, UTC, included.
    start: String,
    /// End, UTC, not included.
    end: String,
    /// What the baseline expects; a decimal in a string.
    #[schema(value_type = Option<String>)]
    baseline_value: Option<Decimal>,
    /// What was measured; null is unknown, not zero.
    #[schema(value_type = Option<String>)]
    actual_value: Option<Decimal>,
    /// Baseline − actual.
    #[schema(value_type = Option<String>)]
    savings_value: Option<Decimal>,
    /// Price per unit.
    #[schema(value_type = Option<String>)]
    price: Option<Decimal>,
    /// Savings at that price.
    #[schema(value_type = Option<String>)]
    cost_savings: Option<Decimal>,
    /// `measured`, `estimated`, `questionable` or `missing`.
    quality: &'static str,
}

/// Savings of one metric. Of the lists the one that was asked for is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsAnswer {
    /// Key of the facility.
    facility: String,
    /// IANA name of its zone, which days are local to.
    time_zone: String,
    #[schema(schema_with = metric_names)]
    metric_type: &'static str,
    /// Unit of values.
    unit: &'static str,
    /// ISO 4217 code of money.
    currency: String,
    /// The whole range.
    total: SavingsSum,
    /// Half-width of the two-sided interval of the total savings, in `unit`; null where it cannot be told.
    half_width: Option<f64>,
    /// How often the truth is within it.
    confidence: Option<f64>,
    /// Share of positive savings that goes to the vendor, 0 to 1; provisional until a contract says otherwise.
    #[schema(value_type = String, example = "0.3")]
    share_rate: Decimal,
    /// Calendar months, cut to the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    months: Option<Vec<SavingsSum>>,
    /// Local days.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<Vec<PerformanceLine>>,
    /// Quarter hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarter_hours: Option<Vec<SavingsQuarter>>,
    /// To be sent as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// A page of figures as JSON.
pub fn performance(figures: Figures, state: Option<&str>, part: Part) -> String {
    let slug = figures.facility.slug;
    let all = figures.days.iter().filter(|p| state.is_none_or(|state| state == p.state.as_str()));
    let (performance, next_cursor) = part.of(all.map(|p| line(&slug, p)).collect());
    let page = PerformancePage {
        time_zone: figures.facility.time_zone.name().to_owned(),
        from: figures.from,
        until: figures.until,
        performance,
        next_cursor,
        facility: slug,
    };
    serde_json::to_string(&page).unwrap_or_default()
}

/// Savings as JSON.
pub fn savings(savings: &Savings, items: Items, part: Part) -> String {
    let (mut months, mut days, mut quarter_hours) = (None, None, None);
    let next_cursor = match items {
        Items::Months => take(part, savings.months.iter().map(sum).collect(), &mut months),
        Items::Days => {
            take(part, savings.days.iter().map(|p| line(&savings.facility.slug, p)).collect(), &mut days)
        }
        Items::Quarters => take(part, savings.quarters.iter().map(quarter).collect(), &mut quarter_hours),
    };
    let answer = SavingsAnswer {
        facility: savings.facility.slug.clone(),
        time_zone: savings.facility.time_zone.name().to_owned(),
        metric_type: savings.metric.as_str(),
        unit: savings.metric.unit(),
        currency: savings.facility.currency.clone(),
        total: sum(&savings.total),
        half_width: savings.band.map(|band| band.half_width),
        confidence: savings.band.map(|band| band.confidence),
        share_rate: domain::savings::equation::PROVISIONAL_SHARE_RATE,
        months,
        days,
        quarter_hours,
        next_cursor,
    };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn take<T>(part: Part, all: Vec<T>, into: &mut Option<Vec<T>>) -> Option<String> {
    let (items, next) = part.of(all);
    *into = Some(items);
    next
}

fn line(facility: &str, p: &Performance) -> PerformanceLine {
    PerformanceLine {
        day: p.day,
        metric_type: p.metric_type.as_str(),
        unit: p.unit.clone(),
        baseline_value: p.baseline_value,
        actual_value: p.actual_value,
        savings_value: p.savings_value,
        currency: p.currency.clone(),
        baseline_cost: p.baseline_cost,
        cost_savings: p.cost_savings,
        coverage: p.coverage,
        state: p.state.as_str(),
        flags: p.flags.clone(),
        revision: p.revision,
        baseline_id: p.baseline.map(|id| id.0),
        computed_at: p.computed_at,
        derivation: format!("/f/{facility}/savings/{}/{}", p.metric_type.as_str(), p.day),
    }
}

fn sum(sum: &Sum) -> SavingsSum {
    let energy = |of: fn(&Totals) -> Decimal| sum.totals.as_ref().map(of);
    let money = sum.totals.and_then(|totals| totals.equation);
    SavingsSum {
        from: sum.from,
        until: sum.until,
        baseline_value: energy(|t| t.baseline + t.events),
        actual_value: energy(|t| t.actual),
        savings_value: energy(|t| t.savings + t.events),
        events_value: energy(|t| t.events),
        baseline_cost: money.map(|e| e.baseline_cost),
        actual_cost: money.map(|e| e.actual_cost),
        cost_savings: money.map(|e| e.savings),
        customer_share: money.map(|e| e.keep),
        vendor_share: money.map(|e| e.share),
        coverage: sum.totals.map(|t| t.coverage),
        state: sum.state.as_str(),
    }
}

fn quarter(i: &SavingsInterval) -> SavingsQuarter {
    let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    SavingsQuarter {
        start: at(i.start),
        end: at(i.end),
        baseline_value: i.counterfactual,
        actual_value: i.actual,
        savings_value: i.avoided,
        price: i.price,
        cost_savings: i.money,
        quality: i.quality.as_str(),
    }
}
