//! Computations that are frozen in one process and thawed in another.
//!
//! ```text
//!   grid    starts workers, walks every journey, compares       one line out, one line in
//!   worker  takes a journey one step further, or to its end  <--------------------------
//! ```
//!
//! The journeys are the scenarios of [`carried`](crate::carried), which give a digest, and the
//! recorded programs of the conformance suite, which give events.

pub mod grid;
pub mod worker;

use switchback::{Backend, Error};
use switchback_conformance::portable::{Journey, Stop, Way, leg, program};
use switchback_conformance::{Event, Program, vector};
use switchback_soft::Soft;

use crate::carried::Carried;

/// A computation that both sides know by name.
#[derive(Clone, Debug)]
pub enum Trip {
    /// A scenario at a size.
    Scenario(Carried),
    /// A recorded program, rehomed.
    Program(Box<Program>),
}

/// What a part of a trip did, in text: the events, then what came at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What happened, a line each.
    pub events: Vec<String>,
    /// Where it goes on, or the result.
    pub end: End,
}

/// How a part of a trip ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It goes on from these bytes.
    At(Vec<u8>),
    /// Nothing is left to do.
    Over(u64),
}

impl Trip {
    /// Every trip with its name.
    ///
    /// # Errors
    /// If a recording cannot be read.
    pub fn all() -> Result<Vec<(String, Self)>, String> {
        let scenarios = Carried::all::<Soft>()
            .into_iter()
            .map(|(id, size, carried)| (format!("{id}/{size}"), Self::Scenario(carried)));
        let recordings = vector::core().map_err(|malformed| malformed.to_string())?;
        let programs = recordings.into_iter().map(|recording| {
            let program = Box::new(program::rehomed(&recording.program));
            (format!("recording/{}", recording.id), Self::Program(program))
        });
        Ok(scenarios.chain(programs).collect())
    }

    /// What must happen from start to end, by the model or by a run that is not moved; nothing
    /// where that is not defined.
    ///
    /// # Errors
    /// Those of the run.
    pub fn expected(&self) -> Result<Option<Part>, Error> {
        Ok(match self {
            Self::Scenario(carried) => {
                Some(Part { events: Vec::new(), end: End::Over(carried.digest::<Soft>()?) })
            }
            Self::Program(program) => program::expected(program)
                .map(|events| Part { events: lines(&events), end: End::Over(0) }),
        })
    }

    /// Goes from the start or from bytes to the next point, or to the end.
    ///
    /// # Errors
    /// Those of the journey.
    pub fn part(&self, way: Way, from: Option<Vec<u8>>) -> Result<Part, Error> {
        let (events, stop) = match self {
            Self::Scenario(carried) => (Vec::new(), alone(carried, way, from)?),
            Self::Program(program) => program::part::<Soft>(program, way, from)?,
        };
        let end = match stop {
            Stop::At(bytes) => End::At(bytes),
            Stop::Over(result) => End::Over(result),
        };
        Ok(Part { events: lines(&events), end })
    }
}

fn alone<J: Journey<Soft>>(journey: &J, way: Way, from: Option<Vec<u8>>) -> Result<Stop, Error> {
    Soft::run(leg::<Soft, J>(journey.clone(), way, from)).map(|(stop, _)| stop)
}

fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.to_value().to_string()).collect()
}
