// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/batch_request.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/batch/json_scanner.hpp"
#include "codec/json/json_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace async_llm::codec {
namespace {

constexpr std::string_view default_path = "/chat/completions";

/// Values of members of a body that a run has to know, as they are written. Empty: it has none.
struct body_members {
    body_members() = default;

    void take(std::string_view name, std::string_view value) {
        if (names(name, "model")) model = value;
        if (names(name, "stream")) stream = value;
        if (names(name, "temperature")) temperature = value;
    }

    std::string_view model;
    std::string_view stream;
    std::string_view temperature;
};

/// Values of a line's members, as they are written. Empty: it has none.
struct line_members {
    line_members() = default;

    std::string_view custom_id;
    std::string_view method;
    std::string_view url;
    std::string_view body;
    std::string_view messages;
    // From the beginning of the name's quotes to the end of the value.
    std::string_view id_member;
    // Of the line, which may be a bare body, and of its body.
    body_members own;
    body_members inner;
};

bool is_given(std::string_view written) noexcept { return !written.empty() && written != "null"; }

std::string in_brief(std::string_view written) { return sanitize(written, 40); }

/// Sets the id of the line. Returns why it can't be one.
std::string read_id(std::string_view written, std::uint64_t number, std::string& out) {
    out = "line-" + std::to_string(number);
    if (!is_given(written) || written == R"("")") return std::string();
    if (auto text = read_json_string(written)) {
        out = std::move(*text);
        return std::string();
    }
    bool const is_integer = written.find_first_not_of("-0123456789") == std::string_view::npos;
    if (!is_integer) return "custom_id: is neither a text nor an integer: " + in_brief(written);
    out = written;
    return std::string();
}

std::string read_method(std::string_view written) {
    if (!is_given(written)) return std::string();
    auto const text = read_json_string(written);
    if (text && iequals(*text, "POST")) return std::string();
    return "method: is not POST: " + in_brief(written);
}

std::string read_url(std::string_view written, std::string& path) {
    path = default_path;
    if (!is_given(written) || written == R"("")") return std::string();
    auto const text = read_json_string(written);
    path = text ? std::string(path_below_base(*text)) : std::string();
    if (!path.empty()) return std::string();
    return "url: is not a path such as /v1/chat/completions: " + in_brief(written);
}

bool is_zero(std::string_view number) noexcept {
    auto const end = std::min(number.find_first_of("eE"), number.size());
    auto const digits = number.substr(0, end);
    return !digits.empty() && digits.find_first_not_of("-.0") == std::string_view::npos;
}

/// Takes what a run has to know of the body. Returns why it can't be sent.
std::string read_body(body_members const& found, batch_request& out) {
    out.model = found.model;
    out.is_deterministic = is_zero(found.temperature);
    if (is_given(found.stream) && found.stream != "false")
        return "stream: a bulk run has no use for a stream";
    return std::string();
}

/// Returns a member with the comma behind it, or else with that in front of it.
std::string_view with_comma(std::string_view line, std::string_view member) noexcept {
    auto const begin = static_cast<std::size_t>(member.data() - line.data());
    auto const end = begin + member.size();
    auto const behind = line.find_first_not_of(" \t\r\n", end);
    if (line[behind] == ',') return line.substr(begin, behind + 1 - begin);
    auto const before = line.find_last_not_of(" \t\r\n", begin - 1);
    if (line[before] != ',') return member;
    return line.substr(before, end - before);
}

std::string fault_of(std::string_view line, json_scanner const& scanner) {
    if (scanner.position() == line.size()) return "is no JSON: it ends too early";
    auto const place = scanner.position();
    return "is no JSON at byte " + std::to_string(place + 1) + ": " + in_brief(line.substr(place, 200));
}

/// Moves behind the value of a line's member, whose own members are found on the way if it is a body.
std::string_view
skip_member(std::string_view line, json_scanner& scanner, std::string_view name, line_members& out) {
    if (!names(name, "body")) return scanner.skip_value();
    out.inner = body_members();
    if (!scanner.at_object()) return scanner.skip_value();
    auto const begin = scanner.position();
    bool const good = scanner.members([&](std::string_view inner_name) {
        auto const value = scanner.skip_value();
        out.inner.take(inner_name, value);
    });
    return good ? line.substr(begin, scanner.position() - begin) : std::string_view();
}

/// Finds the members of the line. Returns why it is none.
std::string find_members(std::string_view line, line_members& out) {
    json_scanner scanner(line);
    if (!scanner.at_object()) return is_json(line) ? "is no object" : "is no JSON";
    scanner.members([&](std::string_view name) {
        auto const value = skip_member(line, scanner, name, out);
        if (value.empty()) return;
        out.own.take(name, value);
        auto const begin = name.data() - 1;
        auto const member =
            std::string_view(begin, static_cast<std::size_t>(value.data() - begin) + value.size());
        if (names(name, "custom_id")) out.custom_id = value, out.id_member = member;
        if (names(name, "method")) out.method = value;
        if (names(name, "url")) out.url = value;
        if (names(name, "body")) out.body = value;
        if (names(name, "messages")) out.messages = value;
    });
    if (scanner.at_end()) return std::string();
    return fault_of(line, scanner);
}

/// Finds the body. Returns why there is none.
std::string find_body(std::string_view line, line_members const& found, batch_request& out) {
    out.body = found.body;
    if (!found.body.empty()) return found.body.front() == '{' ? std::string() : "body: is no object";
    if (is_given(found.method) || is_given(found.url)) return "body: is missing";
    if (found.messages.empty()) return "has neither body nor messages";
    // White space around it goes with the line's end.
    auto const begin = line.find('{');
    out.body = line.substr(begin, line.rfind('}') + 1 - begin);
    if (!found.id_member.empty()) out.inner_id = with_comma(line, found.id_member);
    return std::string();
}

} // namespace

std::string read_batch_request(std::string_view line, std::uint64_t number, batch_request& out) {
    line_members found;
    auto fault = find_members(line, found);
    auto id_fault = read_id(found.custom_id, number, out.custom_id);
    if (fault.empty()) fault = std::move(id_fault);
    if (fault.empty()) fault = read_method(found.method);
    if (fault.empty()) fault = read_url(found.url, out.path);
    if (fault.empty()) fault = find_body(line, found, out);
    if (fault.empty()) fault = read_body(found.body.empty() ? found.own : found.inner, out);
    return fault;
}

std::string make_body(batch_request const& line, std::string_view model) {
    std::string result;
    result.reserve(line.body.size() + model.size() + 16);
    // Parts that are left out or replaced, in the order of the text.
    auto rest = line.body;
    auto const copy_until = [&](char const* place) {
        result.append(rest.substr(0, static_cast<std::size_t>(place - rest.data())));
        rest.remove_prefix(static_cast<std::size_t>(place - rest.data()));
    };
    auto const cut_id = [&] {
        if (line.inner_id.empty()) return;
        copy_until(line.inner_id.data());
        rest.remove_prefix(line.inner_id.size());
    };
    auto const put_model = [&] {
        if (model.empty()) return;
        if (line.model.empty()) {
            copy_until(line.body.data() + 1);
            result += R"("model":)";
            json_writer(result).string(model);
            if (rest.find_first_not_of(" \t\r\n}") != std::string_view::npos) result += ',';
            return;
        }
        copy_until(line.model.data());
        json_writer(result).string(model);
        rest.remove_prefix(line.model.size());
    };
    bool const id_first = !line.model.empty() && line.inner_id.data() < line.model.data();
    if (id_first) cut_id();
    put_model();
    if (!id_first) cut_id();
    result.append(rest);
    return result;
}

std::string_view path_below_base(std::string_view url) noexcept {
    auto path = url;
    if (path.starts_with("/v1/")) path.remove_prefix(3);
    bool const is_path = path.size() > 1 && path[0] == '/' && path[1] != '/' && path[1] != '?';
    auto const is_allowed = [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
            std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
    };
    if (!is_path || !std::all_of(path.begin(), path.end(), is_allowed)) return std::string_view();
    auto segments = path.substr(0, path.find('?'));
    while (!segments.empty()) {
        segments.remove_prefix(1);
        auto const end = std::min(segments.find('/'), segments.size());
        auto const segment = segments.substr(0, end);
        // Percent signs could spell a dot or a slash.
        if (segment == "." || segment == ".." || segment.find('%') != std::string_view::npos)
            return std::string_view();
        segments.remove_prefix(end);
    }
    return path;
}

} // namespace async_llm::codec
