//! What a trial needs that only some backends have, as plain functions, so that one player serves
//! all of them.

use switchback::{Backend, Blocking, Channel, Error, Portable, frame::FrameList, message};

use super::charge::{Charge, Fuse, Plan};
use super::crew::{
    CREW, gives_it, keeps_it, panics_with_it, pauses, rallies, rests_with_it, sends_it,
};
use super::matrix::Cause;

/// What the handles of a trial are together, for pickles.
#[message]
pub(super) struct Roots<B: Backend> {
    pub(super) crew: Vec<B::Handle>,
    pub(super) way: B::Channel<Charge>,
}

type Block<B> = fn(&<B as Backend>::Channel<u64>) -> Result<(), Error>;
type Copied<B> = fn(&Plan, Cause, &Roots<B>) -> Result<(), Error>;

/// See the module documentation.
pub(super) struct Tools<B: Backend> {
    pub(super) send: Option<Block<B>>,
    pub(super) receive: Option<Block<B>>,
    pub(super) copy: Option<Copied<B>>,
}

impl<B: Backend> Tools<B> {
    /// Of a backend without any.
    pub(super) const NONE: Self = Self { send: None, receive: None, copy: None };
}

impl<B: Blocking> Tools<B> {
    /// Of one whose operations complete in plain functions, a destructor among them.
    pub(super) const BLOCKS: Self = Self {
        send: Some(|sink| B::wait(sink.send(1))),
        receive: Some(|source| B::wait(source.receive()).map(drop)),
        copy: None,
    };
}

impl<B: Portable> Tools<B> {
    /// Of one that makes pickles.
    pub(super) const COPIES: Self = Self { send: None, receive: None, copy: Some(copies::<B>) };
}

/// All that a trial spawns.
fn program<B: Backend>() -> FrameList {
    let mut list = FrameList::default();
    list.add::<B, sends_it::Call<B>>();
    list.add::<B, keeps_it::Call<B>>();
    list.add::<B, gives_it::Call<B>>();
    list.add::<B, panics_with_it::Call<B>>();
    list.add::<B, pauses::Call<B>>();
    list.add::<B, rests_with_it::Call<B>>();
    list.add::<B, rallies::Call<B>>();
    list
}

/// Copies the graph, which fails at the last charge of the crew, when the first has been copied.
fn copies<B: Portable>(plan: &Plan, cause: Cause, roots: &Roots<B>) -> Result<(), Error> {
    let program = program::<B>();
    let copied = match cause {
        Cause::Fork => {
            plan.light(Fuse::Clone, CREW);
            B::fork(roots).map(drop)
        }
        Cause::Dump => {
            plan.light(Fuse::Write, CREW);
            B::dump(roots, &program).map(drop)
        }
        _ => {
            let bytes = B::dump(roots, &program)?;
            plan.light(Fuse::Read, CREW);
            B::load::<Roots<B>>(&bytes, &program).map(drop)
        }
    };
    plan.put_out();
    match copied {
        Ok(()) => Err(Error::new("chaos", "a copy that panics was made")),
        Err(error) => {
            plan.note::<()>(Err(error));
            Ok(())
        }
    }
}
