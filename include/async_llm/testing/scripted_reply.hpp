// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_SCRIPTED_REPLY_HPP
#define ASYNC_LLM_TESTING_SCRIPTED_REPLY_HPP

#include <async_llm/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::testing {

/// Provider that the mock provider imitates: request checks, reply and error shapes, header fields, path
/// prefix.
enum class provider_dialect {
    openai,     ///< OpenAI, and servers that follow it to the letter; prefix `/v1`.
    openrouter, ///< OpenRouter; prefix `/api/v1`.
    aimlapi     ///< AI/ML API; prefix `/v1`.
};

/// Source of a scripted reply's body.
enum class reply_content {
    verbatim,   ///< @ref scripted_reply::body goes out as it is.
    completion, ///< A chat completion in the dialect's shape whose text is @ref scripted_reply::body.
    echo,       ///< A chat completion with the text of the request's last user message.
    stream,     ///< As `completion`, in a stream of events, whether the request asks for one or not.
    error,      ///< An error in the dialect's shape whose message is @ref scripted_reply::body.
    recorded ///< The recorded reply of the model that @ref scripted_reply::body names; empty: the request's.
};

/// Framing of a reply.
enum class reply_framing {
    content_length, ///< Content-Length, body in one piece.
    chunked,        ///< Transfer-Encoding: chunked.
    until_close,    ///< HTTP/1.0 without a length: the end of the connection is the end of the body.
    raw             ///< No head at all: the body is the whole reply, bytes as they are.
};

/// Fault in the middle of a reply.
enum class reply_fault {
    none,
    reset, ///< TCP reset (RST).
    close, ///< Orderly end of the connection (close_notify if switched on, FIN).
    stall  ///< Not one byte more, connection open until the client or `stop()` ends it.
};

/// A part of the reply that never ends, for testing limits; it goes on until the client closes.
enum class endless_part {
    none,
    interim_replies, ///< 103 replies without the final one.
    headers,         ///< Header fields.
    body,            ///< Body bytes (chunked).
    chunk_extension, ///< An extension of the first chunk's size line.
    trailers         ///< Trailer fields behind a complete chunked body.
};

/// Treatment of the connection after a reply that was sent completely.
enum class after_reply {
    keep_open,      ///< Wait for the next request.
    announce_close, ///< `Connection: close` in the head, then close.
    close,          ///< Close without having said so.
    reset,          ///< TCP reset without having said so.
    stay_silent     ///< Keep the connection open but never read or answer again.
};

/// Point of a reply over HTTP/2.
enum class http2_point {
    before_head, ///< In front of its head, behind the latency.
    in_body,     ///< Behind its head and @ref http2_event::after bytes of its body.
    after_end    ///< Behind its last frame.
};

/// Frames of HTTP/2 that are sent in the middle of a reply. `number` and others: see @ref http2_event.
enum class http2_frames {
    rst_stream,       ///< RST_STREAM with `code`; it ends the reply.
    goaway,           ///< GOAWAY with `code` and `last_stream`. Streams up to that go on, then it closes.
    goaway_and_close, ///< That GOAWAY, and the end of the connection behind it.
    graceful_goaway,  ///< GOAWAY with the highest id, and when a PING was answered, with the last one's.
    max_streams,      ///< SETTINGS that allow `number` streams at a time.
    settings,         ///< `number` frames of SETTINGS, all empty.
    pings,            ///< `number` frames of PING.
    unknown,          ///< `number` frames of a type that does not exist.
    empty_data,       ///< `number` frames of DATA of size 0, on the reply's stream.
    stray_data,       ///< `number` frames of DATA of 16 bytes, on that stream, whether it is open or not.
    continuations,    ///< A head of `number` CONTINUATION frames without an end; the connection stalls then.
    raw               ///< `bytes` as they are.
};

/// Frames that are sent in the middle of a reply over HTTP/2, and the point at which.
/**
 * @code
 *     http2_event refused(http2_frames::rst_stream);
 *     refused.code = 7; // REFUSED_STREAM
 *     reply.http2.push_back(refused);
 * @endcode
 */
struct http2_event {
    /// In front of the reply's head.
    ASYNC_LLM_DECL explicit http2_event(http2_frames kind, std::uint32_t count = 1);

    /// Behind the reply's head and so many bytes of its body.
    ASYNC_LLM_DECL static http2_event in_body(std::size_t after, http2_frames kind, std::uint32_t count = 1);

    /// Behind the reply's last frame.
    ASYNC_LLM_DECL static http2_event at_end(http2_frames kind, std::uint32_t count = 1);

    /// Bytes in front of the reply's head.
    ASYNC_LLM_DECL static http2_event raw(std::string bytes);

    /// Frames that are sent.
    http2_frames frames;

    /// Point at which. Events of the same point happen in the order of the script.
    http2_point point = http2_point::before_head;

    /// Bytes of the body in front of it. Zero: directly behind the head; more than the body has: behind its
    /// last byte, before the end of the stream.
    std::size_t after = 0;

    /// Frames, or streams, by the kind. Zero is zero.
    std::uint32_t number;

    /// Error code of RST_STREAM or GOAWAY (RFC 9113, section 7). Default 0, NO_ERROR.
    std::uint32_t code = 0;

    /// Last stream id of GOAWAY, counted from the reply's: -2 makes it one that was not processed, 2 leaves
    /// room for another. Default 0.
    std::int32_t last_stream = 0;

    /// Frames as they are, headers included.
    std::string bytes;
};

/// A piece of a reply's body with the wait in front of it.
struct body_part {
    using duration = std::chrono::steady_clock::duration;

    ASYNC_LLM_DECL body_part(duration wait, std::string text);

    /// Wait before it. Zero: see @ref scripted_reply::event_interval.
    duration delay;

    /// Text that is sent.
    std::string bytes;
};

/// One reply of the mock provider, faults and timing included, as data.
/**
 * Start from a static maker and change what the test is about:
 * @code
 *     auto reply = scripted_reply::error(429, "Slow down");
 *     reply.headers.emplace_back("Retry-After", "2");
 *     reply.latency = std::chrono::milliseconds(20);
 *     server.enqueue(std::move(reply));
 * @endcode
 * A reply goes out as: latency, `prefix`, interim replies, head, padding, `body`, `parts`, trailers,
 * `suffix`. Byte counts of faults count from the first byte of that sequence.
 *
 * Over HTTP/2 each piece of a chunked body and each of `parts` is a DATA frame of its own. Byte counts of
 * faults are those of the frames of the reply's stream, their headers included. `prefix`, `suffix` and
 * `reply_framing::raw` put bytes between the frames. `reply_fault::stall` stalls the stream alone, behind its
 * head at the earliest unless `fault_after` is zero; other faults and `then` end the connection.
 * `endless_part::chunk_extension` is DATA of size 0, `headers` and `trailers` are CONTINUATION without end.
 * `reason`, `trickle_head` and fields of the connection have no meaning there.
 *
 * A request that asks for a stream gets successful `completion` and `echo` content as one, with
 * `text/event-stream` in place of `application/json` and chunked in place of Content-Length. All other
 * content goes out as it is.
 */
struct scripted_reply {
    using duration = std::chrono::steady_clock::duration;
    using field = std::pair<std::string, std::string>;

    /// 200 with the echo of the last user message.
    ASYNC_LLM_DECL scripted_reply();

    /// A verbatim body.
    ASYNC_LLM_DECL
    scripted_reply(int code, std::string text, std::string type = "application/json");

    /// A chat completion with this text, with the request's model and plausible usage, in the dialect's
    /// shape.
    ASYNC_LLM_DECL static scripted_reply completion(std::string text);

    /// A chat completion that repeats the last user message: what the server does without a script.
    ASYNC_LLM_DECL static scripted_reply echo();

    /// The recorded reply of the request's model; an error 404 if none is recorded (see @ref recorded_reply).
    ASYNC_LLM_DECL static scripted_reply recorded();

    /// The recorded reply of the named model.
    ASYNC_LLM_DECL static scripted_reply recorded(std::string model);

    /// A chat completion with this text as a stream in the dialect's shape: a word per event, and what the
    /// provider sends around them (comments, finish, usage, `[DONE]`).
    ASYNC_LLM_DECL static scripted_reply stream(std::string text);

    /// A stream of events that are sent as they are, each as one of @ref parts; nothing is added, neither
    /// empty lines nor `[DONE]`.
    ASYNC_LLM_DECL static scripted_reply events(std::vector<std::string> events);

    /// An error in the dialect's shape.
    ASYNC_LLM_DECL static scripted_reply error(int status, std::string message);

    /// Bytes sent as they are, in place of a whole HTTP reply.
    ASYNC_LLM_DECL static scripted_reply raw(std::string bytes);

    /// Status code of the final reply.
    int status;

    /// Reason phrase; empty takes the usual one.
    std::string reason;

    /// Further header fields, behind the server's own, in this order. A name that the server sets itself
    /// (Content-Type, Content-Length, Transfer-Encoding, Connection, Date, the dialect's request id) replaces
    /// its value; an empty value leaves the field out.
    std::vector<field> headers;

    /// Value of Content-Type; empty leaves the field out.
    std::string content_type;

    /// Text, as @ref content takes it.
    std::string body;

    /// Further pieces of the body, behind `body` or the events that the content makes. Each is a write of its
    /// own and, with `reply_framing::chunked`, a chunk of its own.
    std::vector<body_part> parts;

    /// Wait before each of the parts, and of the events that the content makes, that has no delay of its own,
    /// except the first one. Zero: none; then the events that the content makes may share writes.
    duration event_interval;

    /// Source of the body.
    reply_content content;

    /// Framing of the body.
    reply_framing framing;

    /// Most bytes per chunk with `reply_framing::chunked`; zero: one chunk for `body` and one for each part.
    std::size_t chunk_size;

    /// Fields behind a chunked body.
    std::vector<field> trailers;

    /// Statuses of the interim replies (100, 102, 103) in front of the final one.
    std::vector<int> interim;

    /// Wait before the first byte. Zero: none.
    duration latency;

    /// Newlines in front of the body, as OpenRouter pads replies that take long. They count as part of the
    /// body.
    std::size_t padding_lines;

    /// Wait after each of them. Zero: all in one go.
    duration padding_interval;

    /// Most bytes per write of the body; zero: `body` in one write and each part in one.
    std::size_t trickle_bytes;

    /// Wait between such writes.
    duration trickle_interval;

    /// Whether the head is trickled too.
    bool trickle_head;

    /// Garbage in front of the reply.
    std::string prefix;

    /// Garbage behind the reply, in the same write as its end.
    std::string suffix;

    /// Fault of the reply.
    reply_fault fault;

    /// After how many bytes it goes wrong; zero: instead of the first byte. More than the reply has: after
    /// its last one.
    std::size_t fault_after;

    /// Behind how many parts (events of a stream) it goes wrong, if there are so many, in place of a number
    /// of bytes; zero: `fault_after` counts.
    std::size_t fault_after_parts;

    /// Part of the reply that never ends.
    endless_part endless;

    /// Treatment of the connection afterwards.
    after_reply then;

    /// Whether a TLS connection that ends with this reply ends with close_notify. Default yes.
    bool close_notify;

    /// Frames that are sent in the middle of the reply if it goes out over HTTP/2.
    std::vector<http2_event> http2;
};

/// The ids of the models of which replies are recorded, four of AI/ML API, one that shares its page, one of
/// OpenRouter.
ASYNC_LLM_DECL std::vector<std::string> recorded_models();

/// A reply as the provider documents it for that model, as JSON text; empty for a model that is not recorded.
ASYNC_LLM_DECL std::string recorded_reply(std::string_view model);

} // namespace async_llm::testing

#endif
