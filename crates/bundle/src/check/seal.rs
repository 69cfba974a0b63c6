//! Archive, hashes, hash tree and signature.

use super::{Check, Fits, part};
use crate::archive::{self, File};
use crate::manifest::{Entry, FORMAT, MANIFEST, Manifest, SIGNATURE, root, signed};
use sha2::{Digest, Sha256};

/// The checks, and the key that signed.
pub(super) fn check(
    bytes: &[u8],
    files: &[File],
    trusted: Option<&[u8]>,
    fits: &impl Fits,
) -> (Vec<Check>, Option<String>) {
    let manifest: Manifest = match part(files, MANIFEST) {
        Ok(manifest) => manifest,
        Err(error) => return (vec![Check::bad("The manifest can be read", error)], None),
    };
    let mut checks = vec![hashes(files, &manifest.files)];
    if checks.iter().all(|check| check.holds) {
        // A changed file changes its checksum in the archive as well; that is said once.
        let around = archive::exact(bytes, files).err().map(|refused| refused.to_string());
        checks.push(Check::of("The archive has no other byte", format!("{} bytes", bytes.len()), around));
    }
    let tree = (manifest.root != root(&manifest.files) || manifest.format != FORMAT)
        .then(|| "manifest.json: its root is not that of its files".to_owned());
    checks.push(Check::of("The hash tree has the stated root", short(&manifest.root), tree));
    checks.push(signature(files, &manifest, fits));
    if let Some(trusted) = trusted {
        let other = (manifest.public_key != hex::encode(trusted))
            .then(|| format!("it was signed with {}", manifest.public_key));
        checks.push(Check::of("The key is the one you trust", short(&manifest.public_key), other));
    }
    (checks, Some(manifest.public_key))
}

fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}

/// Every file is as the manifest says, none is missing and none is too many.
fn hashes(files: &[File], entries: &[Entry]) -> Check {
    let what = "Every file is what was sealed";
    let differs = |entry: &Entry| match files.iter().find(|file| file.name == entry.name) {
        None => Some(format!("{} is missing", entry.name)),
        Some(file) => {
            let same =
                file.bytes.len() == entry.size && hex::encode(Sha256::digest(&file.bytes)) == entry.sha256;
            (!same).then(|| format!("{} was changed", entry.name))
        }
    };
    let known = |name: &str| name == MANIFEST || name == SIGNATURE || entries.iter().any(|e| e.name == name);
    let strange = files
        .iter()
        .enumerate()
        .find(|(i, file)| !known(&file.name) || files[..*i].iter().any(|before| before.name == file.name));
    let strange = strange.map(|(_, file)| format!("{} does not belong to it", file.name));
    Check::of(what, format!("{} files", entries.len()), entries.iter().find_map(differs).or(strange))
}

fn signature(files: &[File], manifest: &Manifest, fits: &impl Fits) -> Check {
    let what = "The signature is of this manifest";
    let of = |name: &str| files.iter().find(|file| file.name == name).map(|file| &file.bytes);
    let (Some(text), Some(bytes)) = (of(SIGNATURE), of(MANIFEST)) else {
        return Check::bad(what, format!("{SIGNATURE} is missing"));
    };
    // Exactly as it is written: capital digits would be another file with the same meaning.
    let signature = std::str::from_utf8(text).ok().filter(|t| !t.bytes().any(|b| b.is_ascii_uppercase()));
    let decoded =
        signature.and_then(|text| hex::decode(text).ok()).zip(hex::decode(&manifest.public_key).ok());
    match decoded {
        Some((signature, key)) if fits(&key, &signed(bytes), &signature) => {
            Check::good(what, format!("Ed25519, key {}", short(&manifest.public_key)))
        }
        _ => Check::bad(what, format!("{MANIFEST} or {SIGNATURE} was changed")),
    }
}
