//! Which commits each space was shown, read off the log: what was shown twice, and what never.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jolli::api::{Event, SpaceId};

use super::world::short;

/// A history as it was made: each commit and the one before it.
#[derive(Default)]
pub struct History(Vec<(String, Option<String>)>);

impl History {
    /// Notes a commit.
    pub fn add(&mut self, sha: &str, parent: Option<&str>) {
        self.0.push((sha.to_owned(), parent.map(str::to_owned)));
    }

    /// A commit and all before it.
    pub fn line(&self, head: &str) -> BTreeSet<&str> {
        let mut line = BTreeSet::new();
        let mut next = Some(head);
        while let Some(sha) = next {
            let (sha, parent) = self
                .0
                .iter()
                .find(|(known, _)| known == sha)
                .unwrap_or_else(|| panic!("nobody made {sha}"));
            line.insert(sha.as_str());
            next = parent.as_deref();
        }
        line
    }

    /// The commits of a run: all that lead to `head` and not to `base`.
    fn range(&self, base: Option<&str>, head: &str) -> BTreeSet<&str> {
        let mut range = self.line(head);
        if let Some(base) = base {
            for sha in self.line(base) {
                range.remove(sha);
            }
        }
        range
    }

    /// The commit that a screen shows so.
    fn named(&self, shown: &str) -> &str {
        let mut all = self.0.iter().map(|(sha, _)| sha.as_str());
        all.find(|sha| short(sha) == shown)
            .unwrap_or_else(|| panic!("nobody made {shown}"))
    }
}

/// What the log says of a history.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Commits that a space was shown again.
    pub twice: Vec<String>,
    /// Commits of the branch that a space was not shown.
    pub never: Vec<String>,
    /// Moves of the cursor that do not start where the one before ended.
    pub torn: Vec<String>,
}

fn text<'e>(event: &'e Event, field: &str) -> Option<&'e str> {
    event.payload[field].as_str()
}

/// Goes through the log. A push among `forced` takes back what its new head does not lead to: after it, and only then,
/// such commits may be shown again.
pub fn audit(
    history: &History,
    events: &[Event],
    forced: &[&str],
    spaces: &[SpaceId],
    head: &str,
) -> Audit {
    let mut found = Audit::default();
    // What the present attempt of each run is about, and what each space has seen.
    let mut runs: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    let mut shown: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let mut cursor: Option<&str> = None;
    for event in events {
        let job = event.stream_id.as_str();
        match event.event_type.as_str() {
            "job.started" => {
                runs.remove(job);
            }
            "job.step-finished"
                if text(event, "step") == Some("checkout")
                    && text(event, "status") == Some("succeeded") =>
            {
                let to = history.named(text(event, "detail").expect("a checkout says of what"));
                runs.insert(job, history.range(text(event, "baseSha"), to));
            }
            "job.space-finished"
                if matches!(text(event, "status"), Some("updated" | "unchanged")) =>
            {
                let space = event.payload["spaceId"]
                    .as_i64()
                    .expect("it names its space");
                let seen = shown.entry(space).or_default();
                for sha in runs.get(job).into_iter().flatten().copied() {
                    if !seen.insert(sha) {
                        let sha = short(sha);
                        found
                            .twice
                            .push(format!("{sha} to space {space} by #{job}"));
                    }
                }
            }
            "source.cursor-advanced" => {
                if text(event, "from") != cursor {
                    found
                        .torn
                        .push(format!("{:?} after {cursor:?}", event.payload));
                }
                cursor = text(event, "to");
                if let Some(to) = cursor.filter(|to| forced.contains(to)) {
                    let line = history.line(to);
                    for seen in shown.values_mut() {
                        seen.retain(|sha| line.contains(sha));
                    }
                }
            }
            _ => {}
        }
    }
    for space in spaces {
        let seen = shown.remove(&space.0).unwrap_or_default();
        for sha in history.line(head).difference(&seen) {
            found.never.push(format!("{} to space {space}", short(sha)));
        }
    }
    found
}

#[test]
fn what_is_left_out_and_what_comes_again_is_found() {
    use jolli::api::{ActorKind, EventActor, Sequence};
    use jolli::base::Timestamp;
    use serde_json::{Value, json};

    let event = |kind: &str, stream: &str, payload: Value| Event {
        sequence: Sequence(1),
        event_id: String::new(),
        aggregate_kind: kind.split('.').next().unwrap_or_default().to_owned(),
        stream_id: stream.to_owned(),
        stream_version: 0,
        event_type: kind.to_owned(),
        occurred_at: Timestamp::from_millis(0),
        recorded_at: Timestamp::from_millis(0),
        command_id: None,
        causation_event_id: None,
        correlation_id: None,
        actor: EventActor {
            kind: ActorKind::System,
            id: String::new(),
        },
        payload,
        metadata: Value::Null,
    };
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|digit| digit.repeat(40));
    let mut history = History::default();
    history.add(&a, None);
    history.add(&b, Some(&a));
    history.add(&c, Some(&b));
    history.add(&d, Some(&a));
    let run = |job: &str, base: &str, head: &str| {
        let checkout = json!({ "step": "checkout", "status": "succeeded", "detail": short(head), "baseSha": base });
        vec![
            event("job.started", job, json!({})),
            event("job.step-finished", job, checkout),
            event(
                "job.space-finished",
                job,
                json!({ "spaceId": 1, "status": "updated" }),
            ),
        ]
    };
    let moved = |from: Value, to: &str| {
        event(
            "source.cursor-advanced",
            "1",
            json!({ "from": from, "to": to }),
        )
    };
    let spaces = [SpaceId(1)];
    let skips = [run("1", &a, &b), vec![moved(Value::Null, &b)]].concat();
    let seen = audit(&history, &skips, &[], &spaces, &c);
    assert_eq!(seen.never, ["aaaaaaa to space 1", "ccccccc to space 1"]);
    let again = [skips.clone(), run("2", &a, &c), vec![moved(json!(a), &c)]].concat();
    let seen = audit(&history, &again, &[], &spaces, &c);
    assert_eq!(seen.twice, ["bbbbbbb to space 1 by #2"]);
    assert_eq!(seen.torn.len(), 1);
    // A forced push to `d` takes back what does not lead there; forced back, `b` is new.
    let back = [
        skips,
        run("2", &a, &d),
        vec![moved(json!(b), &d)],
        run("3", &a, &b),
    ]
    .concat();
    assert_eq!(
        audit(&history, &back, &[d.as_str()], &spaces, &b).twice,
        [""; 0]
    );
    assert_eq!(audit(&history, &back, &[], &spaces, &b).twice.len(), 1);
}
