// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/decode_reply.hpp"

#include "codec/calls/cut_calls.hpp"
#include "codec/json/json_tape.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/describe.hpp"
#include "support/fixtures/reference_json.hpp"

#include <boost/json/serialize.hpp>

#include <string>

// An input: "<status> <value of Content-Type>", and the body.

namespace async_llm::fuzz {
namespace {

struct judgement {
    judgement() = default;

    error_code ec;
    chat_completion completion;
    api_error error;
    std::string detail;
};

constexpr std::size_t max_json_depth = 32;

/// Long strings are read in another way than by Boost.JSON's parser, which may not show.
void require_same_tree(std::string_view body) {
    own_block const bytes(body);
    codec::json_tape tape;
    std::size_t used_by_tape = 0;
    codec::decode_limits limits(max_json_depth);
    limits.max_json_members = limits.max_json_values = limits.max_json_expansion = 0;
    auto const tape_ec = tape.parse(bytes.view(), limits, used_by_tape);
    std::size_t used = 0;
    error_code ec;
    auto const tree = test::parse_with_boost(body, max_json_depth, used, ec);
    require(tape_ec == ec, "a tape has the parser's errors");
    require(used_by_tape == used, "a tape takes the bytes that the parser takes");
    require_same(
        boost::json::serialize(tape.root().to_value()),
        boost::json::serialize(tree),
        "a tape holds what a tree holds"
    );
}

/// Decodes a body; the result outlives it.
judgement judge(int status, std::string_view content_type, std::string_view body) {
    judgement result;
    own_block const type(content_type);
    own_block const bytes(body);
    codec::reply_view reply(status, type.view(), bytes.view());
    reply.one_choice = status % 2 == 1;
    result.ec =
        codec::decode_reply(reply, codec::decode_limits(), result.completion, result.error, result.detail);
    return result;
}

/// Everything but the detail, which names places in the body.
std::string text_of(judgement const& from) {
    return from.ec.message() + '\n' + test::describe(from.completion) + from.error.message + '\n' +
        from.error.code + '\n' + boost::json::serialize(from.error.raw);
}

bool is_http_error(error_code ec) { return ec.category() == http_status_category(); }

void require_sound(int status, judgement const& found) {
    if (found.ec) {
        require_told(found.ec, found.error, found.detail);
    } else {
        require(!found.completion.choices.empty(), "a success has a choice");
        require(found.error.empty(), "a success has no error");
        require(found.detail.empty(), "a success has no detail");
    }
    if (status >= 300) {
        bool const is_that = is_http_error(found.ec) && found.ec.value() == status;
        require(is_that || found.ec == errc::insufficient_credits, "a status that is a failure is one");
    } else if (is_http_error(found.ec)) {
        require(
            found.ec.value() >= 400 && found.ec.value() <= 599,
            "what a body claims is the status of a failure"
        );
    }
}

} // namespace

void fuzz_decode_reply(std::string_view input) {
    option_line options(input);
    auto const status = static_cast<int>(options.number(200, 599));
    auto const content_type = options.rest();

    require_same_tree(input);
    auto const found = judge(status, content_type, input);
    require_sound(status, found);
    // What is left of a reply that was refused for such a call is kept for a look, and not to be sent.
    if (codec::find_nameless_call(found.completion.choices).empty()) require_sendable(found.completion);

    // White space in front is what keeps a connection alive.
    auto const padded = judge(status, content_type, " \r\n\n\t" + std::string(input));
    // A byte order mark stands only at the very beginning.
    bool const has_mark = input.starts_with('\xef');
    if (!has_mark) require_same(text_of(found), text_of(padded), "padding changes nothing");
}

} // namespace async_llm::fuzz
