// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/decode_error.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/errors/error_advice.hpp"
#include "codec/errors/error_shapes.hpp"
#include "codec/errors/error_words.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace async_llm::codec {
namespace {

constexpr std::size_t text_chars = 200;
constexpr int max_levels = 5;
// Limits of a kept error body: some providers echo the whole request.
constexpr std::size_t max_error_values = 4096;
constexpr std::size_t max_error_text = 128u * 1024;

bool is_success(std::int64_t number) noexcept { return number == 0 || (number >= 200 && number <= 299); }

/// Some gateways to Google wrap the object in a list.
json::value const& unwrapped(json::value const& body) noexcept {
    auto const* list = body.if_array();
    return list && !list->empty() && list->front().is_object() ? list->front() : body;
}

void finish(json::value&& source, api_error& error) {
    error.raw = std::move(source);
    if (error.message.empty()) error.message = error.upstream;
    read_advice(error);
}

/// Returns whether an object's code and words report success: `{"code":0,"message":"success"}`.
bool claims_success(json::object const& source) noexcept {
    bool has_words = false;
    for (auto const name : word_names) {
        auto const* member = find_named(source, name);
        if (!member) continue;
        auto const text = read_string(*member);
        if (!text || !is_success_word(*text)) return false;
        has_words = has_words || !text->empty();
    }
    bool has_code = false;
    for (auto const& member : source) {
        std::string_view const name(member.key().data(), member.key().size());
        bool const is_code =
            std::ranges::any_of(status_names, [name](auto plain) { return is_named(name, plain); });
        if (!is_code || member.value().is_null()) continue;
        auto const text = read_string(member.value());
        auto const number = read_int(member.value());
        bool const succeeded = text ? is_success_word(*text) : number && is_success(*number);
        if (!succeeded) return false;
        has_code = true;
    }
    return has_words || has_code;
}

/// Returns whether a value of a member `error` reports anything but success.
bool says_something(json::value const& source, int levels) noexcept {
    if (levels == 0) return true;
    switch (source.kind()) {
    case json::kind::null: return false;
    case json::kind::bool_: return source.get_bool();
    case json::kind::string: return !is_success_word(*read_string(source));
    case json::kind::array:
        return std::ranges::any_of(source.get_array(), [levels](auto const& each) {
            return says_something(each, levels - 1);
        });
    case json::kind::object: {
        auto const& object = source.get_object();
        if (claims_success(object)) return false;
        return std::ranges::any_of(object, [levels](auto const& member) {
            return says_something(member.value(), levels - 1);
        });
    }
    default: {
        auto const number = read_int(source);
        return !number || !is_success(*number);
    }
    }
}

bool is_quota_text(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 6> texts{
        "insufficient credit",
        "insufficent credit",
        "insufficient fund",
        "insufficient balance",
        "run out of credit",
        "out of credits"
    };
    return icontains_any(text, texts);
}

} // namespace

bool is_error(json::value const& source) noexcept { return says_something(source, max_levels); }

bool is_error(json_view source) {
    if (source.is_null()) return false;
    if (auto const text = read_string(source)) return !is_success_word(*text);
    return is_error(cut_error_tree(source));
}

std::optional<json_view> find_error(json_view source) {
    // Providers have some; and where the limits have been exceeded already, find() finds nothing.
    constexpr std::size_t most = 4096;
    std::optional<json_view> found;
    if (source.size() > most) return found;
    source.for_each_member([&found](std::string_view name, json_view value) {
        if (name == "error") found = value;
    });
    return found && is_error(*found) ? found : std::nullopt;
}

api_error decode_error_member(json::value source) {
    api_error error;
    read_error_member(source, error);
    finish(std::move(source), error);
    return error;
}

api_error decode_error_member(json_view source) { return decode_error_member(cut_error_tree(source)); }

api_error decode_error(json::value body) {
    api_error error;
    read_error_body(unwrapped(body), error);
    finish(std::move(body), error);
    return error;
}

api_error decode_error(json_view body) { return decode_error(cut_error_tree(body)); }

json::value cut_error_tree(json_view source) { return source.to_cut_value(max_error_values, max_error_text); }

api_error decode_error_text(std::string_view body) {
    api_error error;
    auto const text = trim_left(body);
    error.message = text.starts_with('<') ? html_to_text(text, text_chars) : sanitize(text, text_chars);
    return error;
}

void ensure_words(api_error& error) {
    bool const is_empty = !error.raw.is_structured() ||
        (error.raw.is_object() ? error.raw.get_object().empty() : error.raw.get_array().empty());
    if (error.message.empty() && !is_empty) error.message = sanitize(json::serialize(error.raw), text_chars);
}

json::object const* error_object(api_error const& error) noexcept {
    auto const* body = unwrapped(error.raw).if_object();
    auto const* member = body ? find_object(*body, "error") : nullptr;
    return member ? member : body;
}

std::vector<http_header> header_fields_in(api_error const& error) {
    std::vector<http_header> fields;
    auto const* object = error_object(error);
    if (!object) return fields;
    auto const* metadata = find_object(*object, "metadata");
    auto const* headers = metadata ? find_object(*metadata, "headers") : nullptr;
    for (auto const& member : headers ? *headers : json::object()) {
        auto value = read_word(member.value());
        if (value)
            fields.emplace_back(std::string(member.key().data(), member.key().size()), std::move(*value));
    }
    return fields;
}

bool says_no_credit(int status, api_error const& error) {
    if (status == 402) return false;
    if (is_quota_word(error.code) || is_quota_word(error.type) || error.type == "payment_required")
        return true;
    auto const* object = error_object(error);
    auto const* data = object ? find_object(*object, "data") : nullptr;
    if (data && is_quota_word(find_string(*data, "kind"))) return true;
    // Only AI/ML API has to be understood by its text; in a 429 the same words may come from a limit that
    // passes.
    return status == 403 && is_quota_text(error.message);
}

} // namespace async_llm::codec
