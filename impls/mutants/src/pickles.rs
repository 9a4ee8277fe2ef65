//! Pickles of a mutant: those of the real backend, with the frames of the mutant in them.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
    collections::HashMap,
};

use switchback::{
    Error, LoadBudget, Message, Portable,
    frame::{Frame, FrameList},
};

use crate::{
    Claims, Fault, Mutant,
    fault::on,
    tricks,
    via::{Named, ViaFrame},
};

/// What the mutant's list of frames knows of each: how to add it to the list of the backend.
struct Entry {
    add: fn(&mut FrameList),
}

pub(crate) fn entry<B, C, F>() -> &'static (dyn Any + Send + Sync)
where
    B: switchback::Backend,
    C: Claims<B>,
    F: Frame<Mutant<B, C>>,
{
    const {
        &Entry {
            add: |list| {
                let here = TypeId::of::<ViaFrame<B, C, F>>;
                HERE.with_borrow_mut(|types| types.insert(TypeId::of::<F>(), here));
                list.add::<B, Named<B, C, F>>();
            },
        }
    }
}

/// The type that the real backend knows a frame by.
pub(crate) fn type_here(frame: fn() -> TypeId) -> fn() -> TypeId {
    HERE.with_borrow(|types| types.get(&frame()).copied().unwrap_or(frame))
}

/// The same list as the real backend wants it.
fn base_list(program: &FrameList) -> FrameList {
    let mut list = FrameList::default();
    for entry in program.types().iter().filter_map(|t| t.entry.downcast_ref::<Entry>()) {
        (entry.add)(&mut list);
    }
    list
}

type Kept = RefCell<HashMap<TypeId, Box<dyn Any>>>;

thread_local! {
    /// Types of frames, and the types that the real backend knows them by.
    static HERE: RefCell<HashMap<TypeId, fn() -> TypeId>> = RefCell::default();
    /// The first of each type that was made in this thread.
    static FIRST: Kept = RefCell::default();
}

/// What was made first for roots of type `R`, which is made now if there is none.
fn first<R: 'static, T: Clone + 'static>(
    make: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let key = TypeId::of::<(R, T)>();
    let known = FIRST.with_borrow(|kept| kept.get(&key)?.downcast_ref::<T>().cloned());
    if let Some(known) = known {
        return Ok(known);
    }
    let made = make()?;
    FIRST.with_borrow_mut(|kept| kept.insert(key, Box::new(made.clone())));
    Ok(made)
}

/// Forgets what was made; called when a run begins.
pub(crate) fn forget() {
    let kept = FIRST.try_with(RefCell::take);
    drop(kept);
}

impl<B: Portable, C: Claims<B>> Portable for Mutant<B, C> {
    fn dump<R: Message>(roots: &R, program: &FrameList) -> Result<Vec<u8>, Error> {
        let list = base_list(program);
        let bytes = || tricks::copied(tricks::twice(|| B::dump(roots, &list)));
        if on(Fault::LoadGivesTheOriginal) {
            first::<(), R>(|| Ok(roots.clone()))?;
        }
        if on(Fault::StalePickle) {
            return first::<R, _>(bytes);
        }
        if on(Fault::PickleOfCurrent) {
            return Ok(bytes().unwrap_or_default());
        }
        bytes()
    }

    fn load_within<R: Message>(
        bytes: &[u8],
        program: &FrameList,
        budget: LoadBudget,
    ) -> Result<R, Error> {
        let list = base_list(program);
        let load = || B::load_within(bytes, &list, budget);
        if on(Fault::LoadGivesTheOriginal) {
            return first::<(), R>(load);
        }
        if on(Fault::AliasingLoad) {
            return first::<R, _>(load);
        }
        let loaded = tricks::copied(load());
        if on(Fault::RefusedPickleLeavesTraces) && loaded.is_err() {
            B::switch_trap(1)?;
        }
        if on(Fault::WrongRefusalOfPickle) {
            return loaded.map_err(|_| switchback::Kind::Closed.into());
        }
        loaded
    }

    fn fork<R: Message>(roots: &R) -> Result<R, Error> {
        if on(Fault::AliasingFork) {
            return Ok(roots.clone());
        }
        tricks::copied(tricks::twice(|| B::fork(roots)))
    }
}
