//! Identifiers. Integers are global per kind and never reused (engine.md: integer ids).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not an id; ids are whole numbers from 1 up, written without sign or leading zero"
)]
pub struct IdError(pub String);

macro_rules! integer_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.parse::<i64>() {
                    Ok(id) if id > 0 && id.to_string() == text => Ok(Self(id)),
                    _ => Err(IdError(text.to_owned())),
                }
            }
        }
    )+};
}

integer_id! {
    /// An organisation. Every row belongs to one.
    OrgId,
    /// An access token.
    TokenId,
    /// A linked provider account or repository.
    IntegrationId,
    /// A source.
    SourceId,
    /// A space.
    SpaceId,
    /// A job; a run of it is shown as `#91`.
    JobId,
    /// A received webhook.
    DeliveryId,
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = TextIdError;
            fn from_str(text: &str) -> Result<Self, TextIdError> {
                check_text_id(text).map(|()| Self(text.to_owned()))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

text_id! {
    /// A project (seed 003): one a space.
    ProjectId,
    /// A thread: the work of one agent. Never a provider's own thread id.
    ThreadId,
    /// A turn of a thread.
    TurnId,
    /// A message; unique in its thread only, because providers repeat theirs.
    MessageId,
    /// An activity; unique in its thread only.
    ActivityId,
    /// A question that waits for a person; unique in its thread only.
    RequestId,
}

/// The longest id that is made elsewhere, in characters.
pub const LONGEST_TEXT_ID: usize = 255;

/// The text is not an id made elsewhere.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not an id; ids are 1 to {LONGEST_TEXT_ID} characters without space around them and without control characters"
)]
pub struct TextIdError(pub String);

fn check_text_id(text: &str) -> Result<(), TextIdError> {
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_TEXT_ID;
    if fits && text.trim() == text && !text.contains(char::is_control) {
        Ok(())
    } else {
        Err(TextIdError(text.chars().take(LONGEST_TEXT_ID).collect()))
    }
}

/// A position in the log; the first event is 1.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Sequence(pub i64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which claim of a lease this is; only grows, never repeats (sources.md §9).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct LeaseEpoch(pub i64);

impl ProjectId {
    /// The project that the threads of a space are in.
    pub fn of_space(space: SpaceId) -> Self {
        Self(format!("space-{space}"))
    }
}

impl ThreadId {
    /// The thread in which a run works on a space.
    pub fn of_run(job: JobId, space: SpaceId) -> Self {
        Self(format!("job-{job}-space-{space}"))
    }

    /// The run that opened the thread and the space that it is about, as its id says; none: it is not a run's.
    pub fn run(&self) -> Option<(JobId, SpaceId)> {
        let (job, space) = self.0.strip_prefix("job-")?.split_once("-space-")?;
        Some((job.parse().ok()?, space.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_a_run_says_of_which() {
        let of = |id: &str| id.parse::<ThreadId>().unwrap().run();
        assert_eq!(of("job-90-space-3"), Some((JobId(90), SpaceId(3))));
        assert_eq!(
            ThreadId::of_run(JobId(90), SpaceId(3)).as_str(),
            "job-90-space-3"
        );
        // Other spellings of the numbers are other threads.
        for other in [
            "job-x-space-3",
            "mine",
            "job-090-space-3",
            "job-9-space-+3",
            "job-0-space-3",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn ids_made_elsewhere_are_trimmed_and_bounded() {
        assert_eq!(
            "job-1-space-2".parse::<ThreadId>().unwrap().as_str(),
            "job-1-space-2"
        );
        for bad in ["", " a", "a\n", "a\u{0}b", &"x".repeat(256)] {
            assert!(bad.parse::<ThreadId>().is_err(), "{bad:?}");
            assert!(
                serde_json::from_value::<ThreadId>(bad.into()).is_err(),
                "{bad:?}"
            );
        }
        assert!("x".repeat(255).parse::<ThreadId>().is_ok());
    }

    #[test]
    fn ids_are_strict() {
        assert_eq!("7".parse::<SourceId>(), Ok(SourceId(7)));
        for bad in [
            "",
            "0",
            "-5",
            "1abc",
            "1.9",
            "07",
            "+7",
            " 7",
            "9223372036854775808",
        ] {
            assert_eq!(
                bad.parse::<SourceId>(),
                Err(IdError(bad.to_owned())),
                "{bad}"
            );
        }
    }
}
