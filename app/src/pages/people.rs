//! Members of the organisations the caller manages: invite, change the role, remove. Plain forms.

use super::query;
use crate::api::people::{Person, Team, get_people};
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::PageHead;
use crate::components::table::{Table, text};
use crate::format;
use domain::access::{Permission, Role};
use leptos::prelude::*;

/// The page.
#[component]
pub fn People() -> impl IntoView {
    let people = Resource::new(|| (), |()| get_people());
    load_page(people, Permission::ManagePeople, |teams| content(&teams))
}

fn content(teams: &[Team]) -> AnyView {
    let sections = teams.iter().map(team).collect_view();
    view! {
        <div class="page">
            <PageHead title="People" sub="Who can see and do what. Every change is recorded under Activity." />
            {outcome()}
            {sections}
        </div>
    }.into_any()
}

fn outcome() -> impl IntoView {
    let (notice, error) = (query("notice"), query("error"));
    move || {
        let (weight, text) = match (notice.get().as_str(), error.get().as_str()) {
            ("invited", _) => (Weight::Ok, "Invited. A link is on its way; it works for seven days."),
            ("changed", _) => (Weight::Ok, "The role is changed. It holds from the next click on."),
            ("removed", _) => (Weight::Ok, "Removed. They are signed out everywhere."),
            (_, "email") => (Weight::Error, "Enter an e-mail address."),
            (_, "role") => (Weight::Error, "This role cannot be given in this organisation."),
            (_, "facility") => (Weight::Error, "One of the facilities is not the organisation's."),
            (_, "exists") => (Weight::Error, "This person is a member already."),
            (_, "mail") => {
                (Weight::Warn, "Invited, but the mail did not go out. Invite again to send it once more.")
            }
            (_, "last-owner") => (
                Weight::Error,
                "The last owner cannot be removed or change role. Make somebody else owner first.",
            ),
            (_, "missing") => (Weight::Error, "This person is no longer a member."),
            (_, "forbidden") => (Weight::Error, "Your role does not manage the people of this organisation."),
            _ => return None,
        };
        Some(view! { <Notice weight title=text announce=true /> })
    }
}

fn roles(team: &Team, chosen: Option<Role>) -> Vec<AnyView> {
    team.roles
        .iter()
        .map(|role| {
            view! { <option value=role.as_str() selected=chosen == Some(*role)>{role.label()}</option> }
                .into_any()
        })
        .collect()
}

fn team(team: &Team) -> AnyView {
    let columns = vec![text("Person"), text("Facilities"), text("Since"), text("Role"), text("Remove")];
    let rows = team.members.iter().map(|person| member(team, person)).collect();
    let id = team.organisation;
    view! {
        <section class="card" aria-labelledby=format!("team-{id}")>
            <h2 id=format!("team-{id}")>{team.name.clone()}</h2>
            <Table caption=format!("Members of {}", team.name) columns rows />
            {invite(team)}
        </section>
    }
    .into_any()
}

fn member(team: &Team, person: &Person) -> Vec<AnyView> {
    let name = if person.name.is_empty() { person.email.clone() } else { person.name.clone() };
    let waiting = (!person.accepted).then(|| badge(Tone::Info, "Invited"));
    let you = person.is_caller.then(|| badge(Tone::Draft, "You"));
    let facilities = match &person.facilities {
        None => "All".to_owned(),
        Some(ids) => {
            let names =
                team.facilities.iter().filter(|(id, _)| ids.contains(id)).map(|(_, name)| name.as_str());
            names.collect::<Vec<_>>().join(", ")
        }
    };
    vec![
        view! { <span class="row">{name.clone()} {you} {waiting}</span> <div class="hint">{person.email.clone()}</div> }.into_any(),
        facilities.into_any(),
        format::day(person.since.naive_utc()).into_any(),
        change(team, person, &name).into_any(),
        remove(team, person, &name).into_any(),
    ]
}

fn change(team: &Team, person: &Person, name: &str) -> AnyView {
    let kept = person
        .facilities
        .iter()
        .flatten()
        .map(|id| view! { <input type="hidden" name="facility" value=id.to_string() /> })
        .collect_view();
    view! {
        <form class="inline-form" method="post" action="/people/role">
            <input type="hidden" name="organisation" value=team.organisation.to_string() />
            <input type="hidden" name="user" value=person.user.to_string() />
            {kept}
            <select name="role" aria-label=format!("Role of {name}")>{roles(team, Some(person.role))}</select>
            <button class="button small" type="submit" aria-label=format!("Change the role of {name}")>"Change"</button>
        </form>
    }.into_any()
}

fn remove(team: &Team, person: &Person, name: &str) -> AnyView {
    view! {
        <form class="inline-form" method="post" action="/people/remove">
            <input type="hidden" name="organisation" value=team.organisation.to_string() />
            <input type="hidden" name="user" value=person.user.to_string() />
            <button class="button small danger" type="submit" aria-label=format!("Remove {name}")>"Remove"</button>
        </form>
    }.into_any()
}

fn invite(team: &Team) -> AnyView {
    let id = team.organisation.to_string();
    let field = |name: &str| format!("{name}-{id}");
    let facilities = (!team.facilities.is_empty()).then(|| {
        let boxes = team
            .facilities
            .iter()
            .map(|(facility, name)| {
                view! {
                    <label class="check">
                        <input type="checkbox" name="facility" value=facility.to_string() />
                        {name.clone()}
                    </label>
                }
            })
            .collect_view();
        view! {
            <fieldset class="field">
                <legend>"Only these facilities"</legend>
                <div class="row">{boxes}</div>
                <p class="hint">"None ticked means all, also those added later."</p>
            </fieldset>
        }
    });
    view! {
        <details class="disclose">
            <summary>"Invite somebody"</summary>
            <form class="form" method="post" action="/people/invite">
                <input type="hidden" name="organisation" value=id.clone() />
                <div class="field">
                    <label for=field("email")>"E-mail"</label>
                    <input id=field("email") name="email" type="email" autocomplete="off" required />
                </div>
                <div class="field">
                    <label for=field("name")>"Name (optional)"</label>
                    <input id=field("name") name="name" autocomplete="off" />
                </div>
                <div class="field">
                    <label for=field("role")>"Role"</label>
                    <select id=field("role") name="role">{roles(team, Some(Role::Viewer))}</select>
                </div>
                {facilities}
                <div><button class="button primary" type="submit">"Send the invitation"</button></div>
            </form>
        </details>
    }
    .into_any()
}
