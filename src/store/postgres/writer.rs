//! The thread that writes into PostgreSQL: it owns its session and takes one batch after the other.

use std::sync::Arc;

use super::address::Address;
use super::batch::{self, Answer, Carry, Task};
use super::session::Session;
use super::wake::Wake;
use crate::store::StoreError;
use crate::store::queue;

/// The writing thread, from outside.
pub type Writer = queue::Writer<Task, Answer>;

/// Starts it; new heads go to `wake`.
pub fn start(address: Address, wake: Arc<Wake>) -> Result<Writer, StoreError> {
    let mut session = Session::new(address.of_the_writer())?;
    Writer::start(move |queue| {
        let mut carry = Carry::new();
        while let Some(first) = carry.pop_front().or_else(|| queue.next()) {
            queue::run(
                queue,
                first,
                &mut |ops, more| batch::attempt(&mut session, queue, &mut carry, ops, more),
                &|sequence| wake.committed(sequence),
            );
        }
    })
}
