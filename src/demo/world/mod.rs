//! The demo's world as data: which integrations, spaces, sources, bindings and documents there are. No history here; that
//! is `story`. The names are those of the screens that the console is drawn and tested with.

mod documents;
mod integrations;
mod sources;
mod spaces;

pub use documents::{Document, documents};
pub use integrations::{IntegrationSpec, integrations};
pub use sources::{Binding, SourceSpec, source, sources};
pub use spaces::{SpaceSpec, spaces};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::coordinate::RepoCoordinate;
    use crate::impact::frontmatter;

    #[test]
    fn there_are_48_sources_of_distinct_names_and_readable_repositories() {
        let names: BTreeSet<&str> = sources().iter().map(|s| s.name).collect();
        assert_eq!(names.len(), 48);
        assert_eq!(sources().len(), 48);
        for source in sources() {
            RepoCoordinate::parse(source.repo).unwrap();
        }
    }

    #[test]
    fn the_integrations_that_the_screens_number_have_those_numbers() {
        let at = |n: usize| &integrations()[n - 1];
        assert_eq!(
            (at(12).name, at(12).account),
            ("acme-github", Some("github.com/acme"))
        );
        assert_eq!(
            (at(14).name, at(14).account),
            ("acme-gitlab", Some("gitlab.com/acme"))
        );
        assert_eq!(
            (at(17).name, at(17).repo),
            ("gl-api", Some("gitlab.com/acme/api"))
        );
    }

    #[test]
    fn every_link_covers_its_repository() {
        for source in sources() {
            let Some(number) = source.integration else {
                continue;
            };
            let integration = &integrations()[usize::try_from(number).unwrap() - 1];
            let covered = integration.repo == Some(source.repo)
                || integration
                    .account
                    .is_some_and(|account| source.repo.starts_with(&format!("{account}/")));
            assert!(covered, "{} by {}", source.name, integration.name);
            assert!(!integration.gone, "{}", source.name);
        }
    }

    #[test]
    fn documents_are_readable_and_name_only_sources_that_their_space_is_bound_to_but_for_one_slip()
    {
        let mut unknown = Vec::new();
        let mut ids = BTreeSet::new();
        for document in documents() {
            let parsed = frontmatter::parse(document.text.as_bytes());
            assert!(
                parsed.diagnostics.is_empty(),
                "{}: {:?}",
                document.path,
                parsed.diagnostics
            );
            if let Some(jrn) = parsed.jrn {
                assert!(ids.insert(jrn), "{} repeats a jrn", document.path);
            }
            for rule in parsed.rules {
                let name = rule.source.expect("rules of a space name a source");
                match sources().iter().find(|s| s.name == name) {
                    None => unknown.push(name),
                    Some(source) => assert!(
                        source.spaces.iter().any(|b| b.space == document.space),
                        "{} of {} names {name}, which is not bound there",
                        document.path,
                        document.space
                    ),
                }
            }
        }
        assert_eq!(unknown, ["bakend"]);
    }
}
