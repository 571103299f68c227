//! Provider `command`: any program. It is started in a folder with copies of the documents, with the path of a report (JSON)
//! as its last argument and in `JOLLI_REPORT`, and edits the copies. What it prints is its reasoning.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use super::launch::tail;
use super::sandbox::{Place, Sandboxes};
use super::{AgentError, Draft};

/// How long outputs may stay open behind the program's end: a process of its own may hold them.
const OUTPUTS: Duration = Duration::from_secs(2);

/// A program that edits documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    command: String,
    deadline: Duration,
    sandboxes: Sandboxes,
}

/// What came of a turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The documents that say something else now.
    pub edits: Vec<Draft>,
    /// What the program printed: at most the last 64 KiB.
    pub reasoning: String,
    /// Other files that it wrote; they were not taken over.
    pub left_out: Vec<String>,
}

impl Program {
    /// A line for the shell, and how long it may take.
    pub fn new(command: &str, deadline: Duration) -> Self {
        Self {
            command: command.to_owned(),
            deadline,
            sandboxes: Sandboxes::default(),
        }
    }

    /// Has it run there.
    #[must_use]
    pub fn placed(mut self, sandboxes: Sandboxes) -> Self {
        self.sandboxes = sandboxes;
        self
    }

    /// Where it runs.
    pub const fn sandboxes(&self) -> &Sandboxes {
        &self.sandboxes
    }

    /// The same, where these folders can be read: where the code lies that the report is about.
    #[must_use]
    pub fn showing(&self, folders: &[PathBuf]) -> Self {
        let mut shown = self.clone();
        shown.sandboxes.launch = shown.sandboxes.launch.showing(folders);
        shown
    }

    /// Lets it edit copies of the drafts, shown the report.
    pub async fn turn(&self, report: &[u8], drafts: &[Draft]) -> Result<Turn, AgentError> {
        let report = self.sandboxes.shown(report);
        let place = self.sandboxes.open(None, &[], &report, drafts).await?;
        let turn = match self.run(&place).await {
            Ok(reasoning) => place.turn(drafts, reasoning).await,
            Err(error) => Err(error),
        };
        place.end().await;
        turn
    }

    async fn run(&self, place: &Place) -> Result<String, AgentError> {
        let line = format!("{} \"$@\"", self.command);
        let mut process = place.start(&line, false).await?;
        let stdout = AbortOnDropHandle::new(tokio::spawn(tail(process.stdout.take())));
        let stderr = AbortOnDropHandle::new(tokio::spawn(tail(process.stderr.take())));
        let Ok(exit) = tokio::time::timeout(self.deadline, process.wait()).await else {
            // Whether it is told or not, nothing of it is left when its place is gone.
            let _ = tokio::time::timeout(OUTPUTS, process.stop()).await;
            return Err(AgentError::Deadline {
                seconds: self.deadline.as_secs(),
            });
        };
        let exit = exit?;
        let text = async |read| match tokio::time::timeout(OUTPUTS, read).await {
            Ok(Ok(text)) => text,
            // It is told what is known; the documents are what counts.
            _ => String::new(),
        };
        let (said, complained) = tokio::join!(text(stdout), text(stderr));
        if exit.is_success {
            return Ok(said);
        }
        Err(AgentError::Failed {
            status: exit.status,
            said: complained,
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::agent::Jail;
    use crate::agent::launch::{HIDDEN, USUAL};

    fn draft(path: &str, text: &str) -> Draft {
        Draft {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    async fn turn(command: &str) -> Result<Turn, AgentError> {
        let program = Program::new(command, Duration::from_mins(1));
        let drafts = [draft("docs/a.md", "one\n"), draft("b.md", "two\n")];
        program.turn(b"{\"n\":7}", &drafts).await
    }

    #[tokio::test]
    async fn what_it_leaves_in_its_documents_is_taken_and_nothing_else() {
        let line = "f() { cat \"$1\" >> docs/a.md; echo x > docs/new.md; echo because; }; f";
        let turn = turn(line).await.unwrap();
        assert_eq!(turn.edits, [draft("docs/a.md", "one\n{\"n\":7}")]);
        assert_eq!(turn.reasoning, "because\n");
        assert_eq!(turn.left_out, ["docs/new.md"]);
    }

    #[tokio::test]
    async fn a_failure_says_its_last_word_and_changes_nothing() {
        let error = turn("f() { echo lost > b.md; echo no key >&2; exit 3; }; f").await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("exit status: 3: no key"), "{error}");
    }

    #[tokio::test]
    async fn scrubbed_it_gets_the_usual_variables_and_those_that_are_named() {
        // Whoever runs the tests sets some; the shell has a few of its own.
        let own = ["HOME", "PWD", "OLDPWD", "SHLVL", "_"];
        let mut others = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
            .filter(|name| !own.iter().chain(&USUAL).chain(&HIDDEN).any(|it| it == name));
        let (named, unnamed) = (others.next().unwrap(), others.next().unwrap());
        let drafts = [draft("a.md", "")];
        let program = Program::new("env > a.md; echo \"$HOME\" #", Duration::from_mins(1));
        let program = program.placed(Sandboxes::scrubbed(std::slice::from_ref(&named)));
        let turn = program.turn(b"{}", &drafts).await.unwrap();
        let got: Vec<&str> = turn.edits[0]
            .text
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0))
            .collect();
        for name in ["PATH", "JOLLI_REPORT", &named] {
            assert!(got.contains(&name), "{name} of {got:?}");
        }
        assert!(!got.contains(&unnamed.as_str()), "{unnamed} of {got:?}");
        let home = turn.reasoning.trim();
        assert!(home.contains("jolli-agent-"), "{home}");
        assert!(!std::path::Path::new(home).exists(), "{home}");
    }

    /// Where `bwrap` may make namespaces; `JOLLI_TEST_JAIL=1` says that it must.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn jailed_it_sees_its_documents_and_nothing_else_of_this_machine() {
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "mine").unwrap();
        let jail = match Jail::find(&[], &[]) {
            Ok(jail) => jail,
            Err(why) => {
                assert!(std::env::var_os("JOLLI_TEST_JAIL").is_none(), "{why}");
                return;
            }
        };
        let code = outside.path().join("code");
        std::fs::create_dir(&code).unwrap();
        std::fs::write(code.join("main.rs"), "fn main").unwrap();
        let line = format!(
            "f() {{ cat {1}/code/main.rs >&2; test -s {1}/code/main.rs || exit 7; echo z > {1}/code/new; cat {0}; ls {1}; echo x > {1}/new; mount -o remount,bind,rw \"$(dirname \"$1\")\"; echo x >> \"$1\"; cat /etc/shadow; cat \"$1\" > a.md; echo y > \"$HOME/y\"; ps ax | wc -l; }}; f",
            secret.display(),
            outside.path().display()
        );
        let program = Program::new(&line, Duration::from_mins(1))
            .placed(Sandboxes::scrubbed(&[]).jailed(Some(jail)))
            .showing(std::slice::from_ref(&code));
        let turn = program.turn(b"{}", &[draft("a.md", "")]).await.unwrap();
        assert_eq!(
            turn.edits,
            [draft("a.md", "{}")],
            "the report is not its to write"
        );
        assert!(!turn.reasoning.contains("mine"), "{}", turn.reasoning);
        assert!(!turn.reasoning.contains("secret"), "{}", turn.reasoning);
        assert!(!turn.reasoning.contains("root:"), "{}", turn.reasoning);
        let last = turn.reasoning.lines().last().unwrap();
        let processes: usize = last.trim().parse().unwrap();
        assert!(processes < 8, "{}", turn.reasoning);
        assert!(!outside.path().join("new").exists());
        assert!(
            !code.join("new").exists(),
            "what is shown may be read alone"
        );
    }

    #[tokio::test]
    async fn documents_stay_documents() {
        let removed = turn("rm b.md #").await.unwrap_err();
        assert!(matches!(removed, AgentError::Removed(path) if path == "b.md"));
        let linked = turn("ln -sf /etc/passwd b.md #").await.unwrap_err();
        assert!(matches!(linked, AgentError::NotText(path) if path == "b.md"));
        let binary = turn("printf '\\377' > b.md #").await.unwrap_err();
        assert!(matches!(binary, AgentError::NotText(_)));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_stopped_with_all_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("pid");
        let command = format!("sleep 600 & echo $! > {}; wait #", note.display());
        let program = Program::new(&command, Duration::from_secs(5));
        let error = program.turn(b"{}", &[draft("a.md", "")]).await.unwrap_err();
        assert!(matches!(error, AgentError::Deadline { .. }));
        let pid = std::fs::read_to_string(&note).unwrap();
        // Gone, or a dead entry that nobody has collected yet.
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
        };
        let patience = std::time::Instant::now();
        while cfg!(target_os = "linux") && lives() {
            assert!(patience.elapsed() < Duration::from_mins(1));
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_document_outside_of_the_project_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.md");
        std::fs::write(&file, "one").unwrap();
        let program = Program::new("true #", Duration::from_mins(1));
        for path in [file.to_str().unwrap(), "../a.md"] {
            let error = program
                .turn(b"{}", &[draft(path, "two")])
                .await
                .unwrap_err();
            assert!(matches!(error, AgentError::Outside(_)));
        }
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
    }
}
