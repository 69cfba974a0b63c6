use crate::{Table, table_csv, table_json, table_xlsx};
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

fn table() -> Table {
    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    Table {
        title: "Savings by day".to_owned(),
        about: vec![("Time zone".to_owned(), "America/Denver".to_owned())],
        columns: row(["Day", "Savings", "Covered", "Note", "When"]),
        rows: vec![
            row(["2026-11-01", "−1,234.50\u{a0}kWh", "97.4\u{a0}%", "=1+1", "20 Nov"]),
            row(["2026-11-02", "–", "100\u{a0}%", "12 of 20", "21 Nov"]),
            row(["2026-11-03", "0.25 kWh", "", "", "22 Nov"]),
        ],
        generated_at: "2026-11-23T10:00:00Z".parse().unwrap(),
    }
}

#[test]
fn a_column_of_figures_becomes_numbers_with_the_unit_in_its_heading() {
    let csv = table_csv(&table());
    let expected = "# Savings by day\r\n# Time zone,America/Denver\r\n# Generated at,2026-11-23T10:00:00Z\r\n\
        Day,Savings (kWh),Covered (%),Note,When\r\n2026-11-01,-1234.50,97.4,\"'=1+1\",20 Nov\r\n\
        2026-11-02,,100,12 of 20,21 Nov\r\n2026-11-03,0.25,,,22 Nov\r\n";
    assert_eq!(csv, expected);
}

#[test]
fn a_column_of_several_units_and_codes_with_zeros_stay_text() {
    let mut mixed = table();
    mixed.rows[2][1] = "3 MWh".to_owned();
    mixed.rows[0][3] = "007".to_owned();
    let json = table_json(&mixed);
    assert_eq!(json["columns"][1], "Savings");
    assert_eq!(json["rows"][0][1], "−1,234.50\u{a0}kWh");
    assert_eq!(json["rows"][0][3], "007");
    assert_eq!(json["rows"][1][2], 100.0);
    assert_eq!(json["about"]["Time zone"], "America/Denver");
}

#[test]
fn a_workbook_holds_numbers_as_numbers_and_texts_as_texts() {
    let bytes = table_xlsx(&table()).unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let at = |row, column| sheet.get_value((row, column)).cloned().unwrap_or(Data::Empty);
    assert_eq!(at(4, 1), Data::String("Savings (kWh)".to_owned()));
    assert_eq!(at(5, 1), Data::Float(-1234.5));
    assert_eq!(at(5, 3), Data::String("=1+1".to_owned()));
    assert_eq!(at(6, 1), Data::Empty);
}
