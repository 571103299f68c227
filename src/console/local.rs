//! Changes of this machine rather than the server: entries of the docs project's `.jolli/sources.json`. They go the way of every
//! other change, with pending mark, effect before they run, and undo; only who does them is another.

use crate::api::Call;

/// Takes out an entry: `{ "name": "scratch" }`.
pub const REMOVE: &str = "local:/sources/remove";
/// Puts an entry back as it was: `{ "virtual": {...} }` or `{ "mounts": {...} }`, as the file has them.
pub const RESTORE: &str = "local:/sources/restore";

/// Links a source that only this machine knows, as `jolli source link` does: `{ "name": "scratch", "integrationId": 12 }`.
pub const LINK: &str = "local:/sources/link";
/// Takes such a link back: what it took, `sourceId` of what it created, and `entry` as the file had it.
pub const UNLINK: &str = "local:/sources/unlink";

/// Whether a call is one of this machine.
pub fn is_local(call: &Call) -> bool {
    call.path.starts_with("local:")
}
