// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/answer_line.hpp"
#include "codec/batch/json_scanner.hpp"
#include "codec/batch/line_splitter.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "policy/bulk/line_table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An input: "<where a kill has cut the output>", and an output.

namespace async_llm::fuzz {
namespace {

using policy::line_state;

/// Facts that a later run takes from an output.
struct known_lines {
    known_lines() = default;

    bool operator==(known_lines const&) const = default;

    std::map<std::string, line_state> states; // by the keys
    std::size_t unreadable = 0;
    /// Behind the last line that is whole.
    std::uint64_t whole_size = 0;
};

/// Reads a line, and writes what it says once more. False: it is none.
bool read(std::string_view text, codec::answer_line& line) {
    if (!codec::read_answer_line(text, line)) return false;
    require(codec::is_json(text), "an answer is JSON");
    codec::new_answer_line again;
    again.custom_id = line.custom_id;
    again.line = line.line;
    again.status = line.is_answer && line.status == 0 ? 200 : line.status;
    again.body = line.body;
    again.error_code = line.is_answer ? "" : "x";
    again.is_final = line.is_final;
    again.is_refused = line.is_refused;
    again.cost = line.cost;
    if (line.key) again.key = *line.key;
    std::string written;
    codec::append_answer_line(again, written);
    require(written.find('\n') == written.size() - 1, "an answer is written as one line");
    codec::answer_line copy;
    written.pop_back();
    require(codec::read_answer_line(written, copy), "what is written can be read");
    require(copy.custom_id == line.custom_id && copy.line == line.line, "an id stays");
    require(copy.is_answer == line.is_answer && copy.is_final == line.is_final, "a verdict stays");
    if (line.key) require(copy.key == line.key, "a key stays");
    if (codec::is_json(line.body) && again.status != 0 &&
        line.body.find_first_of("\r\n") == std::string_view::npos)
        require(copy.body == line.body, "a body stays");
    codec::read_body_usage(line.body);
    return true;
}

/// The table once more, with all bits of the ids.
class slow_table {
public:
    void record(codec::line_key const& key, line_state state) {
        auto& entry = entries_[id_of(key)];
        bool const is_failure = state != line_state::answered;
        if (is_failure && entry.second == line_state::answered && entry.first == content_of(key)) return;
        entry = std::pair(content_of(key), state);
    }

    line_state state_of(codec::line_key const& key) const {
        auto const& entry = entries_.at(id_of(key));
        return entry.first == content_of(key) ? entry.second : line_state::none;
    }

private:
    static std::string id_of(codec::line_key const& key) {
        return codec::to_hex(key).substr(0, 2 * codec::id_key_size);
    }
    // A table has no room for the last four bits.
    static std::string content_of(codec::line_key const& key) {
        auto const digits = codec::to_hex(key).substr(2 * codec::id_key_size);
        return digits.substr(0, digits.size() - 1);
    }

    std::map<std::string, std::pair<std::string, line_state>> entries_;
};

known_lines scan(std::vector<std::string_view> const& pieces) {
    known_lines known;
    policy::line_table table;
    slow_table expected;
    std::vector<codec::line_key> keys;
    codec::line_splitter splitter(4096);
    auto const take = [&](codec::text_line const& text) {
        codec::answer_line line;
        if (text.is_too_long || !read(text.text, line)) {
            ++known.unreadable;
            return;
        }
        if (!line.key) return;
        keys.push_back(*line.key);
        auto const failed = line.is_final ? line_state::failed_for_good : line_state::failed;
        expected.record(*line.key, line.is_answer ? line_state::answered : failed);
        if (line.is_answer)
            table.record_answer(*line.key);
        else
            table.record_failure(*line.key, line.is_final);
    };
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        splitter.feed(bytes.view());
        while (auto const line = splitter.next()) take(*line);
    }
    known.whole_size = splitter.line_start();
    splitter.finish();
    while (auto const line = splitter.next()) {
        require(!line->is_whole, "only a last line may be torn");
        take(*line);
    }
    for (auto const& key : keys) {
        auto const* const entry = table.find(key);
        require(entry != nullptr, "what is recorded is found");
        auto const state = entry->is_about(key) ? entry->state() : line_state::none;
        require(state == expected.state_of(key), "the table says what was recorded");
        known.states[codec::to_hex(key)] = state;
    }
    require(table.size() <= keys.size(), "a line has one entry");
    return known;
}

} // namespace

void fuzz_resume_scan(std::string_view input) {
    option_line options(input);
    auto const place = options.number(0, input.size());
    auto const all = scan(whole(input));
    require(scan(byte_by_byte(input)) == all, "single bytes say the same");
    require(scan(cut_at(input, place)) == all, "two pieces say the same");
    // After a kill the torn line is cut off, and the rest is as it was.
    auto const killed = input.substr(0, place);
    auto const before = scan(whole(killed));
    require(before.whole_size <= killed.size(), "what is cut off is at the end");
    auto const mended = scan(whole(killed.substr(0, static_cast<std::size_t>(before.whole_size))));
    require(mended.whole_size == before.whole_size, "what is left is whole");
    require(mended.unreadable <= before.unreadable, "what is left is no worse");
}

} // namespace async_llm::fuzz
