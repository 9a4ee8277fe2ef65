//! Statements that apply but have no trial, each with the reason.

const THREADS: &str = "one scheduler cannot reach the tasklets of another thread; C205 and C214 try that it \
                       refuses. Where each tasklet has a thread, the order-free rules (N01 to N32) take their place";
const MOVES: &str = "a tasklet moves by value: C208 and C219 try it. The copy of a runnable one comes paused (C258), \
                     and the compiler refuses native state";

/// Numbers of statements that no trial checks although they apply with a change, and why.
///
/// Every statement that applies is either here or has a trial `statements::C...`; a test of this
/// crate compares both lists. Statements that do not apply say so in [`ALL`](super::ALL).
pub const NOT_TRIED: &[(u16, &str)] = &[
    (7, "a tasklet is made of its function and arguments at once, not in two steps"),
    (201, THREADS),
    (202, THREADS),
    (203, THREADS),
    (204, THREADS),
    (206, THREADS),
    (207, THREADS),
    (209, MOVES),
    (210, MOVES),
    (
        215,
        "a handle of an ended scheduler refuses everything (C214); its end has dropped or killed all (C212, C213)",
    ),
    (217, THREADS),
    (218, THREADS),
    (234, "the choice of a backend takes its place"),
    (235, "a backend of frames only; the frame form is tested where it is defined"),
    (256, "the frame of a blocked tasklet holds its channel, so that a pickle cannot miss it"),
    (260, "the compiler refuses it: backends of native state are not Portable"),
    (264, "there is one encoder and one version of the format"),
    (269, "needs a second process of the same program, which a trial cannot start"),
    (284, "waiters own their channel (C124), so that it cannot go before them"),
];
