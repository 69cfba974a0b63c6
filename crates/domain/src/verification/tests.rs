use super::dossier::{Parts, Record, changed_since, differences, dossier, sections};
use super::*;
use crate::baseline::{BaselineState, MetricType};
use crate::canonical;
use crate::id::BaselineId;
use serde_json::Value;

fn id(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn comment(n: u128, text: &str) -> Comment {
    Comment {
        id: CommentId(id(n)),
        parent: None,
        at: at("2026-03-01T10:00:00Z"),
        by: "Vera".to_owned(),
        party: Party::Verifier,
        text: text.to_owned(),
        days: Some(("2025-12-24".parse().unwrap(), "2026-01-02".parse().unwrap())),
        resolved: None,
    }
}

fn review() -> Review {
    let checked = |item: &Item| Checked { item: *item, answer: Some(Answer::Yes), note: String::new() };
    Review {
        checklist: Item::ALL.iter().map(checked).collect(),
        conflict: Conflict { none: true, text: String::new() },
    }
}

fn made(comments: &[Comment], review: &Review, version: u32) -> Value {
    let summary = BaselineSummary {
        id: BaselineId(id(1)),
        metric_type: MetricType::Electricity,
        version,
        series: None,
        source: crate::baseline::BaselineSource::Meters,
        period_start: "2025-01-01".parse().unwrap(),
        period_end: "2026-01-01".parse().unwrap(),
        effective_from: "2026-02-01".parse().unwrap(),
        baseline_value: Some("1204.50".parse().unwrap()),
        unit: "kWh".to_owned(),
        method: Some("cea-daily".to_owned()),
        state: BaselineState::InVerification,
        created_at: at("2026-02-28T09:30:00.5Z"),
        created_by: "Engin".to_owned(),
    };
    dossier(&Parts {
        summary: &summary,
        candidates: &[],
        reason: Some("drivers move"),
        profile: &[0.1, 1.0 / 3.0],
        engine_version: "0.1.0",
        inputs_sha256: "00",
        steps: &[],
        comments,
        review,
    })
    .unwrap()
}

fn record(dossier: &Value) -> Record {
    Record {
        version: 1,
        dossier_sha256: canonical::sha256(dossier),
        sections: sections(dossier),
        baseline: BaselineId(id(1)),
        baseline_version: 1,
        facility: ("cedar".to_owned(), "Cedar".to_owned()),
        verifier_name: "Vera".to_owned(),
        verifier_email: "vera@firm.example".to_owned(),
        verifier_organisation: "Firm".to_owned(),
        invited_by: ("Engin".to_owned(), Party::Vendor),
        typed_name: "Vera".to_owned(),
        conflict_of_interest: Conflict { none: true, text: String::new() },
        signed_at: "2026-03-02T10:00:00.000000Z".to_owned(),
        second_factor: "totp".to_owned(),
        engine_version: "0.1.0".to_owned(),
    }
}

#[test]
fn names_can_be_read_back() {
    for item in Item::ALL {
        assert_eq!(Item::parse(item.as_str()), Some(*item));
        assert_eq!(serde_json::to_value(item).unwrap(), item.as_str());
    }
    for answer in Answer::ALL {
        assert_eq!(Answer::parse(answer.as_str()), Some(*answer));
    }
}

#[test]
fn a_review_says_what_is_missing() {
    assert_eq!(review().missing(), Vec::<String>::new());
    let mut open = review();
    open.checklist[3].answer = None;
    open.checklist[4].answer = Some(Answer::No);
    open.conflict.none = false;
    let missing = open.missing();
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(missing[0].starts_with("1 of 10"));
    open.checklist[4].note = "autumn runs high".to_owned();
    open.conflict.text = "I audited the owner's accounts in 2019.".to_owned();
    assert_eq!(open.missing().len(), 1);
}

#[test]
fn the_dossier_is_the_same_bytes_for_the_same_things() {
    let one = made(&[comment(7, "why so high?")], &review(), 1);
    let text = canonical::text(&one);
    let back: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(canonical::text(&back), text);
    assert!(text.contains(r#""baseline_value":"1204.5""#), "{text}");
    assert!(!text.contains("in_verification"), "signing changes the state: {text}");
}

#[test]
fn a_change_is_named_by_its_section() {
    let one = made(&[comment(7, "why so high?")], &review(), 1);
    let record = record(&one);
    assert_eq!(differences(&record, &one), Vec::<String>::new());

    for (section, pointer, value) in [
        ("comments", "/comments/0/text", Value::from("fine")),
        ("checklist", "/checklist/2/answer", Value::from("no")),
        ("conflict_of_interest", "/conflict_of_interest/none", Value::from(false)),
        ("baseline", "/baseline/baseline_value", Value::from("1204.6")),
        ("inputs_sha256", "/inputs_sha256", Value::from("01")),
    ] {
        let mut changed = one.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let found = differences(&record, &changed);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(&format!("“{section}”")), "{found:?}");
    }
    let mut less = one.clone();
    less.as_object_mut().unwrap().remove("steps");
    assert_eq!(differences(&record, &less), ["The section “steps” is missing."]);
    let mut more = one;
    more.as_object_mut().unwrap().insert("praise".to_owned(), Value::from("good"));
    assert_eq!(differences(&record, &more), ["The section “praise” was not there when it was signed."]);
}

#[test]
fn what_comes_after_a_signature_is_no_change() {
    let signed = made(&[comment(7, "why so high?")], &review(), 1);
    let mut settled = comment(7, "why so high?");
    settled.resolved = Some((at("2026-03-05T10:00:00Z"), "Vera".to_owned()));
    assert_eq!(
        changed_since(&signed, &made(&[settled, comment(8, "later")], &review(), 1)),
        Vec::<String>::new()
    );
    let rewritten = made(&[comment(7, "all is well")], &review(), 1);
    assert_eq!(changed_since(&signed, &rewritten).len(), 1);
    let moved = made(&[comment(7, "why so high?")], &review(), 2);
    assert!(changed_since(&signed, &moved)[0].contains("“baseline”"));
}
