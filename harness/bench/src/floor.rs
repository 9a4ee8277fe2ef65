//! The reference of the micro scenarios: a bare coroutine, resumed and suspended, no scheduler, no channel.

use std::convert::Infallible;

use corosensei::{Coroutine, CoroutineResult};

use crate::{
    suite::Cell,
    witness::{Law, Witness},
};

/// Name of the reference in ids and reports.
pub const NAME: &str = "corosensei";

/// Resume and suspend pairs in one iteration.
pub const ROUND_TRIPS: u64 = 1000;

/// A reference cell; one operation is one resume with the suspend that answers it, two switches.
///
/// The coroutine does one half of a recurrence and the caller the other, so that the last value
/// depends on every switch of the iteration.
#[must_use]
pub fn cell() -> Cell {
    // On demand: a program that only lists its cells maps no stack.
    let mut coroutine = None;
    Cell::new(NAME, ROUND_TRIPS as f64, move |iterations| {
        let coroutine = coroutine.get_or_insert_with(|| {
            Coroutine::<u64, u64, Infallible>::new(|yielder, mut value| {
                loop {
                    value = yielder.suspend(there(value));
                }
            })
        });
        let mut value = 0;
        for _ in 0..iterations {
            value = 0;
            for _ in 0..ROUND_TRIPS {
                match coroutine.resume(value) {
                    CoroutineResult::Yield(answer) => value = back(answer),
                    CoroutineResult::Return(never) => match never {},
                }
            }
        }
        Ok(Witness::of(value))
    })
    .law(|| Law::of((0..ROUND_TRIPS).fold(0, |value, _| back(there(value)))))
}

#[inline(always)]
const fn there(value: u64) -> u64 {
    value.wrapping_mul(5)
}

#[inline(always)]
const fn back(value: u64) -> u64 {
    value.wrapping_add(1)
}
