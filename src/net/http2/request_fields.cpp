// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/request_fields.hpp"

#include "base/ascii.hpp"
#include "codec/http/credential_mask.hpp"

#include <algorithm>
#include <array>

namespace async_llm::net {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t authority_index = 2;

// They speak of the connection, which HTTP/2 does in frames (RFC 9113, section 8.2.2).
constexpr std::array<std::string_view, 5> connection_fields{
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "te",
};

// To look for the words of credentials in every name takes longer than all else here.
constexpr std::array<std::string_view, 5> harmless_fields{
    "user-agent",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
};

template <std::size_t N>
bool contains(std::array<std::string_view, N> const& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool must_not_be_indexed(std::string_view name) {
    if (contains(harmless_fields, name)) return false;
    return name == "idempotency-key" || codec::carries_credential(name);
}

/// Takes a line off, without its end. False: there is none.
bool take_line(std::string_view& text, std::string_view& line) {
    auto const end = text.find(line_end);
    if (end == std::string_view::npos) return false;
    line = text.substr(0, end);
    text.remove_prefix(end + line_end.size());
    return true;
}

/// Returns whether a list of tokens, separated by commas, names this one.
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        auto const comma = list.find(',');
        if (codec::iequals(codec::trim(list.substr(0, comma)), token)) return true;
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

} // namespace

bool request_fields::read(std::string_view head, bool secure) {
    fields_.clear();
    names_.clear();
    // The names refer to it, so it must not move.
    names_.reserve(head.size());
    authority_ = connection_ = std::string_view();
    std::string_view line;
    if (!take_line(head, line) || !read_request_line(line, secure)) return false;
    while (take_line(head, line)) {
        if (line.empty()) break;
        if (!read_field(line)) return false;
    }
    if (authority_.empty() || !line.empty() || !head.empty()) return false;
    fields_[authority_index].value = authority_;
    remove_connection_fields();
    return true;
}

bool request_fields::read_request_line(std::string_view line, bool secure) {
    auto const method_end = line.find(' ');
    if (method_end == 0 || method_end == std::string_view::npos) return false;
    auto const path_end = line.find(' ', method_end + 1);
    if (path_end == std::string_view::npos || path_end == method_end + 1) return false;
    fields_.emplace_back(":method", line.substr(0, method_end), false);
    fields_.emplace_back(":scheme", secure ? "https" : "http", false);
    fields_.emplace_back(":authority", std::string_view(), false);
    // A query may hold a key.
    auto const path = line.substr(method_end + 1, path_end - method_end - 1);
    fields_.emplace_back(":path", path, path.find('?') != std::string_view::npos);
    return true;
}

bool request_fields::read_field(std::string_view line) {
    auto const colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    auto const begin = names_.size();
    for (auto const c : line.substr(0, colon)) names_ += codec::to_lower(c);
    auto const name = std::string_view(names_).substr(begin);
    auto const value = codec::trim(line.substr(colon + 1));
    if (name == "host")
        authority_ = value;
    else if (name == "connection")
        connection_ = value;
    else if (!contains(connection_fields, name))
        fields_.emplace_back(name, value, must_not_be_indexed(name));
    return true;
}

void request_fields::remove_connection_fields() {
    if (connection_.empty()) return;
    auto const is_named = [this](field const& each) {
        return each.name.front() != ':' && lists(connection_, each.name);
    };
    fields_.erase(std::remove_if(fields_.begin(), fields_.end(), is_named), fields_.end());
}

} // namespace async_llm::net
