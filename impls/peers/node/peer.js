// Async functions and a rendezvous channel of promises. README.md names the idiom.
"use strict";
const fs = require("fs");
const readline = require("readline");

const GOLDEN = 0x9e3779b97f4a7c15n;
const u64 = (n) => BigInt.asUintN(64, n);
const rol = (n, by) => u64((n << by) | (n >> (64n - by)));
const mix = (state, value) => u64((rol(state, 23n) ^ BigInt(value)) * GOLDEN);
const hex = (n) => n.toString(16).padStart(16, "0");

// The hash of results that all programs share.
class Digest {
  state = GOLDEN;
  number(word) {
    const mixed = u64((this.state ^ word) * GOLDEN);
    this.state = u64(rol(mixed ^ (mixed >> 32n), 23n) + GOLDEN);
  }
  bytes(data) {
    const whole = data.length - (data.length % 8);
    for (let at = 0; at < whole; at += 8) this.number(data.readBigUInt64LE(at));
    const last = Buffer.alloc(8);
    data.copy(last, 0, whole);
    this.number(last.readBigUInt64LE(0));
    this.number(BigInt(data.length));
  }
  finish() {
    const mixed = u64((this.state ^ (this.state >> 29n)) * GOLDEN);
    return mixed ^ (mixed >> 32n);
  }
}

// A queue whose front is cheap to take.
class Queue {
  items = [];
  front = 0;
  get length() { return this.items.length - this.front; }
  push(item) { this.items.push(item); }
  shift() {
    const item = this.items[this.front];
    this.items[this.front++] = undefined;
    if (this.front === this.items.length) { this.items.length = 0; this.front = 0; }
    return item;
  }
}

// A sender goes on when its value is taken. One of the two queues is empty.
class Channel {
  senders = new Queue();
  receivers = new Queue();
  send(value) {
    if (this.receivers.length > 0) {
      this.receivers.shift()(value);
      return undefined;
    }
    return new Promise((taken) => this.senders.push([value, taken]));
  }
  receive() {
    if (this.senders.length > 0) {
      const [value, taken] = this.senders.shift();
      taken();
      return value;
    }
    return new Promise((given) => this.receivers.push(given));
  }
}

const scenarios = {
  async pingpong(pairs) {
    const [there, back, done] = [new Channel(), new Channel(), new Channel()];
    (async () => {
      let ball = 0n;
      for (let i = 0; i < pairs / 2; i++) {
        await there.send(rol(ball, 5n) ^ GOLDEN);
        ball = await back.receive();
      }
      await done.send(ball);
    })();
    (async () => {
      for (let i = 0; i < pairs / 2; i++) await back.send(u64(rol(await there.receive(), 9n) + 7n));
    })();
    return done.receive();
  },
  async stream(count) {
    const [numbers, done] = [new Channel(), new Channel()];
    (async () => {
      for (let number = 0; number < count; number++) await numbers.send(number);
    })();
    (async () => {
      let state = 0n;
      for (let i = 0; i < count; i++) state = mix(state, await numbers.receive());
      await done.send(state);
    })();
    return done.receive();
  },
  async schedule(many) {
    const turns = Math.max(Math.floor(50000 / many), 200);
    const done = new Channel();
    for (let number = 0; number < many; number++) {
      (async () => {
        for (let i = 0; i < turns; i++) await undefined;
        await done.send(mix(BigInt(number), turns));
      })();
    }
    let sum = 0n;
    for (let i = 0; i < many; i++) sum = u64(sum + (await done.receive()));
    return sum;
  },
  async ring(many) {
    const laps = 20;
    const first = new Channel();
    let last = first;
    for (let number = 1; number <= many; number++) {
      const [left, right] = [last, new Channel()];
      (async () => {
        for (let i = 0; i < laps; i++) await right.send(mix(await left.receive(), number));
      })();
      last = right;
    }
    let token = 0n;
    for (let i = 0; i < laps; i++) {
      await first.send(mix(token, 0));
      token = await last.receive();
    }
    return token;
  },
  async spawn(generations) {
    const done = new Channel();
    const generation = async (number, before) => {
      // A function runs up to its first await at once: this makes it a task.
      await undefined;
      const state = mix(before, number);
      if (number === generations) await done.send(state);
      else generation(number + 1, state);
    };
    generation(1, 0n);
    return done.receive();
  },
  async factorial(n) {
    const call = async (n, reply) => {
      await undefined;
      if (n <= 1) return reply.send(1n);
      const answer = new Channel();
      call(n - 1, answer);
      return reply.send((await answer.receive()) * BigInt(n));
    };
    let state = 0n;
    for (let i = 0; i < (n < 1000 ? Math.floor(1000 / n) : 1); i++) {
      const answer = new Channel();
      call(n, answer);
      const digits = (await answer.receive()).toString(16);
      const digest = new Digest();
      digest.bytes(Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex").reverse());
      state = mix(state, digest.finish());
    }
    return state;
  },
  async chain(depth) {
    const link = async (level, reply) => {
      await undefined;
      if (level === 0) return reply.send(0n);
      const answer = new Channel();
      link(level - 1, answer);
      return reply.send(mix(await answer.receive(), level));
    };
    const answer = new Channel();
    link(depth, answer);
    return answer.receive();
  },
  async sax(_, document) {
    const events = new Channel();
    (async () => {
      for (const [, name] of document.matchAll(/<([A-Za-z]\w*)/g)) await events.send(name);
      await events.send(null);
    })();
    let [elements, state, name] = [0, 0n, null];
    while ((name = await events.receive()) !== null) {
      const digest = new Digest();
      digest.number(state);
      digest.bytes(Buffer.from(name));
      elements += 1;
      state = digest.finish();
    }
    return mix(state, elements);
  },
  async skynet(leaves) {
    const node = async (first, leaves, reply) => {
      await undefined;
      if (leaves < 10) return reply.send(first);
      const [sums, below] = [new Channel(), Math.floor(leaves / 10)];
      for (let branch = 0; branch < 10; branch++) node(first + branch * below, below, sums);
      let sum = 0;
      for (let i = 0; i < 10; i++) sum += await sums.receive();
      return reply.send(sum);
    };
    const reply = new Channel();
    node(0, leaves, reply);
    return BigInt(await reply.receive());
  },
};

async function sample({ scenario, size, iterations, input }) {
  const work = Object.hasOwn(scenarios, scenario) ? scenarios[scenario] : null;
  if (work === null) return { say: "unsupported", why: `no scenario ${scenario}` };
  const document = input === undefined ? "" : fs.readFileSync(input, "utf8");
  const digests = new Set();
  const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  for (let i = 0; i < iterations; i++) digests.add(await work(size, document));
  const took = process.hrtime.bigint() - wall;
  const used = process.cpuUsage(cpu);
  if (digests.size > 1) return { say: "error", why: "iterations differ" };
  const [digest = 0n] = digests;
  return { say: "sampled", digest: hex(digest), wall: Number(took), cpu: (used.user + used.system) * 1000 };
}

// A program without an exact order: the part of the language that such programs are made of.
async function run({ program, events: most }) {
  const [channels, events] = [new Map(), []];
  const channel = (name) => {
    if (!channels.has(name)) channels.set(name, new Channel());
    return channels.get(name);
  };
  const life = async (name, ops) => {
    for (const [at, [op, ...rest]] of ops.entries()) {
      const label = String(at);
      events.push([name, label, op]);
      let value = null;
      if (op === "spawn") life(rest[0], program.bodies[rest[1]]);
      else if (op === "schedule") await undefined;
      else if (op === "send") await channel(rest[0]).send(rest[1]);
      else if (op === "recv") value = await channel(rest[0]).receive();
      else if (op === "log") value = rest[0];
      else throw new Error(`no op ${op}`);
      events.push([name, label, "=", value]);
    }
    events.push([name, "end"]);
  };
  await life("main", program.main);
  return { say: "ran", events: events.slice(0, most) };
}

// Tasks that wait on one channel until they are released.
class Held {
  gate = new Channel();
  count = 0;
  sum = 0n;
  hold(count) {
    for (; this.count < count; this.count++) {
      (async () => {
        const got = mix(0n, await this.gate.receive());
        this.sum = u64(this.sum + got);
      })();
    }
  }
  async release() {
    for (let value = 0; value < this.count; value++) await this.gate.send(value);
    await new Promise((later) => setImmediate(later));
    return hex(this.sum);
  }
}

let held = new Held();

async function answer(ask, question) {
  switch (ask) {
    case "hello":
      return {
        say: "hello", protocol: 1, name: "node", version: process.version, language: "JavaScript",
        language_version: `V8 ${process.versions.v8}`, can: ["run", "hold"],
      };
    case "run": return run(question);
    case "sample": return sample(question);
    case "hold":
      held.hold(question.count);
      return { say: "held", count: held.count };
    case "release": {
      const digest = await held.release();
      held = new Held();
      return { say: "released", digest };
    }
    case "end": return { say: "end" };
    default: return { say: "unsupported", why: `no answer to ${ask}` };
  }
}

// Numbers of JSON have 53 bits here: longer ones stay texts that begin with #.
const read = (line) => JSON.parse(line.replace(/([[,:]\s*)(\d{16,})(?=\s*[\],}])/g, '$1"#$2"'));
const write = (value) => JSON.stringify(value).replace(/"#(\d+)"/g, "$1");

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, ask, ...question } = read(line);
    process.stdout.write(`${write({ id, ...(await answer(ask, question)) })}\n`);
    if (ask === "end") process.exit(0);
  }
})();
