// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TESTING_HTTP2_EXCHANGE_HPP
#define ASYNC_LLM_TESTING_HTTP2_EXCHANGE_HPP

#include "testing/reply_writer.hpp"
#include <async_llm/testing/received_request.hpp>
#include <async_llm/testing/scripted_reply.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace async_llm::testing {

/// Request and reply on one HTTP/2 stream of a server.
/**
 * | state     | meaning                                    | next                     |
 * |-----------|--------------------------------------------|--------------------------|
 * | receiving | the request is incomplete                  | replying                 |
 * | replying  | the reply is under way                     | complete, stalled, ended |
 * | complete  | its last frame is in the output            | ended                    |
 * | stalled   | its script lets it hang                    | ended                    |
 * | ended     | nothing more is to come, or it was cut     |                          |
 */
class http2_exchange {
public:
    enum class state { receiving, replying, complete, stalled, ended };

    /// Content of a frame of DATA.
    struct piece {
        piece() = default;

        std::string_view bytes;
        bool ends_body = false; ///< Nothing follows.
        bool is_due = false;    ///< Something has to happen before more of the body.
    };

    http2_exchange(std::int32_t own_id, received_request connection);

    /// \name Request
    /// @{
    std::int32_t id() const noexcept { return request.stream_id; }
    /// Takes a field; 431 becomes its status if there are too many bytes of them.
    void take_field(std::string_view name, std::string_view value, std::size_t max_head_size);
    /// Takes bytes of the body; 413 becomes its status if there are too many.
    void take_body(std::string_view bytes, std::size_t max_body_size);
    /// @}

    /// Begins the reply, which is rendered.
    void begin(scripted_reply rendered);

    /// Takes up to `size` bytes of the body, of one step alone.
    piece next_piece(std::size_t size);

    /// The next event of the script at this point of the reply, if it is its turn; null: none is.
    http2_event const* next_event(http2_point point);

    /// Returns whether the reply goes wrong by ending the connection, after a number of bytes of frames.
    bool is_cut_by_frames() const noexcept;
    /// Returns whether so much of the body went out that it goes wrong.
    bool is_fault_due() const noexcept;
    /// Returns whether all of the body that there is went out.
    bool is_exhausted() const noexcept;
    /// Returns whether the reply goes on for ever behind its body.
    bool is_flood_due() const noexcept;

    received_request request;
    int error_status = 0; ///< Of a request that is too large; 0: none.
    state now = state::receiving;
    scripted_reply reply;
    reply_plan plan;
    std::size_t released = 0; ///< Steps of the plan whose time has come.
    std::size_t put_out = 0;  ///< Bytes of frames of the reply.
    std::optional<asio::steady_timer> timer;

private:
    std::size_t next_point() const noexcept;
    std::size_t frame_room() const noexcept;

    std::size_t head_size_ = 0;
    std::size_t events_done_ = 0;
    std::size_t step_ = 0;
    std::size_t offset_ = 0; // in that step
    std::size_t body_sent_ = 0;
};

} // namespace async_llm::testing

#endif
