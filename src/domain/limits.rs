//! The numbers of the rules, in one place.

/// After how many attempts a job is given up (sources.md §9: retry policy).
pub const MAX_ATTEMPTS: i64 = 8;

/// How long a lease lasts after its last renewal, in seconds (sources.md §9: step 1).
pub const LEASE_SECONDS: i64 = 15;

/// How long the previous webhook secret is still accepted after a rotation, in seconds.
pub const ROTATION_OVERLAP_SECONDS: i64 = 24 * 3600;

/// The code of a run that stopped renewing its lease.
pub const LEASE_LOST: &str = "lease-lost";
