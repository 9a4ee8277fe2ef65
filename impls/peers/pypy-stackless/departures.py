"""Tells the recordings that the module stackless of this interpreter departs from, and why.

    pypy3 departures.py > known_failures.toml

The reason is found from the first event that differs: what comes later may follow from it.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parents[2] / "harness/conformance/vectors"
sys.path.insert(0, str(HERE.parent / "stackless"))
sys.dont_write_bytecode = True

import program  # noqa: E402

# More events than a recording has.
MOST = 10_000
DEAD = "RuntimeError:You cannot run an unbound(dead) tasklet"
NONE_LEFT = "RuntimeError:No runnable tasklets left."
STUCK = ("RuntimeError:Deadlock", "RuntimeError:the main tasklet is")
LACKS = {
    "switch_trap": "no switch_trap",
    "throw": "no throw, no raise_exception", "throwp": "no throw, no raise_exception",
    "raise_exc": "no throw, no raise_exception",
    "killp": "kill takes no `pending`",
    "send_throw": "no send_throw",
    "handler": "no error handler",
    "bind": "bind takes only a function", "unbind": "bind takes only a function",
}
ITERATES = "a channel cannot be iterated"


def why(events, wanted):
    """The reason of the first difference; nothing if there is none."""
    at = next((at for at, pair in enumerate(zip(events, wanted)) if pair[0] != pair[1]), None)
    if at is None:
        return None if len(events) == len(wanted) else "events are missing at the end"
    before, found, want = events[:at], list(events[at]), wanted[at]
    # The op of each tasklet that was begun last, and the one begun last of all.
    begun = {event[0]: event[2] for event in before if len(event) == 3 and event[1] != "exit"}
    last, op = before[-1] if before else [], begun.get(found[0])
    current = last[0] if last and last[0] != "cb" else last[-1:] and last[-1]
    doing = begun.get(current)
    raised = found[-1] if found[-2] in ("raised", "exit") else None
    should = want[-1] if want[-2] in ("raised", "exit") else ""
    later = next((event[-1] for event in wanted[at:] if event[-2] in ("raised", "exit")), "")
    if raised in ("AttributeError", "TypeError"):
        return LACKS.get(op, ITERATES)
    if "does not like to be blocked" in should:
        return "block_trap is ignored"
    if should == "ValueError":
        return "close is ignored"
    if raised == "error":
        return "an ended tasklet is switched to"
    if raised == NONE_LEFT and later.startswith(STUCK):
        return "a deadlock is another error and is not undone"
    if raised == NONE_LEFT:
        return "a main tasklet outside of the queue is not woken"
    if raised == DEAD and doing in ("insert", "run") or op == "status" and "M" in str(want[-1]):
        return "the main tasklet is not alive"
    if raised == "AssertionError":
        return "run demands that the queue is empty after it"
    if "switch" in (doing, op):
        return "switch goes around the scheduler and checks nothing"
    if "kill" in (doing, op):
        return "kill is a call of the victim: no jump, no callback"
    if raised and (last[-2:-1] == ["raised"] or want[:2] == ["cb", "sched"]):
        return "an uncaught error goes to main's call, around run and callback"
    if op in ("ring", "runcount"):
        return "the queue has a tasklet twice, or not the current one"
    if op in ("balance", "queue"):
        return "a waiter stays in its channel after a kill or a deadlock"
    if op == "get_tempval" or found[:3] == want[:3] and found[2:3] == ["="]:
        return "schedule gives its argument, or the tasklet for None: no slot"
    if should and found[2:3] == ["="]:
        return "an error that a blocked tasklet offers is not raised elsewhere (Q02)"
    if begun.get(found[3] if found[0] == "cb" else found[0]) == "run":
        return "run comes back to its caller: no jump"
    if last[-1:] == ["end"] and "main" in (want[0], want[-1]):
        return "after an end, main at the head of the queue is passed over"
    return "another order"


def main():
    kinds = {}
    for file in ("core", "fuzz"):
        for line in open(VECTORS / f"{file}.jsonl"):
            vector = json.loads(line)
            asked = {key: vector.get(key, []) for key in ("main", "bodies", "callbacks")}
            reason = why(program.run(asked, MOST), vector["trace"])
            if reason is not None:
                kinds.setdefault(reason, []).append(f"vectors::{file}::{vector['id']}")
    print("# Made by departures.py, which says how. The reason is that of the first difference.")
    print('\n"random::programs" = "random programs meet all of these"')
    for reason, cases in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        print(f"\n# {len(cases)}")
        for case in cases:
            print(f"{json.dumps(case)} = {json.dumps(reason)}")


main()
