// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_logprobs.hpp"

#include "codec/chat/decode_tokens.hpp"

#include <utility>

namespace async_llm::codec {
namespace {

bool has_content(json_view source) {
    auto const content = find(source, "content");
    return content && !(content->is_array() && content->size() == 0);
}

} // namespace

template <class Choice>
bool read_logprobs(json_view source, Choice& out) {
    if (source.is_array()) return source.size() != 0 && read_tokens(source, out.logprobs);
    if (!source.is_object()) return source.is_null();
    json::object unknown;
    // A name of the older notation is looked for only if there is one that is not known.
    std::size_t count = 0;
    bool has_columns = false;
    bool searched = false;
    read_members(source, unknown, [&](auto name, auto value) {
        if (name == "content") return read_tokens(value, out.logprobs);
        if (name == "refusal") return read_tokens(value, out.refusal_logprobs);
        if (!std::exchange(searched, true) && !has_content(source) && has_token_columns(source)) {
            has_columns = true;
            count = find_array(source, "tokens")->size();
        }
        return has_columns && is_token_column(name, value, count);
    });
    if (has_columns) read_token_columns(source, out.logprobs);
    if (!unknown.empty()) out.extra.insert_or_assign("logprobs", std::move(unknown));
    return true;
}

template bool read_logprobs(json_view, choice&);
template bool read_logprobs(json_view, chunk_choice&);

} // namespace async_llm::codec
