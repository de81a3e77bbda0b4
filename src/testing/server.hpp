// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_SERVER_HPP
#define ASYNC_LLM_TESTING_SERVER_HPP

#include "testing/event_board.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace async_llm::testing {

class session;

/// Way in which the server ends a connection at another's request.
enum class session_end {
    if_idle, ///< In good order, if it waits for a request.
    reset,   ///< TCP reset.
    close    ///< Immediately.
};

/// The TLS context that the options ask for. Precondition: they have an identity.
asio::ssl::context make_server_context(mock_options const& options);

/// Parts of a mock provider: listener, sessions, script, records.
/**
 * Thread safety: safe. The listener is guarded by a mutex of its own, so that closing it takes effect
 * immediately and not when a strand gets to run.
 */
class server : public std::enable_shared_from_this<server> {
public:
    server(asio::any_io_executor executor, mock_options options);

    // Used by the public class.
    asio::any_io_executor const& executor() const noexcept { return executor_; }
    std::uint16_t port() const noexcept { return port_; }
    std::string base_url(std::string_view host) const;
    void listen();
    void stop_listening();
    void stop();
    void end_sessions(session_end manner);
    void announce_max_streams(std::uint32_t streams);
    void set_accept_fault(accept_fault fault, std::size_t connections);
    void enqueue(std::vector<scripted_reply> replies);
    void respond_with(mock_provider::responder answer);
    std::size_t queued() const;
    std::vector<received_request> requests() const;
    received_request last_request() const;

    // Used by the sessions, the first two by both.
    mock_options const& options() const noexcept { return options_; }
    event_board& board() noexcept { return *board_; }
    asio::ssl::context* tls_context() noexcept { return tls_context_ ? &*tls_context_ : nullptr; }
    /// Checks and records a request, and returns the reply to it, rendered.
    scripted_reply answer(received_request& request);
    /// Streams that a new HTTP/2 connection announces; null: it names no limit.
    std::optional<std::uint32_t> max_streams() const;
    void remove(std::size_t session_number);

private:
    void accept(std::unique_lock<std::mutex> const& listener_lock);
    void on_accept(error_code ec, std::size_t listening);
    void accept_later(std::unique_lock<std::mutex> const& listener_lock);
    accept_fault next_accept_fault();
    std::vector<std::shared_ptr<session>> open_sessions();
    void record(received_request const& request);
    scripted_reply next_reply(received_request const& request);

    asio::any_io_executor executor_;
    mock_options const options_;
    std::optional<asio::ssl::context> tls_context_;
    std::shared_ptr<event_board> board_;
    std::uint16_t port_ = 0;

    std::mutex listener_mutex_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer accept_retry_;
    std::size_t listening_ = 0; // changes with every start and end of listening
    bool stopped_ = false;

    mutable std::mutex mutex_;
    std::map<std::size_t, std::weak_ptr<session>> sessions_;
    std::size_t last_session_ = 0;
    accept_fault fault_ = accept_fault::none;
    std::size_t faults_left_ = 0; // zero: no end
    std::optional<std::uint32_t> max_streams_;
    std::deque<scripted_reply> script_;
    mock_provider::responder responder_;
    std::deque<received_request> requests_;
};

} // namespace async_llm::testing

#endif
