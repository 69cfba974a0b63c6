use super::*;
use uuid::Uuid;

/// The whole matrix, written out: a changed cell is a decision, not a side effect.
/// Columns in the order of `Permission::ALL`: view facility, import data, view ingest, resolve quarantine,
/// view activity, manage people, manage gateways, manage, accept and verify baselines, manage tokens, manage alerts,
/// write notes.
const MATRIX: [(Role, [u8; 13]); 10] = [
    (Role::Owner, [1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1]),
    (Role::Finance, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]),
    (Role::Operations, [1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1]),
    (Role::Viewer, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Role::VendorAdmin, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1]),
    (Role::Billing, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]),
    (Role::Sales, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Role::Support, [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
    (Role::Engineer, [1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1]),
    (Role::Verifier, [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]),
];

#[test]
fn every_role_holds_exactly_its_permissions() {
    assert_eq!(MATRIX.map(|(role, _)| role), Role::ALL);
    for (role, cells) in MATRIX {
        for (permission, cell) in Permission::ALL.into_iter().zip(cells) {
            assert_eq!(role.may(permission), cell == 1, "{role:?} × {permission:?}");
        }
    }
}

#[test]
fn names_lead_back_to_what_they_name() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
    for kind in OrganisationKind::ALL {
        assert_eq!(OrganisationKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Role::parse("Owner"), None);
}

fn grant(n: u128, role: Role, facilities: Option<Vec<FacilityId>>) -> Grant {
    Grant { organisation: OrganisationId(Uuid::from_u128(n)), role, facilities }
}

fn person(grants: Vec<Grant>) -> Principal {
    let home = OrganisationId(Uuid::from_u128(1));
    Principal { user: UserId(Uuid::from_u128(9)), name: "somebody".to_owned(), home, grants }
}

#[test]
fn a_scope_opens_only_what_grants_with_the_permission_open() {
    let facility = FacilityId(Uuid::from_u128(30));
    let person = person(vec![
        grant(1, Role::Owner, None),
        grant(2, Role::Viewer, None),
        grant(3, Role::Operations, Some(vec![facility])),
    ]);
    let ids = |all: &[u128]| all.iter().map(|n| OrganisationId(Uuid::from_u128(*n))).collect::<Vec<_>>();

    let view = person.scope(Permission::ViewFacility).unwrap();
    assert_eq!(view.organisations(), ids(&[1, 2, 3]));
    assert_eq!(view.whole_organisations(), ids(&[1, 2]));
    assert_eq!(view.facilities(), [facility]);
    assert_eq!(view.user(), Some(person.user));
    assert!(!view.is_system());

    let import = person.scope(Permission::ImportData).unwrap();
    assert_eq!(import.organisations(), ids(&[1, 3]));
    assert_eq!(import.whole_organisations(), ids(&[1]));

    assert_eq!(person.scope(Permission::ManageGateways), Err(Forbidden));
    assert!(person.may(Permission::ManagePeople) && !person.may(Permission::ManageGateways));
}

#[test]
fn somebody_without_grants_may_nothing() {
    for permission in Permission::ALL {
        assert_eq!(person(vec![]).scope(permission), Err(Forbidden));
    }
}
