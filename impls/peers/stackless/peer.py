"""Tasklets and channels of the module `stackless`, of Stackless Python or PyPy. README.md names the idiom."""
import json
import platform
import sys
import time
import xml.parsers.expat

import stackless

import program as language

MASK = (1 << 64) - 1
# The peer pypy-stackless runs this file, too.
NAME = sys.argv[1] if len(sys.argv) > 1 else "stackless"
CAN = ["run", "order_exact", "control", "throw", "close", "deadlock", "hold"]
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


def pingpong(pairs, _):
    there, back, done = stackless.channel(), stackless.channel(), stackless.channel()

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

    stackless.tasklet(server)()
    stackless.tasklet(returner)()
    return done.receive()


def stream(count, _):
    numbers, done = stackless.channel(), stackless.channel()

    def producer():
        for number in range(count):
            numbers.send(number)

    def consumer():
        state = 0
        for _ in range(count):
            state = mix(state, numbers.receive())
        done.send(state)

    stackless.tasklet(producer)()
    stackless.tasklet(consumer)()
    return done.receive()


def schedule(tasklets, _):
    turns, done = max(50_000 // tasklets, 200), stackless.channel()

    def polite(number):
        for _ in range(turns):
            stackless.schedule()
        done.send(mix(number, turns))

    for number in range(tasklets):
        stackless.tasklet(polite)(number)
    return sum(done.receive() for _ in range(tasklets)) & MASK


def ring(tasklets, _, laps=20):
    def neighbour(number, left, right):
        for _ in range(laps):
            right.send(mix(left.receive(), number))

    first = last = stackless.channel()
    for number in range(1, tasklets + 1):
        right = stackless.channel()
        stackless.tasklet(neighbour)(number, last, right)
        last = right
    token = 0
    for _ in range(laps):
        first.send(mix(token, 0))
        token = last.receive()
    return token


def spawn(generations, _):
    done = stackless.channel()

    def generation(number, state):
        state = mix(state, number)
        if number == generations:
            done.send(state)
        else:
            stackless.tasklet(generation)(number + 1, state)

    stackless.tasklet(generation)(1, 0)
    return done.receive()


def factorial(n, _):
    def call(n, reply):
        if n <= 1:
            return reply.send(1)
        answer = stackless.channel()
        stackless.tasklet(call)(n - 1, answer)
        reply.send(answer.receive() * n)

    state = 0
    for _ in range(1000 // n if n < 1000 else 1):
        answer = stackless.channel()
        stackless.tasklet(call)(n, answer)
        number, digest = answer.receive(), Digest()
        digest.data(number.to_bytes((number.bit_length() + 7) // 8, "little"))
        state = mix(state, digest.finish())
        stackless.schedule()
    return state


def chain(depth, _):
    def link(level, reply):
        if level == 0:
            return reply.send(0)
        answer = stackless.channel()
        stackless.tasklet(link)(level - 1, answer)
        reply.send(mix(answer.receive(), level))

    answer = stackless.channel()
    stackless.tasklet(link)(depth, answer)
    return answer.receive()


def sax(_, document):
    events = stackless.channel()

    def parser():
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda name, _: events.send(name)
        parser.Parse(document, True)
        events.send(None)

    stackless.tasklet(parser)()
    elements = state = 0
    while (name := events.receive()) is not None:
        digest = Digest()
        digest.number(state)
        digest.data(name.encode())
        elements, state = elements + 1, digest.finish()
    return mix(state, elements)


def skynet(leaves, _):
    def node(first, leaves, reply):
        if leaves < 10:
            return reply.send(first)
        sums, below = stackless.channel(), leaves // 10
        for branch in range(10):
            stackless.tasklet(node)(first + branch * below, below, sums)
        reply.send(sum(sums.receive() for _ in range(10)))

    reply = stackless.channel()
    stackless.tasklet(node)(0, leaves, reply)
    return reply.receive()


SCENARIOS = (pingpong, stream, schedule, ring, spawn, factorial, chain, sax, skynet)


class Held:
    """Tasklets that wait on one channel until they are released."""

    def __init__(self):
        self.gate, self.count, self.sum = stackless.channel(), 0, 0

    def wait(self):
        got = mix(0, self.gate.receive())
        self.sum += got

    def hold(self, count):
        while self.count < count:
            stackless.tasklet(self.wait)()
            self.count += 1
        stackless.run()

    def release(self):
        while self.count:
            self.count -= 1
            self.gate.send(self.count)
        stackless.run()
        return self.sum & MASK


def sample(scenario, size, iterations, input=None):
    work = next((known for known in SCENARIOS if known.__name__ == scenario), None)
    if work is None:
        return {"say": "unsupported", "why": f"no scenario {scenario}"}
    document = open(input, "rb").read() if input else None
    digests = set()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for _ in range(iterations):
        digests.add(work(size, document))
        # Lets the others end.
        stackless.run()
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    if len(digests) > 1:
        return {"say": "error", "why": "iterations differ"}
    return {"say": "sampled", "digest": f"{sum(digests):016x}", "wall": wall, "cpu": cpu}


def answer(ask, question):
    global held
    if ask == "hello":
        return {"say": "hello", "protocol": 1, "name": NAME, "version": platform.python_version(), "language": "Python",
                "language_version": f"{platform.python_version()} ({platform.python_implementation()})", "can": CAN}
    if ask == "run":
        try:
            return {"say": "ran", "events": language.run(question["program"], question["events"])}
        except OSError as error:
            return {"say": "error", "why": f"no process for a program: {error}"}
    if ask == "sample":
        return sample(**question)
    if ask == "hold":
        held = held or Held()
        held.hold(question["count"])
        return {"say": "held", "count": held.count}
    if ask == "release":
        released, held = held.release(), None
        return {"say": "released", "digest": f"{released:016x}"}
    return {"say": "end"} if ask == "end" else {"say": "unsupported", "why": f"no answer to {ask}"}


held = None
for line in sys.stdin:
    question = json.loads(line)
    number, ask = question.pop("id"), question.pop("ask")
    print(json.dumps({"id": number, **answer(ask, question)}), flush=True)
    if ask == "end":
        break
