//! Webhooks: what is told, when it is told again, and which addresses are nobody's business. After Standard Webhooks 1.0.

pub mod view;

use crate::names::names;
use chrono::TimeDelta;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

names! {
    /// What an endpoint can be told of.
    EventType {
        /// A report was made.
        ReportMade = "report.made", "A report was made";
        /// A baseline took a step: handed in, verified, rejected, in force.
        BaselineStep = "baseline.step", "A baseline took a step";
        /// An alert fired.
        AlertFired = "alert.fired", "An alert fired";
        /// An alert is over.
        AlertOver = "alert.over", "An alert is over";
        /// A person wants to see whether it arrives.
        Ping = "test.ping", "A test";
    }
}

names! {
    /// Whether an endpoint is told anything.
    EndpointState {
        /// It is.
        On = "on", "On";
        /// A person paused it.
        Paused = "paused", "Paused";
        /// It took nothing for days.
        Stopped = "stopped", "Stopped";
    }
}

names! {
    /// What became of a delivery.
    DeliveryState {
        /// It is tried again.
        Waiting = "waiting", "Waiting";
        /// It was taken.
        Delivered = "delivered", "Delivered";
        /// It is not tried again by itself.
        Failed = "failed", "Failed";
    }
}

/// Seconds from each try to the next; after the last one it has failed.
const AGAIN_S: [i64; 8] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 86_400];
/// The longest that a receiver may ask us to wait.
const ASKED_MAX: TimeDelta = TimeDelta::hours(24);

/// When a delivery is tried again after so many tries; none when that was the last. A receiver may ask for later
/// (`Retry-After`), not for earlier.
pub fn again(tries: u32, asked: Option<TimeDelta>) -> Option<TimeDelta> {
    let index = usize::try_from(tries).ok()?.checked_sub(1)?;
    let ours = TimeDelta::seconds(*AGAIN_S.get(index)?);
    Some(asked.map_or(ours, |asked| asked.clamp(ours, ASKED_MAX.max(ours))))
}

/// What is signed: `id.timestamp.payload`.
pub fn signed_content(id: &str, timestamp: i64, payload: &str) -> String {
    format!("{id}.{timestamp}.{payload}")
}

/// Whether an address is on the public internet. Everything else could reach machines beside our own: loopback, private and
/// link-local networks, shared address space, cloud metadata, and IPv6 forms that hold such an IPv4 address.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_unspecified()
        || ip.is_multicast();
    // 0/8, shared 100.64/10, protocol 192.0.0/24, benchmarks 198.18/15, reserved 240/4.
    let reserved = a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special && !reserved
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    // NAT64 64:ff9b::/96 and 6to4 2002::/16 lead to an IPv4 address.
    let v4 = |hi: u16, lo: u16| Ipv4Addr::from((u32::from(hi) << 16) | u32::from(lo));
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(v4(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return is_public_v4(v4(s[1], s[2]));
    }
    // Only 2000::/3 is handed out; of that, documentation and Teredo are not for reaching anybody.
    s[0] & 0xe000 == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart_and_end() {
        let after = |tries| again(tries, None).map(|delta| delta.num_seconds());
        assert_eq!(
            (after(1), after(2), after(8), after(9), after(0)),
            (Some(5), Some(300), Some(86_400), None, None)
        );
        let asked = |seconds| again(1, Some(TimeDelta::seconds(seconds))).map(|delta| delta.num_seconds());
        assert_eq!((asked(1), asked(60), asked(1_000_000)), (Some(5), Some(60), Some(86_400)));
    }

    #[test]
    fn only_the_public_internet_is_reached() {
        for ip in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.5.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
