//! A full disk (F7): the gateway runs on, says so, and loses nothing when there is room again.

use std::process::Command;
use std::time::Duration;

use crate::broker::{Broker, say};
use crate::gateway::{Gateway, Site, mqtt};
use crate::server::{Seen, Server};

/// A file system of its own, 128 KiB and all of it in use, seen by this process only.
const FULL_DISK: &str = r#"mount -t tmpfs -o size=128k tmpfs "$0" && dd if=/dev/zero of="$0/ballast" bs=4k 2>/dev/null; exec "$@""#;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported_and_survived() {
    if !Command::new("unshare").args(["-rm", "true"]).output().is_ok_and(|o| o.status.success()) {
        println!("skipped: this kernel does not allow private mounts");
        return;
    }
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    server.set_committing(false);
    let site = Site::new(&broker.url());
    // Two kilobytes a tick, so that the disk also fills in the middle of a record.
    server.set_map(site.map(1, 100, 1, vec![mqtt("meter", ""); 300]));
    let sensor = broker.sensor().await;
    tokio::spawn(async move {
        for number in 987_654_321_000_i64.. {
            say(&sensor, "meter", &number.to_string(), false).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let data = site.path("data");
    std::fs::create_dir_all(data.join("journal")).unwrap();
    let gateway = site.command();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", FULL_DISK]).arg(&data).arg(gateway.get_program());
    command.args(gateway.get_args()).args(["--local-mqtt", &broker.url(), "--resend-seconds", "1"]);
    let mut gateway = Gateway::spawn(&mut command);
    gateway.says("readings wait in memory until the disk takes them").await;
    gateway.says("No space left on device").await;
    gateway.says("cannot keep the point map").await;
    // Any number of them: waiting for a certain one fills the memory beyond what the disk takes.
    gateway.says("waiting=").await;
    assert_eq!(server.now(|seen| seen.envelopes.len()), 0, "nothing is sent that is not on disk");
    let ballast = format!("/proc/{}/root{}", gateway.pid(), data.join("ballast").display());
    std::fs::remove_file(&ballast).unwrap();
    gateway.says("the disk takes readings again").await;
    server.when(|seen| seen.ticks() > 10, |_| ()).await;
    // Nothing is committed, so its own journal fills the disk next.
    gateway.says_again("readings wait in memory until the disk takes them", 2).await;
    server.set_committing(true);
    gateway.says_again("the disk takes readings again", 2).await;
    let before = server.now(Seen::ticks);
    server.when(|seen| seen.ticks() > before + 50, |_| ()).await;
    server.now(|seen| {
        seen.assert_complete();
        let ticks: Vec<i64> = seen.decoded().flat_map(|e| e.ticks).collect();
        // A busy machine may sleep through a tick; those of a second of full disk are many more.
        let taken = i64::try_from(ticks.len()).unwrap();
        let missed = (ticks[ticks.len() - 1] - ticks[0]) / 100 + 1 - taken;
        assert!(missed * 20 < taken, "{missed} ticks are missing: {ticks:?}");
    });
}
