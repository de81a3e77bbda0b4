// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/error_shapes.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/errors/error_words.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::codec {
namespace {

constexpr std::size_t upstream_chars = 2000;
constexpr int upstream_levels = 6;
constexpr std::size_t upstream_json_depth = 32;
constexpr std::size_t most_messages = 16;
constexpr int envelope_levels = 5;

// Objects around the one that reports the failure: `base_resp`, Apigee's `fault`, Tencent's `Response`.
constexpr std::array<std::string_view, 9> envelope_names{
    "baseresp",
    "fault",
    "status",
    "header",
    "response",
    "responsemetadata",
    "result",
    "data",
    "meta"
};

void set_if_empty(std::string& out, std::string_view source) {
    if (out.empty()) out = source;
}

void append(std::string& out, std::string_view source) {
    if (source.empty()) return;
    if (!out.empty()) out += "; ";
    out += source;
}

/// A path as it is written: `["messages", 0, "content"]` as `messages.0.content`.
std::string read_path(json::value const& source) {
    auto const* steps = source.if_array();
    if (!steps) return read_word(source).value_or(std::string());
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
json::value const* find_first(json::object const& source, Names const& names) noexcept {
    for (std::string_view const name : names) {
        if (auto const* member = find(source, name)) return member;
    }
    return nullptr;
}

/// One row of a list of complaints: AI/ML API's `{path, message}` and `{path, reason}`, FastAPI's `{loc,
/// msg}`.
void read_issue(json::object const& source, api_error& error) {
    constexpr std::array<std::string_view, 5> texts{"message", "reason", "msg", "detail", "description"};
    constexpr std::array<std::string_view, 4> places{"path", "loc", "field", "param"};
    auto const* place = find_first(source, places);
    auto const* text = find_first(source, texts);
    auto const path = place ? read_path(*place) : std::string();
    auto const words = text ? read_word(*text).value_or(std::string()) : std::string();
    set_if_empty(error.param, path);
    append(error.message, path.empty() || words.empty() ? path + words : path + ": " + words);
}

/// Messages: one, or a list of texts or rows.
void read_messages(json::value const& source, api_error& error) {
    if (auto const text = read_string(source)) return append(error.message, *text);
    if (auto const* row = source.if_object()) return read_issue(*row, error);
    auto const* list = source.if_array();
    if (!list) return;
    for (std::size_t i = 0; i < list->size() && i < most_messages; ++i) {
        if (auto const text = read_string((*list)[i]))
            append(error.message, *text);
        else if (auto const* row = (*list)[i].if_object())
            read_issue(*row, error);
    }
}

std::string upstream_text(json::value const& source, int levels);

std::string upstream_text(json::object const& source, int levels) {
    // The innermost provider knows best; `error` and `metadata` lead towards it.
    for (auto const* name : {"error", "metadata", "raw", "message", "detail", "msg"}) {
        auto const* member = find(source, name);
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
    return text.starts_with('<') ? html_to_text(text, upstream_chars) : sanitize(text, upstream_chars);
}

/// The words in whatever an upstream answered, which is passed on as text, as JSON or as JSON inside of text.
std::string upstream_text(json::value const& source, int levels) {
    if (levels == 0) return {};
    if (auto const text = read_string(source)) return upstream_text(*text, levels);
    if (auto const* object = source.if_object()) return upstream_text(*object, levels);
    if (auto const* list = source.if_array(); list && !list->empty())
        return upstream_text(list->front(), levels - 1);
    return {};
}

void read_metadata(json::object const& source, api_error& error) {
    set_if_empty(error.provider_name, find_string(source, "provider_name"));
    set_if_empty(error.type, find_string(source, "error_type"));
    auto const* raw = find(source, "raw");
    if (!raw || !error.upstream.empty()) return;
    error.upstream = upstream_text(*raw, upstream_levels);
    if (error.upstream.empty() && is_error(*raw))
        error.upstream = sanitize(json::serialize(*raw), upstream_chars);
}

json::value const* find_fault(json::object const& source) noexcept {
    for (std::string_view const name : {"error", "err", "exception"}) {
        auto const* member = find_named(source, name);
        if (member && is_error(*member)) return member;
    }
    return nullptr;
}

void read_body(json::value const& body, api_error& error, int levels);
void read_fault(json::object const& source, api_error& error, int levels);

/// Words of a text, which may be a web page, or JSON that holds the words.
void read_text(std::string_view text, api_error& error, int levels) {
    auto const visible = trim(text);
    if (levels > 0 && (visible.starts_with('{') || visible.starts_with('['))) {
        std::size_t used = 0;
        error_code ec;
        auto const parsed = parse_json(visible, upstream_json_depth, used, ec);
        api_error inner;
        if (!ec && trim(visible.substr(used)).empty()) read_body(parsed, inner, levels - 1);
        if (!inner.message.empty()) return append(error.message, inner.message);
    }
    bool const is_page = istarts_with(visible, "<!doctype") || istarts_with(visible, "<html");
    append(error.message, is_page ? html_to_text(visible, upstream_chars) : std::string(text));
}

/// Words of a map from fields to complaints: `{"model": ["is unknown"]}`. False: it is none.
bool read_field_map(json::object const& source, api_error& error) {
    std::string words;
    std::size_t rows = 0;
    for (auto const& member : source) {
        if (++rows > most_messages) break;
        std::string complaints;
        auto const add = [&complaints](json::value const& each) {
            auto const text = read_string(each);
            if (!text) return false;
            if (!complaints.empty()) complaints += ", ";
            complaints += *text;
            return true;
        };
        auto const* list = member.value().if_array();
        bool understood = list ? !list->empty() : add(member.value());
        for (std::size_t i = 0; list && understood && i < list->size() && i < most_messages; ++i)
            understood = add((*list)[i]);
        if (!understood) return false;
        append(words, std::string(name_of(member)) + ": " + complaints);
    }
    if (words.empty()) return false;
    append(error.message, words);
    auto const first = name_of(*source.begin());
    set_if_empty(error.param, first);
    return true;
}

/// Words of a member that holds them, whatever its type.
void read_words(json::value const& source, api_error& error, int levels) {
    if (auto const text = read_string(source)) return read_text(*text, error, levels);
    if (auto const* object = source.if_object()) {
        // A completion's message, of an API that is another.
        if (levels <= 0 || find(*object, "role")) return;
        auto const before = error.message.size();
        read_issue(*object, error);
        if (error.message.size() == before) read_fault(*object, error, levels - 1);
        if (error.message.size() == before) read_field_map(*object, error);
        return;
    }
    read_messages(source, error);
}

bool is_label(std::string_view text) noexcept {
    constexpr std::size_t longest = 40;
    return text.size() <= longest && std::ranges::all_of(text, [](char c) {
               return is_letter(c) || c == ' ' || c == '_' || c == '-' || c == '.';
           });
}

/// Joins the text of a member `error` with the words beside it: often it is but a name of the status or kind.
void read_label(std::string_view label, api_error& error) {
    if (error.message.empty() || label == error.message) {
        error.message = label;
    } else if (!is_label(label)) {
        error.message = std::string(label) + ": " + error.message;
    } else if (label.find(' ') == std::string_view::npos && error.code.empty()) {
        error.code = label;
    } else {
        set_if_empty(error.type, label);
    }
}

bool is_http_status(std::int64_t number) noexcept { return number >= 100 && number <= 599; }

void read_code(json::object const& source, api_error& error) {
    for (auto const name : code_names) {
        auto const* member = error.code.empty() ? find_named(source, name) : nullptr;
        // Minimax's is a code, that of most others the HTTP status.
        auto const number = member && name == "statuscode" ? read_int(*member) : std::nullopt;
        if (number && is_http_status(*number)) continue;
        if (member) error.code = read_word(*member).value_or(std::string());
    }
    // Google's word for the status.
    auto const* status = error.code.empty() ? find_named(source, "status") : nullptr;
    auto const word = status ? read_string(*status) : std::nullopt;
    if (word && status_of_word(*word) != 0) error.code = *word;
}

void read_status(json::object const& source, api_error& error) {
    for (auto const name : status_names) {
        auto const* member = error.status == 0 ? find_named(source, name) : nullptr;
        auto const status = member ? read_int(*member) : std::nullopt;
        if (status && is_http_status(*status)) error.status = static_cast<int>(*status);
    }
}

/// AI/ML API's `data`: an object that names the kind, or rows that name the fields.
void read_data(json::value const& source, api_error& error) {
    if (auto const* object = source.if_object())
        set_if_empty(error.code, find_string(*object, "kind"));
    else
        read_messages(source, error);
}

/// Reads the members that an error and a body have in common; each fills a gap.
void read_members_of(json::object const& source, api_error& error, int levels) {
    for (auto const name : word_names) {
        auto const* member = error.message.empty() ? find_named(source, name) : nullptr;
        if (member) read_words(*member, error, levels);
    }
    for (std::string_view const name : {"type", "errortype"}) {
        auto const* member = error.type.empty() ? find_named(source, name) : nullptr;
        auto const type = member ? read_string(*member) : std::nullopt;
        if (type && *type != "about:blank" && *type != "error") error.type = *type;
    }
    read_code(source, error);
    read_status(source, error);
    if (auto const* param = find(source, "param")) set_if_empty(error.param, read_path(*param));
}

/// Reads an object that reports a failure.
void read_fault(json::object const& source, api_error& error, int levels) {
    read_members_of(source, error, levels);
    for (auto const* rows : {"data", "details"}) {
        if (auto const* member = find(source, rows)) read_data(*member, error);
    }
    if (auto const* metadata = find_object(source, "metadata")) read_metadata(*metadata, error);
    if (auto const* availability = find_object(source, "availability"))
        set_if_empty(error.code, find_string(*availability, "code"));
    set_if_empty(error.type, find_string(source, "name"));
    // A gateway that wraps what another one said.
    auto const* inner = find_named(source, "error");
    if (inner && error.message.empty()) error.message = upstream_text(*inner, upstream_levels);
}

/// Reads a body: what stands beside or in place of its member `error` fills the gaps.
void read_body(json::value const& body, api_error& error, int levels) {
    if (levels <= 0) return;
    auto const* object = body.if_object();
    if (!object) return read_words(body, error, levels);
    std::string_view label;
    if (auto const* fault = find_fault(*object)) {
        if (auto const* inner = fault->if_object())
            read_fault(*inner, error, levels - 1);
        else if (auto const text = read_string(*fault); text && !trim(*text).starts_with('{'))
            label = *text;
        else
            read_words(*fault, error, levels - 1);
    }
    read_members_of(*object, error, levels - 1);
    if (!label.empty()) read_label(label, error);
    for (std::string_view const name : {"details", "cause"}) {
        auto const* member = error.message.empty() ? find_named(*object, name) : nullptr;
        if (member) read_words(*member, error, levels - 1);
    }
    for (auto const name : envelope_names) {
        auto const* member = error.message.empty() ? find_named(*object, name) : nullptr;
        if (member && member->is_object()) read_body(*member, error, levels - 1);
    }
    // With a code, whatever else is called a text says what failed.
    auto const* text = error.message.empty() && !error.code.empty() ? find_named(*object, "text") : nullptr;
    if (text) read_words(*text, error, levels - 1);
}

} // namespace

json::value const* find_named(json::object const& source, std::string_view plain) noexcept {
    for (auto const& member : source) {
        if (!member.value().is_null() && is_named(name_of(member), plain)) return &member.value();
    }
    return nullptr;
}

void read_error_body(json::value const& body, api_error& error) { read_body(body, error, envelope_levels); }

void read_error_member(json::value const& source, api_error& error) {
    if (auto const* object = source.if_object())
        read_fault(*object, error, envelope_levels);
    else
        read_words(source, error, envelope_levels);
}

} // namespace async_llm::codec
