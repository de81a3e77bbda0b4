// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_LINE_HASHER_HPP
#define ASYNC_LLM_FILE_LINE_HASHER_HPP

#include "codec/batch/line_key.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace async_llm::file {

/// Half of a SHA-256 digest.
using content_hash = std::array<unsigned char, 16>;

/// Maker of the keys of lines, by SHA-256.
class line_hasher {
public:
    line_hasher();
    line_hasher(line_hasher const&) = delete;
    line_hasher& operator=(line_hasher const&) = delete;
    ~line_hasher();

    /// Hash of what is sent: the path, the model if that is set for all lines, and the body.
    content_hash hash_content(std::string_view path, std::string_view model, std::string_view body);

    /// Key of a request.
    codec::line_key make_key(std::string_view custom_id, content_hash const& content);

    /// Key of a line that can't be asked: by its number, since its id may be that of another.
    codec::line_key make_refused_key(std::uint64_t number, std::string_view text, std::uint64_t size);

private:
    struct engine;

    content_hash hash(char kind, std::initializer_list<std::string_view> parts);

    std::unique_ptr<engine> engine_;
};

} // namespace async_llm::file

#endif
