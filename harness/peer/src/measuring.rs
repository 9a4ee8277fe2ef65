//! A peer as the cells of a benchmark: one process for all that is measured in this one.

use std::{
    env,
    time::{Duration, Instant},
};

use switchback_bench::{Fault, Told, clock::Time, results::Verdict, witness::Witness};

use crate::{
    Manifest, State,
    find::Found,
    process::Peer,
    protocol::{self, Ask, Say},
    waiting::waited,
};

/// How long a sample may take: less than a measuring process may be silent, so that the peer is ended
/// by it.
const SILENCE: f64 = 8.0;

/// A peer that is measured; its process is started by the first question.
#[derive(Debug)]
pub struct Measured {
    manifest: Manifest,
    state: State,
    running: Option<Peer>,
    /// Its process, if it has not said yet what it is.
    begins: Option<Peer>,
    /// The first fault that ended it.
    fault: Option<Fault>,
    /// How long an answer may take.
    limit: Duration,
}

impl Measured {
    /// One that was found.
    #[must_use]
    pub fn new(found: &Found) -> Self {
        let Found { manifest, state } = found.clone();
        Self { manifest, state, running: None, begins: None, fault: None, limit: silence() }
    }

    /// Gives its answers another limit of time than what the deadline of the benchmark leaves.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Starts its process if there is none, and waits for nothing. What goes wrong is told by the first
    /// question.
    pub fn begin(&mut self) {
        if self.running.is_none() && self.begins.is_none() && self.fault.is_none() {
            match self.process() {
                Ok(peer) => self.begins = Some(peer),
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    /// Has it do the work of a scenario.
    ///
    /// # Errors
    /// What it does wrong.
    pub fn sample(
        &mut self,
        scenario: &str,
        size: u64,
        iterations: u64,
        input: Option<String>,
    ) -> Result<Told, Fault> {
        let ask = |iterations| {
            let (scenario, input) = (scenario.to_owned(), input.clone());
            Ask::Sample { scenario, size, iterations, input }
        };
        // Right before the sample, so that what else the machine does is in both, and so that this
        // question, not that of the sample, finds the peer asleep and the caches full of others' data.
        let begun = Instant::now();
        self.sampled(ask(0))?;
        let idle = nanoseconds(begun);
        let before = self.waited();
        let begun = Instant::now();
        let (witness, time) = self.sampled(ask(iterations))?;
        let outside = nanoseconds(begun);
        let waited = self.waited().saturating_sub(before);
        Ok(Told { witness, time, outside, idle, waited })
    }

    /// How long this process and the peer have waited for a processor, ns.
    fn waited(&self) -> u64 {
        let peer = self.running.as_ref().map_or(0, |running| waited(running.process()));
        waited(std::process::id()) + peer
    }

    fn sampled(&mut self, ask: Ask) -> Result<(Witness, Time), Fault> {
        let (said, running) = self.ask(ask)?;
        let Say::Sampled { digest, tasklets, messages, wall, cpu } = said else {
            return Err(other(running, "sample"));
        };
        let digest = protocol::digest(&digest)
            .map_err(|why| running.refuse(Verdict::Failed, &format!("sample: {why}")))?;
        Ok((Witness { tasklets, messages, ..Witness::of(digest) }, Time { cpu, wall }))
    }

    /// Has it hold so many blocked tasks; gives how many there are, and the process that holds them.
    ///
    /// # Errors
    /// What it does wrong.
    pub fn hold(&mut self, count: u64) -> Result<(u64, u32), Fault> {
        let (said, running) = self.ask(Ask::Hold { count })?;
        match said {
            Say::Held { count } => Ok((count, running.process())),
            _ => Err(other(running, "hold")),
        }
    }

    /// Has it wake all of them; gives the sum of what they made of their values.
    ///
    /// # Errors
    /// What it does wrong.
    pub fn release(&mut self) -> Result<u64, Fault> {
        let (said, running) = self.ask(Ask::Release {})?;
        let Say::Released { digest } = said else { return Err(other(running, "release")) };
        protocol::digest(&digest)
            .map_err(|why| running.refuse(Verdict::Failed, &format!("release: {why}")))
    }

    fn ask(&mut self, ask: Ask) -> Result<(Say, &mut Peer), Fault> {
        self.begin();
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if let Some(mut peer) = self.begins.take() {
            let greeted = peer.greet(&self.manifest);
            greeted.inspect_err(|fault| self.fault = Some(fault.clone()))?;
            self.running = Some(peer);
        }
        let none = || Fault { verdict: Verdict::Failed, why: "it does not run".to_owned() };
        let running = self.running.as_mut().ok_or_else(none)?;
        Ok((running.ask(ask, self.limit)?, running))
    }

    fn process(&self) -> Result<Peer, Fault> {
        let State::Ready(command) = &self.state else {
            return Err(match &self.state {
                State::Broken(why) => {
                    Fault { verdict: Verdict::Failed, why: format!("it cannot be built: {why}") }
                }
                State::Missing(install) => Fault {
                    verdict: Verdict::Unsupported,
                    why: format!("not installed: {install}"),
                },
                State::Ready(_) => unreachable!("handled above"),
            });
        };
        Peer::begin(&self.manifest, command)
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn other(peer: &mut Peer, name: &str) -> Fault {
    peer.refuse(Verdict::Failed, &format!("its answer to `{name}` is another one"))
}

fn silence() -> Duration {
    let set = env::var("SWITCHBACK_DEADLINE").ok().and_then(|text| text.parse().ok());
    let set = set.filter(|seconds: &f64| *seconds > 0.0 && *seconds < SILENCE);
    Duration::from_secs_f64(set.map_or(SILENCE, |seconds| seconds * 0.8))
}
