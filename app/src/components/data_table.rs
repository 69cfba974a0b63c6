//! Tables of values behind charts: many rows of plain text, made as one piece of HTML so that hydration does not have
//! to walk a thousand rows. Scrolls in a region that takes the keyboard's focus.

use leptos::prelude::*;

/// Plain rows under plain headings; the first column names the row, the others are figures unless they hold words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// What the table shows, with unit and time zone.
    pub caption: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Cells, one per heading.
    pub rows: Vec<Vec<String>>,
    /// A last row of totals.
    pub totals: Option<Vec<String>>,
}

/// The table in its region.
#[component]
pub fn DataTable(#[prop(into)] data: Signal<Data>) -> impl IntoView {
    view! {
        <div
            class="table-scroll tall"
            role="region"
            tabindex="0"
            aria-label=move || data.with(|d| d.caption.clone())
            inner_html=move || data.with(html)
        ></div>
    }
    .into_any()
}

fn html(data: &Data) -> String {
    let mut out = String::from("<table><caption>");
    escape(&mut out, &data.caption);
    out.push_str("</caption><thead><tr>");
    for (i, column) in data.columns.iter().enumerate() {
        out.push_str(if i == 0 { "<th scope=\"col\">" } else { "<th scope=\"col\" class=\"num\">" });
        escape(&mut out, column);
        out.push_str("</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for row in &data.rows {
        cells(&mut out, row);
    }
    out.push_str("</tbody>");
    if let Some(totals) = &data.totals {
        out.push_str("<tfoot>");
        cells(&mut out, totals);
        out.push_str("</tfoot>");
    }
    out.push_str("</table>");
    out
}

fn cells(out: &mut String, row: &[String]) {
    out.push_str("<tr>");
    for (i, cell) in row.iter().enumerate() {
        out.push_str(if i == 0 { "<th scope=\"row\" class=\"nowrap\">" } else { "<td class=\"num\">" });
        escape(out, cell);
        out.push_str(if i == 0 { "</th>" } else { "</td>" });
    }
    out.push_str("</tr>");
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_rows_are_named() {
        let table = html(&Data {
            caption: "Energy, kWh".into(),
            columns: vec!["Hour".into(), "<b>".into()],
            rows: vec![vec!["14:00".into(), "a & b".into()]],
            totals: Some(vec!["Sum".into(), "1".into()]),
        });
        assert!(
            table.contains("<th scope=\"row\" class=\"nowrap\">14:00</th><td class=\"num\">a &amp; b</td>")
        );
        assert!(table.contains("&lt;b&gt;") && table.contains("<tbody>") && table.contains("<tfoot>"));
    }
}
