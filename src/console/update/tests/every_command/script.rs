//! Situations as lines of words: how the console comes to where a command can be given, or cannot.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::super::testing::*;
use super::super::conversing::{session, thread, turn};
use super::super::past::{event, told};
use super::super::threads::thread_with;
use crate::api::{Call, Diagnosis, EventPage, LogLine, Sequence, Snapshot, Token};
use crate::console::command::CommandId;
use crate::console::effect::{Ask, Effect};
use crate::console::model::{Model, ProfileRow, ReqId, Told};
use crate::console::msg::{Answer, Edited, Failure, FailureKind, Feed, Msg, Timer};
use crate::console::view::fixture::pages;

/// A console, and the questions of it that nobody answered yet.
pub(super) struct Scene {
    pub model: Model,
    pub effects: Vec<Effect>,
    open: Vec<(ReqId, Ask)>,
}

/// The small world, and what it lacks: deliveries, a catch-up, an integration with a credential whose secret is being rotated,
/// findings with remedies of every kind.
fn rows() -> Snapshot {
    let mut rows = snapshot();
    let delivery = |id: i64, status: &str| {
        serde_json::from_value(json!({
            "id": id, "integrationId": 12, "provider": "github", "event": "push", "deliveryId": format!("d-{id}"),
            "status": status, "reason": "ignored:other-branch", "ref": "refs/heads/x", "before": null,
            "after": null, "jobIds": [], "duplicateOf": null, "receivedAt": format!("2026-11-21T13:5{id}:00.000Z"),
        }))
        .unwrap()
    };
    rows.deliveries = vec![delivery(8, "ignored"), delivery(7, "rejected")];
    let mut catch_up = job(80, 3, "succeeded", &[]);
    catch_up["kind"] = json!("catch-up");
    catch_up["headSha"] = json!(null);
    rows.jobs.push(serde_json::from_value(catch_up).unwrap());
    let old = &mut rows.integrations[1];
    old.credential = serde_json::from_value(json!({
        "user": "x-access-token", "fingerprint": "0badcafe", "setAt": "2026-08-02T09:14:00.000Z",
    }))
    .unwrap();
    old.previous_secret_valid_until = Some("2026-11-21T14:30:00.000Z".parse().unwrap());
    rows.conflicts = serde_json::from_value(json!([{
        "code": "ambiguous-source", "severity": "error", "message": "Two of one name.",
        "spaceId": null, "sourceName": "frontend", "sourceId": 2, "sourceKind": "true",
        "places": [{ "docPath": "docs/a.md", "line": 4, "pattern": "src/**" }], "nearNames": [],
        "remedies": [
            { "label": "Remove the local entry", "command": "jolli source remove frontend --local-only", "action": null },
        ],
    }]))
    .unwrap();
    rows
}

/// Why `frontend` stands, with so many ways on: the first resumes a queue.
fn diagnosis() -> Diagnosis {
    let mut told = pages::diagnosis();
    let first = &mut told.findings[0];
    let mut action = first.next_action.clone().expect("a remedy is suggested");
    action.command = "queue-resume".to_owned();
    action.call = Some(Call {
        method: "POST".to_owned(),
        path: "/queues/cli-impact/resume".to_owned(),
        body: Value::Null,
        if_match: None,
    });
    first.next_action = Some(action.clone());
    action.command = "run-retry".to_owned();
    first.other_actions = vec![action; 8];
    told
}

/// The token in use and another one.
fn tokens() -> Vec<Token> {
    let token = |id: i64, name: &str, role: &str| {
        json!({
            "id": id, "name": name, "role": role, "createdAt": "2026-08-02T09:14:00.000Z",
            "expiresAt": null, "lastUsedAt": null,
        })
    };
    serde_json::from_value(json!([
        token(1, "ana", "admin"),
        token(2, "bo", "operator")
    ]))
    .unwrap()
}

/// The profile in use, another one, and one that is in no file.
fn profiles() -> Vec<ProfileRow> {
    let profile = |name: &str, kept: bool| ProfileRow {
        name: name.to_owned(),
        server: format!("https://{name}.example"),
        label: format!("{name}.example"),
        kept,
        ..ProfileRow::default()
    };
    vec![
        profile("acme", true),
        profile("globex", true),
        profile("here", false),
    ]
}

fn log() -> Vec<LogLine> {
    let line = |seq: i64, message: &str| {
        serde_json::from_value(json!({
            "seq": seq, "at": "2026-11-21T14:01:50.000Z", "level": "info", "step": null, "spaceId": null,
            "message": message,
        }))
        .unwrap()
    };
    vec![
        line(1, "pushed 2 documents"),
        line(2, "pulled"),
        line(3, "pushed 1 document"),
    ]
}

/// A moment of the past, with what happened right before and after it.
fn moment(at: i64) -> Box<Told> {
    let mut moment = told(at);
    moment.before = (1..=at)
        .rev()
        .take(20)
        .map(|it| event(it, "source", "2", "source.updated"))
        .collect();
    moment.after = (at + 1..=1842).take(20).map(Sequence).collect();
    moment
}

/// What the server answers: plainly, and always.
fn answer(ask: &Ask, thread: &Value) -> Option<Answer> {
    Some(match ask {
        Ask::Effect(_) => Answer::Effect(Box::new(
            serde_json::from_value(json!({
                "before": null, "after": null, "consequences": [], "undo": null, "undoNote": "",
            }))
            .unwrap(),
        )),
        Ask::Diagnosis(_) => Answer::Diagnosis(Box::new(diagnosis())),
        Ask::RunLog(_, 0) => Answer::Log(log()),
        Ask::Thread(_) if !thread.is_null() => {
            Answer::Thread(Box::new(serde_json::from_value(thread.clone()).unwrap()))
        }
        Ask::TurnDiff(..) => Answer::TurnDiff(Box::default()),
        Ask::Log(query) if query.stream.is_none() => Answer::Events(Box::new(EventPage {
            events: vec![
                event(1842, "source", "2", "source.updated"),
                event(1841, "org", "1", "org.created"),
            ],
            next_sequence: None,
        })),
        Ask::Moment(at) => Answer::Moment(moment(at.0)),
        Ask::Tokens => Answer::Tokens(tokens()),
        Ask::Profiles => Answer::Profiles(profiles()),
        Ask::SignIn(_) => Answer::SignedIn(Box::new(me("admin"))),
        _ => return None,
    })
}

/// A thread with an approval that waits, in a turn under way, in a session.
fn busy_thread() -> Value {
    let mut value = serde_json::to_value(thread_with(&[("7", "pending")])).unwrap();
    value["session"] = session("running", Some("t2"));
    value
}

impl Scene {
    /// A console on the small world, of an admin, after these words: keys, `'text` typed (`_` is a space), `told` where the
    /// server answers what was asked, `accepted` where it takes a change (`accepted-for-good`: that nothing takes back), `seen` where a question was read, `signed-out`
    /// where the token is accepted no longer, and a thread, opened: `thread:busy` or `thread:over`.
    pub fn after(words: &str) -> Self {
        let mut scene = Self {
            model: empty(),
            effects: Vec::new(),
            open: Vec::new(),
        };
        if words == "nothing" {
            return scene;
        }
        scene.model.flow.session_key = "s".into();
        scene.model.session.in_project = true;
        scene.model.session.profile = "acme".into();
        scene.take(Msg::Feed(Feed::Me(Box::new(me("admin")))));
        scene.take(Msg::Feed(Feed::Snapshot(Box::new(rows().into()))));
        scene.go(words);
        scene.effects.clear();
        scene
    }

    /// Goes on with more words.
    pub fn go(&mut self, words: &str) {
        for word in words.split_whitespace() {
            match word {
                "told" => self.told(&Value::Null),
                "accepted" => self.accepted(true),
                "accepted-for-good" => self.accepted(false),
                "seen" => self.take(Msg::Timer(Timer::Guard)),
                "read-only" => self.run(CommandId::ReadOnly),
                "signed-out" => self.signed_out(),
                "edited" => self.edited(),
                "thread:busy" => self.thread(&busy_thread()),
                "thread:over" => self.thread(&thread(2, &[])),
                "thread:new" => self.thread(&thread(0, &[turn(1, "pending", None)])),
                text if text.starts_with('\'') => {
                    let effects = type_text(&mut self.model, &text[1..].replace('_', " "));
                    self.note(effects);
                }
                key => {
                    let effects = press(&mut self.model, key);
                    self.note(effects);
                }
            }
        }
    }

    /// Runs a command, as the palette does.
    pub fn run(&mut self, command: CommandId) {
        self.take(Msg::Command(command));
    }

    fn take(&mut self, msg: Msg) {
        let effects = take(&mut self.model, msg);
        self.note(effects);
    }

    fn note(&mut self, effects: Vec<Effect>) {
        self.open.extend(asked(&effects));
        self.effects.extend(effects);
    }

    /// The changes sent since the situation began.
    pub fn sent(&self) -> Vec<Call> {
        let changes = asked(&self.effects).into_iter();
        changes
            .filter_map(|(_, ask)| match ask {
                Ask::Change { call, .. } => Some(call),
                _ => None,
            })
            .collect()
    }

    /// What was changed of the user's own since the situation began: profiles, and the token that is kept.
    pub fn own(&self) -> Vec<Ask> {
        let own = |it: &Ask| matches!(it, Ask::ProfileChange(_) | Ask::SignOut);
        let all = asked(&self.effects).into_iter();
        all.map(|(_, ask)| ask).filter(own).collect()
    }

    fn told(&mut self, thread: &Value) {
        let open = std::mem::take(&mut self.open);
        for (request, ask) in open {
            match answer(&ask, thread) {
                Some(answer) => self.take(Msg::Reply(request, Ok(answer))),
                None => self.open.push((request, ask)),
            }
        }
    }

    /// The server takes every change, and says how each is taken back unless nothing does. What is said to a thread has no such answer.
    fn accepted(&mut self, undo: bool) {
        let open = std::mem::take(&mut self.open);
        for (request, ask) in open {
            let Ask::Change { call, .. } = &ask else {
                self.open.push((request, ask));
                continue;
            };
            let undo = match call.path.as_str() {
                _ if !undo => Value::Null,
                "/orchestration/dispatchCommand" => Value::Null,
                path => {
                    json!({ "label": "back", "calls": [{ "method": "POST", "path": path, "body": {} }] })
                }
            };
            let effects = accept(&mut self.model, request, Value::Null, undo);
            self.note(effects);
        }
    }

    fn thread(&mut self, thread: &Value) {
        self.take(Msg::OpenLink("thread/job-90-space-1".to_owned()));
        self.told(thread);
        self.take(Msg::Timer(Timer::Guard));
    }

    fn signed_out(&mut self) {
        let failure = Failure {
            kind: FailureKind::SignedOut,
            text: "expired 2h ago".into(),
            unsure: false,
        };
        self.take(Msg::Feed(Feed::Down {
            failure,
            retry_in: Duration::from_secs(1),
            attempt: 1,
        }));
    }

    /// The operator's editor gives the text back with another name in it.
    fn edited(&mut self) {
        let text = self.effects.iter().find_map(|it| match it {
            Effect::Edit { text, .. } => Some(text.replace("\"backend\"", "\"back\"")),
            _ => None,
        });
        let text = text.expect("the editor was asked for");
        let path = "/tmp/jolli-x.toml".into();
        self.take(Msg::Edited(Ok(Edited { text, path })));
    }
}
