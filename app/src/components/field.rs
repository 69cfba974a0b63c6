//! Form fields: label above, hint below, error under the field.

use leptos::prelude::*;

/// One input with its label.
#[component]
pub fn Field(
    /// Label above.
    #[prop(into)]
    label: String,
    /// Name in the form, and the input's id.
    name: &'static str,
    /// `text`, `email`, `password`, `date`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// First value.
    #[prop(optional, into)]
    value: String,
    /// Hint below.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the value sent before.
    #[prop(optional)]
    error: Option<String>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Shortest value, in characters.
    #[prop(optional)]
    minlength: Option<u32>,
) -> impl IntoView {
    let described = match (&hint, &error) {
        (None, None) => None,
        (Some(_), None) => Some(format!("{name}-hint")),
        (None, Some(_)) => Some(format!("{name}-error")),
        (Some(_), Some(_)) => Some(format!("{name}-error {name}-hint")),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                value=value
                required=!optional
                minlength=minlength
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            {error.map(|text| view! { <p class="error" id=format!("{name}-error")>{text}</p> })}
            {hint.map(|text| view! { <p class="hint" id=format!("{name}-hint")>{text}</p> })}
        </div>
    }
    .into_any()
}
