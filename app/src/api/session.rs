//! Who is signed in.

use crate::error::ApiError;
use domain::access::Permission;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The signed-in person, as the shell shows and uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Their name.
    pub name: String,
    /// Labels of the roles they hold.
    pub roles: Vec<String>,
    /// What they may do somewhere.
    pub permissions: Vec<Permission>,
    /// Alerts that are firing at the facilities they may see; none where they may see none.
    pub open_alarms: Option<u32>,
}

impl Session {
    /// Whether they may do this somewhere.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// The signed-in person.
#[server(endpoint = "session/get", input = GetUrl)]
pub async fn get_session() -> Result<Session, ApiError> {
    let caller = crate::caller::caller().await?;
    let mut roles: Vec<String> = caller.grants.iter().map(|g| g.role.label().to_owned()).collect();
    roles.sort();
    roles.dedup();
    let open_alarms = match caller.scope(Permission::ViewFacility) {
        Ok(scope) => Some(services::alerts::count(&crate::caller::context()?, &scope).await?),
        Err(_) => None,
    };
    let permissions = Permission::ALL.into_iter().filter(|p| caller.may(*p)).collect();
    Ok(Session { name: caller.name, roles, permissions, open_alarms })
}
