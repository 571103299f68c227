//! Commands to a thread as calls: each is given under an id of its own.

use crate::api::{Call, Command, DispatchRequest};

/// Where commands are given.
const DISPATCH: &str = "/orchestration/dispatchCommand";

/// The call that gives a command. Its id is that of the change it goes out with; see [`named`].
pub(super) fn order(command: &Command) -> Call {
    let body = serde_json::to_value(DispatchRequest::new("", command));
    Call::new("POST", DISPATCH).with(body.unwrap_or_default())
}

/// A command's own id and the `Idempotency-Key` are one thing (orchestration.md: dispatch); other calls have only the key.
pub(super) fn named(mut call: Call, key: &str) -> Call {
    if call.path == DISPATCH {
        call.body["commandId"] = key.into();
    }
    call
}
