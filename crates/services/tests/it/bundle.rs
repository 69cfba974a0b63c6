//! A report's bundle, from a baseline that was really signed down to the meter's readings.

use crate::baselines::{SLUG, invited, metered_world, new_baseline, people, register};
use crate::tariffs::TARIFF;
use crate::verification::{code, enrolled, review};
use crate::world::World;
use bundle::{archive, check};
use domain::access::{Permission, Principal};
use domain::baseline::{MetricType, Step};
use domain::report::{Format, Style};
use services::audit::Actor;
use services::baselines::{self, take_step};
use services::reports::{self, NewReport};
use services::signer::{Signer, fits};
use services::verifications::review::save;
use services::verifications::sign::{Signing, sign};
use services::verifications::view;
use services::{savings, tariffs};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// A facility with priced savings against a signed baseline, and its owner.
async fn signed(pool: PgPoolOptions, connect: PgConnectOptions) -> (World, Principal) {
    let mut world = metered_world(pool, connect, register()).await;
    world.ctx.signer = Some(Signer::from_seed(&[7; 32]).unwrap());
    let (ctx, mut people) = (&world.ctx, people(&world).await);
    // Setting a second factor up is recorded with the person's own organisation.
    people.verifier.home = world.cedar;
    let (engineer, owner) = (Actor::Person(&people.engineer), Actor::Person(&people.owner));
    tariffs::set(ctx, owner, SLUG, MetricType::Electricity, TARIFF).await.unwrap();
    let id = baselines::fit(ctx, engineer, SLUG, &new_baseline()).await.unwrap();
    baselines::choose(ctx, engineer, SLUG, id, "cea-daily", "It follows the crop.").await.unwrap();
    take_step(ctx, &people.engineer, SLUG, id, Step::Submit, "").await.unwrap();
    invited(&world, &people, id).await;
    take_step(ctx, &people.verifier, SLUG, id, Step::Begin, "").await.unwrap();
    save(ctx, &people.verifier, SLUG, id, &review()).await.unwrap();
    let (secret, _) = enrolled(ctx, &people.verifier).await;
    let dossier_sha256 = view(ctx, &people.verifier, SLUG, id).await.unwrap().dossier_sha256;
    let signing = Signing { name: people.verifier.name.clone(), code: code(ctx, &secret), dossier_sha256 };
    sign(ctx, &people.verifier, SLUG, id, &signing).await.unwrap();
    take_step(ctx, &people.owner, SLUG, id, Step::Activate, "").await.unwrap();
    savings::compute_due(ctx, 1_000).await.unwrap();
    (world, people.owner)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_report_is_sealed_with_everything_it_rests_on(pool: PgPoolOptions, connect: PgConnectOptions) {
    let (world, owner) = signed(pool, connect).await;
    let ctx = &world.ctx;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let march = |from: &str, until: &str| NewReport {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        style: Style::default(),
        choices: Default::default(),
    };
    let (made, bundled) =
        reports::create(ctx, &owner, SLUG, &march("2026-03-01", "2026-03-20")).await.unwrap();
    assert!(bundled);
    let (_, bytes) = reports::document(ctx, &scope, made.id, Format::Bundle).await.unwrap();
    let key = ctx.signer.as_ref().unwrap().public_key();
    let report = check(&bytes, Some(key), fits, true);
    let wrong: Vec<_> = report.checks.iter().filter(|c| !c.holds).collect();
    assert!(report.holds, "{wrong:#?}");
    let files = archive::read(&bytes).unwrap();
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "signature.txt",
            "audit.json",
            "baseline-electricity-v1.json",
            "days-electricity.json",
            "statement.json",
            "statement.pdf",
            "tariffs.json",
            "weather.csv",
        ]
    );
    let found = |what: &str| report.checks.iter().find(|c| c.what.contains(what)).unwrap().found.clone();
    assert!(found("what the meters counted").contains("readings"));
    assert!(found("fitted again").contains("methods"));
    let records: Vec<serde_json::Value> = serde_json::from_slice(&files[2].bytes).unwrap();
    assert!(records.iter().any(|r| r["event"]["action"] == "baseline.verified"), "{records:#?}");

    // Sealed again by somebody who can sign: the figures themselves tell.
    let forge = |name: &str, from: &str, to: &str| {
        let mut files = files[2..].to_vec();
        let file = files.iter_mut().find(|f| f.name == name).unwrap();
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {name}");
        file.bytes = text.replacen(from, to, 1).into_bytes();
        let other = Signer::from_seed(&[9; 32]).unwrap();
        let sealed = bundle::seal(files, other.public_key(), |bytes| other.sign(bytes)).unwrap();
        let report = check(&sealed, None, fits, false);
        report.checks.into_iter().find(|c| !c.holds).map(|c| c.what).unwrap_or_default()
    };
    let days = "days-electricity.json";
    let of = |text: &str| format!("Electricity: {text}");
    assert_eq!(
        forge(days, "\"expected_day\": \"", "\"expected_day\": \"1"),
        of("every day comes out the same when computed again")
    );
    assert_eq!(forge("tariffs.json", "\"0.1\"", "\"0.2\""), of("prices are the tariff's"));
    assert_eq!(
        forge("audit.json", "\"baseline.verified\"", "\"baseline.rejected\""),
        "The records of the audit trail are unchanged"
    );
    assert!(
        forge("baseline-electricity-v1.json", "\"typed_name\": \"", "\"typed_name\": \"X")
            .contains("as its verifier signed it")
    );

    // The same bytes for ever, whatever is computed later.
    let (_, again) = reports::document(ctx, &scope, made.id, Format::Bundle).await.unwrap();
    assert_eq!(again, bytes);
    let shown = reports::view(ctx, &scope, SLUG, made.id).await.unwrap();
    assert_eq!(shown.bundle_sha256.unwrap().len(), 64);
}
