//! A small world under a fixed clock, with the names that the demo also has: every view is tested against it.

pub mod admin;
pub mod lists;
pub mod pages;
pub mod past;
pub mod popups;
pub mod pulse;
pub mod threads;
pub mod xray;

use jiff::tz::TimeZone;

use crate::api::{
    Binding, Cursor, CursorMove, CursorState, DocRef, Finding, FindingCode, Head, Integration,
    IntegrationId, IntegrationStatus, Job, JobError, JobId, JobKind, JobSpace, JobStatus, Me, Org,
    OrgId, Place, Provider, Remedy, Role, Sequence, Severity, Snapshot, Source, SourceId,
    SourceKind, SourceType, Space, SpaceId, SpaceStatus, Step, StepName, StepStatus,
};
use crate::base::Timestamp;
use crate::console::command::CommandId;
use crate::console::keymap::Keymap;
use crate::console::model::{
    Connection, History, ListId, Model, Pending, ReqId, RowKey, Session, Sort, SortBy, UndoEntry,
};

/// The present moment of the small world.
pub fn now() -> Timestamp {
    "2026-11-21T14:02:11Z".parse().expect("a time")
}

pub fn ago(seconds: i64) -> Timestamp {
    now().plus_seconds(-seconds)
}

/// A moment of today.
pub fn at(clock: &str) -> Timestamp {
    format!("2026-11-21T{clock}Z").parse().expect("a time")
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

pub const BACKEND: SourceId = SourceId(1);
pub const FRONTEND: SourceId = SourceId(2);
pub const SCRATCH: SourceId = SourceId(6);

/// Name, kind, repository and state of every source, in the order of the screen.
fn rows() -> Vec<(&'static str, &'static str, CursorState)> {
    use CursorState as S;
    let mut rows = vec![
        ("backend", "github.com/acme/backend", S::Ok),
        ("frontend", "github.com/acme/frontend", S::Stalled),
        ("payments", "github.com/acme/payments", S::Ok),
        ("search", "github.com/acme/search", S::Stopped),
        ("billing", "gitlab.com/acme/billing", S::Lagging),
        ("scratch", "gitlab.com/acme/api", S::NotTracked),
        ("proto", "github.com/acme/proto", S::NotTracked),
        ("sdk-go", "github.com/acme/sdk-go", S::NotTracked),
        ("gateway", "github.com/acme/gateway", S::Ok),
        ("legacy", "git.corp:8443/old/mono", S::Disabled),
        ("infra", "github.com/acme/infra", S::Rewind),
        ("mobile", "github.com/acme/mobile", S::Unknown),
        ("auth", "github.com/acme/auth", S::Ok),
        ("cli", "github.com/acme/cli", S::Ok),
        ("design", "gitlab.com/acme/platform-frontend/design", S::Ok),
        ("events", "github.com/acme/events", S::Ok),
        ("forms", "github.com/acme/forms", S::Ok),
        ("graph", "github.com/acme/graph", S::Ok),
        ("ingest", "github.com/acme/ingest", S::Ok),
        ("jobs", "github.com/acme/jobs", S::Ok),
        ("kit", "github.com/acme/kit", S::Ok),
        ("ledger", "github.com/acme/ledger", S::Ok),
        ("mailer", "github.com/acme/mailer", S::Ok),
        ("notify", "github.com/acme/notify", S::Ok),
        ("orders", "github.com/acme/orders", S::Ok),
        ("parser", "github.com/acme/parser", S::Ok),
        ("quota", "github.com/acme/quota", S::Ok),
        ("router", "github.com/acme/router", S::Ok),
        ("store", "github.com/acme/store", S::Ok),
        ("tasks", "github.com/acme/tasks", S::Ok),
    ];
    let rest: [(&str, &str); 18] = [
        ("uploads", "github.com/acme/uploads"),
        ("vault", "github.com/acme/vault"),
        ("web", "github.com/acme/web"),
        ("xref", "github.com/acme/xref"),
        ("yard", "github.com/acme/yard"),
        ("zones", "github.com/acme/zones"),
        ("alerts", "github.com/acme/alerts"),
        ("batch", "github.com/acme/batch"),
        ("cache", "github.com/acme/cache"),
        ("deploy", "github.com/acme/deploy"),
        ("edge", "github.com/acme/edge"),
        ("flags", "github.com/acme/flags"),
        ("geo", "github.com/acme/geo"),
        ("hooks", "github.com/acme/hooks"),
        ("images", "github.com/acme/images"),
        ("journal", "github.com/acme/journal"),
        ("keys", "github.com/acme/keys"),
        ("limits", "github.com/acme/limits"),
    ];
    rows.extend(rest.into_iter().map(|(name, repo)| (name, repo, S::Ok)));
    rows
}

fn sha(short: &str) -> String {
    format!("{short:0<40}")
}

fn source(index: usize, (name, repo, state): (&str, &str, CursorState)) -> Source {
    let id = SourceId(index as i64 + 1);
    let is_virtual = state == CursorState::NotTracked;
    let head = if id == FRONTEND { "8be01aa" } else { "11d0c9e" };
    let cursor = match id {
        FRONTEND => "4f9c2d1",
        BACKEND => "e77a410",
        _ => head,
    };
    let mut source = Source {
        id,
        name: name.to_owned(),
        source_type: SourceType::Git,
        repo: Some(repo.to_owned()),
        branch: Some("main".to_owned()),
        integration_id: (!is_virtual).then_some(IntegrationId(12)),
        enabled: state != CursorState::Disabled,
        paused: None,
        cursor: (!is_virtual).then(|| Cursor {
            value: sha(cursor),
            updated_at: ago(5 * HOUR),
        }),
        created_at: "2026-08-02T09:14:00Z".parse().expect("a time"),
        updated_at: ago(2 * HOUR),
        kind: if is_virtual {
            SourceKind::Virtual
        } else {
            SourceKind::True
        },
        version: 9,
        cursor_version: 31,
        generation: 3,
        state,
        state_since: None,
        primary: None,
        head: (!is_virtual).then(|| Head {
            sha: sha(head),
            at: ago(3 * HOUR),
        }),
        pending_since: None,
        commits_behind: None,
        history: vec![0; 10],
        moved: None,
        created_by: Some("ana".to_owned()),
    };
    if id == FRONTEND {
        source.state_since = Some(at("11:02:00"));
        source.pending_since = Some(at("11:01:00"));
        source.commits_behind = Some(7);
        source.history = vec![0, 0, 1, 1, 2, 4, 4, 6, 6, 7];
        source.primary = Some(crate::api::source::PrimaryFinding {
            code: "D-17".to_owned(),
            name: "space_failed".to_owned(),
        });
        source.moved = Some(CursorMove {
            job_id: Some(JobId(84)),
            at: at("08:58:00"),
        });
    }
    source
}

fn space(id: i64, name: &str, slug: &str) -> Space {
    Space {
        id: SpaceId(id),
        name: name.to_owned(),
        slug: slug.to_owned(),
        description: None,
        runtime_mode: crate::api::RuntimeMode::FullAccess,
        sandbox: None,
        created_at: ago(90 * 24 * HOUR),
        updated_at: ago(90 * 24 * HOUR),
        version: 1,
        documents: 40,
    }
}

fn binding(
    space: i64,
    enabled: bool,
    documents: i64,
    watches: &[&str],
    last: Option<(SpaceStatus, Timestamp)>,
) -> Binding {
    Binding {
        space_id: SpaceId(space),
        source_id: FRONTEND,
        jrn_pattern: None,
        enabled,
        created_at: ago(80 * 24 * HOUR),
        updated_at: ago(HOUR),
        version: 3,
        documents,
        watches: watches.iter().map(|w| (*w).to_owned()).collect(),
        last_outcome: last.map(|(outcome, _)| outcome),
        last_outcome_at: last.map(|(_, at)| at),
    }
}

pub fn job_space(id: i64, status: SpaceStatus, phase: Option<&str>) -> JobSpace {
    JobSpace {
        space_id: SpaceId(id),
        status,
        phase: phase.map(str::to_owned),
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: None,
        thread_id: None,
        attempt: 1,
        started_at: None,
        finished_at: None,
    }
}

fn docs(count: usize) -> Vec<DocRef> {
    (0..count)
        .map(|n| DocRef {
            doc_id: None,
            path: format!("docs/{n}.md"),
        })
        .collect()
}

struct Run {
    id: i64,
    source: SourceId,
    head: &'static str,
    status: JobStatus,
    done: usize,
    spaces: usize,
    took: Option<i64>,
    updated: i64,
}

fn run(run: Run) -> Job {
    let spaces = (0..run.spaces)
        .map(|index| {
            let status = if index < run.done {
                SpaceStatus::Updated
            } else if run.status == JobStatus::Failed {
                SpaceStatus::Failed
            } else {
                SpaceStatus::Queued
            };
            job_space(index as i64 + 1, status, None)
        })
        .collect();
    let updated_at = ago(run.updated);
    let ended = run.status.is_terminal().then_some(updated_at);
    Job {
        id: JobId(run.id),
        kind: JobKind::CliImpact,
        status: run.status,
        source_id: run.source,
        integration_id: Some(IntegrationId(12)),
        event_jrn: "jrn:git:github.com/acme/backend:push".to_owned(),
        branch: Some("main".to_owned()),
        head_sha: Some(sha(run.head)),
        base_sha: None,
        base_reason: None,
        affected_space_ids: Vec::new(),
        attempt: 1,
        max_attempts: 8,
        runner: Some("w-2".to_owned()),
        epoch: None,
        steps: Vec::new(),
        spaces,
        superseded_by: None,
        error: None,
        runtime_mode: None,
        agent_turn: None,
        delivery_id: None,
        created_at: ago(run.updated + HOUR),
        updated_at,
        started_at: run.took.map(|took| updated_at.plus_millis(-took)),
        finished_at: ended,
        next_attempt_at: None,
        version: 1,
    }
}

fn jobs() -> Vec<Job> {
    use JobStatus as S;
    let of = |id, source, head, status, done, spaces, took, updated| {
        run(Run {
            id,
            source: SourceId(source),
            head,
            status,
            done,
            spaces,
            took,
            updated,
        })
    };
    let mut jobs = vec![
        of(91, 2, "8be01aa", S::Failed, 2, 3, Some(41_000), 3 * MINUTE),
        of(90, 1, "11d0c9e", S::Running, 1, 3, Some(22_000), 0),
        of(
            89,
            3,
            "90aa1f2",
            S::Succeeded,
            4,
            4,
            Some(62_000),
            12 * MINUTE,
        ),
        of(88, 5, "c01dbee", S::Retrying, 0, 2, None, 31 * MINUTE),
        of(87, 4, "77b1e02", S::Queued, 0, 2, None, 44 * MINUTE),
        of(86, 1, "f00dcab", S::Skipped, 0, 0, Some(400), HOUR),
        of(85, 9, "5c5ce11", S::Succeeded, 1, 1, Some(18_000), 2 * HOUR),
        of(84, 2, "4f9c2d1", S::Succeeded, 3, 3, Some(39_000), 5 * HOUR),
    ];
    jobs[3].next_attempt_at = Some(now().plus_seconds(4 * MINUTE));
    jobs[5].superseded_by = Some(JobId(90));
    jobs[0].error = Some(JobError {
        code: "space-failed".to_owned(),
        message: "Space Internal failed.".to_owned(),
    });
    running(&mut jobs[1]);
    jobs
}

/// Run #90 as it goes: four steps done, one space done, the next with the agent.
fn running(job: &mut Job) {
    let start = job.started_at.expect("it runs");
    let mut step = |name, from: i64, took: Option<i64>, detail: &str| {
        job.steps.push(Step {
            name,
            status: if took.is_some() {
                StepStatus::Succeeded
            } else {
                StepStatus::Running
            },
            started_at: start.plus_millis(from),
            finished_at: took.map(|took| start.plus_millis(from + took)),
            detail: Some(detail.to_owned()),
        });
    };
    step(StepName::Lease, 0, Some(100), "epoch 119");
    step(StepName::Stale, 0, Some(200), "newest of chain");
    step(StepName::Resolve, 0, Some(300), "acme-github");
    step(StepName::Checkout, 0, Some(2_100), "11d0c9e");
    step(StepName::Spaces, 0, None, "1/3");
    job.epoch = Some(crate::api::LeaseEpoch(119));
    job.base_sha = Some(sha("e77a410"));
    job.base_reason = Some(crate::api::BaseReason::EventBefore);
    job.spaces[0].impacted_docs = docs(4);
    job.spaces[0].updated_docs = docs(2);
    job.spaces[0].started_at = Some(ago(20));
    job.spaces[0].finished_at = Some(ago(12));
    job.spaces[1] = job_space(2, SpaceStatus::Running, Some("agent"));
    job.spaces[1].impacted_docs = docs(1);
    job.spaces[1].started_at = Some(ago(12));
    job.spaces[1].thread_id = Some("job-90-space-2".to_owned());
}

fn integration(
    id: i64,
    provider: Provider,
    name: &str,
    repo: &str,
    status: IntegrationStatus,
) -> Integration {
    Integration {
        id: IntegrationId(id),
        provider,
        name: name.to_owned(),
        repo: Some(repo.to_owned()),
        account: Some("acme".to_owned()),
        status,
        status_detail: None,
        last_checked_at: Some(ago(4 * MINUTE)),
        webhook_url: format!("https://jolli.acme.example/webhooks/{id}"),
        source_ids: vec![BACKEND, FRONTEND],
        previous_secret_valid_until: None,
        refused_signatures: 0,
        credential: None,
        created_at: ago(90 * 24 * HOUR),
        updated_at: ago(90 * 24 * HOUR),
        version: 1,
    }
}

fn conflict(code: FindingCode, name: &str, source: Option<(SourceId, SourceKind)>) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        message: format!("Rules name {name}, which resolves to nothing, so they never match."),
        space_id: Some(SpaceId(1)),
        source_name: Some(name.to_owned()),
        source_id: source.map(|(id, _)| id),
        source_kind: source.map(|(_, kind)| kind),
        places: vec![
            Place {
                doc_path: "docs/api.md".to_owned(),
                line: 4,
                pattern: "src/api/**".to_owned(),
            },
            Place {
                doc_path: "docs/auth.md".to_owned(),
                line: 6,
                pattern: "src/auth/*.ts".to_owned(),
            },
        ],
        near_names: vec!["backend".to_owned()],
        remedies: vec![
            Remedy {
                label: "Link it to an integration".to_owned(),
                command: format!("jolli source link {name} --integration-id 14"),
                action: Some("link".to_owned()),
            },
            Remedy {
                label: "Rename the rule's source".to_owned(),
                command: "jolli impact check --strict".to_owned(),
                action: None,
            },
        ],
    }
}

pub fn snapshot() -> Snapshot {
    use SpaceStatus as S;
    Snapshot {
        snapshot_sequence: Sequence(1842),
        org: Org {
            id: OrgId(1),
            slug: "acme".to_owned(),
        },
        sources: rows()
            .into_iter()
            .enumerate()
            .map(|(index, row)| source(index, row))
            .collect(),
        spaces: vec![
            space(1, "API Docs", "api-docs"),
            space(2, "SDK Reference", "sdk"),
            space(3, "Internal", "internal"),
            space(4, "Handbook", "handbook"),
        ],
        bindings: vec![
            binding(
                1,
                true,
                14,
                &["src/api/**"],
                Some((S::Updated, at("08:58:00"))),
            ),
            binding(
                2,
                false,
                6,
                &["src/sdk/**"],
                Some((S::Unchanged, at("08:58:00"))),
            ),
            binding(
                3,
                true,
                3,
                &["src/internal/**"],
                Some((S::Failed, ago(3 * MINUTE))),
            ),
            binding(4, false, 0, &[], None),
        ],
        integrations: vec![
            integration(
                12,
                Provider::GitHub,
                "acme-github",
                "github.com/acme",
                IntegrationStatus::Active,
            ),
            integration(
                14,
                Provider::GitLab,
                "acme-gitlab",
                "gitlab.com/acme",
                IntegrationStatus::NeedsAccess,
            ),
            integration(
                17,
                Provider::GitLab,
                "gl-api",
                "gitlab.com/acme/api",
                IntegrationStatus::Removed,
            ),
        ],
        jobs: jobs(),
        deliveries: Vec::new(),
        conflicts: vec![
            conflict(
                FindingCode::AmbiguousSource,
                "scratch",
                Some((SCRATCH, SourceKind::Virtual)),
            ),
            conflict(FindingCode::UnresolvedSource, "bakend", None),
        ],
    }
}

/// The main screen: `frontend` selected, three virtual sources marked, one binding being saved.
pub fn model() -> Model {
    let session = Session {
        profile: "acme".to_owned(),
        server: "embedded".to_owned(),
        url: "http://127.0.0.1:7420".to_owned(),
        org: "acme".to_owned(),
        me: Some(Me {
            org: Org {
                id: OrgId(1),
                slug: "acme".to_owned(),
            },
            token_id: None,
            name: "ana".to_owned(),
            role: Role::Operator,
            expires_at: None,
            server_version: "0.1.0".to_owned(),
            embedded: true,
        }),
        ..Session::default()
    };
    let mut model = Model::new(session, Keymap::standard(), TimeZone::UTC, now());
    model.connection = Connection::Live;
    model.last_change = Some(now());
    model.replica = snapshot().into();
    model.counts = model.replica.counts();
    let (sources, jobs) = (model.replica.sources.len(), model.replica.jobs.len());

    let list = model.ui.list_mut(ListId::Sources);
    list.rows = (0..sources as u32).collect();
    list.total = sources;
    list.sort = Sort {
        by: SortBy::Age,
        reversed: false,
    };
    list.marks = (6..9).map(|id| RowKey::Source(SourceId(id))).collect();
    select(&mut model, ListId::Sources, 1, RowKey::Source(FRONTEND));

    let list = model.ui.list_mut(ListId::Bindings);
    list.rows = (0..4).collect();
    list.total = 4;
    select(
        &mut model,
        ListId::Bindings,
        0,
        RowKey::Binding(SpaceId(1), FRONTEND),
    );

    let list = model.ui.list_mut(ListId::Cursors);
    list.rows = vec![1];
    list.total = 1;
    select(&mut model, ListId::Cursors, 0, RowKey::Source(FRONTEND));

    let list = model.ui.list_mut(ListId::Runs);
    list.rows = (0..jobs as u32).collect();
    list.total = jobs;
    select(&mut model, ListId::Runs, 1, RowKey::Job(JobId(90)));

    let row = RowKey::Binding(SpaceId(4), FRONTEND);
    model.work.pending.insert(
        ReqId(1),
        Pending {
            row,
            words: "saving on".to_owned(),
            message: "Saving: binding Handbook × frontend on. Not yet confirmed.".to_owned(),
            call: call(),
            key: "k".to_owned(),
            command: CommandId::BindingToggle,
            done: "Handbook × frontend is on.".to_owned(),
            refused: "Not changed".to_owned(),
            history: History::Do,
            unsure: false,
            waits: false,
            rest: Vec::new(),
            label: "Handbook on".to_owned(),
            back: "Handbook × frontend is off".to_owned(),
            group: 2,
        },
    );
    model.work.undo.push(UndoEntry {
        label: "pattern of Internal".to_owned(),
        row: RowKey::Binding(SpaceId(3), FRONTEND),
        calls: vec![call()],
        sequence: 1842,
        group: 1,
        back: "pattern of Internal × frontend is src/**".to_owned(),
        command: CommandId::BindingEdit,
    });
    model
}

pub fn call() -> crate::api::Call {
    crate::api::Call {
        method: "PATCH".to_owned(),
        path: "/spaces/4/sources/2".to_owned(),
        body: serde_json::Value::Null,
        if_match: None,
    }
}

pub fn select(model: &mut Model, list: ListId, position: usize, key: RowKey) {
    let list = model.ui.list_mut(list);
    list.position = position;
    list.selected = Some(key);
}
