//! Tables of things: a handful of columns, cells with links and forms. On phones each row becomes a card.

use leptos::prelude::*;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading, and the label of its cells on phones.
    pub title: &'static str,
    /// Figures are set to the right.
    pub numeric: bool,
}

/// A column of text.
pub fn text(title: &'static str) -> Column {
    Column { title, numeric: false }
}

/// A column of figures.
pub fn numeric(title: &'static str) -> Column {
    Column { title, numeric: true }
}

/// The table. The first cell of each row names the row. Roles are spelt out because on phones the layout is no longer
/// that of a table, and browsers then drop them.
#[component]
pub fn Table(
    /// What the table lists; always present, and hidden from sight where a heading says it already.
    #[prop(into)]
    caption: String,
    /// Columns from the left.
    columns: Vec<Column>,
    /// One view per column.
    rows: Vec<Vec<AnyView>>,
) -> impl IntoView {
    let heads = columns
        .iter()
        .map(|c| view! { <th scope="col" role="columnheader" class:num=c.numeric>{c.title}</th> })
        .collect_view();
    let body =
        rows.into_iter().map(|cells| view! { <tr role="row">{row(&columns, cells)}</tr> }).collect_view();
    let name = caption.clone();
    view! {
        <div class="table-scroll" role="region" tabindex="0" aria-label=name>
            <table class="as-cards" role="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{body}</tbody>
            </table>
        </div>
        <div class="table-foot"><gs-export></gs-export></div>
    }
    .into_any()
}

fn row(columns: &[Column], cells: Vec<AnyView>) -> Vec<AnyView> {
    columns
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(i, (column, cell))| {
            if i == 0 {
                return view! { <th scope="row" role="rowheader">{cell}</th> }.into_any();
            }
            view! { <td role="cell" class:num=column.numeric data-label=column.title>{cell}</td> }.into_any()
        })
        .collect()
}
