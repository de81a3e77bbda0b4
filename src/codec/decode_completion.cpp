// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_completion.hpp"

#include "codec/decode_choice.hpp"
#include "codec/decode_message.hpp"

namespace async_llm::codec {
namespace {

/// A choice without a message is half a reply, unless it says that it failed.
bool has_structure(json::object const& from, choice const& to, std::string& detail) {
    auto const* message = from.if_contains("message");
    bool const failed = to.error || to.finish_reason == finish_reason::error;
    if ((message && message->is_object()) || (failed && !find(from, "message"))) return true;
    detail = ".message is " + kind_of(message) + ", not an object";
    return false;
}

bool read_choice(json::object const& from, choice& to, std::string& detail) {
    read_members(from, to.extra, [&to](auto name, auto const& value) {
        if (name != "message") return read_choice_member(name, value, to);
        if (auto const* message = value.if_object()) to.message = decode_message(*message);
        return true;
    });
    return has_structure(from, to, detail);
}

} // namespace

bool decode_completion(json::object const& from, chat_completion& to, std::string& detail) {
    return decode_reply_object(from, to, detail, read_choice);
}

} // namespace async_llm::codec
