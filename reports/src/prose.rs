//! What each scenario is about. A scenario without an entry gets neutral words, so that results from elsewhere render too.

use crate::figures::{self, Figure};

/// Which number a scenario is plotted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// The median in its unit.
    Median,
    /// The ratio to the reference; the median if rows have none.
    Ratio,
}

/// The words around one scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prose {
    pub(crate) title: &'static str,
    /// What is done.
    pub(crate) work: &'static str,
    /// What the figures show.
    pub(crate) shows: &'static str,
    /// What they do not.
    pub(crate) hides: &'static str,
    /// How the cost must grow with the size.
    pub(crate) law: &'static str,
    pub(crate) axis: Axis,
    pub(crate) beside: &'static [Figure],
}

/// The entry of a scenario, or neutral words with an empty title.
pub(crate) fn of(scenario: &str) -> Prose {
    TABLE.iter().find(|(id, _)| *id == scenario).map_or(UNKNOWN, |(_, prose)| *prose)
}

const UNKNOWN: Prose = Prose {
    title: "",
    work: "A scenario from outside this project: its author knows what it does.",
    shows: "How long each backend took for the same verified work, and how that relates to the reference.",
    hides: "Anything that the scenario's author says it does not cover.",
    law: "Not known here; the witness counts in the table say how much work was done.",
    axis: Axis::Median,
    beside: &[],
};

const TABLE: &[(&str, Prose)] = &[
    (
        "pingpong",
        Prose {
            title: "Ping-pong",
            work: "Tasklets hand a value back and forth over rendezvous channels and do nothing else.",
            shows: "The least a rendezvous can cost: the partner is always about to arrive, so a send and receive pair is queue work and the \
                    switch itself.",
            hides: "Contention, deep stacks, cold caches: the few tasklets and their channels stay in the first-level cache, and the branch \
                    predictor knows the way.",
            law: "Linear in the messages; nothing is allocated per message. The cost per pair must not depend on the size.",
            axis: Axis::Median,
            beside: figures::PINGPONG,
        },
    ),
    (
        "schedule",
        Prose {
            title: "Schedule",
            work: "Runnable tasklets give way to each other through the run queue, without channels.",
            shows: "The bare switch with its queue: one tasklet to the back, the next from the front.",
            hides: "Channels and values. For OS threads giving way is a wish to the operating system, not a switch to a named tasklet.",
            law: "One switch per schedule; linear in their number. More tasklets than fit the cache show up as a higher cost per switch.",
            axis: Axis::Median,
            beside: figures::SCHEDULE,
        },
    ),
    (
        "factorial",
        Prose {
            title: "Factorial",
            work: "n! by recursion where every call is a tasklet of its own that answers through a channel of its own.",
            shows: "What it costs to put a tasklet and a channel in place of a function call, with as many tasklets alive as the recursion is \
                    deep.",
            hides: "Fair scheduling: there is one runnable tasklet at any time. Multiplying big numbers costs every backend the same and grows \
                    with n, so that ratios sink towards 1.",
            law: "One tasklet, one channel, one message per call; all of them alive at the deepest point. Beyond that the multiplications, which \
                  grow faster than n.",
            axis: Axis::Ratio,
            beside: figures::FACTORIAL,
        },
    ),
    (
        "sax",
        Prose {
            title: "SAX to iterator",
            work: "A push parser calls back for every element of an XML file; the program wants to iterate over them instead. The parser runs in \
                   a tasklet whose callback sends to a channel.",
            shows: "What turning the control flow inside out costs beside real work, and what the thread-based ways to the same end cost.",
            hides: "How fast the parser is: all variants use the same one, and it takes most of the time.",
            law: "One message per element; linear in the elements of the file.",
            axis: Axis::Ratio,
            beside: figures::SAX,
        },
    ),
    (
        "pickle",
        Prose {
            title: "Pickle",
            work: "A tasklet suspended a number of calls deep becomes bytes, and the bytes become a tasklet again. The size is the depth.",
            shows: "The price of moving a computation: cost per suspended frame, and whether depth is limited.",
            hides: "Disk and network; frames with large locals; the backends that suspend on native stacks, which cannot do it at all.",
            law: "Linear in the depth, in time and in bytes.",
            axis: Axis::Median,
            beside: figures::PICKLE,
        },
    ),
    (
        "snapshot",
        Prose {
            title: "Snapshot",
            work: "Tasklets that wait on one channel become one pickle, and go on in another scheduler. The size is how many they are.",
            shows: "The price per tasklet of keeping everything that waits: making them, writing, reading, and an answer from each.",
            hides: "Disk and network; tasklets with deep calls, which the pickle scenario has.",
            law: "Linear in the tasklets, in time and in bytes.",
            axis: Axis::Median,
            beside: &[],
        },
    ),
    (
        "queens",
        Prose {
            title: "Queens",
            work: "All ways to place queens on a board, found by copying a suspended tasklet at each choice: one copy for each free column.",
            shows: "A continuation that is used many times: the price of a copy of a small graph of one tasklet, two frames, two channels.",
            hides: "Larger graphs, which cost in proportion. The reference is plain backtracking, which keeps its choices on the native stack.",
            law: "One copy, two messages per queen placed; the solutions of plain backtracking in their order.",
            axis: Axis::Ratio,
            beside: &[],
        },
    ),
    (
        "stream",
        Prose {
            title: "Stream",
            work: "A producer sends values to a consumer over one channel, as fast as the consumer takes them.",
            shows: "Rendezvous in one direction: producer and consumer alternate, so a value costs more switching than in a ping-pong.",
            hides: "Buffering: a rendezvous channel has none. Work on the values, contention between several producers.",
            law: "Linear in the values; nothing is allocated per value.",
            axis: Axis::Median,
            beside: &[],
        },
    ),
    (
        "ring",
        Prose {
            title: "Ring",
            work: "Tasklets in a circle pass a token on; the size is how many they are.",
            shows: "How the cost of a message changes with the number of tasklets that take part: caches, not queues, set it.",
            hides: "Parallelism: only the holder of the token runs.",
            law: "One message per hop. The cost per hop must not depend on the size but for the caches.",
            axis: Axis::Median,
            beside: &[],
        },
    ),
    (
        "spawn",
        Prose {
            title: "Spawn",
            work: "Tasklets are made, run to their end and are given back.",
            shows: "The cost of a tasklet's whole life once stacks and frames have been used before.",
            hides: "The first use of fresh memory, which costs pages rather than instructions; tasklets that wait.",
            law: "Linear in the tasklets; memory follows those alive, not those ever made.",
            axis: Axis::Median,
            beside: figures::SPAWN,
        },
    ),
    (
        "chain",
        Prose {
            title: "A million tasklets deep",
            work: "Each call is a tasklet that answers on a channel of its own, and waits for the one below it.",
            shows: "Whether anything is limited by depth, and what a level costs once caches are left behind.",
            hides: "Work at the levels: there is none. Memory per tasklet is not measured here.",
            law: "Linear in the depth. Backends that map a stack per tasklet end where the system refuses more.",
            axis: Axis::Median,
            beside: &[],
        },
    ),
    (
        "calls",
        Prose {
            title: "A million calls deep",
            work: "One tasklet calls itself, suspends once at the bottom, and returns through all levels.",
            shows: "What an awaited call and its return cost, and that frames on the heap leave the native stack flat.",
            hides: "Switching: there is one. Backends whose calls live on a native stack cannot take part at this depth.",
            law: "Linear in the depth; one frame is taken and given back per level.",
            axis: Axis::Median,
            beside: &[],
        },
    ),
    ("pingpong-features", Prose { title: "Ping-pong with features", ..FEATURES }),
    ("schedule-features", Prose { title: "Schedule with features", ..FEATURES }),
];

/// A micro scenario with the features of the scheduler in use, one after the other.
const FEATURES: Prose = Prose {
    title: "",
    work: "The micro scenario of this name with nothing set, and once more for each feature: a callback that counts, a watchdog whose budget is \
           never used up, a tasklet elsewhere that refuses to be blocked.",
    shows: "What a feature costs while it is in use, and that leaving it alone costs nothing: the rows without a plus sign ask one question per \
            operation for all features together, which must be asked anyway.",
    hides: "What a callback does beyond counting. Features used together: the long way is taken once, whoever asks for it.",
    law: "The results of the micro scenario; a callback is called at least once per operation.",
    axis: Axis::Median,
    beside: &[],
};
