//! Documents of a space: where they may stand, and what they may be known by (sources.md §10).

/// Why no document may stand at a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentPathError {
    /// It is empty, absolute, longer than 1,024 bytes, or climbs; or it holds `\` or control characters.
    #[error("it is no relative path with `/`, without `.` or `..`")]
    NotInside,
    /// A checkout obeys what stands there: hooks and settings run with it.
    #[error("`{0}` belongs to git or to jolli itself, and holds no documents")]
    Reserved(String),
}

/// Whether a document may stand at `path` of a space.
pub fn check_document_path(path: &str) -> Result<(), DocumentPathError> {
    let is_inside = !path.is_empty()
        && path.len() <= 1024
        && !path.starts_with('/')
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_inside {
        return Err(DocumentPathError::NotInside);
    }
    let reserved = |part: &&str| {
        [".git", ".jolli"]
            .iter()
            .any(|r| part.eq_ignore_ascii_case(r))
    };
    match path.split('/').find(reserved) {
        Some(part) => Err(DocumentPathError::Reserved(part.to_owned())),
        None => Ok(()),
    }
}

/// Whether a document may be known by `id`: 1 to 500 bytes, none of them of a control character.
pub fn is_document_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 500 && !id.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_stays_inside_its_space() {
        for good in ["docs/a.md", "a.md", "a/b/c.mdx", "..a/b", ".github/a.md"] {
            assert_eq!(check_document_path(good), Ok(()), "{good}");
        }
        let long = "a".repeat(1025);
        for bad in [
            "",
            "/a.md",
            "../a.md",
            "a/../b.md",
            "a//b.md",
            "./a.md",
            "a\\b.md",
            "a\n.md",
            &long,
        ] {
            assert_eq!(
                check_document_path(bad),
                Err(DocumentPathError::NotInside),
                "{bad}"
            );
        }
        for part in [".git", ".Git", ".jolli"] {
            let refused = Err(DocumentPathError::Reserved(part.to_owned()));
            assert_eq!(check_document_path(&format!("a/{part}/x.md")), refused);
        }
    }
}
