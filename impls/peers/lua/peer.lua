-- Coroutines, with a run queue and rendezvous channels; for Lua 5.4 and LuaJIT. README.md names the idiom.
local NAME = arg[1] or "lua"
local create, resume, yield, running = coroutine.create, coroutine.resume, coroutine.yield, coroutine.running

-- Numbers of 64 bits: integers of Lua 5.4, boxed ones of LuaJIT. Each knows only its own operators.
local rol, xor, shr, number, hex, clocks
local GOLDEN
if jit then
  local bit, ffi = require "bit", require "ffi"
  rol, xor, shr = bit.rol, bit.bxor, bit.rshift
  number = function(n) return ffi.cast("uint64_t", n) end
  hex = function(n) return bit.tohex(n, 16) end
  GOLDEN = number(0x9E3779B9) * 4294967296 + 0x7F4A7C15
  ffi.cdef "typedef struct { long s, n; } timespec; int clock_gettime(int, timespec *);"
  clocks = function()
    local read = function(clock)
      local at = ffi.new "timespec"
      ffi.C.clock_gettime(clock, at)
      return tonumber(at.s) * 1e9 + tonumber(at.n)
    end
    return read(1), read(2)
  end
else
  local make = load [[
    return function(n, k) return n << k | n >> 64 - k end,
      function(a, b) return a ~ b end, function(n, k) return n >> k end]]
  rol, xor, shr = make()
  number = function(n) return n end
  hex = function(n) return ("%016x"):format(n) end
  GOLDEN = 0x9E3779B9 * 4294967296 + 0x7F4A7C15
  local hrtime = require "luv".hrtime
  clocks = function() return hrtime(), os.clock() * 1e9 end
end
local ZERO = number(0)

local function mix(state, value) return xor(rol(state, 23), number(value)) * GOLDEN end

-- The hash of results that all programs share.
local function push(state, word)
  local mixed = xor(state, number(word)) * GOLDEN
  return rol(xor(mixed, shr(mixed, 32)), 23) + GOLDEN
end

local function push_bytes(state, text)
  for at = 1, #text - #text % 8 + 1, 8 do
    local word = ZERO
    for i = math.min(at + 7, #text), at, -1 do word = word * 256 + text:byte(i) end
    state = push(state, word)
  end
  return push(state, #text)
end

local function finish(state)
  local mixed = xor(state, shr(state, 29)) * GOLDEN
  return xor(mixed, shr(mixed, 32))
end

-- The run queue: a coroutine and the value it goes on with.
local queue, values, first, last = {}, {}, 1, 0

local function ready(co, value)
  last = last + 1
  queue[last], values[last] = co, value
end

local function spawn(f, ...)
  local arguments, n = { ... }, select("#", ...)
  ready(create(n == 0 and f or function() return f((table.unpack or unpack)(arguments, 1, n)) end))
end

local function loop()
  while first <= last do
    local co, value = queue[first], values[first]
    queue[first], values[first], first = nil, nil, first + 1
    local well, why = resume(co, value)
    if not well then error(why, 0) end
  end
  first, last = 1, 0
end

local function schedule()
  ready(running())
  yield()
end

-- A channel: those who wait, and what senders offer. One of the two is empty.
local function channel() return { first = 1, last = 0, sends = 0 } end

local function send(c, value)
  if c.sends < 0 then
    local receiver = c[c.first]
    c[c.first], c.first, c.sends = nil, c.first + 1, c.sends + 1
    return ready(receiver, value)
  end
  c.last, c.sends = c.last + 1, c.sends + 1
  c[c.last] = { running(), value }
  yield()
end

local function receive(c)
  if c.sends > 0 then
    local offer = c[c.first]
    c[c.first], c.first, c.sends = nil, c.first + 1, c.sends - 1
    ready(offer[1])
    return offer[2]
  end
  c.last, c.sends = c.last + 1, c.sends - 1
  c[c.last] = running()
  return yield()
end

-- Numbers of any length: digits of 24 bits, the lowest first.
local function multiply(digits, by)
  local carry, product = 0, {}
  for at = 1, #digits do
    local value = digits[at] * by + carry
    carry = math.floor(value / 0x1000000)
    product[at] = value - carry * 0x1000000
  end
  while carry > 0 do
    local rest = math.floor(carry / 0x1000000)
    product[#product + 1], carry = carry - rest * 0x1000000, rest
  end
  return product
end

local function bytes(digits)
  local parts = {}
  for at, digit in ipairs(digits) do
    parts[at] = string.char(digit % 256, math.floor(digit / 256) % 256, math.floor(digit / 65536))
  end
  return (table.concat(parts):gsub("%z+$", ""))
end

local scenarios = {}

function scenarios.pingpong(pairs)
  local there, back, done = channel(), channel(), channel()
  spawn(function()
    local ball = ZERO
    for _ = 1, pairs / 2 do
      send(there, xor(rol(ball, 5), GOLDEN))
      ball = receive(back)
    end
    send(done, ball)
  end)
  spawn(function()
    for _ = 1, pairs / 2 do send(back, rol(receive(there), 9) + 7) end
  end)
  return receive(done)
end

function scenarios.stream(count)
  local numbers, done = channel(), channel()
  spawn(function()
    for value = 0, count - 1 do send(numbers, value) end
  end)
  spawn(function()
    local state = ZERO
    for _ = 1, count do state = mix(state, receive(numbers)) end
    send(done, state)
  end)
  return receive(done)
end

function scenarios.schedule(many)
  local turns, done, sum = math.max(math.floor(50000 / many), 200), channel(), ZERO
  for value = 0, many - 1 do
    spawn(function()
      for _ = 1, turns do schedule() end
      send(done, mix(number(value), turns))
    end)
  end
  for _ = 1, many do sum = sum + receive(done) end
  return sum
end

function scenarios.ring(many)
  local begin, laps, token = channel(), 20, ZERO
  local left = begin
  for value = 1, many do
    local from, to = left, channel()
    spawn(function()
      for _ = 1, laps do send(to, mix(receive(from), value)) end
    end)
    left = to
  end
  for _ = 1, laps do
    send(begin, mix(token, 0))
    token = receive(left)
  end
  return token
end

function scenarios.spawn(generations)
  local done = channel()
  local function generation(value, state)
    state = mix(state, value)
    if value == generations then send(done, state) else spawn(generation, value + 1, state) end
  end
  spawn(generation, 1, ZERO)
  return receive(done)
end

function scenarios.factorial(n)
  local function call(n, reply)
    if n <= 1 then return send(reply, { 1 }) end
    local answer = channel()
    spawn(call, n - 1, answer)
    send(reply, multiply(receive(answer), n))
  end
  local state = ZERO
  for _ = 1, n < 1000 and math.floor(1000 / n) or 1 do
    local answer = channel()
    spawn(call, n, answer)
    state = mix(state, finish(push_bytes(GOLDEN, bytes(receive(answer)))))
  end
  return state
end

function scenarios.chain(depth)
  local function link(level, reply)
    if level == 0 then return send(reply, ZERO) end
    local answer = channel()
    spawn(link, level - 1, answer)
    send(reply, mix(receive(answer), level))
  end
  local answer = channel()
  spawn(link, depth, answer)
  return receive(answer)
end

-- The push parser: calls back for every start tag.
local function parse(document, on_start)
  for name in document:gmatch "<(%a%w*)" do on_start(name) end
end

function scenarios.sax(_, document)
  local events, elements, state = channel(), 0, ZERO
  spawn(function()
    parse(document, function(name) send(events, name) end)
    send(events, false)
  end)
  while true do
    local name = receive(events)
    if not name then return mix(state, elements) end
    elements, state = elements + 1, finish(push_bytes(push(GOLDEN, state), name))
  end
end

function scenarios.skynet(leaves)
  local function node(begin, leaves, reply)
    if leaves < 10 then return send(reply, begin) end
    local sums, below, sum = channel(), math.floor(leaves / 10), 0
    for branch = 0, 9 do spawn(node, begin + branch * below, below, sums) end
    for _ = 1, 10 do sum = sum + receive(sums) end
    send(reply, sum)
  end
  local reply = channel()
  spawn(node, 0, leaves, reply)
  return number(receive(reply))
end

-- JSON, as far as questions and answers go.
local function read(text)
  local at = 1
  local value
  local function list(close, item)
    local items = {}
    at = text:match("^%s*()", at + 1)
    while text:sub(at, at) ~= close do
      item(items)
      at = text:match("^%s*,?%s*()", at)
    end
    at = at + 1
    return items
  end
  local function quoted()
    local from = at + 1
    at = from
    while text:sub(at, at) ~= '"' do at = at + (text:sub(at, at) == "\\" and 2 or 1) end
    at = at + 1
    local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
    return (text:sub(from, at - 2):gsub("\\(.)", function(c) return escapes[c] or c end))
  end
  function value()
    local c = text:sub(at, at)
    if c == "{" then
      return list("}", function(items)
        local key = quoted()
        at = text:match("^%s*:%s*()", at)
        items[key] = value()
      end)
    elseif c == "[" then
      return list("]", function(items) items[#items + 1] = value() end)
    elseif c == '"' then
      return quoted()
    end
    local word, rest = text:match("^([%w%.%+%-]+)()", at)
    at = rest
    if word == "null" then return nil end
    if word == "true" or word == "false" then return word == "true" end
    -- A long number stays a text in LuaJIT, whose numbers have 53 bits.
    return jit and #word > 15 and { digits = word } or tonumber(word)
  end
  return value()
end

local function write(value)
  if value == nil then return "null" end
  if type(value) == "string" then return '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"' end
  if type(value) == "number" then return (jit and "%.0f" or "%d"):format(value) end
  if value.digits then return value.digits end
  local parts = {}
  for at = 1, value.n or #value do parts[at] = write(value[at]) end
  return "[" .. table.concat(parts, ",") .. "]"
end

-- A program without an exact order: the part of the language that such programs are made of.
local function run(program, most)
  local channels, events, over = {}, {}, false
  local function tell(...)
    -- Main may end before a sender that it has received from.
    if #events < most and not over then events[#events + 1] = { n = select("#", ...), ... } end
  end
  local function find(name)
    channels[name] = channels[name] or channel()
    return channels[name]
  end
  local function life(name, ops)
    for at, op in ipairs(ops) do
      local label, value = tostring(at - 1), nil
      tell(name, label, op[1])
      if op[1] == "spawn" then spawn(life, op[2], program.bodies[op[3]])
      elseif op[1] == "schedule" then schedule()
      elseif op[1] == "send" then send(find(op[2]), op[3])
      elseif op[1] == "recv" then value = receive(find(op[2]))
      elseif op[1] == "log" then value = op[2]
      else error("no op " .. op[1]) end
      tell(name, label, "=", value)
    end
    tell(name, "end")
    over = over or name == "main"
  end
  spawn(life, "main", program.main)
  loop()
  return events
end

local function sample(question)
  local work, document, result = scenarios[question.scenario], nil, nil
  if not work then return '"say":"unsupported","why":"no scenario of that name"' end
  if question.input then
    local file = assert(io.open(question.input, "rb"))
    document = file:read "*a"
    file:close()
  end
  local wall, cpu = clocks()
  for _ = 1, question.iterations do
    local again
    spawn(function() again = work(question.size, document) end)
    loop()
    if result and result ~= again then return '"say":"error","why":"iterations differ"' end
    result = again
  end
  local wall_after, cpu_after = clocks()
  return ('"say":"sampled","digest":"%s","wall":%.0f,"cpu":%.0f'):format(hex(result or ZERO), wall_after - wall, cpu_after - cpu)
end

local held = { count = 0, sum = ZERO, gate = channel() }

local function hold(count)
  for _ = held.count + 1, count do
    spawn(function()
      local got = mix(ZERO, receive(held.gate))
      held.sum = held.sum + got
    end)
  end
  held.count = math.max(held.count, count)
  loop()
end

local function release()
  spawn(function()
    for value = 0, held.count - 1 do send(held.gate, value) end
  end)
  loop()
  local sum = held.sum
  held = { count = 0, sum = ZERO, gate = channel() }
  return hex(sum)
end

for line in io.lines() do
  local question, answer = read(line), nil
  local ask = question.ask
  if ask == "hello" then
    answer = ('"say":"hello","protocol":1,"name":%s,"version":%s,"language":"Lua","language_version":%s,"can":["run","hold"]')
      :format(write(NAME), write(jit and jit.version or _VERSION), write(_VERSION))
  elseif ask == "run" then
    local parts = {}
    for at, event in ipairs(run(question.program, question.events)) do parts[at] = write(event) end
    answer = '"say":"ran","events":[' .. table.concat(parts, ",") .. "]"
  elseif ask == "sample" then
    answer = sample(question)
  elseif ask == "hold" then
    hold(question.count)
    answer = ('"say":"held","count":%.0f'):format(held.count)
  elseif ask == "release" then
    answer = ('"say":"released","digest":"%s"'):format(release())
  else
    answer = ask == "end" and '"say":"end"' or '"say":"unsupported","why":"no answer to that"'
  end
  io.write(('{"id":%.0f,%s}\n'):format(question.id, answer))
  io.flush()
  if ask == "end" then break end
end
