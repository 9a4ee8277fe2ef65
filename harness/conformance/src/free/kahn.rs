//! Networks in which each channel has one writer and one reader (Kahn networks): N10, N11.
//!
//! ```text
//!   seed --> Network --evaluate--> values per channel, results --model--> the same, checked
//!               |                                                            |
//!               +----- on backend B, any order of events ------- must give --+
//! ```
//!
//! What a tasklet gives depends on all it took, and which channel it turns to next depends on
//! that too. Yet whatever the order of events, the values on each channel are the same.

mod network;
mod play;

use switchback::{Backend, Preference};

use super::programs::observe;
use super::tools::{case, each_seed, refusal};
use crate::Subject;
use crate::case::{Case, Failure, group};
use crate::needs::Need;
use network::{Network, Values, difference, received};

/// Networks per case.
const NETWORKS: u64 = 60;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let plain = || compare::<B>("N10", None);
    let preferred = || {
        let preferences = [Preference::Receiver, Preference::Caller, Preference::Sender];
        preferences.into_iter().try_for_each(|preference| compare::<B>("N11", Some(preference)))
    };
    vec![
        case::<B>("N10_networks_give_what_exact_backends_give", &["N09"], &[], plain),
        case::<B>("N11_preferences_change_no_result", &[], &[Need::Control], preferred),
    ]
}

fn compare<B: Backend>(
    statement: &'static str,
    preference: Option<Preference>,
) -> Result<(), Failure> {
    each_seed(NETWORKS, |seed| {
        let network = Network::random(seed);
        let expected = network.expected()?;
        let actual = play::play::<B>(statement, &network, preference)?;
        match difference(&actual, &expected) {
            None => Ok(()),
            Some(found) => {
                let found = format!("{found}\n\nnetwork\n{network}");
                Err(refusal(statement, &found))
            }
        }
    })
}

/// Networks as programs, for what runs programs and nothing else.
pub(super) fn programs(subject: &Subject) -> Case {
    let subject = subject.clone();
    let networks = move || {
        each_seed(NETWORKS, |seed| {
            let network = Network::random(seed);
            let expected = network.expected()?;
            let program = network.program_that_waits(&expected);
            let events = observe(&subject, &program)?;
            let (channels, results) = (received(&program, &events), expected.results.clone());
            match difference(&Values { channels, results }, &expected) {
                None => Ok(()),
                Some(found) => {
                    let found = format!("{found}\n\nnetwork\n{network}");
                    Err(refusal("N10", &found))
                }
            }
        })
    };
    let name = "free::N10_networks_give_what_exact_backends_give";
    Case::new(name, group::FREE, ["N10", "N09"], networks)
}
