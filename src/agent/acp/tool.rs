//! The tools that an agent uses and the plan that it has, as people are shown them; each so long and no longer.

use std::path::{Path, PathBuf};

use agent_client_protocol::v1::schema::{
    ContentBlock, EmbeddedResourceResource, Plan, PlanEntryPriority, PlanEntryStatus, ToolCall,
    ToolCallContent, ToolCallStatus, ToolCallUpdate, ToolCallUpdateFields, ToolKind,
};
use serde_json::Value;

use super::files::Files;
use super::{Diff, PlanEntry, Tool, ToolStatus};

/// Uses of tools that are remembered; the oldest are forgotten.
const REMEMBERED: usize = 64;
/// Bytes of what came of a tool.
const OUTPUT: usize = 64 << 10;
/// Bytes of all texts of the changes of a tool.
const CHANGED: usize = 1 << 20;
/// Changes and files of a tool, and steps of a plan.
const MANY: usize = 200;
/// Bytes of a line.
const LINE: usize = 2_000;
/// Bytes of a path: no system has longer ones.
const PATH: usize = 4_096;
/// Bytes of a command. Who is to allow it sees it whole.
const COMMAND: usize = 32 << 10;

/// The uses of tools of a session, the newest last.
#[derive(Debug, Default)]
pub(super) struct Tools(Vec<Use>);

/// A use of a tool.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub tool: Tool,
    /// The files that it changes, as it named them.
    changed: Vec<PathBuf>,
    /// The files that it is at.
    at: Vec<PathBuf>,
    /// The command that it runs, where it says so.
    pub command: Option<String>,
}

impl Tools {
    /// An agent begins to use a tool.
    pub(super) fn call(&mut self, call: ToolCall, files: &Files) -> Use {
        let fields = ToolCallUpdateFields::new()
            .kind(call.kind)
            .status(call.status)
            .title(call.title)
            .content(call.content)
            .locations(call.locations)
            .raw_input(call.raw_input);
        self.update(ToolCallUpdate::new(call.tool_call_id, fields), files)
    }

    /// It got further, perhaps with one that nobody has heard of; what is not said stays.
    pub(super) fn update(&mut self, update: ToolCallUpdate, files: &Files) -> Use {
        let id = cut(&update.tool_call_id.0, LINE);
        let known = self.0.iter().position(|known| known.tool.id == id);
        let mut one = match known {
            Some(at) => self.0.remove(at),
            None => Use::new(id),
        };
        one.tool.status = match update.fields.status {
            Some(ToolCallStatus::Completed) => ToolStatus::Completed,
            Some(ToolCallStatus::Failed) => ToolStatus::Failed,
            _ if known.is_none() => ToolStatus::Started,
            _ => ToolStatus::Updated,
        };
        one.take(update.fields, files);
        let now = one.clone();
        if matches!(one.tool.status, ToolStatus::Completed | ToolStatus::Failed) {
            // It is known by its name, should more come.
            one.tool.output = String::new();
            one.tool.diffs = Vec::new();
        }
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(one);
        now
    }
}

impl Use {
    /// The files that it is about, as the agent named them.
    pub(super) fn named(&self) -> impl Iterator<Item = &PathBuf> {
        self.changed.iter().chain(&self.at)
    }

    fn new(id: &str) -> Self {
        Self {
            tool: Tool {
                id: id.to_owned(),
                title: String::new(),
                kind: kind_word(ToolKind::Other),
                status: ToolStatus::Started,
                paths: Vec::new(),
                output: String::new(),
                diffs: Vec::new(),
            },
            changed: Vec::new(),
            at: Vec::new(),
            command: None,
        }
    }

    fn take(&mut self, fields: ToolCallUpdateFields, files: &Files) {
        let tool = &mut self.tool;
        if let Some(kind) = fields.kind {
            tool.kind = kind_word(kind);
        }
        if let Some(title) = fields.title {
            cut(&title, LINE).clone_into(&mut tool.title);
        }
        if let Some(command) = fields.raw_input.as_ref().and_then(command) {
            self.command = Some(command);
        }
        if let Some(content) = fields.content {
            tool.output.clear();
            tool.diffs.clear();
            self.changed.clear();
            let mut room = CHANGED;
            for part in content {
                match part {
                    ToolCallContent::Content(content) => {
                        if !tool.output.is_empty() {
                            tool.output.push('\n');
                        }
                        let left = OUTPUT.saturating_sub(tool.output.len());
                        tool.output.push_str(cut(text(&content.content), left));
                    }
                    ToolCallContent::Diff(diff) if tool.diffs.len() < MANY && fits(&diff.path) => {
                        let mut is_cut = false;
                        let mut shown = |text: &str| {
                            let kept = cut(text, room);
                            room -= kept.len();
                            is_cut |= kept.len() < text.len();
                            kept.to_owned()
                        };
                        let old = diff.old_text.as_deref().map(&mut shown);
                        let new = shown(&diff.new_text);
                        tool.diffs.push(Diff {
                            path: files.shown(&diff.path),
                            old,
                            new,
                            cut: is_cut,
                        });
                        self.changed.push(diff.path);
                    }
                    _ => {}
                }
            }
        }
        if let Some(locations) = fields.locations {
            let paths = locations.into_iter().map(|location| location.path);
            self.at = paths.filter(|path| fits(path)).take(MANY).collect();
        }
        let mut paths: Vec<String> = self.named().map(|path| files.shown(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        self.tool.paths = paths;
    }
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= PATH
}

/// The command of a tool that runs one.
fn command(input: &Value) -> Option<String> {
    let mut line = match input.get("command").or_else(|| input.get("cmd"))? {
        Value::String(line) => line.clone(),
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words?.join(" ")
        }
        _ => return None,
    };
    if line.len() > COMMAND {
        let more = line.len() - COMMAND;
        line = format!(
            "{}… (and {more} bytes that are not shown)",
            cut(&line, COMMAND)
        );
    }
    Some(line)
}

fn kind_word(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Read => "read",
        ToolKind::Edit => "edit",
        ToolKind::Delete => "delete",
        ToolKind::Move => "move",
        ToolKind::Search => "search",
        ToolKind::Execute => "execute",
        ToolKind::Think => "think",
        ToolKind::Fetch => "fetch",
        ToolKind::SwitchMode => "switch_mode",
        _ => "other",
    }
}

/// What an agent means to do.
pub(super) fn plan(plan: Plan) -> Vec<PlanEntry> {
    let entry = |entry: agent_client_protocol::v1::schema::PlanEntry| PlanEntry {
        content: cut(&entry.content, LINE).to_owned(),
        priority: match entry.priority {
            PlanEntryPriority::High => "high",
            PlanEntryPriority::Low => "low",
            _ => "medium",
        },
        status: match entry.status {
            PlanEntryStatus::InProgress => "in_progress",
            PlanEntryStatus::Completed => "completed",
            _ => "pending",
        },
    };
    plan.entries.into_iter().take(MANY).map(entry).collect()
}

/// What a block says; what is no text is named.
pub(super) fn text(block: &ContentBlock) -> &str {
    match block {
        ContentBlock::Text(text) => &text.text,
        ContentBlock::ResourceLink(link) => &link.uri,
        ContentBlock::Resource(resource) => match &resource.resource {
            EmbeddedResourceResource::TextResourceContents(text) => &text.text,
            EmbeddedResourceResource::BlobResourceContents(blob) => &blob.uri,
            _ => "[resource]",
        },
        ContentBlock::Image(_) => "[image]",
        ContentBlock::Audio(_) => "[audio]",
        _ => "[something that cannot be shown]",
    }
}

/// So much of a text as fits, in whole characters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
