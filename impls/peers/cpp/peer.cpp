// Coroutines of C++20, with a run queue and rendezvous channels. README.md names the idiom.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "json.hpp"
#include "program.hpp"
#include "tasks.hpp"

using u64 = std::uint64_t;
constexpr u64 GOLDEN = 0x9E3779B97F4A7C15;

constexpr u64 rol(u64 n, int by) { return n << by | n >> (64 - by); }
constexpr u64 mix(u64 state, u64 value) { return (rol(state, 23) ^ value) * GOLDEN; }

// The hash of results that all programs share.
struct Digest {
    u64 state = GOLDEN;
    void number(u64 word) {
        u64 mixed = (state ^ word) * GOLDEN;
        state = rol(mixed ^ mixed >> 32, 23) + GOLDEN;
    }
    void bytes(const std::string &data) {
        for (std::size_t at = 0; at <= data.size(); at += 8) {
            u64 word = 0;
            for (std::size_t i = 0; i < 8 && at + i < data.size(); i++) word |= u64(std::uint8_t(data[at + i])) << 8 * i;
            number(word);
        }
        number(data.size());
    }
    u64 finish() const {
        u64 mixed = (state ^ state >> 29) * GOLDEN;
        return mixed ^ mixed >> 32;
    }
};

Task server(Shared<u64> there, Shared<u64> back, u64 rounds, u64 &result) {
    u64 ball = 0;
    for (u64 i = 0; i < rounds; i++) {
        co_await there->send(rol(ball, 5) ^ GOLDEN);
        ball = co_await back->receive();
    }
    result = ball;
}

Task returner(Shared<u64> there, Shared<u64> back, u64 rounds) {
    for (u64 i = 0; i < rounds; i++) {
        u64 ball = co_await there->receive();
        co_await back->send(rol(ball, 9) + 7);
    }
}

void pingpong(u64 pairs, const std::string &, u64 &result) {
    auto there = channel<u64>(), back = channel<u64>();
    server(there, back, pairs / 2, result);
    returner(there, back, pairs / 2);
}

Task producer(Shared<u64> numbers, u64 count) {
    for (u64 number = 0; number < count; number++) co_await numbers->send(number);
}

Task consumer(Shared<u64> numbers, u64 count, u64 &result) {
    u64 state = 0;
    for (u64 i = 0; i < count; i++) state = mix(state, co_await numbers->receive());
    result = state;
}

void stream(u64 count, const std::string &, u64 &result) {
    auto numbers = channel<u64>();
    producer(numbers, count);
    consumer(numbers, count, result);
}

Task polite(u64 number, u64 turns, Shared<u64> done) {
    for (u64 i = 0; i < turns; i++) co_await Schedule{};
    co_await done->send(mix(number, turns));
}

Task sum_of(Shared<u64> values, u64 many, u64 &result) {
    result = 0;
    for (u64 i = 0; i < many; i++) result += co_await values->receive();
}

void schedule(u64 many, const std::string &, u64 &result) {
    auto done = channel<u64>();
    sum_of(done, many, result);
    for (u64 number = 0; number < many; number++) polite(number, std::max<u64>(50000 / many, 200), done);
}

constexpr int LAPS = 20;

Task neighbour(u64 number, Shared<u64> left, Shared<u64> right) {
    for (int i = 0; i < LAPS; i++) {
        u64 token = co_await left->receive();
        co_await right->send(mix(token, number));
    }
}

Task circle(Shared<u64> first, Shared<u64> last, u64 &result) {
    u64 token = 0;
    for (int i = 0; i < LAPS; i++) {
        co_await first->send(mix(token, 0));
        token = co_await last->receive();
    }
    result = token;
}

void ring(u64 many, const std::string &, u64 &result) {
    auto first = channel<u64>(), last = first;
    for (u64 number = 1; number <= many; number++) {
        auto right = channel<u64>();
        neighbour(number, last, right);
        last = right;
    }
    circle(first, last, result);
}

Task generation(u64 number, u64 last, u64 state, u64 &result) {
    state = mix(state, number);
    if (number == last) result = state;
    else generation(number + 1, last, state, result);
    co_return;
}

void spawn(u64 generations, const std::string &, u64 &result) { generation(1, generations, 0, result); }

// A number of any length: digits of 32 bits, the lowest first.
using Number = std::vector<std::uint32_t>;

Task call(u64 n, Shared<Number> reply) {
    if (n <= 1) {
        co_await reply->send(Number(1, 1));
        co_return;
    }
    auto answer = channel<Number>();
    call(n - 1, answer);
    Number number = co_await answer->receive();
    u64 carry = 0;
    for (auto &digit : number) {
        carry += u64(digit) * n;
        digit = std::uint32_t(carry);
        carry >>= 32;
    }
    if (carry) number.push_back(std::uint32_t(carry));
    co_await reply->send(std::move(number));
}

Task rounds(u64 n, u64 &result) {
    u64 state = 0;
    for (u64 i = 0; i < (n < 1000 ? 1000 / n : 1); i++) {
        auto answer = channel<Number>();
        call(n, answer);
        Number number = co_await answer->receive();
        std::string bytes;
        for (auto digit : number)
            for (int at = 0; at < 32; at += 8) bytes.push_back(char(digit >> at));
        while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
        Digest digest;
        digest.bytes(bytes);
        state = mix(state, digest.finish());
    }
    result = state;
}

void factorial(u64 n, const std::string &, u64 &result) { rounds(n, result); }

Task link_in(u64 level, Shared<u64> reply) {
    if (level == 0) {
        co_await reply->send(0);
        co_return;
    }
    auto answer = channel<u64>();
    link_in(level - 1, answer);
    u64 below = co_await answer->receive();
    co_await reply->send(mix(below, level));
}

void chain(u64 depth, const std::string &, u64 &result) {
    auto answer = channel<u64>();
    link_in(depth, answer);
    sum_of(answer, 1, result);
}

Task parser(const std::string &document, Shared<std::string> events) {
    for (std::size_t at = document.find('<'); at != std::string::npos; at = document.find('<', at + 1)) {
        std::size_t end = at + 1;
        if (!std::isalpha(document[end])) continue;
        while (std::isalnum(document[end])) end++;
        co_await events->send(document.substr(at + 1, end - at - 1));
    }
    co_await events->send("");
}

Task tally(Shared<std::string> events, u64 &result) {
    u64 elements = 0, state = 0;
    for (;;) {
        std::string name = co_await events->receive();
        if (name.empty()) break;
        Digest digest;
        digest.number(state);
        digest.bytes(name);
        elements++;
        state = digest.finish();
    }
    result = mix(state, elements);
}

void sax(u64, const std::string &document, u64 &result) {
    auto events = channel<std::string>();
    parser(document, events);
    tally(events, result);
}

Task node(u64 first, u64 leaves, Shared<u64> reply) {
    if (leaves < 10) {
        co_await reply->send(first);
        co_return;
    }
    auto sums = channel<u64>();
    u64 below = leaves / 10, sum = 0;
    for (u64 branch = 0; branch < 10; branch++) node(first + branch * below, below, sums);
    for (int i = 0; i < 10; i++) sum += co_await sums->receive();
    co_await reply->send(sum);
}

void skynet(u64 leaves, const std::string &, u64 &result) {
    auto reply = channel<u64>();
    node(0, leaves, reply);
    sum_of(reply, 1, result);
}

const std::map<std::string, void (*)(u64, const std::string &, u64 &)> scenarios = {
    {"pingpong", pingpong}, {"stream", stream}, {"schedule", schedule}, {"ring", ring}, {"spawn", spawn},
    {"factorial", factorial}, {"chain", chain}, {"sax", sax}, {"skynet", skynet}};

std::string hex(u64 n) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(n));
    return text;
}

long long cpu() {
    timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

std::string sample(const Json &question) {
    auto work = scenarios.find(question["scenario"].text());
    if (work == scenarios.end()) return R"("say":"unsupported","why":"no scenario of that name")";
    std::stringstream document;
    if (question.has("input")) document << std::ifstream(question["input"].text()).rdbuf();
    const std::string text = document.str();
    const u64 size = question["size"].number(), iterations = question["iterations"].number();
    auto wall = std::chrono::steady_clock::now();
    auto used = cpu();
    u64 first = 0;
    bool alike = true;
    for (u64 i = 0; i < iterations; i++) {
        u64 result = 0;
        work->second(size, text, result);
        loop();
        if (i == 0) first = result;
        alike = alike && result == first;
    }
    used = cpu() - used;
    auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - wall).count();
    if (!alike) return R"("say":"error","why":"iterations differ")";
    return R"("say":"sampled","digest":")" + hex(first) + R"(","wall":)" + std::to_string(took) + R"(,"cpu":)" + std::to_string(used);
}

Task waiting(Shared<u64> gate, u64 &sum) {
    u64 got = mix(0, co_await gate->receive());
    sum += got;
}

Task waking(Shared<u64> gate, u64 count) {
    for (u64 number = 0; number < count; number++) co_await gate->send(number);
}

int main() {
    u64 held = 0, sum = 0;
    auto gate = channel<u64>();
    for (std::string line; std::getline(std::cin, line);) {
        const Json question = Json::read(line);
        const std::string &ask = question["ask"].text();
        std::string answer;
        if (ask == "hello") {
            answer = R"("say":"hello","protocol":1,"name":"cpp","version":")" __VERSION__ R"(","language":"C++","language_version":")" +
                     std::to_string(__cplusplus) + R"(","can":["run","hold"])";
        } else if (ask == "sample") {
            answer = sample(question);
        } else if (ask == "run") {
            answer = run(question["program"], question["events"].number());
        } else if (ask == "hold") {
            for (const u64 count = question["count"].number(); held < count; held++) waiting(gate, sum);
            loop();
            answer = R"("say":"held","count":)" + std::to_string(held);
        } else if (ask == "release") {
            waking(gate, held);
            loop();
            answer = R"("say":"released","digest":")" + hex(sum) + "\"";
            held = sum = 0;
        } else {
            answer = ask == "end" ? R"("say":"end")" : R"("say":"unsupported","why":"no answer to that")";
        }
        std::cout << "{\"id\":" << question["id"].number() << ',' << answer << '}' << std::endl;
        if (ask == "end") break;
    }
}
