use super::*;
use crate::domain::attention::DiagnosticCode;
use crate::impact::frontmatter;

fn source(id: i64, name: &str, repo: &str) -> SourceView {
    SourceView {
        id: SourceId(id),
        name: name.to_owned(),
        kind: SourceKind::True,
        repo: Some(repo.to_owned()),
        branch: Some("main".to_owned()),
        integration_id: Some(IntegrationId(id + 10)),
        enabled: true,
    }
}

fn document(space: i64, path: &str, rules: &[(&str, &str)]) -> DocumentView {
    let rule = |(index, (source, path)): (usize, &(&str, &str))| AttentionRule {
        source: Some((*source).to_owned()),
        path: (*path).to_owned(),
        keywords: Vec::new(),
        line: 4 + index as u32,
    };
    DocumentView {
        space_id: Some(SpaceId(space)),
        path: path.to_owned(),
        doc_id: Some(path.to_owned()),
        rules: rules.iter().enumerate().map(rule).collect(),
        diagnostics: Vec::new(),
    }
}

/// One space `docs` with `backend` (1) bound and `frontend` (2) not.
fn world(documents: Vec<DocumentView>) -> StrictInput {
    StrictInput {
        sources: vec![
            source(1, "backend", "github.com/org/backend"),
            source(2, "frontend", "github.com/org/frontend"),
        ],
        spaces: vec![SpaceView {
            id: SpaceId(7),
            name: "API Docs".to_owned(),
            slug: "api-docs".to_owned(),
        }],
        bindings: vec![BindingView {
            space_id: SpaceId(7),
            source_id: SourceId(1),
            enabled: true,
        }],
        documents,
        local: None,
    }
}

/// Findings as the command line prints them.
fn told(input: &StrictInput) -> Vec<String> {
    let line = |f: Finding| {
        let places = f
            .places
            .iter()
            .map(|p| format!(" [{}:{}]", p.doc_path, p.line));
        let remedies = f.remedies.iter().map(|r| format!(" > {}", r.command));
        format!(
            "{} {}: {}{}{}",
            f.severity,
            f.code.as_str(),
            f.message,
            places.collect::<String>(),
            remedies.collect::<String>()
        )
    };
    find(input).into_iter().map(line).collect()
}

#[test]
fn a_document_that_names_very_many_sources_costs_no_more_than_they_are() {
    let names: Vec<String> = (0..40_000).map(|n| format!("source-{n}")).collect();
    let rules: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "a")).collect();
    let input = world(vec![document(7, "a.md", &rules)]);
    let began = std::time::Instant::now();
    assert_eq!(View::of(&input).uses.len(), names.len());
    assert!(began.elapsed() < std::time::Duration::from_secs(3));
}

#[test]
fn rules_that_resolve_to_bound_and_enabled_sources_are_quiet() {
    let input = world(vec![document(7, "a.md", &[("backend", "src/**")])]);
    assert_eq!(find(&input), []);
}

#[test]
fn a_name_of_nothing_is_an_error_with_its_documents_and_near_names() {
    let input = world(vec![
        document(7, "b.md", &[("bakend", "src/**"), ("bakend", "x")]),
        document(7, "a.md", &[("bakend", "src/**")]),
    ]);
    assert_eq!(
        told(&input),
        [
            "error unresolved-source: No source is named bakend, so nothing is watched by its rules in 2 documents of API Docs \
          [a.md:4] [b.md:4] [b.md:5] > source: backend > jolli source add bakend --mount /path/to/repository"
        ]
    );
    assert_eq!(find(&input)[0].near_names, ["backend"]);
    assert!(fails(&find(&input)));
}

#[test]
fn a_source_that_is_off_unbound_or_off_in_this_space_is_a_warning() {
    let documents = vec![document(7, "a.md", &[("backend", "x"), ("frontend", "y")])];
    let mut input = world(documents);
    input.bindings[0].enabled = false;
    assert_eq!(
        told(&input),
        [
            "warning disabled-source: The binding of backend to API Docs is disabled, so its changes do not reach 1 document there \
             [a.md:4] > jolli space enable api-docs backend",
            "warning unbound-source: frontend is not bound to API Docs, so its changes do not reach 1 document there \
             [a.md:5] > jolli space bind api-docs frontend",
        ]
    );
    input.sources[0].enabled = false;
    assert!(told(&input)[0].contains("> jolli source enable backend"));
    assert!(!fails(&find(&input)));
}

#[test]
fn two_sources_of_one_repository_and_branch_are_a_warning() {
    let mut input = world(vec![]);
    input
        .sources
        .push(source(3, "backend-again", "GitHub.com/Org/Backend"));
    assert_eq!(
        told(&input),
        [
            "warning ambiguous-source: backend, backend-again all follow github.com/org/backend, branch main: \
          every push there is processed once for each > jolli source remove backend-again"
        ]
    );
    let mut unlinked = input.clone();
    unlinked.sources[2].kind = SourceKind::Virtual;
    assert_eq!(find(&unlinked), []);
    input.sources[2].branch = Some("next".to_owned());
    assert_eq!(find(&input), []);
}

#[test]
fn unreadable_rules_and_shared_ids_are_errors_with_their_lines() {
    let parsed =
        frontmatter::parse(b"---\njrn: ONE\nattention:\n  - op: file\n    path: ../x\n---\n");
    assert_eq!(
        parsed.diagnostics[0].code,
        DiagnosticCode::PathOutsideRepository
    );
    let mut first = document(7, "a.md", &[]);
    first.doc_id = parsed.jrn;
    first.diagnostics = parsed.diagnostics;
    let mut second = document(7, "b.md", &[]);
    second.doc_id = Some("ONE".to_owned());
    let mut elsewhere = second.clone();
    elsewhere.space_id = Some(SpaceId(8));
    let told = told(&world(vec![second, elsewhere, first]));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("error invalid-rule: `path: ../x` cannot match"),
        "{told:?}"
    );
    assert!(told[0].contains("[a.md:5]"), "{told:?}");
    assert!(
        told[1].starts_with("error duplicate-doc-id: 2 documents carry the jrn ONE"),
        "{told:?}"
    );
    assert!(told[1].contains("[a.md:1] [b.md:1]"), "{told:?}");
}

#[test]
fn mounts_are_checked_where_there_is_a_docs_project() {
    let documents = vec![document(7, "a.md", &[("backend", "x"), ("scratch", "y")])];
    let mut input = world(documents);
    let mounted = |state| LocalView {
        mounts: vec![MountView {
            source_id: SourceId(1),
            name: Some("backend".to_owned()),
            path: "/src/backend".to_owned(),
            state,
        }],
        virtual_sources: vec![VirtualView {
            name: "scratch".to_owned(),
            path: "/src/scratch".to_owned(),
            state: MountState::InvalidGitRoot,
        }],
    };
    input.local = Some(mounted(MountState::Resolved));
    let told_now = told(&input);
    assert_eq!(told_now.len(), 1);
    assert!(
        told_now[0].contains("/src/scratch (invalid-git-root)"),
        "{told_now:?}"
    );
    input.local = Some(mounted(MountState::OtherRepository {
        expected: "github.com/org/backend".to_owned(),
        found: "github.com/org/fork".to_owned(),
    }));
    assert!(
        told(&input)[0].contains("is github.com/org/fork, the source is github.com/org/backend")
    );
    input.local = Some(LocalView::default());
    assert!(told(&input)[1].contains("backend is not mounted here (needs-mount)"));
    // Mounted without its integration, a true source would be hidden by a local one.
    let remedies = &find(&input)[1].remedies;
    assert!(remedies[0].command.ends_with("--integration-id 11"));
    // Offline, the cached name stands for the server's.
    input.sources.clear();
    input.local = Some(mounted(MountState::MissingPath));
    assert!(told(&input)[0].contains("/src/backend (missing-path)"));
}

#[test]
fn a_true_source_hides_a_local_virtual_one_and_a_virtual_one_is_the_same() {
    let mut input = world(vec![document(7, "a.md", &[("backend", "x")])]);
    input.local = Some(LocalView {
        mounts: vec![],
        virtual_sources: vec![VirtualView {
            name: "backend".to_owned(),
            path: "/src/backend".to_owned(),
            state: MountState::Resolved,
        }],
    });
    let told_now = told(&input);
    assert!(
        told_now[0].starts_with("error ambiguous-source"),
        "{told_now:?}"
    );
    assert!(
        told_now[0].ends_with("> jolli source remove backend --local-only"),
        "{told_now:?}"
    );
    input.sources[0].kind = SourceKind::Virtual;
    assert_eq!(find(&input), []);
}

#[test]
fn the_order_does_not_depend_on_the_order_of_the_input() {
    let mut input = world(vec![
        document(7, "b.md", &[("nope", "x"), ("frontend", "y")]),
        document(7, "a.md", &[("nope", "x"), ("nada", "y")]),
    ]);
    let once = find(&input);
    input.documents.reverse();
    input.sources.reverse();
    assert_eq!(find(&input), once);
    assert!(once[0].severity == Severity::Error && once[0].source_name.as_deref() == Some("nada"));
}
