// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_SOCKS5_HANDSHAKE_HPP
#define ASYNC_LLM_NET_SOCKS5_HANDSHAKE_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm::net {

/// The client's side of a SOCKS5 handshake (RFC 1928, RFC 1929), without input and output.
/**
 * | stage    | sent                  | expected                  | next                    |
 * |----------|-----------------------|---------------------------|-------------------------|
 * | greeting | the methods offered   | the method chosen         | login, request, failed  |
 * | login    | user and password     | its verdict               | request, failed         |
 * | request  | CONNECT to the target | a reply with an address   | open, failed            |
 * | open     |                       | what the target sends     |                         |
 * | failed   |                       |                           |                         |
 *
 * Keeps at most one message of the proxy, of 262 bytes, and what came together with it.
 */
class socks5_handshake {
public:
    /// Begins with the greeting. `host`: a name, or an address without brackets and zone.
    /** Precondition: `host` has 1 to 255 bytes, `user` and `password` at most 255. Empty `user`: no login is
     * offered. */
    socks5_handshake(
        std::string_view host,
        std::uint16_t port,
        std::string_view user = std::string_view(),
        std::string_view password = std::string_view()
    );

    /// Bytes that are to be sent next; empty: those of the proxy are to be read.
    std::string_view unsent() const noexcept { return std::string_view(output_).substr(sent_); }
    /// Notes that so many of them are sent.
    void note_sent(std::size_t bytes) noexcept { sent_ += bytes; }

    /// Takes bytes of the proxy. Nothing more may follow once it is open or has failed.
    void put(std::string_view bytes);

    /// Notes that the proxy has closed the connection.
    void put_end();

    bool is_open() const noexcept { return stage_ == stage::open; }
    bool has_failed() const noexcept { return stage_ == stage::failed; }

    /// Bytes behind the reply that opened it: the target's.
    std::string const& surplus() const noexcept { return input_; }

    /// Sentence about the failure, without any byte of the peer's but numbers.
    std::string const& fault() const noexcept { return fault_; }

    /// Returns whether another address of the target may succeed.
    bool is_about_address() const noexcept { return is_about_address_; }

private:
    enum class stage { greeting, login, request, open, failed };

    void send_login();
    void send_request();
    std::size_t take_message();
    std::size_t take_method();
    std::size_t take_verdict();
    std::size_t take_reply();
    std::size_t refuse_reply(unsigned code);
    std::size_t fail(std::string fault);
    unsigned byte(std::size_t index) const noexcept { return static_cast<unsigned char>(input_[index]); }

    std::string host_;
    std::uint16_t port_;
    std::string user_;
    std::string password_;
    std::string output_;
    std::size_t sent_ = 0;
    std::string input_;
    std::string fault_;
    stage stage_ = stage::greeting;
    bool is_about_address_ = false;
};

} // namespace async_llm::net

#endif
