//! What a person writes to an agent, in several lines: the next instruction of a thread, or the answers to what it asks.

use serde_json::{Map, Value, json};
use tui_textarea::{CursorMove, DataCursor, TextArea};

use crate::api::orchestration::ThreadActivity;
use crate::api::{Call, RequestId, ThreadId};

/// The longest text that the server takes at once, in characters (orchestration.md: turns).
pub const LONGEST: usize = 120_000;

/// Several lines of text being typed.
#[derive(Clone, Debug, Default)]
pub struct TextBox(TextArea<'static>);

/// The same text with the caret at the same place; what could be undone in it is nobody else's business.
impl PartialEq for TextBox {
    fn eq(&self, other: &Self) -> bool {
        self.0.lines() == other.0.lines() && self.caret() == other.caret()
    }
}

/// Where the caret goes, or what goes at the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A new line begins.
    Line,
    /// The character before the caret.
    Backspace,
    /// The character after it.
    Delete,
    /// The word before it.
    DeleteWord,
    /// Everything before it in its line.
    DeleteToStart,
    /// Everything after it in its line.
    DeleteToEnd,
    /// One character left.
    Left,
    /// One character right.
    Right,
    /// A line up.
    Up,
    /// A line down.
    Down,
    /// To the start of the line.
    Home,
    /// To its end.
    End,
    /// To the start of the first line.
    Top,
    /// To the end of the last one.
    Bottom,
}

impl TextBox {
    /// The lines, at least one.
    pub fn lines(&self) -> &[String] {
        self.0.lines()
    }

    /// What is typed.
    pub fn text(&self) -> String {
        self.0.lines().join("\n")
    }

    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        self.0.lines().iter().all(|line| line.trim().is_empty())
    }

    /// How many characters it has, line ends among them.
    pub fn characters(&self) -> usize {
        let lines = self.0.lines();
        lines.iter().map(|it| it.chars().count()).sum::<usize>() + lines.len().saturating_sub(1)
    }

    /// The line of the caret, and how many characters of it stand before the caret.
    pub fn caret(&self) -> (usize, usize) {
        let DataCursor(line, column) = self.0.cursor();
        (line, column)
    }

    /// Types text with its lines. Other control characters have no place in a message and become spaces.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .replace("\r\n", "\n")
            .chars()
            .map(|c| match c {
                '\r' => '\n',
                '\n' | '\t' => c,
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        self.0.insert_str(clean);
    }

    /// Takes another text in place of what is there; the caret goes to its end.
    pub fn replace(&mut self, text: &str) {
        *self = Self::default();
        self.insert(text);
    }

    /// Does what a key means.
    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Line => self.0.insert_newline(),
            Edit::Backspace => drop(self.0.delete_char()),
            Edit::Delete => drop(self.0.delete_next_char()),
            Edit::DeleteWord => drop(self.0.delete_word()),
            Edit::DeleteToStart => drop(self.0.delete_line_by_head()),
            Edit::DeleteToEnd => drop(self.0.delete_line_by_end()),
            Edit::Left => self.0.move_cursor(CursorMove::Back),
            Edit::Right => self.0.move_cursor(CursorMove::Forward),
            Edit::Up => self.0.move_cursor(CursorMove::Up),
            Edit::Down => self.0.move_cursor(CursorMove::Down),
            Edit::Home => self.0.move_cursor(CursorMove::Head),
            Edit::End => self.0.move_cursor(CursorMove::End),
            Edit::Top => {
                self.0.move_cursor(CursorMove::Top);
                self.0.move_cursor(CursorMove::Head);
            }
            Edit::Bottom => {
                self.0.move_cursor(CursorMove::Bottom);
                self.0.move_cursor(CursorMove::End);
            }
        }
    }
}

/// One thing that is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// The id of the question that it answers; empty: it is an instruction.
    pub id: String,
    /// What is asked.
    pub asked: String,
    /// What may be answered, in the agent's own words; any other answer is one too.
    pub choices: Vec<String>,
    /// What is typed.
    pub text: TextBox,
}

/// What is written to an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// Of which thread.
    pub thread: ThreadId,
    /// The question that it answers; `None`: it begins a turn.
    pub answers: Option<RequestId>,
    /// `Instruction · SDK Reference`.
    pub title: String,
    /// What is typed, one part for each question.
    pub parts: Vec<Part>,
    /// The part that is typed into.
    pub focus: usize,
    /// Why it was not sent.
    pub problem: Option<String>,
    /// As it was sent, while there is no answer.
    pub sent: Option<Call>,
}

impl Writing {
    /// Whether both are about the same.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.thread, &self.answers) == (&other.thread, &other.answers)
    }

    /// The part that is typed into.
    pub fn part(&self) -> Option<&Part> {
        self.parts.get(self.focus)
    }

    /// The same, to type into.
    pub fn part_mut(&mut self) -> Option<&mut Part> {
        self.parts.get_mut(self.focus)
    }

    /// Whether nothing is typed in any part.
    pub fn is_blank(&self) -> bool {
        self.parts.iter().all(|part| part.text.is_blank())
    }

    /// Question id → answer, as the contract has it.
    pub fn answers(&self) -> Value {
        let answers: Map<String, Value> = self
            .parts
            .iter()
            .map(|part| (part.id.clone(), json!(part.text.text().trim())))
            .collect();
        Value::Object(answers)
    }

    /// Why it cannot be sent as it is, and the part that this is about.
    pub fn fault(&self) -> Option<(usize, String)> {
        let blank = self.parts.iter().position(|it| it.text.is_blank());
        if let Some(place) = blank {
            let words = if self.answers.is_none() {
                tr!("The instruction says nothing. Write what the agent shall do.")
            } else if self.parts.len() > 1 {
                tr!("This question has no answer yet. Tab goes from one to the next.")
            } else {
                tr!("The answer says nothing. Write what the agent asks for.")
            };
            return Some((place, words.to_owned()));
        }
        let long = |part: &Part| part.text.characters() > LONGEST;
        let place = self.parts.iter().position(long)?;
        let over = self.parts[place].text.characters() - LONGEST;
        Some((
            place,
            tr!(
                "Longer than 120,000 characters, by {over}. Shorten it.",
                over
            ),
        ))
    }
}

/// The questions of a request for words: those that the agent's payload lists, else the one that it put in a sentence.
pub fn parts_of(asked: Option<&ThreadActivity>, detail: Option<&str>) -> Vec<Part> {
    let payload = asked.map_or(&Value::Null, |it| &it.payload);
    let text = |value: &Value, names: &[&str]| {
        let found = names.iter().find_map(|name| value[*name].as_str());
        found.map(|it| it.trim().to_owned()).unwrap_or_default()
    };
    let listed: Vec<Part> = payload["questions"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(place, question)| {
            let id = text(question, &["id", "questionId"]);
            let choices = question["options"].as_array();
            Part {
                // What has no id of its own is named by its place.
                id: if id.is_empty() {
                    (place + 1).to_string()
                } else {
                    id
                },
                asked: text(question, &["question", "text", "header", "label"]),
                choices: choices
                    .into_iter()
                    .flatten()
                    .map(|it| match it.as_str() {
                        Some(word) => word.to_owned(),
                        None => text(it, &["label", "value"]),
                    })
                    .filter(|it| !it.is_empty())
                    .collect(),
                text: TextBox::default(),
            }
        })
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    let said = detail
        .map(str::to_owned)
        .or_else(|| asked.map(|it| it.summary.clone()));
    vec![Part {
        id: "answer".to_owned(),
        asked: said.unwrap_or_default(),
        ..Part::default()
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_lines_and_no_other_control_character() {
        let mut text = TextBox::default();
        text.insert("one\r\ntwo\rthree\u{7}\u{1b}[31m\tend");
        assert_eq!(text.text(), "one\ntwo\nthree  [31m\tend");
        assert_eq!(text.caret(), (2, 15));
        text.edit(Edit::Home);
        text.edit(Edit::Backspace);
        assert_eq!(text.lines(), ["one", "twothree  [31m\tend"]);
        assert_eq!(text.characters(), 3 + 1 + 18);
        text.edit(Edit::Top);
        text.edit(Edit::DeleteToEnd);
        text.edit(Edit::Line);
        assert!(!text.is_blank());
    }

    #[test]
    fn what_says_nothing_or_too_much_is_told_and_where() {
        let mut writing = Writing {
            thread: "t".parse().unwrap(),
            answers: None,
            title: String::new(),
            parts: vec![Part::default(), Part::default()],
            focus: 0,
            problem: None,
            sent: None,
        };
        writing.parts[0].text.insert(&"ü".repeat(LONGEST));
        assert_eq!(writing.fault().unwrap().0, 1);
        writing.parts[1].text.insert(" \n ");
        assert_eq!(writing.fault().unwrap().0, 1);
        writing.parts[1].text.insert("x");
        assert_eq!(writing.fault(), None);
        writing.parts[0].text.insert("12");
        let (place, words) = writing.fault().unwrap();
        assert_eq!(place, 0);
        assert_eq!(words, "Longer than 120,000 characters, by 2. Shorten it.");
    }

    #[test]
    fn questions_are_read_as_the_agent_lists_them() {
        let activity = |payload: Value| -> ThreadActivity {
            serde_json::from_value(json!({
                "id": "a", "tone": "approval", "kind": "user-input.requested", "summary": "asks", "payload": payload,
                "turnId": null, "createdAt": "2026-11-21T14:01:58.000Z",
            }))
            .unwrap()
        };
        let two = activity(json!({ "requestId": "7", "questions": [
            { "id": "tone", "question": "Which tone?", "options": ["plain", { "label": "formal" }] },
            { "header": "Anything else?" },
        ]}));
        let parts = parts_of(Some(&two), None);
        assert_eq!(parts[0].choices, ["plain", "formal"]);
        let ids: Vec<&str> = parts.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["tone", "2"]);
        let one = parts_of(Some(&activity(json!({}))), Some("Which tone?"));
        assert_eq!(
            (one[0].id.as_str(), one[0].asked.as_str()),
            ("answer", "Which tone?")
        );
    }
}
