// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_BATCH_BATCH_REQUEST_HPP
#define ASYNC_LLM_CODEC_BATCH_BATCH_REQUEST_HPP

#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Request of one line of an input, as OpenAI's Batch API, vLLM and Together have them, or a bare body.
struct batch_request {
    batch_request() = default;

    /// `line-N` if the line has none.
    std::string custom_id;
    /// Path below the base URL, with its slash.
    std::string path;
    /// The body as it stands in the line. Of a bare body that has a `custom_id`: the whole line.
    std::string_view body;
    /// \name Parts of the body; empty: it has none
    /// @{
    /// The value of `model`.
    std::string_view model;
    /// The member `custom_id` of a bare body, with the comma that goes with it. It is not sent.
    std::string_view inner_id;
    /// @}
    /// Is `temperature` 0?
    bool is_deterministic = false;
};

/// Reads a line. Returns why it can't be asked, as a sentence; empty: it can.
/**
 * A `custom_id` that could be read is set also for a line that can't be asked. `line` has to stay as long as
 * the result.
 */
std::string read_batch_request(std::string_view line, std::uint64_t number, batch_request& out);

/// Returns the body to be sent: as it stands in the line, but with this model if that is not empty.
std::string make_body(batch_request const& line, std::string_view model);

/// Returns the path below a base URL that the url of a line means: `/v1/embeddings` is `/embeddings`.
/** Empty: it is no path, or one that could lead elsewhere. */
std::string_view path_below_base(std::string_view url) noexcept;

} // namespace async_llm::codec

#endif
