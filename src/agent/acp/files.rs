//! The files that an agent asks us to read and to write: its documents, its report, and the folders that it is shown. A path
//! is gone down folder by folder and no link is followed, for an agent in a jail could have us read what it cannot.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::agent::sandbox::Place;

use super::Task;

/// The largest file that is read or written.
const LARGEST: u64 = 16 << 20;

/// Why a file is neither read nor written.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// It may not.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is none.
    #[error("there is no such file")]
    Missing,
    /// It cannot.
    #[error("{0}")]
    Io(io::Error),
}

/// What an agent may have.
#[derive(Clone, Debug)]
pub(super) struct Files {
    documents: Folder,
    report: Folder,
    readable: Vec<Folder>,
    drafts: Vec<String>,
    /// They lie on this machine.
    are_here: bool,
}

/// A folder by the name that we know it by, and without the links in that.
#[derive(Clone, Debug)]
struct Folder {
    known: PathBuf,
    real: PathBuf,
}

impl Folder {
    fn new(known: &Path) -> Self {
        Self {
            known: known.to_owned(),
            real: std::fs::canonicalize(known).unwrap_or_else(|_| known.to_owned()),
        }
    }

    /// What `path` is called in here.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let inside = [&self.known, &self.real]
            .into_iter()
            .find_map(|root| path.strip_prefix(root).ok())?;
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        inside.components().all(is_plain).then_some(inside)
    }
}

impl Files {
    pub(super) fn new(task: &Task<'_>, place: &Place) -> Self {
        let report = place.report();
        Self {
            documents: Folder::new(&place.documents()),
            report: Folder::new(report.parent().unwrap_or(&report)),
            readable: task.readable.iter().map(|path| Folder::new(path)).collect(),
            drafts: task.drafts.iter().map(|draft| draft.path.clone()).collect(),
            are_here: place.is_here(),
        }
    }

    /// Whether they can be read and written at all: the agent runs on this machine. Where it does not, a path of the agent's is
    /// a name, and what is called so here is none of its business.
    pub(super) fn are_here(&self) -> bool {
        self.are_here
    }

    /// A path as people are shown it: relative to the documents, where it lies there.
    pub(super) fn shown(&self, path: &Path) -> String {
        let shown = self.documents.inside(path).unwrap_or(path);
        shown.to_string_lossy().into_owned()
    }

    /// The draft that a path is.
    pub(super) fn draft(&self, path: &Path) -> Option<&str> {
        let inside = self.documents.inside(path)?.to_str()?;
        let mut drafts = self.drafts.iter().map(String::as_str);
        drafts.find(|draft| *draft == inside)
    }

    /// What a file says: `limit` lines from the line `first` on, which counts from 1.
    pub(super) async fn read(
        &self,
        path: &Path,
        first: Option<u32>,
        limit: Option<u32>,
    ) -> Result<String, FileError> {
        let (root, inside) = self.readable(path).ok_or(FileError::Forbidden(
            "only the documents, the report and the code may be read",
        ))?;
        let text = blocking(move || read(&root, &inside)).await?;
        if first.is_none() && limit.is_none() {
            return Ok(text);
        }
        let skip = first.map_or(0, |line| line.saturating_sub(1) as usize);
        let take = limit.map_or(usize::MAX, |lines| lines as usize);
        Ok(text.split_inclusive('\n').skip(skip).take(take).collect())
    }

    /// What a draft says now; none where it is gone.
    pub(super) async fn current(&self, draft: &str) -> Result<Option<String>, FileError> {
        let (root, inside) = (self.documents.real.clone(), PathBuf::from(draft));
        match blocking(move || read(&root, &inside)).await {
            Ok(text) => Ok(Some(text)),
            Err(FileError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a draft say something else.
    pub(super) async fn write(&self, draft: &str, text: String) -> Result<(), FileError> {
        if text.len() as u64 > LARGEST {
            return Err(FileError::Forbidden("the text is too long"));
        }
        let (root, inside) = (self.documents.real.clone(), PathBuf::from(draft));
        blocking(move || write(&root, &inside, &text)).await
    }

    /// The folder that a file may be read in, and what it is called there.
    fn readable(&self, path: &Path) -> Option<(PathBuf, PathBuf)> {
        let found = |folder: &Folder| {
            let inside = folder.inside(path)?;
            Some((folder.real.clone(), inside.to_owned()))
        };
        found(&self.documents)
            .or_else(|| {
                found(&self.report).filter(|(_, inside)| inside == Path::new("report.json"))
            })
            .or_else(|| self.readable.iter().find_map(found))
    }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    match tokio::task::spawn_blocking(act).await {
        Ok(result) => result,
        Err(error) => Err(FileError::Io(io::Error::other(error))),
    }
}

fn read(root: &Path, inside: &Path) -> Result<String, FileError> {
    let mut text = String::new();
    let file = open(root, inside, false)?;
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    let read = read.map_err(FileError::Io)?;
    if read as u64 > LARGEST {
        return Err(FileError::Forbidden("the file is too large"));
    }
    Ok(text)
}

fn write(root: &Path, inside: &Path, text: &str) -> Result<(), FileError> {
    let mut file = open(root, inside, true)?;
    file.set_len(0)
        .and_then(|()| file.write_all(text.as_bytes()))
        .map_err(FileError::Io)
}

/// Opens a plain file below a folder, without following links: also while somebody puts some there.
#[cfg(unix)]
fn open(root: &Path, inside: &Path, to_write: bool) -> Result<File, FileError> {
    use rustix::fs::{Mode, OFlags, open, openat};
    use rustix::io::Errno;

    let refused = |error: Errno| match error {
        Errno::NOENT => FileError::Missing,
        Errno::LOOP | Errno::MLINK => FileError::Forbidden("links are not followed"),
        Errno::NXIO => NOT_PLAIN,
        error => FileError::Io(error.into()),
    };
    let step = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = open(root, step, Mode::empty()).map_err(refused)?;
    let (Some(parents), Some(name)) = (inside.parent(), inside.file_name()) else {
        return Err(NOT_PLAIN);
    };
    for part in parents {
        let step = openat(&folder, part, step | OFlags::NOFOLLOW, Mode::empty());
        folder = step.map_err(|error| match error {
            // What systems say of a link that was to be a folder.
            Errno::NOTDIR => FileError::Forbidden("links are not followed"),
            error => refused(error),
        })?;
    }
    // A pipe would wait for somebody at its other end.
    let mut how = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    how |= if to_write {
        OFlags::WRONLY | OFlags::CREATE
    } else {
        OFlags::RDONLY
    };
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
    let file = File::from(openat(&folder, name, how, mode).map_err(refused)?);
    if file.metadata().map_err(FileError::Io)?.is_file() {
        return Ok(file);
    }
    Err(NOT_PLAIN)
}

#[cfg(not(unix))]
fn open(root: &Path, inside: &Path, to_write: bool) -> Result<File, FileError> {
    let file = root.join(inside);
    let real = std::fs::canonicalize(file.parent().unwrap_or(root)).map_err(FileError::Io)?;
    let meta = file.symlink_metadata();
    if !real.starts_with(root) || meta.as_ref().is_ok_and(|meta| !meta.is_file()) {
        return Err(NOT_PLAIN);
    }
    let mut how = std::fs::OpenOptions::new();
    how.read(!to_write).write(to_write).create(to_write);
    how.open(&file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileError::Missing,
        _ => FileError::Io(error),
    })
}

const NOT_PLAIN: FileError = FileError::Forbidden("it is no plain file");

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::agent::Draft;
    use crate::agent::sandbox::Sandboxes;
    use crate::domain::kind::RuntimeMode;
    use std::os::unix::fs::symlink;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn only_what_was_shown_is_read_and_only_drafts_are_written() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "mine").unwrap();
        let code = tempfile::tempdir().unwrap();
        std::fs::create_dir(code.path().join("src")).unwrap();
        std::fs::write(code.path().join("src/a.rs"), "1\n2\n3\n").unwrap();
        symlink(outside.path(), code.path().join("out")).unwrap();
        let drafts = [Draft {
            path: "docs/a.md".to_owned(),
            text: "one\n".to_owned(),
        }];
        let place = Sandboxes::default()
            .open(None, &[], b"{}", &drafts)
            .await
            .unwrap();
        let interrupt = CancellationToken::new();
        let readable = [code.path().to_owned()];
        let task = Task {
            prompt: "",
            report: b"{}",
            drafts: &drafts,
            readable: &readable,
            mode: RuntimeMode::FullAccess,
            session: None,
            before: None,
            folder: None,
            interrupt: &interrupt,
        };
        let files = Files::new(&task, &place);
        let documents = place.documents();
        symlink(outside.path(), documents.join("way")).unwrap();
        symlink(outside.path().join("secret"), documents.join("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, documents.join("pipe"), 0o600.into()).unwrap();
        let read = async |path: PathBuf| files.read(&path, None, None).await;

        assert_eq!(read(documents.join("docs/a.md")).await.unwrap(), "one\n");
        assert_eq!(read(place.report()).await.unwrap(), "{}");
        let source = code.path().join("src/a.rs");
        let second = files.read(&source, Some(2), Some(1)).await;
        assert_eq!(second.unwrap(), "2\n");
        for wrong in [
            outside.path().join("secret"),
            documents.join("way/secret"),
            documents.join("link"),
            documents.join("../home"),
            documents.join("../documents/docs/a.md"),
            code.path().join("out/secret"),
            code.path().join("src"),
            documents.join("pipe"),
            documents.join("../home/x"),
            documents.clone(),
            PathBuf::from("docs/a.md"),
        ] {
            let refused = read(wrong.clone()).await.unwrap_err();
            assert!(
                matches!(refused, FileError::Forbidden(_)),
                "{}: {refused:?}",
                wrong.display()
            );
        }
        let missing = read(documents.join("no.md")).await.unwrap_err();
        assert!(matches!(missing, FileError::Missing));

        assert_eq!(files.draft(&documents.join("docs/a.md")), Some("docs/a.md"));
        for wrong in ["docs/b.md", "docs/../docs/a.md", "docs", "link"] {
            assert_eq!(files.draft(&documents.join(wrong)), None, "{wrong}");
        }
        files.write("docs/a.md", "x".to_owned()).await.unwrap();
        assert_eq!(files.current("docs/a.md").await.unwrap().unwrap(), "x");
        // The draft became a link meanwhile.
        std::fs::remove_file(documents.join("docs/a.md")).unwrap();
        assert_eq!(files.current("docs/a.md").await.unwrap(), None);
        symlink(outside.path().join("secret"), documents.join("docs/a.md")).unwrap();
        let refused = files.write("docs/a.md", "x".to_owned()).await.unwrap_err();
        assert!(matches!(refused, FileError::Forbidden(_)));
        let secret = std::fs::read_to_string(outside.path().join("secret"));
        assert_eq!(secret.unwrap(), "mine");
    }
}
