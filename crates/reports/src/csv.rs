//! The report's days as CSV (RFC 4180) below comment rows that say what they are.

use domain::report::{Dates, Part, PerformanceReport, ReportMetric, Style};
use rust_decimal::Decimal;

/// Columns of the days.
const DAYS: [&str; 10] = [
    "metric",
    "unit",
    "day",
    "baseline",
    "actual",
    "savings",
    "cost_savings",
    "currency",
    "coverage",
    "state",
];
/// Columns of the comment rows with totals.
const TOTALS: [&str; 10] = [
    "metric",
    "unit",
    "baseline",
    "actual",
    "savings",
    "savings_half_width",
    "confidence_percent",
    "cost_savings",
    "currency",
    "coverage",
];

/// The report as CSV text: comment rows that begin with `#`, a header, then a row for each metric and day.
///
/// Amounts are in the unit of their row, `cost_savings` in its currency, `coverage` is a share of 0 to 1; a value that is
/// not known is an empty cell. Numbers have all their digits and no grouping.
pub fn csv(report: &PerformanceReport, style: &Style) -> String {
    let report = &report.shown();
    let mut sheet = Sheet {
        out: String::new(),
        delimiter: style.delimiter.char(),
        comma: style.decimal_comma,
        dates: style.dates,
    };
    head(&mut sheet, report);
    if report.choices.has(Part::Summary) {
        let totals = TOTALS.map(Cell::Text);
        sheet.comment("Totals", &totals);
        for metric in &report.metrics {
            total(&mut sheet, report, metric);
        }
    }
    for metric in &report.metrics {
        more(&mut sheet, report, metric);
    }
    sheet.row(&DAYS.map(Cell::Text));
    for metric in &report.metrics {
        days(&mut sheet, report, metric);
    }
    sheet.out
}

fn head(sheet: &mut Sheet, report: &PerformanceReport) {
    let days = format!("[{}, {})", sheet.dates.in_file(report.from), sheet.dates.in_file(report.until));
    let generated = report.generated_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let intervals =
        "half-open: a range holds its first day and not its last; a day begins at 00:00 in this zone";
    sheet.comment("Facility", &[Cell::Text(&report.facility)]);
    sheet.comment("Organisation", &[Cell::Text(&report.organisation)]);
    sheet.comment("Range", &[Cell::Text(&days)]);
    sheet.comment("Time zone", &[Cell::Text(&report.time_zone)]);
    sheet.comment("Intervals", &[Cell::Text(intervals)]);
    sheet.comment("Currency", &[Cell::Text(&report.currency)]);
    sheet.comment("State", &[Cell::Text(&report.state)]);
    sheet.comment("Vendor's share of cost savings (0 to 1)", &[Cell::Number(Some(report.share_rate))]);
    sheet.comment("Share", &[Cell::Text(&report.share_note)]);
    sheet.comment("Generated at", &[Cell::Text(&generated)]);
    sheet.comment("SHA-256 of sources", &[Cell::Text(&report.sources_sha256)]);
    let choices = &report.choices;
    if !choices.is_usual() {
        sheet.comment("Title", &[Cell::Text(choices.heading())]);
        sheet.comment("Chosen", &[Cell::Text(&choices.in_words())]);
    }
    if !choices.note.is_empty() {
        sheet.comment("Note of its maker", &[Cell::Text(&choices.note)]);
    }
    for note in &report.notes {
        sheet.comment("Note", &[Cell::Text(note)]);
    }
    for metric in report.metrics.iter().filter(|_| report.choices.has(Part::Method)) {
        let cells = [&metric.name, &metric.baseline_name, &metric.verification].map(|text| Cell::Text(text));
        sheet.comment("Baseline", &cells);
    }
}

fn total(sheet: &mut Sheet, report: &PerformanceReport, metric: &ReportMetric) {
    sheet.comment(
        "Total",
        &[
            Cell::Text(&metric.name),
            Cell::Text(&metric.unit),
            Cell::Number(metric.baseline),
            Cell::Number(metric.actual),
            Cell::Number(metric.savings),
            Cell::Number(metric.half_width),
            Cell::Number(metric.confidence_percent),
            Cell::Number(metric.cost_savings),
            Cell::Text(&report.currency),
            Cell::Number(Some(metric.coverage)),
        ],
    );
}

/// Months, causes and end uses of a metric, where they are in the report.
fn more(sheet: &mut Sheet, report: &PerformanceReport, metric: &ReportMetric) {
    let (name, unit) = (Cell::Text(&metric.name), Cell::Text(&metric.unit));
    if !metric.months.is_empty() {
        let heads = ["metric", "unit", "month", "baseline", "actual", "savings", "cost_savings", "currency"];
        sheet.comment("Months", &heads.map(Cell::Text));
    }
    for month in &metric.months {
        let first = sheet.dates.in_file(month.month);
        let amounts = [month.baseline, month.actual, month.savings, month.cost_savings].map(Cell::Number);
        let [baseline, actual, savings, money] = amounts;
        let currency = Cell::Text(&report.currency);
        let cells =
            [name.clone(), unit.clone(), Cell::Text(&first), baseline, actual, savings, money, currency];
        sheet.comment("Month", &cells);
    }
    if let Some(causes) = &metric.causes {
        let unit = Cell::Text(&causes.unit);
        sheet.comment("Causes", &["metric", "cause", "change", "unit"].map(Cell::Text));
        let before = ("savings of the stretch before", causes.before);
        let steps = causes.steps.iter().map(|(cause, amount)| (cause.as_str(), *amount));
        let all = [before].into_iter().chain(steps).chain([("savings of the range", causes.after)]);
        for (cause, amount) in all {
            sheet.comment(
                "Cause",
                &[name.clone(), Cell::Text(cause), Cell::Number(Some(amount)), unit.clone()],
            );
        }
    }
    for one in &metric.end_uses {
        let cells = [name.clone(), Cell::Text(&one.name), Cell::Number(one.amount), unit.clone()];
        sheet.comment("End use", &cells);
    }
}

fn days(sheet: &mut Sheet, report: &PerformanceReport, metric: &ReportMetric) {
    for day in &metric.days {
        sheet.row(&[
            Cell::Text(&metric.name),
            Cell::Text(&metric.unit),
            Cell::Text(&sheet.dates.in_file(day.day)),
            Cell::Number(day.baseline),
            Cell::Number(day.actual),
            Cell::Number(day.savings),
            Cell::Number(day.cost_savings),
            Cell::Text(&report.currency),
            Cell::Number(Some(day.coverage)),
            Cell::Text(&day.state),
        ]);
    }
}

/// What a cell holds; a number is never guarded, so that a minus stays a minus.
#[derive(Clone)]
enum Cell<'a> {
    Text(&'a str),
    Number(Option<Decimal>),
}

struct Sheet {
    out: String,
    delimiter: char,
    comma: bool,
    dates: Dates,
}

impl Sheet {
    fn row(&mut self, cells: &[Cell]) {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.out.push(self.delimiter);
            }
            self.cell(cell);
        }
        self.out.push_str("\r\n");
    }

    /// A row that readers skip by its first character; hence one line, with its name unquoted in the first cell.
    fn comment(&mut self, name: &str, cells: &[Cell]) {
        self.out.push_str("# ");
        self.out.push_str(name);
        self.out.push(':');
        for cell in cells {
            self.out.push(self.delimiter);
            match cell {
                Cell::Text(text) => self.text(&text.replace(['\r', '\n'], " ")),
                number @ Cell::Number(_) => self.cell(number),
            }
        }
        self.out.push_str("\r\n");
    }

    fn cell(&mut self, cell: &Cell) {
        match cell {
            Cell::Text(text) => self.text(text),
            Cell::Number(None) => {}
            Cell::Number(Some(value)) if self.comma => {
                let text = value.to_string().replace('.', ",");
                self.quoted(&text, text.contains(self.delimiter));
            }
            Cell::Number(Some(value)) => self.out.push_str(&value.to_string()),
        }
    }

    /// A text. One that a spreadsheet would compute gets an apostrophe before it.
    fn text(&mut self, text: &str) {
        let computes = text
            .trim_start_matches([' ', '\u{a0}', '\u{3000}'])
            .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\u{2212}']);
        if computes {
            self.quoted(&format!("'{text}"), true);
        } else {
            self.quoted(text, text.contains(['"', ',', ';', '\t', '\r', '\n']));
        }
    }

    fn quoted(&mut self, text: &str, quoted: bool) {
        if quoted {
            self.out.push('"');
            self.out.push_str(&text.replace('"', "\"\""));
            self.out.push('"');
        } else {
            self.out.push_str(text);
        }
    }
}
