//! Every route and server function, asked about one customer's things by people who have no business with them.

use crate::portal::{Endpoint, Portal, SECRET, Verb, endpoints};
use axum::http::{StatusCode, header};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeSet;

/// Everything there is to ask, with what to send: parameters in braces become the first customer's. An endpoint
/// that is not here fails the test, so whoever adds one says here how it is asked.
const ASKED: &[(&str, &str, Holds)] = &[
    // Server functions: their arguments, as query or as form.
    (
        "/api/activity/list",
        "query[organisation]={organisation}&query[action]=&query[actor]=&query[subject]=&query[facility]=&query[from]=&query[to]=&query[before]=&query[check]=yes",
        Holds::Theirs,
    ),
    ("/api/alerts/list", "facility={facility}", Holds::Theirs),
    ("/api/alerts/firing", "", Holds::Theirs),
    ("/api/baselines/list", "facility={facility}", Holds::Theirs),
    ("/api/baselines/get", "facility={facility}&baseline={baseline}&method=", Holds::Theirs),
    ("/api/baselines/inputs", "facility={facility}&baseline={baseline}", Holds::Theirs),
    ("/api/baselines/verification", "facility={facility}&baseline={baseline}", Holds::Theirs),
    ("/api/events/list", "facility={facility}&look=", Holds::Theirs),
    ("/api/events/get", "facility={facility}&event={event}", Holds::Theirs),
    ("/api/exports/get", "facility={facility}", Holds::Theirs),
    ("/api/facilities/home", "", Holds::Theirs),
    ("/api/facilities/overview", "facility={facility}", Holds::Theirs),
    ("/api/facilities/room", "facility={facility}&room={room}", Holds::Theirs),
    ("/api/facilities/points", "facility={facility}", Holds::Theirs),
    ("/api/facilities/series", "facility={facility}&point={point}&range=24h&interval=", Holds::Theirs),
    ("/api/imports/list", "facility={facility}", Holds::Theirs),
    ("/api/imports/get", "facility={facility}&import={import}", Holds::Theirs),
    ("/api/imports/table", "facility={facility}&import={import}", Holds::Nothing),
    ("/api/ingest/health", "", Holds::Theirs),
    // Exports; the first customer's owner has one.
    ("/api/jobs/list", "facility=", Holds::Theirs),
    // Nothing was read yet.
    ("/api/live/missed", "facility={facility}&points[0]={point}&after=2026-04-01T11:50:00Z", Holds::Nothing),
    ("/api/live/snapshots", "facilities[0]={facility_id}", Holds::Theirs),
    (
        "/api/notes/list",
        "facility={facility}&filter[room]=&filter[words]=&filter[affects]=false&filter[retracted]=false",
        Holds::Theirs,
    ),
    ("/api/people/list", "", Holds::Theirs),
    ("/api/people/invitation", "token={token}", Holds::Nothing),
    ("/api/people/reset-link", "token={token}", Holds::Nothing),
    ("/api/production/compare", "facility={facility}&a=&b=&range=", Holds::Theirs),
    ("/api/production/get", "facility={facility}", Holds::Theirs),
    ("/api/quarantine/resolve", "id={quarantine}&decision=reject&note=because", Holds::Change),
    ("/api/reports/list", "facility={facility}", Holds::Theirs),
    // No report is made yet.
    ("/api/reports/get", "facility={facility}&report={id}", Holds::Nothing),
    ("/api/savings/list", "facility={facility}&from=&until=", Holds::Theirs),
    ("/api/savings/derivation", "facility={facility}&figure=savings&metric=&range=", Holds::Theirs),
    // Nothing runs there.
    ("/api/savings/running", "facility={facility}&metric=", Holds::Nothing),
    (
        "/api/savings/bases",
        "facility={facility}&range=&metric=&end_use=&plant[0]=&plant[1]=&plant[2]=&plant[3]=",
        Holds::Theirs,
    ),
    ("/api/savings/portfolio", "range=&metric=", Holds::Theirs),
    ("/api/savings/dashboard", "facility={facility}&range=&metric=&compare=", Holds::Theirs),
    ("/api/savings/insight", "facility={facility}&range=&metric=", Holds::Nothing),
    // No day has savings yet, so there is nothing to show to anybody.
    ("/api/savings/day", "facility={facility}&metric={metric}&day={day}", Holds::Nothing),
    (
        "/api/savings/quarter",
        "facility={facility}&metric={metric}&day={day}&start=2026-01-01T00:00:00Z",
        Holds::Nothing,
    ),
    ("/api/security/get", "", Holds::Own),
    ("/api/session/get", "", Holds::Own),
    ("/api/tariff/get", "facility={facility}&metric=&month=", Holds::Theirs),
    ("/api/verify/page", "", Holds::Nothing),
    ("/api/webhooks/list", "state=&before=", Holds::Theirs),
    ("/api/weather/get", "facility={facility}&from=&until=&file={draft}", Holds::Theirs),
    ("/api/tokens/list", "", Holds::Theirs),
    ("/api/tokens/guide", "", Holds::Own),
    // Asked with a token, which nobody here has: `rest.rs` asks with those of strangers.
    ("/api/revenue-sharing/baseline", "facility={facility}", Holds::Token),
    ("/api/revenue-sharing/baseline/{id}", "", Holds::Token),
    ("/api/revenue-sharing/performance", "facility={facility}", Holds::Token),
    ("/api/revenue-sharing/savings", "facility={facility}", Holds::Token),
    ("/api/revenue-sharing/reports", "facility={facility}", Holds::Token),
    ("/api/revenue-sharing/reports/{id}", "", Holds::Token),
    ("/api/revenue-sharing/reports/{id}/{format}", "", Holds::Token),
    ("/api/openapi.json", "", Holds::Nothing),
    ("/api/utility/profile", "facility={facility}&series={series}&from=&to=&step=", Holds::Theirs),
    // Pages.
    ("/", "", Holds::Own),
    ("/sign-in", "", Holds::Nothing),
    ("/sign-in/code", "", Holds::Nothing),
    ("/reset", "", Holds::Nothing),
    ("/verify", "", Holds::Nothing),
    ("/reset/{token}", "", Holds::Nothing),
    ("/invite/{token}", "", Holds::Nothing),
    ("/home", "", Holds::Theirs),
    ("/portfolio", "", Holds::Theirs),
    ("/alerts", "", Holds::Theirs),
    ("/f/{facility}", "", Holds::Theirs),
    ("/f/{facility}/rooms/{room}", "", Holds::Theirs),
    ("/f/{facility}/meters", "", Holds::Theirs),
    ("/f/{facility}/meters/{point}", "", Holds::Theirs),
    ("/f/{facility}/import", "", Holds::Theirs),
    ("/f/{facility}/imports/{id}", "", Holds::Theirs),
    // The import is no table, so there are no questions; `services/tests/it/tables.rs` asks as a stranger about one that is.
    ("/f/{facility}/imports/{id}/set-up", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/rejects.csv", "", Holds::Nothing),
    ("/f/{facility}/utility/{series}", "", Holds::Theirs),
    ("/f/{facility}/baselines/{baseline}", "", Holds::Theirs),
    ("/f/{facility}/baselines/{baseline}/verification", "", Holds::Theirs),
    ("/f/{facility}/performance", "", Holds::Theirs),
    ("/f/{facility}/reports", "range=2026-03-01..2026-03-31&part=days", Holds::Theirs),
    ("/f/{facility}/reports/new", "", Holds::Theirs),
    ("/f/{facility}/reports/templates", "name=New&part=days", Holds::Change),
    ("/f/{facility}/reports/templates/{template}/rename", "name=Other", Holds::Change),
    ("/f/{facility}/reports/templates/{template}/delete", "", Holds::Change),
    ("/f/{facility}/reports/{report}", "", Holds::Nothing),
    ("/f/{facility}/reports/schedules", "day=2&owner=yes", Holds::Change),
    ("/f/{facility}/reports/schedules/{schedule}/delete", "", Holds::Nothing),
    ("/f/{facility}/reports/{id}/{format}", "", Holds::Nothing),
    ("/f/{facility}/alerts", "", Holds::Theirs),
    ("/f/{facility}/compare", "", Holds::Theirs),
    ("/f/{facility}/derivation", "figure=savings", Holds::Theirs),
    ("/f/{facility}/derivation.json", "figure=savings", Holds::Theirs),
    ("/f/{facility}/savings", "", Holds::Theirs),
    ("/f/{facility}/savings/bases", "", Holds::Theirs),
    ("/f/{facility}/savings/{metric}/{day}", "", Holds::Nothing),
    ("/f/{facility}/savings/{metric}/{day}/{start}", "", Holds::Nothing),
    ("/x/{id}", "", Holds::Nothing),
    // It leads to the page above.
    ("/x/{facility}/{metric}/{figure}/{days}", "", Holds::Nothing),
    ("/f/{facility}/weather", "", Holds::Theirs),
    ("/f/{facility}/production", "", Holds::Theirs),
    ("/f/{facility}/events/{event}", "", Holds::Theirs),
    ("/ops/ingest", "", Holds::Theirs),
    ("/activity", "organisation={organisation}", Holds::Theirs),
    ("/settings/people", "", Holds::Theirs),
    ("/settings/security", "", Holds::Own),
    ("/settings/tokens", "", Holds::Theirs),
    ("/settings/webhooks", "", Holds::Theirs),
    ("/settings/webhooks/log.csv", "", Holds::Nothing),
    // Everybody who may gets an endpoint of their own organisation.
    ("/settings/webhooks/add", "url=http://127.0.0.1:9/&description=D&event=report.made", Holds::Own),
    ("/settings/webhooks/replay", "delivery=", Holds::Nothing),
    ("/settings/webhooks/{endpoint}/{action}", "", Holds::Change),
    ("/developers", "", Holds::Own),
    // Files.
    ("/export/activity.csv", "organisation={organisation}", Holds::Theirs),
    ("/export/activity.json", "organisation={organisation}", Holds::Theirs),
    // Gives back what is sent.
    ("/export/table/{format}", "", Holds::Nothing),
    ("/f/{facility}/points/{file}", "", Holds::Theirs),
    // Its page holds theirs; its form puts a job in the queue.
    (
        "/f/{facility}/export",
        "rows=intervals&interval=5m&point=&from=2025-06-01&to=2026-03-31&kind=csv",
        Holds::Theirs,
    ),
    ("/downloads", "", Holds::Theirs),
    ("/downloads/{job}", "", Holds::Theirs),
    // It has not failed; `jobs.rs` of the use cases asks about one that has.
    ("/jobs/{job}/again", "", Holds::Nothing),
    ("/jobs/{job}/delete", "", Holds::Change),
    ("/f/{facility}/utility/{series}/export.csv", "", Holds::Theirs),
    ("/f/{facility}/baselines/{id}/inputs.csv", "", Holds::Theirs),
    ("/f/{facility}/savings.csv", "", Holds::Theirs),
    ("/f/{facility}/tariff/bill.csv", "", Holds::Theirs),
    ("/f/{facility}/events.csv", "", Holds::Theirs),
    ("/f/{facility}/notes.csv", "", Holds::Theirs),
    ("/f/{facility}/cycles.csv", "", Holds::Theirs),
    ("/f/{facility}/weather.csv", "", Holds::Theirs),
    ("/f/{facility}/weather/sets/{set}/hours.csv", "", Holds::Theirs),
    ("/f/{facility}/savings/{metric}/{day}/quarters.csv", "", Holds::Nothing),
    ("/f/{facility}/savings/{metric}/{day}/derivation.json", "", Holds::Nothing),
    ("/f/{facility}/baselines/{id}/dossier.json", "", Holds::Theirs),
    ("/.well-known/gainshare-signing-key", "", Holds::Nothing),
    ("/live", "", Holds::Nothing),
    ("/livez", "", Holds::Nothing),
    ("/readyz", "", Holds::Nothing),
    // Forms, in an order in which each still finds what it needs.
    ("/f/{facility}/imports", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/confirm", "", Holds::Change),
    ("/f/{facility}/imports/{id}/discard", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/sheet", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/header", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/columns", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/time", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/repair", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/skip", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/finish", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/back/{stage}", "", Holds::Nothing),
    ("/f/{facility}/imports/{id}/mended", "", Holds::Nothing),
    // Their pages hold theirs; the forms go to the same addresses.
    ("/f/{facility}/tariff", "metric_type=electricity&terms={}", Holds::Theirs),
    ("/f/{facility}/events", "metric_type=electricity&title=Pump&start=2026-03-01&note=New", Holds::Theirs),
    ("/f/{facility}/notes", "day=2026-03-01&text=Filters", Holds::Theirs),
    ("/f/{facility}/notes/{note}/retract", "because=Another+day", Holds::Change),
    (
        "/f/{facility}/alerts/rules",
        "tell=owner&point=&kind=silent&threshold=&minutes=15&then_tell=&then_after=&quiet_from=&quiet_until=",
        Holds::Change,
    ),
    (
        "/f/{facility}/alerts/rules/{rule}/change",
        "tell=owner&point=&kind=silent&threshold=&minutes=30&then_tell=&then_after=&quiet_from=&quiet_until=",
        Holds::Change,
    ),
    ("/f/{facility}/alerts/rules/{rule}/pause", "hours=24", Holds::Change),
    ("/f/{facility}/alerts/episodes/{episode}/acknowledge", "note=Mine", Holds::Change),
    ("/f/{facility}/alerts/rules/{rule}/delete", "", Holds::Change),
    ("/f/{facility}/events/{event}/evidence", "note=A+photo", Holds::Change),
    (
        "/f/{facility}/events/{event}/figures",
        "method=estimate&per_day=4&half_width=1&expires_on=2026-03-20&note=By+its+plate",
        Holds::Change,
    ),
    ("/f/{facility}/events/{event}/steps/{answer}", "per_day=4&half_width=1&note=", Holds::Change),
    ("/f/{facility}/weather/files", "", Holds::Nothing),
    ("/f/{facility}/weather/files/{id}/store", "", Holds::Change),
    // The other one has been stored just now.
    ("/f/{facility}/weather/files/{id}/discard", "", Holds::Nothing),
    ("/f/{facility}/weather/choose", "station={station}&reason=nearer", Holds::Change),
    // Its page holds theirs; its form needs readings that are not there.
    ("/f/{facility}/baselines", "", Holds::Theirs),
    (
        "/f/{facility}/baselines/{id}/verification/invite",
        "email=new@firm.example&firm=&new_firm=Another+firm&days=30",
        Holds::Change,
    ),
    ("/f/{facility}/baselines/{id}/verification/comment", "text=Why", Holds::Change),
    ("/f/{facility}/baselines/{id}/verification/settle", "comment={comment}&settled=1", Holds::Change),
    ("/f/{facility}/baselines/{id}/verification/withdraw", "verification={verification}", Holds::Change),
    // For verifiers alone; `verification.rs` asks them.
    ("/f/{facility}/baselines/{id}/verification/review", "data_complete=yes", Holds::Nothing),
    ("/f/{facility}/baselines/{id}/verification/step", "step=begin", Holds::Nothing),
    (
        "/f/{facility}/baselines/{id}/verification/sign",
        "name=a&code=000000&dossier_sha256=00",
        Holds::Nothing,
    ),
    ("/f/{facility}/baselines/{id}/steps/{step}", "", Holds::Change),
    ("/f/{facility}/baselines/{id}/choose", "method=cea-daily&reason=because+it+fits", Holds::Change),
    ("/people/invite", "organisation={organisation}&email=new@x.example&name=&role=viewer", Holds::Change),
    ("/people/role", "organisation={organisation}&user={user}&role=viewer", Holds::Change),
    ("/people/remove", "organisation={organisation}&user={user}", Holds::Change),
    ("/session/reset", "email=nobody@x.example", Holds::Nothing),
    ("/session/reset/{token}", "password=a&password_again=a", Holds::Nothing),
    ("/session/invite/{token}", "password=a&password_again=a&name=a", Holds::Nothing),
    ("/session/sign-in", "email=a&password=a", Holds::Nothing),
    ("/session/code", "code=000000", Holds::Nothing),
    ("/settings/security/begin", "", Holds::Own),
    ("/settings/security/confirm", "code=000000", Holds::Own),
    ("/settings/security/recovery", "code=000000", Holds::Own),
    ("/settings/security/remove", "code=000000", Holds::Own),
    ("/settings/tokens/make", "name=a&scope=baselines:read&facility={facility_id}&days=30", Holds::Change),
    ("/settings/tokens/revoke", "token={api_token}", Holds::Change),
    ("/session/sign-out", "", Holds::Nothing),
];

/// What an endpoint shows or does to somebody who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Things of the customer.
    Theirs,
    /// What belongs to whoever asks.
    Own,
    /// A change to the customer's things.
    Change,
    /// What takes a token of the REST interface; a session does not open it.
    Token,
    /// Nothing of any customer's.
    Nothing,
}

/// Everybody who has nothing to do with the first customer.
const STRANGERS: [&str; 7] = [
    "owner@b.example",
    "operations@b.example",
    "viewer@b.example",
    "vendor_admin@other.example",
    "engineer@other.example",
    "verifier@verifier.example",
    "sales@vendor.example",
];

/// One row per table of the first customer, as text, to see that nothing has changed.
async fn state(portal: &mut Portal) -> Vec<String> {
    let mut rows = vec![];
    for table in [
        "memberships",
        "facilities",
        "points",
        "imports",
        "utility_series",
        "utility_intervals",
        "quarantine",
        "baselines",
        "baseline_comments",
        "verifications",
        "weather_drafts",
        "weather_choices",
        "non_routine_events",
        "non_routine_event_steps",
        "notes",
        "api_tokens",
        "alert_rules",
        "alert_episodes",
        "report_schedules",
        "report_templates",
        "jobs",
        "job_chunks",
        "webhook_endpoints",
    ] {
        let sql = format!(
            "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]')::text FROM {table} t WHERE organisation_id = $1::uuid"
        );
        let organisation = portal.ids["organisation"].clone();
        let all: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(organisation)
            .fetch_one(&mut portal.owner)
            .await
            .unwrap();
        rows.push(format!("{table}: {all}"));
    }
    rows
}

fn asked_of(endpoint: &Endpoint) -> (&'static str, Holds) {
    let path = endpoint.path.replace(":facility", "{facility}");
    let (_, body, holds) = ASKED
        .iter()
        .find(|(known, ..)| *known == path)
        .unwrap_or_else(|| panic!("add {endpoint:?} to ASKED"));
    (body, *holds)
}

async fn ask(portal: &Portal, endpoint: &Endpoint, body: &str, cookie: &str) -> crate::portal::Answer {
    let (path, body) = (portal.fill(&endpoint.path), portal.fill(body));
    match endpoint.verb {
        Verb::Get => {
            let query = body.replace('[', "%5B").replace(']', "%5D");
            portal.ask(Verb::Get, &format!("{path}?{query}"), "", cookie).await
        }
        Verb::Post => portal.ask(Verb::Post, &path, &body, cookie).await,
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn strangers_see_nothing_and_change_nothing(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    let before = state(&mut portal).await;
    let mut asked = 0;
    for stranger in STRANGERS {
        let mut cookie = portal.cookie(stranger).await;
        for endpoint in endpoints() {
            let (body, holds) = asked_of(&endpoint);
            let answer = ask(&portal, &endpoint, body, &cookie).await;
            let told = format!("{stranger} {endpoint:?}: {} {}", answer.status, answer.body);
            assert!(!answer.body.contains(SECRET), "{told}");
            let names_a_thing = endpoint.path.contains('{') || body.contains('{');
            match (holds, endpoint.path.as_str()) {
                (Holds::Token, _) => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{told}"),
                // Lists answer with what the stranger may see themselves; what names a thing finds nothing.
                (Holds::Theirs, path)
                    if names_a_thing && !path.contains("activity") && !path.contains("live") =>
                {
                    // A page's form may say what is wrong with it before it looks at what it names.
                    let form =
                        endpoint.verb == Verb::Post && answer.header(header::LOCATION).contains("error=");
                    let hidden = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
                    assert!(hidden || form, "{told}");
                }
                (Holds::Change, path) if path.starts_with("/api/") => {
                    assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN), "{told}");
                }
                (Holds::Change, _) => {
                    let refused = answer.status == StatusCode::NOT_FOUND
                        || answer.status == StatusCode::FORBIDDEN
                        || answer.header(header::LOCATION).contains("error=");
                    assert!(refused, "{told} {}", answer.header(header::LOCATION));
                }
                _ => assert!(answer.status.as_u16() < 500, "{told}"),
            }
            asked += 1;
            if endpoint.path.starts_with("/session/") {
                cookie = portal.cookie(stranger).await;
            }
        }
    }
    assert!(asked > 200);
    assert_eq!(state(&mut portal).await, before);
}

/// The same questions from those who may: they are asked rightly, so the refusals above mean something.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_owner_sees_and_changes(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    let all = endpoints();
    let (reads, forms): (Vec<_>, Vec<_>) = all.into_iter().partition(|endpoint| endpoint.verb == Verb::Get);
    let cookie = portal.cookie("owner@a.example").await;
    for endpoint in reads {
        let (body, holds) = asked_of(&endpoint);
        let answer = ask(&portal, &endpoint, body, &cookie).await;
        if holds == Holds::Token {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{endpoint:?}: a cookie opened it");
        }
        if holds == Holds::Theirs {
            let told = format!("{endpoint:?}: {} {}", answer.status, answer.body);
            assert_eq!(answer.status, StatusCode::OK, "{told}");
            // Series and intervals are numbers; everything else bears a name.
            let numbers = endpoint.path.contains("utility") || endpoint.path.contains("/inputs");
            assert!(numbers || answer.body.contains(SECRET), "{told}");
        }
    }
    for (path, body, _) in ASKED.iter().filter(|(.., holds)| *holds == Holds::Change) {
        let endpoint = forms.iter().find(|endpoint| endpoint.path == *path).unwrap();
        let before = state(&mut portal).await;
        let answer = ask(&portal, endpoint, body, &cookie).await;
        let location = answer.header(header::LOCATION);
        assert!(
            answer.status.as_u16() < 400 && !location.contains("error="),
            "{path}: {} {location}",
            answer.body
        );
        assert_ne!(state(&mut portal).await, before, "{path} changed nothing");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_is_signed_out_is_told_so(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    for endpoint in endpoints() {
        let (body, holds) = asked_of(&endpoint);
        if holds == Holds::Nothing {
            continue;
        }
        let answer = ask(&portal, &endpoint, body, "").await;
        let turned_away = answer.status == StatusCode::UNAUTHORIZED
            || (answer.status == StatusCode::SEE_OTHER
                && answer.header(header::LOCATION).starts_with("/sign-in"));
        assert!(turned_away, "{endpoint:?}: {} {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn no_entry_outlives_its_endpoint() {
    let known: BTreeSet<String> = ASKED.iter().map(|(path, ..)| (*path).to_owned()).collect();
    let there: BTreeSet<String> = endpoints().into_iter().map(|endpoint| endpoint.path).collect();
    assert_eq!(known, there);
}
