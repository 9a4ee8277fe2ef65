# Fibers, with a run queue and rendezvous channels. README.md names the idiom.
require "fiber"
require "json"

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15

def mix(state, value) = ((((state << 23) | (state >> 41)) & MASK ^ value) * GOLDEN) & MASK

# The hash of results that all programs share.
class Digest
  def initialize = @state = GOLDEN

  def number(word)
    mixed = ((@state ^ word) * GOLDEN) & MASK
    mixed ^= mixed >> 32
    @state = ((((mixed << 23) | (mixed >> 41)) & MASK) + GOLDEN) & MASK
  end

  def bytes(data)
    (data + "\0" * (8 - data.bytesize % 8)).unpack("Q<*").each { |word| number(word) }
    number(data.bytesize)
  end

  def finish
    mixed = ((@state ^ (@state >> 29)) * GOLDEN) & MASK
    mixed ^ (mixed >> 32)
  end
end

# The run queue: fibers and the values they go on with.
class Tasks
  def initialize = @ready = []

  def ready(fiber, value = nil) = @ready.push([fiber, value])

  def spawn(*arguments, &body) = ready(Fiber.new { body.call(*arguments) })

  def schedule
    ready(Fiber.current)
    Fiber.yield
  end

  # Runs until no task is ready.
  def run
    while (next_one = @ready.shift)
      fiber, value = next_one
      fiber.resume(value)
    end
  end

  def channel = Channel.new(self)
end

# A sender goes on when its value is taken. One of the two queues is empty.
class Channel
  def initialize(tasks)
    @tasks, @senders, @receivers = tasks, [], []
  end

  def send(value)
    return @tasks.ready(@receivers.shift, value) unless @receivers.empty?
    @senders.push([Fiber.current, value])
    Fiber.yield
  end

  def receive
    if @senders.empty?
      @receivers.push(Fiber.current)
      return Fiber.yield
    end
    sender, value = @senders.shift
    @tasks.ready(sender)
    value
  end
end

module Scenarios
  module_function

  def pingpong(tasks, pairs, _)
    there, back, done = tasks.channel, tasks.channel, tasks.channel
    tasks.spawn do
      ball = 0
      (pairs / 2).times do
        there.send(((ball << 5) | (ball >> 59)) & MASK ^ GOLDEN)
        ball = back.receive
      end
      done.send(ball)
    end
    tasks.spawn do
      (pairs / 2).times do
        ball = there.receive
        back.send((((ball << 9) | (ball >> 55)) & MASK) + 7 & MASK)
      end
    end
    done.receive
  end

  def stream(tasks, count, _)
    numbers, done = tasks.channel, tasks.channel
    tasks.spawn { count.times { |number| numbers.send(number) } }
    tasks.spawn do
      state = 0
      count.times { state = mix(state, numbers.receive) }
      done.send(state)
    end
    done.receive
  end

  def schedule(tasks, many, _)
    turns, done = [50_000 / many, 200].max, tasks.channel
    many.times do |number|
      tasks.spawn do
        turns.times { tasks.schedule }
        done.send(mix(number, turns))
      end
    end
    Array.new(many) { done.receive }.sum & MASK
  end

  def ring(tasks, many, _)
    laps, first, token = 20, tasks.channel, 0
    last = first
    1.upto(many) do |number|
      left, right = last, tasks.channel
      tasks.spawn { laps.times { right.send(mix(left.receive, number)) } }
      last = right
    end
    laps.times do
      first.send(mix(token, 0))
      token = last.receive
    end
    token
  end

  def spawn(tasks, generations, _)
    done = tasks.channel
    generation = lambda do |number, state|
      state = mix(state, number)
      number == generations ? done.send(state) : tasks.spawn(number + 1, state, &generation)
    end
    tasks.spawn(1, 0, &generation)
    done.receive
  end

  def factorial(tasks, n, _)
    call = lambda do |n, reply|
      if n <= 1
        reply.send(1)
      else
        answer = tasks.channel
        tasks.spawn(n - 1, answer, &call)
        reply.send(answer.receive * n)
      end
    end
    (n < 1000 ? 1000 / n : 1).times.reduce(0) do |state, _|
      answer = tasks.channel
      tasks.spawn(n, answer, &call)
      digits = answer.receive.to_s(16)
      digest = Digest.new
      digest.bytes([digits.rjust(digits.size + digits.size % 2, "0")].pack("H*").reverse)
      mix(state, digest.finish)
    end
  end

  def chain(tasks, depth, _)
    link = lambda do |level, reply|
      if level.zero?
        reply.send(0)
      else
        answer = tasks.channel
        tasks.spawn(level - 1, answer, &link)
        reply.send(mix(answer.receive, level))
      end
    end
    answer = tasks.channel
    tasks.spawn(depth, answer, &link)
    answer.receive
  end

  def sax(tasks, _, document)
    events, elements, state = tasks.channel, 0, 0
    tasks.spawn do
      document.scan(/<([A-Za-z]\w*)/) { events.send($1) }
      events.send(nil)
    end
    while (name = events.receive)
      digest = Digest.new
      digest.number(state)
      digest.bytes(name.b)
      elements, state = elements + 1, digest.finish
    end
    mix(state, elements)
  end

  def skynet(tasks, leaves, _)
    node = lambda do |first, leaves, reply|
      if leaves < 10
        reply.send(first)
      else
        sums, below = tasks.channel, leaves / 10
        10.times { |branch| tasks.spawn(first + branch * below, below, sums, &node) }
        reply.send(Array.new(10) { sums.receive }.sum)
      end
    end
    reply = tasks.channel
    tasks.spawn(0, leaves, reply, &node)
    reply.receive
  end
end

NAMES = %w[pingpong stream schedule ring spawn factorial chain sax skynet]

def sample(question)
  work = question["scenario"]
  return { say: "unsupported", why: "no scenario #{work}" } unless NAMES.include?(work)
  document = question["input"] && File.read(question["input"])
  wall = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
  digests = Array.new(question["iterations"]) do
    tasks, digest = Tasks.new, nil
    tasks.spawn { digest = Scenarios.public_send(work, tasks, question["size"], document) }
    tasks.run
    digest
  end
  wall = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - wall
  cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond) - cpu
  return { say: "error", why: "iterations differ" } if digests.uniq.size > 1
  { say: "sampled", digest: format("%016x", digests[0] || 0), wall: wall, cpu: cpu }
end

# A program without an exact order: the part of the language that such programs are made of.
def run(program, most)
  tasks, events = Tasks.new, []
  channels = Hash.new { |all, name| all[name] = tasks.channel }
  life = lambda do |name, ops|
    ops.each_with_index do |(op, *rest), at|
      events.push([name, at.to_s, op])
      value = nil
      case op
      when "spawn" then tasks.spawn(rest[0], program["bodies"][rest[1]], &life)
      when "schedule" then tasks.schedule
      when "send" then channels[rest[0]].send(rest[1])
      when "recv" then value = channels[rest[0]].receive
      when "log" then value = rest[0]
      else raise "no op #{op}"
      end
      events.push([name, at.to_s, "=", value])
    end
    events.push([name, "end"])
  end
  tasks.spawn("main", program["main"], &life)
  tasks.run
  # Main may end before a sender that it has received from.
  main = events.index(%w[main end])
  { say: "ran", events: events[0..main].first(most) }
end

# Tasks that wait on one channel until they are released.
class Held
  attr_reader :count

  def initialize
    @tasks, @count, @sum = Tasks.new, 0, 0
    @gate = @tasks.channel
  end

  def hold(count)
    while @count < count
      @tasks.spawn do
        got = mix(0, @gate.receive)
        @sum += got
      end
      @count += 1
    end
    @tasks.run
  end

  def release
    @tasks.spawn { @count.times { |value| @gate.send(value) } }
    @tasks.run
    @sum & MASK
  end
end

held = Held.new
$stdin.each_line do |line|
  question = JSON.parse(line)
  ask = question["ask"]
  answer =
    case ask
    when "hello"
      { say: "hello", protocol: 1, name: "ruby", version: RUBY_VERSION, language: "Ruby",
        language_version: RUBY_VERSION, can: %w[run hold] }
    when "run" then run(question["program"], question["events"])
    when "sample" then sample(question)
    when "hold"
      held.hold(question["count"])
      { say: "held", count: held.count }
    when "release"
      digest = held.release
      held = Held.new
      { say: "released", digest: format("%016x", digest) }
    when "end" then { say: "end" }
    else { say: "unsupported", why: "no answer to #{ask}" }
    end
  $stdout.puts(JSON.generate({ id: question["id"] }.merge(answer)))
  $stdout.flush
  break if ask == "end"
end
