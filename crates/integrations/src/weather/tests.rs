use super::{StationKind, read as read_any, *};

fn read(bytes: &[u8]) -> Result<Weather> {
    read_any(bytes).map(|(_, weather)| weather)
}
use proptest::prelude::*;

const EPW_HEAD: &str = "LOCATION,Mountain Place,CO,USA,own,724690,39.74,-105.18,-7.0,1829.0\n\
    DESIGN CONDITIONS,0\nTYPICAL/EXTREME PERIODS,0\nGROUND TEMPERATURES,0\nHOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0\n\
    COMMENTS 1,x\nCOMMENTS 2,y\nDATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31\n";

fn epw_row(year: i32, month: u32, day: u32, hour: u32, temperature: &str, ghi: &str) -> String {
    format!("{year},{month},{day},{hour},60,?9?9,{temperature},-3.5,55,82000,0,0,290,{ghi},0,0,0,0,0,0,0,0\n")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn an_epw_of_one_year_keeps_its_year_and_ends_hours_at_their_label() {
    let rows = [
        epw_row(2025, 1, 1, 1, "-4.4", "0"),
        epw_row(2025, 1, 1, 24, "99.9", "9999"),
        epw_row(2025, 12, 31, 24, "2.25", "0"),
    ];
    let weather = read(format!("{EPW_HEAD}{}", rows.concat()).as_bytes()).unwrap();
    let station = weather.station.as_ref().unwrap();
    assert_eq!((station.id.as_str(), station.name.as_str()), ("724690", "Mountain Place"));
    assert_eq!((station.latitude, station.longitude, station.elevation_m), (39.74, -105.18, Some(1829.0)));
    assert!(!weather.typical);
    // Midnight of the standard time seven hours behind UTC.
    assert_eq!(weather.hours[0].start, at("2025-01-01T07:00:00Z"));
    assert_eq!((weather.hours[0].temperature_c, weather.hours[0].irradiance_w_m2), (Some(-4.4), Some(0.0)));
    assert_eq!((weather.hours[1].temperature_c, weather.hours[1].irradiance_w_m2), (None, None));
    assert_eq!(weather.hours[2].start, at("2026-01-01T06:00:00Z"));
}

#[test]
fn an_epw_of_several_years_is_typical() {
    let rows = [
        epw_row(2003, 1, 31, 24, "1.0", "0"),
        epw_row(2008, 2, 1, 1, "2.0", "0"),
        epw_row(2008, 2, 29, 1, "9.0", "0"),
        epw_row(2008, 12, 31, 24, "3.0", "0"),
    ];
    let weather = read(format!("{EPW_HEAD}{}", rows.concat()).as_bytes()).unwrap();
    assert!(weather.typical);
    let found: Vec<_> = weather.hours.iter().map(|h| (h.start, h.temperature_c.unwrap())).collect();
    let expected = [
        (at("2001-02-01T06:00:00Z"), 1.0),
        (at("2001-02-01T07:00:00Z"), 2.0),
        (at("2002-01-01T06:00:00Z"), 3.0),
    ];
    assert_eq!(found, expected);
}

const TMY3_HEAD: &str = "724690,\"MOUNTAIN PLACE\",CO,-7.0,39.74,-105.18,1829\n\
    Date (MM/DD/YYYY),Time (HH:MM),ETR (W/m^2),GHI (W/m^2),GHI source,Dry-bulb (C),Dry-bulb source,Dew-point (C)\n";

#[test]
fn tmy3_is_typical_and_finds_its_columns_by_name() {
    let rows = "01/01/1988,01:00,0,0,1,-5.6,A,-9.4\n07/04/1995,13:00,1320,905,1,31.2,A,-9900\n";
    let weather = read(format!("{TMY3_HEAD}{rows}").as_bytes()).unwrap();
    assert_eq!(weather.station.as_ref().unwrap().name, "MOUNTAIN PLACE");
    assert!(weather.typical);
    let (first, second) = (weather.hours[0], weather.hours[1]);
    assert_eq!((first.start, first.temperature_c), (at("2001-01-01T07:00:00Z"), Some(-5.6)));
    assert_eq!((second.start, second.irradiance_w_m2), (at("2001-07-04T19:00:00Z"), Some(905.0)));
    assert_eq!((second.temperature_c, second.dew_point_c), (Some(31.2), None));
}

#[test]
fn isd_lite_is_utc_in_tenths() {
    let lines = "2025 01 01 00   -44   -83 10201   290    36     2     0 -9999\n\
                 2025 01 01 01 -9999 -9999 10203   280    31 -9999 -9999 -9999\n";
    let weather = read(lines.as_bytes()).unwrap();
    assert_eq!((weather.station.as_ref(), weather.typical), (None, false));
    assert_eq!(weather.hours[0].start, at("2025-01-01T00:00:00Z"));
    assert_eq!((weather.hours[0].temperature_c, weather.hours[0].dew_point_c), (Some(-4.4), Some(-8.3)));
    assert_eq!(weather.hours[1].temperature_c, None);
}

#[test]
fn a_table_of_hours_finds_its_columns_by_name() {
    let text = "# from the roof\nTime,temperature_f,wind_m_s,irradiance_w_m2,dew_point_f\n\
        2026-03-01T07:00:00Z,50,3,,41\n2026-03-01T01:00:00-07:00,,3,120.5,\n2026-03-01 09:00,14,2,0,\n\n";
    let (kind, weather) = read_any(text.as_bytes()).unwrap();
    assert_eq!((kind, weather.typical, weather.station), (StationKind::Csv, false, None));
    let found: Vec<_> =
        weather.hours.iter().map(|h| (h.start, h.temperature_c, h.dew_point_c, h.irradiance_w_m2)).collect();
    let expected = [
        (at("2026-03-01T07:00:00Z"), Some(10.0), Some(5.0), None),
        (at("2026-03-01T08:00:00Z"), None, None, Some(120.5)),
        (at("2026-03-01T09:00:00Z"), Some(-10.0), None, Some(0.0)),
    ];
    assert_eq!(found, expected);
    let refused =
        |rows: &str| read_any(format!("time,temperature_c\n{rows}").as_bytes()).unwrap_err().to_string();
    assert_eq!(refused("yesterday,1\n"), "line 2, time: `yesterday` is not of the form 2026-03-01T07:00:00Z");
    assert_eq!(
        refused("2026-03-01T07:15:00Z,1\n"),
        "line 2, time: `2026-03-01T07:15:00Z` is not the beginning of an hour"
    );
    assert_eq!(refused("2026-03-01T07:00:00Z,warm\n"), "line 2, temperature: `warm` is not a number");
    assert_eq!(
        refused("2026-03-01T07:00:00Z,451\n"),
        "line 2, temperature: 451 °C is not between −90 and 70 °C"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let shown = |text: String| read(text.as_bytes()).unwrap_err().to_string();
    let epw = |rows: String| shown(format!("{EPW_HEAD}{rows}"));
    assert_eq!(
        epw(epw_row(2025, 1, 1, 1, "warm", "0")),
        "line 9, dry bulb temperature: `warm` is not a number"
    );
    assert_eq!(epw(epw_row(2025, 2, 30, 1, "1", "0")), "line 9, date: there is no 2025-02-30");
    assert_eq!(epw(epw_row(2025, 2, 3, 25, "1", "0")), "line 9, hour: 25 is not between 1 and 24");
    assert!(epw(epw_row(2025, 2, 3, 2, "99.9", "0")).contains("not a single temperature"));
    let tmy3 = |rows: &str| shown(format!("{TMY3_HEAD}{rows}"));
    assert_eq!(tmy3("1988-01-01,01:00\n"), "line 3, date: `1988-01-01` is not of the form MM/DD/YYYY");
    assert_eq!(tmy3("01/01/1988,01:30,0\n"), "line 3, time: `01:30` is not of the form HH:00");
    let isd = "2025 13 01 00 1 1 1 1 1 1 1 1\n";
    assert_eq!(shown(isd.to_owned()), "line 1, date: there is no hour 2025 13 01 00");
    assert!(shown("day,temperature\n1,2\n".to_owned()).contains("no EPW, TMY3, ISD-Lite or CSV"));
    assert!(shown(String::new()).contains("no EPW, TMY3, ISD-Lite or CSV"));
}

proptest! {
    /// Whatever stands in a file, it is read or refused.
    #[test]
    fn no_file_makes_it_panic(head in 0..4_usize, body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let head = [EPW_HEAD, TMY3_HEAD, "2025 01 01 00 1 1 1 1 1 1 1 1\n", "time,temperature_c\n"][head];
        let _ = read(&[head.as_bytes(), &body].concat());
    }

    /// An hour of EPW survives for every zone, and 24 hours of a day follow each other.
    #[test]
    fn hours_of_a_day_are_consecutive(quarters in -48_i32..=56, day in 1_u32..=28, month in 1_u32..=12) {
        let offset = f64::from(quarters) / 4.0;
        let starts: Vec<_> = (1..=24).map(|h| hour_ending((2025, month, day), h, offset, 1).unwrap()).collect();
        prop_assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::hours(1)));
        let midnight = starts[0] + TimeDelta::minutes(i64::from(quarters) * 15);
        prop_assert_eq!(midnight.time(), chrono::NaiveTime::MIN);
    }
}
