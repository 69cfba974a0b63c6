//! mqtts: to a broker whose certificate is trusted, and to none other.

use std::process::Command;

use crate::broker::{Broker, free_port};
use crate::gateway::{Gateway, Site};
use crate::server::Server;

const CERTIFICATE: &str = r#"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
    -keyout key.pem -out certificate.pem && chmod 644 key.pem"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_broker_is_spoken_to_over_tls_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh").args(["-c", CERTIFICATE]).current_dir(folder.path()).output();
    if !made.is_ok_and(|o| o.status.success()) {
        println!("skipped: no openssl to make a certificate with");
        return;
    }
    let file = |name: &str| folder.path().join(name).display().to_string();
    let port = free_port();
    let broker = Broker::with_settings(|_| {
        format!(
            "listener {port} 127.0.0.1\ncertfile {}\nkeyfile {}\n",
            file("certificate.pem"),
            file("key.pem")
        )
    });
    let server = Server::start(broker.port).await;
    let site = Site::new(&format!("mqtts://localhost:{port}"));
    server.set_map(site.map(1, 50, 1, vec![]));
    let mut gateway = Gateway::spawn(&mut site.command());
    gateway.says("no connection to the server's broker").await;
    gateway.says("certificate").await;
    assert!(server.now(|seen| seen.hellos.is_empty()));
    gateway.kill();
    let _gateway = Gateway::spawn(site.command().env("SSL_CERT_FILE", file("certificate.pem")));
    server.when(|seen| seen.envelopes.len() > 2, |_| ()).await;
}
