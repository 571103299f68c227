//! Paths as rules write them, made comparable with the paths git prints.

/// A path whose `..` leaves the repository; it could only ever match by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path leaves the repository")]
pub struct OutsideRepository;

/// Normalises a repo-relative path: `\` is `/`; `./`, a leading `/`, `//`, `.`, a trailing `/` go; `..` pops.
/// May be empty, which is the repository itself.
pub fn normalize(path: &str) -> Result<String, OutsideRepository> {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop().ok_or(OutsideRepository)?;
            }
            name => kept.push(name),
        }
    }
    Ok(kept.join("/"))
}

/// Whether a file of this name is a document: `.md`, `.mdx`, `.markdown`, in any case (sources.md §3).
pub fn is_markdown(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| {
        ["md", "mdx", "markdown"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        input: String,
        output: String,
    }

    fn vectors() -> Vec<Vector> {
        let text = include_str!("../../tests/vectors/normalize-repo-path.json");
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn recorded_paths_normalise_as_before() {
        for vector in vectors().iter().filter(|v| !v.input.starts_with("..")) {
            assert_eq!(normalize(&vector.input).as_ref(), Ok(&vector.output));
        }
    }

    #[test]
    fn leaving_the_repository_is_refused_unlike_before() {
        for vector in vectors().iter().filter(|v| v.input.starts_with("..")) {
            assert_eq!(normalize(&vector.input), Err(OutsideRepository));
        }
        assert_eq!(normalize("a/../.."), Err(OutsideRepository));
    }

    proptest::proptest! {
        #[test]
        fn normalising_twice_changes_nothing(path in "[ab./\\\\]{0,12}") {
            if let Ok(once) = normalize(&path) {
                proptest::prop_assert_eq!(normalize(&once), Ok(once.clone()));
            }
        }
    }
}
