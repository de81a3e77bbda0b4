// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/decode_error.hpp"

#include "base/utf8.hpp"
#include "codec/errors/error_words.hpp"
#include "codec/http/rate_limit_headers.hpp"
#include "codec/http/wait_text.hpp"
#include "codec/json/json_document.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

// An input: "<status>", and the body of a failure.

namespace async_llm::fuzz {
namespace {

namespace chrono = std::chrono;
namespace json = boost::json;

constexpr std::size_t max_json_depth = 128;

void require_wait(std::optional<chrono::milliseconds> const& wait) {
    constexpr chrono::hours longest(100 * 365 * 24);
    require(
        !wait || (wait->count() >= 0 && *wait <= longest),
        "a wait is never negative, nor above a hundred years"
    );
}

/// Header fields inside an error are as foreign as those of a reply.
void require_sound_fields(api_error const& error) {
    auto const fields = codec::header_fields_in(error);
    rate_limit_info limits;
    codec::read_rate_limits(fields, chrono::system_clock::time_point(chrono::hours(500000)), limits);
    require_wait(limits.reset_requests);
    require_wait(limits.reset_tokens);
    require_wait(limits.retry_after);
    for (auto const& count :
         {limits.limit_requests, limits.remaining_requests, limits.limit_tokens, limits.remaining_tokens})
        require(!count || *count >= 0, "a limit is never negative");
}

void require_sound(api_error const& error, int status) {
    require(error.status == 0 || (error.status >= 100 && error.status <= 599), "a status is one of HTTP");
    require(!codec::says_no_credit(402, error), "402 is not asked about");
    codec::says_no_credit(status, error);
    require_sound_fields(error);
    require_wait(error.retry_after);
    auto shown = error;
    codec::ensure_words(shown);
    require(error.message.empty() || shown.message == error.message, "words of an error stay");
    chat_response response;
    response.error = error;
    require(is_one_line(explain(make_http_error(status), response)), "an error is described in one line");
}

void check_text(std::string_view body, int status) {
    // The beginning: 200 characters, and dots.
    constexpr std::size_t longest = 203;
    own_block const bytes(body);
    require_wait(codec::read_wait(bytes.view()));
    require_wait(codec::find_wait(bytes.view()));
    codec::looks_like_error(bytes.view());
    codec::is_keep_alive(bytes.view());
    auto const error = codec::decode_error_text(bytes.view());
    require(error.raw.is_null(), "a text has no JSON");
    require(is_one_line(error.message), "the message of a text is one line");
    require(codec::count_characters(error.message) <= longest, "the message of a text is its beginning");
    require_sound(error, status);
}

void check_json(std::string_view body, int status) {
    api_error error;
    api_error member;
    {
        own_block const bytes(body);
        codec::json_document const parsed(bytes.view(), 0, codec::decode_limits(max_json_depth));
        if (!parsed.valid()) return require(is_one_line(parsed.complaint("it")), "a complaint is one line");
        auto const tree = parsed.value().to_value();
        error = codec::decode_error(tree);
        member = codec::decode_error_member(tree);
    }
    // The first document is gone by now, and so is whatever was not copied.
    codec::json_document const again(body, 0, codec::decode_limits(max_json_depth));
    // As text, because Boost.JSON reads `0e999` as NaN, which equals nothing.
    auto const expected = json::serialize(again.value().to_value());
    require_same(json::serialize(error.raw), expected, "an error keeps the whole body");
    require_same(json::serialize(member.raw), expected, "an error keeps the whole member");
    require_sound(error, status);
    require_sound(member, status);
}

} // namespace

void fuzz_decode_error(std::string_view input) {
    option_line options(input);
    auto const status = static_cast<int>(options.number(300, 599));
    check_text(input, status);
    check_json(input, status);
}

} // namespace async_llm::fuzz
