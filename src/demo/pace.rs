//! Time passes while a run works. The story's clock stands still otherwise, so each report of the worker moves it on by a
//! fixed amount: runs take as long as they would, and as long in every build. One run can be held at its work, so that it
//! is under way when the story ends.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::api::SpaceId;
use crate::base::clock::SetClock;
use crate::base::{Clock, Timestamp};
use crate::client::header;

/// How long the parts of a run take, in milliseconds.
#[derive(Debug)]
pub struct Pace {
    clock: Arc<SetClock>,
    step: AtomicI64,
    space: AtomicI64,
}

/// A worker renews its lease this often, in milliseconds (sources.md §9: Step 1).
const BETWEEN_BEATS: i64 = 5_000;
/// A report larger than this is none of a worker's.
const LARGEST_REPORT: usize = 8 << 20;

impl Pace {
    /// Time that stands still until it is set.
    pub fn new(clock: Arc<SetClock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            step: AtomicI64::new(0),
            space: AtomicI64::new(0),
        })
    }

    /// From now on a report of a step takes `step` and one of a space `space`.
    pub fn set(&self, step: i64, space: i64) {
        self.step.store(step, Ordering::SeqCst);
        self.space.store(space, Ordering::SeqCst);
    }

    fn lasts(&self, path: &str) -> i64 {
        match part(path) {
            Some(Part::Step) => self.step.load(Ordering::SeqCst),
            Some(Part::Space(_)) => self.space.load(Ordering::SeqCst),
            Some(Part::Beat) | None => 0,
        }
    }

    /// Lets the time of one report pass. The run's lease is renewed all along, as its worker would in that time.
    async fn pass(&self, path: &str, headers: &HeaderMap, router: &Router) {
        let mut left = self.lasts(path);
        while left > 0 {
            let now = left.min(BETWEEN_BEATS);
            left -= now;
            self.clock.freeze(self.clock.now().plus_millis(now));
            if let Some(beat) = beat(path, headers) {
                // A lease that cannot be renewed is told by the report that follows.
                let _ = router.clone().oneshot(beat).await;
            }
        }
    }

    /// The router as the story's worker reaches it.
    pub fn through(self: &Arc<Self>, router: Router) -> Router {
        let (pace, straight) = (Arc::clone(self), router.clone());
        router.layer(from_fn(move |request: Request, next: Next| {
            let (pace, straight) = (Arc::clone(&pace), straight.clone());
            async move {
                let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
                pace.pass(&path, &headers, &straight).await;
                next.run(request).await
            }
        }))
    }
}

/// The renewal of the lease of the run that makes the request.
fn beat(path: &str, headers: &HeaderMap) -> Option<Request> {
    let (before, after) = path.split_once("/jobs/")?;
    let job = after.split('/').next()?;
    let mut request = Request::post(format!("{before}/jobs/{job}/heartbeat"));
    for name in [AUTHORIZATION.as_str(), header::RUN] {
        request = request.header(name, headers.get(name)?);
    }
    request
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .ok()
}

/// What a worker's request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Step,
    Space(SpaceId),
    Beat,
}

fn part(path: &str) -> Option<Part> {
    let mut segments = path.split('/').skip_while(|s| *s != "jobs").skip(2);
    match (segments.next()?, segments.next()) {
        ("steps", None) => Some(Part::Step),
        ("heartbeat", None) => Some(Part::Beat),
        ("spaces", Some(id)) => id.parse().ok().map(Part::Space),
        _ => None,
    }
}

/// Holds a run before it says what came of one space. Its lease is renewed meanwhile, as that of any slow run; only more
/// often, because the story's clock does not wait. Its log tells of the renewals that the story asks for and of no other:
/// how many there are between them depends on the machine.
#[derive(Debug)]
pub struct Gate {
    space: SpaceId,
    held: watch::Sender<bool>,
    open: watch::Sender<bool>,
    beats: watch::Sender<u64>,
    /// From when on a renewal is asked for.
    wanted: Mutex<Option<Timestamp>>,
    /// How the run that is held says who it is.
    run: Mutex<Option<RunHeaders>>,
}

/// Where a run's requests go, and what is in their head.
#[derive(Clone, Debug)]
struct RunHeaders {
    base: String,
    authorization: HeaderValue,
    run: HeaderValue,
}

impl RunHeaders {
    fn of(request: &Request) -> Option<Self> {
        let (base, _) = request.uri().path().split_once("/jobs/")?;
        let headers = request.headers();
        Some(Self {
            base: base.to_owned(),
            authorization: headers.get(AUTHORIZATION)?.clone(),
            run: headers.get(header::RUN)?.clone(),
        })
    }
}

impl Gate {
    /// A closed gate before the outcome of `space`.
    pub fn before(space: SpaceId) -> Arc<Self> {
        Arc::new(Self {
            space,
            held: watch::Sender::new(false),
            open: watch::Sender::new(false),
            beats: watch::Sender::new(0),
            wanted: Mutex::new(None),
            run: Mutex::new(None),
        })
    }

    /// Says something as the run that is held: its worker is busy, its threads go on. `space` is the slug of the space
    /// whose documents it is about.
    pub async fn say(
        &self,
        router: &Router,
        path: &str,
        space: Option<&str>,
        body: &Value,
    ) -> Result<(), String> {
        let run = self
            .run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let run = run.ok_or("the held run never said who it is")?;
        let mut request = Request::post(format!("{}{path}", run.base))
            .header(AUTHORIZATION, run.authorization)
            .header(header::RUN, run.run)
            .header(CONTENT_TYPE, "application/json");
        if let Some(space) = space {
            request = request.header(header::SPACE, space);
        }
        let request = request
            .body(Body::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let response = match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let bytes = to_bytes(response.into_body(), LARGEST_REPORT).await;
        let said = bytes.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&said);
        // A push is answered for each document.
        if status.is_success() && !said.contains("\"conflict\"") {
            return Ok(());
        }
        Err(format!("{status}: {said}"))
    }

    /// Waits until the run has come to the gate.
    pub async fn reached(&self) {
        // The sender lives in `self`, so the channel cannot close.
        let _ = self.held.subscribe().wait_for(|held| *held).await;
    }

    /// Waits until the run's lease has been renewed at `now` by the story's clock.
    pub async fn beaten(&self, now: Timestamp) {
        let mut beats = self.beats.subscribe();
        let before = *beats.borrow_and_update();
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        let _ = beats.wait_for(|beats| *beats > before).await;
    }

    /// Lets the run go on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// The router as the held run's worker reaches it.
    pub fn through(self: &Arc<Self>, router: Router) -> Router {
        let gate = Arc::clone(self);
        router.layer(from_fn(move |request: Request, next: Next| {
            let gate = Arc::clone(&gate);
            async move { gate.pass(request, next).await }
        }))
    }

    async fn pass(&self, request: Request, next: Next) -> Response {
        match part(request.uri().path()) {
            Some(Part::Beat) => {
                let (mut head, body) = request.into_parts();
                let mut bytes = to_bytes(body, LARGEST_REPORT).await.unwrap_or_default();
                let told = self.tell(&mut bytes);
                let length = HeaderValue::from(bytes.len());
                head.headers.insert(CONTENT_LENGTH, length);
                let response = next.run(Request::from_parts(head, Body::from(bytes))).await;
                if told {
                    self.beats.send_modify(|beats| *beats += 1);
                }
                response
            }
            None if request.uri().path().ends_with("/jobs/claim") => {
                shorten(next.run(request).await).await
            }
            Some(Part::Space(space)) if space == self.space => {
                *self.run.lock().unwrap_or_else(PoisonError::into_inner) = RunHeaders::of(&request);
                let (head, body) = request.into_parts();
                // A body that breaks off is passed on as it is; the server says what is wrong with it.
                let bytes = to_bytes(body, LARGEST_REPORT).await.unwrap_or_default();
                if ends(&bytes) {
                    self.held.send_replace(true);
                    let _ = self.open.subscribe().wait_for(|open| *open).await;
                }
                next.run(Request::from_parts(head, Body::from(bytes))).await
            }
            _ => next.run(request).await,
        }
    }

    /// Leaves out the lines of renewals that are not asked for; answers whether it left in the one that is.
    fn tell(&self, report: &mut Bytes) -> bool {
        let Ok(mut heartbeat) = serde_json::from_slice::<Value>(report) else {
            return false;
        };
        let Some(lines) = heartbeat.get_mut("log").and_then(Value::as_array_mut) else {
            return false;
        };
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, mut told) = (lines.len(), false);
        lines.retain(|line| {
            if !renews(line) {
                return true;
            }
            let at = line["at"].as_str().and_then(|at| at.parse().ok());
            let asked = matches!((*wanted, at), (Some(from), Some(at)) if from <= at);
            if asked {
                *wanted = None;
                told = true;
            }
            asked
        });
        if lines.len() < before {
            *report = Bytes::from(heartbeat.to_string());
        }
        told
    }
}

/// Whether a line of the log is a worker's own about its lease.
fn renews(line: &Value) -> bool {
    let message = line["message"].as_str();
    message.is_some_and(|message| message.starts_with("lease renewed"))
}

/// How long a held worker takes its lease to be, in seconds; it renews three times as often.
const SHORT_LEASE: u32 = 3;

/// A claim whose worker renews its lease early and often.
async fn shorten(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST_REPORT).await.unwrap_or_default();
    let Ok(mut claim) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    claim["leaseSeconds"] = SHORT_LEASE.into();
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(claim.to_string()))
}

/// Whether a report says what came of the space, and not just what it is at.
fn ends(report: &Bytes) -> bool {
    serde_json::from_slice::<Value>(report).is_ok_and(|report| report["status"] != "running")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_renewals_only_those_that_are_asked_for_are_told() {
        let gate = Gate::before(SpaceId(3));
        let at = |second: u32| format!("2026-11-21T14:02:{second:02}.000Z");
        let report = |second: u32| {
            let log = serde_json::json!({"log": [
                {"at": at(second), "message": "lease renewed, epoch 3"},
                {"at": at(second), "message": "pulled 6 documents, version 1"},
            ]});
            Bytes::from(log.to_string())
        };
        let lines = |report: &Bytes| {
            let value: Value = serde_json::from_slice(report).unwrap();
            value["log"].as_array().unwrap().len()
        };
        let tell = |second: u32| {
            let mut report = report(second);
            (gate.tell(&mut report), lines(&report))
        };
        assert_eq!(tell(0), (false, 1));
        *gate.wanted.lock().unwrap() = Some(at(4).parse().unwrap());
        assert_eq!(tell(3), (false, 1));
        assert_eq!(tell(4), (true, 2));
        assert_eq!(tell(4), (false, 1));
    }

    #[test]
    fn a_path_says_what_part_of_a_run_it_is_about() {
        assert_eq!(part("/api/jobs/90/steps"), Some(Part::Step));
        assert_eq!(part("/api/v1/jobs/90/heartbeat"), Some(Part::Beat));
        assert_eq!(part("/api/jobs/90/spaces/3"), Some(Part::Space(SpaceId(3))));
        assert_eq!(part("/api/jobs/claim"), None);
        assert_eq!(part("/api/spaces/3/sources"), None);
    }
}
