//! What the server counts of itself, in the text that Prometheus reads. Numbers, and names from the code: nothing of any
//! org, and no more series than there are endpoints, commands and kinds of events.

use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::fault::Fault;
use crate::api::{JobKind, JobStatus, Sequence};
use crate::domain::row::JobRow;
use crate::engine::{self, Labels, Meter};

/// `Content-Type` of what `published` gives.
pub const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is counted.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels<3>, Counter>,
    took: Family<Labels<2>, Histogram>,
    followers: Gauge,
    head: Gauge<i64, AtomicI64>,
    open: Family<Labels<2>, Gauge>,
    runners: Gauge,
}

impl Metrics {
    /// Nothing counted yet, but what `meter` has.
    pub fn new(meter: &Meter) -> Self {
        let mut registry = Registry::with_prefix("jolli");
        let (requests, followers) = (Family::default(), Gauge::default());
        let took = Family::new_with_constructor(engine::seconds as fn() -> Histogram);
        let (head, started) = (Gauge::default(), Gauge::<i64, AtomicI64>::default());
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        started.set(now.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)));
        registry.register(
            "build",
            "Which jolli this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register_with_unit(
            "start_time",
            "When the server started, since 1970",
            Unit::Seconds,
            started,
        );
        registry.register(
            "http_requests",
            "Requests by endpoint and status; a live feed counts once it has begun",
            Family::clone(&requests),
        );
        registry.register_with_unit(
            "http_request",
            "From a request to the head of its answer",
            Unit::Seconds,
            Family::clone(&took),
        );
        registry.register(
            "feeds",
            "Live feeds that are open",
            Gauge::clone(&followers),
        );
        registry.register(
            "log_head",
            "The position of the newest event, as far as this server knows",
            Gauge::clone(&head),
        );
        let (open, runners) = (Family::default(), Gauge::default());
        registry.register(
            "jobs",
            "Jobs that wait or run, by kind and status, of the whole database",
            Family::clone(&open),
        );
        registry.register(
            "runners_alive",
            "Runners that were heard of lately, of the whole database",
            Gauge::clone(&runners),
        );
        meter.register(&mut registry);
        Self {
            registry: Mutex::new(registry),
            requests,
            took,
            followers,
            head,
            open,
            runners,
        }
    }

    /// What waits, runs, and could run it, as the database has it now.
    pub fn saw(&self, jobs: &[&JobRow], runners_alive: usize) {
        // A kind and status that has none any more is told as none.
        for kind in JobKind::ALL {
            for status in JobStatus::ALL.iter().filter(|status| !status.is_terminal()) {
                let count = jobs
                    .iter()
                    .filter(|job| job.kind == *kind && job.status == *status)
                    .count();
                let labels = [
                    ("kind", kind.as_str().into()),
                    ("status", status.as_str().into()),
                ];
                let gauge = self.open.get_or_create(&labels);
                gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        self.runners
            .set(i64::try_from(runners_alive).unwrap_or(i64::MAX));
    }

    /// A request was answered.
    pub fn answered(
        &self,
        method: &Method,
        path: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let method = method.as_str().to_owned();
        let status = status.as_str().to_owned();
        let labels = [
            ("method", method.clone().into()),
            ("path", path.into()),
            ("status", status.into()),
        ];
        self.requests.get_or_create(&labels).inc();
        let labels = [("method", method.into()), ("path", path.into())];
        self.took.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A live feed is open while this lives.
    pub fn follows(&self) -> Following {
        self.followers.inc();
        Following(self.followers.clone())
    }

    /// All of it as text, with the head of the log where it is now.
    pub fn published(&self, head: Sequence) -> Result<String, Fault> {
        self.head.set(head.0);
        let mut text = String::new();
        let registry = self
            .registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        encode(&mut text, &registry).map_err(|error| {
            tracing::error!(%error, "the metrics cannot be written");
            Fault::internal()
        })?;
        Ok(text)
    }
}

/// A live feed that is open.
#[derive(Debug)]
pub struct Following(Gauge);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.dec();
    }
}
