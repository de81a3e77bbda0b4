// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/ascii.hpp"
#include "codec/http/base_url.hpp"
#include "codec/http/ip_address.hpp"

#include <charconv>

namespace async_llm::codec {
namespace {

std::string_view first_of(environment const& lookup, char const* name, char const* other) {
    auto const value = trim(variable(lookup, name));
    return value.empty() ? trim(variable(lookup, other)) : value;
}

std::optional<unsigned> parse_number(std::string_view text) noexcept {
    unsigned value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One entry of the list, taken apart into `host[:port]`.
struct exemption {
    explicit exemption(std::string_view entry) : host(entry) {
        auto const bracket = entry.find(']');
        bool const bracketed = entry.starts_with('[') && bracket != std::string_view::npos;
        auto const rest = bracketed ? entry.substr(bracket + 1) : entry;
        auto const colon = rest.rfind(':');
        // Two colons without brackets are an IPv6 address.
        bool const has_port = colon != std::string_view::npos && rest.find(':') == colon;
        if (has_port) port = rest.substr(colon + 1);
        if (bracketed)
            host = entry.substr(1, bracket - 1);
        else if (has_port)
            host = entry.substr(0, colon);
    }

    std::string_view host;
    std::optional<std::string_view> port;
};

bool matches_block(std::string_view block, ip_bytes const& address) {
    auto const slash = block.find('/');
    auto const network = parse_ip(block.substr(0, slash));
    if (!network) return false;
    if (slash == std::string_view::npos) return *network == address;
    auto const bits = parse_number(block.substr(slash + 1));
    return bits && same_prefix(*network, address, *bits);
}

bool matches_name(std::string_view name, std::string_view host) noexcept {
    if (name.starts_with("*.")) name.remove_prefix(1);
    if (name.starts_with('.')) name.remove_prefix(1);
    if (name.empty() || host.size() < name.size()) return false;
    auto const before = host.size() - name.size();
    return iequals(host.substr(before), name) && (before == 0 || host[before - 1] == '.');
}

bool matches(std::string_view entry, base_url const& target) {
    if (entry == "*") return true;
    exemption const exempt(entry);
    if (exempt.port && parse_number(*exempt.port) != target.port) return false;
    if (!target.is_address) return matches_name(exempt.host, target.host);
    auto const address = parse_ip(target.host);
    return address && matches_block(exempt.host, *address);
}

bool is_exempt(std::string_view list, base_url const& target) {
    while (!list.empty()) {
        auto const comma = list.find(',');
        if (matches(trim(list.substr(0, comma)), target)) return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

} // namespace

std::optional<std::string> proxy_from_environment(base_url const& target, environment const& lookup) {
    if (!target.tls) return std::nullopt;
    auto proxy = first_of(lookup, "HTTPS_PROXY", "https_proxy");
    if (proxy.empty()) proxy = first_of(lookup, "ALL_PROXY", "all_proxy");
    if (proxy.empty() || is_exempt(first_of(lookup, "NO_PROXY", "no_proxy"), target)) return std::nullopt;
    return std::string(proxy);
}

} // namespace async_llm::codec
