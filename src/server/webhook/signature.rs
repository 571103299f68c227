//! How each provider proves that a webhook is its own. The header is read before the body is; comparing takes the same
//! time whatever agrees, and every valid secret is tried (sources.md §8).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::api::Provider;
use crate::base::Timestamp;
use crate::server::seal::Secret;

/// Standard Webhooks: how far the sender's clock may be off.
const TOLERANCE_SECONDS: i64 = 300;

/// The proof that came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// HMAC-SHA256 of the body (GitHub, Gitea, Bitbucket, generic).
    Hmac(Vec<u8>),
    /// The shared secret itself (GitLab).
    Token(Secret),
    /// Standard Webhooks: HMAC-SHA256 of id, time and body; several while a secret is rotated.
    Standard {
        /// `webhook-id`.
        id: String,
        /// `webhook-timestamp`, in seconds.
        timestamp: i64,
        /// The signatures of version 1.
        signatures: Vec<Vec<u8>>,
    },
}

/// Why a request is refused before its body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// There is no signature header.
    #[error("the webhook carries no signature; set the secret of the integration at the provider")]
    Missing,
    /// It is not of the provider's form.
    #[error("the webhook's signature is not of the provider's form")]
    Malformed,
}

/// Reads the proof out of the headers.
pub fn presented(provider: Provider, headers: &HeaderMap) -> Result<Presented, NoProof> {
    let text = |name: &str| -> Result<Option<&str>, NoProof> {
        headers
            .get(name)
            .map(|value| value.to_str().map_err(|_| NoProof::Malformed))
            .transpose()
    };
    match provider {
        Provider::GitHub => tagged(text("x-hub-signature-256")?),
        Provider::Gitea => match text("x-hub-signature-256")? {
            Some(signature) => tagged(Some(signature)),
            None => mac(text("x-gitea-signature")?.ok_or(NoProof::Missing)?),
        },
        Provider::Bitbucket => tagged(text("x-hub-signature")?),
        Provider::GitLab => match text("x-gitlab-token")? {
            None => Err(NoProof::Missing),
            Some("") => Err(NoProof::Malformed),
            Some(token) => Ok(Presented::Token(Secret::new(token))),
        },
        Provider::Generic | Provider::StaticFile => match text("webhook-signature")? {
            Some(signatures) => standard(
                text("webhook-id")?.ok_or(NoProof::Malformed)?,
                text("webhook-timestamp")?.ok_or(NoProof::Malformed)?,
                signatures,
            ),
            None => tagged(match text("x-hub-signature-256")? {
                Some(signature) => Some(signature),
                None => text("x-signature-256")?,
            }),
        },
    }
}

fn tagged(header: Option<&str>) -> Result<Presented, NoProof> {
    mac(header
        .ok_or(NoProof::Missing)?
        .strip_prefix("sha256=")
        .ok_or(NoProof::Malformed)?)
}

fn mac(digits: &str) -> Result<Presented, NoProof> {
    match hex::decode(digits) {
        Ok(mac) if mac.len() == 32 => Ok(Presented::Hmac(mac)),
        _ => Err(NoProof::Malformed),
    }
}

fn standard(id: &str, timestamp: &str, signatures: &str) -> Result<Presented, NoProof> {
    let signatures: Vec<Vec<u8>> = signatures
        .split_ascii_whitespace()
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .filter(|mac| mac.len() == 32)
        .take(8)
        .collect();
    if signatures.is_empty() {
        return Err(NoProof::Malformed);
    }
    Ok(Presented::Standard {
        id: id.to_owned(),
        timestamp: timestamp.parse().map_err(|_| NoProof::Malformed)?,
        signatures,
    })
}

impl Presented {
    /// Which of the valid secrets made it, if any; all are tried whichever does.
    pub fn verify(&self, secrets: &[Secret], body: &[u8], now: Timestamp) -> Option<usize> {
        let mut found = None;
        for (n, secret) in secrets.iter().enumerate() {
            if self.is_by(secret, body, now) && found.is_none() {
                found = Some(n);
            }
        }
        found
    }

    fn is_by(&self, secret: &Secret, body: &[u8], now: Timestamp) -> bool {
        match self {
            Self::Hmac(mac) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
                hmac::verify(&key, body, mac).is_ok()
            }
            // Compared as hashes, so that neither content nor length shows in the time it takes.
            Self::Token(token) => Sha256::digest(token.expose())
                .as_slice()
                .ct_eq(Sha256::digest(secret.expose()).as_slice())
                .into(),
            Self::Standard {
                id,
                timestamp,
                signatures,
            } => {
                let age = (now.as_millis() / 1000).saturating_sub(*timestamp);
                let fresh = age.unsigned_abs() <= TOLERANCE_SECONDS.unsigned_abs();
                let key = hmac::Key::new(hmac::HMAC_SHA256, &standard_key(secret));
                let mut context = hmac::Context::with_key(&key);
                context.update(format!("{id}.{timestamp}.").as_bytes());
                context.update(body);
                let expected = context.sign();
                let any = signatures.iter().fold(Choice::from(0), |any, signature| {
                    any | expected.as_ref().ct_eq(signature)
                });
                bool::from(any) && fresh
            }
        }
    }
}

/// `whsec_…` is base 64 of the key; anything else is the key.
fn standard_key(secret: &Secret) -> Vec<u8> {
    secret
        .expose()
        .strip_prefix(b"whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_else(|| secret.expose().to_vec())
}

/// A new secret, of the form that the provider takes.
pub fn new_secret(random: &dyn crate::base::Random) -> String {
    crate::base::random::base62(random, 40)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    fn verify(
        provider: Provider,
        pairs: &[(&'static str, &str)],
        secrets: &[&str],
        body: &[u8],
    ) -> Option<usize> {
        let secrets: Vec<Secret> = secrets.iter().map(|s| Secret::new(*s)).collect();
        presented(provider, &headers(pairs)).unwrap().verify(
            &secrets,
            body,
            Timestamp::from_millis(1_614_265_330_000),
        )
    }

    const GITHUB: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_vector_that_github_publishes_verifies() {
        let pairs = [("x-hub-signature-256", GITHUB)];
        let secret = "It's a Secret to Everybody";
        assert_eq!(
            verify(Provider::GitHub, &pairs, &[secret], b"Hello, World!"),
            Some(0)
        );
        assert_eq!(
            verify(Provider::GitHub, &pairs, &["new", secret], b"Hello, World!"),
            Some(1)
        );
        assert_eq!(
            verify(Provider::GitHub, &pairs, &[secret], b"Hello, World?"),
            None
        );
        assert_eq!(
            verify(Provider::GitHub, &pairs, &[], b"Hello, World!"),
            None
        );
        let bare = [("x-gitea-signature", &GITHUB[7..])];
        assert_eq!(
            verify(Provider::Gitea, &bare, &[secret], b"Hello, World!"),
            Some(0)
        );
    }

    #[test]
    fn the_vector_that_standard_webhooks_publishes_verifies_while_it_is_fresh() {
        let pairs = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ];
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(verify(Provider::Generic, &pairs, &[secret], body), Some(0));
        let late = presented(Provider::Generic, &headers(&pairs))
            .unwrap()
            .verify(
                &[Secret::new(secret)],
                body,
                Timestamp::from_millis(1_614_265_330_000 + 301_000),
            );
        assert_eq!(late, None);
    }

    #[test]
    fn what_is_missing_or_malformed_is_known_without_the_body() {
        assert_eq!(
            presented(Provider::GitHub, &headers(&[])),
            Err(NoProof::Missing)
        );
        for bad in ["sha1=00", "sha256=", "sha256=zz", "sha256=00", "757107ea"] {
            assert_eq!(
                presented(Provider::GitHub, &headers(&[("x-hub-signature-256", bad)])),
                Err(NoProof::Malformed),
                "{bad}"
            );
        }
        assert_eq!(
            presented(Provider::GitLab, &headers(&[])),
            Err(NoProof::Missing)
        );
        assert_eq!(
            presented(
                Provider::Generic,
                &headers(&[("webhook-signature", "v1,AAAA")])
            ),
            Err(NoProof::Malformed)
        );
    }

    #[test]
    fn gitlab_sends_the_secret_itself() {
        assert_eq!(
            verify(
                Provider::GitLab,
                &[("x-gitlab-token", "abc")],
                &["abd", "abc"],
                b""
            ),
            Some(1)
        );
        assert_eq!(
            verify(Provider::GitLab, &[("x-gitlab-token", "ab")], &["abc"], b""),
            None
        );
    }
}
