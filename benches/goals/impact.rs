//! An impact run as a process, against the plain git commands that it cannot do without (P1, P2), and how it grows (P3).

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of each; the median counts.
const RUNS: usize = 9;
/// Files of a module, which is what one glob watches.
const MODULE: usize = 100;

/// A docs project and two repositories beside it.
struct World {
    docs: PathBuf,
    repositories: [PathBuf; 2],
}

/// What one process took.
struct Took {
    wall: Duration,
    bytes: usize,
    /// The most memory it held.
    peak_kib: u64,
}

/// Prints the figures.
pub fn measure(disk: &Path) {
    let mut walls = Vec::new();
    for (name, documents, files) in [
        ("P1", 200, 500),
        ("P1 doubled (P3)", 400, 1_000),
        ("P2", 2_000, 5_000),
        ("P2 doubled (P3)", 4_000, 10_000),
    ] {
        let world = World::build(&disk.join(format!("impact-{documents}")), documents, files);
        let (took, git) = world.compare();
        println!(
            "{:<62} {:>9.1} ms   {:.1} × git's own, {:.1} MB out, {} MiB at most",
            format!("{name}: {documents} documents, 2 × {files} changed files"),
            took.wall.as_secs_f64() * 1e3,
            took.wall.as_secs_f64() / git.as_secs_f64(),
            took.bytes as f64 / 1e6,
            took.peak_kib / 1024,
        );
        walls.push((took.wall, took.bytes));
    }
    for (of, pair) in ["P1", "P2"].iter().zip(walls.chunks(2)) {
        if let [(one, few), (two, many)] = pair {
            println!(
                "{:<62} {:>9.1} × the time for {:.1} × the result",
                format!("{of}, documents and changes doubled"),
                two.as_secs_f64() / one.as_secs_f64(),
                *many as f64 / *few as f64,
            );
        }
    }
}

impl World {
    fn build(root: &Path, documents: usize, files: usize) -> Self {
        let docs = root.join("docs");
        let repositories = ["one", "two"].map(|name| root.join(name));
        for repository in &repositories {
            source(repository, files);
        }
        let modules = files / MODULE;
        for document in 0..documents {
            let (module, file) = (document % modules, document % files);
            let rules = [
                ("one", format!("src/m{module}/**")),
                ("two", format!("src/m{}/f{file}.ts", file / MODULE)),
                ("two", format!("src/m{module}/f?{}.ts", document % 10)),
                ("one", format!("lib/{document}/**/*.rs")),
            ];
            let rules = rules.map(|(source, path)| {
                format!("  - op: file\n    source: {source}\n    path: \"{path}\"\n")
            });
            let text = format!(
                "---\njrn: DOC_{document}\nattention:\n{}---\n# Document {document}\n",
                rules.concat()
            );
            write(
                &docs.join(format!("docs/d{}/{document}.md", document % 50)),
                &text,
            );
        }
        let entry = |path: &Path| serde_json::json!({ "mountPath": std::fs::canonicalize(path).expect("it is there"), "type": "git" });
        let config = serde_json::json!({
            "version": 1,
            "mounts": {},
            "virtualSources": { "one": entry(&repositories[0]), "two": entry(&repositories[1]) },
        });
        write(&docs.join(".jolli/sources.json"), &config.to_string());
        Self { docs, repositories }
    }

    /// The median of ours, and of git's own; taken in turns, so that both meet the same machine.
    fn compare(&self) -> (Took, Duration) {
        let (mut ours, mut gits) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(self.impact());
            let began = Instant::now();
            for repository in &self.repositories {
                git(repository, &["diff", "--name-status", "-z", "main...work"]);
            }
            gits.push(began.elapsed());
        }
        ours.sort_by_key(|took| took.wall);
        gits.sort_unstable();
        (ours.swap_remove(RUNS / 2), gits[RUNS / 2])
    }

    fn impact(&self) -> Took {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_jolli"))
            .args(["impact", "--json", "--base", "main"])
            .current_dir(&self.docs)
            .env_remove("JOLLI_URL")
            .stdout(Stdio::piped())
            .spawn()
            .expect("jolli runs");
        let mut out = child.stdout.take().expect("it is a pipe");
        let status = format!("/proc/{}/status", child.id());
        let (mut bytes, mut peak_kib) = (0, 0);
        let mut chunk = vec![0; 1 << 20];
        loop {
            let count = out.read(&mut chunk).expect("it writes");
            if count == 0 {
                break;
            }
            bytes += count;
            // It is read while it still prints: the peak but for the last page.
            peak_kib = peak_kib.max(high_water(&status));
        }
        assert!(child.wait().expect("it ends").success());
        let wall = began.elapsed();
        Took {
            wall,
            bytes,
            peak_kib,
        }
    }
}

fn high_water(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A repository whose branch `work` changes every file of `main`.
fn source(root: &Path, files: usize) {
    std::fs::create_dir_all(root).expect("a folder");
    git(root, &["init", "-q", "-b", "main"]);
    for (branch, text) in [("main", "one"), ("work", "two")] {
        if branch == "work" {
            git(root, &["checkout", "-q", "-b", "work"]);
        }
        for file in 0..files {
            let path = root.join(format!("src/m{}/f{file}.ts", file / MODULE));
            write(&path, &format!("export const f{file} = \"{text}\";\n"));
        }
        git(root, &["add", "--all"]);
        git(
            root,
            &[
                "-c",
                "user.name=b",
                "-c",
                "user.email=b@b",
                "commit",
                "-q",
                "-m",
                text,
            ],
        );
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn git(root: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(args)
        .current_dir(root)
        .stdout(Stdio::null())
        .status()
        .expect("git runs");
    assert!(status.success(), "git {args:?}");
}
