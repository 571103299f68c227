//! The pulse of the org: what came, what ran, what lags and what waits, as lines that each lead to what they count.

use super::load::Load;
use super::replica::Replica;
use super::timeline::Timeline;
use crate::api::{DeliveryStatus, JobStatus, Pulse, Queue, Runner, SourceId};
use crate::base::Timestamp;
use crate::console::ids::ListId;

/// The sources that are furthest behind: so many are named.
const WORST: usize = 5;
/// The sources of which most failed: so many are named.
const FAILING: usize = 6;

/// How far back is looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PulseWindow {
    /// An hour.
    Hour,
    /// A day.
    #[default]
    Day,
    /// A week.
    Week,
}

impl PulseWindow {
    /// Every window, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// As the server is asked.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// How long it is.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 24 * 3_600,
            Self::Week => 7 * 24 * 3_600,
        }
    }

    /// In how many slices: of two minutes, of an hour, of six hours.
    pub const fn slices(self) -> u32 {
        match self {
            Self::Hour => 30,
            Self::Day => 24,
            Self::Week => 28,
        }
    }

    /// The next longer one, or the next shorter one.
    pub fn step(self, longer: bool) -> Option<Self> {
        let place = Self::ALL.iter().position(|it| *it == self)?;
        let next = if longer {
            place + 1
        } else {
            place.checked_sub(1)?
        };
        Self::ALL.get(next).copied()
    }
}

/// What the server counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulseData {
    /// In the window.
    pub pulse: Pulse,
    /// Now.
    pub queues: Vec<Queue>,
    /// That were heard of in the last seven days.
    pub runners: Vec<Runner>,
}

/// The page of the pulse.
#[derive(Clone, Debug, PartialEq)]
pub struct PulseView {
    /// How far back is looked.
    pub window: PulseWindow,
    /// What was counted, of which window.
    pub counted: Load<(PulseWindow, PulseData)>,
    /// What is shown.
    pub lines: Vec<PulseLine>,
    /// The runs of the window over time.
    pub timeline: Timeline,
    /// Which part has the focus: the numbers or the timeline.
    pub focus: ListId,
}

/// What a line is about; it says which glyph it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PulseAbout {
    /// Webhooks.
    Delivery(DeliveryStatus),
    /// Runs.
    Run(JobStatus),
    /// Anything else.
    Plain,
    /// Something that should not be so.
    Trouble,
}

/// What `Enter` opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PulseTarget {
    /// Deliveries, filtered.
    Deliveries(String),
    /// All runs, filtered.
    Runs(String),
    /// Sources, filtered.
    Sources(String),
    /// Why this one stands.
    Why(SourceId),
    /// What waits for a person.
    Approvals,
    /// Nothing: no list shows these.
    Nowhere(&'static str),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulseLine {
    /// What it belongs to: `webhooks`.
    pub section: &'static str,
    /// What it is about.
    pub about: PulseAbout,
    /// `rejected`, or a name.
    pub label: String,
    /// How many; `None`: not known.
    pub count: Option<u64>,
    /// How many in each slice, oldest first; empty: it has no course.
    pub course: Vec<u32>,
    /// In words.
    pub note: String,
    /// What `Enter` opens.
    pub target: PulseTarget,
}

impl PulseView {
    /// A window that nothing is known of yet.
    pub fn new(window: PulseWindow, now: Timestamp) -> Self {
        Self {
            window,
            counted: Load::loading(),
            lines: Vec::new(),
            timeline: Timeline::new(window.seconds(), now),
            focus: ListId::Pulse,
        }
    }

    /// What was counted of the window that is shown.
    pub fn data(&self) -> Option<&PulseData> {
        let (window, data) = self.counted.value.as_ref()?;
        (*window == self.window).then_some(data)
    }

    /// Puts the lines together anew.
    pub fn lay_out(&mut self, replica: &Replica, now: Timestamp) {
        let data = self.data();
        let mut lines = came(data, self.window);
        lines.extend(ran(data, self.window));
        lines.extend(failed(data, replica, self.window));
        lines.extend(behind(replica, now));
        lines.extend(waits(data, now));
        self.lines = lines;
        self.timeline = Timeline {
            chosen: self.timeline.chosen,
            ..Timeline::new(self.window.seconds(), now)
        };
        self.timeline.lay_out(replica);
    }
}

fn course(counts: &[u64]) -> Vec<u32> {
    let cap = |n: &u64| u32::try_from(*n).unwrap_or(u32::MAX);
    counts.iter().map(cap).collect()
}

/// Webhooks, by what became of them.
fn came(data: Option<&PulseData>, window: PulseWindow) -> Vec<PulseLine> {
    let within = format!("age<{}", window.as_str());
    let all = data.map(|it| {
        let slices = it.pulse.deliveries.first().map_or(0, |it| it.counts.len());
        let sum = |n| {
            it.pulse
                .deliveries
                .iter()
                .filter_map(|of| of.counts.get(n))
                .sum::<u64>()
        };
        (0..slices).map(sum).collect::<Vec<u64>>()
    });
    let mut lines = vec![PulseLine {
        section: tr!("webhooks"),
        about: PulseAbout::Plain,
        label: tr!("received").to_owned(),
        count: all.as_ref().map(|it| it.iter().sum()),
        course: all.as_deref().map(course).unwrap_or_default(),
        note: String::new(),
        target: PulseTarget::Deliveries(within.clone()),
    }];
    lines.extend(DeliveryStatus::ALL.iter().map(|status| {
        let of = data.and_then(|it| it.pulse.deliveries.iter().find(|of| of.status == *status));
        PulseLine {
            section: tr!("webhooks"),
            about: PulseAbout::Delivery(*status),
            label: status.as_str().to_owned(),
            count: of.map(crate::api::DeliveryCounts::total),
            course: of.map(|it| course(&it.counts)).unwrap_or_default(),
            note: String::new(),
            target: PulseTarget::Deliveries(format!("state:{status} {within}")),
        }
    }));
    lines
}

/// Runs, by how they ended.
fn ran(data: Option<&PulseData>, window: PulseWindow) -> Vec<PulseLine> {
    let ends = JobStatus::ALL.iter().filter(|it| it.is_terminal());
    ends.map(|status| {
        let of = data.and_then(|it| it.pulse.runs.iter().find(|of| of.status == *status));
        PulseLine {
            section: tr!("runs"),
            about: PulseAbout::Run(*status),
            label: status.as_str().to_owned(),
            count: of.map(crate::api::RunCounts::total),
            course: of.map(|it| course(&it.counts)).unwrap_or_default(),
            note: String::new(),
            target: PulseTarget::Runs(format!("state:{status} age<{}", window.as_str())),
        }
    })
    .collect()
}

/// The sources of which most failed, with their spaces.
fn failed(data: Option<&PulseData>, replica: &Replica, window: PulseWindow) -> Vec<PulseLine> {
    let Some(data) = data else {
        return Vec::new();
    };
    let mut worst: Vec<_> = data.pulse.failures.iter().collect();
    worst.sort_by_key(|it| (std::cmp::Reverse(it.runs), it.source_id));
    let left = worst.len().saturating_sub(FAILING);
    let mut lines: Vec<PulseLine> = worst
        .into_iter()
        .take(FAILING)
        .map(|of| {
            let name = replica.source_name(of.source_id);
            let spaces = of.spaces.iter().map(|it| {
                let name = replica.space_name(it.space_id);
                if it.runs > 1 {
                    format!("{name} {}×", it.runs)
                } else {
                    name
                }
            });
            PulseLine {
                section: tr!("failures"),
                about: PulseAbout::Run(JobStatus::Failed),
                count: Some(of.runs),
                course: Vec::new(),
                note: spaces.collect::<Vec<_>>().join(", "),
                target: PulseTarget::Runs(format!(
                    "source:\"{name}\" state:failed age<{}",
                    window.as_str()
                )),
                label: name,
            }
        })
        .collect();
    if left > 0 {
        lines.push(PulseLine {
            section: tr!("failures"),
            about: PulseAbout::Run(JobStatus::Failed),
            label: tr!("other sources").to_owned(),
            count: Some(left as u64),
            course: Vec::new(),
            note: tr!("sources, not runs").to_owned(),
            target: PulseTarget::Runs(format!("state:failed age<{}", window.as_str())),
        });
    }
    lines
}

/// How far behind the cursors are, and which are furthest. The console has every source, so nothing is asked for it.
fn behind(replica: &Replica, now: Timestamp) -> Vec<PulseLine> {
    const LATE: [(&str, i64, i64, &str); 4] = [
        (text!("under 5m behind"), 0, 300, "lag>0 lag<5m"),
        (text!("under 1h"), 300, 3_600, "lag>=5m lag<1h"),
        (text!("under 1d"), 3_600, 86_400, "lag>=1h lag<1d"),
        (text!("a day or more"), 86_400, i64::MAX, "lag>=1d"),
    ];
    if !replica.is_loaded() {
        return Vec::new();
    }
    let late = |at: Timestamp| now.since(at).as_secs() as i64;
    let mut waiting: Vec<_> = replica
        .sources
        .iter()
        .filter_map(|(_, it)| it.pending_since.map(|since| (since, it.id)))
        .collect();
    waiting.sort();
    let mut lines: Vec<PulseLine> = LATE
        .iter()
        .map(|(label, from, to, filter)| {
            let within = |(since, _): &&(Timestamp, SourceId)| (*from..*to).contains(&late(*since));
            PulseLine {
                section: tr!("lag"),
                about: PulseAbout::Plain,
                label: crate::console::language::tr(label).to_owned(),
                count: Some(waiting.iter().filter(within).count() as u64),
                course: Vec::new(),
                note: String::new(),
                target: PulseTarget::Sources((*filter).to_owned()),
            }
        })
        .collect();
    lines.extend(waiting.iter().take(WORST).map(|(_, id)| {
        let source = replica.sources.get(*id);
        PulseLine {
            section: tr!("furthest behind"),
            about: PulseAbout::Trouble,
            label: replica.source_name(*id),
            count: None,
            course: source
                .as_ref()
                .map(|it| it.history.clone())
                .unwrap_or_default(),
            note: source.map_or_else(String::new, |it| it.state.to_string()),
            target: PulseTarget::Why(*id),
        }
    }));
    lines
}

/// What waits now: jobs, for whom, and approvals.
fn waits(data: Option<&PulseData>, now: Timestamp) -> Vec<PulseLine> {
    let line = |label: &str, count, note, target| PulseLine {
        section: tr!("now"),
        about: PulseAbout::Plain,
        label: label.to_owned(),
        count,
        course: Vec::new(),
        note,
        target,
    };
    let sum = |of: fn(&Queue) -> u64| data.map(|it| it.queues.iter().map(of).sum());
    let held = data.map_or(0, |it| {
        it.queues.iter().filter(|it| it.paused.is_some()).count()
    });
    let alive = data.map(|it| it.runners.iter().filter(|it| it.alive).count() as u64);
    let silent: Vec<&str> = data.map_or_else(Vec::new, |it| {
        let silent = it.runners.iter().filter(|it| !it.alive);
        silent.map(|it| it.name.as_str()).collect()
    });
    let mut queued = line(
        tr!("runs wait"),
        sum(|it| it.waiting),
        if held == 0 {
            String::new()
        } else {
            tr!("{held} of the queues are held back", held)
        },
        PulseTarget::Runs(
            "!state:running !state:succeeded !state:failed !state:skipped !state:cancelled"
                .to_owned(),
        ),
    );
    let mut runners = line(
        tr!("runners"),
        alive,
        if silent.is_empty() {
            String::new()
        } else {
            tr!("silent: {silent}", silent = silent.join(", "))
        },
        PulseTarget::Nowhere(tr!("Runners have no list; jolli worker starts one.")),
    );
    if held > 0 {
        queued.about = PulseAbout::Trouble;
    }
    if alive == Some(0) {
        runners.about = PulseAbout::Trouble;
    }
    let approvals = data.map(|it| it.pulse.approvals.clone());
    vec![
        queued,
        line(
            tr!("runs go on"),
            sum(|it| it.running),
            String::new(),
            PulseTarget::Runs("state:running".to_owned()),
        ),
        runners,
        line(
            tr!("approvals wait"),
            approvals.as_ref().map(|it| it.count),
            approvals
                .and_then(|it| it.oldest)
                .map_or_else(String::new, |at| {
                    tr!(
                        "the first for {age}",
                        age = crate::console::format::age(now, at)
                    )
                }),
            PulseTarget::Approvals,
        ),
    ]
}
