// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/sse_parser.hpp"

#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// An input: "<most bytes of an event, 0: no limit> <where the stream is cut>", and the stream.

/// Of AddressSanitizer; null in a program without it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace async_llm::fuzz {
namespace {

using codec::sse_event;
using codec::sse_parser;

constexpr std::size_t no_limit = 0;

/// An event that outlives the bytes it was made of.
struct kept_event {
    kept_event() = default;
    explicit kept_event(sse_event const& event) : name(event.name), data(event.data), id(event.id) {}

    bool operator==(kept_event const&) const = default;

    std::string name;
    std::string data;
    std::string id;
};

/// Contents of a stream.
struct kept_stream {
    kept_stream() = default;

    bool operator==(kept_stream const&) const = default;

    std::vector<kept_event> events;
    /// Text behind the last blank line.
    std::optional<kept_event> unfinished;
    std::optional<std::chrono::milliseconds> retry;
    bool too_large = false;
};

kept_stream parse(std::vector<std::string_view> const& pieces, std::size_t max_event_size) {
    kept_stream result;
    sse_parser parser(max_event_size);
    sse_event event;
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        parser.put(bytes.view());
        while (parser.next(event)) result.events.emplace_back(event);
    }
    if (parser.take_unfinished(event)) result.unfinished.emplace(event);
    result.retry = parser.retry();
    result.too_large = parser.too_large();
    return result;
}

/// The grammar once more, as the HTML Living Standard has it (9.2.6) and for a stream that is all there.
class slow_parser {
public:
    kept_stream parse(std::string_view stream) && {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (stream.starts_with(byte_order_mark)) stream.remove_prefix(byte_order_mark.size());
        while (!stream.empty()) {
            auto const end = std::min(stream.find_first_of("\r\n"), stream.size());
            bool const has_end = end < stream.size();
            take_line(stream.substr(0, end), has_end);
            stream.remove_prefix(end);
            if (has_end) stream.remove_prefix(stream.starts_with("\r\n") ? 2 : 1);
        }
        if (has_data_) result_.unfinished = finished_event();
        return std::move(result_);
    }

private:
    void take_line(std::string_view line, bool has_end) {
        if (!line.empty()) return take_field(line);
        if (!has_end) return;
        if (has_data_) result_.events.push_back(finished_event());
        has_data_ = false;
        event_ = kept_event();
    }

    void take_field(std::string_view line) {
        auto const colon = line.find(':');
        auto const name = line.substr(0, colon);
        auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (name == "event") event_.name = value;
        if (name == "id" && value.find('\0') == std::string_view::npos) id_ = value;
        if (name == "retry") take_retry(value);
        if (name != "data") return;
        if (has_data_) event_.data += '\n';
        event_.data += value;
        has_data_ = true;
    }

    void take_retry(std::string_view value) {
        bool const is_number = value.find_first_not_of("0123456789") == std::string_view::npos;
        if (!is_number || value.empty()) return;
        try {
            result_.retry = std::chrono::milliseconds(std::stoll(std::string(value)));
        } catch (std::out_of_range const&) {
            // What does not fit is no number of milliseconds.
        }
    }

    kept_event finished_event() const {
        auto event = event_;
        event.id = id_;
        return event;
    }

    kept_stream result_;
    kept_event event_;
    std::string id_;
    bool has_data_ = false;
};

bool begins_with(std::vector<kept_event> const& all, std::vector<kept_event> const& first) {
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
}

bool is_within(std::size_t limit, kept_event const& event) {
    return event.name.size() <= limit && event.data.size() <= limit && event.id.size() <= limit;
}

void require_limited(kept_stream const& limited, kept_stream const& all, std::size_t limit) {
    auto const& events = limited.events;
    if (limited.too_large)
        require(begins_with(all.events, events), "a limit changes nothing in front of what is too large");
    else
        require(limited == all, "a limit changes nothing in what is small enough");
    require(
        std::all_of(
            events.begin(),
            events.end(),
            [limit](kept_event const& event) { return is_within(limit, event); }
        ),
        "no event is larger than the limit"
    );
}

std::size_t allocated_bytes() {
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

/// A stream that goes on and on needs no more memory than a few events.
void require_bounded(std::string_view stream, std::size_t max_event_size) {
    // A string that grows may take twice the room; there are four, and something for the short ones.
    auto const most = 4 * 2 * max_event_size + 512;
    auto const before = allocated_bytes();
    sse_parser parser(max_event_size);
    sse_event event;
    for (int i = 0; i < 16; ++i) {
        parser.put(stream);
        for (bool more = true; more;) more = parser.next(event);
        require(allocated_bytes() <= before + most, "the memory of the parser is bounded");
    }
}

} // namespace

void fuzz_sse_parser(std::string_view input) {
    option_line options(input);
    auto const limit = options.number(no_limit, 4096);
    auto const place = options.number(0, input.size());

    auto const all = slow_parser().parse(input);
    auto const at_once = parse(whole(input), no_limit);
    require(at_once == all, "the parser follows the grammar");
    require(!at_once.too_large, "nothing is too large without a limit");

    auto const limited = limit == no_limit ? at_once : parse(whole(input), limit);
    if (limit != no_limit) {
        require_limited(limited, all, limit);
        require_bounded(input, limit);
    }
    require(parse(byte_by_byte(input), limit) == limited, "single bytes say the same");
    require(parse(cut_at(input, place), limit) == limited, "two pieces say the same");
}

} // namespace async_llm::fuzz
