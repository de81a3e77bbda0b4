// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/content_decoder.hpp"

#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "support/fixtures/compressing.hpp"

#include <algorithm>
#include <string>
#include <vector>

// An input: "<0: gzip, 1: zlib, 2: deflate> <most decoded bytes, 0: no limit> <where the data are cut>", and
// the data.

namespace async_llm::fuzz {
namespace {

using codec::content_format;
using outcome = net::content_decoder::outcome;

constexpr content_format formats[] = {content_format::gzip, content_format::zlib, content_format::deflate};
constexpr test::wrapper wrappers[] = {test::wrapper::gzip, test::wrapper::zlib, test::wrapper::none};

// A buffer beyond, in which a step may end.
constexpr std::size_t most_of_a_step = net::content_decoder::max_step + 16 * 1024;

struct decoded {
    decoded() = default;

    outcome how = outcome::need_more;
    error_code ec;
    std::string detail;
    std::string text;
};

decoded decode(std::vector<std::string_view> const& pieces, content_format format, std::size_t max_size) {
    decoded result;
    net::content_decoder decoder(format, max_size);
    auto const read = [&] {
        do {
            auto const before = result.text.size();
            result.how = decoder.step(result.text);
            require(result.text.size() - before <= most_of_a_step, "a step is bounded");
        } while (result.how == outcome::busy);
    };
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        decoder.put(bytes.view());
        read();
        require(result.how != outcome::ended, "the data may go on");
        if (result.how == outcome::failed) break;
    }
    decoder.put_end();
    read();
    require(result.how != outcome::need_more, "behind the end nothing is waited for");
    result.ec = decoder.ec();
    result.detail = decoder.detail();
    require((result.how == outcome::failed) == result.ec.failed(), "a failure has an error");
    require(result.ec.failed() != result.detail.empty(), "a failure has a sentence");
    require(max_size == 0 || result.text.size() <= max_size, "no more is decoded than the limit");
    return result;
}

/// Requires two results to be equal; of damaged data more or less may have been decoded.
void require_equal(decoded const& first, decoded const& second, char const* promise) {
    require(first.how == second.how, promise);
    // Damage just behind the limit may be seen before the limit is.
    bool const may_differ = first.ec == errc::response_too_large || second.ec == errc::response_too_large;
    if (!may_differ) require(first.ec == second.ec && first.detail == second.detail, promise);
    auto const& shorter = first.text.size() < second.text.size() ? first.text : second.text;
    auto const& longer = first.text.size() < second.text.size() ? second.text : first.text;
    if (first.how == outcome::failed)
        require(longer.starts_with(shorter), promise);
    else
        require_same(first.text, second.text, promise);
}

} // namespace

void fuzz_content_decoder(std::string_view input) {
    option_line options(input);
    auto const which = options.number(0, 2);
    auto const limit = options.number(0, 1u << 20);
    auto const place = options.number(0, input.size());
    auto const format = formats[which];

    auto const at_once = decode(whole(input), format, limit);
    require_equal(decode(byte_by_byte(input), format, limit), at_once, "single bytes say the same");
    require_equal(decode(cut_at(input, place), format, limit), at_once, "two pieces say the same");

    // Other data than a mutation ever finds: the input as a text.
    auto const compressed = test::compress(input, wrappers[which]);
    auto const back = decode(cut_at(compressed, place), format, 0);
    require(back.how == outcome::ended, "what was compressed can be decoded");
    require_same(back.text, std::string(input), "what was compressed comes back");
}

} // namespace async_llm::fuzz
