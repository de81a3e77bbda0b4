// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_tape.hpp"

#include "base/ascii.hpp"
#include "base/thread_spare.hpp"
#include "codec/json/deferred_values.hpp"
#include "codec/json/json_tree.hpp"
#include "codec/json/text_reader.hpp"
#include "codec/json/unescape.hpp"
#include <async_llm/error.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <functional>

namespace async_llm::codec {
namespace {

// Memory that a thread keeps for the next text, so that most need none of their own.
constexpr std::size_t max_kept_entries = 4096;
constexpr std::size_t max_kept_texts = 64u * 1024;

// Bytes of a large text that are parsed in one step: a few milliseconds, with escapes in it or without.
constexpr std::size_t step_size = 512u * 1024;

// Memory that is given back in one step: a few milliseconds.
constexpr std::size_t release_size = 64u * 1024 * 1024;

constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

// A string is long if it goes on for so many bytes behind its first escape. With less it does not pay to
// suspend the parser.
constexpr std::size_t long_string = 1024;
// The parser itself reads at most so many of them, and nearly as many at least. It reads a number in one of
// two ways, by whether there are 33 bytes from its beginning on, and the doubles may differ in their last
// bit. This keeps all numbers that far from the end of what it is given.
constexpr std::size_t first_part = 48;

// Work to keep a member, beside its value: it is looked up, copied, and moved when the object grows.
constexpr std::size_t work_to_keep = 4;

std::string_view view(json::string_view text) noexcept { return std::string_view(text.data(), text.size()); }

/// Place in the next long string with escapes, between two characters, at which to suspend the parser; npos:
/// there is none.
/** `start` is not within a string. What is found makes sense only if the text is valid up to there. */
std::size_t find_in_long_string(std::string_view text, std::size_t start) {
    auto escape = text.size() < long_string ? std::string_view::npos : text.find('\\', start);
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

/// Finds the beginning of the escape sequence that is not complete before `at`, or `at`. `start` is before or
/// behind none.
std::size_t begin_of_escape(std::string_view text, std::size_t start, std::size_t at) noexcept {
    constexpr std::size_t longest = 6;
    auto const near = at - std::min(longest, at - start);
    auto const last = text.substr(near, at - near).rfind('\\');
    if (last == std::string_view::npos) return at;
    auto const slash = near + last;
    // In a row of them each second one is escaped by the one before it.
    auto before = text.substr(start, slash - start).find_last_not_of('\\');
    before = before == std::string_view::npos ? start : start + before + 1;
    if ((slash - before) % 2 != 0) return at;
    auto const size = slash + 1 < at && text[slash + 1] != 'u' ? std::size_t(2) : longest;
    return slash + size > at ? slash : at;
}

/// Finds the beginning of the character that is not complete before `at`, or `at`.
std::size_t begin_of_character(std::string_view text, std::size_t at) noexcept {
    for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
        auto const byte = static_cast<unsigned char>(text[at - back]);
        if (byte < 0x80) return at;
        if (byte < 0xc0) continue;
        std::size_t const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return size > back ? at - back : at;
    }
    return at;
}

/// Returns whether the first half of a surrogate pair ends before `at`.
bool is_within_pair(std::string_view text, std::size_t at) noexcept {
    if (at < 6 || text[at - 6] != '\\' || text[at - 5] != 'u') return false;
    return to_lower(text[at - 4]) == 'd' &&
        std::string_view("89abAB").find(text[at - 3]) != std::string_view::npos;
}

/// Finds the end of a part of a large text that begins at `start`: `stop`, or as little before it as
/// possible.
/**
 * Never within a character or an escape sequence: Boost.JSON's parser, when it goes on from there, takes up
 * to three bytes more than its buffer holds if the rest of the string is long (1.81,
 * basic_parser::parse_escaped, str8, str7, sur6).
 */
std::size_t find_cut(std::string_view text, std::size_t start, std::size_t stop) noexcept {
    if (stop == text.size()) return stop;
    return begin_of_escape(text, start, begin_of_character(text, stop));
}

} // namespace

/// Handler to which Boost.JSON's parser reports.
class json_tape::builder {
public:
    static constexpr std::size_t max_object_size = no_parent;
    static constexpr std::size_t max_array_size = no_parent;
    static constexpr std::size_t max_key_size = no_parent;
    static constexpr std::size_t max_string_size = no_parent;

    builder(json_tape& tape, std::string_view text) noexcept : tape_(tape), text_(text) {}

    /// Returns whether the parser is within a string of which it has reported a part.
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
    bool on_object_begin(error_code& ec) { return open(json::kind::object, ec); }
    bool on_object_end(std::size_t size, error_code&) { return close(size); }
    bool on_array_begin(error_code& ec) { return open(json::kind::array, ec); }
    bool on_array_end(std::size_t size, error_code&) { return close(size); }
    bool on_key_part(json::string_view part, std::size_t, error_code&) { return add_part(view(part)); }
    bool on_key(json::string_view last, std::size_t, error_code& ec) { return end_text(view(last), ec); }
    bool on_string_part(json::string_view part, std::size_t, error_code&) { return add_part(view(part)); }
    bool on_string(json::string_view last, std::size_t, error_code& ec) { return end_text(view(last), ec); }
    bool on_number_part(json::string_view, error_code&) {
        number_is_cut_ = true;
        return true;
    }
    bool on_int64(std::int64_t number, json::string_view text, error_code& ec) {
        add_number(json::kind::int64, text).integer = number;
        return fits(ec);
    }
    bool on_uint64(std::uint64_t number, json::string_view text, error_code& ec) {
        add_number(json::kind::uint64, text).natural = number;
        return fits(ec);
    }
    bool on_double(double number, json::string_view text, error_code& ec) {
        add_number(json::kind::double_, text).real = number;
        return fits(ec);
    }
    bool on_bool(bool truth, error_code& ec) {
        add(json::kind::bool_).truth = truth;
        return fits(ec);
    }
    bool on_null(error_code& ec) {
        add(json::kind::null);
        return fits(ec);
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

private:
    entry& add(json::kind kind, std::uint64_t size = 0, bool is_stored = false) {
        auto& added = tape_.entries_.add();
        added.set(kind, size, is_stored);
        return added;
    }

    /// Adds a number with the place of its text; 0: not known.
    entry& add_number(json::kind kind, json::string_view text) {
        bool const is_cut = std::exchange(number_is_cut_, false);
        return add(kind, is_cut ? 0 : static_cast<std::uint64_t>(text.data() - text_.data()));
    }

    bool fits(error_code& ec) const {
        if (!tape_.entries_.is_full()) [[likely]]
            return true;
        ec = errc::json_too_complex;
        return false;
    }

    // While it is open, the container has the index of the one around it in place of its end.
    bool open(json::kind kind, error_code& ec) {
        auto const index = tape_.entries_.size();
        add(kind).end = std::exchange(parent_, index);
        return fits(ec);
    }

    bool close(std::size_t size) {
        auto& container = tape_.entries_[parent_];
        container.set(container.kind(), size);
        parent_ = std::exchange(container.end, tape_.entries_.size());
        return true;
    }

    bool add_part(std::string_view part) {
        if (stored_ == 0) place_ = tape_.texts_.size();
        tape_.texts_.append(part);
        stored_ += part.size();
        return true;
    }

    bool end_text(std::string_view last, error_code& ec) {
        // Texts with escapes come from a buffer of the parser.
        bool const in_place = stored_ == 0 && is_within(last);
        if (!in_place) add_part(last);
        auto& added = add(json::kind::string, in_place ? last.size() : stored_, !in_place);
        stored_ = 0;
        if (in_place)
            added.text = last.data();
        else
            added.place = place_;
        return fits(ec);
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
    bool number_is_cut_ = false;
};

namespace {

template <class T>
void recycle(T& used, std::size_t most) noexcept {
    if (used.capacity() > most) return;
    used.clear();
    thread_spare<T>().swap(used);
}

} // namespace

json_tape::json_tape() {
    // Swapped and not moved: within the work on one text another one may have to be read.
    entries_.swap(thread_spare<growing_list<entry>>());
    texts_.swap(thread_spare<growing_text>());
}

json_tape::~json_tape() {
    recycle(entries_, max_kept_entries);
    recycle(texts_, max_kept_texts);
}

/// Parser of a text that takes several steps, and how far it has come.
struct json_tape::stepper {
    stepper(json_tape& tape, json::parse_options const& options) : parser(options, tape, tape.text_) {}

    std::size_t find_next_cut(std::string_view text, std::size_t stop) const;

    json::basic_parser<builder> parser;
    std::size_t done = 0;
    /// The last part did not end between the halves of a surrogate pair.
    bool at_character = true;
};

void json_tape::begin(std::string_view text, decode_limits const& limits) {
    begin(text, limits, json_budget(limits, text.size()));
}

void json_tape::begin(std::string_view text, decode_limits const& limits, json_budget const& budget) {
    text_ = text;
    max_depth_ = bearable_depth(limits.max_json_depth);
    budget_ = budget;
    // The list has a quarter of room to spare, too.
    auto const most = budget_.memory_left() / (sizeof(entry) + sizeof(entry) / 4);
    entries_.limit_to(std::max<std::size_t>(most, 1));
    if (text.size() <= max_whole) return;
    // A value takes two bytes of the text at least.
    entries_.grow_ahead(text.size() / 2);
    texts_.grow_ahead(text.size());
}

bool json_tape::step() {
    json::parse_options options;
    options.max_depth = max_depth_;
    if (text_.size() > max_whole) {
        if (!stepper_) stepper_ = std::make_unique<stepper>(*this, options);
        return parse_part();
    }
    error_code ec;
    if (!parse_by_strings(options)) {
        entries_.clear();
        texts_.clear();
        ec = parse_whole(options);
    }
    budget_.take_work(entries_.size() + json_budget::work_of_text(used_));
    end(ec);
    return true;
}

error_code json_tape::parse(std::string_view text, decode_limits const& limits, std::size_t& used) {
    begin(text, limits);
    while (!step()) {
    }
    used = used_;
    return error_;
}

bool json_tape::release_part() noexcept {
    return entries_.release_part(release_size) && texts_.release_part(release_size);
}

void json_tape::end(error_code ec) {
    if (stepper_) {
        stepper_.reset();
        entries_.shrink();
        texts_.shrink();
    }
    if (entries_.is_full())
        budget_.exceed(json_budget::limit::memory);
    else if (!ec && budget_.memory_left() != static_cast<std::size_t>(-1))
        budget_.take_memory(entries_.size() * (sizeof(entry) + sizeof(entry) / 4) + texts_.capacity());
    error_ = budget_.exceeded() ? budget_.error() : ec;
    if (!error_) return;
    entries_.clear();
    auto& null = entries_.add();
    null = entry();
    null.set(json::kind::null, 0);
}

// Behind an escape the parser goes on byte by byte. So the rest of a long string with escapes is read here,
// and never given to it: for the parser those strings are short. False: there is none, or something is wrong.
// Then the parser has to see all in one piece, since its errors and their places depend on how a text is cut.
bool json_tape::parse_by_strings(json::parse_options const& options) {
    auto cut = find_in_long_string(text_, 0);
    if (cut == std::string_view::npos) return false;
    json::basic_parser<builder> parser(options, *this, text_);
    error_code ec;
    std::size_t done = 0;
    for (; cut != std::string_view::npos; cut = find_in_long_string(text_, done + 1)) {
        parser.write_some(true, text_.data() + done, cut - done, ec);
        if (ec || !parser.handler().is_within_text()) return false;
        done = cut + parser.handler().take_text(text_.substr(cut));
        if (done == text_.size() || text_[done] != '"') return false;
    }
    used_ = done + parser.write_some(false, text_.data() + done, text_.size() - done, ec);
    return !ec;
}

error_code json_tape::parse_whole(json::parse_options const& options) {
    json::basic_parser<builder> parser(options, *this, text_);
    error_code ec;
    used_ = parser.write_some(false, text_.data(), text_.size(), ec);
    return ec;
}

/// Finds the end of what the parser is given next of a large text: where a long string with escapes goes on,
/// which is read in its place, or `stop`.
std::size_t json_tape::stepper::find_next_cut(std::string_view text, std::size_t stop) const {
    auto const within =
        at_character ? find_in_long_string(text.substr(0, stop), done) : std::string_view::npos;
    return within != std::string_view::npos && within > done ? within : find_cut(text, done, stop);
}

// A large text is cut into parts, which the parser bears, except for the last bit of a number near a cut. The
// rest of a string in which a part ended is read here, which is several times as fast as the parser once
// there was an escape.
bool json_tape::parse_part() {
    auto& s = *stepper_;
    auto& handler = s.parser.handler();
    auto const entries_before = entries_.size();
    auto const done_before = s.done;
    auto const stop = std::min(s.done + step_size, text_.size());
    error_code ec;
    bool more = true;
    while (more && !ec && !s.parser.done()) {
        if (s.at_character && handler.is_within_text()) {
            auto const taken = handler.take_text(text_.substr(s.done, stop - s.done));
            s.done += taken;
            if (taken != 0 && s.done != text_.size() && text_[s.done] != '"') break;
        }
        if (s.done == stop && stop != text_.size()) break;
        auto const cut = s.find_next_cut(text_, stop);
        // Between the halves of a pair, or right behind what was read here, there may be nothing before it.
        if (cut == s.done && cut != text_.size()) break;
        more = cut < text_.size();
        s.at_character = !is_within_pair(text_, cut);
        s.done += s.parser.write_some(more, text_.data() + s.done, cut - s.done, ec);
    }
    budget_.take_work(entries_.size() - entries_before + json_budget::work_of_text(s.done - done_before));
    // A value that ends before the text does ends the parser as well.
    if (!ec && more && !s.parser.done()) return false;
    used_ = s.done;
    end(ec);
    return true;
}

json_scalar json_view::scalar() const noexcept {
    auto const& e = here();
    switch (e.kind()) {
    case json::kind::bool_: return json_scalar(e.truth);
    case json::kind::int64: return json_scalar(e.integer);
    case json::kind::uint64: return json_scalar(e.natural);
    case json::kind::double_: return json_scalar(e.real);
    case json::kind::string: return json_scalar(tape_->text_of(e));
    case json::kind::null:
    case json::kind::array:
    case json::kind::object: break;
    }
    return json_scalar(e.kind());
}

std::string_view json_view::number_text() const noexcept {
    auto const& e = here();
    bool const is_number =
        e.kind() == json::kind::int64 || e.kind() == json::kind::uint64 || e.kind() == json::kind::double_;
    if (!is_number || e.size() == 0) return {};
    auto const text = tape_->text_.substr(e.size());
    return text.substr(0, text.find_first_not_of("0123456789+-.eE"));
}

std::size_t json_view::text_size() const noexcept {
    std::size_t size = 0;
    for (auto i = index_; i != tape_->behind(index_); ++i) {
        auto const& e = tape_->entries_[i];
        if (e.kind() == json::kind::string) size += e.size();
    }
    return size;
}

json::value json_view::to_value() const {
    if (auto* const later = deferred()) return later->take_or_defer<tree_builder>(*this, work_of_tree(*this));
    return build_tree(*this);
}

json::value json_view::to_cut_value(std::size_t max_values, std::size_t max_text) const {
    return build_cut_tree(*this, max_values, max_text);
}

std::optional<json_view> find_any(json_view source, std::string_view name) {
    std::optional<json_view> found;
    if (!source.budget().allows_members(source.size())) return found;
    source.for_each_member([&](std::string_view key, json_view value) {
        if (key == name) found = value;
    });
    return found;
}

std::optional<json_view> find(json_view source, std::string_view name) {
    auto const found = find_any(source, name);
    return found && !found->is_null() ? found : std::nullopt;
}

std::optional<json_view> find_object(json_view source, std::string_view name) {
    auto const found = find(source, name);
    return found && found->is_object() ? found : std::nullopt;
}

std::optional<json_view> find_array(json_view source, std::string_view name) {
    auto const found = find(source, name);
    return found && found->is_array() ? found : std::nullopt;
}

std::string_view find_string(json_view source, std::string_view name) {
    auto const found = find(source, name);
    return found ? read_string(*found).value_or(std::string_view()) : std::string_view();
}

namespace {

// By itself, for what it needs of the stack is not needed by the many texts of small replies.
void take_or_defer(json_view source, std::size_t size, std::string& out) {
    out = source.deferred()->take_or_defer<text_reader>(source, 1 + json_budget::work_of_text(size));
}

} // namespace

bool assign(json_view source, json::array& out) {
    if (source.is_array()) {
        auto value = source.to_value();
        if (auto* const list = value.if_array()) out = std::move(*list);
    }
    return source.is_array() || source.is_null();
}

bool assign(json_view source, json::object& out) {
    if (source.is_object()) {
        auto value = source.to_value();
        if (auto* const object = value.if_object()) out = std::move(*object);
    }
    return source.is_object() || source.is_null();
}

bool assign(json_view source, json::value& out) {
    out = source.to_value();
    return true;
}

bool assign(json_view source, std::string& out) {
    auto const text = source.text();
    if (!text) return source.is_null();
    if (source.deferred()) [[unlikely]]
        take_or_defer(source, text->size(), out);
    else if (source.budget().take_text(text->size()))
        out.assign(*text);
    return true;
}

std::optional<std::string_view> take_text(json_view source) noexcept {
    auto text = source.text();
    if (text && !source.budget().take_text(text->size())) text->remove_suffix(text->size());
    return text;
}

void keep(std::string_view name, json_view source, json::object& extra) {
    auto& budget = source.budget();
    // A list of members has room for as many again.
    auto const size = 2 * sizeof(json::key_value_pair) + name.size() + json_budget::block_overhead;
    auto const work = work_to_keep + json_budget::work_of_text(name.size());
    if (budget.take_values(1) && budget.take_memory(size) && budget.take_work(work))
        extra.insert_or_assign(name, source.to_value());
}

} // namespace async_llm::codec
