//! Error codes: one table of what can go wrong, with its HTTP status (engine.md: errors).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $status:literal, retryable: $retry:literal, stored: $stored:literal, $title:literal;)+) => {
        /// What went wrong, as a stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];
            /// The code as sent.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$variant => $word),+ } }
            /// The HTTP status that carries it.
            pub const fn status(self) -> u16 { match self { $(Code::$variant => $status),+ } }
            /// Whether the same request may succeed later.
            pub const fn retryable(self) -> bool { match self { $(Code::$variant => $retry),+ } }
            /// Whether a receipt keeps it, so that the same request gets it again.
            pub const fn stored(self) -> bool { match self { $(Code::$variant => $stored),+ } }
            /// A few words for people.
            pub const fn title(self) -> &'static str { match self { $(Code::$variant => $title),+ } }
        }
    };
}

codes! {
    /// The request cannot be understood.
    Invalid = "invalid", 400, retryable: false, stored: true, "The request is not understood";
    /// No token, or one that is not accepted.
    Unauthenticated = "unauthenticated", 401, retryable: false, stored: false, "Sign in";
    /// The token's role does not allow it.
    Forbidden = "forbidden", 403, retryable: false, stored: false, "Not allowed";
    /// There is no such thing in this org.
    NotFound = "not-found", 404, retryable: false, stored: true, "Not found";
    /// It contradicts what is.
    Conflict = "conflict", 409, retryable: false, stored: true, "Contradicts the present state";
    /// The run has lost its lease.
    StaleWriter = "stale-writer", 409, retryable: false, stored: false, "The run lost its lease";
    /// The cursor moved meanwhile.
    CursorConflict = "cursor-conflict", 412, retryable: false, stored: false, "The cursor moved meanwhile";
    /// The resource changed meanwhile.
    Precondition = "precondition", 412, retryable: false, stored: false, "Changed meanwhile";
    /// A precondition is needed and was not given.
    PreconditionRequired = "precondition-required", 428, retryable: false, stored: false, "A precondition is needed";
    /// The body is too large.
    TooLarge = "too-large", 413, retryable: false, stored: false, "Too large";
    /// The idempotency key was used for another request.
    IdReused = "id-reused", 422, retryable: false, stored: false, "The idempotency key belongs to another request";
    /// Too much at once.
    Overloaded = "overloaded", 429, retryable: true, stored: false, "Too much at once";
    /// It cannot be done now.
    Unavailable = "unavailable", 503, retryable: true, stored: false, "Not available now";
    /// A fault of ours.
    Internal = "internal", 500, retryable: true, stored: false, "A fault of the server";
}
