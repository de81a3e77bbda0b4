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
    authority_ = connection_ = std::string_view();
    std::string_view line;
    if (!take_line(head, line) || !read_request_line(line, secure)) return false;
    for (std::size_t position = 0; take_line(head, line) && !line.empty(); ++position)
        if (!read_field(line, position)) return false;
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

request_fields::known_name::known_name(std::string_view with_colon)
    : text(with_colon), name(with_colon.substr(0, with_colon.size() - 1)) {
    for (auto& c : name) c = codec::to_lower(c);
    use = name == "host"                    ? role::host
        : name == "connection"              ? role::connection
        : contains(connection_fields, name) ? role::left_out
                                            : role::sent;
    never_indexed = use == role::sent && must_not_be_indexed(name);
}

bool request_fields::read_field(std::string_view line, std::size_t position) {
    if (position >= names_.size() || !line.starts_with(names_[position].text)) {
        auto const colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) return false;
        names_.erase(names_.begin() + static_cast<std::ptrdiff_t>(position), names_.end());
        names_.emplace_back(line.substr(0, colon + 1));
    }
    auto const& known = names_[position];
    auto const value = codec::trim(line.substr(known.text.size()));
    switch (known.use) {
    case role::sent: fields_.emplace_back(known.name, value, known.never_indexed); break;
    case role::host: authority_ = value; break;
    case role::connection: connection_ = value; break;
    case role::left_out: break;
    }
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
