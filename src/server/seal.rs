//! Secrets at rest: AES-256-GCM, bound to where they belong (engine.md: state that is not events).

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::api::OrgId;
use crate::base::{Random, Timestamp};
use crate::domain::row::SecretRow;

/// Version of the sealing scheme; part of what is authenticated.
const SCHEME: u8 = 1;

/// The 32 bytes that everything is sealed with.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// From 64 hex digits or 32 bytes in base 64; `None`: neither.
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine as _;
        let text = text.trim();
        let bytes = hex::decode(text)
            .ok()
            .or_else(|| base64::engine::general_purpose::STANDARD.decode(text).ok())?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// 64 hex digits, for the keyring and the file.
    pub fn to_text(&self) -> String {
        hex::encode(self.0)
    }

    /// Names the key without telling it, so that another key is recognised.
    pub fn id(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"jolli master key id");
        digest.update(self.0);
        hex::encode(&digest.finalize()[..8])
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// A secret in the open. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the material.
    pub fn new(material: impl Into<Vec<u8>>) -> Self {
        Self(material.into())
    }

    /// The material, for computing with it.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A sealed secret cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It was sealed with another master key.
    #[error(
        "the secret {name} was sealed with the master key {sealed_with}, and this server has {have}; start it with the JOLLI_SECRET_KEY it had then"
    )]
    OtherKey {
        /// Which secret.
        name: String,
        /// The id of the key that it needs.
        sealed_with: String,
        /// The id of the key there is.
        have: String,
    },
    /// It was changed, or belongs elsewhere.
    #[error("the secret {0} cannot be opened: it was changed or moved; rotate it")]
    Broken(String),
}

/// Seals with one key; opens with that, and with the one before it while both are given.
#[derive(Debug, Clone)]
pub struct Sealer {
    key: MasterKey,
    id: String,
    previous: Option<(MasterKey, String)>,
}

impl Sealer {
    /// With this key.
    pub fn new(key: MasterKey) -> Self {
        let id = key.id();
        Self {
            key,
            id,
            previous: None,
        }
    }

    /// Opens what this key sealed, too.
    pub fn with_previous(mut self, previous: Option<MasterKey>) -> Self {
        self.previous = previous
            .map(|key| (key.id(), key))
            .filter(|(id, _)| *id != self.id)
            .map(|(id, key)| (key, id));
        self
    }

    /// The id of the key before.
    pub fn previous_id(&self) -> Option<&str> {
        self.previous.as_ref().map(|(_, id)| id.as_str())
    }

    /// The id of its key.
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// Seals `secret` for the place `name` of `org`.
    pub fn seal(
        &self,
        org: OrgId,
        name: &str,
        secret: &Secret,
        now: Timestamp,
        random: &dyn Random,
    ) -> SecretRow {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = secret.expose().to_vec();
        cipher(&self.key)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                associated(org, name),
                &mut sealed,
            )
            .expect("a secret is far shorter than AES-GCM can seal");
        SecretRow {
            org_id: org,
            name: name.to_owned(),
            key_id: self.id.clone(),
            nonce: hex::encode(nonce),
            ciphertext: hex::encode(sealed),
            created_at: now,
        }
    }

    /// Opens what was sealed.
    pub fn open(&self, row: &SecretRow) -> Result<Secret, SealError> {
        let key = match &self.previous {
            _ if row.key_id == self.id => &self.key,
            Some((previous, id)) if row.key_id == *id => previous,
            _ => {
                return Err(SealError::OtherKey {
                    name: row.name.clone(),
                    sealed_with: row.key_id.clone(),
                    have: self.id.clone(),
                });
            }
        };
        let broken = || SealError::Broken(row.name.clone());
        let nonce: [u8; NONCE_LEN] = hex::decode(&row.nonce)
            .ok()
            .and_then(|n| n.try_into().ok())
            .ok_or_else(broken)?;
        let mut sealed = hex::decode(&row.ciphertext).map_err(|_| broken())?;
        let open = cipher(key)
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                associated(row.org_id, &row.name),
                &mut sealed,
            )
            .map_err(|_| broken())?;
        Ok(Secret::new(&*open))
    }
}

fn cipher(key: &MasterKey) -> LessSafeKey {
    LessSafeKey::new(
        UnboundKey::new(&AES_256_GCM, &key.0).expect("the key has 32 bytes by its type"),
    )
}

/// The first 8 hex digits of its SHA-256, by which people tell secrets apart.
pub fn fingerprint(secret: &Secret) -> String {
    hex::encode(&Sha256::digest(secret.expose())[..4])
}

fn associated(org: OrgId, name: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("{org}|{name}|{SCHEME}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemRandom;

    fn sealed(sealer: &Sealer) -> SecretRow {
        sealer.seal(
            OrgId(1),
            "integration/12/webhook/1",
            &Secret::new(*b"canary"),
            Timestamp::from_millis(0),
            &SystemRandom::new(),
        )
    }

    #[test]
    fn what_was_sealed_opens_and_does_not_show() {
        let sealer = Sealer::new(MasterKey::generate(&SystemRandom::new()));
        let row = sealed(&sealer);
        assert!(!format!("{row:?}").contains("canary"));
        assert!(!row.ciphertext.contains(&hex::encode("canary")));
        assert_eq!(sealer.open(&row).unwrap().expose(), b"canary");
    }

    #[test]
    fn a_secret_moved_to_another_place_or_org_does_not_open() {
        let sealer = Sealer::new(MasterKey::generate(&SystemRandom::new()));
        let mut moved = sealed(&sealer);
        moved.name = "integration/13/webhook/1".into();
        assert!(matches!(sealer.open(&moved), Err(SealError::Broken(_))));
        let mut stolen = sealed(&sealer);
        stolen.org_id = OrgId(2);
        assert!(matches!(sealer.open(&stolen), Err(SealError::Broken(_))));
    }

    #[test]
    fn another_master_key_is_named() {
        let row = sealed(&Sealer::new(MasterKey::generate(&SystemRandom::new())));
        let other = Sealer::new(MasterKey::generate(&SystemRandom::new()));
        let error = other.open(&row).unwrap_err().to_string();
        assert!(
            error.contains(&row.key_id) && error.contains(other.key_id()),
            "{error}"
        );
    }

    #[test]
    fn a_key_is_read_from_hex_or_base64() {
        let key = MasterKey::generate(&SystemRandom::new());
        assert_eq!(MasterKey::parse(&key.to_text()).unwrap().id(), key.id());
        assert!(MasterKey::parse("too short").is_none());
    }
}
