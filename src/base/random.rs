//! The randomness port: tokens, secrets, jitter.

use ring::rand::SecureRandom;

/// Gives bytes nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A number in 0..1, for jitter.
    fn unit(&self) -> f64 {
        let mut bytes = [0u8; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The operating system's generator.
#[derive(Debug)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The generator.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("the operating system gives random bytes");
    }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` characters of base 62, each equally likely.
pub fn base62(random: &dyn Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut buffer = [0u8; 64];
    while text.len() < length {
        random.fill(&mut buffer);
        // 248 = 4 × 62: bytes above it would make the first characters likelier.
        text.extend(
            buffer
                .iter()
                .filter(|b| **b < 248)
                .take(length - text.len())
                .map(|b| char::from(BASE62[usize::from(*b % 62)])),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base62_has_the_length_asked_for_and_only_its_alphabet() {
        let text = base62(&SystemRandom::new(), 43);
        assert_eq!(text.len(), 43);
        assert!(text.bytes().all(|b| BASE62.contains(&b)));
        assert_ne!(text, base62(&SystemRandom::new(), 43));
    }
}
