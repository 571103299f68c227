use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A remote repository on disk, written with plain git.
pub(super) struct Remote {
    dir: TempDir,
}

impl Remote {
    pub(super) fn new() -> Self {
        let remote = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        remote.git(&["init", "-q", "-b", "main"]);
        remote
    }

    fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=ada@example.org",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(args)
            .current_dir(self.dir.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(super) fn commit(&self, files: &[(&str, &str)]) -> Sha {
        for (path, content) in files {
            self.write(path, content);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a | change"]);
        self.head()
    }

    fn head(&self) -> Sha {
        Sha::parse(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    fn url(&self) -> RemoteUrl {
        RemoteUrl::parse(self.path().to_str().unwrap(), &git()).unwrap()
    }
}

fn git() -> Git {
    Git::new(true)
}

pub(super) async fn mirror(remote: &Remote, home: &Path) -> Mirror {
    Mirror::ensure(&git(), &remote.url(), &home.join("mirror.git"))
        .await
        .unwrap()
}

fn told(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|c| format!("{:?} {:?} {}", c.status, c.kind, c.path()))
        .collect()
}

#[tokio::test]
async fn a_remote_tells_its_branches_and_default() {
    let remote = Remote::new();
    let first = remote.commit(&[("a", "1")]);
    remote.git(&["checkout", "-q", "-b", "feature/x"]);
    let second = remote.commit(&[("a", "2")]);
    remote.git(&["checkout", "-q", "main"]);
    let heads = git().ls_remote(&remote.url()).await.unwrap();
    assert_eq!(heads.default_branch.as_deref(), Some("main"));
    assert_eq!(heads.heads["main"], first);
    assert_eq!(heads.heads["feature/x"], second);
}

#[tokio::test]
async fn an_empty_remote_has_no_branches() {
    let remote = Remote::new();
    let heads = git().ls_remote(&remote.url()).await.unwrap();
    assert!(heads.heads.is_empty());
}

#[tokio::test]
async fn a_run_fetches_by_sha_checks_out_exactly_that_and_cleans_up() {
    let remote = Remote::new();
    let first = remote.commit(&[("src/a.rs", "one")]);
    let home = tempfile::tempdir().unwrap();
    let mirror = mirror(&remote, home.path()).await;
    mirror.fetch(&first).await.unwrap();
    let second = remote.commit(&[("src/a.rs", "two")]);
    assert!(!mirror.repository().object_exists(&second).await.unwrap());
    mirror.fetch(&second).await.unwrap();
    mirror.fetch(&second).await.unwrap();

    let one = mirror
        .checkout(&first, &home.path().join("one"))
        .await
        .unwrap();
    let two = mirror
        .checkout(&second, &home.path().join("two"))
        .await
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(one.path().join("src/a.rs")).unwrap(),
        "one"
    );
    assert_eq!(
        std::fs::read_to_string(two.path().join("src/a.rs")).unwrap(),
        "two"
    );
    std::fs::write(two.path().join("junk"), "x").unwrap();
    two.remove().await.unwrap();
    assert!(!home.path().join("two").exists());
    // A killed run leaves only a directory; pruning forgets it.
    std::fs::remove_dir_all(one.path()).unwrap();
    mirror.prune().await.unwrap();
    mirror
        .checkout(&first, &home.path().join("one"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_that_a_force_push_took_away_is_told_apart() {
    let remote = Remote::new();
    remote.commit(&[("a", "1")]);
    let home = tempfile::tempdir().unwrap();
    let mirror = mirror(&remote, home.path()).await;
    let gone = Sha::parse(&"ab".repeat(20)).unwrap();
    let error = mirror.fetch(&gone).await.unwrap_err();
    assert_eq!(error.code(), "git-unreachable-commit");
    assert!(error.remedy().contains("force-pushed"));
    assert!(!mirror.try_fetch(&gone).await.unwrap());
}

#[tokio::test]
async fn every_kind_of_change_is_listed_with_its_real_path() {
    let remote = Remote::new();
    let base = remote.commit(&[
        ("gone", "x"),
        ("moved/old name.rs", "body"),
        ("bin", "\0\u{1}"),
        ("mode", "x"),
        ("type", "x"),
    ]);
    std::fs::remove_file(remote.path().join("gone")).unwrap();
    remote.git(&["mv", "moved/old name.rs", "moved/ünïcode\t\"quoted\".rs"]);
    remote.write("bin", "\0\u{2}");
    std::fs::remove_file(remote.path().join("type")).unwrap();
    std::os::unix::fs::symlink("mode", remote.path().join("type")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(remote.path().join("mode"), executable).unwrap();
    remote.git(&["add", "-A"]);
    let submodule = format!("160000,{base},vendor/lib");
    remote.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    remote.git(&["commit", "-q", "-m", "all"]);
    let head = remote.head();

    let home = tempfile::tempdir().unwrap();
    let mirror = mirror(&remote, home.path()).await;
    mirror.fetch(&head).await.unwrap();
    let changes = mirror
        .repository()
        .changed_files(&base, &head)
        .await
        .unwrap();
    assert_eq!(
        told(&changes),
        [
            "Modified File bin",
            "Deleted File gone",
            "Modified File mode",
            "Deleted File moved/old name.rs",
            "Added File moved/ünïcode\t\"quoted\".rs",
            "TypeChanged Symlink type",
            "Added Submodule vendor/lib",
        ]
    );
    assert_eq!(changes[1].new_path, None);
    assert_eq!(changes[4].old_path, None);
    let files = mirror.repository().files(&head).await.unwrap();
    assert!(files.contains(&"moved/ünïcode\t\"quoted\".rs".to_owned()));
}

#[tokio::test]
async fn ancestry_is_answered() {
    let remote = Remote::new();
    let root = remote.commit(&[("a", "1")]);
    let main = remote.commit(&[("a", "2")]);
    remote.git(&["checkout", "-q", "-b", "topic", root.as_str()]);
    let topic = remote.commit(&[("b", "1")]);
    remote.git(&["checkout", "-q", "--orphan", "other"]);
    let other = remote.commit(&[("c", "1")]);
    let repository = Repository::discover(&git(), &remote.path()).await.unwrap();
    assert_eq!(
        repository.merge_base(&main, &topic).await.unwrap(),
        Some(root.clone())
    );
    assert_eq!(repository.merge_base(&main, &other).await.unwrap(), None);
    assert!(repository.is_ancestor(&root, &main).await.unwrap());
    assert!(!repository.is_ancestor(&main, &topic).await.unwrap());
    assert_eq!(repository.rev_list_count(&root, &topic).await.unwrap(), 1);
    let commits = repository.commits(&root, &main, 9, &[]).await.unwrap();
    assert_eq!(
        (&*commits[0].author, &*commits[0].subject),
        ("Ada", "a | change")
    );
    let absent = Sha::parse(&"0c".repeat(20)).unwrap();
    assert_eq!(
        repository
            .is_ancestor(&absent, &main)
            .await
            .unwrap_err()
            .code(),
        "git-unknown-revision"
    );
    assert!(!repository.object_exists(&absent).await.unwrap());
}

#[tokio::test]
async fn a_work_tree_tells_its_names_and_uncommitted_files() {
    let remote = Remote::new();
    let head = remote.commit(&[("a", "1"), ("dir/b", "1")]);
    remote.git(&["remote", "add", "origin", "https://github.com/org/repo.git"]);
    remote.write("a", "2");
    remote.write("untracked", "x");
    remote.git(&["rm", "-q", "dir/b"]);
    let repository = Repository::discover(&git(), &remote.path()).await.unwrap();
    assert_eq!(
        told(&repository.uncommitted_files().await.unwrap()),
        ["Modified File a", "Deleted File dir/b"]
    );
    assert!(
        repository
            .uncommitted_patch(3, &[])
            .await
            .unwrap()
            .contains("+2")
    );
    assert_eq!(repository.resolve("HEAD").await.unwrap(), head);
    assert_eq!(repository.try_resolve("nope").await.unwrap(), None);
    assert_eq!(
        repository.resolve("--help").await.unwrap_err().code(),
        "git-unknown-revision"
    );
    assert_eq!(
        repository.default_branch().await.unwrap().as_deref(),
        Some("main")
    );
    assert_eq!(
        repository.current_branch().await.unwrap().as_deref(),
        Some("main")
    );
    let origin = repository.remote_url("origin").await.unwrap();
    assert_eq!(origin.as_deref(), Some("https://github.com/org/repo.git"));
}

#[tokio::test]
async fn local_paths_and_other_transports_are_refused() {
    let remote = Remote::new();
    let path = remote.path();
    let strict = Git::new(false);
    for url in [
        path.to_str().unwrap(),
        &format!("file://{}", path.display()),
    ] {
        assert_eq!(
            RemoteUrl::parse(url, &strict).unwrap_err().code(),
            "git-file-remote"
        );
    }
    for url in [
        "ext::sh -c id",
        "--upload-pack=id",
        "ftp://host/a",
        "relative/path",
        "fd::17",
    ] {
        assert_eq!(
            RemoteUrl::parse(url, &git()).unwrap_err().code(),
            "git-invalid-url",
            "{url}"
        );
    }
    // Even an address that got past the gate, as `insteadOf` may turn it into a path.
    let error = strict.ls_remote(&remote.url()).await.unwrap_err();
    assert_eq!(error.code(), "git-file-remote");
}

#[tokio::test]
async fn a_missing_repository_and_a_missing_host_are_told_apart() {
    let missing = RemoteUrl::parse("/nowhere/at/all", &git()).unwrap();
    assert_eq!(
        git().ls_remote(&missing).await.unwrap_err().code(),
        "git-not-found"
    );
    let closed = RemoteUrl::parse("http://me:hunter2@127.0.0.1:1/org/repo.git", &git()).unwrap();
    let error = git().ls_remote(&closed).await.unwrap_err();
    assert_eq!(error.code(), "git-network");
    assert!(
        error.is_transient() && !error.to_string().contains("hunter2"),
        "{error}"
    );
    let nowhere = tempfile::tempdir().unwrap();
    let error = Repository::discover(&git(), nowhere.path())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "git-not-a-repository");
}

/// Answers a request with one status line, and hands it back.
async fn http_server(status: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    http_server_saying(status, "").await
}

/// The same, with a text for the person at the other end.
async fn http_server_saying(
    status: &'static str,
    said: &'static str,
) -> (String, tokio::task::JoinHandle<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 8192];
        let count = stream.read(&mut request).await.unwrap();
        let reply = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}",
            said.len()
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..count]).into_owned()
    });
    (url, served)
}

#[tokio::test]
async fn a_credential_goes_to_its_own_host_and_a_refusal_is_told() {
    let (url, served) = http_server("403 Forbidden").await;
    let url = RemoteUrl::parse(&format!("{url}/org/repo.git"), &git()).unwrap();
    let credential = Credential::new(url.clone(), "x-access-token", "hunter2");
    assert!(!format!("{credential:?}").contains("hunter2"));
    let error = git()
        .credential(Some(credential.clone()))
        .ls_remote(&url)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "git-auth");
    assert!(error.needs_access());
    let request = served.await.unwrap();
    assert!(
        request.contains("Authorization: Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg=="),
        "{request}"
    );

    let (other, served) = http_server("404 Not Found").await;
    let other = RemoteUrl::parse(&format!("{other}/org/repo.git"), &git()).unwrap();
    let error = git()
        .credential(Some(credential))
        .ls_remote(&other)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "git-not-found");
    assert!(!served.await.unwrap().contains("Authorization"));
}

/// Answers whatever it is asked with this redirect, and tells all that it was asked.
async fn redirecting(to: impl Fn(&str) -> String + Send + 'static) -> (String, Heard) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Heard::default();
    let hears = heard.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let count = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..count]).into_owned();
            let path = request.split(' ').nth(1).unwrap().to_owned();
            hears.lock().unwrap().push(request);
            let reply = if path.starts_with("/new") {
                "HTTP/1.1 404 Not Found\r\n".to_owned()
            } else {
                format!("HTTP/1.1 302 Found\r\nLocation: {}\r\n", to(&path))
            };
            let reply = format!("{reply}Content-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (url, heard)
}

type Heard = std::sync::Arc<std::sync::Mutex<Vec<String>>>;

#[tokio::test]
async fn a_credential_follows_no_redirect_to_another_origin() {
    const PROOF: &str = "Authorization: Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg==";
    let (elsewhere, heard_there) = redirecting(str::to_owned).await;
    let there = elsewhere.clone();
    let (here, heard_here) = redirecting(move |path| format!("{there}{path}")).await;
    let url = RemoteUrl::parse(&format!("{here}/org/repo.git"), &git()).unwrap();
    // Given: an operator who wants every redirect of that host followed.
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("gitconfig");
    let wish = format!("[http \"{here}/org\"]\n\tfollowRedirects = true\n");
    std::fs::write(&config, wish).unwrap();
    let credential = Credential::new(url.clone(), "x-access-token", "hunter2");
    let with = git().global_config(&config).credential(Some(credential));
    // When the branches are asked for, and when a commit is fetched.
    let listed = with.ls_remote(&url).await.unwrap_err();
    let mirrors = tempfile::tempdir().unwrap();
    let mirror = Mirror::ensure(&with, &url, &mirrors.path().join("m"))
        .await
        .unwrap();
    let fetched = mirror.fetch_heads().await.unwrap_err();
    // Then nobody else was even asked, and the error says where it would have gone.
    for error in [listed, fetched] {
        assert_eq!(error.code(), "git-redirected");
        assert!(error.needs_access() && error.remedy().contains("new address"));
        let told = error.to_string();
        assert!(
            told.contains(&format!("redirects to {elsewhere}/org/repo.git")),
            "{told}"
        );
    }
    assert_eq!(*heard_there.lock().unwrap(), Vec::<String>::new());
    let asked = heard_here.lock().unwrap().clone();
    assert!(asked.iter().all(|it| it.contains(PROOF)), "{asked:?}");
}

#[tokio::test]
async fn a_credential_goes_after_a_repository_that_was_renamed_on_its_host() {
    let (here, heard) = redirecting(|path| path.replace("/org", "/new")).await;
    let url = RemoteUrl::parse(&format!("{here}/org/repo.git"), &git()).unwrap();
    let credential = Credential::new(url.clone(), "x-access-token", "hunter2");
    let git = git().credential(Some(credential));
    let error = git.ls_remote(&url).await.unwrap_err();
    assert_eq!(error.code(), "git-not-found", "{error}");
    let last = heard.lock().unwrap().last().cloned().unwrap();
    assert!(last.starts_with("GET /new/repo.git/info/refs"), "{last}");
    assert!(last.contains("Authorization: Basic"), "{last}");
}

/// Git shows what the host says as `remote: …`, and we tell what git shows.
#[tokio::test]
async fn a_host_that_says_what_it_was_sent_tells_nobody_else() {
    let said = "access denied for hunter2, sent as Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg==";
    let (url, served) = http_server_saying("403 Forbidden", said).await;
    let url = RemoteUrl::parse(&format!("{url}/org/repo.git"), &git()).unwrap();
    let credential = Credential::new(url.clone(), "x-access-token", "hunter2");
    let git = git().credential(Some(credential));
    let error = git.ls_remote(&url).await.unwrap_err();
    served.await.unwrap();
    let told = format!("{error} {error:?}");
    assert!(
        told.contains("access denied for ***, sent as Basic ***"),
        "{told}"
    );
}

#[tokio::test]
async fn a_remote_that_never_answers_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/org/repo.git", listener.local_addr().unwrap());
    let url = RemoteUrl::parse(&url, &git()).unwrap();
    let error = git()
        .timeout(Duration::from_millis(300))
        .ls_remote(&url)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "git-timeout");
}

#[tokio::test]
async fn a_change_set_beyond_the_limit_is_an_error_never_a_part() {
    let remote = Remote::new();
    let base = remote.commit(&[("a", "1")]);
    let head = remote.commit(&[("b", "1"), ("c", "1")]);
    let small = git().max_output(100);
    let repository = Repository::discover(&small, &remote.path()).await.unwrap();
    let error = repository.changed_files(&base, &head).await.unwrap_err();
    assert_eq!(error.code(), "git-output-too-large");
}

#[tokio::test]
async fn hooks_of_a_repository_never_run() {
    let remote = Remote::new();
    let head = remote.commit(&[("a", "1")]);
    let home = tempfile::tempdir().unwrap();
    let mirror = mirror(&remote, home.path()).await;
    mirror.fetch(&head).await.unwrap();
    let hook = mirror.repository().dir().join("hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let ran = home.path().join("ran");
    std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    mirror
        .checkout(&head, &home.path().join("tree"))
        .await
        .unwrap();
    assert!(!ran.exists());
}

#[test]
fn shas_are_full_names() {
    assert!(Sha::parse("abc").is_err() && Sha::parse(&"g".repeat(40)).is_err());
    assert!(Sha::parse(&"0".repeat(64)).unwrap().is_null());
}

#[tokio::test]
async fn a_world_of_its_own_finds_its_repositories_under_their_real_addresses() {
    let remote = Remote::new();
    let head = remote.commit(&[("a", "1")]);
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("gitconfig");
    let rewrite = format!(
        "[url \"file://{}\"]\n\tinsteadOf = https://git.example/acme/x.git\n",
        remote.path().display()
    );
    std::fs::write(&config, rewrite).unwrap();
    let git = Git::new(true).global_config(&config);
    let url = RemoteUrl::parse("https://git.example/acme/x.git", &git).unwrap();
    assert_eq!(git.ls_remote(&url).await.unwrap().heads["main"], head);
}

#[tokio::test]
async fn lfs_pointers_stay_pointers_whatever_the_operator_has_installed() {
    let pointer = format!("{LFS_POINTER}\noid sha256:{}\nsize 9\n", "0".repeat(64));
    let remote = Remote::new();
    let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n";
    let head = remote.commit(&[("a.bin", &pointer), (".gitattributes", attributes)]);
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("gitconfig");
    // As `git lfs install` leaves it, where the program is gone.
    let filter = "[filter \"lfs\"]\n\tprocess = false\n\tsmudge = false\n\trequired = true\n";
    std::fs::write(&config, filter).unwrap();
    let git = git().global_config(&config);
    let dir = home.path().join("mirror.git");
    let mirror = Mirror::ensure(&git, &remote.url(), &dir).await.unwrap();
    mirror.fetch(&head).await.unwrap();
    let tree = mirror.checkout(&head, &home.path().join("tree")).await;
    let file = tree.unwrap().path().join("a.bin");
    assert_eq!(std::fs::read_to_string(file).unwrap(), pointer);
}

#[tokio::test]
async fn a_submodule_that_cannot_be_had_is_an_empty_folder() {
    let remote = Remote::new();
    let pointer = remote.commit(&[]);
    let module = "[submodule \"lib\"]\n\tpath = lib\n\turl = http://127.0.0.1:1/x.git\n";
    let link = format!("160000,{pointer},lib");
    remote.git(&["update-index", "--add", "--cacheinfo", &link]);
    remote.write(".gitmodules", module);
    remote.git(&["add", ".gitmodules"]);
    remote.git(&["commit", "-q", "-m", "lib"]);
    let head = remote.head();
    let home = tempfile::tempdir().unwrap();
    let mirror = mirror(&remote, home.path()).await;
    mirror.fetch(&head).await.unwrap();
    let tree = mirror.checkout(&head, &home.path().join("tree")).await;
    let tree = tree.unwrap();
    assert_eq!(
        std::fs::read_dir(tree.path().join("lib")).unwrap().count(),
        0
    );
    tree.remove().await.unwrap();
}

#[tokio::test]
async fn a_file_too_large_to_be_compared_by_lines_hides_no_other() {
    let large = "line\n".repeat(4 << 20);
    let remote = Remote::new();
    let base = remote.commit(&[("a", "1\n"), ("large.csv", &large)]);
    let head = remote.commit(&[("a", "2\n"), ("large.csv", &format!("{large}end\n"))]);
    let repository = Repository::discover(&git(), &remote.path()).await.unwrap();
    let patch = repository.patch(&base, &head, 5, &[]).await.unwrap();
    assert!(patch.contains("+2\n"), "{patch}");
    let told = "Binary files a/large.csv and b/large.csv differ\n";
    assert!(patch.ends_with(told), "{patch}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_name_that_is_no_utf8_is_shown_as_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let remote = Remote::new();
    let base = remote.commit(&[("[a]", "1\n")]);
    let name = std::ffi::OsStr::from_bytes(b"[a]\xff.rs");
    std::fs::write(remote.path().join(name), "2\n").unwrap();
    let head = remote.commit(&[("[a]", "3\n")]);
    let repository = Repository::discover(&git(), &remote.path()).await.unwrap();
    let changes = repository.changed_files(&base, &head).await.unwrap();
    let known = "[a]\u{FFFD}.rs";
    assert_eq!(changes[1].path(), known);
    let patch = repository.patch(&base, &head, 5, &[known]).await.unwrap();
    assert!(patch.contains("+2\n") && !patch.contains("+3\n"), "{patch}");
    let patch = repository
        .patch(&head.empty_tree(), &head, 5, &["[a]"])
        .await;
    assert!(patch.unwrap().ends_with("@@ -0,0 +1 @@\n+3\n"));
}

#[tokio::test]
async fn an_operator_who_hides_submodules_hides_none_from_us() {
    let remote = Remote::new();
    let base = remote.commit(&[("a", "1")]);
    let link = format!("160000,{base},lib");
    remote.git(&["update-index", "--add", "--cacheinfo", &link]);
    std::fs::create_dir(remote.path().join("lib")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("gitconfig");
    let hiding = "[diff]\n\tignoreSubmodules = all\n\tsubmodule = log\n";
    std::fs::write(&config, hiding).unwrap();
    let git = git().global_config(&config);
    let repository = Repository::discover(&git, &remote.path()).await.unwrap();
    let patch = repository.uncommitted_patch(3, &[]).await.unwrap();
    assert!(patch.contains("+Subproject commit "), "{patch}");
}

/// What git is not asked for is what it would have said.
#[tokio::test]
async fn a_root_that_is_plain_is_found_without_git_and_any_other_by_it() {
    let remote = Remote::new();
    remote.commit(&[("dir/a", "1")]);
    let real = remote.path().canonicalize().unwrap();
    let found = Repository::discover(&git(), &remote.path()).await.unwrap();
    assert_eq!(found.dir(), real);
    let below = Repository::discover(&git(), &remote.path().join("dir")).await;
    assert_eq!(below.unwrap().dir(), real);

    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    remote.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
    let moved = Repository::discover(&git(), &remote.path()).await.unwrap();
    assert_eq!(moved.dir(), elsewhere);
    remote.git(&["config", "--unset", "core.worktree"]);

    std::fs::write(remote.path().join(".git/HEAD"), "neither\n").unwrap();
    let broken = Repository::discover(&git(), &remote.path()).await;
    assert!(
        matches!(broken, Err(GitError::NotARepository { .. })),
        "{broken:?}"
    );
}
