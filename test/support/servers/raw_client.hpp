// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_RAW_CLIENT_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_RAW_CLIENT_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::test {

struct session_free {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using tls_session = std::unique_ptr<SSL_SESSION, session_free>;

/// TLS of a raw client.
struct raw_tls {
    raw_tls();

    std::string authority;          ///< PEM to trust; empty: verify nothing
    std::string server_name;        ///< SNI and, with an authority, the name to verify; default `localhost`
    testing::tls_identity identity; ///< client certificate, if not empty
    int max_version;                ///< 0: the newest
    std::string alpn;    ///< protocols as ALPN has them, `\2h2` for instance; empty: none is offered
    SSL_SESSION* resume; ///< offered for resumption if not null
};

/// An HTTP reply as it came.
struct raw_reply {
    raw_reply();

    int status;
    std::string head; ///< status line to empty line, inclusive
    std::string body; ///< by Content-Length
};

/// A client that blocks, byte by byte under the test's control; every wait is bounded.
class raw_client {
public:
    explicit raw_client(std::uint16_t port, char const* address = "127.0.0.1");
    ~raw_client();

    error_code connect();
    error_code start_tls(raw_tls const& settings);

    error_code send(std::string_view bytes);

    /// Reads until the text is there, and returns everything up to its end. What came so far on an error.
    std::string receive_until(std::string_view text);

    /// Reads until that many bytes are there, or an error.
    std::string receive(std::size_t size);

    /// Reads until the end of the connection.
    std::string receive_all();

    /// Reads a reply with Content-Length or no body. Status 0 if the connection ends before.
    raw_reply receive_reply();

    /// Sends and receives the reply.
    raw_reply exchange(std::string_view request);

    /// Returns the error of the last read.
    error_code last_error() const noexcept { return last_error_; }

    void close();
    void reset();

    bool session_reused();
    tls_session take_session();
    std::string tls_version();
    std::string alpn(); ///< Protocol that was agreed on; empty: none.

private:
    template <class Start>
    error_code run(Start start);
    bool read_more();

    asio::io_context io_;
    asio::ip::tcp::endpoint endpoint_;
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::context> context_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    std::string input_;
    error_code last_error_;
};

/// A chat-completions request with a key, ready to send.
std::string chat_request_text(std::string_view body, std::string_view more_fields = {});

/// A small valid body: one user message with that text.
std::string
chat_body(std::string_view text, std::string_view model = "meta-llama/Llama-3.3-70B-Instruct-Turbo");

} // namespace async_llm::test

#endif
