use super::*;
use proptest::prelude::*;
use std::io::Write;

fn all(bytes: &[u8], format: Format) -> Vec<(u32, Vec<String>)> {
    let mut found = Vec::new();
    rows(bytes, format, &mut |row, cells| {
        found.push((row, cells));
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

/// A workbook of one sheet with these rows of XML.
fn workbook(rows: &str) -> Vec<u8> {
    workbook_of(&[("Data", "", rows)])
}

type SheetXml<'a> = (&'a str, &'a str, &'a str);

/// A workbook of these sheets: name, further attributes, what comes before and within its rows of XML.
fn workbook_of(sheets: &[SheetXml<'_>]) -> Vec<u8> {
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let of = |each: &dyn Fn(usize, &SheetXml<'_>) -> String| -> String {
        sheets.iter().enumerate().map(|(i, sheet)| each(i + 1, sheet)).collect()
    };
    let listed =
        of(&|n, (name, more, _)| format!(r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{more}/>"#));
    let related = of(&|n, _| {
        format!(
            r#"<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>"#
        )
    });
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#.to_owned()),
        ("_rels/.rels".to_owned(), r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml".to_owned(), format!(r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{listed}</sheets></workbook>"#)),
        ("xl/_rels/workbook.xml.rels".to_owned(), format!(r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}<Relationship Id="styles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#)),
        ("xl/styles.xml".to_owned(), r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>"#.to_owned()),
    ];
    for (index, (_, _, rows)) in sheets.iter().enumerate() {
        let (dimension, rows) = rows
            .split_once("/>")
            .filter(|(d, _)| d.starts_with("<dimension"))
            .map_or((String::new(), *rows), |(d, rest)| (format!("{d}/>"), rest));
        parts.push((format!("xl/worksheets/sheet{}.xml", index + 1), format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{dimension}<sheetData>{rows}</sheetData></worksheet>"#)));
    }
    for (name, content) in parts {
        file.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

#[test]
fn delimiters_and_encodings_are_told_apart() {
    let expect = |bytes: &[u8]| {
        assert_eq!(detect(bytes), Some(Format::Csv));
        assert_eq!(all(bytes, Format::Csv)[1].1, ["31.01.2026", "1,5", "Blüte"]);
    };
    expect("Tag;Wert;Phase\n31.01.2026;1,5;Blüte\n".as_bytes());
    expect("\u{feff}Tag;Wert;Phase\r\n31.01.2026;1,5;Blüte\r\n".as_bytes());
    expect("Tag\tWert\tPhase\n31.01.2026\t1,5\tBlüte\n".as_bytes());
    expect("Tag,Wert,Phase\n31.01.2026,\"1,5\",Blüte\n".as_bytes());
    expect(b"Tag|Wert|Phase\n31.01.2026|1,5|Bl\xfcte\n");
    let wide: Vec<u8> =
        "Tag;Wert;Phase\n31.01.2026;1,5;Blüte\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe][..], &wide].concat();
    assert_eq!(all(&marked, Format::Csv)[1].1, ["31.01.2026", "1,5", "Blüte"]);
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let found = all(b"Account 7\n\na,b\n1,\"two\nlines\"\n3,4\n", Format::Csv);
    let numbers: Vec<(u32, usize)> = found.iter().map(|(row, cells)| (*row, cells.len())).collect();
    assert_eq!(numbers, [(1, 1), (2, 0), (3, 2), (4, 2), (5, 2)]);
}

#[test]
fn a_workbook_gives_dates_and_numbers_as_text() {
    // 46053.583333333336 is 2026-01-31 14:00 in days since 1899-12-30.
    let file = workbook(
        r#"<row r="2"><c r="A2" t="inlineStr"><is><t>Time</t></is></c><c r="B2" t="inlineStr"><is><t>kWh</t></is></c></row>
        <row r="3"><c r="A3" s="1"><v>46053.583333333336</v></c><c r="B3"><v>12.5</v></c></row>"#,
    );
    assert_eq!(detect(&file), Some(Format::Xlsx(0)));
    let found = all(&file, Format::Xlsx(0));
    assert_eq!(found[0], (1, vec![]));
    assert_eq!(found[1], (2, vec!["Time".to_owned(), "kWh".to_owned()]));
    assert_eq!(found[2], (3, vec!["2026-01-31 14:00:00".to_owned(), "12.5".to_owned()]));
}

#[test]
fn sheets_are_named_and_each_is_read_by_itself() {
    let cell = |text: &str| format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>"#);
    let told = format!(r#"<dimension ref="A1:B8761"/>{}"#, cell("time"));
    let file = workbook_of(&[
        ("Cover", "", r#"<dimension ref="A1:C9"/><row r="9"><c r="C9"/></row>"#),
        ("Lists", r#" state="hidden""#, &cell("kinds")),
        ("Readings", "", &told),
        ("Notes", "", &cell("by hand")),
    ]);
    let found: Vec<_> = sheets(&file).unwrap().into_iter().map(|s| (s.name, s.rows, s.filled)).collect();
    let expected = [("Cover", None, false), ("Readings", Some(8_761), true), ("Notes", None, true)];
    assert_eq!(found, expected.map(|(name, rows, filled)| (name.to_owned(), rows, filled)));
    let first = |sheet| head(&file, Format::Xlsx(sheet), 1).unwrap();
    assert_eq!((first(1), first(2)), (vec![vec!["time".to_owned()]], vec![vec!["by hand".to_owned()]]));
    assert!(
        matches!(head(&file, Format::Xlsx(3), 1), Err(TableError::Broken(_))),
        "the hidden one does not count"
    );
}

/// A cell at the far corner of a sheet asks for a rectangle of 17 thousand million cells.
#[test]
fn a_cell_far_out_costs_nothing() {
    let far = workbook(
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>"#,
    );
    let refused = rows(&far, Format::Xlsx(0), &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TableError::TooMuch(_))), "{refused:?}");
    let wide = workbook(r#"<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>"#);
    let refused = rows(&wide, Format::Xlsx(0), &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TableError::Row { row: 1, .. })), "{refused:?}");
}

#[test]
fn what_is_no_table_is_refused() {
    assert_eq!(detect(b"<?xml version=\"1.0\"?><feed/>"), None);
    assert_eq!(detect(b"%PDF-1.7\n\x00\x01"), None);
    assert_eq!(detect(b""), None);
    assert!(rows(b"PK\x03\x04 broken", Format::Xlsx(0), &mut |_, _| ControlFlow::Continue(())).is_err());
    let long = format!("a,b\n{},1\n", "x".repeat(CELL_MAX + 1));
    let refused = rows(long.as_bytes(), Format::Csv, &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TableError::Row { row: 2, .. })), "{refused:?}");
    let wide = ",".repeat(COLUMNS_MAX + 1);
    assert!(rows(wide.as_bytes(), Format::Csv, &mut |_, _| ControlFlow::Continue(())).is_err());
}

#[test]
fn a_workbook_that_says_it_unfolds_to_more_than_is_taken_is_refused() {
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    file.start_file("xl/workbook.xml", options).unwrap();
    file.write_all(&vec![b' '; (4 << 20) + 1]).unwrap();
    let bytes = file.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    let refused = xlsx_rows(&bytes, (0, 4 << 20), &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TableError::TooMuch(_))), "{refused:?}");
}

proptest! {
    /// Whatever comes, there is an answer, and rows are numbered upwards.
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400), as_workbook in any::<bool>()) {
        let (format, file) = if as_workbook { (Format::Xlsx(0), [b"PK\x03\x04".as_slice(), &bytes].concat()) } else { (Format::Csv, bytes) };
        let mut last = 0;
        let _ = rows(&file, format, &mut |row, _| {
            assert!(row > last);
            last = row;
            ControlFlow::Continue(())
        });
    }

    /// Cells that are written are read back.
    #[test]
    fn cells_come_back(table in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9 .;\"]{1,12}", 3), 1..20)) {
        let text: String = table
            .iter()
            .map(|row| row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(",") + "\n")
            .collect();
        let found: Vec<Vec<String>> = all(text.as_bytes(), Format::Csv).into_iter().map(|(_, cells)| cells).collect();
        prop_assert_eq!(found, table);
    }
}

mod fuzz;
