//! Members, invitations and single-use links.

use crate::error::ApiError;
use chrono::{DateTime, Utc};
use domain::access::Role;
use domain::id::{FacilityId, OrganisationId, UserId};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// A member of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name; empty until they accept.
    pub name: String,
    /// What they are here.
    pub role: Role,
    /// Names of the facilities they are limited to; none means all.
    pub facilities: Option<Vec<FacilityId>>,
    /// Whether they have set a password.
    pub accepted: bool,
    /// Member since.
    pub since: DateTime<Utc>,
    /// Whether this is the caller.
    pub is_caller: bool,
}

/// An organisation whose members the caller manages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Roles that can be given in it.
    pub roles: Vec<Role>,
    /// Its facilities.
    pub facilities: Vec<(FacilityId, String)>,
    /// Its members.
    pub members: Vec<Person>,
}

/// What an invitation or a password link is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// Whose it is.
    pub email: String,
    /// The organisation that invites.
    pub organisation: Option<String>,
    /// The person's name, where known.
    pub name: String,
}

/// Organisations the caller manages, with their members.
#[server(endpoint = "people/list", input = GetUrl)]
pub async fn get_people() -> Result<Vec<Team>, ApiError> {
    let caller = crate::caller::caller().await?;
    let teams = services::people::list(&crate::caller::context()?, &caller).await?;
    let team = |t: services::people::Team| Team {
        organisation: t.organisation.id,
        name: t.organisation.name,
        roles: t.roles,
        facilities: t.facilities,
        members: t
            .members
            .into_iter()
            .map(|m| Person {
                is_caller: m.user == caller.user,
                user: m.user,
                email: m.email,
                name: m.name,
                role: m.role,
                facilities: m.facilities,
                accepted: m.accepted,
                since: m.since,
            })
            .collect(),
    };
    Ok(teams.into_iter().map(team).collect())
}

/// What an invitation link is for. Needs no caller: the token is the proof.
#[server(endpoint = "people/invitation", input = GetUrl)]
pub async fn get_invitation(token: String) -> Result<LinkView, ApiError> {
    let ctx = crate::caller::context()?;
    let link = services::links::get(&ctx, &token, domain::access::LinkPurpose::Invite).await?;
    Ok(LinkView { email: link.email, organisation: link.organisation_name, name: link.name })
}

/// What a password link is for. Needs no caller: the token is the proof.
#[server(endpoint = "people/reset-link", input = GetUrl)]
pub async fn get_reset_link(token: String) -> Result<LinkView, ApiError> {
    let ctx = crate::caller::context()?;
    let link = services::links::get(&ctx, &token, domain::access::LinkPurpose::Reset).await?;
    Ok(LinkView { email: link.email, organisation: link.organisation_name, name: link.name })
}
