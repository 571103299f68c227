//! Whether anybody uses this server: the embedded one ends once nobody does (engine.md: embedded).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Requests and feeds of people that are under way, and how many there were.
#[derive(Clone, Debug)]
pub struct Activity(Arc<watch::Sender<Count>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    open: usize,
    entered: u64,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Count::default())))
    }
}

/// Counts as use while it lives.
#[derive(Debug)]
pub struct Entered(Activity);

impl Activity {
    /// Somebody comes in.
    pub fn enter(&self) -> Entered {
        self.0.send_modify(|count| {
            count.open += 1;
            count.entered += 1;
        });
        Entered(self.clone())
    }

    /// Returns once nobody was here for `quiet`.
    pub async fn idle_for(&self, quiet: Duration) {
        self.idle_while(|| tokio::time::sleep(quiet)).await;
    }

    /// Returns once nobody was here during all of one `quiet`.
    async fn idle_while<F: Future<Output = ()>>(&self, quiet: impl Fn() -> F) {
        let mut watch = self.0.subscribe();
        loop {
            // The sender lives as long as this, so waiting never fails.
            let Ok(seen) = watch
                .wait_for(|count| count.open == 0)
                .await
                .map(|count| *count)
            else {
                return;
            };
            tokio::select! {
                biased;
                _ = watch.wait_for(|count| *count != seen) => {}
                () = quiet() => return,
            }
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| count.open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn quiet_counts_from_the_last_one_who_left() {
        let activity = Activity::default();
        let over = Arc::new(tokio::sync::Semaphore::new(0));
        let here = activity.enter();
        let started = Arc::new(tokio::sync::Notify::new());
        let idle = tokio::spawn({
            let (activity, over, started) =
                (activity.clone(), Arc::clone(&over), Arc::clone(&started));
            async move {
                activity
                    .idle_while(|| {
                        let over = Arc::clone(&over);
                        started.notify_one();
                        async move {
                            let _ = over.acquire().await;
                        }
                    })
                    .await;
            }
        });
        drop(here);
        started.notified().await;
        // Somebody comes and goes: the quiet starts again.
        drop(activity.enter());
        started.notified().await;
        assert!(!idle.is_finished());
        over.add_permits(1);
        idle.await.unwrap();
    }
}
