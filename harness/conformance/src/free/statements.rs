//! The statements for backends without an exact order (SPEC section 21), a sentence each.

/// Id and sentence of every statement, in order.
///
/// ```
/// use switchback_conformance::free;
/// assert_eq!(free::STATEMENTS.len(), 32);
/// assert!(free::sentence("N03").starts_with("A send and its receive overlap"));
/// ```
pub const STATEMENTS: &[(&str, &str)] = &[
    ("N01", "Every completed send is paired with one receive; nothing is lost, doubled, invented."),
    ("N02", "What is received is what was sent, errors likewise."),
    (
        "N03",
        "A send and its receive overlap; with a buffer of n, at most n sends are ahead of receives.",
    ),
    ("N04", "What one sender sends on one channel is accepted in that order."),
    ("N05", "What one receiver takes from one channel comes in the order of the pairings."),
    ("N06", "A waiter seen as blocked before another one started is served before it."),
    ("N07", "At rest the balance is the number of waiting senders, or minus that of receivers."),
    ("N08", "The balance stays within the number of tasklets and changes by one per operation."),
    ("N09", "A program with as many sends as receives on each channel ends."),
    ("N10", "A network of one writer and one reader per channel gives what exact backends give."),
    ("N11", "Preferences do not change what such a network gives."),
    ("N12", "One tasklet's events are in program order; no two threads execute it at once."),
    ("N13", "What happened before a send is visible after its receive, and the other way round."),
    ("N14", "run returns at rest only: every tasklet has ended, is blocked or paused."),
    ("N15", "A paused tasklet runs when it is inserted, and once, however often that was."),
    ("N16", "schedule returns, and everybody who yields makes progress."),
    ("N17", "A killed tasklet receives and gives nothing more; its cleanup runs exactly once."),
    ("N18", "Killing twice is killing once, and killing what has ended does nothing."),
    ("N19", "A thrown error is raised in its target exactly once, where the target may suspend."),
    ("N20", "Every uncaught error reaches main exactly once; the other tasklets can go on."),
    ("N21", "The exit of a killed tasklet surfaces nowhere."),
    ("N22", "After close what finds no peer fails at once; who waited before stays until served."),
    ("N23", "Under the block trap an operation meets a peer or fails without a trace."),
    ("N24", "A deadlock is reported, never while somebody can still run."),
    ("N25", "What has ended stays so; who is blocked is alive and in one queue."),
    ("N26", "The current tasklet is the one whose body asks, on whatever thread."),
    ("N27", "The channel callback is called once per operation and knows its direction."),
    ("N28", "Status can be read at any time from any tasklet."),
    ("N29", "After a run nothing of its tasklets, channels and values is left."),
    ("N30", "Sequences and iterations move exactly their items, in order."),
    ("N31", "In situations in which all is sequential, errors are those of the exact backends."),
    ("N32", "What holds between schedulers of several threads holds unchanged."),
];

/// Statements that no case tries, and why.
pub const NOT_TRIED: &[(&str, &str)] =
    &[("N32", "one run cannot reach the tasklets and channels of another one")];

/// What a statement says; empty for an unknown id.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    STATEMENTS.iter().find(|(known, _)| *known == id).map_or("", |(_, sentence)| sentence)
}
