//! Reading and writing the file: one writer at a time, whole files only, an older shape upgraded on the way with the bytes
//! that were there kept beside it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::legacy::{self, Upgrade};
use super::{LocalSources, VERSION};
use crate::base::Timestamp;
use crate::local::{Project, hold_folder, replace};

const FILE: &str = "sources.json";

/// The file cannot be used. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SourcesFileError {
    /// It is no JSON.
    #[error("{path}:{line}:{column}: {why}. Mend it, or move it away; it is as it was")]
    Json {
        /// Which.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// It is JSON of another shape.
    #[error("{path}: at {at}: {why}. Mend it, or move it away; it is as it was")]
    Shape {
        /// Which.
        path: PathBuf,
        /// The member.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// A newer jolli wrote it.
    #[error("{path} has version {version}; this jolli knows {VERSION}. Use a newer one")]
    Newer {
        /// Which.
        path: PathBuf,
        /// The version there.
        version: String,
    },
    /// The disk refuses.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// `.jolli/sources.json` of a project.
#[derive(Clone, Debug)]
pub struct SourcesFile {
    project: Project,
    path: PathBuf,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// What the file says.
    pub config: LocalSources,
    /// What it became, where it was of an older shape: to be told once.
    pub upgrade: Option<Upgrade>,
}

/// The file, held against other writers. Nothing is written before [`Edit::save`].
#[derive(Debug)]
pub struct Edit {
    /// What the file says, and is to say.
    pub config: LocalSources,
    /// What it became, where it was of an older shape: to be told once.
    pub upgrade: Option<Upgrade>,
    path: PathBuf,
    /// Held, not read: the system frees the lock with the file.
    _lock: File,
}

impl SourcesFile {
    /// That of a project.
    pub fn of(project: &Project) -> Self {
        Self {
            path: project.file(FILE),
            project: project.clone(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. An older shape is upgraded on the disk, or in memory where nothing can be written.
    pub fn open(&self, now: Timestamp) -> Result<Opened, SourcesFileError> {
        let opened = self.read()?.1;
        if opened.upgrade.is_none() {
            return Ok(opened);
        }
        match self.edit(now) {
            Ok(edit) => Ok(Opened {
                config: edit.config,
                upgrade: edit.upgrade,
            }),
            Err(SourcesFileError::Io { source, .. }) if is_read_only(&source) => Ok(opened),
            Err(error) => Err(error),
        }
    }

    /// Holds it for a change; waits for another writer to be done. An older shape is upgraded on the disk first.
    pub fn edit(&self, now: Timestamp) -> Result<Edit, SourcesFileError> {
        self.project.make().map_err(|e| self.io(e))?;
        let lock = hold_folder(&self.project.file("")).map_err(|e| self.io(e))?;
        let (bytes, mut opened) = self.read()?;
        if let Some(upgrade) = &mut opened.upgrade {
            let backup = self.keep(&bytes, now).map_err(|e| self.io(e))?;
            write(&self.path, &opened.config).inspect_err(|_| {
                // The file is as it was, so it is its own backup; the error that matters is the first one.
                let _ = std::fs::remove_file(&backup);
            })?;
            upgrade.backup = Some(backup);
        }
        Ok(Edit {
            config: opened.config,
            upgrade: opened.upgrade,
            path: self.path.clone(),
            _lock: lock,
        })
    }

    fn read(&self) -> Result<(Vec<u8>, Opened), SourcesFileError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => {
                let opened = parse(&bytes, &self.path, self.project.root())?;
                Ok((bytes, opened))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(<_>::default()),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Keeps bytes beside the file, under a name that was free.
    fn keep(&self, bytes: &[u8], now: Timestamp) -> io::Result<PathBuf> {
        let digits: String = now
            .to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        for n in 1.. {
            let name = match n {
                1 => format!("{FILE}.legacy-{digits}"),
                n => format!("{FILE}.legacy-{digits}-{n}"),
            };
            let path = self.project.file(&name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("one of all names is free")
    }

    fn io(&self, source: io::Error) -> SourcesFileError {
        SourcesFileError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

impl Edit {
    /// Makes sure that the file could be replaced now, before anything else happens that could not be taken back.
    pub fn check_writable(&self) -> Result<(), SourcesFileError> {
        let beside = self
            .path
            .with_extension(format!("json.{}", std::process::id()));
        File::create(&beside)
            .and_then(|_| std::fs::remove_file(&beside))
            .map_err(|source| SourcesFileError::Io {
                path: self.path.clone(),
                source,
            })
    }

    /// Writes what the file is to say.
    pub fn save(self) -> Result<(), SourcesFileError> {
        write(&self.path, &self.config)
    }
}

fn write(path: &Path, config: &LocalSources) -> Result<(), SourcesFileError> {
    let io = |source| SourcesFileError::Io {
        path: path.to_owned(),
        source,
    };
    // Only a path that is no UTF-8 cannot be said in JSON.
    let mut text = serde_json::to_string_pretty(config).map_err(|e| io(e.into()))?;
    text.push('\n');
    replace(path, text.as_bytes()).map_err(io)
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn parse(bytes: &[u8], path: &Path, project: &Path) -> Result<Opened, SourcesFileError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| SourcesFileError::Json {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        why: without_place(&error),
    })?;
    let shape = |at: &str, why: String| SourcesFileError::Shape {
        path: path.to_owned(),
        at: at.to_owned(),
        why,
    };
    let Value::Object(mut members) = value else {
        return Err(shape("the top", "an object is expected".to_owned()));
    };
    let older = members.remove(legacy::KEY);
    let newer = ["mounts", "virtualSources"]
        .iter()
        .any(|key| members.contains_key(*key));
    match members.get("version") {
        // The older shape never read its own version.
        _ if !newer && older.is_some() => {
            members.insert("version".to_owned(), VERSION.into());
        }
        None => {
            members.insert("version".to_owned(), VERSION.into());
        }
        Some(version) if version.as_u64() == Some(u64::from(VERSION)) => {}
        Some(version) => {
            return Err(SourcesFileError::Newer {
                path: path.to_owned(),
                version: version.to_string(),
            });
        }
    }
    let mut config: LocalSources = serde_path_to_error::deserialize(Value::Object(members))
        .map_err(|error| shape(&error.path().to_string(), error.inner().to_string()))?;
    if let Some(id) = config.mounts.keys().find(|id| id.0 < 1) {
        return Err(shape("mounts", format!("`{id}` is no id of a source")));
    }
    let upgrade = older.map(|older| legacy::merge(&mut config, older, newer, project));
    Ok(Opened { config, upgrade })
}

/// What serde_json says, without the place, which is said already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SourceId;
    use crate::local::sources::LocalSource;

    fn now() -> Timestamp {
        "2026-11-21T14:02:11.000Z".parse().unwrap()
    }

    fn project(text: Option<&str>) -> (tempfile::TempDir, SourcesFile) {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::at(dir.path());
        project.make().unwrap();
        let file = SourcesFile::of(&project);
        if let Some(text) = text {
            std::fs::write(file.path(), text).unwrap();
        }
        (dir, file)
    }

    fn text(file: &SourcesFile) -> String {
        std::fs::read_to_string(file.path()).unwrap()
    }

    /// Names in `.jolli`.
    fn names(file: &SourcesFile) -> Vec<String> {
        let dir = std::fs::read_dir(file.path().parent().unwrap()).unwrap();
        let names = dir.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    const LEGACY: &str = "{\n  \"version\": 1,\n  \"sources\": {\"a\": {\"type\": \"git\",  \"path\": \"/code/a\"}}}";

    #[test]
    fn what_is_written_is_read_and_unknown_fields_stay() {
        let (_dir, file) = project(Some(
            r#"{"version":1,"theirs":{"x":1},"mounts":{"7":{"name":"web","mountPath":"/web","type":"git","note":"n"}}}"#,
        ));
        let mut edit = file.edit(now()).unwrap();
        assert_eq!(edit.upgrade, None);
        let scratch = LocalSource::git("/scratch".into());
        edit.config
            .virtual_sources
            .insert("scratch".into(), scratch);
        edit.save().unwrap();
        assert_eq!(
            text(&file),
            r#"{
  "version": 1,
  "mounts": {
    "7": {
      "name": "web",
      "mountPath": "/web",
      "type": "git",
      "note": "n"
    }
  },
  "virtualSources": {
    "scratch": {
      "mountPath": "/scratch",
      "type": "git"
    }
  },
  "theirs": {
    "x": 1
  }
}
"#
        );
        let opened = file.open(now()).unwrap();
        assert_eq!(opened.config.mount_named("web").unwrap().0, SourceId(7));
        assert_eq!(names(&file), ["sources.json"]);
    }

    #[test]
    fn an_older_file_is_upgraded_once_and_kept_byte_by_byte() {
        let (_dir, file) = project(Some(LEGACY));
        let upgrade = file.open(now()).unwrap().upgrade.unwrap();
        assert_eq!(upgrade.virtual_sources, ["a"]);
        let backup = upgrade.backup.unwrap();
        assert_eq!(std::fs::read_to_string(&backup).unwrap(), LEGACY);
        assert!(!text(&file).contains("\"sources\""), "{}", text(&file));
        assert_eq!(file.open(now()).unwrap().upgrade, None);
        assert_eq!(names(&file).len(), 2);
        // A second one in the same moment overwrites nothing.
        std::fs::write(file.path(), LEGACY).unwrap();
        let again = file.open(now()).unwrap().upgrade.unwrap();
        assert_ne!(again.backup.unwrap(), backup);
    }

    #[test]
    fn a_file_of_both_shapes_is_merged_and_says_so() {
        let (_dir, file) = project(Some(
            r#"{"version":1,"sources":{"a":{"type":"git","path":"/a"}},"virtualSources":{"b":{"mountPath":"/b"}}}"#,
        ));
        let opened = file.open(now()).unwrap();
        assert!(opened.upgrade.unwrap().merged);
        let names: Vec<_> = opened.config.virtual_sources.keys().collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn where_nothing_can_be_written_the_upgrade_is_in_memory() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, file) = project(Some(LEGACY));
        let folder = file.path().parent().unwrap();
        let mode = |mode| {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o555);
        let opened = file.open(now());
        mode(0o755);
        let upgrade = opened.unwrap().upgrade.unwrap();
        assert_eq!(upgrade.virtual_sources, ["a"]);
        // The superuser may write anywhere.
        if upgrade.backup.is_none() {
            assert_eq!(text(&file), LEGACY);
        }
    }

    #[test]
    fn a_broken_file_is_said_with_its_place_and_left_as_it_was() {
        for (broken, said) in [
            (
                "{\n  \"version\": 1,\n  oops\n}",
                "sources.json:3:3: key must be a string",
            ),
            ("", "sources.json:1:0: EOF"),
            ("[]", "an object is expected"),
            ("{\"version\":2,\"mounts\":{}}", "version 2"),
            (
                "{\"mounts\":{\"7\":{}}}",
                "mounts.7: missing field `mountPath`",
            ),
            ("{\"mounts\":{\"x\":{\"mountPath\":\"/a\"}}}", "mounts"),
            (
                "{\"mounts\":{\"0\":{\"mountPath\":\"/a\"}}}",
                "`0` is no id",
            ),
        ] {
            let (_dir, file) = project(Some(broken));
            let error = file.edit(now()).unwrap_err().to_string();
            assert!(error.contains(said), "{broken}: {error}");
            assert_eq!(text(&file), broken);
            assert_eq!(names(&file), ["sources.json"]);
        }
    }

    #[test]
    fn writers_wait_for_each_other_and_lose_nothing() {
        let (_dir, file) = project(None);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    let mut edit = file.edit(now()).unwrap();
                    let entry = LocalSource::git(format!("/{n}").into());
                    edit.config.virtual_sources.insert(format!("n{n}"), entry);
                    edit.save().unwrap();
                });
            }
        });
        assert_eq!(file.open(now()).unwrap().config.virtual_sources.len(), 8);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            let mut text = br#"{"version":1,"sources":"#.to_vec();
            text.extend(&bytes);
            let at = Path::new("/docs");
            let _ = parse(&bytes, at, at);
            let _ = parse(&text, at, at);
        }
    }
}
