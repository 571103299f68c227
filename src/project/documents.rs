//! The documents of a project: its Markdown files, but for those that ignore rules leave out (sources.md §3).

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::ProjectError;
use crate::domain::attention::ParsedDocument;
use crate::domain::id::SpaceId;
use crate::impact::strict::DocumentView;
use crate::impact::{frontmatter, path};
use crate::local::FOLDER;

/// Where documents are unless somebody says otherwise.
pub(super) const DOCS: &str = "docs";

/// A document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Relative to the project's root, with `/`; as it is where it lies outside.
    pub(super) path: String,
    pub(super) parsed: ParsedDocument,
}

/// What lies below a docs folder, by the paths that people know it by, each in byte order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The documents.
    pub(super) documents: Vec<(String, PathBuf)>,
    /// The links that documents might be read through, and are not.
    pub(super) links: Vec<(String, PathBuf)>,
}

/// Reads the documents below `docs`, in byte order of their paths.
pub(super) fn read(root: &Path, docs: &Path) -> Result<Vec<Document>, ProjectError> {
    let read = |(path, file): (String, PathBuf)| match std::fs::read(&file) {
        Ok(bytes) => Ok(Document {
            path,
            parsed: frontmatter::parse(&bytes),
        }),
        Err(source) => Err(ProjectError::Io { path: file, source }),
    };
    find(root, docs)?.documents.into_iter().map(read).collect()
}

/// Where the documents below `docs` are.
pub(super) fn find(root: &Path, docs: &Path) -> Result<Listing, ProjectError> {
    let folder = root.join(docs);
    if !folder.exists() {
        return Err(ProjectError::NoDocs(folder));
    }
    if !folder.is_dir() {
        return Err(ProjectError::DocsNoFolder(folder));
    }
    let mut found = Listing::default();
    let walk = WalkBuilder::new(&folder)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| !is_machinery(entry))
        .build();
    for entry in walk {
        let entry = entry.map_err(|error| ProjectError::Documents(error.to_string()))?;
        let Some(kind) = entry.file_type() else {
            continue;
        };
        let is_markdown = path::is_markdown(&entry.file_name().to_string_lossy());
        let at = (shown(root, entry.path()), entry.path().to_owned());
        if kind.is_symlink() && entry.depth() > 0 && (is_markdown || entry.path().is_dir()) {
            found.links.push(at);
        } else if kind.is_file() && is_markdown {
            found.documents.push(at);
        }
    }
    found.documents.sort_unstable();
    found.links.sort_unstable();
    Ok(found)
}

/// How deep a linked folder is looked into.
const LINKED_DEPTH: usize = 4;

/// Whether a link leads to a document, or to a folder that has some not far below: pictures are nobody's concern.
pub(super) fn any_below(link: &Path) -> bool {
    let walk = WalkBuilder::new(link)
        .hidden(false)
        .max_depth(Some(LINKED_DEPTH))
        .build();
    walk.filter_map(Result::ok).any(|entry| {
        let is_file = entry.path().is_file();
        is_file && path::is_markdown(&entry.file_name().to_string_lossy())
    })
}

/// Documents as strict mode takes them.
pub(super) fn views(documents: Vec<Document>, space_id: Option<SpaceId>) -> Vec<DocumentView> {
    let view = |document: Document| DocumentView {
        space_id,
        path: document.path,
        doc_id: document.parsed.jrn,
        rules: document.parsed.rules,
        diagnostics: document.parsed.diagnostics,
    };
    documents.into_iter().map(view).collect()
}

/// Folders that hold no documents whatever the ignore rules say.
fn is_machinery(entry: &DirEntry) -> bool {
    entry.depth() > 0 && (entry.file_name() == ".git" || entry.file_name() == FOLDER)
}

fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let clean: PathBuf = relative.components().collect();
    clean.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_of_any_case_is_read_and_what_is_ignored_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            "docs/b.MD",
            "docs/a/x.mdx",
            "docs/.hidden/y.markdown",
            "docs/node_modules/z.md",
            "docs/.git/q.md",
            "docs/.jolli/q.md",
            "docs/code.ts",
            "outside.md",
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "# Text").unwrap();
        }
        std::fs::write(root.join(".gitignore"), "node_modules\n").unwrap();
        let found = read(root, Path::new("./docs/")).unwrap();
        let paths: Vec<&str> = found.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(
            paths,
            ["docs/.hidden/y.markdown", "docs/a/x.mdx", "docs/b.MD"]
        );
        assert!(matches!(
            read(root, Path::new("nowhere")),
            Err(ProjectError::NoDocs(_))
        ));
        assert!(matches!(
            read(root, Path::new("outside.md")),
            Err(ProjectError::DocsNoFolder(_))
        ));
    }
}
