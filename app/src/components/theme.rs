//! Light, dark, or as the device is set. Kept in a cookie, so the server paints the right one at once.

use leptos::prelude::*;

const CHOICES: [(&str, &str); 3] = [("light", "Light"), ("dark", "Dark"), ("system", "System")];
const COOKIE: &str = "theme";
const YEAR_S: u32 = 31_536_000;

/// The theme of a `Cookie` header; `system` where it says nothing usable.
pub fn from_cookies(header: &str) -> &'static str {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| CHOICES.into_iter().map(|(name, _)| name).find(|name| *name == value))
        .unwrap_or("system")
}

/// The three choices. Appears once the page runs, because without scripts there is nothing to press.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let root = document().document_element();
        chosen.set(Some(
            root.and_then(|r| r.get_attribute("data-theme")).unwrap_or_else(|| "system".to_owned()),
        ));
    });
    let buttons = CHOICES
        .into_iter()
        .map(|(name, label)| {
            view! {
                <button
                    type="button"
                    aria-pressed=move || (chosen.get().as_deref() == Some(name)).to_string()
                    on:click=move |_| {
                        choose(name);
                        chosen.set(Some(name.to_owned()));
                    }
                >
                    {label}
                </button>
            }
        })
        .collect_view();
    view! {
        <div hidden=move || chosen.get().is_none()>
            <div class="segmented" role="group" aria-label="Theme">
                {buttons}
            </div>
        </div>
    }
    .into_any()
}

fn choose(name: &str) {
    let page = document();
    if let Some(root) = page.document_element() {
        // Setting an attribute of a known element cannot fail.
        let _ = root.set_attribute("data-theme", name);
    }
    let cookie = format!("{COOKIE}={name}; Path=/; Max-Age={YEAR_S}; SameSite=Lax");
    // Where cookies are refused, the choice lasts until the next page.
    let _ = js_sys::Reflect::set(&page, &"cookie".into(), &cookie.into());
}

#[cfg(test)]
mod tests {
    use super::from_cookies;

    #[test]
    fn only_known_themes_are_taken_from_the_cookie() {
        assert_eq!(from_cookies("a=b; theme=dark"), "dark");
        assert_eq!(from_cookies("theme=\"><script>"), "system");
        assert_eq!(from_cookies(""), "system");
    }
}
