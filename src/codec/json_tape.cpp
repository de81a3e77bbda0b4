// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json_tape.hpp"

#include "codec/unescape.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <functional>
#include <new>

namespace async_llm::codec {
namespace {

// What a thread keeps for the next text, so that most need no memory of their own.
constexpr std::size_t max_kept_entries = 4096;
constexpr std::size_t max_kept_texts = 64u * 1024;

// What the field of an entry can hold, which is more than an address has.
constexpr std::uint64_t size_bits = (std::uint64_t(1) << 48) - 1;

constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

// A string is long if it goes on for so many bytes behind its first escape. With less it does not pay to suspend the
// parser.
constexpr std::size_t long_string = 1024;
// The parser itself reads at most so many of them, and nearly as many at least. It reads a number in one of two ways,
// by whether there are 33 bytes from its beginning on, and the doubles may differ in their last bit. This keeps all
// numbers that far from the end of what it is given.
constexpr std::size_t first_part = 48;

std::string_view view(json::string_view text) noexcept { return std::string_view(text.data(), text.size()); }

/// Where in the next long string with escapes, between two characters, to suspend the parser; npos: there is none.
/** `from` is not within a string. What is found makes sense only if the text is valid up to there. */
std::size_t find_in_long_string(std::string_view text, std::size_t from) {
    auto escape = text.size() < long_string ? std::string_view::npos : text.find('\\', from);
    while (escape != std::string_view::npos && text.size() - escape >= long_string) {
        auto const quote = find_closing_quote(text.substr(escape, long_string));
        if (quote == std::string_view::npos) {
            std::string ignored;
            return escape + unescape(text.substr(escape, first_part), ignored);
        }
        escape = text.find('\\', escape + quote + 1);
    }
    return std::string_view::npos;
}

} // namespace

/// What Boost.JSON's parser tells what it finds.
class json_tape::builder {
public:
    static constexpr std::size_t max_object_size = no_parent;
    static constexpr std::size_t max_array_size = no_parent;
    static constexpr std::size_t max_key_size = no_parent;
    static constexpr std::size_t max_string_size = no_parent;

    builder(json_tape& tape, std::string_view text) noexcept : tape_(tape), text_(text) {}

    /// Is the parser within a string of which it has told a part?
    bool is_within_text() const noexcept { return stored_ != 0; }

    /// Takes the rest of such a string in place of the parser; gives how many bytes it took.
    std::size_t take_text(std::string_view text) {
        auto const before = tape_.texts_.size();
        auto const taken = unescape(text, tape_.texts_);
        stored_ += tape_.texts_.size() - before;
        return taken;
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(json::kind::object); }
    bool on_object_end(std::size_t size, error_code&) { return close(size); }
    bool on_array_begin(error_code&) { return open(json::kind::array); }
    bool on_array_end(std::size_t size, error_code&) { return close(size); }
    bool on_key_part(json::string_view part, std::size_t, error_code&) { return add_part(view(part)); }
    bool on_key(json::string_view last, std::size_t, error_code&) { return end_text(view(last)); }
    bool on_string_part(json::string_view part, std::size_t, error_code&) { return add_part(view(part)); }
    bool on_string(json::string_view last, std::size_t, error_code&) { return end_text(view(last)); }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        add(json::kind::int64).integer = number;
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        add(json::kind::uint64).natural = number;
        return true;
    }
    bool on_double(double number, json::string_view, error_code&) {
        add(json::kind::double_).real = number;
        return true;
    }
    bool on_bool(bool truth, error_code&) {
        add(json::kind::bool_).truth = truth;
        return true;
    }
    bool on_null(error_code&) {
        add(json::kind::null);
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

private:
    entry& add(json::kind kind) { return tape_.entries_.add(kind); }

    // While it is open, the container has the index of the one around it in place of its end.
    bool open(json::kind kind) {
        auto const index = tape_.entries_.size();
        add(kind).end = std::exchange(parent_, index);
        return true;
    }

    bool close(std::size_t size) {
        auto& container = tape_.entries_[parent_];
        container.size = size & size_bits;
        parent_ = std::exchange(container.end, tape_.entries_.size());
        return true;
    }

    bool add_part(std::string_view part) {
        if (stored_ == 0) place_ = tape_.texts_.size();
        tape_.texts_ += part;
        stored_ += part.size();
        return true;
    }

    bool end_text(std::string_view last) {
        // What had escapes comes from a buffer of the parser.
        bool const in_place = stored_ == 0 && is_within(last);
        if (!in_place) add_part(last);
        auto& added = add(json::kind::string);
        added.stored = !in_place;
        added.size = (in_place ? last.size() : stored_) & size_bits;
        stored_ = 0;
        if (in_place)
            added.text = last.data();
        else
            added.place = place_;
        return true;
    }

    bool is_within(std::string_view part) const noexcept {
        std::less_equal<> const before;
        return before(text_.data(), part.data()) &&
            before(part.data() + part.size(), text_.data() + text_.size());
    }

    json_tape& tape_;
    std::string_view text_;
    std::size_t parent_ = no_parent;
    // Of the string that is being read, if it comes in parts.
    std::size_t place_ = 0;
    std::size_t stored_ = 0;
};

namespace {

template <class T>
T& spare() {
    thread_local T kept;
    return kept;
}

template <class T>
void put_aside(T& used, std::size_t most) noexcept {
    if (used.capacity() > most) return;
    used.clear();
    spare<T>().swap(used);
}

} // namespace

void json_tape::entry_list::grow() {
    static_assert(sizeof(entry) == 16);
    auto const capacity = std::max<std::size_t>(64, 2 * capacity_);
    // By the allocator of C: a large list is extended where it is, so that there are never two of them.
    auto* const grown = static_cast<entry*>(std::realloc(data_, capacity * sizeof(entry)));
    if (!grown) throw std::bad_alloc();
    data_ = grown;
    capacity_ = capacity;
}

json_tape::json_tape() {
    // Swapped and not moved: within the work on one text another one may have to be read.
    entries_.swap(spare<entry_list>());
    texts_.swap(spare<std::string>());
}

json_tape::~json_tape() {
    put_aside(entries_, max_kept_entries);
    put_aside(texts_, max_kept_texts);
}

error_code json_tape::parse(std::string_view text, std::size_t max_depth, std::size_t& used) {
    json::parse_options options;
    options.max_depth = bearable_depth(max_depth);
    if (parse_by_strings(text, options, used)) return error_code();
    entries_.clear();
    texts_.clear();
    return parse_at_once(text, options, used);
}

// Behind an escape the parser goes on byte by byte. So the rest of a long string with escapes is read here, and never
// given to it: for the parser those strings are short. False: there is none, or something is wrong. Then the parser has
// to see all at once, since its errors and their places depend on how a text is cut.
bool json_tape::parse_by_strings(
    std::string_view text,
    json::parse_options const& options,
    std::size_t& used
) {
    auto cut = find_in_long_string(text, 0);
    if (cut == std::string_view::npos) return false;
    json::basic_parser<builder> parser(options, *this, text);
    error_code ec;
    std::size_t done = 0;
    for (; cut != std::string_view::npos; cut = find_in_long_string(text, done + 1)) {
        parser.write_some(true, text.data() + done, cut - done, ec);
        if (ec || !parser.handler().is_within_text()) return false;
        done = cut + parser.handler().take_text(text.substr(cut));
        if (done == text.size() || text[done] != '"') return false;
    }
    used = done + parser.write_some(false, text.data() + done, text.size() - done, ec);
    return !ec;
}

error_code
json_tape::parse_at_once(std::string_view text, json::parse_options const& options, std::size_t& used) {
    json::basic_parser<builder> parser(options, *this, text);
    error_code ec;
    used = parser.write_some(false, text.data(), text.size(), ec);
    if (ec) {
        entries_.clear();
        entries_.add(json::kind::null);
    }
    return ec;
}

std::string_view json_tape::text_of(entry const& e) const noexcept {
    return std::string_view(e.stored ? texts_.data() + e.place : e.text, e.size);
}

std::size_t json_tape::behind(std::size_t index) const noexcept {
    auto const& e = entries_[index];
    bool const is_container = e.kind == json::kind::object || e.kind == json::kind::array;
    return is_container ? e.end : index + 1;
}

json_scalar json_view::scalar() const noexcept {
    auto const& e = here();
    switch (e.kind) {
    case json::kind::bool_: return json_scalar(e.truth);
    case json::kind::int64: return json_scalar(e.integer);
    case json::kind::uint64: return json_scalar(e.natural);
    case json::kind::double_: return json_scalar(e.real);
    case json::kind::string: return json_scalar(tape_->text_of(e));
    case json::kind::null:
    case json::kind::array:
    case json::kind::object: break;
    }
    return json_scalar(e.kind);
}

json::value json_view::to_value() const {
    auto const& e = here();
    switch (e.kind) {
    case json::kind::null: break;
    case json::kind::bool_: return json::value(e.truth);
    case json::kind::int64: return json::value(e.integer);
    case json::kind::uint64: return json::value(e.natural);
    case json::kind::double_: return json::value(e.real);
    case json::kind::string: return json::value(tape_->text_of(e));
    case json::kind::array: {
        json::array list;
        list.reserve(size());
        for_each_element([&list](json_view element) {
            list.push_back(element.to_value());
            return true;
        });
        return list;
    }
    case json::kind::object: {
        json::object object;
        object.reserve(size());
        for_each_member([&object](std::string_view name, json_view value) {
            object.insert_or_assign(name, value.to_value());
        });
        return object;
    }
    }
    return nullptr;
}

std::optional<json_view> find_any(json_view from, std::string_view name) {
    std::optional<json_view> found;
    from.for_each_member([&](std::string_view key, json_view value) {
        if (key == name) found = value;
    });
    return found;
}

std::optional<json_view> find(json_view from, std::string_view name) {
    auto const found = find_any(from, name);
    return found && !found->is_null() ? found : std::nullopt;
}

std::optional<json_view> find_object(json_view from, std::string_view name) {
    auto const found = find(from, name);
    return found && found->is_object() ? found : std::nullopt;
}

std::optional<json_view> find_array(json_view from, std::string_view name) {
    auto const found = find(from, name);
    return found && found->is_array() ? found : std::nullopt;
}

std::string_view find_string(json_view from, std::string_view name) {
    auto const found = find(from, name);
    return found ? read_string(*found).value_or(std::string_view()) : std::string_view();
}

bool assign(json_view from, json::array& to) {
    if (from.is_array()) to = std::move(from.to_value().get_array());
    return from.is_array() || from.is_null();
}

bool assign(json_view from, json::object& to) {
    if (from.is_object()) to = std::move(from.to_value().get_object());
    return from.is_object() || from.is_null();
}

bool assign(json_view from, json::value& to) {
    to = from.to_value();
    return true;
}

void keep(std::string_view name, json_view from, json::object& extra) {
    extra.insert_or_assign(name, from.to_value());
}

} // namespace async_llm::codec
