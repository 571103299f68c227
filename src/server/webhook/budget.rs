//! How many bytes of webhook bodies may be on their way at once, over all requests (sources.md §8: limits).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::LARGEST_BODY;
use crate::api::Code;
use crate::server::fault::Fault;

const WHOLE: usize = 64 << 20;
const UNIT: usize = 1 << 10;

/// The budget of a server.
pub struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WHOLE / UNIT)))
    }
}

impl Budget {
    /// Takes room for a body of the announced length, or of the longest where none is announced. Given back when dropped.
    pub fn take(&self, announced: Option<usize>) -> Result<OwnedSemaphorePermit, Fault> {
        let bytes = announced.unwrap_or(LARGEST_BODY).min(LARGEST_BODY);
        let units = u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX);
        Arc::clone(&self.0)
            .try_acquire_many_owned(units)
            .map_err(|_| Fault::new(Code::Overloaded, "Too many webhooks are on their way."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_now_is_told_to_come_back() {
        let budget = Budget::default();
        let held: Vec<_> = (0..2).map(|_| budget.take(None).unwrap()).collect();
        assert_eq!(
            budget.take(None).err().map(|f| f.0.code),
            Some(Code::Overloaded)
        );
        assert!(budget.take(Some(100)).is_ok());
        drop(held);
        assert!(budget.take(None).is_ok());
    }
}
