//! Setting up the import of a table: one question after the other, each kept on the server as soon as it is answered.

use super::imports::outcome;
use super::{param, query};
use crate::api::Zoned;
use crate::api::imports::get_table;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility};
use crate::error::{ApiError, Code};
use crate::format;
use domain::access::Permission;
use domain::id::ImportId;
use domain::table::view::{Sheet, TableView};
use domain::table::{ClockOf, DateOrder, Edge, Field, RowError, Stage, Target, ValueUnit};
use domain::utility::Commodity;
use leptos::prelude::*;

/// The page.
#[component]
pub fn TableImport() -> impl IntoView {
    let (facility, id) = (param("facility"), param("id"));
    let table = Resource::new(
        move || (facility.get(), id.get()),
        |(facility, id)| async move {
            let import: ImportId = id.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            Ok((get_table(facility, import).await?, id))
        },
    );
    load_page(table, Permission::ImportData, |(page, id)| content(&page, &id))
}

fn content(page: &Zoned<TableView>, id: &str) -> AnyView {
    let view = &page.view;
    let slug = &view.facility_slug;
    let base = format!("/f/{slug}/imports/{id}");
    let crumbs = in_facility(slug, &view.facility_name, &[("Imports", "import")]);
    let question = match view.settings.stage {
        Stage::Header => header(view, &base),
        Stage::Columns => columns(view, &base),
        Stage::Time => time(page, &base),
        Stage::Rows => rows(view, &base),
    };
    let problem = query("problem");
    let said = move || {
        let text = problem.get();
        (!text.is_empty()).then(|| view! { <Notice weight=Weight::Error title=text announce=true /> })
    };
    view! {
        <div class="page">
            <PageHead title=view.file_name.clone() crumbs=crumbs sub="Nothing is stored until you confirm. You may close this page and come back to it." />
            {outcome()}
            {said}
            {stepper(view.settings.stage, &base)}
            {question}
            <form method="post" action=format!("{base}/discard")>
                <button class="button small" type="submit">"Discard this import"</button>
            </form>
        </div>
    }
    .into_any()
}

fn stepper(now: Stage, base: &str) -> AnyView {
    let reached = Stage::ALL.iter().position(|stage| *stage == now).unwrap_or(0);
    let steps = Stage::ALL
        .iter()
        .enumerate()
        .map(|(i, stage)| {
            let class = if i == reached { "now" } else if i < reached { "done" } else { "" };
            let label = if i < reached {
                let action = format!("{base}/back/{}", stage.as_str());
                view! { <form method="post" action=action><button class="link" type="submit">{stage.label()}</button></form> }.into_any()
            } else {
                stage.label().into_any()
            };
            view! { <li class=class aria-current=(i == reached).then_some("step")>{label}</li> }
        })
        .collect_view();
    view! { <ol class="stepper" aria-label="Steps of the import">{steps}<li>"Totals"</li></ol> }.into_any()
}

/// The first rows as they came.
fn preview(view: &TableView) -> AnyView {
    let width = view.head.iter().map(Vec::len).max().unwrap_or(0);
    let rows = view
        .head
        .iter()
        .zip(1_u32..)
        .map(|(cells, row)| {
            let marked = row == view.settings.header_row;
            let cells = (0..width)
                .map(|i| view! { <td>{cells.get(i).cloned().unwrap_or_default()}</td> })
                .collect_view();
            view! { <tr class:marked=marked><th scope="row">{row}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="table-scroll" role="region" tabindex="0" aria-label="First rows of the file">
            <table><caption class="visually-hidden">"First rows of the file"</caption><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// Which sheet of a workbook, where it has several.
fn sheets(view: &TableView, base: &str) -> Option<AnyView> {
    let shown = |(index, sheet): (u32, &Sheet)| {
        let rows = match (sheet.filled, sheet.rows) {
            (false, _) => ", empty".to_owned(),
            (true, Some(rows)) => format!(", {}", format::counted(rows as usize, "row", "rows")),
            (true, None) => String::new(),
        };
        let chosen = index == view.settings.sheet;
        view! { <option value=index.to_string() selected=chosen>{format!("{}{rows}", sheet.name)}</option> }
    };
    let options = (0..).zip(&view.sheets).map(shown).collect_view();
    (view.sheets.len() > 1).then(|| {
        view! {
            <section class="card">
                <div class="card-head"><div>
                    <h2>"Which sheet has the table?"</h2>
                    <p>"One sheet is read; for another one upload the workbook again."</p>
                </div></div>
                <form class="form" method="post" action=format!("{base}/sheet")>
                    <div class="field"><label for="sheet">"Sheet"</label><select id="sheet" name="sheet">{options}</select></div>
                    <div><button class="button" type="submit">"Read this sheet"</button></div>
                </form>
            </section>
        }
        .into_any()
    })
}

fn header(view: &TableView, base: &str) -> AnyView {
    view! {
        {sheets(view, base)}
        <section class="card">
            <div class="card-head"><div>
                <h2>"Which row has the headings?"</h2>
                <p>"Rows above it are passed over. 0 where there are none."</p>
            </div></div>
            {preview(view)}
            <form class="form" method="post" action=format!("{base}/header")>
                <div class="field">
                    <label for="row">"Row of the headings"</label>
                    <input id="row" name="row" type="number" min="0" max="50" value=view.settings.header_row.to_string() required />
                </div>
                <div><button class="button primary" type="submit">"Continue"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn option(value: &'static str, label: &'static str, chosen: bool) -> AnyView {
    view! { <option value=value selected=chosen>{label}</option> }.into_any()
}

fn columns(view: &TableView, base: &str) -> AnyView {
    let s = &view.settings;
    let targets = Target::ALL.iter().map(|t| option(t.as_str(), t.label(), *t == s.target)).collect_view();
    let sample = view.head.get(s.header_row as usize);
    let fields: Vec<AnyView> = s
        .columns
        .iter()
        .enumerate()
        .map(|(i, chosen)| {
            let name = format!("column-{i}");
            let title = view
                .header
                .get(i)
                .filter(|t| !t.trim().is_empty())
                .cloned()
                .unwrap_or_else(|| format!("Column {}", i + 1));
            let example = sample.and_then(|row| row.get(i)).cloned().unwrap_or_default();
            let options =
                Field::ALL.iter().map(|f| option(f.as_str(), f.label(), Some(*f) == *chosen)).collect_view();
            view! {
                <div class="field">
                    <label for=name.clone()>{title}</label>
                    <select id=name.clone() name=name.clone()>
                        <option value="" selected=chosen.is_none()>"Leave out"</option>
                        {options}
                    </select>
                    <p class="hint">{format!("e.g. {example}")}</p>
                </div>
            }
            .into_any()
        })
        .collect();
    let units = ValueUnit::ALL.iter().map(|u| option(u.as_str(), u.label(), *u == s.unit)).collect_view();
    let commodities = [Commodity::Electricity, Commodity::Gas, Commodity::Water]
        .iter()
        .map(|c| option(c.as_str(), c.label(), *c == s.commodity))
        .collect_view();
    let series = if s.series.is_empty() { "Imported meter".to_owned() } else { s.series.clone() };
    view! {
        <section class="card">
            <div class="card-head"><div>
                <h2>"What do the columns mean?"</h2>
                <p>"Guessed from headings, units and values. Your answer is remembered for files with these headings."</p>
            </div></div>
            <form class="form" method="post" action=format!("{base}/columns")>
                <div class="field">
                    <label for="target">"What is in the table"</label>
                    <select id="target" name="target">{targets}</select>
                </div>
                <div class="form-row">{fields}</div>
                <fieldset class="form-row">
                    <legend>"Of meter readings"</legend>
                    <div class="field"><label for="series">"Name of the meter"</label>
                        <input id="series" name="series" value=series /></div>
                    <div class="field"><label for="unit">"Unit of the value"</label><select id="unit" name="unit">{units}</select></div>
                    <div class="field"><label for="commodity">"What it counts"</label>
                        <select id="commodity" name="commodity">{commodities}</select></div>
                </fieldset>
                <div><button class="button primary" type="submit">"Continue"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn radio(name: &'static str, value: &'static str, label: String, chosen: bool) -> AnyView {
    let id = format!("{name}-{value}");
    view! {
        <div class="check">
            <input type="radio" id=id.clone() name=name value=value checked=chosen />
            <label for=id.clone()>{label}</label>
        </div>
    }
    .into_any()
}

fn time(page: &Zoned<TableView>, base: &str) -> AnyView {
    let view = &page.view;
    let s = &view.settings;
    let intervals = s.target == Target::Intervals;
    let edges = Edge::ALL
        .iter()
        .map(|e| radio("edge", e.as_str(), format!("A time is {}", e.label()), *e == s.edge))
        .collect_view();
    let clocks = ClockOf::ALL
        .iter()
        .map(|c| radio("clock", c.as_str(), c.label().to_owned(), *c == s.clock))
        .collect_view();
    let dates = DateOrder::ALL
        .iter()
        .map(|d| radio("dates", d.as_str(), d.label().to_owned(), *d == s.dates))
        .collect_view();
    let marks = [("false", "Point (1234.5)", false), ("true", "Comma (1234,5)", true)]
        .into_iter()
        .map(|(value, label, is)| radio("decimal_comma", value, label.to_owned(), is == s.decimal_comma))
        .collect_view();
    let examples = view
        .examples
        .iter()
        .map(|e| {
            let shown = |at| format!("{} {}", format::stamp(page.clock.local(at)), page.clock.name(at));
            let chosen = e.edge == s.edge && e.clock == s.clock;
            view! { <li class:chosen=chosen>{format!("{}; a time is {}: {} to {}", e.clock.label(), e.edge.label(), shown(e.start), shown(e.end))}</li> }
        })
        .collect_view();
    let meter = intervals.then(|| {
        view! {
            <fieldset><legend>"Which end of its interval is a time?"</legend>{edges}</fieldset>
            <fieldset><legend>"Whose clock is it, where a time does not say?"</legend>{clocks}</fieldset>
            <div><p>"The first reading would be, by the facility's clock:"</p><ul class="stack">{examples}</ul>
            <p class="hint">"In autumn an hour occurs twice; it is told by its order. In spring one does not exist: rows that name it are shown as wrong."</p></div>
        }
    });
    view! {
        <section class="card">
            <h2>"What do dates, times and numbers mean?"</h2>
            <form class="form" method="post" action=format!("{base}/time")>
                {meter}
                <fieldset><legend>"Dates that are not written year first"</legend>{dates}</fieldset>
                <fieldset><legend>"Decimal mark"</legend>{marks}</fieldset>
                <div><button class="button primary" type="submit">"Check the rows"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn rows(view: &TableView, base: &str) -> AnyView {
    let total = format::counted(view.rows as usize, "row", "rows");
    if view.error_count == 0 {
        return view! {
            <section class="card">
                <h2>{format!("All {total} can be read")}</h2>
                <form method="post" action=format!("{base}/finish")>
                    <button class="button primary" type="submit">"Add it up"</button>
                </form>
            </section>
        }
        .into_any();
    }
    let bad = format::counted(view.error_count as usize, "row", "rows");
    let fields = view.errors.iter().map(|e| repair(view, e)).collect_view();
    let more = (view.error_count as usize > view.errors.len())
        .then(|| view! { <p class="hint">{format!("The first {} are shown.", view.errors.len())}</p> });
    view! {
        <Notice weight=Weight::Warn title=format!("{bad} of {total} cannot be read.")>
            <p>"Mend them here, or in the file of rejected rows, or leave them out."</p>
        </Notice>
        <section class="card">
            <h2>"Mend cells"</h2>
            {more}
            <form class="form" method="post" action=format!("{base}/repair")>
                {fields}
                <div><button class="button primary" type="submit">"Save and check again"</button></div>
            </form>
        </section>
        <section class="card">
            <h2>"Or mend them elsewhere"</h2>
            <div class="row">
                <a class="button" href=format!("{base}/rejects.csv") rel="external" download>"Download rejected rows (CSV)"</a>
                <form method="post" action=format!("{base}/skip")><button class="button" type="submit">{format!("Leave out {bad}")}</button></form>
            </div>
            <form class="form" method="post" action=format!("{base}/mended") enctype="multipart/form-data">
                <div class="field">
                    <label for="file">"Mended rows (the same file)"</label>
                    <input id="file" name="file" type="file" accept=".csv,.xlsx" required />
                </div>
                <div><button class="button" type="submit">"Upload mended rows"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// The cell that stands in the way of a row.
fn repair(view: &TableView, error: &RowError) -> AnyView {
    let column = error.column.unwrap_or(0);
    let name = format!("cell-{}-{column}", error.row);
    let cells = view.cells.get(&error.row).map(|cells| cells.join(" · ")).unwrap_or_default();
    let value =
        view.cells.get(&error.row).and_then(|cells| cells.get(column as usize)).cloned().unwrap_or_default();
    view! {
        <div class="field">
            <label for=name.clone()>{format!("Row {}", error.row)}</label>
            <input id=name.clone() name=name.clone() value=value aria-describedby=format!("{name}-why") />
            <p class="error" id=format!("{name}-why")>{error.message.clone()}</p>
            <p class="hint">{cells}</p>
        </div>
    }
    .into_any()
}
