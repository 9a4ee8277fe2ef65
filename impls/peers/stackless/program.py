"""Programs of the scenario language on the module stackless, each in a process of its own.

    peer --fork--> child: its main tasklet is main --a line per event--> peer

A program may leave tasklets blocked, make the module lose its place, loop for ever or end the
process: the next program notices none of it. What the module lacks is an error in its place.
"""
import builtins
import json
import os
import signal

import stackless

# Time of a processor, and of the clock, after which a program is ended: seconds.
CPU, WALL = 1, 8


ERRORS = {"TaskletExit": getattr(stackless, "TaskletExit", None) or builtins.TaskletExit}


def error(name):
    """The class of the errors of this name."""
    if name not in ERRORS:
        ERRORS[name] = getattr(builtins, name, None) or type(name, (Exception,), {})
    return ERRORS[name]


def run(program, most):
    """The events of a program, at most so many; one that is ended shows the signal."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(source)
            # The default action of both signals ends the process.
            signal.setitimer(signal.ITIMER_PROF, CPU)
            signal.alarm(WALL)
            Program(program, sink).run()
        finally:
            os._exit(0)
    os.close(sink)
    events = []
    with open(source) as lines:
        for line in lines:
            if len(events) == most:
                os.kill(child, signal.SIGKILL)
                break
            events.append(json.loads(line))
    ended = os.WTERMSIG(os.waitpid(child, 0)[1])
    if ended and len(events) < most:
        events.append(["main", "exit", signal.Signals(ended).name])
    return events


def told(raised):
    """An error as the recordings show it."""
    text = f":{raised}" if isinstance(raised, RuntimeError) else ""
    return f"{type(raised).__name__}{text}"


class Program:
    """A program in the process that is its own."""

    def __init__(self, program, sink):
        self.program, self.sink, self.channels = program, sink, {}
        main = stackless.getmain()
        self.tasklets, self.names, self.does = {"main": main}, {main: "main"}, language(self)

    def emit(self, *event):
        os.write(self.sink, json.dumps(event).encode() + b"\n")

    def run(self):
        callbacks = self.program["callbacks"]
        try:
            if "sched" in callbacks:
                stackless.set_schedule_callback(self.switched)
            if "chan" in callbacks:
                stackless.set_channel_callback(self.operated)
            self.ops("main", self.program["main"], "")
            self.emit("main", "end")
        except BaseException as raised:
            self.emit("main", "exit", told(raised))

    def switched(self, previous, following):
        self.emit("cb", "sched", self.name(previous), self.name(following))

    def operated(self, channel, tasklet, sending, willblock):
        names = [name for name, known in self.channels.items() if known is channel]
        self.emit("cb", "chan", names[0], self.name(tasklet), int(sending), int(willblock))

    def handled(self, kind, raised, trace):
        self.emit("cb", "err", kind.__name__, self.name(stackless.getcurrent()))

    def name(self, tasklet):
        return self.names.get(tasklet, "?")

    def shown(self, value):
        """A value as the recordings show it."""
        if isinstance(value, stackless.tasklet):
            return f"<{self.name(value)}>"
        if callable(value):
            return "<function>"
        return "<bomb>" if type(value).__name__ == "bomb" else value

    def ops(self, name, ops, prefix):
        """Does ops; true if one of them left the body.

        Calls of Python functions only: what is native on the stack of a tasklet can be seen.
        """
        for at, (op, *rest) in enumerate(ops):
            at = f"{prefix}{at}"
            if op == "loop":
                for _ in range(rest[0]):
                    if self.ops(name, rest[1], at + "."):
                        return True
            elif op == "try":
                try:
                    if self.ops(name, rest[0], at + "t"):
                        return True
                except BaseException as raised:
                    self.emit(name, at, "caught", told(raised))
                    if self.ops(name, rest[1], at + "h"):
                        return True
            elif op == "finally":
                try:
                    left = self.ops(name, rest[0], at + "t")
                except BaseException:
                    if self.ops(name, rest[1], at + "f"):
                        return True
                    raise
                if self.ops(name, rest[1], at + "f") or left:
                    return True
            elif op == "iter":
                for item in self.channel(rest[0]):
                    self.emit(name, at, "item", self.shown(item))
                    if self.ops(name, rest[1], at + "i"):
                        return True
                self.emit(name, at, "iter-end")
            else:
                self.emit(name, at, op)
                if op == "return":
                    return True
                try:
                    value = self.does[op](*rest)
                except BaseException as raised:
                    self.emit(name, at, "raised", told(raised))
                    raise
                self.emit(name, at, "=", self.shown(value))
        return False

    def channel(self, name):
        if name not in self.channels:
            self.channels[name] = stackless.channel()
        return self.channels[name]

    def find(self, name):
        if name not in self.tasklets:
            raise error("E2")
        return self.tasklets[name]

    def life(self, name, body):
        """The function of a tasklet."""
        def life():
            self.ops(name, self.program["bodies"][body], "")
            self.emit(name, "end")
        return life

    def unbound(self, name, body):
        """Makes a tasklet that has a function and was not set up."""
        tasklet = stackless.tasklet(self.life(name, body))
        self.tasklets[name], self.names[tasklet] = tasklet, name
        return tasklet


def row(tasklet, end=None):
    """The tasklets from one to the last, or to the one before `end`."""
    tasklets = []
    while tasklet is not None and (tasklet is not end or not tasklets):
        tasklets.append(tasklet)
        tasklet = tasklet.next
    return tasklets


def language(program):
    """What each op does; it gives the value of the op."""
    find, channel, name = program.find, program.channel, program.name

    def spawn(*of):
        program.unbound(*of)()

    def new(*of):
        # This works on every module; `bind` with arguments does not.
        program.unbound(*of)().remove()

    def unbound(*of):
        program.unbound(*of)

    def setup(of):
        find(of).setup()

    def bind(of, body):
        find(of).bind(program.life(of, body), ())

    def unbind(of):
        find(of).bind(None)

    def remove(of):
        find(of).remove()

    def insert(of):
        find(of).insert()

    def status(of):
        t = find(of)
        if hasattr(t, "scheduled"):
            holds = (t.alive, t.scheduled, t.blocked, t.paused, t.is_current, t.is_main)
        else:
            # As with the order of PyPy's tasklets.
            linked = t.blocked or t in stackless._squeue
            mine, main = t is stackless.getcurrent(), t is stackless.getmain()
            holds = (t.alive, linked, t.blocked, t.alive and not linked, mine, main)
        return "".join([letter for letter, one in zip("ASBPCM", holds) if one])

    def ring():
        current = stackless.getcurrent()
        if hasattr(current, "next"):
            return [name(t) for t in row(current, current)]
        # PyPy's tasklets do not know their neighbours: its queue shows the order all the same.
        order = list(stackless._squeue)
        at = order.index(current) if current in order else 0
        return [name(t) for t in order[at:] + order[:at]]

    def queue(of):
        waiting = channel(of).queue
        one = waiting is None or isinstance(waiting, stackless.tasklet)
        return [name(t) for t in (row(waiting) if one else waiting)]

    def closed(of):
        return [channel(of).closing, channel(of).closed]

    def handler(on):
        stackless.set_error_handler(program.handled if on else None)

    def raises(kind):
        raise error(kind)

    def set_to(thing, attribute, value):
        setattr(thing, attribute, value)

    return {
        "log": lambda value: value, "raise": raises, "spawn": spawn, "new": new,
        "unbound": unbound, "setup": setup, "bind": bind, "unbind": unbind,
        "remove": remove, "insert": insert, "status": status,
        "schedule": lambda *value: stackless.schedule(*value),
        "schedule_remove": lambda *value: stackless.schedule_remove(*value),
        "RUN": lambda: stackless.run(),
        "run": lambda of: find(of).run(), "switch": lambda of: find(of).switch(),
        "kill": lambda of: find(of).kill(), "killp": lambda of: find(of).kill(pending=True),
        "throw": lambda of, kind: find(of).throw(error(kind)),
        "throwp": lambda of, kind: find(of).throw(error(kind), pending=True),
        "raise_exc": lambda of, kind: find(of).raise_exception(error(kind)),
        "send": lambda of, value: channel(of).send(value),
        "recv": lambda of: channel(of).receive(), "next": lambda of: next(channel(of)),
        "send_exc": lambda of, kind: channel(of).send_exception(error(kind), ""),
        "send_throw": lambda of, kind: channel(of).send_throw(error(kind)),
        "send_seq": lambda of, values: channel(of).send_sequence(values),
        "pref": lambda of, value: set_to(channel(of), "preference", value),
        "sall": lambda of, on: set_to(channel(of), "schedule_all", on),
        "close": lambda of: channel(of).close(), "open": lambda of: channel(of).open(),
        "balance": lambda of: channel(of).balance, "closed": closed, "queue": queue,
        "block_trap": lambda on: set_to(stackless.getcurrent(), "block_trap", on),
        "switch_trap": lambda delta: stackless.switch_trap(delta), "handler": handler,
        "tempval": lambda of, value: set_to(find(of), "tempval", value),
        "get_tempval": lambda of: find(of).tempval,
        "ring": ring, "runcount": lambda: stackless.getruncount(),
        "current": lambda: name(stackless.getcurrent()),
    }
