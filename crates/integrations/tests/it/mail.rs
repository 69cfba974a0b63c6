//! Mail handed to a mail server that is not ours.

use integrations::mail::{Error, Mail, Mailer};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

struct Sink {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

async fn sink() -> Sink {
    let python = std::env::var("GAINSHARE_PYTHON").expect("GAINSHARE_PYTHON: a Python with aiosmtpd");
    let mut process = Command::new(python)
        .args(["-c", include_str!("smtp_sink.py")])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = lines.next_line().await.unwrap().expect("the sink ended").parse().unwrap();
    Sink { _process: process, lines, port }
}

fn mail(to: &str) -> Mail {
    let text = "Grüße aus Raum 2 – ünïcode\n\nhttps://portal.example/invite/abc\n".to_owned();
    Mail { to: to.to_owned(), subject: "Einladung für Räume".to_owned(), text }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let mut sink = sink().await;
    let url = format!("smtp://127.0.0.1:{}", sink.port);
    let mailer = Mailer::new(Some(&url), "Gainshare <no-reply@portal.example>").unwrap();
    mailer.send(&mail("grower@example.org")).await.unwrap();
    let line = sink.lines.next_line().await.unwrap().unwrap();
    let taken: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(taken["envelope_to"], serde_json::json!(["grower@example.org"]));
    assert_eq!(taken["from"], "Gainshare <no-reply@portal.example>");
    assert_eq!(taken["subject"], "Einladung für Räume");
    // How many line ends close a text is the transport's affair.
    let text = taken["text"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail("").text.trim_end());
}

#[tokio::test]
async fn a_refused_mail_is_an_error_and_so_is_a_missing_server() {
    let sink = sink().await;
    let url = format!("smtp://127.0.0.1:{}", sink.port);
    let mailer = Mailer::new(Some(&url), "no-reply@portal.example").unwrap();
    assert!(matches!(mailer.send(&mail("refuse@example.org")).await, Err(Error::Transient(_))));
    // A line break in an address would be a second command.
    let forged = mailer.send(&mail("a@example.org>\r\nRCPT TO:<b@example.org")).await;
    assert!(matches!(forged, Err(Error::Rejected(_))), "{forged:?}");

    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mailer = Mailer::new(Some(&format!("smtp://{unused}")), "no-reply@portal.example").unwrap();
    assert!(matches!(mailer.send(&mail("grower@example.org")).await, Err(Error::Transient(_))));
}

#[test]
fn settings_that_cannot_be_used_are_refused_at_the_start() {
    assert!(matches!(Mailer::new(Some("http://x"), "a@example.org"), Err(Error::Rejected(_))));
    assert!(matches!(Mailer::new(Some("smtp://x"), "no address"), Err(Error::Rejected(_))));
}
