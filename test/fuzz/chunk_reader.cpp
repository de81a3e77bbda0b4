// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"

#include "codec/calls/cut_calls.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/describe.hpp"
#include <async_llm/completion_builder.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// An input: "<status> <complete, or anything else for broken> <where the body is cut> <most bytes of an
// event, 0: no limit> <most bytes of the completion, 0: no limit> <value of Content-Type>", and the body.

namespace async_llm::fuzz {
namespace {

using outcome = codec::chunk_reader::outcome;

struct reading_options {
    explicit reading_options(option_line& line)
        : status(static_cast<int>(line.number(200, 299))),
          complete(line.word() == "complete"),
          place(line.number(0, 4096)) {
        limits.max_event_size = line.number(0, 4096);
        limits.max_document_size = 2048;
        limits.one_choice = status % 2 == 1;
        max_completion_size = line.number(0, 4096);
        content_type = line.rest();
    }

    int status;
    bool complete;
    std::size_t place;
    codec::chunk_limits limits;
    std::size_t max_completion_size = 0;
    std::string content_type;
};

/// Result of reading a body.
struct reading {
    reading() = default;

    std::vector<chat_chunk> chunks;
    outcome end = outcome::need_more;
    /// Chunk that came with the end.
    chat_chunk last;
    error_code ec;
    api_error error;
    std::string detail;
    bool is_stream = false;
    bool has_finished = false;
};

/// Takes what there is.
void take(codec::chunk_reader& reader, reading& to) {
    bool behind_end = reader.has_usage_behind_end();
    while ((to.end = reader.next(to.last)) == outcome::chunk || to.end == outcome::busy) {
        // It comes with the end mark or not at all, so it depends on the pieces.
        bool const is_behind_end = reader.has_usage_behind_end() && !std::exchange(behind_end, true);
        if (to.end == outcome::chunk && !is_behind_end) to.chunks.push_back(to.last);
    }
}

void require_stays(codec::chunk_reader& reader, outcome end) {
    static std::string const nothing = test::describe(chat_chunk());
    chat_chunk chunk;
    require(reader.next(chunk) == end, "an end is the end");
    require_same(test::describe(chunk), nothing, "no chunk comes behind the end");
}

reading read(std::vector<std::string_view> const& pieces, reading_options const& how) {
    reading result;
    codec::chunk_reader reader(how.status, how.content_type, how.limits);
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        reader.put(bytes.view());
        take(reader, result);
        if (result.end != outcome::need_more) break;
    }
    if (result.end == outcome::need_more) {
        reader.put_end(how.complete);
        take(reader, result);
    }
    require(result.end == outcome::end || result.end == outcome::failed, "every body has an end");
    require_stays(reader, result.end);

    result.ec = reader.ec();
    result.error = reader.error();
    result.detail = reader.detail();
    result.is_stream = reader.is_stream();
    result.has_finished = reader.has_finished();
    require(result.is_stream != reader.is_document(), "in the end a body is a stream or a document");
    return result;
}

std::string text_of(reading const& from) {
    std::string text;
    for (auto const& chunk : from.chunks) text += test::describe(chunk) + '\n';
    text += from.end == outcome::end ? "end\n" : "failed\n";
    text += test::describe(from.last) + from.ec.message() + '\n' + from.detail + '\n' + from.error.message;
    return text + (from.is_stream ? "\na stream" : "\na document") + (from.has_finished ? ", finished" : "");
}

/// The texts that a builder has gathered.
std::size_t gathered(choice const& from) {
    auto const size = [](std::optional<std::string> const& text) { return text ? text->size() : 0; };
    auto const& said = from.message;
    auto sum = size(said.content) + size(said.refusal) + size(said.reasoning);
    for (auto const& call : said.tool_calls) sum += call.id.size() + call.name.size() + call.arguments.size();
    return sum;
}

void require_within(chat_completion const& completion, std::size_t max_size) {
    constexpr auto most = completion_builder::max_items;
    std::size_t sum = 0;
    std::int64_t previous = -1;
    for (auto const& choice : completion.choices) {
        require(choice.index > previous, "choices are in the order of their index");
        require(choice.message.tool_calls.size() <= most, "the number of tool calls is bounded");
        previous = choice.index;
        sum += gathered(choice);
    }
    require(previous < static_cast<std::int64_t>(most), "the number of choices is bounded");
    require(max_size == 0 || sum <= max_size, "what a builder gathers is bounded");
}

void add(completion_builder& builder, chat_chunk const& chunk, std::size_t max_size) {
    auto const before = std::string(builder.completion().text());
    auto const ec = builder.add(chunk);
    auto const too_large = ec == errc::response_too_large;
    require_within(builder.completion(), max_size);
    if (!ec) return;
    require_told(ec, api_error(), builder.detail());
    require(too_large || ec == errc::invalid_response, "a builder knows two errors");
    require(!too_large || max_size != 0, "nothing is too large without a limit");
    require(builder.completion().text().starts_with(before), "a chunk that is refused takes nothing away");
}

void build(reading const& from, std::size_t max_size) {
    completion_builder builder(max_size);
    for (auto const& chunk : from.chunks) add(builder, chunk, max_size);
    add(builder, from.last, max_size);
    auto const built = test::describe(builder.completion());
    auto const taken = builder.take();
    require_same(test::describe(taken), built, "what is taken is what there was");
    require(builder.completion().choices.empty(), "a builder is as new when its completion was taken");
    // That is left to who knows the whole answer, as the collecting stream does.
    if (codec::find_nameless_call(taken.choices).empty()) require_sendable(taken);
}

} // namespace

void fuzz_chunk_reader(std::string_view input) {
    option_line line(input);
    reading_options const how(line);

    auto const at_once = read(whole(input), how);
    if (at_once.end == outcome::failed)
        require_told(at_once.ec, at_once.error, at_once.detail);
    else
        require(!at_once.ec && at_once.error.empty() && at_once.detail.empty(), "a good end has no error");
    build(at_once, how.max_completion_size);

    auto const expected = text_of(at_once);
    for (auto const& pieces : {byte_by_byte(input), cut_at(input, how.place)}) {
        auto const other = read(pieces, how);
        // White space counts as a document until it is known in front of what it stands.
        if (at_once.is_stream && other.ec == errc::response_too_large) continue;
        require_same(text_of(other), expected, "pieces say the same");
    }
}

} // namespace async_llm::fuzz
