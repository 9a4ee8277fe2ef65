"""The scenarios on tasklets.py, and the protocol. README.md names the idiom."""
import json
import platform
import sys
import time
import xml.parsers.expat

import greenlet

from program import Program
from tasklets import Bomb, Fault, Scheduler

MASK = (1 << 64) - 1
# The peer pypy runs this file, too.
NAME = sys.argv[1] if len(sys.argv) > 1 else "greenlet"
GOLDEN = 0x9E3779B97F4A7C15


def mix(state, value):
    return ((((state << 23) | (state >> 41)) & MASK ^ value) * GOLDEN) & MASK


class Digest:
    """The hash of results that all programs share."""

    def __init__(self):
        self.state = GOLDEN

    def number(self, word):
        mixed = ((self.state ^ word) * GOLDEN) & MASK
        mixed ^= mixed >> 32
        self.state = ((((mixed << 23) | (mixed >> 41)) & MASK) + GOLDEN) & MASK

    def data(self, data):
        whole = len(data) // 8 * 8
        for at in range(0, whole, 8):
            self.number(int.from_bytes(data[at:at + 8], "little"))
        self.number(int.from_bytes(data[whole:], "little"))
        self.number(len(data))

    def finish(self):
        mixed = ((self.state ^ (self.state >> 29)) * GOLDEN) & MASK
        return mixed ^ (mixed >> 32)


def pingpong(s, pairs, _):
    there, back, done = s.channel(), s.channel(), s.channel()

    def server():
        ball = 0
        for _ in range(pairs // 2):
            there.send(((ball << 5) | (ball >> 59)) & MASK ^ GOLDEN)
            ball = back.receive()
        done.send(ball)

    def returner():
        for _ in range(pairs // 2):
            ball = there.receive()
            back.send((((ball << 9) | (ball >> 55)) + 7) & MASK)

    s.spawn(server)
    s.spawn(returner)
    return done.receive()


def stream(s, count, _):
    numbers, done = s.channel(), s.channel()

    def producer():
        for number in range(count):
            numbers.send(number)

    def consumer():
        state = 0
        for _ in range(count):
            state = mix(state, numbers.receive())
        done.send(state)

    s.spawn(producer)
    s.spawn(consumer)
    return done.receive()


def schedule(s, tasklets, _):
    turns, done = max(50_000 // tasklets, 200), s.channel()

    def polite(number):
        for _ in range(turns):
            s.schedule()
        done.send(mix(number, turns))

    for number in range(tasklets):
        s.spawn(polite, number)
    return sum(done.receive() for _ in range(tasklets)) & MASK


def ring(s, tasklets, _, laps=20):
    def neighbour(number, left, right):
        for _ in range(laps):
            right.send(mix(left.receive(), number))

    first = last = s.channel()
    for number in range(1, tasklets + 1):
        right = s.channel()
        s.spawn(neighbour, number, last, right)
        last = right
    token = 0
    for _ in range(laps):
        first.send(mix(token, 0))
        token = last.receive()
    return token


def spawn(s, generations, _):
    done = s.channel()

    def generation(number, state):
        state = mix(state, number)
        if number == generations:
            done.send(state)
        else:
            s.spawn(generation, number + 1, state)

    s.spawn(generation, 1, 0)
    return done.receive()


def factorial(s, n, _):
    def call(n, reply):
        if n <= 1:
            return reply.send(1)
        answer = s.channel()
        s.spawn(call, n - 1, answer)
        reply.send(answer.receive() * n)

    state = 0
    for _ in range(1000 // n if n < 1000 else 1):
        answer = s.channel()
        s.spawn(call, n, answer)
        number, digest = answer.receive(), Digest()
        digest.data(number.to_bytes((number.bit_length() + 7) // 8, "little"))
        state = mix(state, digest.finish())
        s.schedule()
    return state


def chain(s, depth, _):
    def link(level, reply):
        if level == 0:
            return reply.send(0)
        answer = s.channel()
        s.spawn(link, level - 1, answer)
        reply.send(mix(answer.receive(), level))

    answer = s.channel()
    s.spawn(link, depth, answer)
    return answer.receive()


def sax(s, _, document):
    events = s.channel()

    def parser():
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda name, _: events.send(name)
        parser.Parse(document, True)
        events.send(Bomb(Fault("StopIteration")))

    s.spawn(parser)
    elements = state = 0
    while True:
        try:
            name = events.next()
        except Fault:
            return mix(state, elements)
        digest = Digest()
        digest.number(state)
        digest.data(name.encode())
        elements, state = elements + 1, digest.finish()


def skynet(s, leaves, _):
    def node(first, leaves, reply):
        if leaves < 10:
            return reply.send(first)
        sums, below = s.channel(), leaves // 10
        for branch in range(10):
            s.spawn(node, first + branch * below, below, sums)
        reply.send(sum(sums.receive() for _ in range(10)))

    reply = s.channel()
    s.spawn(node, 0, leaves, reply)
    return reply.receive()


SCENARIOS = (pingpong, stream, schedule, ring, spawn, factorial, chain, sax, skynet)


class Held:
    """Tasklets that wait on one channel until they are released."""

    def __init__(self):
        self.s, self.count, self.sum = Scheduler(), 0, 0
        self.gate = self.s.channel()

    def wait(self):
        got = mix(0, self.gate.receive())
        self.sum += got

    def hold(self, count):
        while self.count < count:
            self.s.spawn(self.wait)
            self.count += 1
        self.s.start(self.s.schedule)

    def wake(self):
        while self.count:
            self.count -= 1
            self.gate.send(self.count)
        self.s.schedule()

    def release(self):
        self.s.start(self.wake)
        return self.sum & MASK


def done(s, result):
    """Lets the others end."""
    s.schedule()
    return result


def sample(scenario, size, iterations, input=None):
    work = next((known for known in SCENARIOS if known.__name__ == scenario), None)
    if work is None:
        return {"say": "unsupported", "why": f"no scenario {scenario}"}
    document = open(input, "rb").read() if input else None
    digests = set()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for _ in range(iterations):
        s = Scheduler()
        digests.add(s.start(lambda: done(s, work(s, size, document))))
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    if len(digests) > 1:
        return {"say": "error", "why": "iterations differ"}
    return {"say": "sampled", "digest": f"{sum(digests):016x}", "wall": wall, "cpu": cpu}


def main():
    held = None
    for line in sys.stdin:
        question = json.loads(line)
        number, ask = question.pop("id"), question.pop("ask")
        if ask == "hello":
            answer = {
                "say": "hello", "protocol": 1, "name": NAME, "version": greenlet.__version__,
                "language": "Python",
                "language_version": f"{platform.python_version()} ({platform.python_implementation()})",
                "can": ["run", "order_exact", "control", "throw", "close", "deadlock", "hold"]}
        elif ask == "run":
            answer = {"say": "ran", "events": Program(question["program"], question["events"]).run()}
        elif ask == "sample":
            answer = sample(**question)
        elif ask == "hold":
            held = held or Held()
            held.hold(question["count"])
            answer = {"say": "held", "count": held.count}
        elif ask == "release":
            answer, held = {"say": "released", "digest": f"{held.release():016x}"}, None
        elif ask == "end":
            answer = {"say": "end"}
        else:
            answer = {"say": "unsupported", "why": f"no answer to {ask}"}
        print(json.dumps({"id": number, **answer}), flush=True)
        if ask == "end":
            break


main()
