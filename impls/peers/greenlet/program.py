"""Programs of the scenario language of the recordings, on tasklets.py."""
import greenlet

from tasklets import Bomb, Fault, Scheduler, Tasklet, refused


def shown(value):
    return f"<{value.name}>" if isinstance(value, Tasklet) else "<bomb>" if isinstance(value, Bomb) else value


class Program:
    """A program of the scenario language, and the events of its run."""

    def __init__(self, program, most):
        self.program, self.most, self.events = program, most, []
        callbacks = program["callbacks"]
        self.s = Scheduler(self.callback if "chan" in callbacks else None, self.callback if "sched" in callbacks else None)
        self.tasklets, self.channels, self.does = {"main": self.s.main}, {}, self.language()

    def emit(self, *event):
        if len(self.events) >= self.most:
            raise greenlet.GreenletExit
        self.events.append(event)

    def callback(self, *event):
        self.emit("cb", *event)

    def run(self):
        self.s.start(self.life)
        self.most = 0
        return self.events

    def life(self):
        try:
            self.ops("main", self.program["main"], "")
            self.emit("main", "end")
        except Fault as fault:
            self.emit("main", "exit", str(fault))
        except greenlet.GreenletExit:
            pass

    def start(self, name, body):
        def life():
            self.ops(name, self.program["bodies"][body], "")
            self.emit(name, "end")
        return life

    def ops(self, name, ops, prefix):
        """Does ops; true if one of them left the body."""
        for at, (op, *rest) in enumerate(ops):
            at = f"{prefix}{at}"
            if op == "loop":
                if any(self.ops(name, rest[1], at + ".") for _ in range(rest[0])):
                    return True
            elif op == "try":
                try:
                    if self.ops(name, rest[0], at + "t"):
                        return True
                except Fault as fault:
                    self.emit(name, at, "caught", str(fault))
                    if self.ops(name, rest[1], at + "h"):
                        return True
            elif op == "finally":
                try:
                    left = self.ops(name, rest[0], at + "t")
                except Fault:
                    if self.ops(name, rest[1], at + "f"):
                        return True
                    raise
                if self.ops(name, rest[1], at + "f") or left:
                    return True
            elif op == "iter":
                while True:
                    try:
                        item = self.channel(rest[0]).next()
                    except Fault as fault:
                        if fault.name != "StopIteration":
                            raise
                        break
                    self.emit(name, at, "item", shown(item))
                    if self.ops(name, rest[1], at + "i"):
                        return True
                self.emit(name, at, "iter-end")
            else:
                self.emit(name, at, op)
                if op == "return":
                    return True
                try:
                    value = self.does[op](*rest)
                except Fault as fault:
                    self.emit(name, at, "raised", str(fault))
                    raise
                self.emit(name, at, "=", shown(value))
        return False

    def channel(self, name):
        if name not in self.channels:
            self.channels[name] = self.s.channel(name)
        return self.channels[name]

    def find(self, name):
        if name not in self.tasklets:
            raise Fault("E2")
        return self.tasklets[name]

    def language(self):
        """What each op does; it gives the value of the op."""
        s, find, channel = self.s, self.find, self.channel

        def known(name, body):
            self.tasklets[name] = t = s.new(self.start(name, body), name)
            return t

        def spawn(name, body):
            s.append(known(name, body))

        def unbound(name, body):
            self.tasklets[name] = t = Tasklet(name)
            t.body, t.slot = self.start(name, body), "<function>"

        def setup(name):
            t = find(name)
            if t.alive:
                raise refused("tasklet is alive")
            if t.slot is None:
                raise refused("the tasklet was not bound to a function")
            s.arm(t, t.body)
            s.append(t)

        def rebindable(name):
            t = find(name)
            if t is s.head:
                raise refused("can't (re)bind the current tasklet")
            if t.blocked or t.right is not None:
                raise refused("tasklet is scheduled")
            if t.watches:
                raise refused("tasklet has C state on its stack")
            return t

        def unbind(name):
            t = rebindable(name)
            if t is s.main:
                raise refused("can't unbind the main tasklet")
            t.alive, t.g, t.slot = False, None, None

        def remove(name):
            t = find(name)
            if t.blocked:
                raise refused("You cannot remove a blocked tasklet.")
            if t is s.head:
                raise refused("The current tasklet cannot be removed.")
            if t.right is not None:
                s.remove(t)

        def status(name):
            t = find(name)
            linked = t.blocked or t.right is not None
            letters = (t.alive, linked, t.blocked, t.alive and not linked, t is s.head, t is s.main)
            return "".join(letter for letter, holds in zip("ASBPCM", letters) if holds)

        def closed(name):
            c = channel(name)
            return [c.closing, c.closing and c.balance == 0]

        def send_seq(name, values):
            for value in values:
                channel(name).send(value)
            return len(values)

        def switch_trap(delta):
            s.trap += delta
            return s.trap - delta

        def handler(on):
            s.handler = (lambda *event: self.callback("err", *event)) if on else None

        def raises(name):
            raise Fault(name)

        def set_to(thing, attribute, value):
            setattr(thing, attribute, value)

        def offered(value):
            return value[0] if value else s.head

        def failing(name, error):
            return channel(name).send(Bomb(Fault(error)))

        return {
            "log": lambda value: value, "raise": raises, "spawn": spawn, "new": lambda *of: known(*of) and None,
            "unbound": unbound, "setup": setup, "unbind": unbind, "remove": remove, "status": status,
            "bind": lambda name, body: s.arm(rebindable(name), self.start(name, body)),
            "schedule": lambda *value: s.schedule(offered(value)),
            "schedule_remove": lambda *value: s.leave(value=offered(value)), "RUN": lambda: s.leave(watches=True),
            "run": lambda name: s.run(find(name)), "switch": lambda name: s.run(find(name), leaves=True),
            "insert": lambda name: s.insert(find(name)),
            "kill": lambda name: s.throw(find(name), Fault("TaskletExit"), False),
            "killp": lambda name: s.throw(find(name), Fault("TaskletExit"), True),
            "throw": lambda name, error: s.throw(find(name), Fault(error), False),
            "raise_exc": lambda name, error: s.throw(find(name), Fault(error), False),
            "throwp": lambda name, error: s.throw(find(name), Fault(error), True),
            "send": lambda name, value: channel(name).send(value), "recv": lambda name: channel(name).receive(),
            "send_exc": failing, "send_throw": failing, "send_seq": send_seq, "next": lambda name: channel(name).next(),
            "pref": lambda name, value: set_to(channel(name), "preference", value),
            "sall": lambda name, on: set_to(channel(name), "all", on),
            "close": lambda name: set_to(channel(name), "closing", True),
            "open": lambda name: set_to(channel(name), "closing", False),
            "balance": lambda name: channel(name).balance, "closed": closed,
            "queue": lambda name: [t.name for t in channel(name).queue],
            "block_trap": lambda on: set_to(s.head, "trap", on), "switch_trap": switch_trap, "handler": handler,
            "tempval": lambda name, value: set_to(find(name), "slot", value), "get_tempval": lambda name: find(name).slot,
            "ring": lambda: [t.name for t in s.order()], "runcount": lambda: len(s.order()),
            "current": lambda: s.head.name,
        }
