use super::*;
use chrono::{DateTime, Utc};
use chrono_tz::{America::New_York, Australia::Lord_Howe};
use rust_decimal::Decimal;

fn table(text: &str, delimiter: char) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(delimiter).map(str::to_owned).collect()).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn intervals(
    settings: &Settings,
    rows: &[Vec<String>],
    zone: chrono_tz::Tz,
) -> Vec<Result<IntervalRow, RowError>> {
    let mut reader = Reader::new(settings, zone, BTreeMap::new());
    let from = settings.header_row as usize;
    rows.iter()
        .skip(from)
        .zip(settings.header_row + 1..)
        .map(|(cells, row)| reader.interval(row, cells))
        .collect()
}

#[test]
fn a_utility_export_is_understood_by_its_headings() {
    let rows = table(
        "Account 123\n\nInterval End,Meter,Usage (kWh)\n01/31/2026 2:15 PM,7,\"12\"\n02/01/2026 2:30 PM,7,3",
        ',',
    );
    let found = guess(&rows);
    assert_eq!((found.header_row, found.target), (3, Target::Intervals));
    assert_eq!(found.columns, [Some(Field::Time), None, Some(Field::Value)]);
    assert_eq!(
        (found.edge, found.unit, found.dates),
        (Edge::End, ValueUnit::KilowattHour, DateOrder::MonthFirst)
    );
    assert!(found.lacking().is_empty());
}

#[test]
fn european_files_are_understood_by_their_shape() {
    let rows = table("Zeit;Wert\n31.01.2026 14:00;1.234,5\n31.01.2026 15:00;7,25", ';');
    let found = guess(&rows);
    assert_eq!(found.columns, [Some(Field::Time), Some(Field::Value)]);
    assert!(found.decimal_comma);
    assert_eq!(found.dates, DateOrder::DayFirst);
    let read = intervals(&found, &rows, chrono_tz::UTC);
    assert_eq!(read[0].as_ref().unwrap().value, Some("1234.5".parse().unwrap()));
}

#[test]
fn date_and_time_may_be_two_columns() {
    let rows = table("Date,Time,kWh\n2026-01-31,14:00,1\n2026-01-31,14:15,2", ',');
    let found = guess(&rows);
    assert_eq!(found.columns, [Some(Field::Date), Some(Field::Clock), Some(Field::Value)]);
    let read = intervals(&found, &rows, chrono_tz::UTC);
    assert_eq!(read[1].as_ref().unwrap().at, at("2026-01-31T14:15:00Z"));
}

#[test]
fn production_files_are_told_from_meter_readings() {
    let plan = guess(&table(
        "zone,from,until,stage,canopy_m2,photoperiod_h,ppfd\nflower-1,2026-01-01,,flower,60,12,900",
        ',',
    ));
    assert_eq!(plan.target, Target::CropPlan);
    assert!(plan.lacking().is_empty(), "{:?}", plan.lacking());
    let harvests =
        guess(&table("zone,day,crop,cycle,dry_g,wet_g\nflower-1,2026-01-01,cannabis,7,16160,", ','));
    assert_eq!(harvests.target, Target::Harvests);
    assert!(harvests.lacking().is_empty(), "{:?}", harvests.lacking());
    let equipment = guess(&table("room,kind,name,quantity,rated_w\nflower-1,luminaire,X,10,630", ','));
    assert_eq!(equipment.target, Target::Equipment);
    assert!(equipment.lacking().is_empty(), "{:?}", equipment.lacking());
}

#[test]
fn what_a_mapping_lacks_is_said() {
    let mut settings = guess(&table("a,b\nx,y", ','));
    settings.columns = vec![Some(Field::Value), Some(Field::Value)];
    let lacking = settings.lacking().join(" ");
    assert!(lacking.contains("said of 2 columns") && lacking.contains("Date and time"), "{lacking}");
}

#[test]
fn numbers_and_times_are_read_as_people_write_them() {
    let n = |text, comma| number(text, comma).map(|v| v.to_string());
    assert_eq!(n("1,234.5 kWh", false), Ok("1234.5".into()));
    assert_eq!(n("1.234,5", true), Ok("1234.5".into()));
    assert_eq!(n("−3", false), Ok("-3".into()));
    assert_eq!(n("1.5e3", false).map(|v| v.parse::<Decimal>().unwrap()), Ok(Decimal::from(1_500)));
    for wrong in ["", "abc", "1-2", "--"] {
        assert!(n(wrong, false).is_err(), "{wrong}");
    }
    let t = |text, order| {
        stamp(text, order).map(|(at, offset)| (at.to_string(), offset.map(|o| o.local_minus_utc())))
    };
    let iso = Ok(("2026-01-31 14:00:00".to_owned(), None));
    assert_eq!(t("2026-01-31 14:00", DateOrder::DayFirst), iso);
    assert_eq!(t("31/01/2026 2:00 pm", DateOrder::DayFirst), iso);
    assert_eq!(t("1/31/26 14:00:00", DateOrder::MonthFirst), iso);
    assert_eq!(
        t("2026-01-31T14:00:00-05:00", DateOrder::DayFirst),
        Ok(("2026-01-31 14:00:00".to_owned(), Some(-18_000)))
    );
    assert!(t("12:00 AM", DateOrder::DayFirst).is_err());
    for wrong in ["31/31/2026", "2026-02-30", "yesterday", "2026-01-31 25:00", "1/31/2026 13:00 PM"] {
        assert!(t(wrong, DateOrder::MonthFirst).is_err(), "{wrong}");
    }
}

/// New York: 2026-03-08 02:30 does not exist, 2026-11-01 01:30 is there twice.
#[test]
fn the_hour_that_occurs_twice_is_told_by_its_order_and_the_skipped_one_is_an_error() {
    let rows = table(
        "time,kWh\n2026-11-01 00:30,1\n2026-11-01 01:00,1\n2026-11-01 01:30,1\n2026-11-01 01:00,1\n2026-11-01 01:30,1\n2026-11-01 02:00,1\n2026-03-08 02:30,1",
        ',',
    );
    let read = intervals(&guess(&rows), &rows, New_York);
    let times: Vec<String> = read[..6].iter().map(|r| r.as_ref().unwrap().at.to_string()).collect();
    assert_eq!(
        times,
        [
            "2026-11-01 04:30:00 UTC",
            "2026-11-01 05:00:00 UTC",
            "2026-11-01 05:30:00 UTC",
            "2026-11-01 06:00:00 UTC",
            "2026-11-01 06:30:00 UTC",
            "2026-11-01 07:00:00 UTC",
        ]
    );
    let error = read[6].as_ref().unwrap_err();
    assert_eq!((error.row, error.column), (8, Some(0)));
    assert!(error.message.contains("does not exist in America/New_York"), "{}", error.message);
}

#[test]
fn files_that_begin_with_the_newest_row_are_read_too() {
    let rows = table(
        "time,kWh\n2026-11-01 02:30,1\n2026-11-01 02:00,1\n2026-11-01 01:30,1\n2026-11-01 01:00,1\n2026-11-01 01:30,1\n2026-11-01 01:00,1\n2026-11-01 00:30,1",
        ',',
    );
    let read = intervals(&guess(&rows), &rows, New_York);
    let times: Vec<DateTime<Utc>> = read.iter().map(|r| r.as_ref().unwrap().at).collect();
    assert!(times.windows(2).all(|pair| (pair[0] - pair[1]).num_minutes() == 30), "{times:?}");
}

/// Lord Howe turns its clock by half an hour: on 2026-04-05 01:30 to 02:00 is there twice.
#[test]
fn clocks_that_turn_by_half_an_hour_are_read_too() {
    let rows = table(
        "time,kWh\n2026-04-05 01:15,1\n2026-04-05 01:30,1\n2026-04-05 01:45,1\n2026-04-05 01:30,1\n2026-04-05 01:45,1\n2026-04-05 02:00,1",
        ',',
    );
    let read = intervals(&guess(&rows), &rows, Lord_Howe);
    let times: Vec<DateTime<Utc>> = read.iter().map(|r| r.as_ref().unwrap().at).collect();
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0]).num_minutes() == 15), "{times:?}");
}

#[test]
fn a_bad_cell_is_named_by_row_and_column() {
    let rows = table("time,kWh\n2026-01-01 00:00,1\n2026-01-01 00:15,n/a\nsoon,3\n2026-01-01 00:45,", ',');
    let read = intervals(&guess(&rows), &rows, chrono_tz::UTC);
    let errors: Vec<(u32, Option<u32>, &str)> =
        read.iter().filter_map(|r| r.as_ref().err()).map(|e| (e.row, e.column, e.value.as_str())).collect();
    assert_eq!(errors, [(3, Some(1), "n/a"), (4, Some(0), "soon")]);
    assert_eq!(read[3].as_ref().unwrap().value, None, "an empty value is a gap");
}

#[test]
fn units_become_what_is_stored() {
    let amount = |unit: ValueUnit| unit.amount(Decimal::new(25, 1), 900);
    assert_eq!(amount(ValueUnit::KilowattHour), Decimal::from(2_500));
    assert_eq!(amount(ValueUnit::Kilowatt), Decimal::from(625));
    assert_eq!(amount(ValueUnit::Therm), Decimal::new(25, 1));
}
