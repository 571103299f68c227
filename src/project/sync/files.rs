//! The documents on the disk: reading them, finding out which of them is which document of the space, and the only two
//! ways in which sync changes the project's files: placing a text, and taking one away into the trash.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::SyncError;
use super::identity::document_id;
use super::report::Problem;
use super::state::{State, Store, Tracked};
use crate::base::Timestamp;
use crate::domain::document::check_document_path;
use crate::local::replace;
use crate::project::{ProjectError, documents};

/// A document on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocalDocument {
    /// From the project's root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// The id that it gives itself.
    pub(super) id: Option<String>,
}

/// What is on the disk.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tracked documents that are there, by the ids that the space knows them by.
    pub(super) tracked: BTreeMap<String, LocalDocument>,
    /// The others, by path.
    pub(super) fresh: BTreeMap<String, LocalDocument>,
    /// Where those stand that have an id.
    fresh_by_id: BTreeMap<String, String>,
    /// What stands where, of those that are tracked.
    tracked_by_path: BTreeMap<String, String>,
    /// Documents that are there and cannot be used; what is tracked and stands among them is not gone.
    pub(super) problems: Vec<Problem>,
}

impl Found {
    /// Reads what is below `docs`, and what is tracked wherever it stands.
    pub(super) fn read(root: &Path, docs: Option<&Path>, state: &State) -> Result<Self, SyncError> {
        let mut found = Self::default();
        let files = read_all(root, docs, state, &mut found.problems)?;
        found.sort(files, state);
        Ok(found)
    }

    /// Tells which file is which document: by the id in its text, wherever it stands now; else by where it stood.
    fn sort(&mut self, mut files: BTreeMap<String, LocalDocument>, state: &State) {
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files.values() {
            if let Some(id) = &file.id {
                named.entry(id.clone()).or_default().push(file.path.clone());
            }
        }
        // Where both agree there is no doubt; then the id counts, and then the place.
        let is_its = |file: &LocalDocument, tracked: &Tracked| match (&file.id, &tracked.jrn) {
            (Some(id), Some(jrn)) => id == jrn,
            _ => false,
        };
        let is_unnamed =
            |file: &LocalDocument, tracked: &Tracked| file.id.is_none() || tracked.jrn.is_none();
        for round in 0..3 {
            for (id, tracked) in &state.documents {
                if self.tracked.contains_key(id) {
                    continue;
                }
                let at = match (round, &tracked.jrn) {
                    (0 | 2, _) => Some(&tracked.path),
                    (_, Some(jrn)) => named
                        .get(jrn)
                        .and_then(|paths| paths.iter().find(|path| files.contains_key(*path))),
                    (_, None) => None,
                };
                let Some(file) = at.and_then(|path| files.get(path)) else {
                    continue;
                };
                let fits = match round {
                    0 | 1 => is_its(file, tracked),
                    _ => is_unnamed(file, tracked),
                };
                if fits {
                    let path = file.path.clone();
                    if let Some(file) = files.remove(&path) {
                        self.tracked_by_path.insert(path, id.clone());
                        self.tracked.insert(id.clone(), file);
                    }
                }
            }
        }
        let owners = state.documents.iter().filter_map(|(id, tracked)| {
            let owner = self.tracked.get(id)?;
            Some((tracked.jrn.clone()?, owner.path.clone()))
        });
        let mut owners: BTreeMap<String, String> = owners.collect();
        for (path, file) in files {
            if let Some(id) = &file.id {
                if let Some(owner) = owners.get(id) {
                    self.problems.push(Problem::new(
                        &path,
                        format!("has the id {id}, which {owner} has too; it is left out. Take the `jrn` line out of the copy"),
                    ));
                    continue;
                }
                owners.insert(id.clone(), path.clone());
                self.fresh_by_id.insert(id.clone(), path.clone());
            }
            self.fresh.insert(path, file);
        }
    }

    /// The document that stands at a path, and the id that the space knows it by, where it does.
    pub(super) fn at(&self, path: &str) -> Option<(Option<&str>, &LocalDocument)> {
        if let Some(file) = self.fresh.get(path) {
            return Some((None, file));
        }
        let id = self.tracked_by_path.get(path)?;
        Some((Some(id), self.tracked.get(id)?))
    }

    /// Takes the file that is the document although nothing was in step yet: the one of its id, or one without an id in
    /// its place.
    pub(super) fn adopt(&mut self, jrn: Option<&str>, path: &str) -> Option<LocalDocument> {
        let named = jrn.and_then(|jrn| self.fresh_by_id.get(jrn)).cloned();
        let unnamed = || {
            let file = self.fresh.get(path)?;
            file.id.is_none().then(|| path.to_owned())
        };
        let path = named.or_else(unnamed)?;
        self.fresh.remove(&path)
    }

    /// Whether something stands there that cannot be read as a document.
    pub(super) fn is_unusable(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| problem.path == path)
    }
}

fn read_all(
    root: &Path,
    docs: Option<&Path>,
    state: &State,
    problems: &mut Vec<Problem>,
) -> Result<BTreeMap<String, LocalDocument>, SyncError> {
    let mut paths: BTreeMap<String, PathBuf> = BTreeMap::new();
    let usual = Path::new(documents::DOCS);
    let mut links = Vec::new();
    // The usual folder also where another one is named: what moved within it is not gone.
    for folder in [Some(usual), docs].into_iter().flatten() {
        if leaves(root, &root.join(folder)) {
            links.push(folder.to_string_lossy().into_owned());
            continue;
        }
        match documents::find(root, folder) {
            Ok(found) => {
                paths.extend(found.documents);
                let out = found
                    .links
                    .into_iter()
                    .filter(|(_, link)| leaves(root, link) && documents::any_below(link));
                links.extend(out.map(|(path, _)| path));
            }
            // A project that has none yet is about to get them.
            Err(ProjectError::NoDocs(_)) if docs != Some(folder) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for tracked in state.documents.values() {
        match inside(root, &tracked.path) {
            Ok(path) => {
                paths.entry(tracked.path.clone()).or_insert(path);
            }
            // It is there, and out of reach.
            Err(error) => {
                let why = error.about(&tracked.path);
                problems.push(Problem::new(&tracked.path, why));
            }
        }
    }
    for link in links {
        if !problems.iter().any(|problem| problem.path == link) {
            let why = "leaves the project, so nothing is read there; put documents into the project, or have .gitignore name it";
            problems.push(Problem::new(&link, why));
        }
    }
    let mut files = BTreeMap::new();
    for (path, file) in paths {
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if is_gone(&error) => continue,
            Err(error) => {
                problems.push(Problem::new(&path, format!("cannot be read: {error}")));
                continue;
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => {
                let id = document_id(&text);
                files.insert(path.clone(), LocalDocument { path, text, id });
            }
            Err(_) => problems.push(Problem::new(&path, "is not UTF-8; save it as UTF-8")),
        }
    }
    Ok(files)
}

/// The project's files, as far as sync changes them.
#[derive(Debug)]
pub(super) struct Files<'a> {
    pub(super) root: &'a Path,
    pub(super) store: &'a Store,
    pub(super) now: Timestamp,
}

impl Files<'_> {
    /// Writes a text at a path, whole or not at all.
    pub(super) fn place(&self, path: &str, text: &str) -> Result<(), SyncError> {
        let target = inside(self.root, path)?;
        let write = || {
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            replace(&target, text.as_bytes())
        };
        write().map_err(|source| SyncError::Io {
            path: target.clone(),
            source,
        })
    }

    /// What stands at a path now; nothing where nothing does, or no text.
    pub(super) fn text_at(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(inside(self.root, path).ok()?).ok()
    }

    /// Takes what stands at a path into the trash.
    pub(super) fn take_away(&self, path: &str) -> Result<(), SyncError> {
        let target = inside(self.root, path)?;
        let io = |source| SyncError::Io {
            path: target.clone(),
            source,
        };
        match std::fs::read(&target) {
            Ok(bytes) => self.store.trash(self.now, path, &bytes)?,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(io(error)),
        }
        std::fs::remove_file(&target).map_err(io)
    }

    /// Whether anything stands at a path, document or not.
    pub(super) fn is_taken(&self, path: &str) -> bool {
        inside(self.root, path).is_ok_and(|target| target.symlink_metadata().is_ok())
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Where a path of the space lies in the project. A path that leaves it, also through a link, is refused, and so is one that
/// git or jolli would obey.
pub(super) fn inside(root: &Path, path: &str) -> Result<PathBuf, SyncError> {
    let refused = |why: String| SyncError::Path {
        path: path.to_owned(),
        why,
    };
    check_document_path(path).map_err(|error| refused(error.to_string()))?;
    let target = root.join(path);
    let real_root = std::fs::canonicalize(root).map_err(|source| SyncError::Io {
        path: root.to_owned(),
        source,
    })?;
    // What is there already decides; the rest is made here, and is no link.
    let real = target
        .ancestors()
        .find_map(|ancestor| std::fs::canonicalize(ancestor).ok());
    let real = real
        .as_deref()
        .and_then(|real| real.strip_prefix(&real_root).ok());
    let Some(real) = real else {
        return Err(refused("a link on its way leaves the project".to_owned()));
    };
    let real = real.to_string_lossy().replace('\\', "/");
    if !real.is_empty() {
        check_document_path(&real)
            .map_err(|error| refused(format!("a link on its way leads to {real}: {error}")))?;
    }
    Ok(target)
}

/// Whether what stands at a path lies outside of the project, over a link or without one.
fn leaves(root: &Path, path: &Path) -> bool {
    match (std::fs::canonicalize(root), std::fs::canonicalize(path)) {
        (Ok(root), Ok(path)) => !path.starts_with(root),
        // What is not there leads nowhere.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn tracked(path: &str, jrn: Option<&str>) -> Tracked {
        Tracked {
            path: path.to_owned(),
            version: 1,
            fingerprint: String::new(),
            jrn: jrn.map(str::to_owned),
        }
    }

    #[test]
    fn a_document_is_known_by_its_id_wherever_it_stands_and_else_by_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let mut state = State::new("s", "docs");
        for (id, entry) in [
            ("A", tracked("docs/a.md", Some("A"))),
            ("notes.md", tracked("notes.md", None)),
            ("GONE", tracked("docs/gone.md", Some("GONE"))),
            ("OTHER", tracked("docs/other.md", Some("OTHER"))),
        ] {
            state.documents.insert(id.to_owned(), entry);
        }
        write(root, "docs/moved/a.md", "---\njrn: A\n---\n");
        write(root, "docs/copy.md", "---\njrn: A\n---\ncopy");
        write(root, "notes.md", "# Notes");
        write(root, "docs/new.md", "# New");
        // At a tracked place, and yet another document.
        write(root, "docs/other.md", "---\njrn: ELSE\n---\n");
        write(root, "docs/raw.md", "");
        std::fs::write(root.join("docs/raw.md"), [0xff, 0xfe]).unwrap();
        let found = Found::read(root, None, &state).unwrap();
        let at: Vec<(&str, &str)> = found
            .tracked
            .iter()
            .map(|(id, file)| (id.as_str(), file.path.as_str()))
            .collect();
        assert_eq!(at, [("A", "docs/copy.md"), ("notes.md", "notes.md")]);
        let fresh: Vec<&String> = found.fresh.keys().collect();
        assert_eq!(fresh, ["docs/new.md", "docs/other.md"]);
        let problems: Vec<&str> = found.problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(problems, ["docs/raw.md", "docs/moved/a.md"]);
        assert!(matches!(
            Found::read(root, Some(Path::new("none")), &state),
            Err(SyncError::Project(ProjectError::NoDocs(_)))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn no_path_leaves_the_project_or_reaches_what_git_obeys() {
        let dir = tempfile::tempdir().unwrap();
        let (root, out) = (dir.path().join("root"), dir.path().join("out"));
        std::fs::create_dir_all(root.join("docs")).unwrap();
        std::fs::create_dir(&out).unwrap();
        std::os::unix::fs::symlink(&out, root.join("docs/link")).unwrap();
        std::os::unix::fs::symlink("docs", root.join("also")).unwrap();
        for good in ["a.md", "docs/a.md", "new/deep/a.md", "also/a.md"] {
            assert!(inside(&root, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/a.md",
            "../a.md",
            "docs/../../a.md",
            "docs\\a.md",
            ".git/a.md",
            "docs/.Git/hooks/a.md",
            ".jolli/a.md",
            "docs/link/a.md",
            "docs/link/new/a.md",
        ] {
            assert!(inside(&root, bad).is_err(), "{bad}");
        }
    }
}
