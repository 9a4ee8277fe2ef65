"""Tasklets and channels of the model, written on greenlets: the rules are those of the recordings, quirks included."""
import greenlet


class Fault(Exception):
    """An error of the model: its name, and the text of a RuntimeError."""

    def __init__(self, name, text=None):
        self.name, self.text = name, text

    def __str__(self):
        return self.name if self.text is None else f"{self.name}:{self.text}"


def refused(text):
    return Fault("RuntimeError", text)


class Bomb:
    """An error in a slot: raised in the tasklet that takes it."""

    def __init__(self, fault):
        self.fault = fault


class Tasklet:
    """Linked into the ring by `left` and `right`; `slot` holds what its next resumption gives."""

    __slots__ = ("name", "g", "slot", "left", "right", "blocked", "channel", "alive", "body", "trap", "watches")

    def __init__(self, name=None):
        self.name, self.g, self.slot, self.left, self.right = name, None, None, None, None
        self.blocked, self.channel, self.alive, self.body, self.trap, self.watches = 0, None, False, None, False, False


class Channel:
    """A rendezvous channel. `queue` holds senders if `balance` is above zero, receivers below."""

    __slots__ = ("s", "name", "queue", "balance", "preference", "all", "closing")

    def __init__(self, scheduler, name=None):
        self.s, self.name, self.queue, self.balance = scheduler, name, {}, 0
        self.preference, self.all, self.closing = -1, False, False

    def take_out(self, t):
        self.balance += 1 if self.balance < 0 else -1
        del self.queue[t]
        t.blocked, t.channel = 0, None

    def send(self, value):
        return self.act(value, 1)

    def receive(self):
        return self.act(None, -1)

    def next(self):
        if self.closing and self.balance <= 0:
            raise Fault("StopIteration")
        return self.act(None, -1)

    def act(self, value, d):
        s = self.s
        me, old = s.head, s.head.slot
        meets = self.balance * d < 0
        if s.told:
            s.told("chan", self.name, me.name, int(d > 0), int(not meets))
        if meets:
            if s.trap and (self.all or self.preference == -d):
                raise refused("switch_trap")
            t = next(iter(self.queue))
            self.take_out(t)
            me.slot, t.slot = t.slot, value
            if self.all:
                s.append(t)
                return s.pass_to(me, me.right)
            if self.preference == -d:
                s.link(t, me, me.right)
                return s.pass_to(me, t)
            s.append(t)
            return s.take(me)
        if me.trap:
            raise refused("this tasklet does not like to be blocked.")
        if self.closing:
            raise Fault("ValueError")
        order = s.order() if s.trap else None
        s.remove(me)
        self.queue[me] = None
        self.balance += d
        me.blocked, me.channel, me.slot = d, self, value
        try:
            to = s.prepare(me, s.head)
        except Fault:
            if me.blocked:
                self.take_out(me)
            s.relink(order)
            me.slot = old
            raise
        return s.go(me, to)


class Scheduler:
    """The ring: `head` is the current tasklet, the one at its left is the last."""

    def __init__(self, told=None, switched=None):
        self.told, self.switched, self.handler, self.trap, self.watchers = told, switched, None, 0, []
        self.main = self.head = Tasklet("main")
        self.main.left = self.main.right = self.main
        self.main.alive, self.fresh, self.hub = True, None, greenlet.getcurrent()

    def start(self, function):
        """Runs `function` as main. Greenlets are begun here, so that none of them begins on the stack of another."""
        results = []
        self.main.g = greenlet.greenlet(lambda: results.append(function()))
        self.fresh = self.main
        while self.fresh is not None:
            fresh, self.fresh = self.fresh, None
            fresh.g.switch()
        return results[0]

    def channel(self, name=None):
        return Channel(self, name)

    def link(self, t, left, right):
        t.left, t.right, left.right, right.left = left, right, t, t

    def append(self, t):
        if self.head is None:
            self.head = t.left = t.right = t
        else:
            self.link(t, self.head.left, self.head)

    def remove(self, t):
        if t.right is t:
            self.head = None
        else:
            t.left.right, t.right.left = t.right, t.left
            if self.head is t:
                self.head = t.right
        t.left = t.right = None

    def order(self):
        order, t = [], self.head
        while t is not None:
            order.append(t)
            t = t.right if t.right is not self.head else None
        return order

    def relink(self, order):
        if order is not None:
            for t in self.order():
                t.left = t.right = None
            self.head = None
            for t in order:
                self.append(t)

    def new(self, body, name=None):
        t = Tasklet(name)
        self.arm(t, body)
        return t

    def arm(self, t, body):
        t.body, t.alive, t.slot, t.watches = body, True, None, False
        t.g = greenlet.greenlet(lambda: self.life(t), self.hub)

    def spawn(self, function, *arguments):
        self.append(self.new(lambda: function(*arguments)))

    def life(self, t):
        fault = None
        try:
            self.take(t)
            t.body()
        except Fault as raised:
            fault = raised
        t.alive, bomb = False, None
        if fault is not None and fault.name != "TaskletExit":
            if self.handler:
                self.handler(fault.name, t.name)
            else:
                bomb = Bomb(fault)
        self.remove(t)
        to = self.head
        if to is None:
            to = self.woken()
            if to.blocked and bomb is None:
                kind = "receiving without a sender" if to.blocked < 0 else "sending without a receiver"
                bomb = Bomb(refused(f"the main tasklet is {kind} available."))
        if bomb:
            to = self.woken()
            to.slot = bomb
        t.slot = t.body = None
        trap, self.trap = self.trap, 0
        to = self.prepare(t, to)
        self.trap = trap
        # Its greenlet ends into the next one, which takes what is in its own slot.
        if to.g:
            t.g.parent = to.g
        else:
            self.fresh = to
        t.g = None

    def woken(self):
        return self.watchers[-1] if self.watchers else self.main

    def prepare(self, me, to):
        """Makes `to`, or if it is nothing the tasklet that waits for that, the current one."""
        if to is None:
            to = self.woken()
            if to.blocked or to.right is not None:
                # Quirk of the reference: what the blocked one was about to get is lost.
                to.slot, me.slot = None, Bomb(refused("Deadlock: the last runnable tasklet cannot be blocked."))
                to = me
            else:
                if self.trap and to is not me:
                    raise refused("switch_trap")
                if isinstance(me.slot, Bomb):
                    # And another: an error that it offered is raised there, too.
                    to.slot = me.slot
        if self.trap and to is not me:
            raise refused("switch_trap")
        if to.blocked:
            to.channel.take_out(to)
        if to.right is None:
            self.append(to)
        if to is not me and self.switched:
            self.switched("sched", me.name, to.name)
        self.head = to
        return to

    def go(self, me, to):
        if to is not me:
            if to.g:
                to.g.switch()
            else:
                self.fresh = to
                self.hub.switch()
        return self.take(me)

    def pass_to(self, me, to):
        return self.go(me, self.prepare(me, to))

    def take(self, me):
        value, me.slot = me.slot, None
        if me.watches:
            me.watches = False
            while me in self.watchers:
                woken = self.watchers.pop()
                if not woken.blocked and woken.right is None:
                    self.append(woken)
            value = value if isinstance(value, Bomb) else None
        if isinstance(value, Bomb):
            raise value.fault
        return value

    def schedule(self, value=None):
        me = self.head
        if me.right is me:
            return value
        if self.trap:
            raise refused("switch_trap")
        me.slot = value
        return self.pass_to(me, me.right)

    def leave(self, watches=False, value=None):
        """Takes the current tasklet out of the ring: schedule_remove, or run until the ring is empty."""
        me, order, old = self.head, self.order() if self.trap else None, self.head.slot
        if watches:
            self.watchers.append(me)
        else:
            me.slot = value
        self.remove(me)
        try:
            to = self.prepare(me, self.head)
        except Fault:
            me.slot = old
            if watches:
                self.watchers.pop()
            self.relink(order)
            raise
        me.watches = watches
        return self.go(me, to)

    def insert(self, t):
        if t.blocked:
            raise refused("You cannot run a blocked tasklet")
        if t.right is None:
            if not t.alive:
                raise refused("You cannot run an unbound(dead) tasklet")
            self.append(t)

    def run(self, t, leaves=False):
        me, order = self.head, self.order() if self.trap else None
        self.insert(t)
        if leaves:
            self.remove(me)
        try:
            to = self.prepare(me, t)
        except Fault:
            if t not in order:
                self.remove(t)
            self.relink(order)
            raise
        return self.go(me, to)

    def throw(self, t, fault, pending):
        me = self.head
        if t is me:
            raise fault
        if not t.alive:
            if fault.name == "TaskletExit":
                return None
            raise refused("You cannot throw to a dead tasklet")
        old, t.slot = t.slot, Bomb(fault)
        if pending:
            if t.blocked:
                t.channel.take_out(t)
            return self.insert(t)
        try:
            to = self.prepare(me, t)
        except Fault:
            t.slot = old
            raise
        return self.go(me, to)
