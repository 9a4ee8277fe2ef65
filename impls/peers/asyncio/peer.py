"""Tasks of asyncio, of CPython alone, with a rendezvous channel made of futures. README.md names the idiom."""
import asyncio
import collections
import json
import platform
import sys
import time
import xml.parsers.expat

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
CAN = ["run", "hold"]


class Channel:
    """A rendezvous: a sender goes on when a receiver has its value. One of the two queues is empty."""

    def __init__(self):
        self.senders, self.receivers = collections.deque(), collections.deque()

    async def send(self, value):
        if self.receivers:
            self.receivers.popleft().set_result(value)
            return
        taken = asyncio.get_running_loop().create_future()
        self.senders.append((value, taken))
        await taken

    async def receive(self):
        if self.senders:
            value, taken = self.senders.popleft()
            taken.set_result(None)
            return value
        given = asyncio.get_running_loop().create_future()
        self.receivers.append(given)
        return await given


class Tasks:
    """Keeps the tasks that run: the loop itself does not."""

    def __init__(self):
        self.running = set()

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def end(self):
        while self.running:
            await asyncio.wait(self.running)


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


async def pingpong(tasks, pairs, _):
    there, back, done = Channel(), Channel(), Channel()

    async def server():
        ball = 0
        for _ in range(pairs // 2):
            await there.send(((ball << 5) | (ball >> 59)) & MASK ^ GOLDEN)
            ball = await back.receive()
        await done.send(ball)

    async def returner():
        for _ in range(pairs // 2):
            ball = await there.receive()
            await back.send((((ball << 9) | (ball >> 55)) + 7) & MASK)

    tasks.spawn(server())
    tasks.spawn(returner())
    return await done.receive()


async def stream(tasks, count, _):
    numbers, done = Channel(), Channel()

    async def producer():
        for number in range(count):
            await numbers.send(number)

    async def consumer():
        state = 0
        for _ in range(count):
            state = mix(state, await numbers.receive())
        await done.send(state)

    tasks.spawn(producer())
    tasks.spawn(consumer())
    return await done.receive()


async def schedule(tasks, many, _):
    turns, done = max(50_000 // many, 200), Channel()

    async def polite(number):
        for _ in range(turns):
            await asyncio.sleep(0)
        await done.send(mix(number, turns))

    for number in range(many):
        tasks.spawn(polite(number))
    return sum([await done.receive() for _ in range(many)]) & MASK


async def ring(tasks, many, _, laps=20):
    async def neighbour(number, left, right):
        for _ in range(laps):
            await right.send(mix(await left.receive(), number))

    first = last = Channel()
    for number in range(1, many + 1):
        right = Channel()
        tasks.spawn(neighbour(number, last, right))
        last = right
    token = 0
    for _ in range(laps):
        await first.send(mix(token, 0))
        token = await last.receive()
    return token


async def spawn(tasks, generations, _):
    done = Channel()

    async def generation(number, state):
        state = mix(state, number)
        if number == generations:
            await done.send(state)
        else:
            tasks.spawn(generation(number + 1, state))

    tasks.spawn(generation(1, 0))
    return await done.receive()


async def factorial(tasks, n, _):
    async def call(n, reply):
        if n <= 1:
            return await reply.send(1)
        answer = Channel()
        tasks.spawn(call(n - 1, answer))
        await reply.send(await answer.receive() * n)

    state = 0
    for _ in range(1000 // n if n < 1000 else 1):
        answer = Channel()
        tasks.spawn(call(n, answer))
        number, digest = await answer.receive(), Digest()
        digest.data(number.to_bytes((number.bit_length() + 7) // 8, "little"))
        state = mix(state, digest.finish())
    return state


async def chain(tasks, depth, _):
    async def link(level, reply):
        if level == 0:
            return await reply.send(0)
        answer = Channel()
        tasks.spawn(link(level - 1, answer))
        await reply.send(mix(await answer.receive(), level))

    answer = Channel()
    tasks.spawn(link(depth, answer))
    return await answer.receive()


async def sax(tasks, _, document):
    events, end = Channel(), object()

    async def parser():
        # A callback of the parser cannot await: names are kept until the parser has had its piece of the document.
        names = []
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda name, _: names.append(name)
        for at in range(0, len(document), 4096):
            parser.Parse(document[at:at + 4096], False)
            for name in names:
                await events.send(name)
            names.clear()
        parser.Parse(b"", True)
        await events.send(end)

    tasks.spawn(parser())
    elements = state = 0
    while (name := await events.receive()) is not end:
        digest = Digest()
        digest.number(state)
        digest.data(name.encode())
        elements, state = elements + 1, digest.finish()
    return mix(state, elements)


async def skynet(tasks, leaves, _):
    async def node(first, leaves, reply):
        if leaves < 10:
            return await reply.send(first)
        sums, below = Channel(), leaves // 10
        for branch in range(10):
            tasks.spawn(node(first + branch * below, below, sums))
        await reply.send(sum([await sums.receive() for _ in range(10)]))

    reply = Channel()
    tasks.spawn(node(0, leaves, reply))
    return await reply.receive()


SCENARIOS = (pingpong, stream, schedule, ring, spawn, factorial, chain, sax, skynet)


async def sample(scenario, size, iterations, input=None):
    work = next((known for known in SCENARIOS if known.__name__ == scenario), None)
    if work is None:
        return {"say": "unsupported", "why": f"no scenario {scenario}"}
    document = open(input, "rb").read() if input else None
    digests = set()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for _ in range(iterations):
        tasks = Tasks()
        digests.add(await work(tasks, size, document))
        await tasks.end()
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    if len(digests) > 1:
        return {"say": "error", "why": "iterations differ"}
    return {"say": "sampled", "digest": f"{sum(digests):016x}", "wall": wall, "cpu": cpu}


async def run(program, events):
    """A program without an exact order: the part of the language that such programs are made of."""
    tasks, channels, told = Tasks(), collections.defaultdict(Channel), []

    async def life(name, ops):
        for at, (op, *rest) in enumerate(ops):
            told.append([name, str(at), op])
            value = None
            if op == "spawn":
                tasks.spawn(life(rest[0], program["bodies"][rest[1]]))
            elif op == "schedule":
                await asyncio.sleep(0)
            elif op == "send":
                await channels[rest[0]].send(rest[1])
            elif op == "recv":
                value = await channels[rest[0]].receive()
            elif op == "log":
                value = rest[0]
            else:
                raise ValueError(f"no op {op}")
            told.append([name, str(at), "=", value])
        told.append([name, "end"])

    await life("main", program["main"])
    return {"say": "ran", "events": told[:events]}


class Held:
    """Tasks that wait on one channel until they are released."""

    def __init__(self):
        self.tasks, self.gate, self.count, self.sum = Tasks(), Channel(), 0, 0

    async def wait(self):
        got = mix(0, await self.gate.receive())
        self.sum += got

    async def hold(self, count):
        while self.count < count:
            self.tasks.spawn(self.wait())
            self.count += 1
        await asyncio.sleep(0)

    async def release(self):
        for value in range(self.count):
            await self.gate.send(value)
        await self.tasks.end()
        return self.sum & MASK


async def answer(ask, question):
    global held
    if ask == "hello":
        return {"say": "hello", "protocol": 1, "name": "asyncio", "version": platform.python_version(),
                "language": "Python", "language_version": platform.python_version(), "can": CAN}
    if ask == "run":
        return await run(**question)
    if ask == "sample":
        return await sample(**question)
    if ask == "hold":
        held = held or Held()
        await held.hold(question["count"])
        return {"say": "held", "count": held.count}
    if ask == "release":
        released, held = await held.release(), None
        return {"say": "released", "digest": f"{released:016x}"}
    return {"say": "end"} if ask == "end" else {"say": "unsupported", "why": f"no answer to {ask}"}


async def main():
    for line in sys.stdin:
        question = json.loads(line)
        number, ask = question.pop("id"), question.pop("ask")
        print(json.dumps({"id": number, **await answer(ask, question)}), flush=True)
        if ask == "end":
            break


held = None
asyncio.run(main())
