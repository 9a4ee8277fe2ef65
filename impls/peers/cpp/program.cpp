// Programs of the scenario language, on the tasks and channels of the scenarios.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "program.hpp"
#include "tasks.hpp"

namespace {

// A program that runs, and its events. One thread resumes all tasks, so events need no lock: they are
// in the order in which they happen.
class Program {
    const Json &program;
    std::map<std::string, Shared<Json>> channels;
    Json::List events;
    bool main_ended = false;

    void tell(Json::List event) { events.emplace_back(std::move(event)); }

    // Channels begin with the first operation on them.
    Channel<Json> &find(const std::string &name) {
        auto &found = channels[name];
        if (!found) found = channel<Json>();
        return *found;
    }

    Task life(std::string name, const Json::List &ops) {
        for (std::size_t at = 0; at < ops.size(); at++) {
            const Json::List &op = ops[at].list();
            const std::string &does = op[0].text();
            Json value;
            tell({name, std::to_string(at), does});
            if (does == "spawn") {
                life(op[1].text(), program["bodies"][op[2].text()].list());
            } else if (does == "schedule") {
                co_await Schedule{};
            } else if (does == "send") {
                co_await find(op[1].text()).send(op[2]);
            } else if (does == "recv") {
                value = co_await find(op[1].text()).receive();
            } else {
                value = op[1];
            }
            tell({name, std::to_string(at), "=", std::move(value)});
        }
        if (name == "main") main_ended = true;
        else tell({name, "end"});
    }

public:
    explicit Program(const Json &program) : program(program) {}

    // Main comes last: a sender that it has received from may have a step to do. A program whose main
    // waits for ever has no end of main among its events.
    Json::List run() {
        life("main", program["main"].list());
        loop();
        if (main_ended) tell({"main", "end"});
        return std::move(events);
    }
};

// What of a program this peer cannot do; empty if it can do all of it.
std::string unsupported(const Json &program) {
    constexpr std::array<std::string_view, 5> language = {"spawn", "schedule", "send", "recv", "log"};
    if (!program["callbacks"].list().empty()) return "no callbacks: switches and operations of channels are not told";
    Json::Object bodies = program["bodies"].object();
    bodies.emplace_back("main", program["main"]);
    for (const auto &[name, ops] : bodies)
        for (const Json &op : ops.list()) {
            const std::string &does = op.list()[0].text();
            if (std::find(language.begin(), language.end(), does) == language.end()) return "no operation " + does;
        }
    return "";
}

} // namespace

std::string run(const Json &program, std::size_t most) {
    if (const auto why = unsupported(program); !why.empty()) return R"("say":"unsupported","why":)" + quote(why);
    Json::List events = Program(program).run();
    if (events.size() > most) events.resize(most);
    return R"("say":"ran","events":)" + Json(std::move(events)).written();
}
