use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    pattern: String,
    path: String,
    jolli: String,
}

/// What a correct engine says where the existing one is wrong: the *sane* column of the recorded table.
const SANE: [(&str, &str, &str); 17] = [
    ("docs/api/*.md", "docs/api/authXmd", "none"),
    ("app/[id]/page.tsx", "app/[id]/page.tsx", "exact"),
    ("app/(group)/*.tsx", "app/(group)/page.tsx", "glob"),
    ("app/(group)/*.tsx", "app/group/page.tsx", "none"),
    ("src/c++/*.h", "src/c++/a.h", "glob"),
    ("src/a+b/*.ts", "src/a+b/x.ts", "glob"),
    ("src/a+b/*.ts", "src/aaab/x.ts", "none"),
    ("src/a|b/*.ts", "src/a", "none"),
    ("src/**a/x.ts", "src/foo/bara/x.ts", "none"),
    ("src/a**", "src/abc/d.ts", "none"),
    ("src/a**/x.ts", "src/ax/y/x.ts", "none"),
    ("../other/*.ts", "other/a.ts", "none"),
    // Told by the contract, not by the table.
    ("src/auth/", "src/auth/login.ts", "glob"),
    ("src/***/x.ts", "src/a/b/x.ts", "glob"),
    ("src/[!a].ts", "src/a.ts", "none"),
    ("src/?.ts", "src/é.ts", "glob"),
    ("src/[é-ë].ts", "src/ê.ts", "glob"),
];

fn verdict(pattern: &str, path: &str) -> &'static str {
    let alone = RulePath::parse(pattern)
        .ok()
        .and_then(|rule| rule.matches(path));
    match alone {
        Some(MatchType::Exact) => "exact",
        Some(MatchType::Glob) => "glob",
        None => "none",
    }
}

#[test]
fn recorded_globs_match_as_before_where_that_was_sane() {
    let text = include_str!("../../../tests/vectors/glob.json");
    for vector in serde_json::from_str::<Vec<Vector>>(text).unwrap() {
        let sane = SANE
            .iter()
            .find(|(pattern, path, _)| (*pattern, *path) == (&*vector.pattern, &*vector.path));
        let expected = sane.map_or(&*vector.jolli, |(_, _, verdict)| verdict);
        let found = verdict(&vector.pattern, &vector.path);
        assert_eq!(found, expected, "{} ~ {}", vector.pattern, vector.path);
    }
}

#[test]
fn globs_mean_what_they_say_unlike_before() {
    for (pattern, path, expected) in SANE {
        assert_eq!(verdict(pattern, path), expected, "{pattern} ~ {path}");
    }
}

#[test]
fn braces_expand_like_a_shells_and_stay_literal_where_they_do_not_pair() {
    for (pattern, path, expected) in [
        ("src/{a}.ts", "src/a.ts", "glob"),
        ("src/{a,}.ts", "src/.ts", "glob"),
        ("src/{,a/}x.ts", "src/a/x.ts", "glob"),
        ("src/{**,a}/x.ts", "src/q/r/x.ts", "glob"),
        ("{a,{b,c}/*.ts", "{a,b/x.ts", "glob"),
        ("a},b/*.ts", "a},b/x.ts", "glob"),
        ("[{a,b}].ts", "{.ts", "glob"),
        ("a,b/*", "a,b/c", "glob"),
    ] {
        assert_eq!(verdict(pattern, path), expected, "{pattern} ~ {path}");
    }
}

#[test]
fn broken_and_exploding_globs_are_refused_but_still_name_their_file() {
    for pattern in [
        "src/[a.ts",
        "src/[z-a].ts",
        "src/[]",
        "src/[!]",
        "src/[a/b].ts",
    ] {
        let error = RulePath::parse(pattern).unwrap_err();
        assert!(
            matches!(error, RulePathError::Class { column: 5, .. }),
            "{pattern}"
        );
        assert!(error.keeps_literal());
    }
    let exploding = "{a,b}".repeat(16);
    assert_eq!(
        RulePath::parse(&exploding).unwrap_err(),
        RulePathError::TooManyAlternatives
    );
    let deep = format!("{}a{}", "{".repeat(500), ",b}".repeat(500));
    assert_eq!(
        RulePath::parse(&deep).unwrap_err(),
        RulePathError::TooManyAlternatives
    );
    let file = RulePath::literal("src/[a.ts");
    assert_eq!(file.matches("src/[a.ts"), Some(MatchType::Exact));
}

#[test]
fn leaving_the_repository_and_naming_it_whole_are_refused() {
    assert_eq!(
        RulePath::parse("a/../../b").unwrap_err(),
        RulePathError::Outside
    );
    for pattern in ["/", ".", "./", "a/.."] {
        assert_eq!(
            RulePath::parse(pattern).unwrap_err(),
            RulePathError::Repository
        );
    }
}

#[test]
fn an_empty_alternative_matches_nothing_in_a_set_either() {
    let rule = RulePath::parse("**/{,}").unwrap();
    assert_eq!(rule.matches("a"), None);
    let mut set = PatternSet::default();
    for alternative in rule.alternatives() {
        set.insert(alternative, 0);
    }
    let mut found = Vec::new();
    set.matches_into("a", &mut found);
    assert_eq!(found, [] as [usize; 0]);
}

proptest::proptest! {
    /// The set finds what each rule finds alone: bucketing, globset and our own matcher agree.
    #[test]
    fn a_set_agrees_with_its_globs(
        patterns in proptest::collection::vec("(a/|b/|\\*\\*/|[ab?*!é{},\\[\\]-]{1,4}/){0,3}[ab.?*é{},]{1,4}/?", 1..6),
        path in "([abé]{1,2}/){0,3}[abé.]{1,3}",
    ) {
        // No path of git's ends so.
        proptest::prop_assume!(!path.ends_with("/..") && path != "..");
        let rules: Vec<RulePath> = patterns.iter().filter_map(|p| RulePath::parse(p).ok()).collect();
        let mut set = PatternSet::default();
        for (number, rule) in rules.iter().enumerate() {
            for alternative in rule.alternatives() {
                set.insert(alternative, number);
            }
        }
        let mut found = Vec::new();
        set.matches_into(&path, &mut found);
        found.sort_unstable();
        found.dedup();
        let alone: Vec<usize> = (0..rules.len())
            .filter(|&n| rules[n].matches(&path) == Some(MatchType::Glob))
            .collect();
        proptest::prop_assert_eq!(found, alone, "{:?} {}", patterns, path);
    }
}
