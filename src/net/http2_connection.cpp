// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2_connection.hpp"

#include "async/try_post.hpp"
#include "net/http2_exchange.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace async_llm::net {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

namespace {

// A peer that sends faster than is parsed must not keep the other operations of this thread waiting.
constexpr int max_reads_in_a_row = 16;
// As long as streams wait for their reset.
constexpr std::chrono::milliseconds reset_interval(1'000);

std::string& this_threads_output() {
    thread_local std::string output;
    return output;
}

} // namespace

http2_connection::http2_connection(
    connection& c,
    std::shared_ptr<operation_pool> service,
    http2_limits const& limits,
    std::chrono::milliseconds ping_interval
)
    : connection_(c),
      service_(std::move(service)),
      ping_interval_(ping_interval),
      session_(limits, c.transport.is_tls(), steady::now()) {}

http2_connection::~http2_connection() = default;

std::size_t http2_connection::begin(
    std::shared_ptr<connection_owner> const& owner,
    connection_ptr const& self,
    std::size_t expected
) {
    std::lock_guard const lock(mutex_);
    owner_ = owner;
    self_ = self;
    expected_ = std::min(session_.capacity(), expected);
    reported_ = expected_;
    return reported_;
}

bool http2_connection::probe() noexcept {
    std::lock_guard const lock(mutex_);
    try {
        // One that comes straight from the handshake is not looked at: a peer that ends each connection
        // immediately would be connected to again and again, and the call would never fail.
        bool const is_fresh = session_.requests() == 0 && !connection_.rested;
        if (stage_ == stage::idle && !is_fresh) read_some();
    } catch (std::bad_alloc const&) {
        session_.end(std::string());
    }
    if (session_.has_failed()) stage_ = stage::dead;
    return stage_ <= stage::reading && !session_.is_ending();
}

bool http2_connection::is_silent_since_idle() const noexcept {
    std::lock_guard const lock(mutex_);
    return heard_at_ < taken_at_;
}

// -------------------------------------------------------------------------------------------- calls

std::unique_ptr<exchange> http2_connection::start_exchange(
    operation& op,
    request_bytes wire,
    exchange_limits limits,
    response_limits sizes
) {
    auto made = std::make_unique<http2_exchange>(self_.lock(), *this, op, limits);
    task t;
    {
        std::lock_guard const lock(mutex_);
        auto* const stream = stage_ > stage::reading ? nullptr : session_.submit(wire, sizes, made.get());
        if (stream) {
            made->enter(*stream);
            ++callers_;
            plan_flush(t);
            plan_report(t);
        }
    }
    carry_out(t);
    if (!made->stream_) made->refuse();
    return made;
}

void http2_connection::leave(http2_exchange& e) noexcept {
    task t;
    {
        std::lock_guard const lock(mutex_);
        auto* const stream = std::exchange(e.stream_, nullptr);
        if (!stream) return;
        session_.close(*stream, steady::now());
        --callers_;
        // The last one ends the reading.
        if (callers_ == 0 || session_.wants_write()) plan_flush(t);
        plan_report(t);
    }
    // The execution context may be on its way out.
    if (!is_running_here(e.strand())) return;
    try {
        carry_out(t);
    } catch (std::bad_alloc const&) {
        // The next output has it.
    }
}

/// Has the reader write what was submitted since it last did; makes one if there is none.
void http2_connection::plan_flush(task& t) {
    if (stage_ == stage::idle && callers_ != 0) {
        t.to_start = std::make_shared<http2_reader>(self_.lock(), *this, service_);
        reader_ = t.to_start;
        stage_ = stage::reading;
        flush_planned_ = false;
        taken_at_ = steady::now();
        // One that comes straight from the handshake has been heard.
        if (session_.requests() == 1 && !connection_.rested) heard_at_ = taken_at_;
    } else if (!flush_planned_ && stage_ != stage::dead) {
        t.to_flush = reader_.lock();
        flush_planned_ = t.to_flush != nullptr;
    }
}

/// Plans a report to the owner, if the number of calls that the connection takes has changed.
void http2_connection::plan_report(task& t) noexcept {
    bool const ends = stage_ == stage::dead || session_.is_ending() || http1_required_;
    auto calls = ends ? 0 : callers_ + session_.capacity();
    if (!session_.has_settings()) calls = std::min(calls, expected_);
    if (calls == reported_) return;
    reported_ = calls;
    t.to_notify = owner_.lock();
    t.report = ++reports_;
    t.calls = calls;
    t.requires_http1 = http1_required_;
}

void http2_connection::carry_out(task& t) {
    // First, since connects may follow.
    if (t.to_notify && t.requires_http1) t.to_notify->on_http1_required();
    if (t.to_notify) t.to_notify->on_capacity(connection_, t.report, t.calls);
    if (t.to_start) {
        try {
            launch_post(t.to_start);
        } catch (...) {
            std::lock_guard const lock(mutex_);
            stage_ = stage::idle;
            throw;
        }
    }
    if (t.to_flush) {
        auto const write = [reader = t.to_flush] { reader->flush(); };
        if (try_post(t.to_flush->strand(), write)) return;
        std::lock_guard const lock(mutex_);
        flush_planned_ = false;
        throw std::bad_alloc();
    }
}

void http2_connection::wake_calls() noexcept {
    while (auto* const stream = session_.next_news()) {
        // Neither allocates nor calls anything.
        static_cast<http2_exchange*>(stream->owner())->slot_.wake();
    }
}

// ------------------------------------------------------------------------------------------- reader

std::optional<readiness> http2_connection::step(http2_reader& reader) {
    // Before anything is written: what came while it was idle may be the end of the connection.
    auto need = read();
    if (reader.stop_reason()) look_for_silence(reader);
    bool const could_write = !write_error_;
    write();
    // The peer may have said more before its end, such as which of the requests it has processed.
    if (could_write && write_error_) need = read();
    return rest(reader, need);
}

/// Reads what is here, up to a limit, and gives it to the calls.
readiness http2_connection::read() {
    for (int reads = 0; reads != max_reads_in_a_row; ++reads) {
        auto& buffer = this_threads_read_buffer();
        auto const now = connection_.transport.try_read(buffer.data(), buffer.size());
        if (now.wait != readiness::done) return now.wait;
        std::lock_guard const lock(mutex_);
        take_in(now, buffer);
        wake_calls();
        if (session_.has_failed()) return readiness::readable;
        // When the peer takes nothing any more, what was read may be older than that.
        bool const is_all = now.n < buffer.size() && !connection_.transport.has_pending() && !write_error_;
        if (is_all) return readiness::readable;
    }
    return readiness::turn;
}

/// Gives the session what a read has brought.
void http2_connection::take_in(net::step const& read, read_buffer const& buffer) {
    if (read.ec) {
        end_ = read.ec;
        return session_.end("the peer ended the connection: " + read.ec.message());
    }
    heard_at_ = steady::now();
    session_.feed(std::string_view(buffer.data(), read.n), heard_at_);
}

void http2_connection::take_early() {
    std::lock_guard const lock(mutex_);
    feed_early();
}

/// Gives the session what came before all that is read.
void http2_connection::feed_early() {
    if (early_.empty()) return;
    heard_at_ = steady::now();
    session_.feed(std::exchange(early_, {}), heard_at_);
}

/// Reads what has come while it was idle.
void http2_connection::read_some() {
    feed_early();
    for (int reads = 0; reads != max_reads_in_a_row && !session_.has_failed(); ++reads) {
        auto& buffer = this_threads_read_buffer();
        auto const now = connection_.transport.try_read(buffer.data(), buffer.size());
        if (now.wait != readiness::done) return;
        take_in(now, buffer);
    }
}

/// Writes all that waits, as far as the peer takes it.
void http2_connection::write() {
    auto& output = this_threads_output();
    blocked_ = false;
    while (!write_error_ && !blocked_) {
        {
            std::lock_guard const lock(mutex_);
            output = session_.output();
        }
        if (output.empty()) break;
        auto const now = connection_.transport.try_write(output.data(), output.size());
        write_error_ = now.ec;
        blocked_ = now.wait != readiness::done;
        std::lock_guard const lock(mutex_);
        session_.sent(now.n);
    }
    std::lock_guard const lock(mutex_);
    session_.note_blocked();
    wake_calls();
}

void http2_connection::flush(http2_reader const& reader) noexcept {
    {
        std::lock_guard const lock(mutex_);
        // Another reader has been asked by itself.
        if (reader_.lock().get() != &reader || (stage_ != stage::reading && stage_ != stage::closing)) return;
        flush_planned_ = false;
    }
    bool const was_blocked = blocked_;
    try {
        write();
    } catch (std::bad_alloc const&) {
        return on_reader_failed();
    }
    std::lock_guard const lock(mutex_);
    bool const waits_for_other = callers_ == 0 || blocked_ != was_blocked || write_error_;
    if (waits_for_other || session_.has_failed()) connection_.transport.end_wait();
}

/// Decides what to wait for; nothing: the reader has no more to do.
std::optional<readiness> http2_connection::rest(http2_reader& reader, readiness need) {
    task t;
    std::optional<readiness> result;
    {
        std::lock_guard const lock(mutex_);
        // All that the peer had said before has been read.
        if (write_error_ && need == readiness::readable) {
            end_ = write_error_;
            session_.end("the peer takes nothing any more: " + write_error_.message());
        }
        wake_calls();
        if (callers_ == 0 || session_.has_failed()) {
            end_reading();
        } else {
            begin_limit(reader);
            result = blocked_ && need == readiness::readable ? readiness::either : need;
        }
        plan_report(t);
    }
    carry_out(t);
    return result;
}

void http2_connection::end_reading() noexcept {
    bool const closes = stage_ == stage::closing;
    stage_ = session_.has_failed() ? stage::dead : stage::idle;
    reader_.reset();
    if (closes) say_goodbye();
}

// A connection without memory is like one that has failed.
void http2_connection::on_reader_failed() noexcept {
    task t;
    {
        std::lock_guard const lock(mutex_);
        session_.end(std::string());
        wake_calls();
        stage_ = stage::dead;
        plan_report(t);
    }
    carry_out(t);
}

void http2_connection::close() noexcept {
    std::lock_guard const lock(mutex_);
    if (stage_ == stage::reading)
        stage_ = stage::closing;
    else
        say_goodbye();
}

/// Ends the connection as far as that goes without waiting. Precondition: there is no reader.
void http2_connection::say_goodbye() noexcept {
    stage_ = stage::dead;
    if (callers_ != 0 || session_.has_failed()) return;
    try {
        session_.shut_down();
        auto const output = session_.output();
        connection_.transport.try_write(output.data(), output.size());
    } catch (std::bad_alloc const&) {
        // Then the peer learns it from the end of the connection.
    }
    connection_.transport.shut_down_tls();
}

// ------------------------------------------------------------------------------------ signs of life

/// Returns the time since the peer was heard, or asked for a sign of life.
std::chrono::milliseconds http2_connection::silence() const noexcept {
    auto const since = std::max({heard_at_, taken_at_, asked_at_});
    return std::chrono::floor<std::chrono::milliseconds>(steady::now() - since);
}

/// Begins the limit after which the reader looks again, unless one runs.
void http2_connection::begin_limit(http2_reader& reader) {
    bool const resets = session_.abandoned_streams() != 0;
    if (resets) return reader.limit(reset_interval);
    if (reader.is_limited() || ping_interval_.count() == 0) return;
    reader.limit(std::max(ping_interval_ - silence(), milliseconds(1)));
}

/// Asks a peer that is silent for a sign of life, and gives it up when it gives none.
void http2_connection::look_for_silence(http2_reader& reader) {
    std::lock_guard const lock(mutex_);
    // There was no memory for the limit.
    if (reader.stop_is_final()) return session_.end("there was no memory");
    reader.end_limit();
    session_.reset_abandoned(steady::now());
    if (ping_interval_.count() == 0 || silence() < ping_interval_) return;
    if (asked_at_ > std::max(heard_at_, taken_at_)) return session_.end("the peer gave no sign of life");
    session_.ping();
    asked_at_ = steady::now();
}

http2_reader::http2_reader(
    connection_ptr c,
    http2_connection& shared,
    std::shared_ptr<operation_pool> service
)
    : operation(std::move(service), milliseconds(0)), connection_(std::move(c)), shared_(shared) {}

asio::awaitable<void> http2_reader::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    shared_.take_early();
    while (auto const need = shared_.step(*this)) co_await connection_->transport.wait(*need);
}

void http2_reader::finish(std::exception_ptr exception) noexcept {
    if (exception) shared_.on_reader_failed();
}

void http2_reader::limit(milliseconds time) {
    limited_ = true;
    begin_phase(errc::connection_lost, time);
}

void http2_reader::end_limit() {
    limited_ = false;
    resume_after_timeout();
}

} // namespace async_llm::net
