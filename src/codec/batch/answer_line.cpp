// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/answer_line.hpp"

#include "base/utf8.hpp"
#include "codec/batch/json_scanner.hpp"
#include "codec/chat/decode_usage.hpp"
#include "codec/json/json_tape.hpp"
#include "codec/json/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace async_llm::codec {
namespace {

constexpr std::string_view replacement_character = "\xef\xbf\xbd";

/// Returns the text with U+FFFD for each byte that is not UTF-8.
std::string valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0)
            result += replacement_character;
        else
            result.append(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

void append_text(std::string_view text, std::string& out) {
    auto const start = out.size();
    json_writer writer(out);
    writer.string(text);
    if (writer.fault() == json_fault::none) return;
    out.resize(start);
    json_writer(out).string(valid_utf8(text));
}

/// Appends JSON on one line: between its values there may be line feeds, within a text there is none.
void append_json(std::string_view json, std::string& out) {
    auto const start = out.size();
    out.append(json);
    // Each end of its own: find_first_of looks the set up for every byte.
    for (auto const end : {'\r', '\n'})
        for (auto i = out.find(end, start); i != std::string::npos; i = out.find(end, i + 1)) out[i] = ' ';
}

void append_body(std::string_view body, std::string& out) {
    if (is_json(body))
        append_json(body, out);
    else
        append_text(body, out);
}

void append_response(new_answer_line const& line, std::string& out) {
    out += R"("response":)";
    if (line.status == 0) {
        out += "null";
        return;
    }
    out += R"({"status_code":)" + std::to_string(line.status) + R"(,"request_id":)";
    if (line.request_id.empty())
        out += "null";
    else
        append_text(line.request_id, out);
    out += R"(,"body":)";
    append_body(line.body, out);
    out += '}';
}

void append_error(new_answer_line const& line, std::string& out) {
    out += R"(,"error":)";
    if (line.error_code.empty()) {
        out += "null";
        return;
    }
    out += R"({"code":)";
    append_text(line.error_code, out);
    out += R"(,"message":)";
    append_text(line.error_message, out);
    out += '}';
}

void append_own_member(new_answer_line const& line, std::string_view key, std::string& out) {
    out += R"(,"async_llm":{"attempts":)" + std::to_string(line.attempts);
    out += R"(,"latency_ms":)" + std::to_string(line.latency_ms) + R"(,"provider":)";
    append_text(line.provider, out);
    out += R"(,"cost":)";
    if (line.cost && std::isfinite(*line.cost))
        json_writer(out).number(*line.cost);
    else
        out += "null";
    out += R"(,"key":")";
    out += key;
    out += R"(","line":)" + std::to_string(line.line);
    if (line.is_final) out += R"(,"final":true)";
    if (line.is_refused) out += R"(,"refused":true)";
    if (!line.copy_of.empty()) {
        out += R"(,"copy_of":)";
        append_text(line.copy_of, out);
    }
    out += '}';
}

template <class Number>
Number read_number(std::string_view written) noexcept {
    Number value{};
    auto const* const begin = written.data();
    auto const* const end = begin + written.size();
    auto const [stop, ec] = std::from_chars(begin, end, value);
    return ec == std::errc() && stop == end ? value : Number{};
}

bool is_given(std::string_view written) noexcept { return !written.empty() && written != "null"; }

void read_response(json_scanner& scanner, answer_line& out) {
    scanner.members([&](std::string_view name) {
        auto const value = scanner.skip_value();
        if (name == "status_code") out.status = read_number<int>(value);
        if (name == "body") out.body = value;
    });
}

void read_own_member(json_scanner& scanner, answer_line& out) {
    scanner.members([&](std::string_view name) {
        auto const value = scanner.skip_value();
        if (name == "key" && value.size() > 2) out.key = read_hex(value.substr(1, value.size() - 2));
        if (name == "line") out.line = read_number<std::uint64_t>(value);
        if (name == "cost" && is_given(value)) out.cost = read_number<double>(value);
        if (name == "final") out.is_final = value == "true";
        if (name == "refused") out.is_refused = value == "true";
        if (name == "copy_of") out.is_copy = true;
    });
}

} // namespace

void append_answer_line(new_answer_line const& line, std::string& out) {
    auto const key = to_hex(line.key);
    out.reserve(out.size() + line.body.size() + line.custom_id.size() + line.error_message.size() + 320);
    out += R"({"id":"batch_req_)" + key + R"(","custom_id":)";
    append_text(line.custom_id, out);
    out += ',';
    append_response(line, out);
    append_error(line, out);
    append_own_member(line, key, out);
    out += "}\n";
}

bool read_answer_line(std::string_view line, answer_line& out) {
    json_scanner scanner(line);
    std::string_view custom_id;
    bool has_error = false;
    bool has_response = false;
    if (!scanner.at_object()) return false;
    scanner.members([&](std::string_view name) {
        bool const is_object = scanner.at_object();
        if (name == "response") has_response = is_object;
        if (name == "response" && is_object) return read_response(scanner, out);
        if (name == "async_llm" && is_object) return read_own_member(scanner, out);
        auto const value = scanner.skip_value();
        if (name == "custom_id") custom_id = value;
        if (name == "error") has_error = is_given(value) && value != "{}" && value != R"("")";
    });
    if (!scanner.at_end()) return false;
    auto id = read_json_string(custom_id);
    if (!id) return false;
    out.custom_id = std::move(*id);
    // Rejected lines have their status with or without an error, and other failures the error alone.
    bool const is_good = out.status == 0 || (out.status >= 200 && out.status < 300);
    out.is_answer = has_response && is_good && !has_error;
    return true;
}

std::optional<usage> read_body_usage(std::string_view body) {
    std::string_view found;
    std::string_view meta;
    json_scanner scanner(body);
    if (!scanner.at_object()) return std::nullopt;
    scanner.members([&](std::string_view name) {
        auto const value = scanner.skip_value();
        if (name == "usage") found = value;
        if (name == "meta" || name == "x_groq") meta = value;
    });
    std::optional<usage> result;
    json_tape tape;
    std::size_t used = 0;
    if (found.starts_with('{') && !tape.parse(found, decode_limits(), used))
        result = decode_usage(tape.root());
    json_tape meta_tape;
    if (meta.starts_with('{') && !meta_tape.parse(meta, decode_limits(), used))
        read_vendor_usage(meta_tape.root(), result);
    return result;
}

} // namespace async_llm::codec
