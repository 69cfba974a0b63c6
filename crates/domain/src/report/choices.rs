//! What whoever asks for a report wants it to say, and how.

use crate::baseline::MetricType;
use crate::names::names;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

names! {
    /// A part of a report that can be left out.
    Part {
        /// The equation in money and a row for each metric.
        Summary = "summary", "Summary";
        /// Every day, as chart and table.
        Days = "days", "Days";
        /// The months up to the range's end.
        Months = "months", "Months";
        /// Why it saved more or less than the stretch before.
        Causes = "causes", "Causes of the change";
        /// Sub-metered use.
        EndUses = "end_uses", "End uses";
        /// Crop cycles harvested.
        Cycles = "cycles", "Crop cycles";
        /// Agreed non-routine events.
        Events = "events", "Agreed events";
        /// Which baseline, who verified it, what the figures rest on.
        Method = "method", "Method and verification";
    }
}

names! {
    /// Unit of electricity and gas.
    #[derive(Default)]
    Energy {
        /// kWh.
        #[default]
        Kwh = "kwh", "kWh";
        /// 1 000 kWh.
        Mwh = "mwh", "MWh";
    }
}

names! {
    /// Unit of water.
    #[derive(Default)]
    Water {
        /// m³.
        #[default]
        CubicMetres = "m3", "m³";
        /// 1/1 000 m³.
        Litres = "l", "L";
        /// US liquid gallon: 3.785411784 L.
        Gallons = "gal", "gal (US)";
    }
}

names! {
    /// How days are written; the label is the first of July 2026.
    #[derive(Default)]
    Dates {
        /// In words on pages, as ISO 8601 in files.
        #[default]
        Words = "words", "1 July 2026";
        /// ISO 8601 everywhere.
        Iso = "iso", "2026-07-01";
        /// Day, month, year.
        DayFirst = "dmy", "01/07/2026";
        /// Month, day, year.
        MonthFirst = "mdy", "07/01/2026";
    }
}

impl Dates {
    /// The day as in a file of rows.
    pub fn in_file(self, day: NaiveDate) -> String {
        match self {
            Self::Words | Self::Iso => day.to_string(),
            Self::DayFirst => day.format("%d/%m/%Y").to_string(),
            Self::MonthFirst => day.format("%m/%d/%Y").to_string(),
        }
    }
}

/// Parts that a report has when nobody chose.
const USUAL: [Part; 5] = [Part::Summary, Part::Days, Part::Cycles, Part::Events, Part::Method];
/// Letters of a title.
const TITLE_MAX: usize = 120;
/// Letters of a note.
const NOTE_MAX: usize = 2_000;

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Title of its documents; empty for the usual one.
    pub title: String,
    /// A note on its first page; may be empty.
    pub note: String,
    /// Metrics in it; none for all that have figures.
    pub metrics: Vec<MetricType>,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Unit of electricity and gas.
    pub energy: Energy,
    /// Unit of water.
    pub water: Water,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            title: String::new(),
            note: String::new(),
            metrics: vec![],
            parts: USUAL.to_vec(),
            energy: Energy::default(),
            water: Water::default(),
        }
    }
}

impl Choices {
    /// Whether nobody chose anything.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the report has this part.
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Title of its documents.
    pub fn heading(&self) -> &str {
        if self.title.is_empty() { "Performance report" } else { &self.title }
    }

    /// What was chosen, as a sentence.
    pub fn in_words(&self) -> String {
        let metrics: Vec<&str> = self.metrics.iter().map(|metric| metric.label()).collect();
        let parts: Vec<&str> = self.parts.iter().map(|part| part.label()).collect();
        let metrics = if metrics.is_empty() { "all metrics".to_owned() } else { metrics.join(", ") };
        format!(
            "{metrics}; {}; energy in {}, water in {}",
            parts.join(", "),
            self.energy.label(),
            self.water.label()
        )
    }

    /// The same without blanks around texts, in the order of the forms and each thing once.
    ///
    /// # Errors
    /// The field that cannot be accepted, and what to do about it.
    pub fn checked(mut self) -> Result<Self, (&'static str, String)> {
        self.title = self.title.trim().to_owned();
        self.note = self.note.trim().replace("\r\n", "\n");
        self.metrics.sort();
        self.metrics.dedup();
        self.parts.sort();
        self.parts.dedup();
        if self.parts.is_empty() {
            return Err(("part", "Choose at least one part.".to_owned()));
        }
        let metered = [MetricType::Electricity, MetricType::Gas, MetricType::Water];
        if self.metrics.iter().any(|metric| !metered.contains(metric)) {
            return Err(("metric", "A report is of electricity, gas and water.".to_owned()));
        }
        if self.title.chars().count() > TITLE_MAX || self.title.contains(char::is_control) {
            return Err(("title", format!("A title has at most {TITLE_MAX} characters in one line.")));
        }
        if self.note.chars().count() > NOTE_MAX {
            return Err(("note", format!("A note has at most {NOTE_MAX} characters.")));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_put_in_order_or_refused() {
        let asked = Choices {
            title: " July ".to_owned(),
            metrics: vec![MetricType::Water, MetricType::Electricity, MetricType::Water],
            parts: vec![Part::Method, Part::Days],
            ..Choices::default()
        };
        let found = asked.clone().checked().unwrap();
        assert_eq!(found.title, "July");
        assert_eq!(found.metrics, [MetricType::Electricity, MetricType::Water]);
        assert_eq!(found.parts, [Part::Days, Part::Method]);
        assert!(Choices::default().checked().unwrap().is_usual());
        for (wrong, field) in [
            (Choices { parts: vec![], ..asked.clone() }, "part"),
            (Choices { metrics: vec![MetricType::Yield], ..asked.clone() }, "metric"),
            (Choices { title: "x".repeat(TITLE_MAX + 1), ..asked.clone() }, "title"),
            (Choices { note: "x".repeat(NOTE_MAX + 1), ..asked.clone() }, "note"),
        ] {
            assert_eq!(wrong.checked().unwrap_err().0, field);
        }
    }

    #[test]
    fn days_in_files() {
        let day = "2026-07-01".parse().unwrap();
        let all: Vec<String> = Dates::ALL.iter().map(|dates| dates.in_file(day)).collect();
        assert_eq!(all, ["2026-07-01", "2026-07-01", "01/07/2026", "07/01/2026"]);
    }
}
