// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_SESSION_HPP
#define ASYNC_LLM_TESTING_SESSION_HPP

#include "testing/peer_stream.hpp"
#include "testing/reply_writer.hpp"
#include "testing/request_reader.hpp"
#include "testing/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace async_llm::testing {

class http2_server_session;

/// One accepted connection.
/**
 * A read is always pending while there is room for unread input: only so a client that closes in the middle
 * of a reply, or of the wait for one, is noticed. One coroutine does the rest and sleeps on a timer that
 * serves as its condition variable.
 *
 * Thread safety: everything runs on the socket's strand, except the constructor, `start`,
 * `end_from_outside` and `announce_max_streams`.
 */
class session : public std::enable_shared_from_this<session> {
public:
    session(
        asio::ip::tcp::socket socket,
        std::shared_ptr<server> owner,
        std::size_t number,
        accept_fault fault
    );

    void start();
    void end_from_outside(session_end manner);
    void announce_max_streams(std::uint32_t streams);

private:
    using clock = std::chrono::steady_clock;

    enum class outcome { connection_lives, connection_ends };

    static asio::awaitable<void> run(std::shared_ptr<session> self);
    asio::awaitable<bool> open();
    asio::awaitable<bool> handshake();
    asio::awaitable<void> misbehave();
    asio::awaitable<void> answer_with_noise(std::string_view noise);

    asio::awaitable<bool> begins_http2();
    asio::awaitable<void> serve_http2();
    asio::awaitable<void> end_http2();
    received_request describe_connection() const;

    asio::awaitable<outcome> serve_one();
    asio::awaitable<bool> read_request(request_reader& reader);
    asio::awaitable<outcome> answer(request_reader& reader);
    asio::awaitable<outcome> refuse_malformed(int status);
    asio::awaitable<outcome> deliver(scripted_reply reply, bool keep_alive);
    asio::awaitable<bool> write_plan(reply_plan const& plan, scripted_reply const& reply);
    asio::awaitable<outcome> commit_fault(scripted_reply const& reply);
    asio::awaitable<outcome> finish(scripted_reply const& reply, bool ends);

    void start_read();
    void on_read(error_code ec, std::size_t size);
    void note_end() noexcept;
    bool gone() const noexcept { return peer_closed_ || closed_; }
    asio::awaitable<void> wait_for_news(clock::time_point deadline);
    asio::awaitable<bool> pause(clock::duration duration);
    asio::awaitable<void> wait_until_gone(clock::time_point deadline);
    asio::awaitable<void> end(bool close_notify, bool linger);
    bool wants_close_notify(scripted_reply const& reply) const;

    peer_stream stream_;
    std::shared_ptr<server> server_;
    asio::steady_timer news_;
    std::size_t number_;
    accept_fault fault_;
    tls_info tls_;
    std::shared_ptr<http2_server_session> http2_; // null: HTTP/1.1
    std::string input_;
    std::array<char, 8192> chunk_;
    std::size_t requests_ = 0;
    bool reading_ = false;
    bool discarding_ = false;
    bool peer_closed_ = false;
    bool closed_ = false;
    bool idle_ = false;
    bool last_write_ = false; // the client may have the whole reply before this side knows
    bool end_while_idle_ = false;
};

} // namespace async_llm::testing

#endif
