//! The person at the terminal of an agent run: is asked, and sees what the agent does. All of it goes to standard error but
//! the result of each document. What the agent says reaches the terminal as text, and as nothing else.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use super::output::{self, Colour};
use super::prompt::Prompt;
use crate::agent::{PlanEntry, Question, Tool, ToolStatus, printable, visible};
use crate::domain::kind::{ApprovalDecision, RequestKind};
use crate::project::update::{Candidate, Choice, Doing, Outcome, Status, Watcher};

/// Reasons that a prompt shows of a document, and lines of what an agent wants to change; `v` shows all.
const REASONS: usize = 3;
const LINES: usize = 40;
/// Bytes of a line of what an agent says; a longer one is broken where a word ends.
const WIDTH: usize = 400;
/// Tools whose titles are remembered.
const TOOLS: usize = 1_000;

/// Who is asked and told on a terminal.
#[derive(Debug, Default)]
pub struct Person {
    /// There is somebody to ask.
    pub asks: bool,
    /// Results are printed as they come.
    pub prints: bool,
    pub dry_run: bool,
    pub prompt: Prompt,
    words: Words,
    /// Titles of tools, as they were shown.
    tools: HashMap<String, String>,
}

impl Person {
    pub fn new(asks: bool, prints: bool, dry_run: bool) -> Self {
        Self {
            asks,
            prints,
            dry_run,
            ..Self::default()
        }
    }

    /// A line of ours, behind what the agent said until then.
    fn note(&mut self, line: impl std::fmt::Display) {
        self.prompt.end_line();
        if let Some(rest) = self.words.rest() {
            said(&rest);
        }
        output::note(line);
    }

    fn uses(&mut self, tool: &Tool) {
        let failed = tool.status == ToolStatus::Failed;
        let title = match printable(&tool.title) {
            title if title.is_empty() => "a tool".to_owned(),
            title => title,
        };
        if self.tools.get(&tool.id) == Some(&title) && !failed {
            return;
        }
        let what = if failed { ": failed" } else { "" };
        self.note(format_args!("  [{}] {title}{what}", tool.kind));
        if self.tools.len() >= TOOLS {
            self.tools.clear();
        }
        self.tools.insert(tool.id.clone(), title);
    }

    fn plans(&mut self, entries: &[PlanEntry]) {
        let done = entries.iter().filter(|step| step.status == "completed");
        let mut line = format!("  plan: {} of {} steps done", done.count(), entries.len());
        let mut now = entries.iter().filter(|step| step.status == "in_progress");
        if let Some(step) = now.next() {
            let _ = write!(line, "; now: {}", printable(&step.content));
        }
        self.note(line);
    }

    /// Shows what the agent wants to do, and how many lines of the diff are left out.
    fn shows(&mut self, question: &Question, diff: &[&str], lines: usize) -> usize {
        let mut detail = question.detail.lines().map(visible);
        let first = detail.next().unwrap_or_default();
        self.note(format_args!(
            "  the agent asks ({}): {first}",
            question.kind
        ));
        for line in detail {
            output::note(format_args!("    {line}"));
        }
        for line in diff.iter().take(lines) {
            let line = visible(line);
            match line.as_bytes().first() {
                Some(b'+') => output::note_in(Colour::Added, "    ", &line, ""),
                Some(b'-') => output::note_in(Colour::Removed, "    ", &line, ""),
                _ => output::note(format_args!("    {line}")),
            }
        }
        let more = diff.len().saturating_sub(lines);
        if more > 0 {
            output::note(format_args!("    and {more} more lines"));
        }
        let tool = question.tool.as_ref();
        if tool.is_some_and(|tool| tool.diffs.iter().any(|diff| diff.cut)) {
            output::note("    the texts are longer than can be shown");
        }
        if diff.is_empty() && question.kind == RequestKind::FileChange {
            output::note("    it does not show what it wants to change");
        }
        more
    }
}

#[async_trait::async_trait]
impl Watcher for Person {
    async fn choose(&mut self, candidate: Candidate<'_>) -> io::Result<Choice> {
        if !self.asks {
            return Ok(Choice::Update);
        }
        let shown = |count: usize| {
            for why in candidate.why.iter().take(count) {
                output::note(format_args!(
                    "    [{}] {} matched {}",
                    why.source, why.changed_file, why.pattern
                ));
            }
            match candidate.why.len().saturating_sub(count) {
                0 => {}
                more => output::note(format_args!("    and {more} more")),
            }
        };
        output::note(format_args!("{} ({})", candidate.path, candidate.jrn));
        shown(REASONS);
        loop {
            let question = "  [u]pdate, [v]iew, [s]kip, [q]uit? ";
            let Some(answer) = self.prompt.ask(question).await? else {
                return Ok(Choice::Quit);
            };
            match answer.trim().to_lowercase().as_str() {
                "u" | "update" => return Ok(Choice::Update),
                "s" | "skip" => return Ok(Choice::Skip),
                "q" | "quit" => return Ok(Choice::Quit),
                "v" | "view" => shown(usize::MAX),
                _ => output::note("  one of the letters u, v, s, q"),
            }
        }
    }

    fn sees(&mut self, doing: Doing<'_>) -> io::Result<()> {
        match doing {
            Doing::Begins(agent, session) => {
                self.tools.clear();
                let name = agent.map_or_else(|| "the agent".to_owned(), printable);
                let session = printable(session);
                self.note(format_args!("  {name} begins (session {session})"));
            }
            Doing::Says(text) => {
                self.prompt.end_line();
                self.words.push(text).iter().for_each(|line| said(line));
            }
            Doing::Uses(tool) => self.uses(tool),
            Doing::Plans(entries) => self.plans(entries),
            Doing::Odd(text) => self.note(format_args!("  note: {}", printable(text))),
        }
        Ok(())
    }

    async fn allows(&mut self, question: &Question, diff: &str) -> io::Result<ApprovalDecision> {
        use ApprovalDecision::{Accept, AcceptForSession, Cancel, Decline};
        let lines: Vec<&str> = diff.lines().collect();
        let mut more = self.shows(question, &lines, LINES);
        if !self.asks {
            output::note(
                "  declined: nobody is asked (--yes), and --agent-mode full-access was not said",
            );
            return Ok(Decline);
        }
        let answers = [
            (Accept, "a", "allow", "[a]llow once"),
            (AcceptForSession, "s", "session", "allow for the [s]ession"),
            (Decline, "d", "decline", "[d]ecline"),
            (Cancel, "c", "cancel", "[c]ancel"),
        ];
        let offered = answers.map(|it| question.offers.contains(&it.0).then_some(it));
        loop {
            let mut words: Vec<&str> = offered.iter().flatten().map(|it| it.3).collect();
            if more > 0 {
                words.push("[v]iew all");
            }
            let asked = format!("  {}? ", words.join(", "));
            let Some(answer) = self.prompt.ask_anew(&asked).await? else {
                return Ok(Cancel);
            };
            let answer = answer.trim().to_lowercase();
            let mut offered = offered.iter().flatten();
            if let Some(it) = offered.find(|it| answer == it.1 || answer == it.2) {
                return Ok(it.0);
            }
            if matches!(answer.as_str(), "v" | "view") {
                more = self.shows(question, &lines, usize::MAX);
            } else {
                output::note("  one of the letters in brackets");
            }
        }
    }

    fn done(&mut self, outcome: &Outcome, level: usize) -> io::Result<()> {
        self.prompt.end_line();
        if let Some(rest) = self.words.rest() {
            said(&rest);
        }
        for file in &outcome.left_out {
            output::note(format_args!(
                "note: for {} the agent also wrote {}, which is not taken over",
                outcome.path,
                visible(file)
            ));
        }
        if let Some(error) = &outcome.error {
            output::note(format_args!("{}: {}", outcome.path, visible(error)));
        }
        if !self.prints {
            return Ok(());
        }
        let what = match outcome.status {
            Status::Skipped if self.dry_run => "would look at",
            status => status.as_str(),
        };
        let after = match (level, outcome.evidence.first()) {
            (0, _) | (_, None) => String::new(),
            (_, Some(why)) => format!(", watches {}", why.changed_file),
        };
        output::line(format_args!(
            "{what:<9}  {} ({}){after}",
            outcome.path, outcome.jrn
        ))
    }
}

fn said(line: &str) {
    let line = visible(line.trim_end());
    if !line.is_empty() {
        output::note(format_args!("  | {line}"));
    }
}

/// What an agent says, until it is a line.
#[derive(Debug, Default)]
struct Words(String);

impl Words {
    /// The lines that are whole now.
    fn push(&mut self, text: &str) -> Vec<String> {
        self.0.push_str(text);
        let (mut lines, mut rest) = (Vec::new(), self.0.as_str());
        loop {
            let end = rest.floor_char_boundary(WIDTH);
            let (line, next) = if let Some(at) = rest[..end].find('\n') {
                (&rest[..at], &rest[at + 1..])
            } else if end < rest.len() {
                // Broken behind its last word; what is one word breaks anywhere.
                let at = rest[..end].rfind(' ').map_or(end, |at| at + 1);
                rest.split_at(at)
            } else {
                break;
            };
            lines.push(line.to_owned());
            rest = next;
        }
        self.0 = rest.to_owned();
        lines
    }

    /// What is no line yet.
    fn rest(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.0)).filter(|rest| !rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_lines_and_none_is_lost() {
        let mut words = Words::default();
        assert!(words.push("one ").is_empty());
        assert_eq!(words.push("two\n\nthr"), ["one two", ""]);
        assert_eq!(words.rest().as_deref(), Some("thr"));
        assert_eq!(words.rest(), None);
        let long = "ä word ".repeat(1_000);
        let lines = words.push(&long);
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        assert!(lines.iter().all(|line| line.ends_with(' ')), "{lines:?}");
        assert_eq!(lines.concat() + &words.rest().unwrap(), long);
        let one = "x".repeat(WIDTH + 1);
        assert_eq!(words.push(&one), ["x".repeat(WIDTH)]);
    }
}
