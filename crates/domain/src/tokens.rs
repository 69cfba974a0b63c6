//! Tokens of the REST interface: what they may be used for, and what their page shows.

use crate::access::Permission;
use crate::id::{FacilityId, TokenId};
use crate::names::names;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

names! {
    /// What a token may be used for.
    ApiScope {
        /// List and read baselines.
        BaselinesRead = "baselines:read", "Read baselines";
        /// Create baselines; they begin as drafts.
        BaselinesWrite = "baselines:write", "Create baselines";
        /// Read performance, savings and reports.
        FiguresRead = "figures:read", "Read performance, savings and reports";
        /// Make reports.
        ReportsWrite = "reports:write", "Make reports";
    }
}

impl ApiScope {
    /// What the token's maker has to be allowed at the time of use; the scope alone opens nothing.
    pub fn permission(self) -> Permission {
        match self {
            Self::BaselinesRead | Self::FiguresRead | Self::ReportsWrite => Permission::ViewFacility,
            Self::BaselinesWrite => Permission::ManageBaselines,
        }
    }
}

/// Days that a token can be made for.
pub const TOKEN_DAYS: [u32; 3] = [30, 90, 365];

/// A token as its page lists it; never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// What its makers call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<ApiScope>,
    /// The one facility it opens, with its name; none for all that its maker sees.
    pub facility: Option<(FacilityId, String)>,
    /// First characters of the secret, to tell tokens apart.
    pub prefix: String,
    /// Who made it; it acts in their name.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The last request, to the minute; none before the first.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The page of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensView {
    /// Tokens of the organisation, newest first.
    pub tokens: Vec<TokenRow>,
    /// Facilities that one can be made for.
    pub facilities: Vec<(FacilityId, String)>,
    /// Whether one can be made for all of them.
    pub all: bool,
    /// The time, against which tokens expire.
    pub now: DateTime<Utc>,
}

/// Where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It can be used.
    Valid,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl TokenRow {
    /// Where it stands at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if now >= self.expires_at {
            TokenState::Expired
        } else {
            TokenState::Valid
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_taken_back_stays_so() {
        let now: DateTime<Utc> = "2026-04-01T12:00:00Z".parse().unwrap();
        let id = uuid::Uuid::nil();
        let mut row = TokenRow {
            id: id.into(),
            name: "a".into(),
            scopes: vec![ApiScope::BaselinesRead],
            facility: None,
            prefix: "gs_00".into(),
            created_by: "b".into(),
            created_at: now,
            last_used_at: None,
            expires_at: now,
            revoked_at: None,
        };
        assert_eq!(row.state(now), TokenState::Expired);
        assert_eq!(row.state(now - chrono::TimeDelta::milliseconds(1)), TokenState::Valid);
        row.revoked_at = Some(now);
        assert_eq!(row.state(now - chrono::TimeDelta::days(1)), TokenState::Revoked);
    }
}
