// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_REPLY_WRITER_HPP
#define ASYNC_LLM_TESTING_REPLY_WRITER_HPP

#include <async_llm/testing/scripted_reply.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::testing {

/// Bytes to write after a wait.
struct write_step {
    write_step(scripted_reply::duration wait, std::string text) : delay(wait), bytes(std::move(text)) {}

    scripted_reply::duration delay;
    std::string bytes;
};

/// A reply as a timetable of writes.
struct reply_plan {
    reply_plan() = default;

    std::vector<write_step> steps;
    std::string endless_bytes;    ///< Written again and again after the steps; empty: the reply has an end.
    std::size_t fault_after = 0;  ///< After how many bytes the reply goes wrong, if it does.
    bool ends_connection = false; ///< Whether the head says so or the framing needs it.

    /// Fields of the head of a reply over HTTP/2, whose steps are of the body alone.
    std::vector<scripted_reply::field> head;
    /// Bytes of the body of such a reply behind which it goes wrong, in place of `fault_after`.
    std::optional<std::size_t> fault_in_body;
};

/// Lays out a rendered reply, with or without `Connection: close` in its head.
reply_plan plan_reply(scripted_reply const& reply, bool announce_close);

/// Lays out a rendered reply over HTTP/2: a step for each DATA frame, of which large ones need several.
reply_plan plan_http2_reply(scripted_reply const& reply);

} // namespace async_llm::testing

#endif
