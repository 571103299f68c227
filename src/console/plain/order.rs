//! From a line to what it asks for.

use crate::console::command::CommandId as C;
use crate::console::model::DeepLink;
use crate::console::query::closest;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing was typed.
    Nothing,
    /// A view by its link.
    View(String),
    /// The page in front, once more.
    Again,
    /// Who, where, how fresh.
    Status,
    /// The next rows.
    More,
    /// Choose this row of what was listed.
    Row(usize),
    /// A command on the binding of this space and source.
    Binding(C, String, String),
    /// A command, on this source or run where one is named.
    Command(C, Option<String>),
    /// A command with what stands behind it.
    With(C, String),
    /// Answer the question at this place of the list of approvals.
    Answer(C, usize),
    /// Changes are told as they happen, or not.
    Watch(bool),
    /// What can be ordered.
    Help(String),
    /// End.
    Quit,
}

/// The orders that are no command of the registry: word, how it is written, what it does.
pub const ORDERS: &[(&str, &str, &str)] = &[
    (
        "sources",
        text!("sources [FILTER]"),
        text!("the sources, such as: sources kind:virtual"),
    ),
    ("stuck", "stuck", text!("the sources that are stuck")),
    (
        "bindings",
        text!("bindings [FILTER]"),
        text!("which spaces watch which sources"),
    ),
    (
        "cursors",
        text!("cursors [FILTER]"),
        text!("where each source's cursor stands"),
    ),
    ("runs", text!("runs [FILTER]"), text!("recent runs")),
    (
        "deliveries",
        text!("deliveries [FILTER]"),
        text!("what webhooks brought"),
    ),
    ("integrations", "integrations", text!("integrations")),
    ("tokens", "tokens", text!("tokens, for admins")),
    (
        "info",
        "info",
        text!("what this console is and where; log tells its own log"),
    ),
    ("events", text!("events [@NUMBER]"), text!("the event log")),
    (
        "pulse",
        "pulse",
        text!("what came, ran, failed and waits in the last day, and its runs over time"),
    ),
    (
        "xray",
        text!("xray [SOURCE]"),
        text!("sources, those in trouble first; a source unfolded to its spaces"),
    ),
    (
        "export",
        text!("export csv, json or md [FILE]"),
        text!("the list in front, here or to a file"),
    ),
    ("conflicts", "conflicts", text!("what strict mode finds")),
    (
        "approvals",
        "approvals",
        text!("what waits for an answer of a person"),
    ),
    (
        "allow",
        text!("allow NUMBER, allow-session NUMBER, decline NUMBER"),
        text!("answers a question of approvals"),
    ),
    ("source", text!("source NAME"), text!("a source")),
    (
        "why",
        text!("why NAME"),
        text!("why its cursor stands, and what would move it"),
    ),
    (
        "do",
        text!("do NUMBER"),
        text!("that remedy of why, after its effect and a yes"),
    ),
    (
        "open",
        text!("open LINK or RUN"),
        text!("a view by its link, or a run by its number"),
    ),
    (
        "row",
        text!("row NUMBER"),
        text!("chooses a row of what was listed; commands are about it"),
    ),
    ("more", "more", text!("the next rows")),
    (
        "link",
        text!("link NAME"),
        text!("links a virtual source, after a preview"),
    ),
    (
        "toggle",
        text!("toggle [SPACE] NAME"),
        text!("turns the binding of a space, or a source, on or off"),
    ),
    ("undo", "undo", text!("takes the last change back")),
    (
        "status",
        "status",
        text!("who you are, and how fresh the data is"),
    ),
    (
        "watch",
        text!("watch, watch off"),
        text!("tells changes as they happen"),
    ),
    (
        "help",
        text!("help [WORD]"),
        text!("this, or the commands that match"),
    ),
    ("quit", "quit", text!("ends")),
];

/// The words of a line; quotes keep blanks together.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut begun) = (String::new(), None, false);
    for c in line.chars() {
        match (quoted, c) {
            (Some(quote), c) if c == quote => quoted = None,
            (None, '"' | '\'') => (quoted, begun) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// What a line asks for; `Err`: nothing that there is, with what may have been meant.
pub fn parse(line: &str) -> Result<Order, String> {
    let words = words(line.trim().trim_start_matches(':'));
    let Some((first, rest)) = words.split_first() else {
        return Ok(Order::Nothing);
    };
    let all = rest.join(" ");
    let number = |what: &str| {
        let digits = all.trim_start_matches('#');
        digits
            .parse::<usize>()
            .ok()
            .filter(|it| *it > 0)
            .ok_or_else(|| tr!("{first} takes the number of {what}.", first, what))
    };
    let filtered = |view: &str| Order::View(DeepLink::to(view, "").with("filter", &all).text());
    let named = |view: &str| {
        if all.is_empty() {
            Err(tr!("{first} takes the name of a source.", first))
        } else {
            Ok(Order::View(DeepLink::to(view, &all).text()))
        }
    };
    Ok(match first.as_str() {
        "sources" | "cursors" | "runs" | "deliveries" | "integrations" | "conflicts"
        | "bindings" => filtered(first),
        "stuck" => Order::View("sources?filter=state:stuck".to_owned()),
        "approvals" | "pulse" | "tokens" | "info" | "log" => Order::View(first.clone()),
        "timeline" => Order::View("pulse".to_owned()),
        "xray" if all.is_empty() => Order::View("xray".to_owned()),
        "xray" => named("xray")?,
        "events" if all.is_empty() => Order::View("events".to_owned()),
        "events" => Order::View(format!("events/{all}")),
        "source" | "why" => named(first)?,
        "open" | "run" => match number(tr!("a run")) {
            Ok(run) => Order::View(format!("run/{run}")),
            Err(_) if !all.is_empty() => Order::View(all),
            Err(_) => Order::Again,
        },
        at if at.starts_with('@') && at.len() > 1 => Order::View(format!("events/{at}")),
        run if run.starts_with('#') && run.len() > 1 => Order::View(format!("run/{run}")),
        "show" => Order::Again,
        "status" => Order::Status,
        "more" => Order::More,
        "row" => Order::Row(number(tr!("a row"))?),
        "do" => {
            let n = number(tr!("a remedy, from 1 to 9"))?;
            let id = C::parse(&format!("remedy-{n}"));
            Order::Command(id.ok_or(tr!("There are remedies from 1 to 9."))?, None)
        }
        "allow" => Order::Answer(C::ApproveOnce, number(tr!("a question of approvals"))?),
        "allow-session" => {
            Order::Answer(C::ApproveSession, number(tr!("a question of approvals"))?)
        }
        "decline" => Order::Answer(C::Decline, number(tr!("a question of approvals"))?),
        "toggle" => match rest {
            [space, source] => Order::Binding(C::BindingToggle, space.clone(), source.clone()),
            [source] => Order::Command(C::SourceToggle, Some(source.clone())),
            _ => Order::Command(C::BindingToggle, None),
        },
        "profile" => Order::With(C::GoProfiles, all),
        "unbind" if rest.len() == 2 => Order::Binding(C::Unbind, rest[0].clone(), rest[1].clone()),
        "retry" => Order::Command(C::RunRetry, Some(all).filter(|it| !it.is_empty())),
        "watch" => Order::Watch(all != "off"),
        "help" | "?" => Order::Help(all),
        "quit" | "exit" => Order::Quit,
        word => match C::parse(word) {
            // Its steps are keys.
            Some(C::Tour) => {
                return Err(
                    tr!("The tour goes through the screen. help lists the orders.").to_owned(),
                );
            }
            Some(C::Jump) => {
                return Err(tr!(
                    "Letters stand at rows on the screen only. row NUMBER chooses a row."
                )
                .to_owned());
            }
            Some(C::Freeze) => {
                return Err(
                    tr!("Lines stand still by themselves. watch off tells no changes.").to_owned(),
                );
            }
            Some(C::Export) if all.is_empty() => {
                return Err(
                    tr!("export takes csv, json or md, and a file if it is to be one.").to_owned(),
                );
            }
            Some(id @ (C::Theme | C::Keymap | C::BugReport | C::Export)) => Order::With(id, all),
            // What it would show or write is a screen.
            Some(id @ C::ScreenDump) => Order::With(
                id,
                if all.is_empty() {
                    "text".to_owned()
                } else {
                    all
                },
            ),
            Some(id) => Order::Command(id, Some(all).filter(|it| !it.is_empty())),
            None => return Err(unknown(word)),
        },
    })
}

fn unknown(word: &str) -> String {
    let orders = ORDERS.iter().map(|(word, ..)| *word);
    let known: Vec<&str> = orders.chain(C::ALL.iter().map(|it| it.as_str())).collect();
    let near =
        closest(word, &known).map_or_else(String::new, |it| tr!(" Near: {near}.", near = it));
    tr!(
        "No order is called \"{word}\".{near} help lists them.",
        word,
        near
    )
}
