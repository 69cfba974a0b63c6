//! Cells of CSV files (RFC 4180) that no spreadsheet takes for a formula.
//!
//! A text that begins as a formula does is neutralised by an apostrophe (OWASP, CSV injection).

/// Appends one line of text cells.
pub fn line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        text(out, cell);
    }
    out.push_str("\r\n");
}

/// Appends a text. One that a spreadsheet would compute gets an apostrophe before it; write numbers without this.
pub fn text(out: &mut String, cell: &str) {
    let computes = cell
        .trim_start_matches([' ', '\u{a0}', '\u{3000}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\u{2212}']);
    let quoted = computes || cell.contains(['"', ',', ';', '\r', '\n', '\t']);
    if quoted {
        out.push('"');
    }
    if computes {
        out.push('\'');
    }
    out.push_str(&cell.replace('"', "\"\""));
    if quoted {
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        let mut out = String::new();
        line(&mut out, ["plain", "a \"b\", c", "=1+1", " @sum", "＝1", "-2", "two\nlines", ""]);
        let expected = "plain,\"a \"\"b\"\", c\",\"'=1+1\",\"' @sum\",\"'＝1\",\"'-2\",\"two\nlines\",\r\n";
        assert_eq!(out, expected);
    }
}
