// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_WRITER_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_WRITER_HPP

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Reason why a value can't be written as JSON.
enum class json_fault {
    none,
    /// A text or a key is not UTF-8.
    invalid_utf8,
    /// A number is NaN or infinite.
    not_finite,
    /// A value is nested deeper than `json_writer::max_depth`.
    too_deep,
};

/// The fault in a sentence.
std::string_view to_string(json_fault fault) noexcept;

/// Appends compact JSON to a string, in one pass and with the commas where they belong.
/**
 * The caller opens and closes objects and arrays in pairs. After a fault everything is ignored, so that a
 * whole document can be written before the writer is asked once; what the string holds by then is the
 * beginning of the document.
 */
class json_writer {
public:
    /// Deepest nesting of a `boost::json::value`. The writer recurses, and a thread's stack may be small.
    static constexpr std::size_t max_depth = 256;

    explicit json_writer(std::string& out) noexcept : out_(out), start_(out.size()) {}
    json_writer(json_writer const&) = delete;
    json_writer& operator=(json_writer const&) = delete;

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    /// The name of the member whose value comes next.
    void key(std::string_view name);

    void string(std::string_view text);
    /// The shortest text that reads back as the same number.
    void number(double value);
    void integer(std::int64_t value);
    void boolean(bool value);

    /// \name A whole tree
    /// @{
    void value(boost::json::value const& tree) { append_tree(tree, 0); }
    void value(boost::json::object const& tree) { append_tree(tree, 0); }
    void value(boost::json::array const& tree) { append_tree(tree, 0); }
    /// @}

    json_fault fault() const noexcept { return fault_; }

    /// Place of the fault, as `messages[2].content`; empty for the document itself.
    std::string fault_path() const;

private:
    void open(char bracket);
    void close(char bracket);
    void separate();
    void fail(json_fault fault) noexcept { fault_ = fault; }
    void append_quoted(std::string_view text);
    void append_escape(char c);
    void append_scalar(std::string_view text);
    bool is_too_deep(std::size_t depth);
    void append_tree(boost::json::value const& tree, std::size_t depth);
    void append_tree(boost::json::object const& tree, std::size_t depth);
    void append_tree(boost::json::array const& tree, std::size_t depth);

    std::string& out_;
    std::size_t start_;
    json_fault fault_ = json_fault::none;
};

/// A value as JSON; cut off at a number that JSON has not.
std::string json_text(boost::json::value const& value);

} // namespace async_llm::codec

#endif
