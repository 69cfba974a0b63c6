//! Files of rows, read back by others.

use crate::{RowCell, RowFile};
use calamine::{Data, Reader, Xlsx};
use domain::export::FileKind;
use flate2::read::GzDecoder;
use rust_decimal::Decimal;
use std::io::{Cursor, Read};

/// A file of `n` rows, taken away in pieces, with the largest piece that was ever waiting.
fn file(kind: FileKind, n: i64) -> (Vec<u8>, usize) {
    let about = [("facility", "=Cedar & <Sons>".to_owned())];
    let mut file = RowFile::new(kind, &about, &["start", "value"]).unwrap();
    let (mut bytes, mut largest) = (vec![], 0);
    for i in 0..n {
        let value = (i % 7 != 0).then(|| Decimal::new(i * 1_013 - 5_000, 3));
        let start = format!("-{i}\u{1}");
        file.row(&[RowCell::Text(&start), RowCell::Number(value)]).unwrap();
        if i % 100 == 0 {
            let piece = file.take();
            largest = largest.max(piece.len());
            bytes.extend(piece);
        }
    }
    assert_eq!(file.rows(), u64::try_from(n).unwrap());
    bytes.extend(file.finish().unwrap());
    (bytes, largest)
}

#[test]
fn csv_is_the_same_compressed() {
    let (plain, _) = file(FileKind::Csv, 2_000);
    let text = String::from_utf8(plain).unwrap();
    assert!(text.starts_with("# facility,\"'=Cedar & <Sons>\"\r\nstart,value\r\n"), "{}", &text[..80]);
    assert!(text.contains("\r\n\"'-1\u{1}\",-3.987\r\n\"'-2\u{1}\",-2.974\r\n"));
    assert!(text.contains("\r\n\"'-7\u{1}\",\r\n"), "what is not known is empty");
    let (gzip, largest) = file(FileKind::CsvGz, 2_000);
    let mut unpacked = String::new();
    GzDecoder::new(gzip.as_slice()).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
    assert!(largest < gzip.len(), "it is taken away while it is written");
}

#[test]
fn a_workbook_is_read_by_others_and_never_whole_in_memory() {
    let (bytes, largest) = file(FileKind::Xlsx, 30_000);
    let mut book = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
    let sheet = book.worksheet_range("Data").unwrap();
    assert_eq!(sheet.height(), 30_002);
    assert_eq!(sheet.get((0, 1)), Some(&Data::String("=Cedar & <Sons>".to_owned())), "no formula");
    assert_eq!(sheet.get((3, 0)), Some(&Data::String("-1 ".to_owned())));
    assert_eq!(sheet.get((3, 1)), Some(&Data::Float(-3.987)));
    assert_eq!(sheet.get((2, 1)), Some(&Data::Empty));
    assert!(largest * 2 < bytes.len(), "{largest} of {} bytes waited at once", bytes.len());
}
