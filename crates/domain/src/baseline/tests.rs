use super::*;
use BaselineState as S;
use Party::{Customer, Vendor, Verifier};
use Step as T;

#[test]
fn names_can_be_read_back() {
    for state in S::ALL {
        assert_eq!(S::parse(state.as_str()), Some(*state));
    }
    for step in T::ALL {
        assert_eq!(T::parse(step.as_str()), Some(*step));
    }
    for metric in MetricType::ALL {
        assert_eq!(MetricType::parse(metric.as_str()), Some(*metric));
    }
    assert_eq!(Party::parse("stranger"), None);
}

#[test]
fn the_usual_way_leads_to_active() {
    let way = [
        (T::Submit, Vendor, S::Submitted),
        (T::Begin, Verifier, S::InVerification),
        (T::RequestChanges, Verifier, S::ChangesRequested),
        (T::Rework, Vendor, S::Draft),
        (T::Submit, Vendor, S::Submitted),
        (T::Begin, Verifier, S::InVerification),
        (T::Verify, Verifier, S::Verified),
        (T::Activate, Customer, S::Active),
        (T::Supersede, Customer, S::Superseded),
    ];
    let mut state = S::Draft;
    for (step, party, next) in way {
        state = transition(state, step, party, Some(Vendor)).unwrap();
        assert_eq!(state, next);
    }
}

#[test]
fn neither_party_verifies_its_own_baseline() {
    for party in [Vendor, Customer] {
        for step in [T::Begin, T::RequestChanges, T::Reject] {
            assert_eq!(transition(S::Submitted, step, party, Some(Vendor)), Err(Refused::Party(party, step)));
        }
        assert_eq!(
            transition(S::InVerification, T::Verify, party, Some(Customer)),
            Err(Refused::Party(party, T::Verify))
        );
    }
    assert_eq!(transition(S::Draft, T::Submit, Verifier, None), Err(Refused::Party(Verifier, T::Submit)));
    assert_eq!(
        transition(S::Verified, T::Activate, Verifier, Some(Vendor)),
        Err(Refused::Party(Verifier, T::Activate))
    );
}

#[test]
fn who_submitted_does_not_accept() {
    for side in [Vendor, Customer] {
        assert_eq!(transition(S::Verified, T::Activate, side, Some(side)), Err(Refused::OwnSide(side)));
    }
    assert_eq!(transition(S::Verified, T::Activate, Vendor, Some(Customer)), Ok(S::Active));
}

#[test]
fn nothing_is_verified_without_being_looked_at_and_nothing_leaves_the_ends() {
    for step in T::ALL {
        for party in Party::ALL {
            assert!(transition(S::Rejected, *step, *party, Some(Vendor)).is_err());
            assert!(transition(S::Superseded, *step, *party, Some(Vendor)).is_err());
        }
    }
    assert!(transition(S::Submitted, T::Verify, Verifier, Some(Vendor)).is_err());
    assert!(transition(S::Draft, T::Activate, Customer, None).is_err());
}

#[test]
fn somebody_of_a_paying_side_is_never_a_verifier() {
    use crate::access::{Grant, Role};
    let id = |n: u128| uuid::Uuid::from_u128(n);
    let (customer, facility) = (OrganisationId(id(1)), FacilityId(id(2)));
    let grant = |role, facilities| Grant { organisation: customer, role, facilities };
    let person = |grants| Principal {
        user: crate::id::UserId(id(3)),
        name: String::new(),
        home: OrganisationId(id(4)),
        grants,
    };
    let verifier = grant(Role::Verifier, Some(vec![facility]));
    assert_eq!(Party::of(&person(vec![verifier.clone()]), customer, facility), Some(Verifier));
    let both = person(vec![verifier.clone(), grant(Role::Engineer, None)]);
    assert_eq!(Party::of(&both, customer, facility), Some(Vendor));
    assert_eq!(Party::of(&person(vec![verifier]), customer, FacilityId(id(9))), None);
}
