//! Secrets that stand for a session or a single-use link.

use rand::RngCore;
use sha2::{Digest, Sha256};
use std::fmt;

/// 32 random bytes; in cookies and links as 64 hexadecimal digits. The database keeps only a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// One that nobody can guess.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The token a browser sent; none if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text for the cookie or link.
    pub fn reveal(&self) -> String {
        hex::encode(self.0)
    }

    /// What the database keeps. The token is random, so a plain hash needs no salt and no cost.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
