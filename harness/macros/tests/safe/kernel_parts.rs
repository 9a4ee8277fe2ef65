//! What the loop of a driver has at hand, safe programs do not: the parts are public, and no safe
//! function makes one.

#![forbid(unsafe_code)]

use switchback::{
    Backend, Error,
    frame::{Entry, Here},
    kernel::{Address, Form, Kernel, Later, Next, PortableDriver},
};

fn enters(address: Address) {
    let _ = address.enter();
}

fn steps<'k>(kernel: &'k Kernel, next: Next<'k>) -> Here<'k> {
    kernel.step_of(next)
}

fn ends<'k>(kernel: &'k Kernel, next: Next<'k>) -> Option<Next<'k>> {
    kernel.end_short(next)
}

fn begins(here: Here<'_>) -> Entry<'_> {
    Entry::of(here)
}

fn copies<D: PortableDriver>(body: usize) -> usize {
    D::fork(body)
}

fn digs<D: PortableDriver>(body: usize) -> Option<u64> {
    D::depth(body)
}

fn makes() -> (Kernel, Here<'static>) {
    (Kernel::new(Form::Stepped), Here(None))
}

fn keeps(next: Next<'_>) -> Next<'static> {
    next
}

fn leaves<B: Backend>(later: Later<'_, Result<(), Error>>) -> Later<'static, Result<(), Error>> {
    later
}

fn main() {}
