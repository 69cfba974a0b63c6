//! The PDF, by what is on its pages.

use super::sample::{chosen, empty, hostile, july};
use crate::money::money;
use crate::pdf;
use crate::pdf::{options, typeset};
use crate::text::Numbers;
use domain::report::{Dates, Paper, Part, PerformanceReport, Style};
use typst::layout::{Frame, FrameItem};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

const LETTER: Style = Style {
    paper: Paper::Letter,
    decimal_comma: true,
    delimiter: domain::report::Delimiter::Comma,
    dates: domain::report::Dates::Words,
};

fn collect(frame: &Frame, out: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => collect(&group.frame, out),
            FrameItem::Text(text) => {
                out.push_str(&text.text);
                out.push('\n');
            }
            _ => {}
        }
    }
}

/// The text of each page; runs of one font end in a new line.
fn pages(report: &PerformanceReport, style: &Style) -> Vec<String> {
    let page = |page: &typst_layout::Page| {
        let mut out = String::new();
        collect(&page.frame, &mut out);
        out
    };
    typeset(report, style).unwrap().pages().iter().map(page).collect()
}

#[test]
fn bytes_are_stable() {
    let a4 = pdf(&july(), &Style::default()).unwrap();
    assert!(a4.starts_with(b"%PDF-"));
    assert!(pdf(&july(), &Style::default()).unwrap() == a4);
    let letter = pdf(&july(), &LETTER).unwrap();
    assert!(letter != a4);
    assert!(pdf(&july(), &LETTER).unwrap() == letter);
}

#[test]
fn pages_hold_the_totals() {
    for style in [Style::default(), LETTER] {
        let report = july();
        let pages = pages(&report, &style);
        let numbers = Numbers { comma: style.decimal_comma };
        let sums = money(&report);
        for sum in [sums.baseline, sums.actual, sums.savings, sums.keep, sums.share] {
            assert!(pages[0].contains(&numbers.fixed(sum.unwrap(), 2)), "{sum:?} in {}", pages[0]);
        }
        assert_eq!(pages.len(), 5, "a page for everything and one for each metric");
        for (page, metric) in pages[1..].iter().zip(&report.metrics) {
            assert!(page.contains(&metric.name));
            let decimals = crate::text::decimals_of(metric);
            assert!(page.contains(&numbers.with_unit(metric.savings, decimals, &metric.unit)), "{page}");
            assert!(page.contains("Fri 31 Jul 2026") && page.contains(&report.sources_sha256));
        }
        assert!(pages[4].contains("5 / 5"));
    }
}

#[test]
fn paper_follows_the_style() {
    for (style, width) in [(Style::default(), 595.28), (LETTER, 612.0)] {
        let document = typeset(&empty(), &style).unwrap();
        assert!((document.pages()[0].frame.width().to_pt() - width).abs() < 0.01);
    }
}

#[test]
fn texts_are_no_code() {
    let report = hostile();
    let pages = pages(&report, &Style::default());
    let text = pages.concat().replace(['\n', '\u{200b}'], "");
    assert!(text.contains(r##"#eval("1+1") *bold* $x$ ` \ <a> @b = "quoted" // c"##), "{text}");
    assert!(text.contains("#panic(\"no\")"));
    assert!(pages[0].contains("–\n"), "what is missing is a dash");
    assert!(!pages.concat().contains("0.00"), "and no zero");
    assert!(pdf(&report, &Style::default()).is_ok());
}

#[test]
fn a_report_of_nothing_is_one_page() {
    let pages = pages(&empty(), &Style::default());
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains("No metric"));
}

#[test]
fn readers_who_cannot_see_it_can_use_it() {
    for report in [july(), empty(), chosen()] {
        let document = typeset(&report, &Style::default()).unwrap();
        let standards = PdfStandards::new(&[PdfStandard::Ua_1]).unwrap();
        let accessible = PdfOptions { standards, ..options(&report) };
        typst_pdf::pdf(&document, &accessible).unwrap();
    }
}

#[test]
fn it_says_what_was_chosen_and_only_that() {
    let report = chosen();
    let text = pages(&report, &Style { dates: Dates::DayFirst, ..Style::default() }).concat();
    for text_of in [
        "For the board",
        "First line",
        "#panic()",
        "01/07/2026",
        "MWh",
        "gal (US)",
        "Why the savings changed",
        "Month by month",
        "July 2026, so far",
        "Lighting",
        "Chosen for this report",
    ] {
        assert!(text.contains(text_of), "{text_of} in {text}");
    }
    assert!(!text.contains("kWh\n"), "one unit of energy: {text}");
    assert_eq!(pdf(&report, &Style::default()).unwrap(), pdf(&report, &Style::default()).unwrap());

    let mut little = july();
    little.choices.parts = vec![Part::Months];
    let text = pages(&little, &Style::default()).concat();
    for left_out in
        ["Savings by metric", "Agreed events", "Crop cycles harvested", "Fri 31 Jul", "Verified by"]
    {
        assert!(!text.contains(left_out), "{left_out} in {text}");
    }
}

#[test]
fn a_year_is_set_too() {
    let mut report = july();
    report.metrics.truncate(1);
    let month = report.metrics[0].days.clone();
    report.metrics[0].days = (0..12).flat_map(|_| month.clone()).collect();
    assert!(pages(&report, &Style::default()).len() > 5);
}
