//! Scenarios on journeys: each of them can be stopped after every step, written, read elsewhere
//! and continued, and gives the same digest all the same.
//!
//! Main of a scenario becomes a tasklet of its own here, since main tasklets are in no pickle: a
//! module brings that in a [`Carry`]. Left out are `snapshot`, which is two runs, and the programs
//! of the talk, which print.

use switchback::{Channel, Control, Error, Portable, Value, frame::FrameList, message};
use switchback_conformance::portable::Journey;

use crate::matrix::Ours;
use crate::scenario::List;

/// Main of a scenario as a tasklet that can be carried.
#[derive(Debug)]
pub struct Carry<B: Portable> {
    /// Sizes that are carried.
    pub sizes: &'static [u64],
    /// The functions that its pickles may name.
    pub program: fn() -> FrameList,
    /// Starts it at a size. It sends its digest.
    pub start: fn(u64, B::Channel<u64>),
    /// The digest that main gives at a size when nothing is carried.
    pub unmoved: fn(u64) -> Result<u64, Error>,
}

impl<B: Portable> Clone for Carry<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Portable> Copy for Carry<B> {}

/// A carried scenario of [`Ours`], by its place among them, at a size.
#[message]
#[derive(Copy, Debug)]
pub struct Carried {
    place: u32,
    size: u64,
}

impl Carried {
    /// Every carried scenario at each of its sizes, with its name.
    #[must_use]
    pub fn all<B: Portable>() -> Vec<(&'static str, u64, Self)> {
        let places = (0_u32..).zip(Ours::carried::<B>());
        let sizes = places.flat_map(|(place, (scenario, carry))| {
            carry.sizes.iter().map(move |&size| (scenario.id, size, Self { place, size }))
        });
        sizes.collect()
    }

    /// The digest that it gives when it is not carried.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn digest<B: Portable>(self) -> Result<u64, Error> {
        let (_, carry) = self.entry::<B>()?;
        (carry.unmoved)(self.size)
    }

    fn entry<B: Portable>(self) -> Result<(&'static str, Carry<B>), Error> {
        let entry = Ours::carried::<B>().into_iter().nth(self.place as usize);
        let unknown = || Error::new("check", "a scenario that is not in the list");
        entry.map(|(scenario, carry)| (scenario.id, carry)).ok_or_else(unknown)
    }
}

impl<B: Portable> Journey<B> for Carried {
    /// Where the digest comes out.
    type Kept = B::Channel<u64>;

    fn program(&self) -> FrameList {
        // Of a scenario that is not in the list nothing starts either.
        self.entry::<B>().map_or_else(|_| FrameList::default(), |(_, carry)| (carry.program)())
    }

    fn start(&self) -> Result<Self::Kept, Error> {
        let (_, carry) = self.entry::<B>()?;
        let out = B::channel::<u64>();
        (carry.start)(self.size, out.clone());
        Ok(out)
    }

    fn quiet(&self, out: &mut Self::Kept) -> Result<Option<u64>, Error> {
        let message = match out.waiting()?.first().map(Control::slot).transpose()? {
            Some(Value::Message(message)) => message.into_any().downcast::<u64>().ok(),
            _ => None,
        };
        let (id, _) = self.entry::<B>()?;
        let unfinished = || Error::new("check", format!("{id} came to no end"));
        message.map(|digest| Some(*digest)).ok_or_else(unfinished)
    }
}

#[cfg(test)]
mod tests {
    use switchback_conformance::portable::{Way, travel};
    use switchback_soft::Soft;

    use super::*;

    fn same_in(way: Way) {
        for (id, size, journey) in Carried::all::<Soft>() {
            let expected = journey.digest::<Soft>().expect("a run");
            let straight = travel::<Soft, _>(&journey, Way::Straight).expect("a straight run");
            let carried = travel::<Soft, _>(&journey, way)
                .unwrap_or_else(|error| panic!("{id} of size {size}: {error}"));
            assert_eq!(carried.result, expected, "{id} of size {size}");
            assert_eq!(carried.points.refused, [].into(), "{id} of size {size}");
            assert!(carried.points.moved > 0, "{id} of size {size}: {:?}", carried.points);
            // What is loaded is not created again, and no message is sent twice. Copies and
            // originals are alive together for a moment, and originals that wait stay.
            let counts = |t: &switchback_conformance::portable::Travelled| {
                (t.counts.tasklets, t.counts.messages)
            };
            assert_eq!(counts(&carried), counts(&straight), "{id} of size {size}");
            if way == Way::Bytes {
                // A pickle leaves out unreachable tasklets, so no more are alive than without
                // pickles.
                assert!(carried.counts.peak_alive <= straight.counts.peak_alive, "{id}/{size}");
            }
        }
    }

    #[test]
    fn every_scenario_gives_its_digest_from_scheduler_to_scheduler() {
        same_in(Way::Bytes);
    }

    #[test]
    fn every_scenario_gives_its_digest_from_copy_to_copy() {
        same_in(Way::Fork);
    }

    #[test]
    fn every_scenario_gives_its_digest_while_others_load_its_pickles() {
        same_in(Way::Beside);
    }
}
