//! An operation of one's own that goes on in a frame: bytes that claim to be suspended in it would
//! have it run with what steps of frames alone are given.

#![forbid(unsafe_code)]

use switchback::{Backend, Error, Operation, frame::Here};

struct Own;

impl<B: Backend> Operation<B> for Own {
    type Output = Result<(), Error>;

    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        std::future::ready(Ok(()))
    }

    unsafe fn finish(_: Here<'_>) -> Self::Output {
        Ok(())
    }

    unsafe fn finish_short(_: Here<'_>) -> Option<Self::Output> {
        None
    }
}

struct Safe;

impl<B: Backend> Operation<B> for Safe {
    type Output = Result<(), Error>;

    fn finish(_: Here<'_>) -> Self::Output {
        Ok(())
    }
}

fn main() {}
