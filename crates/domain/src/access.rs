//! Who may do what: roles, permissions and the scope every tenant-owned read takes.

use crate::id::{FacilityId, OrganisationId, UserId};
use serde::{Deserialize, Serialize};

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// Fits and finances the equipment, runs this platform.
    Vendor,
    /// Owns facilities.
    Customer,
    /// Attests savings, engaged by a vendor.
    Verifier,
}

impl OrganisationKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Vendor, Self::Customer, Self::Verifier];

    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Customer => "customer",
            Self::Verifier => "verifier",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a member is within an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Customer: everything within the organisation, members included.
    Owner,
    /// Customer: money and reports.
    Finance,
    /// Customer: growers and controls; imports data and works the quarantine.
    Operations,
    /// Customer: looks.
    Viewer,
    /// Vendor: everything for the vendor's customers.
    VendorAdmin,
    /// Vendor: closes and bills.
    Billing,
    /// Vendor: simulates and proposes.
    Sales,
    /// Vendor: answers tickets.
    Support,
    /// Vendor: gateways, points, data quality.
    Engineer,
    /// Third party: reads and attests.
    Verifier,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Owner,
        Self::Finance,
        Self::Operations,
        Self::Viewer,
        Self::VendorAdmin,
        Self::Billing,
        Self::Sales,
        Self::Support,
        Self::Engineer,
        Self::Verifier,
    ];

    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Finance => "finance",
            Self::Operations => "operations",
            Self::Viewer => "viewer",
            Self::VendorAdmin => "vendor_admin",
            Self::Billing => "billing",
            Self::Sales => "sales",
            Self::Support => "support",
            Self::Engineer => "engineer",
            Self::Verifier => "verifier",
        }
    }

    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Finance => "Finance",
            Self::Operations => "Operations",
            Self::Viewer => "Viewer",
            Self::VendorAdmin => "Vendor admin",
            Self::Billing => "Billing",
            Self::Sales => "Sales",
            Self::Support => "Support",
            Self::Engineer => "Engineer",
            Self::Verifier => "Verifier",
        }
    }

    /// The role with this wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }

    /// The kind of organisation whose members hold this role.
    pub fn kind(self) -> OrganisationKind {
        match self {
            Self::Owner | Self::Finance | Self::Operations | Self::Viewer => OrganisationKind::Customer,
            Self::VendorAdmin | Self::Billing | Self::Sales | Self::Support | Self::Engineer => {
                OrganisationKind::Vendor
            }
            Self::Verifier => OrganisationKind::Verifier,
        }
    }

    /// Whether an organisation must keep at least one member with this role, over all of it, because nobody else
    /// could let people in.
    pub fn is_head(self) -> bool {
        matches!(self, Self::Owner | Self::VendorAdmin)
    }

    /// Whether this role carries the permission. Deny by default: each permission lists its roles.
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        use Role as R;
        match permission {
            P::ViewFacility => matches!(
                self,
                R::Owner
                    | R::Finance
                    | R::Operations
                    | R::Viewer
                    | R::VendorAdmin
                    | R::Billing
                    | R::Support
                    | R::Engineer
                    | R::Verifier
            ),
            P::ImportData => matches!(self, R::Owner | R::Operations | R::VendorAdmin | R::Engineer),
            P::ViewIngest => {
                matches!(self, R::Owner | R::Operations | R::VendorAdmin | R::Engineer | R::Support)
            }
            P::ResolveQuarantine => matches!(self, R::Owner | R::Operations | R::VendorAdmin | R::Engineer),
            P::ViewActivity => matches!(
                self,
                R::Owner
                    | R::Finance
                    | R::Operations
                    | R::VendorAdmin
                    | R::Billing
                    | R::Support
                    | R::Engineer
                    | R::Verifier
            ),
            P::ManagePeople => matches!(self, R::Owner | R::VendorAdmin),
            P::ManageGateways => matches!(self, R::VendorAdmin | R::Engineer),
            P::ManageBaselines => matches!(self, R::Owner | R::Operations | R::VendorAdmin | R::Engineer),
            P::AcceptBaselines => matches!(self, R::Owner | R::Finance | R::VendorAdmin | R::Billing),
            P::VerifyBaselines => matches!(self, R::Verifier),
            P::ManageAlerts => matches!(self, R::Owner | R::Operations | R::VendorAdmin | R::Engineer),
            P::ManageTokens => matches!(self, R::Owner | R::VendorAdmin),
            P::WriteNotes => matches!(
                self,
                R::Owner
                    | R::Finance
                    | R::Operations
                    | R::VendorAdmin
                    | R::Billing
                    | R::Support
                    | R::Engineer
            ),
        }
    }
}

/// One thing a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See facilities, rooms, meters and their readings.
    ViewFacility,
    /// Import utility files.
    ImportData,
    /// See ingest health and quarantine.
    ViewIngest,
    /// Release or reject quarantined readings, record meter events.
    ResolveQuarantine,
    /// See the audit trail.
    ViewActivity,
    /// Invite, change and remove members.
    ManagePeople,
    /// Provision and revoke gateways.
    ManageGateways,
    /// Fit baselines, pick a candidate, hand it in.
    ManageBaselines,
    /// Consent for one side: activate a verified baseline, agree on non-routine events.
    AcceptBaselines,
    /// Verify baselines as a third party.
    VerifyBaselines,
    /// Make and revoke tokens of the REST interface.
    ManageTokens,
    /// Write rules of alerts, acknowledge what fired.
    ManageAlerts,
    /// Write notes on the timeline, and take them back.
    WriteNotes,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 13] = [
        Self::ViewFacility,
        Self::ImportData,
        Self::ViewIngest,
        Self::ResolveQuarantine,
        Self::ViewActivity,
        Self::ManagePeople,
        Self::ManageGateways,
        Self::ManageBaselines,
        Self::AcceptBaselines,
        Self::VerifyBaselines,
        Self::ManageTokens,
        Self::ManageAlerts,
        Self::WriteNotes,
    ];
}

/// What a link sent by mail lets its reader do, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Choose a first password.
    Invite,
    /// Choose another password.
    Reset,
}

impl LinkPurpose {
    /// The name used in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
        }
    }
}

/// One membership as it bears on access. A vendor member's grant is expanded to one grant per customer organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The organisation whose data the grant opens.
    pub organisation: OrganisationId,
    /// The role held.
    pub role: Role,
    /// Facilities the grant is limited to; none means all of the organisation.
    pub facilities: Option<Vec<FacilityId>>,
}

/// A signed-in person with all their grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// Their name, or the address where they gave none; written beside what they do.
    pub name: String,
    /// The organisation whose member they are; their own actions are audited there.
    pub home: OrganisationId,
    /// What they hold, and where.
    pub grants: Vec<Grant>,
}

/// The caller may not do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not allow this")]
pub struct Forbidden;

/// Proof that a permission was checked; every tenant-owned read and write in `store` takes one.
/// Only [`Principal::scope`] and [`Scope::system`] make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    user: Option<UserId>,
    organisations: Vec<OrganisationId>,
    whole_organisations: Vec<OrganisationId>,
    facilities: Vec<FacilityId>,
    system: bool,
}

impl Principal {
    /// The scope in which this caller holds `permission`, or [`Forbidden`] if nowhere.
    pub fn scope(&self, permission: Permission) -> Result<Scope, Forbidden> {
        let grants = || self.grants.iter().filter(|g| g.role.may(permission));
        if grants().next().is_none() {
            return Err(Forbidden);
        }
        Ok(Scope {
            user: Some(self.user),
            organisations: grants().map(|g| g.organisation).collect(),
            whole_organisations: grants()
                .filter(|g| g.facilities.is_none())
                .map(|g| g.organisation)
                .collect(),
            facilities: grants().flat_map(|g| g.facilities.iter().flatten().copied()).collect(),
            system: false,
        })
    }

    /// Whether the caller holds `permission` anywhere.
    pub fn may(&self, permission: Permission) -> bool {
        self.grants.iter().any(|g| g.role.may(permission))
    }
}

impl Scope {
    /// The scope of background work (ingest, seeding, command line), which crosses tenants. Within a request it is for
    /// what has no tenant yet or touches several, after the permission was checked.
    pub fn system() -> Self {
        Self {
            user: None,
            organisations: vec![],
            whole_organisations: vec![],
            facilities: vec![],
            system: true,
        }
    }

    /// Who acts; none for background work.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Organisations in which at least something is visible; opens rows that belong to no facility.
    pub fn organisations(&self) -> &[OrganisationId] {
        &self.organisations
    }

    /// Organisations all of whose facilities are visible.
    pub fn whole_organisations(&self) -> &[OrganisationId] {
        &self.whole_organisations
    }

    /// Single facilities that are visible beside the whole organisations.
    pub fn facilities(&self) -> &[FacilityId] {
        &self.facilities
    }

    /// Whether this is background work that crosses tenants.
    pub fn is_system(&self) -> bool {
        self.system
    }
}

#[cfg(test)]
mod tests;
