//! Commands of the dynamic-security plugin, and the rights each kind of client gets.

use super::Login;
use domain::id::GatewayId;
use serde_json::{Value, json};

/// One command, and the complaint that means its goal was met already.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) body: Value,
    pub(super) harmless: Option<&'static str>,
}

/// A right: kind of access and topic filter.
pub(super) type Right = (&'static str, String);

/// What a gateway may do: send its own envelopes and greeting, receive its own watermark and map.
pub(super) fn gateway_rights(gateway: GatewayId) -> Vec<Right> {
    let topic = |leaf: &str| format!("gs/{gateway}/{leaf}");
    let mut rights: Vec<Right> =
        ["env", "hello"].into_iter().map(|leaf| ("publishClientSend", topic(leaf))).collect();
    for leaf in ["watermark", "map"] {
        rights.push(("subscribeLiteral", topic(leaf)));
        rights.push(("publishClientReceive", topic(leaf)));
    }
    rights
}

/// What the server may do: the other end of every gateway's topics. It cannot change access rules.
pub(super) fn server_rights() -> Vec<Right> {
    let mut rights: Vec<Right> =
        ["watermark", "map"].into_iter().map(|leaf| ("publishClientSend", format!("gs/+/{leaf}"))).collect();
    for leaf in ["env", "hello"] {
        rights.push(("subscribePattern", format!("gs/+/{leaf}")));
        rights.push(("publishClientReceive", format!("gs/+/{leaf}")));
    }
    rights
}

impl Command {
    fn new(body: Value) -> Self {
        Self { body, harmless: None }
    }

    fn unless(mut self, complaint: &'static str) -> Self {
        self.harmless = Some(complaint);
        self
    }

    /// Sending, receiving and subscribing need a role. Unsubscribing never harms.
    pub(super) fn deny_by_default() -> Self {
        let access: Vec<Value> = ["publishClientSend", "publishClientReceive", "subscribe"]
            .into_iter()
            .map(|kind| json!({ "acltype": kind, "allow": false }))
            .collect();
        Self::new(json!({ "command": "setDefaultACLAccess", "acls": access }))
    }

    /// Removes a client, which ends its session, and its role.
    pub(super) fn remove_client(username: &str, role: &str) -> Vec<Self> {
        vec![
            Self::new(json!({ "command": "deleteClient", "username": username })).unless("Client not found"),
            Self::new(json!({ "command": "deleteRole", "rolename": role })).unless("Role not found"),
        ]
    }

    /// Makes a client with a role of exactly these rights, whatever was there before. The broker works a message's
    /// commands off before it looks at anything else, so nobody meets a half-made client.
    ///
    /// `client_id` pins the name of the session: the broker ends the older of two sessions of one name, so a client that
    /// may choose its name can end another's session.
    pub(super) fn replace_client(
        login: &Login,
        client_id: Option<&str>,
        role: &str,
        rights: &[Right],
    ) -> Vec<Self> {
        let acls: Vec<Value> = rights
            .iter()
            .map(|(kind, topic)| json!({ "acltype": kind, "topic": topic, "priority": 0, "allow": true }))
            .collect();
        let mut commands = Self::remove_client(&login.username, role);
        commands.push(Self::new(json!({ "command": "createRole", "rolename": role, "acls": acls })));
        let mut client = json!({
            "command": "createClient",
            "username": login.username,
            "password": login.password,
            "roles": [{ "rolename": role }],
        });
        if let Some(client_id) = client_id {
            client["clientid"] = client_id.into();
        }
        commands.push(Self::new(client));
        commands
    }
}
