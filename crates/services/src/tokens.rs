//! Tokens of the REST interface: making, listing, taking back, and who is behind one.

use crate::audit::{Actor, Entry, record};
use crate::token::Token;
use crate::{Context, Error, FieldError, Result};
use chrono::TimeDelta;
use domain::access::{Grant, Permission, Principal, Scope};
use domain::id::{FacilityId, OrganisationId, TokenId};
use domain::tokens::{ApiScope, TOKEN_DAYS, TokenRow, TokensView};
use serde_json::json;
use store::organisations::facility_choices;
use store::tokens as stored;
use store::users::user_grants;

/// Every secret begins so, which tells people and scanners what they have found.
const MARK: &str = "gs_";
/// Hexadecimal digits of a secret that its list shows: enough to tell tokens apart, of no use to guess the rest.
const SHOWN: usize = 8;
/// Longest name, characters.
const NAME: usize = 80;
/// `last_used_at` is written at most this often.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// What a new token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<ApiScope>,
    /// The one facility it opens; none for all that its maker sees.
    pub facility: Option<FacilityId>,
    /// How long it works, one of [`TOKEN_DAYS`].
    pub days: u32,
}

/// Makes a token and returns its secret, which nobody can tell again.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageTokens`]; `Invalid` names the field.
pub async fn make(ctx: &Context, caller: &Principal, new: &NewToken) -> Result<String> {
    let scope = caller.scope(Permission::ManageTokens)?;
    let organisation = home(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    let choices = facility_choices(&mut tx).await?;
    let choices: Vec<(FacilityId, String)> = choices.into_iter().map(|(_, id, name)| (id, name)).collect();
    let facility = check(new, &choices, everywhere(&scope, organisation))?;
    let (secret, now) = (Token::random(), ctx.clock.now());
    let text = format!("{MARK}{}", secret.reveal());
    let row = TokenRow {
        id: uuid::Uuid::now_v7().into(),
        name: new.name.trim().to_owned(),
        scopes: ApiScope::ALL.iter().copied().filter(|scope| new.scopes.contains(scope)).collect(),
        facility,
        prefix: text.chars().take(MARK.len() + SHOWN).collect(),
        created_by: caller.name.clone(),
        created_at: now,
        last_used_at: None,
        expires_at: now + TimeDelta::days(new.days.into()),
        revoked_at: None,
    };
    let owned = stored::Owned { organisation, user: caller.user, secret_sha256: secret.hash() };
    stored::insert(&mut tx, &row, &owned).await?;
    let entry = Entry {
        organisation,
        actor: Actor::Person(caller),
        action: "token.made",
        subject: format!("token:{}", row.id),
        facility: None,
        detail: json!({
            "name": row.name, "scopes": row.scopes, "prefix": row.prefix, "expires_at": row.expires_at,
            "facility": row.facility.as_ref().map(|(_, name)| name),
        }),
    };
    record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(text)
}

/// The organisation whose tokens the caller manages: the one they are a member of. A vendor makes none in the name of
/// its customers.
fn home(caller: &Principal) -> Result<OrganisationId> {
    let manages =
        |grant: &Grant| grant.organisation == caller.home && grant.role.may(Permission::ManageTokens);
    if caller.grants.iter().any(manages) { Ok(caller.home) } else { Err(Error::Forbidden) }
}

/// Whether the caller is not limited to single facilities.
fn everywhere(scope: &Scope, organisation: OrganisationId) -> bool {
    scope.whole_organisations().contains(&organisation)
}

/// The facility with its name, if the fields can be accepted.
fn check(
    new: &NewToken,
    facilities: &[(FacilityId, String)],
    everywhere: bool,
) -> Result<Option<(FacilityId, String)>> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let length = new.name.trim().chars().count();
    if length == 0 || length > NAME {
        say("name", format!("Name the token after what will use it, in at most {NAME} characters."));
    }
    if new.scopes.is_empty() {
        say("scope", "Say what the token may be used for.".to_owned());
    }
    if !TOKEN_DAYS.contains(&new.days) {
        say("days", "A token works for 30, 90 or 365 days.".to_owned());
    }
    let facility = new.facility.and_then(|id| facilities.iter().find(|(known, _)| *known == id));
    if facility.is_none() && (new.facility.is_some() || !everywhere) {
        say("facility", "Choose one of your facilities.".to_owned());
    }
    if wrong.is_empty() { Ok(facility.cloned()) } else { Err(Error::Invalid(wrong)) }
}

/// Tokens of the caller's organisation, whoever made them.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageTokens`].
pub async fn list(ctx: &Context, caller: &Principal) -> Result<TokensView> {
    let scope = caller.scope(Permission::ManageTokens)?;
    let organisation = home(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    Ok(TokensView {
        tokens: stored::list(&mut tx, organisation).await?,
        facilities: facility_choices(&mut tx).await?.into_iter().map(|(_, id, name)| (id, name)).collect(),
        all: everywhere(&scope, organisation),
        now: ctx.clock.now(),
    })
}

/// Takes a token back; from then on it opens nothing.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageTokens`], `NotFound` when there is none that could be taken back.
pub async fn revoke(ctx: &Context, caller: &Principal, id: TokenId) -> Result<()> {
    let scope = caller.scope(Permission::ManageTokens)?;
    let organisation = home(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    let now = ctx.clock.now();
    let name = stored::revoke(&mut tx, organisation, id, now, &caller.name).await?;
    let entry = Entry {
        organisation,
        actor: Actor::Person(caller),
        action: "token.revoked",
        subject: format!("token:{id}"),
        facility: None,
        detail: json!({ "name": name }),
    };
    record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Who is behind a request with a token.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The token.
    pub token: TokenId,
    /// What its maker calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<ApiScope>,
    /// Its maker with what they hold now, as far as the token opens it.
    principal: Principal,
}

impl Bearer {
    /// The maker, if the token may be used for this.
    ///
    /// # Errors
    /// `Forbidden` without the scope, or when the maker does not hold the permission any more.
    pub fn may(&self, scope: ApiScope) -> Result<&Principal> {
        let held = self.scopes.contains(&scope) && self.principal.may(scope.permission());
        if held { Ok(&self.principal) } else { Err(Error::Forbidden) }
    }
}

/// Who is behind a secret; none when it is unknown, taken back or over, or opens nothing any more because its maker has
/// left. What the maker holds is read anew each time: a token never opens more than that.
///
/// # Errors
/// When the database fails.
pub async fn resolve(ctx: &Context, secret: &str) -> Result<Option<Bearer>> {
    let Some(secret) = secret.strip_prefix(MARK).and_then(Token::parse) else { return Ok(None) };
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let Some(found) = stored::by_secret(&mut tx, &secret.hash(), now).await? else { return Ok(None) };
    let reached = user_grants(&mut tx, found.user, now).await?;
    let grants = opened(reached, found.organisation, found.facility);
    if grants.is_empty() {
        return Ok(None);
    }
    if found.last_used_at.is_none_or(|used| now - used >= TOUCH) {
        stored::touch(&mut tx, found.id, now).await?;
        tx.commit().await?;
    }
    let name = if found.user_name.is_empty() { found.email } else { found.user_name };
    let principal = Principal { user: found.user, name, home: found.organisation, grants };
    Ok(Some(Bearer { token: found.id, name: found.name, scopes: found.scopes, principal }))
}

/// What membership of the token's organisation lets its maker reach, at the token's facility alone if it has one.
fn opened(
    reached: Vec<(OrganisationId, Grant)>,
    organisation: OrganisationId,
    facility: Option<(OrganisationId, FacilityId)>,
) -> Vec<Grant> {
    let by_membership = reached.into_iter().filter(|(home, _)| *home == organisation).map(|(_, grant)| grant);
    let Some((owner, only)) = facility else { return by_membership.collect() };
    // A grant to another organisation must not open the facility by its name alone.
    let of_owner = by_membership.filter(|grant| grant.organisation == owner);
    let reaching =
        of_owner.filter(|grant| grant.facilities.as_ref().is_none_or(|named| named.contains(&only)));
    reaching.map(|grant| Grant { facilities: Some(vec![only]), ..grant }).collect()
}
