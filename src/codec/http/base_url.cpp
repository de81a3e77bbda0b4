// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/base_url.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "codec/http/ip_address.hpp"
#include "codec/http/url_checks.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <charconv>
#include <sys/un.h>
#include <utility>

namespace async_llm::codec {
namespace {

constexpr std::size_t max_host_length = 253;
constexpr std::size_t max_label_length = 63;
constexpr std::size_t max_socks5_login_length = 255;
constexpr std::uint16_t socks_port = 1080;
// With the zero behind it.
constexpr std::size_t max_socket_path_length = sizeof(sockaddr_un::sun_path) - 1;

using complaint = url_fault;

complaint check_characters(std::string_view text) noexcept {
    std::size_t place = 0;
    return check_url_characters(text, place);
}

complaint parse_port(std::string_view text, std::uint16_t& port) noexcept {
    unsigned value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const is_number = error == std::errc() && end == text.data() + text.size() && is_digit(text.front());
    if (!is_number || value < 1 || value > 65'535) return "the port is not a number from 1 to 65535";
    port = static_cast<std::uint16_t>(value);
    return nullptr;
}

complaint check_name(std::string_view name) noexcept {
    if (name.size() > max_host_length) return "the host is longer than 253 characters";
    for (;;) {
        auto const dot = name.find('.');
        auto const label = name.substr(0, dot);
        if (label.empty()) return "the host has an empty label";
        if (label.size() > max_label_length) return "the host has a label longer than 63 characters";
        bool const valid = std::ranges::all_of(label, is_name_char);
        if (!valid) return "the host contains a character that no name has";
        if (dot == std::string_view::npos) {
            // As browsers do: 1.2.3 and 127.1 are addresses for some resolvers, and names for none.
            bool const numeric = std::ranges::all_of(label, is_digit);
            return numeric ? "the host is not a valid address" : nullptr;
        }
        name.remove_prefix(dot + 1);
    }
}

complaint parse_host(std::string_view text, server_address& result) {
    if (text.empty()) return "the host is empty";
    if (text.front() == '[') {
        if (!parse_ipv6(text.substr(1, text.size() - 2))) return "the host is not a valid IPv6 address";
        result.host = lower_case(text.substr(1, text.size() - 2));
    } else {
        result.host = lower_case(text);
    }
    result.is_address = text.front() == '[' || parse_ipv4(text);
    return result.is_address ? nullptr : check_name(text);
}

/// Splits `host[:port]`; without a port, `result.port` stays as it is.
complaint parse_authority(std::string_view text, server_address& result) {
    auto host_end = text.find(':');
    if (text.starts_with('[')) {
        auto const bracket = text.find(']');
        if (bracket == std::string_view::npos) return "the bracket of the host is not closed";
        host_end = bracket + 1;
    }
    auto const host = text.substr(0, host_end);
    auto const rest = text.substr(host.size());
    if (auto const wrong = parse_host(host, result)) return wrong;
    if (rest.empty()) return nullptr;
    if (rest.size() == 1 || rest.front() != ':')
        return rest.front() == ':' ? "the port is empty" : "something other than a port follows the host";
    return parse_port(rest.substr(1), result.port);
}

/// Makes the target of chat completions of a path, which may have a query behind it.
std::string join_target(std::string_view path_and_query) {
    auto path = path_and_query.substr(0, path_and_query.find('?'));
    auto const query = path_and_query.substr(path.size());
    while (path.ends_with('/')) path.remove_suffix(1);
    std::string target(path.empty() ? "/v1" : path);
    if (!path.ends_with(chat_resource)) target += chat_resource;
    // A question mark alone asks nothing.
    if (query.size() > 1) target += query;
    return target;
}

constexpr complaint other_local_form =
    "a Unix domain socket is written as unix:/path/of/socket, or unix:/path/of/socket:/v1";

/// Reads what follows `unix:`.
complaint parse_local(std::string_view text, base_url& result) {
    if (!text.starts_with('/') || text.starts_with("//")) return other_local_form;
    auto const socket = text.substr(0, text.find_first_of(":?"));
    auto path = text.substr(socket.size());
    if (path.starts_with(':')) {
        path.remove_prefix(1);
        if (!path.starts_with('/')) return "the path behind that of the socket does not begin with a slash";
    }
    if (socket.ends_with('/')) return "the path of the socket ends in a slash";
    if (socket.size() > max_socket_path_length)
        return "the path of the socket is longer than the system takes";
    std::size_t place = 0;
    if (auto const* const wrong = check_url_path(path, place)) return wrong;
    result.tls = false;
    result.is_local = true;
    result.host = socket;
    result.port = 0;
    result.host_header = "localhost";
    result.target = join_target(path);
    return nullptr;
}

/// Returns whether it names a Unix domain socket in the way of another program: http+unix:, http://unix:.
bool is_other_local_form(std::string_view text) {
    auto const scheme = lower_case(text.substr(0, text.find(':')));
    auto const rest = text.substr(scheme.size());
    return scheme.ends_with("+unix") || scheme.starts_with("unix+") ||
        iequals(rest.substr(0, 9), "://unix:/");
}

complaint parse(std::string_view text, base_url& result) {
    if (auto const wrong = check_characters(text)) return wrong;
    constexpr std::string_view local_scheme = "unix:";
    if (iequals(text.substr(0, local_scheme.size()), local_scheme))
        return parse_local(text.substr(local_scheme.size()), result);
    if (is_other_local_form(text)) return other_local_form;
    auto const colon = text.find("://");
    if (colon == std::string_view::npos) return "does not begin with https://, http:// or unix:/";
    auto const scheme = text.substr(0, colon);
    result.tls = iequals(scheme, "https");
    if (!result.tls && !iequals(scheme, "http")) return "the scheme is neither https nor http";

    auto const rest = text.substr(colon + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?"));
    auto const path = rest.substr(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return "has a user or password; a key belongs into provider::key";
    std::uint16_t const default_port = result.tls ? 443 : 80;
    result.port = default_port;
    if (auto const wrong = parse_authority(authority, result)) return wrong;
    std::size_t place = 0;
    if (auto const* const wrong = check_url_path(path, place)) return wrong;

    bool const is_ipv6 = result.host.find(':') != std::string::npos;
    result.host_header = is_ipv6 ? "[" + result.host + "]" : result.host;
    if (result.port != default_port) result.host_header += ":" + std::to_string(result.port);
    result.target = join_target(path);
    return nullptr;
}

complaint decode_percent(std::string_view text, std::string& result) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            bool const complete = i + 2 < text.size();
            int const high = complete ? hex_value(text[i + 1]) : -1;
            int const low = complete ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return "the user or password contains a percent sign that begins no percent-encoding";
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (is_control(c)) return "the user or password contains a control character";
        result += c;
    }
    return nullptr;
}

complaint set_login(std::string user, std::string password, proxy_url& result) {
    if (result.scheme == proxy_scheme::http) {
        if (user.find(':') != std::string::npos)
            return "the user contains a colon, which Basic credentials cannot carry";
        result.authorization = "Basic " + base64_encode(user + ":" + password);
        return nullptr;
    }
    if (user.empty()) return "the user is empty, which SOCKS5 cannot carry";
    if (user.size() > max_socks5_login_length || password.size() > max_socks5_login_length)
        return "the user or password is longer than 255 bytes, the most that SOCKS5 can carry";
    result.user = std::move(user);
    result.password = std::move(password);
    return nullptr;
}

complaint parse_user(std::string_view text, proxy_url& result) {
    auto const colon = text.find(':');
    std::string user;
    std::string password;
    if (auto const wrong = decode_percent(text.substr(0, colon), user)) return wrong;
    if (colon != std::string_view::npos) {
        if (auto const wrong = decode_percent(text.substr(colon + 1), password)) return wrong;
    }
    return set_login(std::move(user), std::move(password), result);
}

complaint parse_scheme(std::string_view text, proxy_url& result) {
    if (iequals(text, "http")) return nullptr;
    result.port = socks_port;
    result.scheme = iequals(text, "socks5") ? proxy_scheme::socks5 : proxy_scheme::socks5h;
    bool const is_known = result.scheme == proxy_scheme::socks5 || iequals(text, "socks5h");
    return is_known ? nullptr : "the scheme is none of http, socks5 and socks5h";
}

complaint parse(std::string_view text, proxy_url& result) {
    if (auto const wrong = check_characters(text)) return wrong;
    if (text.find('?') != std::string_view::npos) return "has a query";
    if (auto const colon = text.find("://"); colon != std::string_view::npos) {
        if (auto const wrong = parse_scheme(text.substr(0, colon), result)) return wrong;
        text.remove_prefix(colon + 3);
    }
    auto authority = text.substr(0, text.find('/'));
    if (text.size() > authority.size() + 1) return "has a path";
    if (auto const at = authority.rfind('@'); at != std::string_view::npos) {
        if (auto const wrong = parse_user(authority.substr(0, at), result)) return wrong;
        authority.remove_prefix(at + 1);
    }
    return parse_authority(authority, result);
}

template <class Url>
error_code parse_into(std::string_view field, std::string_view text, Url& result, std::string& detail) {
    Url parsed;
    if (auto const wrong = parse(text, parsed)) {
        detail = field;
        detail += ": ";
        detail += wrong;
        return errc::invalid_request;
    }
    result = std::move(parsed);
    return {};
}

} // namespace

error_code parse_base_url(std::string_view text, base_url& result, std::string& detail) {
    return parse_into("base_url", text, result, detail);
}

error_code check_server_name(std::string_view text, std::string& detail) {
    auto const* const wrong = parse_ip(text) ? nullptr : check_name(text);
    if (!wrong) return {};
    detail = wrong;
    return errc::invalid_request;
}

error_code parse_proxy_url(std::string_view text, proxy_url& result, std::string& detail) {
    return parse_into("proxy", text, result, detail);
}

} // namespace async_llm::codec
