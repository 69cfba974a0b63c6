//! The cases as WebAssembly.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles them, in a folder of their own so that a running build is not waited for.
pub(crate) fn wasm() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "mv-wasm"])
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the target wasm32-unknown-unknown is needed: `cargo xtask setup` installs it"
    );
    target.join("wasm32-unknown-unknown/release/mv_wasm.wasm")
}
