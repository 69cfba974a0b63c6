//! What the program will not start with, and what it says then.

use crate::gateway::{Gateway, Site};

fn refused(site: &Site, more: &[&str]) -> String {
    let (code, log) = Gateway::spawn(site.command().args(more)).end();
    assert_eq!(code, Some(1), "{log}");
    log
}

#[test]
fn credentials_that_no_server_issued() {
    let site = Site::new("mqtt://127.0.0.1:1");
    let issued = std::fs::read_to_string(site.path("credentials.json")).unwrap();
    let id = site.id.to_string();
    for (content, reason) in [
        (String::new(), "is not valid"),
        ("{}".to_owned(), "has no gateway_id"),
        (issued.replace("kR7mPq2vXw9sLd4f", ""), "has no password"),
        (issued.replace("kR7mPq2vXw9sLd4f", "password"), "default or too short"),
        (issued.replace(&format!("gw-{id}"), "gateway"), "this gateway's is"),
        (issued.replace("mqtt://", "ftp://"), "is not a broker address"),
    ] {
        std::fs::write(site.path("credentials.json"), &content).unwrap();
        let log = refused(&site, &[]);
        assert!(log.contains(reason), "{content}: {log}");
        assert!(!log.contains("kR7mPq2vXw9sLd4f"), "the password is in the log");
    }
    std::fs::remove_file(site.path("credentials.json")).unwrap();
    assert!(refused(&site, &[]).contains("server admin gateway provision"), "it says how to get them");
    assert!(!site.path("data").exists(), "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_and_an_offline_map_that_is_none() {
    let site = Site::new("mqtt://127.0.0.1:1");
    std::fs::write(site.path("map.json"), "[]").unwrap();
    let map = site.path("map.json");
    assert!(refused(&site, &["--offline-map", map.to_str().unwrap()]).contains("--offline-map"));
    assert!(refused(&site, &["--local-mqtt", "localhost"]).contains("--local-mqtt"));
    let mut first = site.start(&[]);
    first.says("gateway starts").await;
    assert!(refused(&site, &[]).contains("another gateway already uses"));
}
