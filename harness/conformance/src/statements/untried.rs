//! Statements that apply but have no trial, each with the reason.

const THREADS: &str = "one scheduler cannot reach the tasklets of another thread";
const MOVES: &str = "a tasklet moves to another thread by value only, which C219 tries";

/// Numbers of statements that no trial checks although they apply with a change, and why.
///
/// Every statement that applies is either here or has a trial `statements::C...`; a test of this
/// crate compares both lists. Statements that do not apply say so in [`ALL`](super::ALL).
pub const NOT_TRIED: &[(u16, &str)] = &[
    (7, "a tasklet is made of its function and arguments at once, not in two steps"),
    (19, "handles and channels are kept in types of the user; a backend has no part in it"),
    (67, "interruption is at operations and checkpoints only, which native frames ask for"),
    (126, THREADS),
    (172, "a schedule callback returns nothing, so that it cannot fail"),
    (201, THREADS),
    (202, THREADS),
    (203, THREADS),
    (204, THREADS),
    (205, THREADS),
    (206, THREADS),
    (207, THREADS),
    (208, MOVES),
    (209, MOVES),
    (210, MOVES),
    (211, MOVES),
    (212, "a scheduler ends with its run, before its thread; C281 and C286 try that end"),
    (213, "as C212"),
    (214, "as C212"),
    (215, "as C212"),
    (217, THREADS),
    (218, THREADS),
    (221, "as C212"),
    (232, "a backend may suspend the caller of run() in either way"),
    (234, "the choice of a backend takes its place"),
    (235, "a backend of frames only; the frame form is tested where it is defined"),
    (256, "the frame of a blocked tasklet holds its channel, so that a pickle cannot miss it"),
    (260, "the compiler refuses it: backends of native state are not Portable"),
    (264, "there is one encoder and one version of the format"),
    (269, "needs a second process of the same program, which a trial cannot start"),
    (284, "waiters own their channel (C124), so that it cannot go before them"),
];
