//! The head of a page: where it is, what it is called, what can be done.

use leptos::prelude::*;
use leptos_meta::Title;

/// A link to another page of the portal.
pub fn link(href: impl Into<String>, text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <a href=href.into()>{text}</a> }.into_any()
}

/// A link among alternatives; the chosen one is marked.
pub fn choice(href: String, text: impl Into<String>, chosen: bool) -> AnyView {
    let text = text.into();
    view! { <a href=href aria-current=chosen.then_some("true")>{text}</a> }.into_any()
}

/// A step on the way to a page.
pub type Crumb = (String, String);

/// The way to a page of a facility: `below` are label and last part of the address of further pages above it.
pub fn in_facility(slug: &str, name: &str, below: &[(&str, &str)]) -> Vec<Crumb> {
    let home = [("Facilities".to_owned(), "/home".to_owned()), (name.to_owned(), format!("/f/{slug}"))];
    let below = below.iter().map(|(label, part)| ((*label).to_owned(), format!("/f/{slug}/{part}")));
    home.into_iter().chain(below).collect()
}

/// Title, breadcrumb and the one `h1` of a page. Children are the actions beside the title.
#[component]
pub fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: String,
    /// Label and address of each page above this one.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// One line below the title.
    #[prop(optional, into)]
    sub: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let context = crumbs.last().filter(|(_, href)| href != "/home").map(|(name, _)| format!(" · {name}"));
    let document_title = format!("{title}{} · Gainshare", context.unwrap_or_default());
    let trail = (!crumbs.is_empty()).then(|| {
        let steps =
            crumbs.into_iter().map(|(name, href)| view! { <li><a href=href>{name}</a></li> }).collect_view();
        view! {
            <nav class="crumbs" aria-label="Breadcrumb">
                <ol>{steps} <li><span aria-current="page">{title.clone()}</span></li></ol>
            </nav>
        }
    });
    view! {
        <Title text=document_title />
        {trail}
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                {sub.map(|sub| view! { <p class="sub">{sub}</p> })}
            </div>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
    .into_any()
}
