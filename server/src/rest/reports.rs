//! Reports as the REST interface asks for them and answers with.

use super::problem::{Answered, Problem};
use super::requests::{Wrong, day};
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::ReportId;
use domain::report::view::ReportRow;
use domain::report::{Choices, Delimiter, Paper, PerformanceReport, ReportMetric, Style};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use services::reports::NewReport;
use store::reports::StoredReport;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;

/// A report to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    /// Key of the facility, as in the address of its pages.
    #[serde(default)]
    #[schema(required = true, example = "cedar")]
    pub facility: String,
    /// First local day.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2026-10-01")]
    from: String,
    /// Local day after the last; at most 366 days after the first.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2026-11-01")]
    until: String,
    /// Paper of the PDF: `a4` (where it is left out) or `letter`.
    #[schema(example = "a4", pattern = "^(a4|letter)$")]
    paper: Option<String>,
    /// Whether decimals follow a comma in PDF and CSV.
    #[serde(default)]
    decimal_comma: bool,
    /// Between cells of the CSV: `comma` (where it is left out), `semicolon` or `tab`.
    #[schema(example = "comma", pattern = "^(comma|semicolon|tab)$")]
    delimiter: Option<String>,
}

impl ReportRequest {
    /// What is to be made.
    ///
    /// # Errors
    /// 422 with every field that cannot be accepted.
    pub fn read(&self) -> Answered<NewReport> {
        let mut wrong = Wrong::default();
        if self.facility.is_empty() {
            wrong.say("facility", "Name the facility by its key.");
        }
        let mut date = |field: &str, text: &str| wrong.take(field, day(text), "Send a day, as 2026-01-31.");
        let (from, until) = (date("from", &self.from), date("until", &self.until));
        let paper = self.paper.as_deref().map_or(Some(Paper::default()), Paper::parse);
        let paper = wrong.take("paper", paper, "Send a4 or letter.");
        let delimiter = self.delimiter.as_deref().map_or(Some(Delimiter::default()), Delimiter::parse);
        let delimiter = wrong.take("delimiter", delimiter, "Send comma, semicolon or tab.");
        match (from, until, paper, delimiter) {
            (Some(from), Some(until), Some(paper), Some(delimiter)) if wrong.is_empty() => {
                let style = Style { paper, decimal_comma: self.decimal_comma, delimiter, ..Style::default() };
                Ok(NewReport { from, until, style, choices: Choices::default() })
            }
            _ => Err(Problem::fields(wrong.into_fields())),
        }
    }
}

/// Which reports to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ReportsQuery {
    /// Key of the facility, as in the address of its pages.
    #[param(required = true, example = "cedar")]
    facility: String,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Reports on a page, 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>, example = 50)]
    limit: Option<String>,
}

/// [`ReportsQuery`], read.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Key of the facility.
    pub facility: String,
    /// After the end of another page.
    pub after: Option<(DateTime<Utc>, ReportId)>,
    /// At most so many.
    pub limit: usize,
}

impl ReportsQuery {
    /// Which reports.
    ///
    /// # Errors
    /// 422 with every parameter that cannot be accepted.
    pub fn read(self) -> Answered<Listing> {
        let mut wrong = Wrong::default();
        if self.facility.is_empty() {
            wrong.say("facility", "Name the facility by its key.");
        }
        let after = self.cursor.and_then(|text| {
            wrong.take("cursor", cursor(&text), "Take the cursor from next_cursor of the page before.")
        });
        let limit = self.limit.map_or(Some(LIMIT), |text| {
            let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            wrong.take("limit", limit, "Send a number from 1 to 200.")
        });
        match limit {
            Some(limit) if wrong.is_empty() => Ok(Listing { facility: self.facility, after, limit }),
            _ => Err(Problem::fields(wrong.into_fields())),
        }
    }
}

/// In text, `microseconds-id`.
fn cursor(text: &str) -> Option<(DateTime<Utc>, ReportId)> {
    let (at, id) = text.split_once('-')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
}

/// A report in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLine {
    /// The report.
    id: Uuid,
    /// First local day.
    from: NaiveDate,
    /// Local day after the last.
    until: NaiveDate,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// In whose name.
    created_by: String,
    /// SHA-256 of its PDF, hexadecimal; the audit trail has it too.
    pdf_sha256: String,
    /// Addresses of its documents.
    documents: Documents,
}

/// Addresses of a report's documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct Documents {
    /// Pages.
    #[schema(example = "/api/revenue-sharing/reports/0199e0a4-6a3c-7c3e-9a41-5d2f7b1c8e90/pdf")]
    pdf: String,
    /// A workbook.
    xlsx: String,
    /// Rows as text.
    csv: String,
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportPage {
    /// Newest first.
    reports: Vec<ReportLine>,
    /// To be sent as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// A report with its sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportAnswer {
    #[serde(flatten)]
    line: ReportLine,
    /// Key of its facility.
    facility: String,
    /// ISO 4217 code of money.
    currency: String,
    /// IANA name of the zone, which days are local to.
    time_zone: String,
    /// SHA-256 of everything its figures were computed from.
    sources_sha256: String,
    /// Sums by metric.
    metrics: Vec<MetricSum>,
}

/// Sums of a metric; decimals in strings.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetricSum {
    /// Name.
    #[schema(example = "Electricity")]
    name: String,
    /// Unit of values.
    unit: String,
    /// What the baseline expects, agreed events included.
    #[schema(value_type = Option<String>)]
    baseline_value: Option<Decimal>,
    /// What was measured.
    #[schema(value_type = Option<String>)]
    actual_value: Option<Decimal>,
    /// Baseline − actual.
    #[schema(value_type = Option<String>)]
    savings_value: Option<Decimal>,
    /// Savings in money, to the cent.
    #[schema(value_type = Option<String>)]
    cost_savings: Option<Decimal>,
    /// What the customer keeps of them.
    #[schema(value_type = Option<String>)]
    customer_share: Option<Decimal>,
    /// What the vendor gets.
    #[schema(value_type = Option<String>)]
    vendor_share: Option<Decimal>,
}

fn line(
    id: ReportId,
    (from, until): (NaiveDate, NaiveDate),
    at: DateTime<Utc>,
    by: String,
    sha: String,
) -> ReportLine {
    let of = |format: &str| format!("/api/revenue-sharing/reports/{id}/{format}");
    ReportLine {
        id: id.0,
        from,
        until,
        created_at: at,
        created_by: by,
        pdf_sha256: sha,
        documents: Documents { pdf: of("pdf"), xlsx: of("xlsx"), csv: of("csv") },
    }
}

/// A page as JSON; `rows` has one more than the page where there is another.
pub fn page(mut rows: Vec<ReportRow>, limit: usize) -> String {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor =
        rows.last().filter(|_| more).map(|r| format!("{}-{}", r.created_at.timestamp_micros(), r.id));
    let line = |r: ReportRow| line(r.id, (r.from, r.until), r.created_at, r.created_by, r.pdf_sha256);
    let page = ReportPage { reports: rows.into_iter().map(line).collect(), next_cursor };
    serde_json::to_string(&page).unwrap_or_default()
}

/// A report as JSON.
pub fn report(facility: &str, stored: &StoredReport) -> String {
    let report: &PerformanceReport = &stored.report;
    let (sha, by) = (hex::encode(&stored.pdf_sha256), stored.created_by.clone());
    let answer = ReportAnswer {
        line: line(stored.id, (report.from, report.until), stored.created_at, by, sha),
        facility: facility.to_owned(),
        currency: report.currency.clone(),
        time_zone: report.time_zone.clone(),
        sources_sha256: report.sources_sha256.clone(),
        metrics: report.metrics.iter().map(sums).collect(),
    };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn sums(metric: &ReportMetric) -> MetricSum {
    MetricSum {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        baseline_value: metric.baseline,
        actual_value: metric.actual,
        savings_value: metric.savings,
        cost_savings: metric.cost_savings,
        customer_share: metric.keep,
        vendor_share: metric.share,
    }
}
