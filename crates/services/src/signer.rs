//! The platform's signature: Ed25519 (RFC 8032), as `ring` has it.

use crate::{Error, Result};
use domain::verification::check::Checked;
use domain::verification::dossier::SignedDossier;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::sync::Arc;

/// The key that signs verifications. Cheap to clone; never shown, not even when debugging.
#[derive(Clone)]
pub struct Signer(Arc<Ed25519KeyPair>);

impl Signer {
    /// The key of this seed.
    ///
    /// # Errors
    /// When the library refuses it, which it does for none.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        Ok(Self(Arc::new(pair.map_err(|error| Error::internal(error.to_string()))?)))
    }

    /// What everybody may know, 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The same, hexadecimal.
    pub fn public_key_hex(&self) -> String {
        hex::encode(self.public_key())
    }

    /// Ed25519 over these bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).as_ref().to_vec()
    }
}

/// Whether the signature is of these bytes by this key.
pub fn fits(public_key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key).verify(bytes, signature).is_ok()
}

/// Checks a dossier as [`domain::verification::check::check`] does.
pub fn check(file: &SignedDossier, trusted: Option<&[u8]>) -> Checked {
    domain::verification::check::check(file, trusted, fits)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public_key_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn it_signs_as_the_standard_says() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let signer = Signer::from_seed(&seed.try_into().unwrap()).unwrap();
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(hex::encode(signer.public_key()), public);
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
            085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex::encode(signer.sign(&[0x72])), signature);
        assert!(fits(&bytes(public), &[0x72], &bytes(signature)));
        assert!(!fits(&bytes(public), &[0x73], &bytes(signature)));
        assert!(!format!("{signer:?}").contains("4ccd089b"));
    }
}
