// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_error.hpp"

#include "codec/ascii.hpp"
#include "codec/one_line.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace async_llm::codec {
namespace {

constexpr std::size_t text_chars = 200;
constexpr std::size_t upstream_chars = 2000;
constexpr int upstream_levels = 6;
constexpr std::size_t upstream_json_depth = 32;
constexpr std::size_t most_messages = 16;
// Limits of a kept error body: some providers echo the whole request.
constexpr std::size_t max_error_values = 4096;
constexpr std::size_t max_error_text = 128u * 1024;

void set_if_empty(std::string& to, std::string_view from) {
    if (to.empty()) to = from;
}

void set_word_if_empty(std::string& to, json::object const& from, std::string_view name) {
    if (!to.empty()) return;
    if (auto const* member = find(from, name)) to = read_word(*member).value_or(std::string());
}

void append(std::string& to, std::string_view from) {
    if (from.empty()) return;
    if (!to.empty()) to += "; ";
    to += from;
}

/// A path as it is written: `["messages", 0, "content"]` as `messages.0.content`.
std::string read_path(json::value const& from) {
    auto const* steps = from.if_array();
    if (!steps) return read_word(from).value_or(std::string());
    std::string path;
    for (std::size_t i = 0; i < steps->size() && i < most_messages; ++i) {
        auto const step = read_word((*steps)[i]);
        if (!step) continue;
        if (!path.empty()) path += '.';
        path += *step;
    }
    return path;
}

template <class Names>
json::value const* find_first(json::object const& from, Names const& names) noexcept {
    for (std::string_view const name : names) {
        if (auto const* member = find(from, name)) return member;
    }
    return nullptr;
}

/// One row of a list of complaints: AI/ML API's `{path, message}` and `{path, reason}`, FastAPI's `{loc, msg}`.
void read_issue(json::object const& from, api_error& error) {
    constexpr std::array<std::string_view, 4> texts{"message", "reason", "msg", "detail"};
    constexpr std::array<std::string_view, 4> places{"path", "loc", "field", "param"};
    auto const* place = find_first(from, places);
    auto const* text = find_first(from, texts);
    auto const path = place ? read_path(*place) : std::string();
    auto const words = text ? read_word(*text).value_or(std::string()) : std::string();
    set_if_empty(error.param, path);
    append(error.message, path.empty() || words.empty() ? path + words : path + ": " + words);
}

/// Messages: one, or a list of texts or rows.
void read_messages(json::value const& from, api_error& error) {
    if (auto const text = read_string(from)) return append(error.message, *text);
    if (auto const* row = from.if_object()) return read_issue(*row, error);
    auto const* list = from.if_array();
    if (!list) return;
    for (std::size_t i = 0; i < list->size() && i < most_messages; ++i) {
        if (auto const text = read_string((*list)[i]))
            append(error.message, *text);
        else if (auto const* row = (*list)[i].if_object())
            read_issue(*row, error);
    }
}

void read_status(json::object const& from, std::initializer_list<std::string_view> names, api_error& error) {
    for (auto const name : names) {
        auto const* member = find(from, name);
        auto const status = member && error.status == 0 ? read_int(*member) : std::nullopt;
        if (status && *status >= 100 && *status <= 599) error.status = static_cast<int>(*status);
    }
}

std::string upstream_text(json::value const& from, int levels);

std::string upstream_text(json::object const& from, int levels) {
    // The innermost provider knows best; `error` and `metadata` lead towards it.
    for (auto const* name : {"error", "metadata", "raw", "message", "detail", "msg"}) {
        auto const* member = find(from, name);
        auto text = member ? upstream_text(*member, levels - 1) : std::string();
        if (!text.empty()) return text;
    }
    return {};
}

std::string upstream_text(std::string_view text, int levels) {
    text = trim(text);
    auto json_text = text;
    if (json_text.starts_with("data:")) json_text = trim_left(json_text.substr(5));
    if (json_text.starts_with('{') || json_text.starts_with('[')) {
        std::size_t used = 0;
        error_code ec;
        auto const parsed = parse_json(json_text, upstream_json_depth, used, ec);
        auto found = ec ? std::string() : upstream_text(parsed, levels - 1);
        if (!found.empty()) return found;
    }
    return text.starts_with('<') ? visible_text(text, upstream_chars) : one_line(text, upstream_chars);
}

/// The words in whatever an upstream answered, which is passed on as text, as JSON or as JSON inside of text.
std::string upstream_text(json::value const& from, int levels) {
    if (levels == 0) return {};
    if (auto const text = read_string(from)) return upstream_text(*text, levels);
    if (auto const* object = from.if_object()) return upstream_text(*object, levels);
    if (auto const* list = from.if_array(); list && !list->empty())
        return upstream_text(list->front(), levels - 1);
    return {};
}

void read_metadata(json::object const& from, api_error& error) {
    set_if_empty(error.provider_name, find_string(from, "provider_name"));
    set_if_empty(error.type, find_string(from, "error_type"));
    auto const* raw = find(from, "raw");
    if (!raw || !error.upstream.empty()) return;
    error.upstream = upstream_text(*raw, upstream_levels);
    if (error.upstream.empty() && is_error(*raw))
        error.upstream = one_line(json::serialize(*raw), upstream_chars);
}

void read_code(json::object const& from, api_error& error) {
    set_word_if_empty(error.code, from, "code");
    read_status(from, {"code"}, error);
}

/// AI/ML API's `data`: an object that names the kind, or rows that name the fields.
void read_data(json::value const& from, api_error& error) {
    if (auto const* object = from.if_object())
        set_if_empty(error.code, find_string(*object, "kind"));
    else
        read_messages(from, error);
}

void read_error_object(json::object const& from, api_error& error) {
    if (auto const* message = find(from, "message")) read_messages(*message, error);
    set_if_empty(error.type, find_string(from, "type"));
    set_if_empty(error.type, find_string(from, "error_type"));
    read_code(from, error);
    if (auto const* param = find(from, "param")) set_if_empty(error.param, read_path(*param));
    for (auto const* rows : {"data", "details"}) {
        if (auto const* member = find(from, rows)) read_data(*member, error);
    }
    if (auto const* metadata = find_object(from, "metadata")) read_metadata(*metadata, error);
    if (auto const* availability = find_object(from, "availability"))
        set_if_empty(error.code, find_string(*availability, "code"));
    read_status(from, {"http_status", "status", "statusCode"}, error);
    set_if_empty(error.type, find_string(from, "name"));
    // A gateway that wraps what another one said.
    auto const* inner = find(from, "error");
    if (inner && error.message.empty()) error.message = upstream_text(*inner, upstream_levels);
}

void read_error_member(json::value const& from, api_error& error) {
    if (auto const* object = from.if_object())
        read_error_object(*object, error);
    else
        read_messages(from, error);
}

/// What stands beside or in place of `error`; it fills the gaps.
void read_body_object(json::object const& from, api_error& error) {
    constexpr std::array<std::string_view, 5>
        texts{"message", "detail", "errors", "error_description", "title"};
    for (auto const name : texts) {
        auto const* member = find(from, name);
        if (member && error.message.empty()) read_messages(*member, error);
    }
    read_code(from, error);
    read_status(from, {"http_status", "status", "statusCode"}, error);
    if (auto const type = find_string(from, "type"); type != "about:blank") set_if_empty(error.type, type);
    set_if_empty(error.param, find_string(from, "param"));
}

void read_body(json::value const& body, api_error& error) {
    auto const* object = body.if_object();
    if (!object) return read_messages(body, error);
    if (auto const* member = find(*object, "error"); member && is_error(*member))
        read_error_member(*member, error);
    read_body_object(*object, error);
}

/// Some gateways to Google wrap the object in a list.
json::value const& unwrapped(json::value const& body) noexcept {
    auto const* list = body.if_array();
    return list && !list->empty() && list->front().is_object() ? list->front() : body;
}

void finish(json::value&& from, api_error& error) {
    error.raw = std::move(from);
    if (error.message.empty()) error.message = error.upstream;
}

bool is_quota_word(std::string_view word) noexcept {
    // The misspelling is AI/ML API's.
    constexpr std::array<std::string_view, 4> words{
        "insufficient_quota",
        "err_insufficent_credits",
        "err_insufficient_credits",
        "insufficient_credits"};
    return std::any_of(words.begin(), words.end(), [word](auto known) { return iequals(word, known); });
}

bool is_quota_text(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 6> texts{
        "insufficient credit",
        "insufficent credit",
        "insufficient fund",
        "insufficient balance",
        "run out of credit",
        "out of credits"};
    return std::any_of(texts.begin(), texts.end(), [text](auto known) {
        return ifind(text, known) != std::string_view::npos;
    });
}

} // namespace

bool is_error(json::value const& from) noexcept {
    switch (from.kind()) {
    case json::kind::null: return false;
    case json::kind::bool_: return from.get_bool();
    case json::kind::string: return !from.get_string().empty();
    case json::kind::array: return !from.get_array().empty();
    case json::kind::object: return !from.get_object().empty();
    default: return true;
    }
}

bool is_error(json_view from) noexcept {
    switch (from.kind()) {
    case json::kind::array:
    case json::kind::object: return from.size() != 0;
    case json::kind::null: return false;
    case json::kind::bool_: return *from.scalar().if_bool();
    case json::kind::string: return !read_string(from)->empty();
    default: return true;
    }
}

std::optional<json_view> find_error(json_view from) {
    // Providers have some; and where the limits have been exceeded already, find() finds nothing.
    constexpr std::size_t most = 4096;
    std::optional<json_view> found;
    if (from.size() > most) return found;
    from.for_each_member([&found](std::string_view name, json_view value) {
        if (name == "error") found = value;
    });
    return found && is_error(*found) ? found : std::nullopt;
}

api_error decode_error_member(json::value from) {
    api_error error;
    read_error_member(from, error);
    finish(std::move(from), error);
    return error;
}

api_error decode_error_member(json_view from) { return decode_error_member(cut_error_tree(from)); }

api_error decode_error(json::value body) {
    api_error error;
    read_body(unwrapped(body), error);
    finish(std::move(body), error);
    return error;
}

api_error decode_error(json_view body) { return decode_error(cut_error_tree(body)); }

json::value cut_error_tree(json_view from) { return from.to_cut_value(max_error_values, max_error_text); }

api_error decode_error_text(std::string_view body) {
    api_error error;
    auto const text = trim_left(body);
    error.message = text.starts_with('<') ? visible_text(text, text_chars) : one_line(text, text_chars);
    return error;
}

json::object const* error_object(api_error const& error) noexcept {
    auto const* body = unwrapped(error.raw).if_object();
    auto const* member = body ? find_object(*body, "error") : nullptr;
    return member ? member : body;
}

std::vector<header> header_fields_in(api_error const& error) {
    std::vector<header> fields;
    auto const* object = error_object(error);
    if (!object) return fields;
    auto const* metadata = find_object(*object, "metadata");
    auto const* headers = metadata ? find_object(*metadata, "headers") : nullptr;
    for (auto const& member : headers ? *headers : json::object()) {
        auto value = read_word(member.value());
        if (value)
            fields.emplace_back(std::string(member.key().data(), member.key().size()), std::move(*value));
    }
    auto const* availability = find_object(*object, "availability");
    auto const* wait = availability ? find(*availability, "retry_after") : nullptr;
    if (auto seconds = wait ? read_word(*wait) : std::nullopt)
        fields.emplace_back("Retry-After", std::move(*seconds));
    return fields;
}

bool says_no_credit(int status, api_error const& error) {
    if (status == 402) return false;
    if (is_quota_word(error.code) || is_quota_word(error.type) || error.type == "payment_required")
        return true;
    auto const* object = error_object(error);
    auto const* data = object ? find_object(*object, "data") : nullptr;
    if (data && is_quota_word(find_string(*data, "kind"))) return true;
    // Only AI/ML API has to be understood by its text; in a 429 the same words may come from a limit that passes.
    return status == 403 && is_quota_text(error.message);
}

} // namespace async_llm::codec
