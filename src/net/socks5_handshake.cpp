// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/socks5_handshake.hpp"

#include "codec/http/ip_address.hpp"

#include <array>
#include <utility>

namespace async_llm::net {
namespace {

constexpr unsigned protocol_version = 5;
constexpr unsigned login_version = 1;
constexpr unsigned no_authentication = 0;
constexpr unsigned by_login = 2;
constexpr unsigned no_acceptable_method = 0xFF;
constexpr unsigned command_connect = 1;
constexpr unsigned type_ipv4 = 1;
constexpr unsigned type_name = 3;
constexpr unsigned type_ipv6 = 4;

/// Code of a reply (RFC 1928, section 6).
struct reply_code {
    constexpr reply_code(char const* m, bool about_address) : meaning(m), is_about_address(about_address) {}

    char const* meaning;
    /// Another address of the same target may have better luck.
    bool is_about_address;
};

// In the order of the codes, beginning with 1. Simple proxies say 1 for whatever goes wrong.
constexpr std::array reply_codes{
    reply_code("general failure", true),
    reply_code("not allowed by its rules", false),
    reply_code("network unreachable", true),
    reply_code("host unreachable", true),
    reply_code("connection refused", true),
    reply_code("time to live expired", true),
    reply_code("command not supported", false),
    reply_code("address type not supported", true),
};

constexpr char const* other_protocol = "it does not speak SOCKS5";

void append(std::string& out, unsigned byte) { out += static_cast<char>(byte); }

void append_with_size(std::string& out, std::string_view text) {
    append(out, static_cast<unsigned>(text.size()));
    out += text;
}

} // namespace

socks5_handshake::socks5_handshake(
    std::string_view host,
    std::uint16_t port,
    std::string_view user,
    std::string_view password
)
    : host_(host), port_(port), user_(user), password_(password) {
    append(output_, protocol_version);
    append(output_, user.empty() ? 1 : 2);
    append(output_, no_authentication);
    if (!user.empty()) append(output_, by_login);
}

void socks5_handshake::put(std::string_view bytes) {
    input_ += bytes;
    while (!is_open() && !has_failed()) {
        // Each message answers one of ours.
        if (!unsent().empty() && !input_.empty()) {
            fail("it sent more than its answer");
            return;
        }
        auto const size = take_message();
        if (size == 0) return;
        input_.erase(0, size);
    }
}

void socks5_handshake::put_end() {
    if (is_open() || has_failed()) return;
    fail(
        stage_ == stage::greeting    ? "it closed the connection without an answer"
            : stage_ == stage::login ? "it closed the connection during the authentication"
                                     : "it closed the connection before it had connected to the target"
    );
}

/// Returns the size of the message taken; 0: it is incomplete, or wrong.
std::size_t socks5_handshake::take_message() {
    if (input_.empty()) return 0;
    if (byte(0) != (stage_ == stage::login ? login_version : protocol_version)) return fail(other_protocol);
    if (input_.size() < 2) return 0;
    if (stage_ == stage::greeting) return take_method();
    return stage_ == stage::login ? take_verdict() : take_reply();
}

std::size_t socks5_handshake::take_method() {
    auto const method = byte(1);
    if (method == no_authentication)
        send_request();
    else if (method == by_login && !user_.empty())
        send_login();
    else if (method != no_acceptable_method)
        return fail("it chose an authentication that was not offered");
    else if (user_.empty())
        return fail("it demands an authentication, and its URL has no user");
    else
        return fail("it accepts no authentication by user and password");
    return 2;
}

std::size_t socks5_handshake::take_verdict() {
    if (byte(1) != 0) return fail("it refused the user or the password");
    send_request();
    return 2;
}

std::size_t socks5_handshake::take_reply() {
    // A refusal is one whatever follows, and some proxies send no address with it.
    if (byte(1) != 0) return refuse_reply(byte(1));
    if (input_.size() < 4) return 0;
    constexpr std::size_t around_address = 6;
    std::size_t size = around_address;
    switch (byte(3)) {
    case type_ipv4: size += 4; break;
    case type_ipv6: size += 16; break;
    case type_name:
        if (input_.size() < 5) return 0;
        size += 1 + byte(4);
        break;
    default: return fail("its reply has an address of an unknown type");
    }
    if (input_.size() < size) return 0;
    stage_ = stage::open;
    return size;
}

std::size_t socks5_handshake::refuse_reply(unsigned code) {
    bool const is_known = code <= reply_codes.size();
    is_about_address_ = is_known && reply_codes[code - 1].is_about_address;
    auto const target = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    return fail(
        "it did not connect to " + target + ":" + std::to_string(port_) + ": " +
        (is_known ? reply_codes[code - 1].meaning : "unknown reply") + " (" + std::to_string(code) + ")"
    );
}

std::size_t socks5_handshake::fail(std::string fault) {
    fault_ = std::move(fault);
    stage_ = stage::failed;
    return 0;
}

void socks5_handshake::send_login() {
    stage_ = stage::login;
    sent_ = 0;
    output_.clear();
    append(output_, login_version);
    append_with_size(output_, user_);
    append_with_size(output_, password_);
}

void socks5_handshake::send_request() {
    stage_ = stage::request;
    sent_ = 0;
    output_.clear();
    append(output_, protocol_version);
    append(output_, command_connect);
    append(output_, 0);
    if (auto const address = codec::parse_ip(host_)) {
        append(output_, address->size() == 4 ? type_ipv4 : type_ipv6);
        output_.append(address->begin(), address->end());
    } else {
        append(output_, type_name);
        append_with_size(output_, host_);
    }
    append(output_, port_ >> 8u);
    append(output_, port_ & 0xFFu);
}

} // namespace async_llm::net
