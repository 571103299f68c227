//! Turns of a real process that speaks the protocol: this test program itself, as `double.rs` says.
#![cfg(unix)]

use std::path::Path;

use super::*;
use crate::agent::Jail;
use ApprovalDecision::{Accept, AcceptForSession, Cancel, Decline};

mod odd;

/// Not a test: the agent of the others, which start this program with a script.
#[test]
fn double() {
    if let Ok(script) = std::env::var(double::SCRIPT) {
        double::run(&script);
    }
}

fn program() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn command(script: &str) -> String {
    format!(
        "{}='{script}' exec '{}' --exact agent::acp::tests::double --nocapture --test-threads=1",
        double::SCRIPT,
        program().display()
    )
}

fn agent(script: &str) -> Acp {
    Acp::new(&command(script), Duration::from_mins(1))
}

fn draft(path: &str, text: &str) -> Draft {
    Draft {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// What a person does when asked.
enum Person {
    Says(ApprovalDecision),
    /// After so long.
    Waits(Duration, ApprovalDecision),
    /// Never says anything, and stops the agent by the pid that it said.
    Kills,
    /// Never says anything, and interrupts the turn.
    Interrupts,
}

/// Notes all that it is told.
struct Notes {
    person: Person,
    interrupt: CancellationToken,
    /// Interrupts as soon as this is said.
    word: Option<&'static str>,
    began: Option<(String, Option<String>)>,
    said: String,
    chunks: usize,
    tools: Vec<Tool>,
    plans: Vec<Vec<PlanEntry>>,
    remarks: Vec<String>,
    questions: Vec<Question>,
}

impl Notes {
    fn new(person: Person) -> Self {
        Self {
            person,
            interrupt: CancellationToken::new(),
            word: None,
            began: None,
            said: String::new(),
            chunks: 0,
            tools: Vec::new(),
            plans: Vec::new(),
            remarks: Vec::new(),
            questions: Vec::new(),
        }
    }

    fn has_note(&self, part: &str) -> bool {
        self.remarks.iter().any(|note| note.contains(part))
    }

    fn statuses(&self) -> Vec<ToolStatus> {
        self.tools.iter().map(|tool| tool.status).collect()
    }
}

#[async_trait::async_trait]
impl Host for Notes {
    async fn began(&mut self, session: &str, agent: Option<&str>) -> Result<(), AgentError> {
        self.began = Some((session.to_owned(), agent.map(str::to_owned)));
        Ok(())
    }
    async fn said(&mut self, text: &str) -> Result<(), AgentError> {
        self.said.push_str(text);
        self.chunks += 1;
        if self.word.is_some_and(|word| self.said.contains(word)) {
            self.interrupt.cancel();
        }
        if self.said.contains("fail the host") {
            return Err(AgentError::Host("no room".into()));
        }
        Ok(())
    }
    async fn tool(&mut self, tool: &Tool) -> Result<(), AgentError> {
        self.tools.push(tool.clone());
        Ok(())
    }
    async fn plan(&mut self, entries: &[PlanEntry]) -> Result<(), AgentError> {
        self.plans.push(entries.to_vec());
        Ok(())
    }
    async fn note(&mut self, text: &str) -> Result<(), AgentError> {
        self.remarks.push(text.to_owned());
        Ok(())
    }
    async fn ask(&mut self, question: &Question) -> Result<ApprovalDecision, AgentError> {
        self.questions.push(question.clone());
        match self.person {
            Person::Says(decision) => Ok(decision),
            Person::Waits(time, decision) => {
                tokio::time::sleep(time).await;
                Ok(decision)
            }
            Person::Kills => {
                let pid = self
                    .said
                    .split_whitespace()
                    .skip_while(|word| *word != "pid")
                    .nth(1);
                let pid = rustix::process::Pid::from_raw(pid.unwrap().parse().unwrap()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                std::future::pending().await
            }
            Person::Interrupts => {
                self.interrupt.cancel();
                std::future::pending().await
            }
        }
    }
}

const REPORT: &[u8] = br#"{"article":{"path":"docs/a.md"}}"#;

async fn run_with(
    agent: Acp,
    mode: RuntimeMode,
    session: Option<&str>,
    readable: &[PathBuf],
    notes: &mut Notes,
) -> Result<Done, AgentError> {
    let drafts = [draft("docs/a.md", "one\n"), draft("b.md", "two\n")];
    let interrupt = notes.interrupt.clone();
    let task = Task {
        prompt: "Keep it true.",
        report: REPORT,
        drafts: &drafts,
        readable,
        mode,
        session,
        before: Some("You remember nothing."),
        folder: None,
        interrupt: &interrupt,
    };
    agent.turn(&task, notes).await
}

/// One where a person is asked.
async fn asked(script: &str, person: Person) -> (Result<Done, AgentError>, Notes) {
    let mut notes = Notes::new(person);
    let mode = RuntimeMode::ApprovalRequired;
    let done = run_with(agent(script), mode, None, &[], &mut notes).await;
    (done, notes)
}

/// One where nobody is asked.
async fn free(script: &str) -> (Result<Done, AgentError>, Notes) {
    let mut notes = Notes::new(Person::Says(Decline));
    let mode = RuntimeMode::FullAccess;
    let done = run_with(agent(script), mode, None, &[], &mut notes).await;
    assert_eq!(notes.questions, []);
    (done, notes)
}

fn edited() -> Vec<Draft> {
    vec![draft("docs/a.md", "one\nEdited.\n")]
}

#[tokio::test]
async fn what_it_does_is_told_in_its_order_and_its_documents_are_taken() {
    let (done, notes) = free("say=3 plan ask stray=new.md").await;
    let done = done.unwrap();
    assert_eq!(done.turn.edits, edited());
    assert_eq!(done.turn.left_out, ["new.md"]);
    assert_eq!(done.end, End::Finished);
    assert!(!done.resumed);
    let said = "with the report word 0 word 1 word 2 answer allow_once ";
    assert_eq!(notes.said, said);
    assert_eq!(done.turn.reasoning, said);
    let began = (done.session, Some("The double".to_owned()));
    assert_eq!(notes.began, Some(began));
    let entry = |content: &str, priority, status| PlanEntry {
        content: content.to_owned(),
        priority,
        status,
    };
    let plan = vec![
        entry("look", "high", "completed"),
        entry("edit", "low", "in_progress"),
    ];
    assert_eq!(notes.plans, [plan]);
    let [started, completed] = notes.tools.as_slice() else {
        panic!("{:?}", notes.tools);
    };
    let change = Diff {
        path: "docs/a.md".to_owned(),
        old: Some("one\n".to_owned()),
        new: "one\nEdited.\n".to_owned(),
        cut: false,
    };
    let tool = Tool {
        id: "edit-0".to_owned(),
        title: "Edit docs/a.md".to_owned(),
        kind: "edit",
        status: ToolStatus::Started,
        paths: vec!["docs/a.md".to_owned()],
        output: String::new(),
        diffs: vec![change],
    };
    assert_eq!(*started, tool);
    let after = Tool {
        status: ToolStatus::Completed,
        output: "done".to_owned(),
        diffs: Vec::new(),
        ..tool
    };
    assert_eq!(*completed, after);
}

#[tokio::test]
async fn a_person_allows_an_edit() {
    let (done, notes) = asked("ask", Person::Says(Accept)).await;
    assert_eq!(done.unwrap().turn.edits, edited());
    assert!(notes.said.contains("answer allow_once"), "{}", notes.said);
    let [question] = notes.questions.as_slice() else {
        panic!("asked once: the permission is for the file as well");
    };
    assert_eq!(question.kind, RequestKind::FileChange);
    assert_eq!(question.detail, "Edit docs/a.md");
    assert_eq!(question.offers, ApprovalDecision::ALL);
    let tool = question.tool.as_ref().unwrap();
    assert_eq!(tool.diffs[0].new, "one\nEdited.\n");
}

#[tokio::test]
async fn a_person_declines_or_has_no_such_answer_and_nothing_is_written() {
    let (done, notes) = asked("ask", Person::Says(Decline)).await;
    let done = done.unwrap();
    assert_eq!((done.turn.edits, done.end), (vec![], End::Finished));
    assert!(notes.said.contains("answer reject_once"), "{}", notes.said);
    assert_eq!(notes.statuses(), [ToolStatus::Started, ToolStatus::Failed]);

    let (done, notes) = asked("ask offer=allow_once", Person::Says(Decline)).await;
    assert_eq!(done.unwrap().turn.edits, []);
    assert!(notes.said.contains("answer cancelled"), "{}", notes.said);

    let (done, notes) = asked("ask offer=reject_always", Person::Says(Decline)).await;
    assert_eq!(done.unwrap().turn.edits, []);
    assert!(
        notes.said.contains("answer reject_always"),
        "{}",
        notes.said
    );
    assert_eq!(notes.questions[0].offers, [Decline, Cancel]);
}

#[tokio::test]
async fn a_person_cancels_and_the_turn_ends() {
    let (done, notes) = asked("ask hang", Person::Says(Cancel)).await;
    let done = done.unwrap();
    assert_eq!((done.turn.edits, done.end), (vec![], End::Interrupted));
    assert!(notes.said.contains("answer cancelled"), "{}", notes.said);
}

#[tokio::test]
async fn a_permission_for_the_session_is_asked_for_once() {
    // The agent keeps it in mind itself, where it can.
    let (done, notes) = asked("ask", Person::Says(AcceptForSession)).await;
    assert_eq!(done.unwrap().turn.edits, edited());
    assert!(notes.said.contains("answer allow_always"), "{}", notes.said);
    // Where it cannot, nobody is asked again for the same kind of tool.
    let script = "ask offer=allow_once,reject_once edit=b.md,b.md";
    let (done, notes) = asked(script, Person::Says(AcceptForSession)).await;
    let both = [edited().remove(0), draft("b.md", "two\nEdited.\nEdited.\n")];
    assert_eq!(done.unwrap().turn.edits, both);
    assert_eq!(notes.said.matches("answer allow_once").count(), 3);
    assert_eq!(notes.questions.len(), 1);
    let (_, notes) = asked(script, Person::Says(Accept)).await;
    assert_eq!(notes.questions.len(), 3);
    let ids: std::collections::HashSet<&String> = notes.questions.iter().map(|q| &q.id).collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn a_write_that_nobody_allowed_is_asked_about() {
    let (done, notes) = asked("silent", Person::Says(Accept)).await;
    assert_eq!(done.unwrap().turn.edits, edited());
    let question = &notes.questions[0];
    assert_eq!(question.kind, RequestKind::FileChange);
    let tool = question.tool.as_ref().unwrap();
    assert_eq!(tool.paths, ["docs/a.md"]);
    assert_eq!(tool.diffs[0].old.as_deref(), Some("one\n"));
    assert_eq!(tool.diffs[0].new, "one\nEdited.\n");

    let (done, notes) = asked("silent", Person::Says(Decline)).await;
    assert_eq!(done.unwrap().turn.edits, []);
    assert!(notes.said.contains("not written: -32602"), "{}", notes.said);
    let (done, _) = asked("silent hang", Person::Says(Cancel)).await;
    let done = done.unwrap();
    assert_eq!((done.turn.edits, done.end), (vec![], End::Interrupted));
    let (done, notes) = asked("silent edit=b.md", Person::Says(AcceptForSession)).await;
    assert_eq!(done.unwrap().turn.edits.len(), 2);
    assert_eq!(notes.questions.len(), 1);
    // A permission is for the files that it was given for, while they are worked on.
    let (_, notes) = asked("ask edit=docs/a.md", Person::Says(Accept)).await;
    assert_eq!(notes.questions.len(), 2);
}

#[tokio::test]
async fn files_are_read_and_written_where_they_may_be() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "mine").unwrap();
    let code = tempfile::tempdir().unwrap();
    std::fs::write(code.path().join("a.rs"), "code").unwrap();
    let script = format!(
        "reach={0},{1}/a.rs put={0},{1}/a.rs request=terminal/create",
        secret.display(),
        code.path().display()
    );
    let mut notes = Notes::new(Person::Says(Accept));
    let readable = [code.path().to_owned()];
    let mode = RuntimeMode::ApprovalRequired;
    let done = run_with(agent(&script), mode, None, &readable, &mut notes).await;
    assert_eq!(done.unwrap().turn.edits, edited());
    let said = &notes.said;
    assert!(
        said.contains(&format!("read {}: -32602", secret.display())),
        "{said}"
    );
    assert!(said.contains("a.rs: <code>"), "{said}");
    assert!(
        said.contains(&format!("write {}: -32602", secret.display())),
        "{said}"
    );
    assert!(said.contains("a.rs: -32602"), "{said}");
    assert!(said.contains("terminal/create: -32601"), "{said}");
    assert_eq!(std::fs::read(&secret).unwrap(), b"mine");
    assert_eq!(notes.questions.len(), 1, "what may not be is not asked for");
}

#[tokio::test]
async fn an_agent_that_is_gone_waits_for_no_answer() {
    let (done, notes) = asked("pid ask", Person::Kills).await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("the agent failed with signal: 9"), "{error}");
    assert_eq!(notes.questions.len(), 1);
}

#[tokio::test]
async fn a_death_in_the_midst_says_its_last_word() {
    let (done, notes) = free("crash").await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("exit status: 3: out of cheese"), "{error}");
    assert!(notes.said.contains("bye"), "{}", notes.said);
    let none = Acp::new("echo no key >&2; exit 3", Duration::from_mins(1));
    let mut notes = Notes::new(Person::Says(Accept));
    let mode = RuntimeMode::FullAccess;
    let done = run_with(none, mode, None, &[], &mut notes).await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("exit status: 3: no key"), "{error}");
}

#[tokio::test]
async fn an_interrupt_ends_it_and_what_it_left_is_taken() {
    let interrupted = async |script: &str, word, grace| {
        let mut notes = Notes::new(Person::Says(Accept));
        notes.word = Some(word);
        let mut agent = agent(script);
        agent.grace = grace;
        let mode = RuntimeMode::FullAccess;
        let done = run_with(agent, mode, None, &[], &mut notes).await;
        (done.unwrap(), notes)
    };
    let (done, notes) = interrupted("hang", "hanging", GRACE).await;
    assert_eq!((done.turn.edits, done.end), (edited(), End::Interrupted));
    assert!(notes.said.ends_with("cancelled "), "{}", notes.said);
    // One that does not listen, and one that dies of it.
    let (done, _) = interrupted("deaf stubborn", "hanging", Duration::from_secs(1)).await;
    assert_eq!((done.turn.edits, done.end), (edited(), End::Interrupted));
    let (done, _) = interrupted("hang dies remove", "hanging", GRACE).await;
    assert_eq!((done.turn.edits, done.end), (vec![], End::Interrupted));
    // In the midst of a flood.
    let (done, notes) = interrupted("flood=50000 hang", "..", GRACE).await;
    assert_eq!(done.end, End::Interrupted);
    assert!(notes.said.contains(".."));
}

#[tokio::test]
async fn an_interrupt_ends_a_question_and_one_before_the_session_all() {
    let (done, notes) = asked("ask hang", Person::Interrupts).await;
    let done = done.unwrap();
    assert_eq!((done.turn.edits, done.end), (vec![], End::Interrupted));
    assert!(notes.said.contains("answer cancelled"), "{}", notes.said);

    let mut notes = Notes::new(Person::Says(Accept));
    notes.interrupt.cancel();
    let mode = RuntimeMode::FullAccess;
    let done = run_with(agent("mute"), mode, None, &[], &mut notes)
        .await
        .unwrap();
    assert_eq!((done.session.as_str(), done.end), ("", End::Interrupted));
    assert_eq!(notes.began, None);
}

#[tokio::test]
async fn a_question_that_is_withdrawn_holds_nothing_up() {
    let mut notes = Notes::new(Person::Waits(Duration::from_hours(1), Accept));
    let mode = RuntimeMode::ApprovalRequired;
    let done = run_with(agent("ask withdraw"), mode, None, &[], &mut notes)
        .await
        .unwrap();
    assert_eq!((done.turn.edits, done.end), (vec![], End::Finished));
    assert!(
        notes.has_note("withdrew its question"),
        "{:?}",
        notes.remarks
    );
}

const SHORT: Duration = Duration::from_secs(6);

#[tokio::test]
async fn an_agent_that_takes_too_long_is_stopped() {
    let mut notes = Notes::new(Person::Says(Accept));
    let hanging = Acp::new(&command("hang"), SHORT);
    let mode = RuntimeMode::FullAccess;
    let done = run_with(hanging, mode, None, &[], &mut notes).await;
    let error = done.unwrap_err();
    assert!(
        matches!(error, AgentError::Deadline { seconds: 6 }),
        "{error}"
    );
}

#[tokio::test]
async fn a_person_may_take_longer_than_the_agent() {
    let mut notes = Notes::new(Person::Waits(SHORT + Duration::from_secs(1), Accept));
    let asking = Acp::new(&command("ask"), SHORT);
    let mode = RuntimeMode::ApprovalRequired;
    let done = run_with(asking, mode, None, &[], &mut notes).await;
    assert_eq!(done.unwrap().turn.edits, edited());
}

#[tokio::test]
async fn a_command_is_asked_about_with_all_of_its_words() {
    let (done, notes) = asked("run=make", Person::Says(Decline)).await;
    done.unwrap();
    let question = &notes.questions[0];
    assert_eq!(question.kind, RequestKind::Command);
    assert_eq!(question.detail, "Run a program\nmake -x");
}

#[tokio::test]
async fn too_much_is_not_told() {
    let (done, notes) = free("big=5 noise=100").await;
    assert_eq!(notes.said.len(), 4 << 20);
    assert!(notes.has_note("more than 4 MiB"), "{:?}", notes.remarks);
    assert!(notes.has_note("it is not told"), "{:?}", notes.remarks);
    assert!(notes.remarks.len() <= 21, "{:?}", notes.remarks);
    assert_eq!(done.unwrap().turn.reasoning, "x".repeat(64 << 10));
}

#[tokio::test]
async fn a_flood_is_heard_whole_and_in_order() {
    let (done, notes) = free("flood=20000").await;
    assert_eq!(done.unwrap().turn.edits, edited());
    assert_eq!(
        notes.said,
        format!("with the report {}", ".".repeat(20_000))
    );
    assert_eq!(notes.chunks, 20_001);
}
