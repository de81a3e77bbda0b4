// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/server.hpp"

#include "testing/close_on_exec.hpp"
#include "testing/http2/http2_server_session.hpp"
#include "testing/reply_content.hpp"
#include "testing/request_check.hpp"
#include "testing/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <stdexcept>

namespace async_llm::testing {

namespace ip = asio::ip;

server::server(asio::any_io_executor executor, mock_options options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      board_(std::make_shared<event_board>(executor_)),
      port_(options_.port),
      acceptor_(executor_),
      accept_retry_(executor_) {
    if (options_.http2 && !has_http2)
        throw boost::system::system_error(
            make_error_code(boost::system::errc::not_supported),
            "mock_options::http2 in a build without HTTP/2"
        );
    if (options_.max_concurrent_streams != 0) max_streams_ = options_.max_concurrent_streams;
    if (options_.identity) tls_context_.emplace(make_server_context(options_));
}

std::string server::base_url(std::string_view host) const {
    std::string result = options_.identity ? "https://" : "http://";
    bool const literal = host.find(':') != host.npos;
    result += literal ? "[" + std::string(host) + "]" : std::string(host);
    result += ":" + std::to_string(port_);
    result += options_.dialect == provider_dialect::openrouter ? "/api/v1" : "/v1";
    return result;
}

void server::listen() {
    std::unique_lock const lock(listener_mutex_);
    if (stopped_ || acceptor_.is_open()) return;
    ip::tcp::endpoint const endpoint(ip::make_address(options_.address), port_);
    ip::tcp::acceptor acceptor(executor_);
    if (auto const ec = open_listener(acceptor, endpoint.protocol()))
        throw boost::system::system_error(ec, "open");
    acceptor.set_option(ip::tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(
        options_.listen_backlog == 0 ? asio::socket_base::max_listen_connections : options_.listen_backlog
    );
    acceptor.non_blocking(true);
    acceptor_ = std::move(acceptor);
    ++listening_;
    port_ = acceptor_.local_endpoint().port();
    accept(lock);
}

void server::stop_listening() {
    std::lock_guard const lock(listener_mutex_);
    ++listening_;
    error_code ignored;
    acceptor_.close(ignored);
    accept_retry_.cancel();
}

void server::stop() {
    {
        std::lock_guard const lock(listener_mutex_);
        stopped_ = true;
    }
    stop_listening();
    end_sessions(session_end::close);
    board_->close();
}

void server::accept(std::unique_lock<std::mutex> const&) {
    acceptor_.async_wait(
        ip::tcp::acceptor::wait_read,
        [self = shared_from_this(), listening = listening_](error_code ec) { self->on_accept(ec, listening); }
    );
}

void server::on_accept(error_code ec, std::size_t listening) {
    // A strand per connection, so that several threads may run the executor.
    ip::tcp::socket socket{asio::any_io_executor(asio::make_strand(executor_))};
    {
        std::unique_lock const lock(listener_mutex_);
        if (listening != listening_) return;
        // Asio's own way of accepting would give us a socket that children of this process inherit.
        if (!ec) ec = accept_now(acceptor_, acceptor_.local_endpoint().protocol(), socket);
        bool const gone = ec == asio::error::would_block || ec == asio::error::connection_aborted;
        if (!ec || gone)
            accept(lock);
        else
            accept_later(lock);
        if (stopped_ || ec) return;
    }
    std::shared_ptr<session> created;
    {
        auto const fault = next_accept_fault();
        std::lock_guard const lock(mutex_);
        auto const number = ++last_session_;
        created = std::make_shared<session>(std::move(socket), shared_from_this(), number, fault);
        sessions_.emplace(number, created);
    }
    board_->update([](mock_stats& stats) {
        ++stats.connections_accepted;
        ++stats.connections_open;
        stats.max_connections_open = std::max(stats.max_connections_open, stats.connections_open);
    });
    created->start();
    // stop() may have gone through the sessions between the check above and the registration.
    std::lock_guard const lock(listener_mutex_);
    if (stopped_) created->end_from_outside(session_end::close);
}

// Out of file descriptors or memory: there is no event that says when they are back, and accepting again at
// once would spin, as the connection stays in the queue.
void server::accept_later(std::unique_lock<std::mutex> const&) {
    accept_retry_.expires_after(std::chrono::milliseconds(10));
    accept_retry_.async_wait([self = shared_from_this(), listening = listening_](error_code) {
        std::unique_lock const lock(self->listener_mutex_);
        if (listening == self->listening_) self->accept(lock);
    });
}

std::vector<std::shared_ptr<session>> server::open_sessions() {
    std::vector<std::shared_ptr<session>> sessions;
    std::lock_guard const lock(mutex_);
    for (auto const& entry : sessions_) {
        if (auto alive = entry.second.lock()) sessions.push_back(std::move(alive));
    }
    return sessions;
}

void server::end_sessions(session_end manner) {
    for (auto const& each : open_sessions()) each->end_from_outside(manner);
}

void server::announce_max_streams(std::uint32_t streams) {
    {
        std::lock_guard const lock(mutex_);
        max_streams_ = streams;
    }
    for (auto const& each : open_sessions()) each->announce_max_streams(streams);
}

std::optional<std::uint32_t> server::max_streams() const {
    std::lock_guard const lock(mutex_);
    return max_streams_;
}

void server::remove(std::size_t session_number) {
    {
        std::lock_guard const lock(mutex_);
        sessions_.erase(session_number);
    }
    board_->update([](mock_stats& stats) { --stats.connections_open; });
}

void server::set_accept_fault(accept_fault fault, std::size_t connections) {
    std::lock_guard const lock(mutex_);
    fault_ = fault;
    faults_left_ = connections;
}

accept_fault server::next_accept_fault() {
    std::lock_guard const lock(mutex_);
    auto const result = fault_;
    if (faults_left_ != 0) {
        --faults_left_;
        if (faults_left_ == 0) fault_ = accept_fault::none;
    }
    return result;
}

void server::enqueue(std::vector<scripted_reply> replies) {
    std::lock_guard const lock(mutex_);
    for (auto& reply : replies) script_.push_back(std::move(reply));
}

void server::respond_with(mock_provider::responder answer) {
    std::lock_guard const lock(mutex_);
    responder_.swap(answer);
}

std::size_t server::queued() const {
    std::lock_guard const lock(mutex_);
    return script_.size();
}

scripted_reply server::next_reply(received_request const& request) {
    mock_provider::responder responder;
    {
        std::lock_guard const lock(mutex_);
        if (!script_.empty()) {
            auto reply = std::move(script_.front());
            script_.pop_front();
            return reply;
        }
        responder = responder_;
    }
    return responder ? responder(request) : scripted_reply::echo();
}

scripted_reply server::answer(received_request& request) {
    auto const dialect = options_.dialect;
    auto const fault = check_request(options_, request);
    request.refused_with = fault ? fault->status : 0;
    record(request);
    if (fault) return render_refusal(*fault, dialect, request);
    try {
        return render(next_reply(request), dialect, request);
    } catch (std::exception const& error) {
        return render(scripted_reply::error(500, error.what()), dialect, request);
    }
}

void server::record(received_request const& request) {
    {
        std::lock_guard const lock(mutex_);
        requests_.push_back(request);
        if (requests_.size() > options_.recorded_requests) requests_.pop_front();
    }
    board_->update([refused = request.refused_with != 0](mock_stats& stats) {
        ++stats.requests;
        stats.requests_refused += refused ? 1 : 0;
    });
}

std::vector<received_request> server::requests() const {
    std::lock_guard const lock(mutex_);
    return std::vector<received_request>(requests_.begin(), requests_.end());
}

received_request server::last_request() const {
    std::lock_guard const lock(mutex_);
    if (requests_.empty()) throw std::out_of_range("no request has been recorded");
    return requests_.back();
}

} // namespace async_llm::testing
