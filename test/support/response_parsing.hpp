// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_RESPONSE_PARSING_HPP
#define ASYNC_LLM_TEST_SUPPORT_RESPONSE_PARSING_HPP

#include "net/response_parser.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// The results of a response parser, to be compared.
struct parsed_response {
    parsed_response() = default;

    bool operator==(parsed_response const&) const = default;

    error_code ec;
    bool complete = false;
    bool reusable = false;
    bool surplus = false;
    int status = 0;
    std::string reason;
    std::size_t fields = 0;
    std::string body;
};

inline std::ostream& operator<<(std::ostream& out, parsed_response const& t) {
    return out << t.ec.message() << ", " << (t.complete ? "complete" : "incomplete")
               << (t.reusable ? ", reusable" : "") << (t.surplus ? ", surplus" : "") << ", " << t.status
               << ", " << t.fields << " fields, body " << t.body;
}

inline parsed_response
parse(std::vector<std::string_view> const& pieces, net::response_limits limits = net::response_limits()) {
    net::response_parser parser(limits);
    parsed_response result;
    for (auto const piece : pieces) {
        result.ec = parser.put(piece);
        if (result.ec) break;
    }
    result.complete = parser.complete();
    result.surplus = parser.has_surplus();
    result.status = parser.status();
    result.reusable = parser.reusable();
    result.reason = parser.reason();
    result.fields = parser.headers().size();
    result.body = parser.body();
    return result;
}

inline std::vector<std::string_view> bytes_of(std::string_view text, std::size_t size = 1) {
    std::vector<std::string_view> result;
    for (std::size_t i = 0; i < text.size(); i += size) result.push_back(text.substr(i, size));
    return result;
}

inline void check_every_split(std::string const& text, net::response_limits limits = net::response_limits()) {
    auto const whole = parse({text}, limits);
    for (std::size_t at = 0; at <= text.size(); ++at) {
        auto const all = std::string_view(text);
        auto const split = parse({all.substr(0, at), all.substr(at)}, limits);
        BOOST_CHECK_MESSAGE(
            split == whole,
            text << " split at " << at << ": " << split << ", whole: " << whole
        );
    }
    for (std::size_t const size : {1u, 2u, 3u, 4u, 5u}) {
        auto const split = parse(bytes_of(text, size), limits);
        BOOST_CHECK_MESSAGE(
            split == whole,
            text << " in pieces of " << size << ": " << split << ", whole: " << whole
        );
    }
}

/// A refusal may come earlier or later, or only with the end.
inline void check_every_split_fails(std::string const& text) {
    for (std::size_t at = 0; at <= text.size(); ++at) {
        auto const all = std::string_view(text);
        auto const split = parse({all.substr(0, at), all.substr(at)});
        BOOST_CHECK_MESSAGE(!split.complete, text << " split at " << at << ": " << split);
    }
    for (std::size_t const size : {1u, 2u, 3u, 4u, 5u})
        BOOST_CHECK_MESSAGE(!parse(bytes_of(text, size)).complete, text << " in pieces of " << size);
}

} // namespace async_llm::test

#endif
