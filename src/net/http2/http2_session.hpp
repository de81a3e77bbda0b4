// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_HTTP2_SESSION_HPP
#define ASYNC_LLM_NET_HTTP2_HTTP2_SESSION_HPP

#include "net/http/request_bytes.hpp"
#include "net/http2/http2_limits.hpp"
#include "net/http2/http2_stream.hpp"
#include "net/http2/inbound_frames.hpp"
#include "net/http2/request_fields.hpp"
#include "policy/deadline_after.hpp"
#include "policy/token_bucket.hpp"
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_session;

namespace async_llm::net {

/// Client's side of one HTTP/2 connection, on bytes: requests in, responses out.
/**
 * ```
 * auto* stream = session.submit(wire, sizes, &call);            // as many as capacity()
 * write(session.output()); session.sent(written);               // whenever wants_write()
 * session.feed(bytes, now);                                     // what was read
 * while (auto* stream = session.next_news()) wake(stream->owner());
 * session.take_body(*stream, text); session.close(*stream, now);
 * ```
 *
 * - Bodies of requests take turns, a frame each.
 * - Flow control: the window of the connection is returned on receipt, that of a stream when its caller takes
 * the bytes. A caller that does not read delays no other.
 * - A stream that is closed before its end is reset (CANCEL). It takes up capacity until the peer has
 * answered a PING that was sent behind. Beyond the limit of resets it is abandoned: it runs out, and what
 * comes is dropped.
 * - A stream that the peer did not process fails as `unprocessed`: above the last id of GOAWAY, refused by it
 * (REFUSED_STREAM, HTTP_1_1_REQUIRED), or not sent yet when a lowered limit, a GOAWAY or the end of the
 * connection came. After GOAWAY others go on, and there is no more capacity.
 * - What is wrong in one response fails its stream: `errc::invalid_http`, `header_too_large`,
 * `response_too_large`, `truncated_response`. What is wrong in the connection fails all:
 * `errc::connection_lost`, or `truncated_response` where a response has begun.
 * - Want of memory fails the connection, unless a function says that it throws.
 *
 * Memory: for each stream at most its window and its head; `output_size` and two frames; of frames that wait
 * to be sent, `max_waiting_acks` and three for each stream; 4 KiB in each direction for HPACK. Thread safety:
 * none, it belongs to one strand.
 */
class http2_session {
public:
    /// `secure`: over TLS, so that requests are for `https`.
    http2_session(http2_limits const& limits, bool secure, policy::time_point now);
    http2_session(http2_session const&) = delete;
    http2_session& operator=(http2_session const&) = delete;
    ~http2_session();

    /// \name Streams
    /// @{
    /// Requests that may be submitted now.
    std::size_t capacity() const noexcept;

    /// Begins a request; null: there is no capacity.
    /**
     * `wire`: head in HTTP/1.1 and body. Its body has to stay until the stream is closed. A head that is
     * none, or too large, fails the stream with `errc::invalid_request`. Throws `std::bad_alloc`, and nothing
     * has changed then.
     */
    http2_stream* submit(request_bytes wire, response_limits sizes, void* owner);

    /// Ends the caller's use of a stream, which may be destroyed by that.
    void close(http2_stream& stream, policy::time_point now);

    /// Resets abandoned streams for as long as the limit of resets allows. \ref feed does it as well.
    /** Due from time to time, since a peer may leave such a stream open and say nothing. */
    void reset_abandoned(policy::time_point now);
    std::size_t abandoned_streams() const noexcept { return abandoned_; }

    /// Notes that the connection takes no more for now. Requests that it has not taken whole are news.
    void note_blocked() noexcept;

    /// Next stream whose state has changed, of which more of the body came, or whose blocked request is
    /// sent; null: none.
    http2_stream* next_news() noexcept;

    /// Appends the body that has come, and returns the stream's window for it.
    /** Throws `std::bad_alloc` if `out` can't grow, and nothing has changed then. */
    void take_body(http2_stream& stream, std::string& out);
    /// Appends the body that has come, without returning the window.
    /** Throws as \ref take_body. */
    void move_body(http2_stream& stream, std::string& out);
    /// Returns the window for bytes that \ref move_body gave out.
    void return_window(http2_stream& stream, std::size_t bytes);

    /// Streams of which the peer may send something, those of callers that are gone included.
    std::size_t open_streams() const noexcept { return open_; }
    /// Resets that the peer has not confirmed.
    std::size_t unconfirmed_resets() const noexcept { return resets_before_ping_ + resets_since_ping_; }
    /// @}

    /// \name Connection
    /// @{
    /// Takes bytes of the peer. False: the connection has failed, and \ref output is what to say last.
    bool feed(std::string_view bytes, policy::time_point now);

    /// Bytes to write. Valid until the next call that is not const.
    std::string_view output();
    /// The connection has taken so many bytes of \ref output.
    void sent(std::size_t bytes);
    /// Returns whether \ref output may have something.
    bool wants_write() const noexcept;

    /// The connection has ended, or is given up. All streams fail with `detail`.
    void end(std::string detail);

    /// Takes no more requests, and says so (GOAWAY). Precondition: no stream is open.
    void shut_down();

    /// Asks for a sign of life, unless one is asked for already.
    void ping();
    bool is_ping_pending() const noexcept { return ping_pending_; }

    /// The peer's first frame has come: it speaks HTTP/2.
    bool has_settings() const noexcept { return has_settings_; }
    /// The peer takes no more requests (GOAWAY).
    bool is_draining() const noexcept { return draining_; }
    /// It is time for another connection: this one is draining, or has few requests left.
    bool is_ending() const noexcept;
    bool has_failed() const noexcept { return static_cast<bool>(failure_); }
    http2_failure const& failure() const noexcept { return failure_; }
    /// Requests so far.
    std::uint64_t requests() const noexcept { return requests_; }
    /// @}

private:
    friend struct http2_callbacks;

    struct deleter {
        void operator()(nghttp2_session* s) const noexcept;
    };

    /// Output whose end a request ends with.
    struct request_end {
        request_end(std::uint64_t o, http2_stream* s) noexcept : offset(o), stream(s) {}

        std::uint64_t offset;
        http2_stream* stream;
    };

    void begin(http2_limits const& limits);
    void begin_request(http2_stream& stream, request_bytes wire);
    std::int32_t submit_fields(http2_stream& stream);
    void put_out(std::string_view bytes);
    bool fill();
    bool must_confirm_resets() const noexcept;
    bool begin_round();
    bool receive(std::string_view frame);
    bool judge();
    void refuse_waiting();
    void reset(http2_stream& stream);
    void drop_body(http2_stream& stream);
    void release(http2_stream& stream) noexcept;
    void notify(http2_stream& stream) noexcept;
    void fail_stream(http2_stream& stream, http2_failure reason);
    void fail(http2_failure reason, bool says_so);
    void fail_without_memory() noexcept;
    void check(int result);
    bool may_have_been_seen(http2_stream const& stream) const noexcept;
    std::size_t peer_limit() const noexcept;

    http2_limits limits_;
    bool secure_;
    std::unique_ptr<nghttp2_session, deleter> session_;
    inbound_frames frames_;
    request_fields fields_;

    // All that are not destroyed; of the last two a stream may have been closed.
    std::vector<std::unique_ptr<http2_stream>> streams_;
    std::vector<http2_stream*> news_;
    std::deque<request_end> request_ends_;
    // Bodies of which a frame was put out, and the rest waits until every other had its turn.
    std::vector<http2_stream*> waiting_turn_;
    std::size_t open_ = 0;
    std::size_t abandoned_ = 0;
    // At least as many requests are not sent whole; 0 is exact.
    std::size_t unsent_ = 0;
    std::uint64_t requests_ = 0;

    std::string output_;
    std::size_t output_sent_ = 0;
    // Since the connection began.
    std::uint64_t total_put_out_ = 0;
    std::uint64_t total_sent_ = 0;
    // Of the frame that libnghttp2 has put out last: it ends this request.
    http2_stream* ending_ = nullptr;

    policy::token_bucket reset_budget_;
    // Of those that the peer has not confirmed: sent before the PING that is pending, and behind the last
    // one.
    std::size_t resets_before_ping_ = 0;
    std::size_t resets_since_ping_ = 0;
    bool ping_pending_ = false;
    // HEADERS or DATA.
    bool heard_since_ping_ = true;
    std::uint64_t ping_number_ = 0;

    bool has_settings_ = false;
    bool draining_ = false;
    // Of the peer's GOAWAY.
    std::string goodbye_;
    bool shutting_down_ = false;
    // GOAWAY that libnghttp2 has put out, and what it says.
    http2_failure complaint_;
    http2_failure failure_;
};

} // namespace async_llm::net

#endif
