// JSON, as far as questions and answers go.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

struct Json {
    // A number, true, false or null, as it was written: none is changed on its way through a channel.
    struct Word {
        std::string text;
    };
    using List = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;
    std::variant<Word, std::string, List, Object> value = Word{"null"};

    Json() = default;
    Json(std::string text) : value(std::move(text)) {}
    Json(const char *text) : value(std::string(text)) {}
    Json(List items) : value(std::move(items)) {}
    Json(Object members) : value(std::move(members)) {}
    Json(Word word) : value(std::move(word)) {}

    const std::string &text() const { return std::get<std::string>(value); }
    const List &list() const { return std::get<List>(value); }
    const Object &object() const { return std::get<Object>(value); }
    std::uint64_t number() const { return std::stoull(std::get<Word>(value).text); }

    bool has(std::string_view key) const { return find(key) != nullptr; }
    const Json &operator[](std::string_view key) const {
        const Json *found = find(key);
        if (!found) throw std::out_of_range("there is no key " + std::string(key));
        return *found;
    }

    static Json read(std::string_view text);
    std::string written() const;

private:
    const Json *find(std::string_view key) const {
        for (const auto &[name, member] : object())
            if (name == key) return &member;
        return nullptr;
    }
};

// Reads one value after the other; `at` is the next character.
class JsonReader {
    std::string_view text;
    std::size_t at = 0;

    char peek() {
        at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
        return at < text.size() ? text[at] : '\0';
    }

    bool skip(char c) {
        if (peek() != c) return false;
        at++;
        return true;
    }

    void expect(char c) {
        if (!skip(c)) throw std::runtime_error(std::string("JSON: expected ") + c + " at " + std::to_string(at));
    }

    unsigned unit() {
        at += 4;
        return unsigned(std::stoul(std::string(text.substr(at - 4, 4)), nullptr, 16));
    }

    // Appends a character of an escape, of which those beyond 16 bits have two, as UTF-8.
    void append(std::string &to) {
        unsigned code = unit();
        if (code >> 10 == 0x36 && text.substr(at, 2) == "\\u") {
            at += 2;
            code = 0x10000 + ((code & 0x3FF) << 10) + (unit() & 0x3FF);
        }
        const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        to.push_back(char(more ? (0xFF00 >> (more + 1) & 0xFF) | code >> 6 * more : code));
        for (int rest = more - 1; rest >= 0; rest--) to.push_back(char(0x80 | (code >> 6 * rest & 0x3F)));
    }

    std::string quoted() {
        std::string result;
        for (expect('"'); at < text.size() && text[at] != '"';) {
            const char c = text[at++];
            if (c != '\\') {
                result.push_back(c);
            } else if (const char escaped = text.at(at++); escaped == 'u') {
                append(result);
            } else {
                constexpr std::string_view letters = "bfnrt", means = "\b\f\n\r\t";
                const auto found = letters.find(escaped);
                result.push_back(found == letters.npos ? escaped : means[found]);
            }
        }
        expect('"');
        return result;
    }

    // The items up to the end of a list or object, each read by `item`.
    template <class Item> void items(char end, Item item) {
        at++;
        if (skip(end)) return;
        do item();
        while (skip(','));
        expect(end);
    }

    Json value() {
        if (peek() == '{') {
            Json::Object members;
            items('}', [&] {
                std::string key = quoted();
                expect(':');
                members.emplace_back(std::move(key), value());
            });
            return members;
        }
        if (peek() == '[') {
            Json::List list;
            items(']', [&] { list.push_back(value()); });
            return list;
        }
        if (peek() == '"') return quoted();
        const std::size_t from = at;
        at = std::min(text.find_first_of(" ,]}\t\r\n", at), text.size());
        if (at == from) throw std::runtime_error("JSON: expected a value at " + std::to_string(at));
        return Json::Word{std::string(text.substr(from, at - from))};
    }

public:
    explicit JsonReader(std::string_view text) : text(text) {}

    Json whole() {
        Json read = value();
        if (peek() != '\0') throw std::runtime_error("JSON: expected the end at " + std::to_string(at));
        return read;
    }
};

inline Json Json::read(std::string_view text) { return JsonReader(text).whole(); }

inline std::string quote(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        char escaped[7] = {'\\', c, '\0'};
        if (static_cast<unsigned char>(c) < 0x20) std::snprintf(escaped, sizeof escaped, "\\u%04x", unsigned(c));
        else if (c != '"' && c != '\\') escaped[0] = c, escaped[1] = '\0';
        result += escaped;
    }
    return result + '"';
}

inline std::string Json::written() const {
    if (const auto *word = std::get_if<Word>(&value)) return word->text;
    if (const auto *string = std::get_if<std::string>(&value)) return quote(*string);
    std::string items;
    auto add = [&](const std::string &item) { items += (items.empty() ? "" : ",") + item; };
    if (const auto *list = std::get_if<List>(&value)) {
        for (const Json &item : *list) add(item.written());
        return "[" + items + "]";
    }
    for (const auto &[key, member] : object()) add(quote(key) + ":" + member.written());
    return "{" + items + "}";
}
