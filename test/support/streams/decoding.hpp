// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_DECODING_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_DECODING_HPP

#include "codec/json/json_scalar.hpp"
#include "codec/reply/decode_reply.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace async_llm {

/// For the messages of failed tests.
template <class Enum>
std::ostream& operator<<(std::ostream& out, open_enum<Enum> const& value) {
    return out << '"' << value.text() << '"';
}

namespace codec {

struct decoded {
    decoded() = default;

    error_code ec;
    chat_completion completion;
    api_error error;
    std::string detail;

    choice const& first() const { return completion.choices.at(0); }
    assistant_message const& message() const { return first().message; }
};

inline decoded decode(
    std::string_view body,
    int status = 200,
    std::string_view content_type = "application/json",
    std::size_t max_depth = 128
) {
    decoded result;
    reply_view const reply(status, content_type, body);
    result.ec = decode_reply(reply, decode_limits(max_depth), result.completion, result.error, result.detail);
    return result;
}

/// A completion with one choice that has this message (JSON).
inline std::string reply_with_message(std::string_view message) {
    return R"({"id":"x","choices":[{"index":0,"finish_reason":"stop","message":)" + std::string(message) +
        "}]}";
}

/// The text of a JSON value, for comparing.
template <class Json>
std::string text_of(Json const& from) {
    return json::serialize(from);
}

/// Does a value with all it holds live on default storage, and not on that of a document that is gone?
inline bool is_independent(json::value const& from) {
    if (from.storage().get() != json::storage_ptr().get()) return false;
    if (auto const* list = from.if_array()) return std::all_of(list->begin(), list->end(), is_independent);
    auto const* object = from.if_object();
    return !object || std::all_of(object->begin(), object->end(), [](auto const& member) {
        return is_independent(member.value());
    });
}

inline std::string read_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

} // namespace codec
} // namespace async_llm

#endif
