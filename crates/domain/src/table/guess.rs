//! A first guess at how a table is read, from its headings, the units in them and the shape of its values.

use super::value::{DateOrder, number, stamp};
use super::{ClockOf, Edge, Field, Settings, Stage, Target, ValueUnit};
use crate::utility::Commodity;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Words that headings of a field contain; the first field that fits takes the column.
const WORDS: &[(Field, &[&str])] = &[
    (Field::Photoperiod, &["photoperiod", "light hours", "light_h"]),
    (Field::Ppfd, &["ppfd", "µmol", "umol"]),
    (Field::Canopy, &["canopy"]),
    (Field::Stage, &["stage", "phase"]),
    (Field::Cycle, &["cycle", "batch"]),
    (Field::Dry, &["dry"]),
    (Field::Wet, &["wet", "fresh"]),
    (Field::Crop, &["crop", "strain", "cultivar"]),
    (Field::InstalledOn, &["installed"]),
    (Field::RemovedOn, &["removed"]),
    (Field::RatedW, &["rated", "watt", "power_w"]),
    (Field::Quantity, &["quantity", "count", "how many"]),
    (Field::Kind, &["kind", "type"]),
    (Field::Zone, &["zone", "room", "compartment"]),
    (Field::Until, &["until", "to day", "end day"]),
    (Field::From, &["from"]),
    (
        Field::Time,
        &[
            "timestamp",
            "date/time",
            "datetime",
            "date and time",
            "interval start",
            "interval end",
            "start",
            "end",
            "time",
        ],
    ),
    (Field::Date, &["date"]),
    (Field::Day, &["day", "harvested"]),
    (Field::Name, &["name", "model", "make"]),
    (
        Field::Value,
        &["kwh", "usage", "consumption", "energy", "value", "therm", "m3", "m³", "reading", "import"],
    ),
];

/// Guesses from the first rows of a table.
pub fn guess(rows: &[Vec<String>]) -> Settings {
    let header_row = header_row(rows);
    let empty = Vec::new();
    let header = header_row.checked_sub(1).and_then(|index| rows.get(index)).unwrap_or(&empty);
    let sample: Vec<&Vec<String>> = rows.iter().skip(header_row).take(50).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let decimal_comma = decimal_comma(&sample);
    let mut columns: Vec<Option<Field>> = vec![None; width];
    let target = target(header);
    for (index, title) in header.iter().enumerate() {
        let found = field(title, target);
        if found.is_some_and(|field| !columns.contains(&Some(field))) {
            columns[index] = found;
        }
    }
    if target == Target::Intervals {
        by_shape(&mut columns, &sample, decimal_comma);
    }
    let title = |field: Field| {
        let place = columns.iter().position(|column| *column == Some(field));
        place.and_then(|place| header.get(place)).map(|title| title.to_lowercase()).unwrap_or_default()
    };
    let (time, value) = (title(Field::Time), title(Field::Value));
    Settings {
        stage: Stage::Header,
        sheet: 0,
        header_row: u32::try_from(header_row).unwrap_or(0),
        target,
        unit: unit(&value),
        commodity: if value.contains("therm") || value.contains("gas") {
            Commodity::Gas
        } else {
            Commodity::Electricity
        },
        series: String::new(),
        edge: if time.contains("end") { Edge::End } else { Edge::Start },
        clock: if time.contains("utc") { ClockOf::Utc } else { ClockOf::Facility },
        dates: date_order(&sample, &columns),
        decimal_comma,
        columns,
        repairs: BTreeMap::new(),
        skipped: BTreeSet::new(),
    }
}

/// Tells files with the same headings apart from others, so that a mapping is remembered.
pub fn fingerprint(header: &[String]) -> Vec<u8> {
    let text: Vec<String> = header.iter().map(|title| title.trim().to_lowercase()).collect();
    Sha256::digest(text.join("\u{1f}").as_bytes()).to_vec()
}

/// The first row of which several cells are words and below which something can be read as a number or a date.
fn header_row(rows: &[Vec<String>]) -> usize {
    let is_word = |cell: &String| {
        !cell.trim().is_empty() && number(cell, false).is_err() && stamp(cell, DateOrder::DayFirst).is_err()
    };
    let is_data = |cell: &String| {
        number(cell, false).is_ok()
            || stamp(cell, DateOrder::DayFirst).is_ok()
            || stamp(cell, DateOrder::MonthFirst).is_ok()
    };
    let found = rows.windows(2).position(|pair| {
        let words = pair[0].iter().filter(|cell| is_word(cell)).count();
        words >= 2
            && words * 2 > pair[0].iter().filter(|cell| !cell.trim().is_empty()).count()
            && pair[1].iter().any(is_data)
    });
    found.map_or(0, |index| index + 1)
}

fn target(header: &[String]) -> Target {
    let all = header.join(" ").to_lowercase();
    let has = |word: &str| all.contains(word);
    if has("canopy") && (has("ppfd") || has("photoperiod")) {
        Target::CropPlan
    } else if has("harvest") || has("dry_g") || has("wet_g") || (has("cycle") && has("crop")) {
        Target::Harvests
    } else if has("quantity") || has("rated") {
        Target::Equipment
    } else {
        Target::Intervals
    }
}

fn field(title: &str, target: Target) -> Option<Field> {
    let title = title.trim().to_lowercase();
    let allowed = |field: &Field| target.fields().iter().any(|(known, _)| known == field);
    if let Some(exact) = Field::ALL.iter().copied().find(|f| f.as_str() == title && allowed(f)) {
        return Some(exact);
    }
    WORDS
        .iter()
        .find(|(field, words)| allowed(field) && words.iter().any(|word| title.contains(word)))
        .map(|(field, _)| *field)
}

/// Where headings did not tell: the first column of dates is the time, the last of numbers the value.
fn by_shape(columns: &mut [Option<Field>], sample: &[&Vec<String>], decimal_comma: bool) {
    let share = |index: usize, fits: &dyn Fn(&str) -> bool| {
        let cells: Vec<&str> = sample
            .iter()
            .filter_map(|row| row.get(index))
            .map(String::as_str)
            .filter(|c| !c.trim().is_empty())
            .collect();
        !cells.is_empty() && cells.iter().filter(|cell| fits(cell)).count() * 2 > cells.len()
    };
    let is_time =
        |cell: &str| stamp(cell, DateOrder::DayFirst).is_ok() || stamp(cell, DateOrder::MonthFirst).is_ok();
    let free = |columns: &[Option<Field>], index: usize| columns[index].is_none();
    let timed = columns.iter().any(|c| matches!(c, Some(Field::Time | Field::Date)));
    if !timed && let Some(index) = (0..columns.len()).find(|i| free(columns, *i) && share(*i, &is_time)) {
        columns[index] = Some(Field::Time);
    }
    // A column named “date” that holds times as well is both; one named “time” that holds none is the time of day.
    for column in columns.iter_mut().enumerate().filter(|(_, c)| **c == Some(Field::Date)) {
        if share(column.0, &|cell| cell.contains(':')) {
            *column.1 = Some(Field::Time);
        }
    }
    let dated = columns.contains(&Some(Field::Date));
    for column in columns.iter_mut().enumerate().filter(|(_, c)| **c == Some(Field::Time)) {
        if dated && share(column.0, &|cell| super::value::clock(cell).is_some()) {
            *column.1 = Some(Field::Clock);
        }
    }
    if !columns.contains(&Some(Field::Value)) {
        let is_number = |cell: &str| number(cell, decimal_comma).is_ok();
        if let Some(index) = (0..columns.len()).rev().find(|i| free(columns, *i) && share(*i, &is_number)) {
            columns[index] = Some(Field::Value);
        }
    }
}

fn unit(title: &str) -> ValueUnit {
    match title {
        t if t.contains("mwh") => ValueUnit::MegawattHour,
        t if t.contains("kwh") => ValueUnit::KilowattHour,
        t if t.contains("(wh)") || t.ends_with(" wh") || t == "wh" => ValueUnit::WattHour,
        t if t.contains("kw") => ValueUnit::Kilowatt,
        t if t.contains("therm") => ValueUnit::Therm,
        t if t.contains("m3") || t.contains("m³") => ValueUnit::CubicMetre,
        _ => ValueUnit::KilowattHour,
    }
}

/// Whether numbers such as `12,5` occur and none such as `12.5`.
fn decimal_comma(sample: &[&Vec<String>]) -> bool {
    let ends_in = |cell: &str, mark: char| {
        cell.trim().rsplit_once(mark).is_some_and(|(whole, part)| {
            !whole.is_empty()
                && whole.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | ','))
                && !part.is_empty()
                && part.len() != 3
                && part.chars().all(|c| c.is_ascii_digit())
                && !whole.contains(mark)
        })
    };
    let any = |mark| sample.iter().flat_map(|row| row.iter()).any(|cell| ends_in(cell, mark));
    any(',') && !any('.')
}

/// Month first only where some second part of a date is over 12 and no first part is.
fn date_order(sample: &[&Vec<String>], columns: &[Option<Field>]) -> DateOrder {
    let dated = columns.iter().enumerate().filter(|(_, c)| {
        matches!(
            c,
            Some(
                Field::Time
                    | Field::Date
                    | Field::From
                    | Field::Until
                    | Field::Day
                    | Field::InstalledOn
                    | Field::RemovedOn
            )
        )
    });
    let places: Vec<usize> = dated.map(|(index, _)| index).collect();
    let fits = |order| {
        let cells = sample.iter().flat_map(|row| places.iter().filter_map(|place| row.get(*place)));
        cells.filter(|cell| !cell.trim().is_empty()).all(|cell| stamp(cell, order).is_ok())
    };
    let slashes = sample.iter().flat_map(|row| row.iter()).any(|cell| cell.contains('/'));
    match (fits(DateOrder::DayFirst), fits(DateOrder::MonthFirst)) {
        (false, true) => DateOrder::MonthFirst,
        (true, true) if slashes => DateOrder::MonthFirst,
        _ => DateOrder::DayFirst,
    }
}
