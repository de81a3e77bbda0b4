// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_BASE_URL_HPP
#define ASYNC_LLM_CODEC_HTTP_BASE_URL_HPP

#include "base/environment.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/provider.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Path of chat completions below a base URL.
inline constexpr std::string_view chat_resource = "/chat/completions";

/// Host and port to connect to.
struct server_address {
    explicit server_address(std::uint16_t default_port) : port(default_port) {}

    /// A name or an address, in lower case and without brackets.
    std::string host;
    std::uint16_t port;
    /// The host is an address and no name.
    bool is_address = false;
};

/// Address to which requests go.
struct base_url : server_address {
    base_url() : server_address(443) {}

    bool tls = true;
    /// The host is the path of a Unix domain socket, and the port has no meaning.
    bool is_local = false;
    /// The path of chat completions, with the query behind it.
    std::string target;
    /// The value of `Host`: with brackets where they belong, and with the port if it is not the scheme's own.
    std::string host_header;
};

/// Protocol of a proxy, and who looks the server's name up.
enum class proxy_scheme {
    http,
    /// SOCKS5; names are resolved here.
    socks5,
    /// SOCKS5; names are resolved by the proxy.
    socks5h,
};

/// A proxy.
struct proxy_url : server_address {
    proxy_url() : server_address(80) {}

    proxy_scheme scheme = proxy_scheme::http;
    /// The value of `Proxy-Authorization`, for an HTTP proxy. Empty: none.
    credential authorization;
    /// Login at a SOCKS5 proxy, each of at most 255 bytes. Empty user: none.
    std::string user;
    credential password;
};

/// Reads `https://host[:port][/path][?query]`, `http://...` or `unix:/socket[:/path][?query]` and joins
/// `chat/completions` to its path.
/**
 * After `unix:` comes the absolute path of a Unix domain socket, as it is, up to a colon or question mark. It
 * is spoken to in plain HTTP, as to the host `localhost`.
 *
 * A path that ends in `/chat/completions` is taken as it is; without a path, `/v1` is taken. The host is a
 * name, an IPv4 address or an IPv6 address in brackets. User and fragment are refused, and so is whatever has
 * no place in a request line.
 *
 * Errors: `errc::invalid_request`; `detail` says what is wrong, without repeating the text.
 */
error_code parse_base_url(std::string_view text, base_url& result, std::string& detail);

/// Reads `[scheme://][user:password@]host[:port][/]`; the scheme is `http`, `socks5` or `socks5h`.
/**
 * User and password may be percent-encoded; for http they become Basic credentials (RFC 7617), for SOCKS5 a
 * login (RFC 1929). Without a port, 80 is taken for http, 1080 for SOCKS5. The scheme `http://` may be
 * missing, as it often is in the environment.
 *
 * Errors: as \ref parse_base_url.
 */
error_code parse_proxy_url(std::string_view text, proxy_url& result, std::string& detail);

/// Checks a name or an address that a certificate has to be for, as it would be the host of a \ref base_url.
/** An IPv6 address has no brackets. Errors: as \ref parse_base_url. */
error_code check_server_name(std::string_view text, std::string& detail);

/// The proxy that the environment asks for, to be given to \ref parse_proxy_url; nothing if it asks for none.
/**
 * For https only: the first that is set of `HTTPS_PROXY`, `https_proxy`, `ALL_PROXY` and `all_proxy`, unless
 * `NO_PROXY`, or else `no_proxy`, names the target. That is a list with commas of `*`, names (which stand for
 * their subdomains too, with or without a dot in front), addresses and blocks of addresses (`10.0.0.0/8`);
 * names and addresses may have a port.
 */
std::optional<std::string> proxy_from_environment(base_url const& target, environment const& lookup);

} // namespace async_llm::codec

#endif
