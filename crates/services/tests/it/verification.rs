//! From an invited verifier to a signed baseline, and everybody who may not.

use crate::accounts::{Accounts, PASSWORD, Sink};
use crate::baseline::{baseline, day};
use crate::support::facility_file;
use chrono::TimeDelta;
use domain::access::{Permission, Principal, Role, Scope};
use domain::baseline::{BaselineState, Step};
use domain::id::{BaselineId, FacilityId};
use domain::verification::dossier::SignedDossier;
use domain::verification::{Answer, Checked, Conflict, Item, Review};
use services::baselines::take_step;
use services::people::Place;
use services::second_factor::{self, Status};
use services::sessions::Visitor;
use services::signer::check;
use services::verifications::invite::{Firm, Invite, invite, withdraw};
use services::verifications::review::{NewComment, comment, resolve, save};
use services::verifications::sign::{Signing, sign};
use services::verifications::{dossier, view};
use services::{Context, Error, facilities, links, sessions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use totp_rs::{Builder, Secret};

const SLUG: &str = "cedar";
const VERA: &str = "vera@firm.example";

struct Case {
    accounts: Accounts,
    sink: Sink,
    facility: FacilityId,
    baseline: BaselineId,
    /// Of the vendor.
    engineer: Principal,
    /// Of the customer.
    owner: Principal,
}

impl Case {
    async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let mut accounts = Accounts::new(pool, connect).await;
        let sink = Sink::start(&mut accounts.ctx).await;
        let ctx = &accounts.ctx;
        let facility = facilities::create_from_file(ctx, accounts.cedar.id, &facility_file(SLUG))
            .await
            .unwrap()
            .facility;
        let engineer = accounts.person("engineer@vendor.example", &accounts.vendor, Role::Engineer).await;
        let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await;
        let mut case = Self {
            facility,
            baseline: BaselineId(uuid::Uuid::nil()),
            engineer: engineer.principal,
            owner: owner.principal,
            accounts,
            sink,
        };
        case.baseline = case.submitted(1).await;
        case
    }

    fn ctx(&self) -> &Context {
        &self.accounts.ctx
    }

    /// Another baseline, handed in by the vendor.
    async fn submitted(&self, version: u32) -> BaselineId {
        let new = baseline(self.accounts.cedar.id, self.facility, version, self.ctx().clock.now());
        let mut tx = self.ctx().db.begin(&Scope::system()).await.unwrap();
        store::baselines::insert(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        new.summary.id
    }

    fn vera(&self) -> Invite {
        Invite { email: VERA.to_owned(), firm: Firm::Engaged(self.accounts.verifier.id), days: 30 }
    }

    /// Invites, lets the new person accept, and signs them in.
    async fn verifier(&mut self) -> Principal {
        let (baseline, vera) = (self.baseline, self.vera());
        invite(self.ctx(), &self.engineer, SLUG, baseline, &vera).await.unwrap();
        let link = self.sink.token("/invite/").await;
        let visitor = Visitor::default();
        links::accept(self.ctx(), &link, "Vera Ode", PASSWORD.to_owned(), &visitor).await.unwrap().principal
    }

    /// The person as their next request finds them.
    async fn again(&self, email: &str) -> Principal {
        self.accounts.sign_in(email).await.unwrap().principal
    }

    async fn state(&self) -> BaselineState {
        view(self.ctx(), &self.owner, SLUG, self.baseline).await.unwrap().summary.state
    }

    async fn step(&self, who: &Principal, step: Step) -> services::Result<BaselineState> {
        take_step(self.ctx(), who, SLUG, self.baseline, step, "because of the autumn").await
    }

    async fn audited(&self, action: &str) -> usize {
        let filter =
            services::audit::Filter { action: Some(action.to_owned()), ..services::audit::Filter::default() };
        services::audit::page(self.ctx(), &self.owner, &filter).await.unwrap().records.len()
    }
}

pub(crate) fn review() -> Review {
    let checked = |item: &Item| Checked { item: *item, answer: Some(Answer::Yes), note: String::new() };
    Review {
        checklist: Item::ALL.iter().map(checked).collect(),
        conflict: Conflict { none: true, text: "None.".to_owned() },
    }
}

/// The code that the person's app shows now.
pub(crate) fn code(ctx: &Context, secret: &str) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(ctx.clock.now().timestamp().unsigned_abs()).to_string()
}

/// Sets a second factor up and returns its secret and recovery codes.
pub(crate) async fn enrolled(ctx: &Context, who: &Principal) -> (String, Vec<String>) {
    second_factor::begin(ctx, who).await.unwrap();
    let Status::Begun(enrolment) = second_factor::status(ctx, who).await.unwrap() else {
        panic!("not begun")
    };
    let codes = second_factor::confirm(ctx, who, &code(ctx, &enrolment.secret)).await.unwrap();
    ctx.clock.advance(TimeDelta::seconds(30));
    (enrolment.secret, codes)
}

fn field(error: &Error) -> &str {
    match error {
        Error::Invalid(fields) => &fields[0].field,
        other => panic!("{other}"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn from_invitation_to_signature(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let vera = case.verifier().await;
    let (ctx, id) = (case.ctx(), case.baseline);
    let seen = view(ctx, &vera, SLUG, id).await.unwrap();
    assert_eq!(seen.may, [Step::Begin, Step::RequestChanges, Step::Reject]);
    assert!(seen.may_review && seen.may_comment && seen.firms.is_none());
    assert_eq!(case.step(&vera, Step::Begin).await.unwrap(), BaselineState::InVerification);

    let asked = NewComment {
        text: "Why is December so high?".to_owned(),
        from: Some(day("2025-12-01")),
        last: Some(day("2025-12-31")),
        ..NewComment::default()
    };
    let question = comment(ctx, &vera, SLUG, id, &asked).await.unwrap();
    let answer = NewComment {
        parent: Some(question),
        text: "Two rooms ran twice.".to_owned(),
        ..NewComment::default()
    };
    comment(ctx, &case.engineer, SLUG, id, &answer).await.unwrap();
    let wrong = resolve(ctx, &case.engineer, SLUG, id, question, true).await;
    assert!(matches!(wrong, Err(Error::Conflict(_))), "who asked says when it is settled");
    resolve(ctx, &vera, SLUG, id, question, true).await.unwrap();
    let seen = view(ctx, &case.owner, SLUG, id).await.unwrap();
    assert_eq!(seen.comments[0].days, Some((day("2025-12-01"), day("2026-01-01"))));
    assert_eq!(seen.comments[0].resolved.as_ref().unwrap().1, "Vera Ode");
    assert_eq!(seen.comments[1].parent, Some(question));

    save(ctx, &vera, SLUG, id, &review()).await.unwrap();
    let (secret, _) = enrolled(ctx, &vera).await;
    let seen = view(ctx, &vera, SLUG, id).await.unwrap();
    assert!(seen.missing.is_empty() && seen.second_factor);
    assert_eq!(seen.may, [Step::RequestChanges, Step::Reject, Step::Verify]);
    let signing = Signing {
        name: " Vera  Ode ".to_owned(),
        code: code(ctx, &secret),
        dossier_sha256: seen.dossier_sha256,
    };
    sign(ctx, &vera, SLUG, id, &signing).await.unwrap();
    assert_eq!(case.state().await, BaselineState::Verified);

    let signed = view(ctx, &case.owner, SLUG, id).await.unwrap().signed.unwrap();
    assert_eq!(signed.faults, Vec::<String>::new());
    assert_eq!(signed.by, ("Vera Ode".to_owned(), VERA.to_owned(), "Verifier".to_owned()));
    assert_eq!(signed.dossier_sha256, signing.dossier_sha256);
    for action in [
        "verification.invited",
        "baseline.verification_begun",
        "baseline.comment_settled",
        "verification.review_saved",
        "baseline.verified",
    ] {
        assert_eq!(case.audited(action).await, 1, "{action}");
    }
    // The other side accepts, and the signature still holds.
    assert_eq!(case.step(&case.owner, Step::Activate).await.unwrap(), BaselineState::Active);
    let signed = view(ctx, &case.owner, SLUG, id).await.unwrap().signed.unwrap();
    assert_eq!(signed.faults, Vec::<String>::new());
}

/// A baseline that Vera is about to sign, with her secret.
async fn about_to_sign(case: &mut Case) -> (Principal, String, Signing) {
    let vera = case.verifier().await;
    let (ctx, id) = (case.ctx(), case.baseline);
    case.step(&vera, Step::Begin).await.unwrap();
    save(ctx, &vera, SLUG, id, &review()).await.unwrap();
    let (secret, _) = enrolled(ctx, &vera).await;
    let dossier_sha256 = view(ctx, &vera, SLUG, id).await.unwrap().dossier_sha256;
    let signing = Signing { name: "Vera Ode".to_owned(), code: code(ctx, &secret), dossier_sha256 };
    (vera, secret, signing)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_is_signed_that_was_not_seen(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let (vera, secret, signing) = about_to_sign(&mut case).await;
    let (ctx, id) = (case.ctx(), case.baseline);

    let other = Signing { name: "Vera".to_owned(), ..signing.clone() };
    assert_eq!(field(&sign(ctx, &vera, SLUG, id, &other).await.unwrap_err()), "name");
    let late = NewComment { text: "One more thing.".to_owned(), ..NewComment::default() };
    comment(ctx, &case.engineer, SLUG, id, &late).await.unwrap();
    let changed = sign(ctx, &vera, SLUG, id, &signing).await.unwrap_err();
    assert!(changed.to_string().contains("changed since you opened"), "{changed}");

    let mut open = review();
    open.checklist[2].answer = Some(Answer::No);
    save(ctx, &vera, SLUG, id, &open).await.unwrap();
    let now = view(ctx, &vera, SLUG, id).await.unwrap();
    let signing = Signing { dossier_sha256: now.dossier_sha256, ..signing };
    let bare = sign(ctx, &vera, SLUG, id, &signing).await.unwrap_err();
    assert!(bare.to_string().contains("note"), "{bare}");

    save(ctx, &vera, SLUG, id, &review()).await.unwrap();
    let now = view(ctx, &vera, SLUG, id).await.unwrap();
    let signing = Signing { dossier_sha256: now.dossier_sha256, ..signing };
    let wrong = Signing { code: "000000".to_owned(), ..signing.clone() };
    assert_eq!(field(&sign(ctx, &vera, SLUG, id, &wrong).await.unwrap_err()), "code");
    // None of the refusals has used the code up.
    assert_eq!(signing.code, code(ctx, &secret));
    sign(ctx, &vera, SLUG, id, &signing).await.unwrap();
    assert!(matches!(save(ctx, &vera, SLUG, id, &open).await, Err(Error::Conflict(_))));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_signed_dossier_speaks_for_itself(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let (vera, _, signing) = about_to_sign(&mut case).await;
    let ctx = case.ctx();
    sign(ctx, &vera, SLUG, case.baseline, &signing).await.unwrap();
    let file = dossier(ctx, &case.owner, SLUG, case.baseline).await.unwrap();
    let text = serde_json::to_string_pretty(&file).unwrap();
    let file: SignedDossier = serde_json::from_str(&text).unwrap();
    let key = ctx.signer.as_ref().unwrap().public_key();
    let checked = check(&file, Some(key));
    assert_eq!(checked.faults, Vec::<String>::new());
    let record = checked.record.unwrap();
    assert_eq!((record.typed_name.as_str(), record.second_factor.as_str()), ("Vera Ode", "totp"));
    assert_eq!(record.dossier_sha256, signing.dossier_sha256);

    for (from, to, named) in [
        ("\"cv_rmse\": 0.12", "\"cv_rmse\": 0.11", "“candidates”"),
        ("\"period_end\": \"2026-01-01\"", "\"period_end\": \"2026-01-02\"", "“baseline”"),
        ("\"note\": \"because of the autumn\"", "\"note\": \"\"", "“steps”"),
        ("\"typed_name\": \"Vera Ode\"", "\"typed_name\": \"Vera Odd\"", "signature does not fit"),
    ] {
        let flipped = text.replace(from, to);
        assert!(flipped != text, "{from} is not in the file");
        let faults = check(&serde_json::from_str(&flipped).unwrap(), Some(key)).faults;
        assert!(faults.iter().any(|fault| fault.contains(named)), "{from}: {faults:?}");
    }
    let faults = check(&file, Some(&[1; 32])).faults;
    assert_eq!(faults, ["It was signed with another key than the platform's."]);
    let unsigned = SignedDossier { record: None, ..file };
    assert_eq!(check(&unsigned, None).faults, ["The file has no signature."]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_changes_in_the_database_after_signing_is_named(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    let mut case = Case::new(pool, connect).await;
    let (vera, _, signing) = about_to_sign(&mut case).await;
    sign(case.ctx(), &vera, SLUG, case.baseline, &signing).await.unwrap();
    let late = NewComment { text: "Thank you.".to_owned(), ..NewComment::default() };
    comment(case.ctx(), &case.owner, SLUG, case.baseline, &late).await.unwrap();
    let signed = view(case.ctx(), &case.owner, SLUG, case.baseline).await.unwrap().signed.unwrap();
    assert_eq!(signed.faults, Vec::<String>::new(), "what comes later is no change");
    sqlx::query("UPDATE baselines SET baseline_value = 1300").execute(&mut owner).await.unwrap();
    let signed = view(case.ctx(), &case.owner, SLUG, case.baseline).await.unwrap().signed.unwrap();
    assert_eq!(signed.faults.len(), 1, "{:?}", signed.faults);
    assert!(signed.faults[0].contains("“baseline”"), "{:?}", signed.faults);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn neither_party_and_no_stranger_verifies(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let ctx = case.ctx();
    // Engaged for the facility, but not asked about this baseline: reads, and that is all.
    let place = Place {
        organisation: case.accounts.verifier.id,
        role: Role::Verifier,
        facilities: Some(vec![case.facility]),
    };
    case.accounts.admit("engaged@firm.example", &case.accounts.verifier, place).await;
    let engaged = case.again("engaged@firm.example").await;
    let stranger =
        Place { organisation: case.accounts.verifier.id, role: Role::Verifier, facilities: Some(vec![]) };
    case.accounts.admit("stranger@firm.example", &case.accounts.verifier, stranger).await;
    let stranger = case.again("stranger@firm.example").await;
    let signing = Signing { name: String::new(), code: String::new(), dossier_sha256: String::new() };
    for step in [Step::Begin, Step::RequestChanges, Step::Reject] {
        for party in [&case.engineer, &case.owner, &engaged] {
            let refused = case.step(party, step).await;
            assert!(matches!(refused, Err(Error::Forbidden)), "{} {step:?}: {refused:?}", party.name);
        }
        assert!(matches!(case.step(&stranger, step).await, Err(Error::NotFound)));
    }
    for party in [&case.engineer, &case.owner, &engaged] {
        let refused = sign(ctx, party, SLUG, case.baseline, &signing).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{}: {refused:?}", party.name);
        let refused = save(ctx, party, SLUG, case.baseline, &review()).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{}: {refused:?}", party.name);
    }
    let seen = view(ctx, &engaged, SLUG, case.baseline).await.unwrap();
    assert!(seen.may.is_empty() && !seen.may_comment && !seen.may_review);
    assert!(matches!(view(ctx, &stranger, SLUG, case.baseline).await, Err(Error::NotFound)));
    assert!(matches!(dossier(ctx, &stranger, SLUG, case.baseline).await, Err(Error::NotFound)));
    assert!(matches!(sign(ctx, &stranger, SLUG, case.baseline, &signing).await, Err(Error::NotFound)));

    // Nor does somebody of a party become independent by being invited.
    for email in ["owner@cedar.example", "engineer@vendor.example"] {
        let inside = Invite { email: email.to_owned(), ..case.vera() };
        let refused = invite(ctx, &case.engineer, SLUG, case.baseline, &inside).await.unwrap_err();
        assert_eq!(field(&refused), "email");
    }
    assert_eq!(case.state().await, BaselineState::Submitted);
    // An invited one who joins a party later is of that party.
    let vera = case.verifier().await;
    let place = Place { organisation: case.accounts.cedar.id, role: Role::Finance, facilities: None };
    case.accounts.admit(VERA, &case.accounts.cedar, place).await;
    let vera = Principal { grants: case.again(VERA).await.grants, ..vera };
    assert!(case.step(&vera, Step::Begin).await.is_err());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_invitation_opens_one_facility_and_ends(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let vera = case.verifier().await;
    let ctx = case.ctx();
    facilities::create_from_file(ctx, case.accounts.harbor.id, &facility_file("harbor")).await.unwrap();
    let scope = vera.scope(Permission::ViewFacility).unwrap();
    assert_eq!(scope.facilities(), [case.facility]);
    assert!(!scope.whole_organisations().contains(&case.accounts.cedar.id));
    for permission in [Permission::ImportData, Permission::ManageBaselines, Permission::AcceptBaselines] {
        assert!(!vera.may(permission), "{permission:?}");
    }
    // The other side cannot take it back, the inviting side can.
    let id = view(ctx, &case.owner, SLUG, case.baseline).await.unwrap().invitations[0].id;
    let refused = withdraw(ctx, &case.owner, SLUG, case.baseline, id).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    withdraw(ctx, &case.engineer, SLUG, case.baseline, id).await.unwrap();
    let gone = case.again(VERA).await;
    assert!(matches!(view(ctx, &gone, SLUG, case.baseline).await, Err(Error::NotFound)));
    assert!(
        matches!(case.step(&vera, Step::Begin).await, Err(Error::Forbidden)),
        "nor with what was held before"
    );
    assert_eq!(case.audited("verification.withdrawn").await, 1);

    // Inviting again starts the time anew, for somebody who has an account: a link to the baseline, not to a password.
    let (baseline, again) = (case.baseline, case.vera());
    invite(case.ctx(), &case.owner, SLUG, baseline, &again).await.unwrap();
    let (to, text) = case.sink.next().await;
    assert_eq!(to, VERA);
    assert!(text.contains(&format!("/f/{SLUG}/baselines/{baseline}/verification")), "{text}");
    assert!(!text.contains("/invite/"), "{text}");
    let ctx = case.ctx();
    let back = case.again(VERA).await;
    assert_eq!(view(ctx, &back, SLUG, baseline).await.unwrap().invitations.len(), 1);
    ctx.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert!(view(ctx, &case.again(VERA).await, SLUG, baseline).await.is_ok());
    ctx.clock.advance(TimeDelta::seconds(1));
    let late = case.again(VERA).await;
    assert!(matches!(view(ctx, &late, SLUG, baseline).await, Err(Error::NotFound)));
    assert!(matches!(case.step(&late, Step::Begin).await, Err(Error::NotFound)));
    assert!(
        matches!(case.step(&back, Step::Begin).await, Err(Error::Forbidden)),
        "nor with what was held before"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_may_invite_whom_and_when(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut case = Case::new(pool, connect).await;
    let ctx = case.ctx();
    let invite_by = async |who: &Principal, new: &Invite| invite(ctx, who, SLUG, case.baseline, new).await;
    let viewer =
        case.accounts.person("viewer@cedar.example", &case.accounts.cedar, Role::Viewer).await.principal;
    let stranger =
        case.accounts.person("owner@harbor.example", &case.accounts.harbor, Role::Owner).await.principal;
    assert!(matches!(invite_by(&viewer, &case.vera()).await, Err(Error::Forbidden)));
    assert!(matches!(invite_by(&stranger, &case.vera()).await, Err(Error::NotFound)));
    let wrong = |firm| Invite { firm, ..case.vera() };
    for firm in [
        Firm::Engaged(case.accounts.cedar.id),
        Firm::Engaged(domain::id::OrganisationId(uuid::Uuid::now_v7())),
        Firm::New("  ".to_owned()),
        Firm::New("Cedar".to_owned()),
    ] {
        assert_eq!(
            field(&invite_by(&case.engineer, &wrong(firm.clone())).await.unwrap_err()),
            "firm",
            "{firm:?}"
        );
    }
    let days = Invite { days: 0, ..case.vera() };
    assert_eq!(field(&invite_by(&case.engineer, &days).await.unwrap_err()), "days");
    let email = Invite { email: "vera".to_owned(), ..case.vera() };
    assert_eq!(field(&invite_by(&case.engineer, &email).await.unwrap_err()), "email");

    // A firm that nobody knew is added once, whoever names it, however it is written.
    let named = |email: &str, firm: &str| Invite {
        email: email.to_owned(),
        firm: Firm::New(firm.to_owned()),
        days: 7,
    };
    invite_by(&case.owner, &named("a@new.example", "Oak & Ash")).await.unwrap();
    invite_by(&case.engineer, &named("b@new.example", "oak & ash ")).await.unwrap();
    let seen = view(ctx, &case.owner, SLUG, case.baseline).await.unwrap();
    let firms: Vec<String> = seen.firms.unwrap().into_iter().map(|(_, name)| name).collect();
    assert_eq!(firms, ["Oak & Ash", "Verifier"]);
    assert!(seen.invitations.iter().all(|i| i.firm == "Oak & Ash" && i.open));
    case.step(&case.engineer, Step::Withdraw).await.unwrap();
    let refused = invite(ctx, &case.engineer, SLUG, case.baseline, &case.vera()).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "a draft");
    let _ = &mut case.sink;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn changes_are_made_and_handed_in_again_and_a_rejected_one_stays(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let mut case = Case::new(pool, connect).await;
    let vera = case.verifier().await;
    let ctx = case.ctx();
    case.step(&vera, Step::Begin).await.unwrap();
    let asked = NewComment { text: "Where is May?".to_owned(), ..NewComment::default() };
    comment(ctx, &vera, SLUG, case.baseline, &asked).await.unwrap();
    let silent = take_step(ctx, &vera, SLUG, case.baseline, Step::RequestChanges, " ").await.unwrap_err();
    assert_eq!(field(&silent), "note");
    for (who, step, state) in [
        (&vera, Step::RequestChanges, BaselineState::ChangesRequested),
        (&case.engineer, Step::Rework, BaselineState::Draft),
        (&case.engineer, Step::Submit, BaselineState::Submitted),
        (&vera, Step::Begin, BaselineState::InVerification),
    ] {
        assert_eq!(case.step(who, step).await.unwrap(), state);
    }
    let seen = view(ctx, &vera, SLUG, case.baseline).await.unwrap();
    assert_eq!(seen.comments.len(), 1, "comments persist");
    assert_eq!(seen.steps.len(), 5);
    case.step(&vera, Step::Reject).await.unwrap();
    for who in [&case.engineer, &vera] {
        for step in [Step::Rework, Step::Submit, Step::Begin] {
            assert!(case.step(who, step).await.is_err(), "{} {step:?}", who.name);
        }
    }
    // A new one takes its place, and the verifier is asked anew.
    case.baseline = case.submitted(2).await;
    assert!(matches!(case.step(&vera, Step::Begin).await, Err(Error::Forbidden)));
    let again = case.vera();
    invite(case.ctx(), &case.engineer, SLUG, case.baseline, &again).await.unwrap();
    assert_eq!(case.step(&vera, Step::Begin).await.unwrap(), BaselineState::InVerification);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn comments_name_days_and_have_something_to_say(pool: PgPoolOptions, connect: PgConnectOptions) {
    let case = Case::new(pool, connect).await;
    let (ctx, id) = (case.ctx(), case.baseline);
    let said = |text: &str, from: Option<&str>, last: Option<&str>| NewComment {
        parent: None,
        text: text.to_owned(),
        from: from.map(day),
        last: last.map(day),
    };
    for (new, wrong) in [
        (said(" ", None, None), "text"),
        (said(&"a".repeat(4_001), None, None), "text"),
        (said("a", None, Some("2025-05-01")), "from"),
        (said("a", Some("2025-05-02"), Some("2025-05-01")), "last"),
    ] {
        assert_eq!(field(&comment(ctx, &case.owner, SLUG, id, &new).await.unwrap_err()), wrong);
    }
    let one = comment(ctx, &case.owner, SLUG, id, &said("a", Some("2025-05-01"), None)).await.unwrap();
    let answer = NewComment { parent: Some(one), text: "b".to_owned(), ..NewComment::default() };
    let two = comment(ctx, &case.engineer, SLUG, id, &answer).await.unwrap();
    let deeper = NewComment { parent: Some(two), ..answer };
    assert!(matches!(comment(ctx, &case.owner, SLUG, id, &deeper).await, Err(Error::NotFound)));
    let seen = view(ctx, &case.owner, SLUG, id).await.unwrap().comments;
    assert_eq!(seen[0].days, Some((day("2025-05-01"), day("2025-05-02"))));
    let viewer =
        case.accounts.person("viewer@cedar.example", &case.accounts.cedar, Role::Viewer).await.principal;
    let refused = comment(ctx, &viewer, SLUG, id, &said("a", None, None)).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_code_works_once_and_guessing_is_slow(pool: PgPoolOptions, connect: PgConnectOptions) {
    let case = Case::new(pool, connect).await;
    let (ctx, who) = (case.ctx(), &case.owner);
    assert!(matches!(second_factor::check(ctx, who.user, "123456").await, Err(Error::Conflict(_))));
    second_factor::begin(ctx, who).await.unwrap();
    assert!(!second_factor::is_on(ctx, who.user).await.unwrap(), "begun is not on");
    assert_eq!(field(&second_factor::confirm(ctx, who, "12345").await.unwrap_err()), "code");
    let (secret, recovery) = enrolled(ctx, who).await;
    assert!(matches!(second_factor::begin(ctx, who).await, Err(Error::Conflict(_))));

    let now = code(ctx, &secret);
    second_factor::check(ctx, who.user, &format!(" {} {}", &now[..3], &now[3..])).await.unwrap();
    assert_eq!(field(&second_factor::check(ctx, who.user, &now).await.unwrap_err()), "code", "used");
    let typed = recovery[0].to_uppercase();
    assert_eq!(
        second_factor::check(ctx, who.user, &typed).await.unwrap(),
        second_factor::Method::RecoveryCode
    );
    assert!(second_factor::check(ctx, who.user, &typed).await.is_err(), "used");
    assert!(matches!(second_factor::status(ctx, who).await.unwrap(), Status::On(9)));

    for _ in 1..second_factor::FAILURES {
        assert!(matches!(second_factor::check(ctx, who.user, "nonsense").await, Err(Error::Invalid(_))));
    }
    ctx.clock.advance(TimeDelta::seconds(60));
    let right = code(ctx, &secret);
    let waits = second_factor::check(ctx, who.user, &right).await;
    assert!(matches!(waits, Err(Error::TooManyRequests { retry_after_s: 840 })), "{waits:?}");
    ctx.clock.advance(TimeDelta::minutes(14));
    second_factor::check(ctx, who.user, &code(ctx, &secret)).await.unwrap();
    ctx.clock.advance(TimeDelta::seconds(30));
    second_factor::remove(ctx, who, &code(ctx, &secret)).await.unwrap();
    assert!(!second_factor::is_on(ctx, who.user).await.unwrap());
    assert!(second_factor::check(ctx, who.user, &recovery[1]).await.is_err(), "they went with it");
    for action in ["second_factor.enrolled", "second_factor.removed"] {
        assert_eq!(case.audited(action).await, 1, "{action}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn signing_in_takes_the_code_as_well(pool: PgPoolOptions, connect: PgConnectOptions) {
    let case = Case::new(pool, connect).await;
    let (secret, _) = enrolled(case.ctx(), &case.owner).await;
    let ctx = case.ctx();
    let first = case.accounts.sign_in("owner@cedar.example").await.unwrap();
    assert!(first.code_due);
    assert!(case.accounts.resolve(&first.token).await.is_none(), "the password alone opens nothing");
    let visitor = Visitor::default();
    let wrong = sessions::enter_code(ctx, &first.token, "000000", &visitor).await.unwrap_err();
    assert_eq!(field(&wrong), "code");
    let second = sessions::enter_code(ctx, &first.token, &code(ctx, &secret), &visitor).await.unwrap();
    assert_ne!(second.token, first.token);
    assert!(case.accounts.resolve(&second.token).await.is_some());
    assert!(case.accounts.resolve(&first.token).await.is_none());
    ctx.clock.advance(TimeDelta::seconds(30));
    let now = code(ctx, &secret);
    for token in [&first.token, &second.token] {
        let again = sessions::enter_code(ctx, token, &now, &visitor).await;
        assert!(matches!(again, Err(Error::NotFound)));
    }
    let slow = case.accounts.sign_in("owner@cedar.example").await.unwrap();
    ctx.clock.advance(TimeDelta::minutes(10));
    let late = sessions::enter_code(ctx, &slow.token, &code(ctx, &secret), &visitor).await;
    assert!(matches!(late, Err(Error::NotFound)));
}
