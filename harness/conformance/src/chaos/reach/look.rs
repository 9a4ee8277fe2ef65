//! Whether a scheduler is whole, as far as its handles tell: each tasklet is in one place, and all
//! that says where it is agrees.

use switchback::{Backend, Channel, Control, Error};

use super::stage::Target;

/// What is wrong with the ring, the queues, and the tasklet of `target`.
///
/// # Errors
/// Where a question is not answered.
pub(super) fn look<B: Backend>(target: Option<&Target<B>>) -> Result<Vec<String>, Error> {
    let mut faults = Vec::new();
    let queue = B::run_queue()?;
    for (at, one) in queue.iter().enumerate() {
        let number = one.number();
        if queue[..at].contains(one) {
            faults.push(format!("{number} is in the run queue twice"));
        }
        let status = one.status()?;
        if !status.alive || !status.scheduled || status.blocked {
            faults.push(format!("{number} is in the run queue, and says {status:?}"));
        }
        let after = &queue[(at + 1) % queue.len()];
        if one.next()?.as_ref() != Some(after) || after.prev()?.as_ref() != Some(one) {
            faults.push(format!("{number} and the one after it do not know each other"));
        }
    }
    let Some(target) = target else { return Ok(faults) };
    let waiting = [target.way.waiting()?, target.gate.waiting()?];
    for (list, balance) in waiting.iter().zip([target.way.balance()?, target.gate.balance()?]) {
        if list.len() as u64 != balance.unsigned_abs() {
            faults.push(format!("{} wait, and the balance is {balance}", list.len()));
        }
        for (at, one) in list.iter().enumerate() {
            let status = one.status()?;
            let once = !list[..at].contains(one) && !queue.contains(one);
            if !(status.alive && status.blocked && status.scheduled && once) {
                faults.push(format!("{} waits, and says {status:?}", one.number()));
            }
        }
    }
    if let Some(one) = &target.tasklet {
        let status = one.status()?;
        let waits = waiting.iter().any(|list| list.contains(one));
        if status.blocked != waits || status.scheduled != (waits || queue.contains(one)) {
            faults.push(format!("{} says {status:?}", one.number()));
        }
    }
    Ok(faults)
}
