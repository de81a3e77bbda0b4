// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_TAPE_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_TAPE_HPP

#include "codec/json/decode_limits.hpp"
#include "codec/json/growing_list.hpp"
#include "codec/json/json_budget.hpp"
#include "codec/json/json_scalar.hpp"

#include <boost/json/kind.hpp>
#include <boost/json/parse_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::codec {

class deferred_values;
class json_view;

/// A parsed JSON text as the list of its values in their order: what is read once and thrown away needs no
/// tree.
/**
 * A string without escapes stays where it is in the text. A container stands before what is in it; of the
 * members of an object, all are there, also those of the same name.
 */
class json_tape {
public:
    json_tape();
    json_tape(json_tape const&) = delete;
    json_tape& operator=(json_tape const&) = delete;
    ~json_tape();

    /// Texts up to this size are parsed in one step.
    static constexpr std::size_t max_whole = 1024u * 1024;

    /// Begins to parse the value at the beginning of `text`, which has to stay. To be called once, before
    /// \ref step.
    void begin(std::string_view text, decode_limits const& limits);

    /// Begins likewise with an account that something has been taken from.
    void begin(std::string_view text, decode_limits const& limits, json_budget const& budget);

    /// Parses for some milliseconds at most. False: it is to be called again.
    bool step();

    /// Parses the value at the beginning of `text` to its end.
    /**
     * `used` becomes the bytes that it took; of a text that does not parse, where it went wrong. The errors
     * are those of
     * \ref parse_json; after one the root is null.
     */
    error_code parse(std::string_view text, decode_limits const& limits, std::size_t& used);

    /// \name After the last step
    /// @{
    error_code const& error() const noexcept { return error_; }
    std::size_t used() const noexcept { return used_; }
    json_view root() const noexcept;
    std::size_t size() const noexcept { return entries_.size(); }
    /// @}

    /// Gives back memory for some milliseconds at most; nothing is to be read any more. False: there is more.
    bool release_part() noexcept;

    /// Account of what the text and all that is made of it may take.
    json_budget& budget() const noexcept { return budget_; }

    /// Has large values built in steps by `values`, which has to stay, instead of within \ref
    /// json_view::to_value.
    void defer_to(deferred_values& values) noexcept { deferred_ = &values; }

private:
    friend class json_view;
    class builder;
    struct stepper;

    /// Sixteen bytes, as a value of a tree: of small values there can be half as many as bytes of text.
    struct entry {
        /// Writes kind, size and `is_stored`, which are in one word: by themselves they are slow to be
        /// written.
        void set(json::kind kind, std::uint64_t size, bool is_stored = false) noexcept {
            head = static_cast<std::uint64_t>(kind) | (is_stored ? stored_bit : 0) | size << size_shift;
        }

        json::kind kind() const noexcept { return static_cast<json::kind>(head & (stored_bit - 1)); }
        /// Returns whether a string is at `place` in `texts_`, and not at `text`.
        bool is_stored() const noexcept { return (head & stored_bit) != 0; }
        /// Bytes of a string, members of an object, elements of an array, the place of a number in the text.
        /// It has 48 bits, which is more than an address has.
        std::size_t size() const noexcept { return static_cast<std::size_t>(head >> size_shift); }

        static constexpr std::uint64_t stored_bit = 256;
        static constexpr int size_shift = 16;

        std::uint64_t head;
        union {
            std::int64_t integer;
            std::uint64_t natural;
            double real;
            bool truth;
            char const* text;
            std::size_t place;
            /// The index behind a container and all that is in it.
            std::size_t end;
        };
    };

    bool parse_by_strings(json::parse_options const& options);
    error_code parse_whole(json::parse_options const& options);
    bool parse_part();
    void end(error_code ec);

    // Within the class, as each walk through a tape takes them for each of its members.
    std::string_view text_of(entry const& e) const noexcept {
        return std::string_view(e.is_stored() ? texts_.data() + e.place : e.text, e.size());
    }
    std::size_t behind(std::size_t index) const noexcept {
        auto const& e = entries_[index];
        bool const is_container = e.kind() == json::kind::object || e.kind() == json::kind::array;
        return is_container ? e.end : index + 1;
    }

    growing_list<entry> entries_;
    /// The strings that had escapes.
    growing_text texts_;
    std::string_view text_;
    std::size_t max_depth_ = 0;
    std::size_t used_ = 0;
    error_code error_;
    mutable json_budget budget_;
    deferred_values* deferred_ = nullptr;
    // Of a text that is parsed in several steps.
    std::unique_ptr<stepper> stepper_;
};

/// A value of a tape. Members and elements are read in their order; finding one takes time in proportion to
/// their number.
class json_view {
public:
    json_view(json_tape const& tape, std::size_t index) noexcept : tape_(&tape), index_(index) {}

    json::kind kind() const noexcept { return here().kind(); }
    bool is_null() const noexcept { return kind() == json::kind::null; }
    bool is_object() const noexcept { return kind() == json::kind::object; }
    bool is_array() const noexcept { return kind() == json::kind::array; }

    /// Returns the text of a string; unset: it is none.
    std::optional<std::string_view> text() const noexcept {
        auto const& e = here();
        if (e.kind() != json::kind::string) return std::nullopt;
        return tape_->text_of(e);
    }

    /// Returns the value if it is no container.
    json_scalar scalar() const noexcept;

    /// Returns a number as it is written. Empty: it is none, or where it is written is not known.
    std::string_view number_text() const noexcept;

    /// Makes a tree of it, within the budget of the tape; null if that is exceeded.
    /** A large one may be deferred (\ref deferred_values): then it is null for now. */
    json::value to_value() const;

    /// Makes a tree of the part that fits these bounds; longer texts are cut, further values left out.
    json::value to_cut_value(std::size_t max_values, std::size_t max_text) const;

    json_budget& budget() const noexcept { return tape_->budget(); }
    deferred_values* deferred() const noexcept { return tape_->deferred_; }

    /// \name Walking
    /// The index of the value in the tape; how many entries it takes; what follows it; what a container has
    /// first.
    /// @{
    std::size_t index() const noexcept { return index_; }
    std::size_t span() const noexcept { return tape_->behind(index_) - index_; }
    json_view next() const noexcept { return json_view(*tape_, tape_->behind(index_)); }
    json_view first() const noexcept { return json_view(*tape_, index_ + 1); }
    /// @}

    /// Calls `f(name, value)` for each member. Precondition: is_object().
    template <class F>
    void for_each_member(F f) const {
        auto at = index_ + 1;
        for (auto left = here().size(); left != 0; --left) {
            f(tape_->text_of(tape_->entries_[at]), json_view(*tape_, at + 1));
            at = tape_->behind(at + 1);
        }
    }

    /// Calls `f(value)` for each element, while it returns true. Precondition: is_array().
    template <class F>
    bool for_each_element(F f) const {
        auto at = index_ + 1;
        for (auto left = here().size(); left != 0; --left) {
            if (!f(json_view(*tape_, at))) return false;
            at = tape_->behind(at);
        }
        return true;
    }

    /// Bytes of all texts in it, names included.
    std::size_t text_size() const noexcept;

    /// Returns the number of elements or members. Precondition: it is a container.
    std::size_t size() const noexcept { return here().size(); }

private:
    json_tape::entry const& here() const noexcept { return tape_->entries_[index_]; }

    json_tape const* tape_;
    std::size_t index_;
};

inline json_view json_tape::root() const noexcept { return json_view(*this, 0); }

/// A member; of several, the last. Precondition of these: `source` is an object.
/** An object with more members than the limits allow has none, and exceeds the budget. */
std::optional<json_view> find_any(json_view source, std::string_view name);
/// A member that is not null, which providers use as if it were missing.
std::optional<json_view> find(json_view source, std::string_view name);
/// A member that is an object.
std::optional<json_view> find_object(json_view source, std::string_view name);
/// A member that is an array.
std::optional<json_view> find_array(json_view source, std::string_view name);
/// A member that is a string; empty: it is none.
std::string_view find_string(json_view source, std::string_view name);

inline std::optional<std::string_view> read_string(json_view source) noexcept { return source.text(); }
inline std::optional<double> read_double(json_view source) noexcept { return read_double(source.scalar()); }
inline std::optional<std::int64_t> read_int(json_view source) noexcept { return read_int(source.scalar()); }

/// Reads a value, whether there or null; false: it has another type, and `out` is as it was.
template <class T>
bool assign(json_view source, T& out) {
    return assign(source.scalar(), out);
}
/// Copies a text within the budget of its tape; beyond it the text stays empty.
/** A large one may be deferred (\ref deferred_values): then it is empty for now. */
bool assign(json_view source, std::string& out);
bool assign(json_view source, json::array& out);
bool assign(json_view source, json::object& out);
bool assign(json_view source, json::value& out);

template <class T>
bool assign(json_view source, std::optional<T>& out) {
    if (source.is_null()) return true;
    T read{};
    if (!assign(source, read)) return false;
    out.emplace(std::move(read));
    return true;
}

/// Short text of a value, to be copied: empty if the budget does not allow that. Unset: it is no text.
std::optional<std::string_view> take_text(json_view source) noexcept;

/// Keeps a member that was not understood.
void keep(std::string_view name, json_view source, json::object& extra);

/// Calls `understood(name, value)` for each member, and keeps those for which it returns false in `extra`.
/** Nothing is called for an object with more members than the limits allow. */
template <class Understood>
void read_members(json_view source, json::object& extra, Understood understood) {
    if (!source.budget().allows_members(source.size())) return;
    source.for_each_member([&](std::string_view name, json_view value) {
        if (!understood(name, value)) keep(name, value, extra);
    });
}

} // namespace async_llm::codec

#endif
