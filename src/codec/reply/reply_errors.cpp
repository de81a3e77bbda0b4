// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/reply_errors.hpp"

#include "base/ascii.hpp"
#include "codec/errors/error_shapes.hpp"

namespace async_llm::codec {
namespace {

/// Returns whether a member like `"success": false` stands in an object.
bool denies_success(json::object const& body) noexcept {
    for (auto const& member : body) {
        std::string_view const name(member.key().data(), member.key().size());
        bool const is_verdict = is_named_any(name, {"success", "ok", "successful", "issuccess"});
        if (is_verdict && !member.value().is_null() && read_bool(member.value()) == false) return true;
    }
    return false;
}

/// Returns whether Minimax's `base_resp` has a code other than 0, be it without words.
bool has_failed_envelope(json::object const& body) noexcept {
    auto const* const envelope = find_named(body, "baseresp");
    auto const* const members = envelope ? envelope->if_object() : nullptr;
    auto const* const code = members ? find_named(*members, "statuscode") : nullptr;
    return code && read_int(*code).value_or(0) != 0;
}

bool is_failure_type(std::string_view type) noexcept {
    return type == "error" || type.ends_with(".error") || type.ends_with(".failed");
}

} // namespace

bool claims_failure(api_error const& claimed) noexcept {
    if (!claimed.raw.is_object()) return false;
    auto const& body = claimed.raw.get_object();
    return find_string(body, "object") == "error" || is_failure_type(find_string(body, "type")) ||
        is_error_status(claimed.status) || denies_success(body) || has_failed_envelope(body);
}

failure_sign find_failure(api_error const& claimed) noexcept {
    if (!claimed.raw.is_object()) return failure_sign::none;
    if (claims_failure(claimed)) return failure_sign::certain;
    bool const has_words = !claimed.message.empty() && !is_success_word(claimed.message);
    if (!has_words) return failure_sign::none;
    return is_success_word(claimed.code) ? failure_sign::words : failure_sign::certain;
}

bool reports_failure(json_view body, api_error& error) {
    auto claimed = decode_error(body);
    if (find_failure(claimed) != failure_sign::certain) return false;
    error = std::move(claimed);
    return true;
}

} // namespace async_llm::codec
