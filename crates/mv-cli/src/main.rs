//! `gainshare-mv`: the measurement and verification engine on a command line, for auditors and for tests.

fn main() {}
