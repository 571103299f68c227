//! The measurements themselves, the same for every queue: enqueue, claim, a whole job, and the wait of one job while idle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::queue::{Noop, Probe, Queue, Shape};
use crate::report::Figures;

/// How long each figure is measured.
pub const MEASURE: Duration = Duration::from_secs(5);
pub const PRODUCERS: usize = 64;
pub const WORKERS: usize = 8;
/// Jobs that wait when whole jobs are measured.
pub const BACKLOG: u64 = 20_000;
/// A queue that has not done its backlog by then is measured by what it did.
const PATIENCE: Duration = Duration::from_secs(30);
/// When every worker has acknowledged some jobs.
const BEGUN: Duration = Duration::from_millis(300);
/// Jobs that wait when claims are measured: more than five seconds' worth, or what is left counts.
const CLAIMABLE: u64 = 60_000;
const LATENCIES: usize = 200;
const BULK: usize = 100;
const PRELOAD: usize = 1_000;

/// What the libraries were told, and what the figures are called after.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    pub batch: usize,
    /// Whole jobs are measured again with one poller that may have this many running.
    pub wide: usize,
    /// The one figure that is wanted, or all.
    pub only: Option<&'a str>,
}

pub async fn measure<Q: Queue>(queue: &Q, settings: Settings<'_>, figures: &mut Figures) {
    let wanted = |name: &str| settings.only.is_none_or(|only| only == name);
    for (name, bulk) in [("enqueue", 1), ("enqueue-bulk", BULK)] {
        if wanted(name) {
            let per_second = enqueue(queue, bulk).await;
            figures.rate(
                name,
                per_second,
                &format!("{PRODUCERS} producers, {bulk} a call"),
            );
            queue.clear().await;
        }
    }

    let claims = queue.can_claim(WORKERS).await;
    for (name, batch) in [("claim", settings.batch), ("claim-one", 1)] {
        if !wanted(name) {
        } else if claims {
            preload(queue, CLAIMABLE).await;
            let per_second = claim(queue, batch).await;
            figures.rate(
                name,
                per_second,
                &format!("{WORKERS} claimers, {batch} a claim"),
            );
            queue.clear().await;
        } else {
            figures.none(name, "no public way to claim a job");
        }
    }

    let shapes = [
        ("whole-job-plain", WORKERS, settings.batch, false),
        (
            "whole-job",
            WORKERS,
            settings.batch,
            Q::ANALYSE_WHILE_RUNNING,
        ),
        ("whole-job-one-poller", 1, WORKERS, Q::ANALYSE_WHILE_RUNNING),
        ("whole-job-wide", 1, settings.wide, Q::ANALYSE_WHILE_RUNNING),
    ];
    let mut best = (0.0, "");
    for (name, pollers, concurrency, analyse) in shapes {
        // Plain is the same as the next one where nothing is analysed.
        let repeated = name == "whole-job-plain" && !Q::ANALYSE_WHILE_RUNNING;
        if !wanted(name) || repeated {
            continue;
        }
        preload(queue, BACKLOG).await;
        let shape = Shape {
            pollers,
            concurrency,
        };
        let whole = whole(queue, shape, analyse).await;
        let about = format!(
            "pollers {pollers}, running at once per poller {concurrency}; {} of {BACKLOG} acknowledged in {:.2} s, run {} times{}",
            whole.done,
            whole.elapsed.as_secs_f64(),
            whole.handled,
            if analyse {
                "; with ANALYZE once they run"
            } else {
                ""
            }
        );
        let per_second = rate(whole.done, whole.elapsed);
        figures.rate(name, per_second, &about);
        if per_second > best.0 {
            best = (per_second, name);
        }
        queue.clear().await;
    }
    if best.0 > 0.0 {
        figures.rate("whole-job-best", best.0, best.1);
    }

    if wanted("latency") {
        let waits = latency(queue).await;
        let about = format!(
            "idle, {} jobs one at a time, one poller; from before the enqueue to the job's first line",
            waits.len()
        );
        figures.wait("latency", &waits, &about);
        queue.clear().await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

async fn enqueue<Q: Queue>(queue: &Q, bulk: usize) -> f64 {
    let pushed = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut producers = JoinSet::new();
    for producer in 0..PRODUCERS {
        let (queue, pushed) = (queue.clone(), Arc::clone(&pushed));
        producers.spawn(async move {
            while begin.elapsed() < MEASURE {
                let job = Noop {
                    number: producer as u64,
                };
                if bulk == 1 {
                    queue.push(job).await;
                } else {
                    queue.push_many(vec![job; bulk]).await;
                }
                pushed.fetch_add(bulk as u64, Ordering::Relaxed);
            }
        });
    }
    join_all(producers).await;
    rate(pushed.load(Ordering::Relaxed), begin.elapsed())
}

async fn claim<Q: Queue>(queue: &Q, batch: usize) -> f64 {
    let claimed = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut claimers = JoinSet::new();
    for claimer in 0..WORKERS {
        let (queue, claimed) = (queue.clone(), Arc::clone(&claimed));
        claimers.spawn(async move {
            while begin.elapsed() < MEASURE {
                let count = queue.claim(claimer, batch).await;
                if count == 0 {
                    break;
                }
                claimed.fetch_add(count as u64, Ordering::Relaxed);
            }
        });
    }
    join_all(claimers).await;
    let elapsed = begin.elapsed();
    let claimed = claimed.load(Ordering::Relaxed);
    assert!(
        claimed <= CLAIMABLE,
        "{claimed} claims of {CLAIMABLE} jobs: some were claimed twice"
    );
    rate(claimed, elapsed)
}

struct Whole {
    done: u64,
    handled: u64,
    elapsed: Duration,
}

async fn whole<Q: Queue>(queue: &Q, shape: Shape, analyse: bool) -> Whole {
    let probe = Probe::counting_to(BACKLOG);
    let begin = Instant::now();
    let workers = queue.start(shape, Arc::clone(&probe)).await;
    if analyse {
        sleep(BEGUN).await;
        queue.analyse().await;
    }
    let mut done = 0;
    if timeout(PATIENCE, probe.all_ran()).await.is_ok() {
        // All ran; what counts is that the database says so too.
        while done < BACKLOG && begin.elapsed() < PATIENCE {
            sleep(Duration::from_millis(2)).await;
            done = queue.done().await;
        }
    } else {
        done = queue.done().await;
    }
    let elapsed = begin.elapsed();
    queue.stop(workers).await;
    Whole {
        done,
        handled: probe.handled(),
        elapsed,
    }
}

async fn latency<Q: Queue>(queue: &Q) -> Vec<Duration> {
    let (probe, mut begins) = Probe::telling_begin();
    let shape = Shape {
        pollers: 1,
        concurrency: WORKERS,
    };
    let workers = queue.start(shape, probe).await;
    sleep(Duration::from_millis(500)).await;
    let mut waits = Vec::with_capacity(LATENCIES);
    for number in 0..LATENCIES {
        // Of different lengths, so that it does not run in step with a poll.
        sleep(Duration::from_millis(11 + (number as u64 * 13) % 29)).await;
        let pushed = Instant::now();
        queue
            .push(Noop {
                number: number as u64,
            })
            .await;
        let Ok(Some(begun)) = timeout(PATIENCE, begins.recv()).await else {
            break;
        };
        waits.push(begun.saturating_duration_since(pushed));
    }
    queue.stop(workers).await;
    waits
}

async fn preload<Q: Queue>(queue: &Q, count: u64) {
    let jobs: Vec<Noop> = (0..count).map(|number| Noop { number }).collect();
    for chunk in jobs.chunks(PRELOAD) {
        queue.push_many(chunk.to_vec()).await;
    }
    queue.analyse().await;
}

async fn join_all(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no producer or claimer fails");
    }
}
