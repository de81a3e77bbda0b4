// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/request_reader.hpp"

#include "testing/field_name.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace async_llm::testing {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view head_end = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    auto const last = text.find_last_not_of(" \t");
    return first == text.npos ? std::string_view() : text.substr(first, last - first + 1);
}

// The parser groups fields of the same name; a record of what was received has to keep their order.
void append_fields(std::string_view head, std::vector<std::pair<std::string, std::string>>& fields) {
    head.remove_prefix(head.find("\r\n") + 2); // request line
    while (!head.starts_with("\r\n")) {
        auto const line = head.substr(0, head.find("\r\n"));
        auto const colon = line.find(':');
        if (colon != line.npos) fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
        head.remove_prefix(line.size() + 2);
    }
}

} // namespace

request_reader::request_reader(std::size_t max_head_size, std::size_t max_body_size)
    : max_head_size_(max_head_size) {
    auto const limit = std::min<std::size_t>(max_head_size, std::numeric_limits<std::uint32_t>::max());
    parser_.header_limit(static_cast<std::uint32_t>(limit));
    parser_.body_limit(max_body_size);
    parser_.eager(true);
}

request_reader::state request_reader::feed(std::string& input) {
    if (head_.empty()) {
        if (auto const result = read_head(input); result != state::complete) return result;
    }
    return read_body(input);
}

request_reader::state request_reader::read_head(std::string& input) {
    // RFC 9112, 2.2: empty lines in front of the request line are skipped.
    while (input.starts_with("\r\n")) input.erase(0, 2);
    auto const end = input.find(head_end);
    auto const size = end == input.npos ? input.size() : end + head_end.size();
    if (size > max_head_size_) return fail(431);
    if (end == input.npos) return state::incomplete;
    head_ = input.substr(0, size);
    input.erase(0, size);
    error_code ec;
    parser_.put(asio::buffer(head_), ec);
    if ((ec && ec != http::error::need_more) || !parser_.is_header_done())
        return fail(ec == http::error::body_limit ? 413 : 400);
    wants_continue_ = same_field_name(std::string_view(parser_.get()[http::field::expect]), "100-continue");
    return state::complete;
}

request_reader::state request_reader::read_body(std::string& input) {
    // Beast before Boost 1.86 asserts if the buffer ends inside the line end of the last chunk's size; the
    // end of a chunked message and of most of its pieces is beyond that.
    bool const held_back = !parser_.is_done() && parser_.chunked() && !input.ends_with(head_end);
    while (!parser_.is_done() && !input.empty() && !held_back) {
        error_code ec;
        auto const used = parser_.put(asio::buffer(input), ec);
        input.erase(0, used);
        if (ec && ec != http::error::need_more) return fail(ec == http::error::body_limit ? 413 : 400);
        if (ec || used == 0) break;
    }
    return parser_.is_done() ? state::complete : state::incomplete;
}

request_reader::state request_reader::fail(int status) noexcept {
    error_status_ = status;
    return state::malformed;
}

bool request_reader::take_continue_wish() { return std::exchange(wants_continue_, false); }

void request_reader::take(received_request& request) {
    auto message = parser_.release();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.http_version = message.version();
    append_fields(head_, request.headers);
    request.body = std::move(message.body());
}

} // namespace async_llm::testing
