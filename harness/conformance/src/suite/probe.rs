//! Which capability traits a backend has, asked where its type is known.
//!
//! Code that is generic over the backend cannot ask, but method lookup on a type that is known
//! prefers the trait of `Probe<B>` to that of `&Probe<B>`, as far as the bounds hold.

use std::marker::PhantomData;

use switchback::{Backend, Blocking, Portable};

use super::{claims, stated};
use crate::portable::cases::cases as travels;
use crate::{Case, chaos};

/// Asked in [`suite!`](crate::suite!) which traits a backend has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probe<B>(PhantomData<B>);

/// The cases about pickles of a backend that makes them.
pub trait Pickles {
    /// One per statement about pickles.
    fn pickles(&self) -> Vec<Case>;
}

/// The same cases, unsupported, of a backend that makes none.
pub trait NoPickles {
    /// One per statement about pickles.
    fn pickles(&self) -> Vec<Case>;
}

/// The case of a backend whose operations complete in plain functions.
pub trait Blocks {
    /// Whether it says so.
    fn blocking(&self) -> Vec<Case>;
}

/// The case of a backend whose operations do not.
pub trait BlocksNot {
    /// Whether it says so.
    fn blocking(&self) -> Vec<Case>;
}

impl<B: Portable> Pickles for Probe<B> {
    fn pickles(&self) -> Vec<Case> {
        let mut cases = vec![claims::portable::<B>(true)];
        cases.extend(stated::portable::<B>());
        cases.extend(chaos::portable::<B>());
        // A journey keeps handles of the scheduler it has left.
        cases.extend(travels::<B>().into_iter().map(Case::keeps_handles));
        cases
    }
}

impl<B: Backend> NoPickles for &Probe<B> {
    fn pickles(&self) -> Vec<Case> {
        let mut cases = vec![claims::portable::<B>(false)];
        cases.extend(stated::without_pickles());
        cases.extend(chaos::not_portable::<B>());
        cases
    }
}

impl<B: Blocking> Blocks for Probe<B> {
    fn blocking(&self) -> Vec<Case> {
        [vec![claims::blocks::<B>()], chaos::blocking::<B>()].concat()
    }
}

impl<B: Backend> BlocksNot for &Probe<B> {
    fn blocking(&self) -> Vec<Case> {
        [vec![claims::blocks_not::<B>()], chaos::not_blocking::<B>()].concat()
    }
}
