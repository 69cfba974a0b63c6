//! The local days that a page is about, as a form of two dates.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::components::Form;

/// Asks the page at `path` again, with `from` and `until` in its query.
pub fn day_range(path: String, from: NaiveDate, until: NaiveDate) -> AnyView {
    view! {
        <Form method="GET" action=path attr:class="form-row">
            <div class="field">
                <label for="from">"First day"</label>
                <input id="from" name="from" type="date" value=from.to_string() />
            </div>
            <div class="field">
                <label for="until">"Day after the last"</label>
                <input id="until" name="until" type="date" value=until.to_string() />
            </div>
            <button class="button" type="submit">"Show"</button>
        </Form>
    }
    .into_any()
}
