// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_CONNECTION_HPP
#define ASYNC_LLM_NET_HTTP2_CONNECTION_HPP

#include "async/operation.hpp"
#include "net/http2/http2_session.hpp"
#include "net/shared_connection.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::net {

class http2_exchange;
class http2_reader;

/// One connection of HTTP/2 and the calls that share it.
/**
 * | stage   | meaning                                             | next                    |
 * |---------|-----------------------------------------------------|-------------------------|
 * | idle    | no call has it, and nothing is read                 | reading, dead           |
 * | reading | calls have it, or the last one has just left        | idle, closing, dead     |
 * | closing | the last one has left, and the owner has closed it  | dead                    |
 * | dead    | it has failed, or was closed                        |                         |
 *
 * The session is behind a mutex, so that a call submits, takes and leaves without a hop. The socket is for
 * one \ref http2_reader alone, which lives for as long as there are calls: it reads, and writes for all that
 * were submitted since it last ran. Without calls nothing is read, so that `io_context::run()` can return;
 * what comes meanwhile is read before the next request is sent.
 *
 * When the peer has been silent for `ping_interval` with calls in flight, it is asked for a sign of life;
 * without one for as long again, the connection is lost.
 */
class http2_connection final : public shared_connection {
public:
    /// `c` owns it. Throws `std::bad_alloc`.
    http2_connection(
        connection& c,
        std::shared_ptr<operation_pool> service,
        http2_limits const& limits,
        std::chrono::milliseconds ping_interval
    );
    ~http2_connection() override;

    /// Sets what the server has sent before this was made, behind the answer of a proxy. Before `begin`.
    void set_early(std::string bytes) noexcept { early_ = std::move(bytes); }

    std::size_t begin(
        std::shared_ptr<connection_owner> const& owner,
        connection_ptr const& self,
        std::size_t expected
    ) override;
    std::unique_ptr<exchange>
    start_exchange(operation& op, request_bytes wire, exchange_limits limits, response_limits sizes) override;
    bool probe() noexcept override;
    bool is_silent_since_idle() const noexcept override;
    void close() noexcept override;

private:
    friend class http2_exchange;
    friend class http2_reader;

    enum class stage { idle, reading, closing, dead };

    struct task;

    // For exchanges.
    void leave(http2_exchange& e) noexcept;

    // For the reader, on its strand.
    void take_early();
    std::optional<readiness> step(http2_reader& reader);
    void flush(http2_reader const& reader) noexcept;
    void on_reader_failed() noexcept;
    readiness read();
    void take_in(net::step const& read, read_buffer const& buffer);
    void write();
    void look_for_silence(http2_reader& reader);
    std::optional<readiness> rest(http2_reader& reader, readiness need);

    // With the mutex held.
    void feed_early();
    void read_some();
    void wake_calls() noexcept;
    void plan_flush(task& t);
    void plan_report(task& t) noexcept;
    void begin_limit(http2_reader& reader);
    void end_reading() noexcept;
    void say_goodbye() noexcept;
    std::chrono::milliseconds silence() const noexcept;

    void carry_out(task& t);

    connection& connection_;
    std::shared_ptr<operation_pool> service_;
    std::chrono::milliseconds ping_interval_;

    mutable std::mutex mutex_;
    http2_session session_;
    std::string early_; // until it is given to the session
    std::weak_ptr<connection_owner> owner_;
    std::weak_ptr<connection> self_;
    std::weak_ptr<http2_reader> reader_; // the present one
    error_code end_;                     // of the socket, if that ended the connection
    std::size_t callers_ = 0;
    std::size_t expected_ = 0; // until the server names its limit
    std::size_t reported_ = 0;
    std::uint64_t reports_ = 0;
    stage stage_ = stage::idle;
    bool flush_planned_ = false;
    bool failure_taken_ = false; // a call has the failure of the connection
    bool http1_required_ = false;
    std::chrono::steady_clock::time_point taken_at_; // when it was idle last
    std::chrono::steady_clock::time_point heard_at_;
    std::chrono::steady_clock::time_point asked_at_; // for a sign of life

    // The reader's.
    bool blocked_ = false;
    error_code write_error_;
};

/// Work that is left once the mutex is released.
struct http2_connection::task {
    task() = default;

    std::shared_ptr<http2_reader> to_start;
    std::shared_ptr<http2_reader> to_flush;
    std::shared_ptr<connection_owner> to_notify;
    std::uint64_t report = 0;
    std::size_t calls = 0;
    bool requires_http1 = false;
};

/// Reads and writes for all calls of a connection, from the first to the last.
class http2_reader final : public operation {
public:
    http2_reader(connection_ptr c, http2_connection& shared, std::shared_ptr<operation_pool> service);

    /// Writes what waits; does nothing if it is not the present reader.
    void flush() noexcept { shared_.flush(*this); }

private:
    friend class http2_connection;

    /// Has the reader woken after so long.
    void limit(std::chrono::milliseconds time);
    bool is_limited() const noexcept { return limited_; }
    /// The time has come.
    void end_limit();

    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    connection_ptr connection_;
    http2_connection& shared_;
    bool limited_ = false;
};

} // namespace async_llm::net

#endif
