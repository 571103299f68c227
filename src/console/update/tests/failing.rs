//! Servers that refuse the token, ask to wait, or fail: what becomes of a change that met one.

use std::time::Duration;

use super::super::testing::*;
use crate::api::{RowsFrame, Sequence};
use crate::base::Timestamp;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Connection, Model, ReqId};
use crate::console::msg::{Failure, FailureKind, Feed, Msg, Timer};
use crate::console::update::update;

fn failure(kind: FailureKind, text: &str) -> Failure {
    Failure {
        kind,
        text: text.to_owned(),
        unsure: false,
    }
}

/// Turns backend off; answers the request and its key.
fn switched(model: &mut Model) -> (ReqId, String) {
    let sent = asked(&press(model, "O"));
    let (request, Ask::Change { key, .. }) = sent[0].clone() else {
        panic!("a change is sent");
    };
    (request, key)
}

fn frame(model: &mut Model, at: Timestamp) -> Vec<Effect> {
    let sequence = Sequence(model.replica.sequence.0 + 1);
    let frame = RowsFrame {
        sequence,
        head: sequence,
        changes: Vec::new(),
    };
    update(model, Msg::Feed(Feed::Frame(Box::new(frame))), at)
}

#[test]
fn a_change_that_is_asked_to_wait_goes_out_when_it_may_with_the_same_key() {
    let mut model = world();
    let (request, key) = switched(&mut model);
    let busy = failure(
        FailureKind::Busy(Duration::from_secs(30)),
        "Too many requests.",
    );
    let effects = take(&mut model, Msg::Reply(request, Err(busy)));
    let again = Effect::Arm(Timer::Again(request), Duration::from_secs(30));
    assert!(
        effects
            .iter()
            .any(|it| format!("{it:?}") == format!("{again:?}"))
    );
    assert!(matches!(model.connection, Connection::Busy { .. }));
    assert_eq!(model.work.pending.len(), 1, "nothing is lost");
    assert!(model.work.toasts.is_empty());

    // The feed goes on meanwhile; the server asked to wait all the same.
    assert!(asked(&frame(&mut model, now().plus_seconds(2))).is_empty());
    assert!(matches!(model.connection, Connection::Busy { .. }));

    let effects = take(&mut model, Msg::Timer(Timer::Again(request)));
    let sent = asked(&effects);
    assert!(matches!(&sent[0].1, Ask::Change { key: it, .. } if *it == key));
}

#[test]
fn the_wait_is_over_by_the_clock_alone() {
    let mut model = world();
    let (request, key) = switched(&mut model);
    let busy = failure(
        FailureKind::Busy(Duration::from_secs(5)),
        "Too many requests.",
    );
    take(&mut model, Msg::Reply(request, Err(busy)));
    update(&mut model, Msg::Timer(Timer::Second), now().plus_seconds(3));
    assert!(matches!(model.connection, Connection::Busy { .. }));
    let effects = update(&mut model, Msg::Timer(Timer::Second), now().plus_seconds(5));
    assert!(model.connection.is_live());
    assert!(matches!(&asked(&effects)[0].1, Ask::Change { key: it, .. } if *it == key));
}

#[test]
fn a_change_that_meets_a_failing_server_is_not_taken_and_that_is_said_until_it_serves() {
    let mut model = world();
    let (request, _) = switched(&mut model);
    let starting = failure(FailureKind::Server(503), "database is starting");
    take(&mut model, Msg::Reply(request, Err(starting.clone())));
    assert!(model.work.pending.is_empty());
    assert!(model.current_source().unwrap().enabled);
    let down = Feed::Down {
        failure: starting,
        retry_in: Duration::from_secs(4),
        attempt: 1,
    };
    take(&mut model, Msg::Feed(down));
    assert!(model.work.not_taken);
    take(&mut model, Msg::Feed(Feed::Following));
    assert!(model.connection.is_live());
    assert!(!model.work.not_taken);
}

#[test]
fn a_feed_that_goes_on_with_a_refused_token_does_not_say_live() {
    let mut model = world();
    let (request, _) = switched(&mut model);
    let refused = failure(FailureKind::SignedOut, "expired 2h ago");
    take(&mut model, Msg::Reply(request, Err(refused)));
    frame(&mut model, now().plus_seconds(1));
    assert!(matches!(model.connection, Connection::SignedOut { .. }));
    take(&mut model, Msg::Feed(Feed::Following));
    assert!(model.connection.is_live());
}

#[test]
fn where_no_token_was_sent_none_is_said_to_be_refused() {
    let mut model = world();
    model.session.server = "jolli.acme.example".to_owned();
    let down = |kind| Feed::Down {
        failure: failure(kind, "The call has no token."),
        retry_in: std::time::Duration::from_secs(1),
        attempt: 1,
    };
    take(&mut model, Msg::Feed(down(FailureKind::NoToken)));
    let Some(crate::console::model::Popup::SignIn(asks)) = model.ui.popup() else {
        panic!("a token is asked for");
    };
    assert!(
        asks.reason
            .starts_with("No token yet for jolli.acme.example.")
    );
    press(&mut model, "Esc");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(
        shown.contains("No token yet for jolli.acme.example"),
        "{shown}"
    );
    assert!(!shown.contains("401"), "{shown}");
    // An answer that only says no knows less than the feed.
    take(&mut model, Msg::Feed(down(FailureKind::SignedOut)));
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(!shown.contains("401"), "{shown}");
}
