// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/response_parser.hpp"

#include "base/ascii.hpp"
#include "fuzz/input.hpp"
#include "fuzz/properties.hpp"
#include "fuzz/targets.hpp"
#include "net/http/http_normalizer.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// An input: "<most bytes of the head> <of the body, 0: no limit> <where it is cut> <tunnel, or anything
// else>", and the bytes that a peer sends until it ends the connection.

namespace async_llm::fuzz {
namespace {

namespace http = boost::beast::http;

struct setting {
    setting() = default;

    net::response_limits limits;
    bool without_body = false;
};

/// A response, or why there is none.
struct response {
    response() = default;

    bool operator==(response const&) const = default;

    error_code ec;
    int status = 0;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    bool reusable = false;
    bool surplus = false;
};

response parse(std::vector<std::string_view> const& pieces, setting const& with) {
    net::response_parser parser(with.limits, with.without_body);
    response result;
    for (auto const piece : pieces) {
        own_block const bytes(piece);
        result.ec = parser.put(bytes.view());
        if (result.ec) return result;
    }
    bool const ended_by_itself = parser.complete();
    result.ec = parser.put_eof(true);
    if (result.ec) return result;
    require(parser.complete(), "what has ended well is complete");
    require(ended_by_itself || !parser.reusable(), "a connection that has ended does not serve again");
    require(parser.refused_line().empty(), "what is taken has no line that was refused");
    result.status = parser.status();
    result.reason = parser.reason();
    for (auto const& field : parser.headers()) result.fields.emplace_back(field.name, field.value);
    result.body = parser.body();
    result.reusable = parser.reusable();
    result.surplus = parser.has_surplus();
    return result;
}

using strict_parser = http::parser<false, http::string_body>;

/// Beast sets a body's announced size aside without a limit; nothing larger than the input can be complete.
void begin(std::optional<strict_parser>& parser, setting const& with, std::size_t input_size) {
    parser.emplace();
    parser->eager(true);
    parser->skip(with.without_body);
    parser->header_limit(static_cast<std::uint32_t>(with.limits.max_head));
    parser->body_limit(with.limits.max_body == 0 ? input_size : with.limits.max_body);
}

/// Parses the first final response with Beast; nothing if that refuses one, or the end is missing.
std::optional<response> parse_strictly(std::string_view bytes, setting const& with) {
    std::optional<strict_parser> parser;
    bool is_final = false;
    for (int interim = 0; !is_final; ++interim) {
        if (bytes.empty() || interim > 16) return std::nullopt;
        begin(parser, with, bytes.size());
        error_code ec;
        bytes.remove_prefix(parser->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec));
        if (ec || !parser->is_header_done()) return std::nullopt;
        is_final = parser->get().result_int() >= 200;
        if (!is_final && (parser->get().result_int() < 100 || parser->get().result_int() == 101))
            return std::nullopt;
    }
    if (!parser->is_done()) {
        if (!parser->need_eof()) return std::nullopt;
        error_code ec;
        parser->put_eof(ec);
        if (ec) return std::nullopt;
    }
    response result;
    result.status = static_cast<int>(parser->get().result_int());
    result.reusable = parser->keep_alive() && bytes.empty();
    result.surplus = !bytes.empty();
    result.body = parser->get().body();
    for (auto const& field : parser->get()) {
        if (field.name() != http::field::transfer_encoding || with.without_body) continue;
        auto const value = field.value();
        if (!codec::iequals(std::string_view(value.data(), value.size()), "chunked")) return std::nullopt;
        if (parser->get().version() == 10) result.reusable = false;
    }
    return result;
}

bool is_too_large(response const& r) { return r.ec == errc::header_too_large; }

void require_independent_of_cuts(response const& one, response const& other) {
    // Beast before 1.86 counts the status line or not, depending on where it is cut.
    if (is_too_large(one) || is_too_large(other)) return;
    // A refusal may come earlier or later, or only with the end.
    require(!one.ec == !other.ec, "a cut changes nothing");
    if (!one.ec) require(one == other, "a cut changes nothing of a response");
}

void require_within_limits(response const& r, setting const& with) {
    if (r.ec) return;
    require(with.limits.max_body == 0 || r.body.size() <= with.limits.max_body, "a body has its limit");
    std::size_t size = 0;
    for (auto const& [name, value] : r.fields) size += name.size() + value.size();
    require(size <= with.limits.max_head, "a head has its limit");
}

void require_strict_first(std::string_view bytes, response const& ours, setting const& with) {
    auto const strict = parse_strictly(bytes, with);
    if (!strict) return require(!ours.reusable, "what deviates ends its connection");
    // Beast before 1.86 does not count the status line.
    if (is_too_large(ours)) return;
    require(!ours.ec, "what is strict is taken");
    require(ours.status == strict->status && ours.body == strict->body, "what is strict stays");
    require(ours.surplus == strict->surplus, "what is strict ends where it ends");
    require(ours.reusable == strict->reusable, "what is strict keeps its connection");
}

void require_normalized_well(std::string_view bytes, net::http_part part) {
    net::http_normalizer once(part);
    once.read(bytes);
    require(once.text().size() <= 2 * once.size() + 2, "a strict form is little longer");
    if (!once.complete()) return;
    // The end of line behind a chunk is left out.
    if (part == net::http_part::chunk_header) part = net::http_part::first_chunk_header;
    net::http_normalizer again(part);
    again.read(once.text());
    require(again.complete() && !again.deviates(), "a strict form is strict");
    require_same(again.text(), once.text(), "a strict form stays");
    require(once.deviates() || bytes.substr(0, once.size()).ends_with("\r\n"), "a strict part ends as such");
}

} // namespace

void fuzz_response_parser(std::string_view input) {
    option_line options(input);
    setting with;
    with.limits.max_head = options.number(1, 5000);
    with.limits.max_body = options.number(0, 5000);
    auto const cut = options.number(0, input.size());
    with.without_body = options.word() == "tunnel";
    auto const ours = parse(whole(input), with);
    require_independent_of_cuts(ours, parse(byte_by_byte(input), with));
    require_independent_of_cuts(ours, parse(cut_at(input, cut), with));
    require_within_limits(ours, with);
    require_strict_first(input, ours, with);
    for (auto const part :
         {net::http_part::head,
          net::http_part::first_chunk_header,
          net::http_part::chunk_header,
          net::http_part::trailer})
        require_normalized_well(input, part);
}

} // namespace async_llm::fuzz
