//! Files that come without a repository, as the commits that git makes of them: whoever imports the same files gets the same
//! names. Names of objects and the stream are those of git's own documentation (git-hash-object, git-fast-import).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use super::command::Git;
use super::error::GitError;
use super::mirror::Mirror;
use super::sha::Sha;

/// Who stands in these commits.
const COMMITTER: &str = "jolli <jolli@localhost>";

/// The name that git gives a file's content.
pub fn blob_id(content: &[u8]) -> Sha {
    object_id("blob", content)
}

fn object_id(kind: &str, content: &[u8]) -> Sha {
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(format!("{kind} {}\0", content.len()).as_bytes());
    digest.update(content);
    Sha::parse(&hex::encode(digest.finish())).expect("a digest is forty digits")
}

/// Why files make no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is a file, and a folder of other files")]
pub struct FileAndFolder(pub String);

/// The name of the tree of these files: path, and the name of its content.
pub fn tree_id<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a Sha)>,
) -> Result<Sha, FileAndFolder> {
    let mut root = Folder::default();
    for (path, content) in files {
        root.put(path, path, content)?;
    }
    Ok(root.id())
}

#[derive(Default)]
struct Folder<'a> {
    files: BTreeMap<&'a str, &'a Sha>,
    folders: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    fn put(
        &mut self,
        whole: &'a str,
        path: &'a str,
        content: &'a Sha,
    ) -> Result<(), FileAndFolder> {
        let taken = |name: &str| {
            let end = whole.len() - path.len() + name.len();
            FileAndFolder(whole[..end].to_owned())
        };
        match path.split_once('/') {
            Some((folder, _)) if self.files.contains_key(folder) => Err(taken(folder)),
            Some((folder, rest)) => self
                .folders
                .entry(folder)
                .or_default()
                .put(whole, rest, content),
            None if self.folders.contains_key(path) => Err(taken(path)),
            None => {
                self.files.insert(path, content);
                Ok(())
            }
        }
    }

    fn id(&self) -> Sha {
        // Git sorts a folder as if its name ended with a slash.
        let mut entries: BTreeMap<String, (&str, &str, Sha)> = BTreeMap::new();
        for (name, content) in &self.files {
            entries.insert((*name).to_owned(), ("100644", name, (*content).clone()));
        }
        for (name, folder) in &self.folders {
            entries.insert(format!("{name}/"), ("40000", name, folder.id()));
        }
        let mut tree = Vec::new();
        for (mode, name, id) in entries.into_values() {
            tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            tree.extend(hex::decode(id.as_str()).unwrap_or_default());
        }
        object_id("tree", &tree)
    }
}

/// A commit of files, beside its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesCommit<'a> {
    /// What came before it.
    pub parent: Option<&'a Sha>,
    /// Seconds since 1970.
    pub committed_at: i64,
    /// What it is about.
    pub message: &'a str,
}

impl FilesCommit<'_> {
    /// The name that git gives it.
    pub fn id(&self, tree: &Sha) -> Sha {
        let mut text = format!("tree {tree}\n");
        if let Some(parent) = self.parent {
            let _ = writeln!(text, "parent {parent}");
        }
        let who = format!("{COMMITTER} {} +0000", self.committed_at);
        let _ = write!(text, "author {who}\ncommitter {who}\n\n{}", self.message);
        object_id("commit", text.as_bytes())
    }

    /// The beginning of its import, under a reference that its name gives.
    pub fn import(&self, id: &Sha) -> String {
        let mut text = format!(
            "commit refs/jolli/files/{id}\ncommitter {COMMITTER} {} +0000\ndata {}\n{}\n",
            self.committed_at,
            self.message.len(),
            self.message
        );
        if let Some(parent) = self.parent {
            let _ = writeln!(text, "from {parent}");
        }
        text
    }
}

/// What of an import writes a file: this, then its content, then a line's end.
pub fn import_file(path: &str, length: usize) -> String {
    format!("M 100644 inline {}\ndata {length}\n", quoted(path))
}

/// What of an import removes a file.
pub fn import_removal(path: &str) -> String {
    format!("D {}\n", quoted(path))
}

fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Mirror {
    /// Opens what was imported into a directory, creating it where there is none. It has no remote.
    pub async fn of_files(git: &Git, dir: &Path) -> Result<Self, GitError> {
        Self::open(git, None, dir).await
    }

    /// Takes an import in: the text of [`FilesCommit::import`] and of its files.
    pub async fn import(&self, stream: Vec<u8>) -> Result<(), GitError> {
        let call = self
            .repository()
            .call(["fast-import", "--quiet", "--done"])
            .input(stream);
        self.repository().git().run(call).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(commit: &FilesCommit<'_>, id: &Sha, files: &[(&str, Option<&str>)]) -> Vec<u8> {
        let mut text = commit.import(id);
        for (path, content) in files {
            match content {
                Some(content) => {
                    text += &import_file(path, content.len());
                    text += content;
                    text.push('\n');
                }
                None => text += &import_removal(path),
            }
        }
        (text + "done\n").into_bytes()
    }

    #[tokio::test]
    async fn git_gives_the_same_names() {
        let home = tempfile::tempdir().unwrap();
        let git = Git::new(false);
        let mirror = Mirror::of_files(&git, &home.path().join("m.git"))
            .await
            .unwrap();
        let id = |text: &str| blob_id(text.as_bytes());
        // `a.b` sorts before the folder `a`, and `a0` after it.
        let first = [
            ("a/z.md", "1"),
            ("a.b", "2"),
            ("a0", "3"),
            ("a \"q\" \u{e9}/\u{1f980}.md", ""),
            ("a/b/c", "4\n"),
        ];
        let names: Vec<(&str, Sha)> = first.iter().map(|(path, text)| (*path, id(text))).collect();
        let tree = tree_id(names.iter().map(|(path, id)| (*path, id))).unwrap();
        let one = FilesCommit {
            parent: None,
            committed_at: 1_795_270_931,
            message: "first",
        };
        let one_id = one.id(&tree);
        let files = first.map(|(path, text)| (path, Some(text)));
        mirror.import(stream(&one, &one_id, &files)).await.unwrap();
        assert!(mirror.repository().object_exists(&one_id).await.unwrap());

        let second = [("a0", id("5")), ("a.b", id("2"))];
        let tree = tree_id(second.iter().map(|(path, id)| (*path, id))).unwrap();
        let two = FilesCommit {
            parent: Some(&one_id),
            committed_at: 1_795_270_999,
            message: "",
        };
        let two_id = two.id(&tree);
        let changes = [
            ("a0", Some("5")),
            ("a/z.md", None),
            ("a/b/c", None),
            ("a \"q\" \u{e9}/\u{1f980}.md", None),
        ];
        mirror
            .import(stream(&two, &two_id, &changes))
            .await
            .unwrap();
        let repository = mirror.repository();
        assert!(repository.is_ancestor(&one_id, &two_id).await.unwrap());
        assert_eq!(repository.files(&two_id).await.unwrap(), ["a.b", "a0"]);
        // What is not there cannot be fetched from anywhere.
        assert!(!mirror.try_fetch(&id("none")).await.unwrap());
    }

    #[test]
    fn a_file_is_no_folder() {
        let content = blob_id(b"");
        let tree = |paths: [&'static str; 2]| tree_id(paths.map(|path| (path, &content)));
        assert_eq!(tree(["a/b", "a/b/c"]), Err(FileAndFolder("a/b".into())));
        assert_eq!(tree(["a/b/c", "a/b"]), Err(FileAndFolder("a/b".into())));
        assert!(tree(["a/b", "a/bc"]).is_ok());
    }
}
