// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_writer.hpp"

#include "codec/json/plain_run.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

namespace async_llm::codec {
namespace {

/// Path of the place at which a JSON text breaks off: the keys and indices of the open objects and
/// arrays.
class path_reader {
public:
    std::string read(std::string_view json) {
        for (std::size_t i = 0; i < json.size(); ++i) i = step(json, i);
        std::string path;
        for (auto const& open : levels_) open.append_to(path);
        return path;
    }

private:
    struct level {
        explicit level(bool array) noexcept : is_array(array) {}

        void append_to(std::string& path) const {
            if (is_array) {
                path += '[' + std::to_string(index) + ']';
            } else if (!name.empty()) {
                if (!path.empty()) path += '.';
                path += name;
            }
        }

        bool is_array;
        bool before_name = true;
        std::size_t index = 0;
        std::string_view name;
    };

    // Handles the character at `i`, and gives the last one that belongs to it.
    std::size_t step(std::string_view json, std::size_t i) {
        switch (json[i]) {
        case '{':
        case '[': levels_.emplace_back(json[i] == '['); break;
        case '}':
        case ']': levels_.pop_back(); break;
        case ':': levels_.back().before_name = false; break;
        case ',':
            ++levels_.back().index;
            levels_.back().before_name = true;
            levels_.back().name = {};
            break;
        case '"': {
            auto const end = closing_quote(json, i);
            if (!levels_.empty() && levels_.back().before_name)
                levels_.back().name = json.substr(i + 1, end - i - 1);
            return end;
        }
        default: break;
        }
        return i;
    }

    static std::size_t closing_quote(std::string_view json, std::size_t i) noexcept {
        for (++i; i < json.size() && json[i] != '"'; ++i) {
            if (json[i] == '\\') ++i;
        }
        return i;
    }

    std::vector<level> levels_;
};

} // namespace

std::string_view to_string(json_fault fault) noexcept {
    switch (fault) {
    case json_fault::none: break;
    case json_fault::invalid_utf8: return "not valid UTF-8";
    case json_fault::not_finite: return "not a finite number";
    case json_fault::too_deep: return "nested too deeply";
    }
    return {};
}

std::string json_text(boost::json::value const& value) {
    std::string text;
    json_writer(text).value(value);
    return text;
}

std::string json_writer::fault_path() const {
    return path_reader().read(std::string_view(out_).substr(start_));
}

void json_writer::key(std::string_view name) {
    if (fault_ != json_fault::none) return;
    separate();
    append_quoted(name);
    if (fault_ == json_fault::none) out_ += ':';
}

void json_writer::string(std::string_view text) {
    if (fault_ != json_fault::none) return;
    separate();
    append_quoted(text);
}

void json_writer::number(double value) {
    if (fault_ != json_fault::none) return;
    if (!std::isfinite(value)) {
        separate();
        return fail(json_fault::not_finite);
    }
    // Plain digits in the range where people expect them, as JavaScript does; some servers take 1e+05 for no
    // integer.
    auto const magnitude = std::fabs(value);
    bool const plain = value == 0 || (magnitude >= 1e-7 && magnitude < 1e21);
    std::array<char, 64> text;
    auto const result = std::to_chars(
        text.data(),
        text.data() + text.size(),
        value,
        plain ? std::chars_format::fixed : std::chars_format::scientific
    );
    append_scalar(std::string_view(text.data(), static_cast<std::size_t>(result.ptr - text.data())));
}

void json_writer::integer(std::int64_t value) {
    std::array<char, 24> text;
    auto const result = std::to_chars(text.data(), text.data() + text.size(), value);
    append_scalar(std::string_view(text.data(), static_cast<std::size_t>(result.ptr - text.data())));
}

void json_writer::boolean(bool value) { append_scalar(value ? "true" : "false"); }

void json_writer::open(char bracket) {
    if (fault_ != json_fault::none) return;
    separate();
    out_ += bracket;
}

void json_writer::close(char bracket) {
    if (fault_ == json_fault::none) out_ += bracket;
}

void json_writer::separate() {
    // The last character written says whether a comma goes before: no value ends in one of these characters.
    if (out_.size() == start_) return;
    char const last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
}

void json_writer::append_quoted(std::string_view text) {
    auto const begin = out_.size();
    out_ += '"';
    std::size_t start = 0;
    std::size_t i = 0;
    while (i < text.size()) {
        i += literal_length(text.substr(i));
        if (i == text.size()) break;
        if (utf8_length(text.substr(i)) == 0) {
            out_.resize(begin);
            return fail(json_fault::invalid_utf8);
        }
        out_.append(text, start, i - start);
        append_escape(text[i]);
        start = ++i;
    }
    out_.append(text, start);
    out_ += '"';
}

void json_writer::append_escape(char c) {
    switch (c) {
    case '"': out_ += "\\\""; return;
    case '\\': out_ += "\\\\"; return;
    case '\b': out_ += "\\b"; return;
    case '\f': out_ += "\\f"; return;
    case '\n': out_ += "\\n"; return;
    case '\r': out_ += "\\r"; return;
    case '\t': out_ += "\\t"; return;
    default: break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    auto const byte = static_cast<unsigned char>(c);
    out_ += "\\u00";
    out_ += digits[byte >> 4];
    out_ += digits[byte & 15];
}

void json_writer::append_scalar(std::string_view text) {
    if (fault_ != json_fault::none) return;
    separate();
    out_ += text;
}

void json_writer::append_tree(boost::json::value const& tree, std::size_t depth) {
    switch (tree.kind()) {
    case boost::json::kind::null: return append_scalar("null");
    case boost::json::kind::bool_: return boolean(tree.get_bool());
    case boost::json::kind::int64: return integer(tree.get_int64());
    case boost::json::kind::uint64: return append_scalar(std::to_string(tree.get_uint64()));
    case boost::json::kind::double_: return number(tree.get_double());
    case boost::json::kind::string: return string(tree.get_string());
    case boost::json::kind::array: return append_tree(tree.get_array(), depth);
    case boost::json::kind::object: return append_tree(tree.get_object(), depth);
    }
}

bool json_writer::is_too_deep(std::size_t depth) {
    if (depth == max_depth && fault_ == json_fault::none) {
        separate();
        fail(json_fault::too_deep);
    }
    return depth == max_depth;
}

void json_writer::append_tree(boost::json::object const& tree, std::size_t depth) {
    if (is_too_deep(depth)) return;
    begin_object();
    for (auto const& member : tree) {
        key(member.key());
        append_tree(member.value(), depth + 1);
    }
    end_object();
}

void json_writer::append_tree(boost::json::array const& tree, std::size_t depth) {
    if (is_too_deep(depth)) return;
    begin_array();
    for (auto const& element : tree) append_tree(element, depth + 1);
    end_array();
}

} // namespace async_llm::codec
