//! One target folder for all checkouts, so that a second clone compiles no dependency again.
//!
//! Cargo names what it builds of workspace members alike in every checkout and tells them apart by the times of their
//! files alone, so an older checkout would run what a newer one built. Who comes second therefore forgets, of our own
//! crates only, that they were built.

use crate::layout::Layout;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of cargo's output that hold no `.fingerprint` below them.
const PASSED_OVER: [&str; 6] = ["deps", "build", "incremental", "examples", "tmp", "bench"];

/// Makes this checkout the one that the target folder was last used by.
pub(crate) fn claim(layout: &Layout) -> Result<()> {
    let stamp = layout.target.join("checkout");
    let ours = layout.root.to_string_lossy();
    if fs::read_to_string(&stamp).is_ok_and(|last| last == ours) {
        return Ok(());
    }
    if layout.target.is_dir() {
        let members = members(&layout.root)?;
        for folder in fingerprints(&layout.target)? {
            forget(&folder, &members)?;
        }
    }
    fs::create_dir_all(&layout.target)?;
    fs::write(&stamp, &*ours).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Names of the workspace's packages, which are those of their folders.
fn members(root: &Path) -> Result<Vec<String>> {
    let mut found: Vec<String> = ["app", "frontend", "server", "xtask"].map(str::to_owned).into();
    for entry in fs::read_dir(root.join("crates"))? {
        found.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(found)
}

fn fingerprints(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.file_type()?.is_dir() || PASSED_OVER.iter().any(|passed| name == *passed) {
            continue;
        }
        if name == ".fingerprint" {
            found.push(entry.path());
        } else {
            found.extend(fingerprints(&entry.path())?);
        }
    }
    Ok(found)
}

/// Removes the fingerprints `name-0123456789abcdef` of these packages.
fn forget(folder: &Path, members: &[String]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.rsplit_once('-').is_some_and(|(package, _)| members.iter().any(|m| m == package)) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_crates_are_forgotten_and_wherever_they_were_built() {
        let target = tempfile::tempdir().unwrap();
        let folders = ["debug", "front/wasm32-unknown-unknown/wasm-release"];
        for folder in folders {
            for unit in ["store-0123456789abcdef", "store-core-0123456789abcdef", "serde-0123456789abcdef"] {
                fs::create_dir_all(target.path().join(folder).join(".fingerprint").join(unit)).unwrap();
            }
        }
        let found = fingerprints(target.path()).unwrap();
        assert_eq!(found.len(), 2);
        for folder in found {
            forget(&folder, &["store".to_owned()]).unwrap();
            let mut left: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
            left.sort();
            assert_eq!(left, ["serde-0123456789abcdef", "store-core-0123456789abcdef"]);
        }
    }
}
