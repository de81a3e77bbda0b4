// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/endpoint_path.hpp"

#include "base/ascii.hpp"
#include "codec/http/base_url.hpp"
#include "codec/http/url_checks.hpp"
#include <async_llm/error.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

/// Path and query of a target.
struct target_parts {
    explicit target_parts(std::string_view target)
        : path(target.substr(0, target.find('?'))),
          query(path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view()) {}

    std::string_view path;
    std::string_view query;
};

/// Takes the next byte of a path, decoded if it is percent-encoded. Precondition: it is not empty.
char take_decoded(std::string_view& path) noexcept {
    char c = path.front();
    std::size_t size = 1;
    if (c == '%' && path.size() > 2) {
        c = static_cast<char>(hex_value(path[1]) * 16 + hex_value(path[2]));
        size = 3;
    }
    path.remove_prefix(size);
    return c;
}

/// Segment of a path that is being read.
class segment {
public:
    void put(char c) noexcept {
        // Some servers strip parameters before they look for dots.
        has_parameters_ = has_parameters_ || c == ';';
        if (has_parameters_) return;
        only_dots_ = only_dots_ && c == '.';
        ++size_;
    }

    bool leads_away() const noexcept { return only_dots_ && (size_ == 1 || size_ == 2); }

private:
    std::size_t size_ = 0;
    bool only_dots_ = true;
    bool has_parameters_ = false;
};

/// Looks for dot segments and control characters as a server sees them that decodes before it splits.
url_fault check_segments(std::string_view path, std::size_t& place) noexcept {
    auto const size = path.size();
    std::size_t begin = 0;
    segment current;
    while (!path.empty()) {
        place = size - path.size();
        char const c = take_decoded(path);
        if (is_control(c)) return "the path contains an encoded control character";
        if (c != '/' && c != '\\') {
            current.put(c);
            continue;
        }
        if (current.leads_away()) break;
        begin = size - path.size();
        current = segment();
    }
    place = begin;
    return current.leads_away() ? "the path has a segment of dots" : nullptr;
}

url_fault find_fault(std::string_view text, std::size_t& place) noexcept {
    if (auto const* const wrong = check_url_characters(text, place)) return wrong;
    place = 0;
    if (text.size() > max_endpoint_path) return "is longer than 8192 bytes";
    target_parts const parts(text);
    if (parts.path.starts_with("//")) return "begins with two slashes, and so names a host";
    place = parts.path.find("://");
    if (place != std::string_view::npos) return "is an absolute URL";
    if (auto const* const wrong = check_url_path(text, place)) return wrong;
    place = 0;
    if (parts.path.empty() || parts.path == "/") return "empty";
    return check_segments(parts.path, place);
}

std::string_view name_of(std::string_view parameter) noexcept {
    return parameter.substr(0, parameter.find('='));
}

/// Calls `f` for each parameter of a query, until it returns true. Returns whether it did.
template <class F>
bool any_parameter(std::string_view query, F f) {
    while (!query.empty()) {
        auto const parameter = query.substr(0, query.find('&'));
        if (!parameter.empty() && f(parameter)) return true;
        query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    }
    return false;
}

bool has_parameter(std::string_view query, std::string_view name) {
    return any_parameter(query, [name](std::string_view each) { return name_of(each) == name; });
}

void append_parameter(std::string& target, char& separator, std::string_view parameter) {
    target += separator;
    target += parameter;
    separator = '&';
}

} // namespace

error_code check_endpoint_path(std::string_view path, std::string& detail) {
    std::size_t place = 0;
    auto const* const wrong = find_fault(path, place);
    if (!wrong) return {};
    detail = "path: ";
    detail += wrong;
    if (place != 0) detail += " (byte " + std::to_string(place) + ")";
    return errc::invalid_request;
}

std::string name_endpoint(std::string_view path) {
    auto named = target_parts(path).path;
    while (named.starts_with('/')) named.remove_prefix(1);
    return "/" + std::string(named);
}

std::string join_endpoint(std::string_view chat_target, std::string_view path) {
    target_parts const base(chat_target);
    target_parts const own(path);
    auto prefix = base.path;
    if (prefix.ends_with(chat_resource)) prefix.remove_suffix(chat_resource.size());
    std::string target(prefix);
    target += name_endpoint(own.path);
    char separator = '?';
    any_parameter(base.query, [&](std::string_view each) {
        if (!has_parameter(own.query, name_of(each))) append_parameter(target, separator, each);
        return false;
    });
    if (!own.query.empty()) append_parameter(target, separator, own.query);
    return target;
}

} // namespace async_llm::codec
