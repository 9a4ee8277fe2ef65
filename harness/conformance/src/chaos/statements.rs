//! The rules of destructors and panics, by number (SPEC section 24).

use crate::Failure;

/// Number and sentence of each.
pub const STATEMENTS: &[(&str, &str)] = &[
    (
        "D01",
        "A run with such values neither aborts nor hangs, and its scheduler goes on as before.",
    ),
    ("D02", "Every value is dropped exactly once, whatever the destructors of others do."),
    (
        "D03",
        "A panic of a destructor is an error, or reported by the panic hook; it leaves no operation.",
    ),
    (
        "D04",
        "No destructor runs while an operation is half done: the tasklet that executes is current.",
    ),
    ("D05", "A destructor that the scheduler runs cannot switch: it is told so by an error."),
    ("D06", "A destructor may kill (pending), spawn, and run another scheduler."),
    ("D07", "What a sender could not deliver is dropped by the sender, when it goes on."),
    (
        "D08",
        "At the end of a run all other tasklets are cleaned up, and the result of main is main's.",
    ),
    ("D09", "A computation is taken from its tasklet before its destructors run."),
    ("D10", "A copy that panics is an error, and what was copied so far is dropped."),
    ("D11", "The payload of a panic is dropped, whatever its destructor does."),
    ("D12", "A run in a thread that is ending works, or is refused with `Exhausted`."),
    (
        "D13",
        "Code that the scheduler runs may reach for the tasklet it runs for: done, or an error.",
    ),
    (
        "D14",
        "What such code writes, binds or kills stays so; what was taken out before is dropped once.",
    ),
    (
        "D15",
        "After such code a tasklet is in one place: the run queue, the queue of a channel, or none.",
    ),
    (
        "D16",
        "A graph that such code changes while it is copied is refused; other schedulers are no part.",
    ),
];

/// The sentence of a rule; empty if there is none.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    STATEMENTS.iter().find(|(known, _)| *known == id).map_or("", |(_, sentence)| sentence)
}

/// The failure of a case that shows these rules.
pub(super) fn failure(rules: &[&str], faults: &[String]) -> Failure {
    let rules: Vec<_> = rules.iter().map(|id| format!("  {id}  {}", sentence(id))).collect();
    format!("must hold\n{}\n\nfound\n  {}", rules.join("\n"), faults.join("\n  ")).into()
}
