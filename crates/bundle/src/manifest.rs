//! What a bundle holds, by hash, and the root of the hash tree that is signed.

use crate::archive::{File, write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the manifest within the archive, where it comes first.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Name of the signature, where it comes second.
pub(crate) const SIGNATURE: &str = "signature.txt";
/// What this version is called.
pub(crate) const FORMAT: &str = "gainshare-statement-bundle/1";

/// A file by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name.
    pub name: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The first file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Every other file but the signature, by name.
    pub files: Vec<Entry>,
    /// Root of their hash tree, hexadecimal.
    pub root: String,
    /// The Ed25519 key that signed, hexadecimal.
    pub public_key: String,
}

impl Manifest {
    /// Of the files, in the order of their names.
    pub fn of(files: &[File], public_key: &[u8]) -> Self {
        let entry = |file: &File| Entry {
            name: file.name.clone(),
            size: file.bytes.len(),
            sha256: hex::encode(Sha256::digest(&file.bytes)),
        };
        let mut entries: Vec<Entry> = files.iter().map(entry).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            format: FORMAT.to_owned(),
            root: root(&entries),
            files: entries,
            public_key: hex::encode(public_key),
        }
    }
}

/// Root of the hash tree. A leaf is SHA-256 of a zero byte, the name, a line feed and the file's hash in hexadecimal; a node of
/// a one byte and its two children. What has no sibling moves up as it is (RFC 6962 §2.1 has the same tags).
pub(crate) fn root(entries: &[Entry]) -> String {
    let leaf = |e: &Entry| {
        Sha256::new().chain_update([0]).chain_update(format!("{}\n{}", e.name, e.sha256)).finalize()
    };
    let mut level: Vec<_> = entries.iter().map(leaf).collect();
    while level.len() > 1 {
        let node = |pair: &[_]| match pair {
            [a, b] => Sha256::new().chain_update([1]).chain_update(a).chain_update(b).finalize(),
            rest => rest[0],
        };
        level = level.chunks(2).map(node).collect();
    }
    level.first().map(hex::encode).unwrap_or_default()
}

/// What is signed: the name of the format, a line feed, and the manifest to the byte.
pub(crate) fn signed(manifest: &[u8]) -> Vec<u8> {
    [FORMAT.as_bytes(), b"\n", manifest].concat()
}

/// The archive of these files with its manifest, signed by `sign`, whose key is `public_key`. The same files and key give the same
/// bytes, since Ed25519 signs alike every time.
///
/// # Errors
/// When the manifest cannot be written, which JSON allows for any.
pub fn seal(
    mut files: Vec<File>,
    public_key: &[u8],
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> serde_json::Result<Vec<u8>> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let manifest = serde_json::to_vec_pretty(&Manifest::of(&files, public_key))?;
    let signature = hex::encode(sign(&signed(&manifest)));
    let mut all = vec![
        File { name: MANIFEST.to_owned(), bytes: manifest },
        File { name: SIGNATURE.to_owned(), bytes: signature.into_bytes() },
    ];
    all.extend(files);
    Ok(write(&all))
}
