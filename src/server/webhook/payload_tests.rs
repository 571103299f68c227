//! Payloads of every provider, good and broken.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ZERO: &str = "0000000000000000000000000000000000000000";

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

fn github_push(after: &str) -> String {
    format!(
        r#"{{"ref":"refs/heads/main","before":"{A}","after":"{after}","forced":true,"commits":[{{"x":1}}],
            "repository":{{"id":1,"full_name":"org/backend","html_url":"https://github.com/org/backend","default_branch":"main"}}}}"#
    )
}

fn pushes(notice: &Notice) -> &[Push] {
    match &notice.what {
        What::Push(pushes) => pushes,
        other => panic!("no push: {other:?}"),
    }
}

#[test]
fn a_github_push_is_read_as_json_and_as_a_form() {
    let github = [("x-github-event", "push")];
    let json = read(
        Provider::GitHub,
        &headers(&github),
        github_push(B).as_bytes(),
    )
    .unwrap();
    assert_eq!(
        json.repo.as_ref().unwrap().to_string(),
        "github.com/org/backend"
    );
    assert_eq!(
        pushes(&json),
        [Push {
            git_ref: "refs/heads/main".into(),
            before: Some(A.into()),
            after: Some(B.into()),
            forced: true,
            default_branch: Some("main".into()),
        }]
    );
    let form = [
        ("x-github-event", "push"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("payload={}", crate::client::query::encode(&github_push(B)));
    assert_eq!(
        read(Provider::GitHub, &headers(&form), body.as_bytes()).unwrap(),
        json
    );
}

#[test]
fn a_form_begins_with_its_payload() {
    let form = [
        ("x-github-event", "push"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let payload = format!("payload={}", crate::client::query::encode(&github_push(B)));
    for (body, is_read) in [
        (format!("{payload}&more=1"), true),
        (format!("more=1&{payload}"), false),
        (format!("{{}}&{payload}"), false),
    ] {
        let read = read(Provider::GitHub, &headers(&form), body.as_bytes());
        assert_eq!(read.is_ok(), is_read, "{read:?}");
    }
}

#[test]
fn zeros_are_no_commit() {
    let notice = read(
        Provider::GitHub,
        &headers(&[("x-github-event", "push")]),
        github_push(ZERO).as_bytes(),
    )
    .unwrap();
    assert_eq!(pushes(&notice)[0].after, None);
}

#[test]
fn a_ping_and_an_event_of_no_concern_are_told_apart() {
    let ping = read(
        Provider::GitHub,
        &headers(&[("x-github-event", "ping")]),
        br#"{"zen":"Keep it logically awesome."}"#,
    )
    .unwrap();
    assert_eq!((ping.what, ping.repo), (What::Ping, None));
    let star = read(
        Provider::GitHub,
        &headers(&[("x-github-event", "star")]),
        br#"{"repository":{"clone_url":"https://github.com/org/backend.git"}}"#,
    )
    .unwrap();
    assert_eq!(star.what, What::Other);
}

#[test]
fn gitlab_tags_and_branches_come_with_their_full_refs() {
    let body = format!(
        r#"{{"ref":"refs/heads/main","before":"{A}","after":"{B}","project":{{"git_http_url":"https://gitlab.com/g/sub/repo.git"}}}}"#
    );
    let notice = read(
        Provider::GitLab,
        &headers(&[("x-gitlab-event", "Push Hook")]),
        body.as_bytes(),
    )
    .unwrap();
    assert_eq!(
        notice.repo.as_ref().unwrap().to_string(),
        "gitlab.com/g/sub/repo"
    );
    assert_eq!(pushes(&notice)[0].git_ref, "refs/heads/main");
}

#[test]
fn a_bitbucket_push_may_move_several_refs() {
    let body = format!(
        r#"{{"repository":{{"links":{{"html":{{"href":"https://bitbucket.org/org/repo"}}}}}},"push":{{"changes":[
            {{"old":{{"type":"branch","name":"main","target":{{"hash":"{A}"}}}},"new":{{"type":"branch","name":"main","target":{{"hash":"{B}"}}}}}},
            {{"old":null,"new":{{"type":"tag","name":"v1","target":{{"hash":"{B}"}}}}}},
            {{"old":{{"type":"branch","name":"old","target":{{"hash":"{A}"}}}},"new":null}},
            {{"old":null,"new":null}}]}}}}"#
    );
    let notice = read(
        Provider::Bitbucket,
        &headers(&[("x-event-key", "repo:push")]),
        body.as_bytes(),
    )
    .unwrap();
    let refs: Vec<&str> = pushes(&notice).iter().map(|p| p.git_ref.as_str()).collect();
    assert_eq!(refs, ["refs/heads/main", "refs/tags/v1", "refs/heads/old"]);
    assert_eq!(pushes(&notice)[2].after, None);
}

#[test]
fn what_is_not_of_the_form_is_said_and_nothing_panics() {
    let push = headers(&[("x-github-event", "push")]);
    for bad in ["", "[]", "{}", r#"{"ref":"main"}"#, "\u{0}"] {
        assert!(
            read(Provider::GitHub, &push, bad.as_bytes()).is_err(),
            "{bad}"
        );
    }
    let short = github_push("abc");
    assert!(read(Provider::GitHub, &push, short.as_bytes()).is_err());
    let generic = read(
        Provider::Generic,
        &headers(&[]),
        br#"{"ref":"refs/heads/main"}"#,
    );
    assert!(generic.is_err());
}

proptest! {
    #[test]
    fn any_bytes_for_any_provider_are_answered(provider in 0..6usize, form: bool, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let provider = Provider::ALL[provider];
        let mut all = headers(&[
            ("x-github-event", "push"), ("x-gitlab-event", "Push Hook"), ("x-event-key", "repo:push"), ("webhook-event", "push"),
        ]);
        if form {
            all.extend(headers(&[("content-type", "application/x-www-form-urlencoded")]));
        }
        let _ = read(provider, &all, &body);
    }
}
