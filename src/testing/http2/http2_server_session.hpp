// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TESTING_HTTP2_SERVER_SESSION_HPP
#define ASYNC_LLM_TESTING_HTTP2_SERVER_SESSION_HPP

#include "testing/http2/http2_exchange.hpp"
#include "testing/server.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct nghttp2_session;

namespace async_llm::testing {

/// Whether the test kit is built with HTTP/2.
#if defined(ASYNC_LLM_HAS_HTTP2)
inline constexpr bool has_http2 = true;
#else
inline constexpr bool has_http2 = false;
#endif

/// End of an HTTP/2 connection on the server's part.
enum class http2_ending {
    none,
    close,  ///< In good order.
    reset,  ///< TCP reset.
    silence ///< It stays open, and nothing is said or heard any more.
};

/// Server's side of an HTTP/2 connection, on bytes: answers requests as the script of its server says.
/**
 * ```
 * session.feed(input); write(session.output()); session.sent();     // whenever `news` is cancelled
 * ```
 * until `ending()` says how it ends. Each reply waits on a timer of its own.
 *
 * Frames of a script that libnghttp2 would not make are put between its own, behind those that wait.
 *
 * Thread safety: none, it belongs to the connection's strand.
 */
class http2_server_session : public std::enable_shared_from_this<http2_server_session> {
public:
    /// `connection`: the fields of a request that are about its connection. `news` is cancelled when there
    /// may be output or an end.
    http2_server_session(
        std::shared_ptr<server> owner,
        received_request connection,
        accept_fault fault,
        asio::steady_timer& news
    );
    http2_server_session(http2_server_session const&) = delete;
    http2_server_session& operator=(http2_server_session const&) = delete;
    ~http2_server_session();

    /// Sends SETTINGS, or sees to it that they are sent later or never.
    void start();

    /// Takes all of the input.
    void feed(std::string& input);
    /// Bytes to write, valid until \ref sent.
    std::string_view output();
    /// The connection has taken all of \ref output.
    void sent();

    /// The way in which the connection ends. Valid when there is no output.
    http2_ending ending() const noexcept { return ending_; }
    bool wants_close_notify() const noexcept { return close_notify_; }

    /// Counts the requests whose replies the client did not wait for.
    void note_peer_left();

    /// Takes no more requests (GOAWAY); when those that came are done, the connection ends.
    void shut_down();
    void announce_max_streams(std::uint32_t streams);

private:
    friend struct http2_server_callbacks;

    struct deleter {
        void operator()(nghttp2_session* session) const noexcept;
    };

    /// Counters since the last update of the server's board.
    struct counters {
        counters() = default;

        std::size_t replies = 0;
        std::size_t aborted = 0;
        std::size_t resets = 0;
        std::size_t pings = 0;
        std::size_t goaways = 0;
        std::size_t max_open = 0;
    };

    http2_exchange* find(std::int32_t id) noexcept;
    void open_exchange(std::int32_t id);
    void note_reset(std::int32_t id);
    void answer_ready();
    void advance(http2_exchange& exchange);
    void wait(http2_exchange& exchange, scripted_reply::duration delay);
    bool begin_reply(http2_exchange& exchange);
    void submit_interim(http2_exchange& exchange);
    void submit_head(http2_exchange& exchange);
    void submit_trailers(http2_exchange& exchange);
    void continue_reply(http2_exchange& exchange);
    void finish_reply(http2_exchange& exchange);
    void treat_connection(http2_exchange& exchange);
    void run_events(http2_exchange& exchange, http2_point point);
    void run(http2_exchange& exchange, http2_event const& event);
    void submit_goaway(std::int32_t last_stream, std::uint32_t code);
    void send_reset(http2_exchange& exchange, std::uint32_t code);
    void send_goaway(http2_exchange& exchange, http2_event const& event);
    void commit_fault(http2_exchange& exchange);
    void begin_flood(http2_exchange& exchange);

    void fill();
    bool run_due();
    void put_out(std::string_view frame);
    void put_raw(std::string_view bytes);
    void flush();
    void end(http2_ending manner, bool close_notify = true);
    void watch_idleness();
    void update_board();
    void forget_closed();

    std::shared_ptr<server> server_;
    received_request connection_;
    accept_fault fault_;
    asio::steady_timer& news_;
    std::unique_ptr<nghttp2_session, deleter> session_;
    std::unordered_map<std::int32_t, http2_exchange> exchanges_;

    // Ids of exchanges: with a request that is complete, with something to do when all that can be sent is in
    // the output, and of streams that are closed.
    std::vector<std::int32_t> ready_;
    std::vector<std::int32_t> due_;
    std::vector<std::int32_t> closed_;

    std::string output_;
    std::string writing_;
    std::string flood_; // put out again and again
    // Of a GOAWAY that is sent or waits to be: streams beyond it are not processed.
    std::int32_t last_stream_ = INT32_MAX;
    std::int32_t flooding_ = 0; // stream with whose end that stops; 0: none
    std::size_t requests_ = 0;
    counters counted_;
    std::size_t replies_in_output_ = 0;
    std::size_t replies_in_write_ = 0;
    asio::steady_timer settings_timer_; // running: there is no output yet
    asio::steady_timer idle_timer_;
    bool holds_output_ = false;
    bool close_notify_ = true;
    http2_ending ending_ = http2_ending::none;
};

} // namespace async_llm::testing

#endif
