//! An independent copy of a graph of tasklets and channels, without bytes.
//!
//! The roots are cloned with the kernel's `FORKING` bit set: every handle in them then becomes
//! the handle of a copy, and what was found that way is copied in turn, breadth first.

use crate::kernel::{
    FORKING, Kernel,
    channel::block::Queue,
    pickle::context::{Context, Numbers, context, within},
    pickle::dump::{left_out, may_leave, name_of},
    pickle::load::{Staged, Waiters},
    pickle::portable::{PortableDriver, fork_tasklet},
    tasklet::block::{ALIVE, Tasklet},
};
use crate::{Error, Message, contain};

/// Sets the bit back also if a clone panics. A clone may fork in turn, and the fork around that one
/// goes on.
struct Forking<'a>(&'a Kernel, bool);

impl Drop for Forking<'_> {
    fn drop(&mut self) {
        self.0.set_special(FORKING, self.1);
    }
}

pub(super) fn fork<D: PortableDriver, R: Message>(kernel: &Kernel, roots: &R) -> Result<R, Error> {
    let empty = Context::Forking {
        channels: Numbers::default(),
        tasklets: Numbers::default(),
        new_channels: Vec::new(),
        new_tasklets: Vec::new(),
    };
    let before = Forking(kernel, kernel.is_special(FORKING));
    kernel.set_special(FORKING, true);
    let (copied, context) = within(kernel, empty, || {
        let _bit = before;
        // Caught, so that what was copied so far is dropped, and not while a panic unwinds.
        contain("fork", || copy_graph::<D, R>(kernel, roots))
    });
    let Context::Forking { channels, tasklets, new_channels, new_tasklets } = context else {
        unreachable!("the context is the one given")
    };
    let staged = Staged::<D>::new(kernel, new_tasklets, new_channels);
    let forked = copied.map(|(roots, flags, waiters)| {
        staged.commit(flags.into_iter(), &waiters);
        roots
    });
    kernel.release_found(tasklets.list, channels.list);
    forked
}

type Copied<R> = (R, Vec<u32>, Waiters);

fn copy_graph<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    roots: &R,
) -> Result<Copied<R>, Error> {
    let roots = roots.clone();
    let (mut flags, mut waiters) = (Vec::new(), Waiters::default());
    let mut blocked: Vec<(Tasklet, Queue)> = Vec::new();
    loop {
        if let Some((original, copy)) = found_tasklet(flags.len()) {
            may_leave(kernel, original)?;
            flags.push(original.cold().flags());
            kernel.lend(original, |slot| slot.copy_to(&copy.slot));
            blocked.extend(original.channel.get().map(|channel| (original, channel)));
            if original.is(ALIVE) {
                // SAFETY: alive, not current and not native: a suspended body of this driver.
                copy.body.set(kernel.lend_body(original, |body| unsafe { D::fork(body) }));
            }
        } else if let Some(channel) = found_channel(waiters.ends.len()) {
            let list = channel.waiting().into_iter().map(|t| fork_tasklet(kernel, t));
            waiters.list.extend(list);
            waiters.ends.push((channel.direction(), waiters.list.len()));
        } else {
            return match blocked.iter().find(|(_, channel)| !is_found(*channel)) {
                Some((t, _)) => Err(left_out(name_of::<D>(*t))),
                None => Ok((roots, flags, waiters)),
            };
        }
    }
}

fn found_tasklet(i: usize) -> Option<(Tasklet, Tasklet)> {
    context(|c| match c {
        Some(Context::Forking { tasklets, new_tasklets, .. }) => {
            tasklets.list.get(i).copied().zip(new_tasklets.get(i).copied())
        }
        _ => None,
    })
}

fn found_channel(i: usize) -> Option<Queue> {
    context(|c| match c {
        Some(Context::Forking { channels, .. }) => channels.list.get(i).copied(),
        _ => None,
    })
}

/// Whether a handle of the channel is in the graph.
fn is_found(channel: Queue) -> bool {
    context(|c| match c {
        Some(Context::Forking { channels, .. }) => channels.get(channel.address()).is_some(),
        _ => false,
    })
}
