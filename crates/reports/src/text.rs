//! Numbers and days as people read them on paper.

use chrono::NaiveDate;
use domain::report::{Dates, ReportMetric};
use rust_decimal::{Decimal, RoundingStrategy};

/// What stands where a value is missing.
pub(crate) const MISSING: &str = "–";
/// Decimals of money.
pub(crate) const CENTS: u32 = 2;
/// A thin space that never breaks, between thousands.
const THIN: char = '\u{202f}';
/// A space that never breaks, before a unit.
const SPACE: char = '\u{a0}';
/// Letters of a word after which a line may break.
const LONG_WORD: usize = 20;

/// How numbers are written: thousands apart by a thin space, a true minus, a decimal point or comma.
#[derive(Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) comma: bool,
}

impl Numbers {
    /// The number with so many decimals; halves are rounded away from zero.
    pub(crate) fn fixed(self, value: Decimal, decimals: u32) -> String {
        let rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        let places = usize::try_from(decimals).unwrap_or_default();
        let plain = format!("{:.places$}", rounded.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut out = String::with_capacity(plain.len() + 8);
        if rounded.is_sign_negative() && !rounded.is_zero() {
            out.push('\u{2212}');
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push(THIN);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(if self.comma { ',' } else { '.' });
            out.push_str(fraction);
        }
        out
    }

    /// The same, or a dash.
    pub(crate) fn known(self, value: Option<Decimal>, decimals: u32) -> String {
        value.map_or_else(|| MISSING.to_owned(), |value| self.fixed(value, decimals))
    }

    /// The same with its unit, or a dash alone.
    pub(crate) fn with_unit(self, value: Option<Decimal>, decimals: u32, unit: &str) -> String {
        value.map_or_else(
            || MISSING.to_owned(),
            |value| format!("{}{SPACE}{unit}", self.fixed(value, decimals)),
        )
    }

    /// A share of 0 to 1 in percent. What is not quite 100 % never reads as it.
    pub(crate) fn percent(self, share: Decimal) -> String {
        let Some(percent) = share.checked_mul(Decimal::ONE_HUNDRED) else { return MISSING.to_owned() };
        let cut = percent.round_dp_with_strategy(1, RoundingStrategy::ToZero);
        let whole = cut.is_zero() && share.is_zero() || cut == Decimal::ONE_HUNDRED;
        format!("{}{SPACE}%", self.fixed(cut, u32::from(!whole)))
    }

    /// A rate of 0 to 1 in percent, with all its digits.
    pub(crate) fn rate(self, rate: Decimal) -> String {
        let Some(percent) = rate.checked_mul(Decimal::ONE_HUNDRED) else { return MISSING.to_owned() };
        let percent = percent.normalize();
        format!("{}{SPACE}%", self.fixed(percent, percent.scale()))
    }
}

/// Decimals that leave the largest of some values four digits or more, at most three.
pub(crate) fn decimals(values: impl IntoIterator<Item = Decimal>) -> u32 {
    let largest = values.into_iter().map(|value| value.abs()).max().unwrap_or_default();
    [(1_000, 0), (100, 1), (10, 2)]
        .into_iter()
        .find(|(bound, _)| largest >= Decimal::from(*bound))
        .map_or(3, |(_, decimals)| decimals)
}

/// Decimals of a metric's amounts: those of its days, else of its totals.
pub(crate) fn decimals_of(metric: &ReportMetric) -> u32 {
    let days: Vec<Decimal> =
        metric.days.iter().flat_map(|day| [day.baseline, day.actual]).flatten().collect();
    if days.is_empty() {
        decimals([metric.baseline, metric.actual, metric.savings].into_iter().flatten())
    } else {
        decimals(days)
    }
}

/// Decimals that some values were given with, at most three.
pub(crate) fn given(values: impl IntoIterator<Item = Decimal>) -> u32 {
    values.into_iter().map(|value| value.normalize().scale()).max().unwrap_or_default().min(3)
}

/// How days are written.
#[derive(Clone, Copy)]
pub(crate) struct Days(pub(crate) Dates);

impl Days {
    /// `1 July 2026`.
    pub(crate) fn date(self, day: NaiveDate) -> String {
        match self.0 {
            Dates::Words => day.format("%-d %B %Y").to_string(),
            other => other.in_file(day),
        }
    }

    /// `Wed 1 Jul 2026`.
    pub(crate) fn weekday(self, day: NaiveDate) -> String {
        match self.0 {
            Dates::Words => day.format("%a %-d %b %Y").to_string(),
            other => format!("{} {}", day.format("%a"), other.in_file(day)),
        }
    }

    /// The range by its first and last day, both of it: `1 July 2026 – 31 July 2026`.
    pub(crate) fn range(self, from: NaiveDate, until: NaiveDate) -> String {
        let last = until.pred_opt().unwrap_or(until).max(from);
        if last == from { self.date(from) } else { format!("{} – {}", self.date(from), self.date(last)) }
    }
}

/// The text with places to break in words that fit no line, and without control characters.
pub(crate) fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = 0;
    for letter in text.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        letters = if letter.is_whitespace() { 0 } else { letters + 1 };
        if letters > LONG_WORD {
            out.push('\u{200b}');
            letters = 1;
        }
        out.push(letter);
    }
    out
}

/// What the yield guard says of a crop cycle.
pub(crate) fn guard(flagged: bool) -> &'static str {
    if flagged { "Flagged: less for its light" } else { "Not flagged" }
}
