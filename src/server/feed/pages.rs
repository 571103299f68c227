//! Pages of the feed that many followers want at the same moment: read and written as text once, for all of them.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::api::{OrgId, Sequence};
use crate::server::fault::Fault;
use crate::store::EventFilter;

/// How many pages are kept. Followers that keep up all want the newest; one that lags has a page to itself.
const KEPT: usize = 64;

/// What a follower wants: who asks for the same gets the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whose rows are shown, where rows are followed.
    pub org: OrgId,
    /// Which events.
    pub filter: EventFilter,
    /// Whether the rows that they changed, instead of the events.
    pub rows: bool,
    /// From here on.
    pub after: Sequence,
    /// The head that the follower has heard of: a page read before that may lack what it was woken for.
    pub heard: Sequence,
}

/// What there is.
#[derive(Clone, Debug)]
pub struct Told {
    /// The text, and the position it ends at; `None` where nothing happened.
    pub text: Option<(Bytes, Sequence)>,
    /// The head of the log when it was read.
    pub head: Sequence,
}

type Page = Arc<OnceCell<Result<Told, Fault>>>;

/// The newest pages.
#[derive(Debug, Default)]
pub struct Pages(Mutex<VecDeque<(Wanted, Page)>>);

impl Pages {
    /// The page that is wanted; of several who want it at once, one reads it. A failure is told to all who waited for it,
    /// and who comes later tries again.
    pub async fn get<F: Future<Output = Result<Told, Fault>>>(
        &self,
        wanted: Wanted,
        read: impl FnOnce() -> F,
    ) -> Result<Told, Fault> {
        let page = self.page(wanted);
        let told = page.get_or_init(read).await.clone();
        if told.is_err() {
            self.lock().retain(|(_, kept)| !Arc::ptr_eq(kept, &page));
        }
        told
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Wanted, Page)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, wanted: Wanted) -> Page {
        let mut pages = self.lock();
        if let Some((_, page)) = pages.iter().find(|(known, _)| *known == wanted) {
            return Arc::clone(page);
        }
        if pages.len() == KEPT {
            pages.pop_front();
        }
        let page = Page::default();
        pages.push_back((wanted, Arc::clone(&page)));
        page
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;
    use crate::api::Code;

    fn wanted(after: i64, heard: i64) -> Wanted {
        Wanted {
            org: OrgId(1),
            filter: EventFilter::default(),
            rows: false,
            after: Sequence(after),
            heard: Sequence(heard),
        }
    }

    fn told(head: i64) -> Told {
        Told {
            text: None,
            head: Sequence(head),
        }
    }

    #[tokio::test]
    async fn many_that_want_the_same_have_it_read_once() {
        let (pages, reads) = (Pages::default(), AtomicUsize::new(0));
        let read = || async {
            tokio::task::yield_now().await;
            reads.fetch_add(1, Ordering::Relaxed);
            Ok(told(7))
        };
        let all = join_all((0..50).map(|_| pages.get(wanted(3, 7), read))).await;
        assert!(
            all.into_iter()
                .all(|page| page.unwrap().head == Sequence(7))
        );
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        // Whoever has heard of more may not be given what was read before that.
        pages.get(wanted(3, 8), read).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_waited_and_not_kept() {
        let (pages, reads) = (Pages::default(), AtomicUsize::new(0));
        let failing = || async {
            tokio::task::yield_now().await;
            reads.fetch_add(1, Ordering::Relaxed);
            Err(Fault::new(Code::Unavailable, "gone"))
        };
        let all = join_all((0..50).map(|_| pages.get(wanted(0, 1), failing))).await;
        assert!(all.into_iter().all(|page| page.is_err()));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        let read = || async { Ok(told(1)) };
        assert!(pages.get(wanted(0, 1), read).await.is_ok());
    }

    #[tokio::test]
    async fn only_the_newest_pages_are_kept() {
        let pages = Pages::default();
        for after in 0..100 {
            let read = || async { Ok(told(after)) };
            pages.get(wanted(after, 100), read).await.unwrap();
        }
        assert_eq!(pages.0.lock().unwrap().len(), KEPT);
    }
}
