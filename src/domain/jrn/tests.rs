use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Deserialize)]
struct ParseVector {
    input: String,
    #[serde(rename = "isV3", default)]
    is_v3: bool,
    result: Value,
}

fn vectors<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    serde_json::from_str(text).unwrap()
}

/// The one sentence that differs: ours names every provider it knows.
const UNKNOWN_SOURCE: &str = "Unknown source type: unknown (expected: github, web)";

fn assert_parses_as_recorded(input: &str, parsed: Result<Value, JrnError>, result: &Value) {
    match parsed {
        Ok(value) => assert_eq!(value, result["value"], "{input}"),
        Err(_) if result["error"] == UNKNOWN_SOURCE => {}
        Err(error) => assert_eq!(error.to_string(), result["error"], "{input}"),
    }
}

#[test]
fn recorded_version_3_jrns_parse_as_before() {
    let text = include_str!("../../../tests/vectors/jrn-parse-v3.json");
    for vector in vectors::<ParseVector>(text) {
        let parsed = parse_v3(&vector.input).map(|jrn| serde_json::to_value(jrn).unwrap());
        assert_eq!(is_v3(&vector.input), vector.is_v3, "{}", vector.input);
        assert_parses_as_recorded(&vector.input, parsed, &vector.result);
    }
}

#[test]
fn recorded_version_2_jrns_parse_as_before() {
    let text = include_str!("../../../tests/vectors/jrn-parse-v2.json");
    for vector in vectors::<ParseVector>(text) {
        let parsed = parse_v2(&vector.input).map(|jrn| serde_json::to_value(jrn).unwrap());
        assert_parses_as_recorded(&vector.input, parsed, &vector.result);
    }
}

#[test]
fn every_provider_has_event_names_unlike_before() {
    for provider in ["gitlab", "gitea", "bitbucket", "generic"] {
        let jrn = format!("jrn::path:/home/acme/sources/{provider}/org/repo/feature/x");
        let Resource::Git { repository, .. } = parse_v3(&jrn).unwrap().resource else {
            panic!("{jrn} names a repository");
        };
        assert_eq!(repository.unwrap().branch, "feature/x");
    }
    let error = parse_v3("jrn::path:/home/acme/sources/svn").unwrap_err();
    assert!(error.to_string().contains("gitlab"), "{error}");
}

#[test]
fn recorded_conversions_hold() {
    #[derive(Deserialize)]
    struct Vector {
        from: String,
        input: String,
        output: Value,
    }
    let text = include_str!("../../../tests/vectors/jrn-convert.json");
    for vector in vectors::<Vector>(text) {
        let converted = match vector.from.as_str() {
            "v2" => parse_v2(&vector.input).map(|jrn| to_v3(&jrn)),
            _ => parse_v3(&vector.input).map(|jrn| to_v2(&jrn)),
        };
        match converted {
            Ok(text) => assert_eq!(text, vector.output, "{}", vector.input),
            Err(_) => assert!(vector.output["throws"].is_string(), "{}", vector.input),
        }
    }
}

#[test]
fn recorded_pattern_matches_hold() {
    #[derive(Deserialize)]
    struct Vector {
        jrn: String,
        pattern: String,
        v3: bool,
        any: bool,
    }
    let text = include_str!("../../../tests/vectors/jrn-match.json");
    for vector in vectors::<Vector>(text) {
        let pattern = JrnPattern::parse(&vector.pattern).unwrap();
        let matched = pattern.matches(&vector.jrn);
        assert_eq!(matched, vector.any, "{} ~ {}", vector.pattern, vector.jrn);
        if is_v3(&vector.pattern) {
            assert_eq!(matched, vector.v3, "{} ~ {}", vector.pattern, vector.jrn);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventVector {
    repo: String,
    branch: Option<String>,
    jrn_pattern: Option<String>,
    event: String,
    matches: bool,
}

/// What the matching of webhooks does with one source and binding, here with nothing but texts.
fn fires(vector: &EventVector) -> bool {
    let Ok(source) = RepoCoordinate::parse(&vector.repo) else {
        return false;
    };
    let Ok(Jrn::V3(event)) = Jrn::parse(&vector.event) else {
        return false;
    };
    let Resource::Git {
        repository: Some(repository),
        ..
    } = event.resource
    else {
        return false;
    };
    let pushed = format!("github.com/{}/{}", repository.owner, repository.repo);
    let branch = vector.branch.as_deref().filter(|b| !b.is_empty());
    let branch = branch.map(|b| BranchPattern::parse(b).unwrap());
    let filter = match vector.jrn_pattern.as_deref().filter(|p| !p.is_empty()) {
        None => true,
        Some(text) => JrnPattern::parse_event_filter(text).is_ok_and(|p| p.matches(&vector.event)),
    };
    source.is_same_repository(&RepoCoordinate::parse(&pushed).unwrap())
        && BranchPattern::admits(branch.as_ref(), &repository.branch)
        && filter
}

fn event_vectors() -> Vec<EventVector> {
    vectors(include_str!(
        "../../../tests/vectors/source-event-match.json"
    ))
}

#[test]
fn recorded_event_matches_hold_for_sources_with_a_full_coordinate() {
    for mut vector in event_vectors() {
        if vector.repo == "org/repo" {
            vector.repo = "github.com/org/repo".to_owned();
            assert_eq!(fires(&vector), vector.matches, "{:?}", vector.event);
        }
    }
}

#[test]
fn a_bare_or_wildcard_repository_matches_nothing_unlike_before() {
    for vector in event_vectors() {
        if ["org/repo", "org/*", "org"].contains(&vector.repo.as_str()) {
            assert!(!fires(&vector));
        }
    }
}

#[test]
fn another_host_does_not_match_unlike_before() {
    let of = |repo: &str| {
        event_vectors()
            .into_iter()
            .find(|v| v.repo == repo)
            .unwrap()
    };
    assert!(!fires(&of("gitlab.com/org/repo")));
    assert!(!fires(&of("github.com/a/b/org/repo")));
}

#[test]
fn a_source_given_as_clone_address_matches_unlike_before() {
    let of = |repo: &str| {
        event_vectors()
            .into_iter()
            .find(|v| v.repo == repo)
            .unwrap()
    };
    assert!(fires(&of("https://github.com/org/repo.git")));
    assert!(fires(&of("git@github.com:org/repo.git")));
}

#[test]
fn a_pattern_that_could_never_fire_is_refused_when_it_is_written() {
    for text in [
        "garbage",
        "",
        "jrn:",
        "jrn:/global:sources:github/**",
        "jrn:*:path:",
        "jrn:**:path:/home/*/sources/**",
        "jrn:ctrl:path:/home/*/sources/**",
        "jrn::path:/home/*/docs/**",
        "jrn::path:/tmp/**",
        "jrn::path:/home/*/sources/github/org/repo",
        "jrn::path:/home/*/sources/github/my*/repo/main",
    ] {
        assert!(JrnPattern::parse_event_filter(text).is_err(), "{text}");
    }
    for text in [
        "jrn:*:path:**",
        "jrn::path:/home/*/sources/gitlab/g/sub/repo/**",
    ] {
        assert!(JrnPattern::parse_event_filter(text).is_ok(), "{text}");
    }
}

#[test]
fn the_org_global_stands_for_any_org_unlike_before() {
    let pattern = JrnPattern::parse("jrn::path:/home/global/sources/github/**").unwrap();
    let coordinate = RepoCoordinate::parse("github.com/org/repo").unwrap();
    let event = event_jrn("acme", "github", &coordinate, "release/1");
    assert_eq!(
        event,
        "jrn::path:/home/acme/sources/github/org/repo/release/1"
    );
    assert!(pattern.matches(&event));
    let other = JrnPattern::parse("jrn::path:/home/umbrella/sources/github/**").unwrap();
    assert!(!other.matches(&event));
}

#[test]
fn branches_are_names_or_whole_segment_wildcards() {
    let release = BranchPattern::parse("release/*").unwrap();
    assert!(release.matches("release/1") && !release.matches("release/1/2"));
    assert_eq!(release.literal(), None);
    assert_eq!(
        BranchPattern::parse("feature/x").unwrap().literal(),
        Some("feature/x")
    );
    for text in [
        "",
        "feat*",
        "a b",
        "a..b",
        "refs/heads/main",
        "/a",
        "a/",
        "x.lock",
        "a~1",
        "-x",
    ] {
        assert!(BranchPattern::parse(text).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_the_parsers_panic(text in "(jrn:)?[a-z:/*.v0-9 é]{0,40}") {
        let _ = Jrn::parse(&text);
        if let Ok(pattern) = JrnPattern::parse(&text) {
            pattern.matches(&text);
        }
    }

    #[test]
    fn a_push_has_a_name_that_parses_back(branch in "[a-z0-9]{1,5}(/[a-z0-9]{1,5}){0,3}") {
        let coordinate = RepoCoordinate::parse("github.com/Org/Repo").unwrap();
        let Resource::Git { repository: Some(repository), .. } =
            parse_v3(&event_jrn("acme", "github", &coordinate, &branch)).unwrap().resource
        else {
            panic!("a push names a repository");
        };
        proptest::prop_assert_eq!(repository.branch, branch);
    }
}
