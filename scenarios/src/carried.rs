//! Scenarios on journeys: each of them can be stopped after every step, written, read elsewhere
//! and continued, and gives the same digest all the same.
//!
//! Main of a scenario becomes a tasklet of its own here, since main tasklets are in no pickle.
//! Left out are `snapshot`, which is two runs, and the programs of the talk, which print.

use switchback::{Channel, Control, Error, Portable, Value, frame::FrameList, message, tasklet};
use switchback_conformance::portable::Journey;

use crate::{depth, factorial, pickle, pingpong, queens, ring, sax, schedule, spawn, stream};

/// Every scenario that is carried, with sizes.
pub const CARRIED: &[(&str, &[u64])] = &[
    ("pingpong", &[2, 12]),
    ("stream", &[1, 9]),
    ("schedule", &[2, 5]),
    ("ring", &[1, 4]),
    ("spawn", &[2, 9]),
    ("factorial", &[1, 12]),
    ("chain", &[0, 9]),
    ("calls", &[0, 40]),
    ("sax", &[23]),
    ("pickle", &[1, 25]),
    ("queens", &[4, 5]),
];

/// Main of a scenario by its place in [`CARRIED`].
#[tasklet]
async fn scenario<B: Portable>(place: u32, size: u64) -> Result<u64, Error> {
    match place {
        0 => pingpong::game(size / 2).await,
        1 => stream::delivery(size).await,
        2 => schedule::crowd(size, 4u64).await,
        3 => ring::circle(size, 5u64).await,
        4 => spawn::ancestor(size).await,
        5 => factorial::compute(size as u32, 2u64).await,
        6 => depth::anchor(size).await,
        7 => depth::nested(size).await,
        8 => sax::iterate::pulled_digest(sax::Document::of(size)).await,
        9 => pickle::pause(size as u32, 2u64).await,
        10 => queens::search(size as u32).await,
        _ => Err(Error::new("check", "a scenario that is not in the list")),
    }
}

/// The same, with its digest into a channel.
#[tasklet]
async fn passenger<B: Portable>(place: u32, size: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let digest: u64 = scenario(place, size).await?;
    out.send(digest).await
}

/// A scenario by its place in [`CARRIED`], at a size.
#[message]
#[derive(Copy, Debug)]
pub struct Carried {
    place: u32,
    size: u64,
}

impl Carried {
    /// The scenario of that name, if there is one.
    #[must_use]
    pub fn new(id: &str, size: u64) -> Option<Self> {
        let place = CARRIED.iter().position(|(known, _)| *known == id)?;
        Some(Self { place: u32::try_from(place).ok()?, size })
    }

    /// Every scenario at every size of [`CARRIED`], with its name.
    pub fn all() -> impl Iterator<Item = (&'static str, u64, Self)> {
        let sizes = |(id, sizes): &(&'static str, &'static [u64])| {
            let id = *id;
            sizes.iter().map(move |&size| (id, size))
        };
        CARRIED
            .iter()
            .flat_map(sizes)
            .filter_map(|(id, size)| Some((id, size, Self::new(id, size)?)))
    }

    /// The digest that it gives when it is not carried.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn digest<B: Portable>(self) -> Result<u64, Error> {
        B::run(scenario(self.place, self.size))
    }

    /// Its name.
    #[must_use]
    pub fn id(self) -> &'static str {
        CARRIED.get(self.place as usize).map_or("", |(id, _)| *id)
    }
}

impl<B: Portable> Journey<B> for Carried {
    /// Where the digest comes out.
    type Kept = B::Channel<u64>;

    fn program(&self) -> FrameList {
        B::program::<passenger::Call<B>>()
    }

    fn start(&self) -> Result<Self::Kept, Error> {
        let out = B::channel::<u64>();
        B::spawn(passenger(self.place, self.size, out.clone()));
        Ok(out)
    }

    fn quiet(&self, out: &mut Self::Kept) -> Result<Option<u64>, Error> {
        let message = match out.waiting()?.first().map(Control::slot).transpose()? {
            Some(Value::Message(message)) => message.into_any().downcast::<u64>().ok(),
            _ => None,
        };
        let unfinished = || Error::new("check", format!("{} came to no end", self.id()));
        message.map(|digest| Some(*digest)).ok_or_else(unfinished)
    }
}

#[cfg(test)]
mod tests {
    use switchback_conformance::portable::{Way, travel};
    use switchback_soft::Soft;

    use super::*;

    fn same_in(way: Way) {
        for (id, size, journey) in Carried::all() {
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
                // What nobody can reach is in no pickle.
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
