// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"

#include "base/append_large.hpp"
#include "base/ascii.hpp"
#include "codec/chat/decode_chunk.hpp"
#include "codec/errors/error_words.hpp"
#include "codec/http/content_coding.hpp"
#include "codec/http/sniff.hpp"
#include "codec/json/json_document.hpp"
#include <async_llm/error.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

// Events up to this size are decoded within some milliseconds.
constexpr std::size_t max_event_in_one_step = max_body_in_one_step;

/// Returns whether the data of an event is an end mark, in one of its spellings: `[DONE]`, `"[DONE]"`,
/// `DONE`.
bool is_end_mark(std::string_view data) noexcept {
    if (data == stream_end_mark) return true;
    constexpr std::size_t longest = 8;
    if (data.size() > longest) return false;
    if (data.size() > 2 && data.front() == '"' && data.back() == '"') data = data.substr(1, data.size() - 2);
    if (data.size() > 2 && data.front() == '[' && data.back() == ']') data = data.substr(1, data.size() - 2);
    return iequals(data, "DONE");
}

std::string_view without_quotes(std::string_view text) noexcept {
    bool const is_quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view without_brackets(std::string_view text) noexcept {
    bool const is_enclosed = text.size() > 1 && text.front() == '[' && text.back() == ']';
    return is_enclosed ? text.substr(1, text.size() - 2) : text;
}

/// Returns whether a text is what servers send to show that they are alive: a truth value, a count, `ok`.
bool is_scalar_noise(std::string_view text) noexcept {
    constexpr std::size_t longest = 20;
    bool const is_number = text.size() <= longest && std::ranges::all_of(text, is_digit);
    return is_number || iequals(text, "true") || iequals(text, "false") || is_success_word(text);
}

/// Returns whether an event that is no object says nothing: `null`, `[]`, a ping, a keep-alive, a number.
bool is_noise(sse_event const& event, std::string_view data) noexcept {
    if (data.front() == '{') return false;
    if (data == "[]") return true;
    constexpr std::size_t longest = 256;
    bool const is_ping = !event.name.empty() && is_keep_alive(event.name);
    if (data.size() > longest) return false;
    if (is_ping) return !looks_like_error(data);
    auto const plain = without_quotes(data);
    return is_keep_alive(without_brackets(plain)) || is_scalar_noise(plain);
}

/// Returns whether events of this name report errors: `error`, `stream_error`, `exception`.
bool is_error_name(std::string_view name) noexcept { return !name.empty() && looks_like_error(name); }

std::string bytes_of(std::size_t size) { return std::to_string(size) + " bytes"; }

} // namespace

/// Event that is decoded in several steps.
struct chunk_reader::large_event {
    large_event(std::string_view text, event_kind k) : data(text), kind(k) {}

    std::string_view data;
    event_kind kind;
    json_document json;
    deferred_values later;
    chat_chunk chunk;
    std::string detail;
    std::optional<chunk_decoder> decoder;
    // Once it is known.
    std::optional<outcome> result;
};

/// State of a stream with events that are cut in unusual ways.
struct chunk_reader::unusual_stream {
    unusual_stream() = default;

    /// Rest of an event whose lines are events of their own.
    std::string_view lines;
    std::string name;
    split_characters characters;
    /// Returns whether the event that is being read has halves of characters that are marked.
    bool is_marked = false;
};

chunk_reader::~chunk_reader() = default;

std::size_t chunk_reader::being_decoded() const noexcept {
    if (large_event_) return large_event_->data.size();
    return document_decoder_ ? document_.size() : 0;
}

chunk_reader::chunk_reader(
    int status,
    std::string content_type,
    chunk_limits const& limits,
    std::string content_encoding
)
    : status_(status),
      content_type_(std::move(content_type)),
      content_encoding_(std::move(content_encoding)),
      limits_(limits),
      parser_(limits.max_event_size, true) {}

void chunk_reader::put(std::string_view bytes) {
    if (kind_ == body_kind::stream)
        parser_.put(bytes);
    else
        bytes_ = bytes;
}

void chunk_reader::put_end(bool complete) {
    end_ = complete ? body_end::complete : body_end::broken;
    if (kind_ == body_kind::unknown) kind_ = body_kind::document;
}

chunk_reader::outcome chunk_reader::next(chat_chunk& chunk) {
    // By far the most usual case, and so not through all that the others need.
    bool const goes_on = kind_ == body_kind::stream && final_ == outcome::need_more;
    auto const progress = goes_on && !large_event_ && !unusual_ ? read_events(chunk) : read_next(chunk);
    return unusual_ ? join_characters(progress, chunk) : progress;
}

chunk_reader::outcome chunk_reader::read_next(chat_chunk& chunk) {
    if (final_ == outcome::need_more || large_event_) {
        if (kind_ == body_kind::unknown) decide();
        if (kind_ == body_kind::stream) return next_of_stream(chunk);
    }
    chunk = chat_chunk();
    // The end mark may have come behind the last chunk, in the same event.
    if (final_ == outcome::end && kind_ == body_kind::stream) return check_promise(final_, chunk);
    return final_ == outcome::need_more ? next_of_document(chunk) : final_;
}

/// Makes an end a failure if calls were promised and did not come.
chunk_reader::outcome chunk_reader::check_promise(outcome result, chat_chunk const& chunk) {
    if (result == outcome::chunk) promised_calls_.note(chunk);
    if (result != outcome::end) return result;
    if (promised_calls_.are_missing()) return fail(errc::invalid_response, broken_promise());
    if (promised_calls_.have_no_name()) return fail(errc::invalid_response, nameless_calls());
    return result;
}

chunk_reader::unusual_stream& chunk_reader::unusual() {
    if (!unusual_) unusual_ = std::make_unique<unusual_stream>();
    return *unusual_;
}

/// Joins characters that were cut between chunks; the last come with a failure, or in a chunk before the end.
chunk_reader::outcome chunk_reader::join_characters(outcome progress, chat_chunk& chunk) {
    auto& characters = unusual_->characters;
    if (progress == outcome::need_more || progress == outcome::busy) return progress;
    if (progress != outcome::end) characters.join(chunk, std::exchange(unusual_->is_marked, false));
    if (progress == outcome::chunk || characters.empty()) return progress;
    characters.end(chunk);
    return progress == outcome::end ? outcome::chunk : progress;
}

bool chunk_reader::has_finished() const noexcept {
    return !choices_.empty() && std::ranges::all_of(choices_, &seen_choice::finished);
}

/// Looks at the first visible bytes of the body, which may have come in pieces.
void chunk_reader::decide() {
    auto const kept = document_.size();
    if (kept != 0) document_ += bytes_;
    auto const body = kept != 0 ? std::string_view(document_) : bytes_;
    // Within what is no text there is no event, however long it is.
    if (auto const coding = content_coding(content_encoding_, body); !coding.empty()) {
        kind_ = body_kind::document;
        fail(errc::unsupported_content_encoding, undecoded(coding));
        return;
    }
    kind_ = kind_of_body(body);
    if (kind_ == body_kind::stream) return begin_stream(kept);
    if (kept == 0) document_ = bytes_;
    bytes_ = {};
}

chunk_reader::body_kind chunk_reader::kind_of_body(std::string_view body) {
    if (padding_ == 0) {
        if (byte_order_mark.starts_with(body) || may_become_coded(body)) return body_kind::unknown;
        if (body.starts_with(byte_order_mark)) padding_ = byte_order_mark.size();
    }
    while (padding_ < body.size() && is_space(body[padding_])) ++padding_;

    auto const visible = body.substr(padding_);
    if (visible.empty()) return body_kind::unknown;
    switch (looks_like_stream(visible, content_type_)) {
    case sniff_result::yes: return body_kind::stream;
    case sniff_result::no: return body_kind::document;
    default: return body_kind::unknown;
    }
}

/// Gives the parser all that is visible. `kept`: how many bytes of the body came before the last \ref put.
void chunk_reader::begin_stream(std::size_t kept) {
    if (padding_ < kept) {
        // The beginning of a field's name; there can be no event in it.
        parser_.put(std::string_view(document_).substr(padding_, kept - padding_));
        sse_event none;
        parser_.next(none);
    }
    parser_.put(bytes_.substr(std::max(padding_, kept) - kept));
    bytes_ = {};
    std::string().swap(document_);
}

/// Gathers a document, or what may become one, and classifies it at its end.
chunk_reader::outcome chunk_reader::next_of_document(chat_chunk& chunk) {
    auto const limit = limits_.max_document_size;
    if (limit != 0 && document_.size() + bytes_.size() > limit)
        return fail(errc::response_too_large, "the reply is longer than " + bytes_of(limit));
    append_large(document_, bytes_);
    bytes_ = {};
    if (end_ == body_end::not_yet) return outcome::need_more;
    if (end_ == body_end::broken)
        return fail(errc::truncated_response, "the reply broke off after " + bytes_of(document_.size()));

    if (!document_decoder_) {
        completion_ = std::make_unique<chat_completion>();
        reply_view reply(status_, content_type_, document_);
        reply.one_choice = limits_.one_choice;
        document_decoder_ =
            std::make_unique<reply_decoder>(reply, limits_.decode, *completion_, error_, detail_);
    }
    if (!document_decoder_->step()) return outcome::busy;
    ec_ = document_decoder_->result();
    document_decoder_.reset();
    chunk = to_chunk(std::move(*completion_));
    completion_.reset();
    number(chunk.choices);
    final_ = ec_ ? outcome::failed : outcome::end;
    return ec_ ? outcome::failed : outcome::chunk;
}

chunk_reader::outcome chunk_reader::next_of_stream(chat_chunk& chunk) {
    auto result = outcome::need_more;
    if (large_event_) result = take_large_event(chunk);
    if (result == outcome::need_more && unusual_) result = take_line(chunk);
    return result != outcome::need_more ? check_promise(result, chunk) : read_events(chunk);
}

/// Takes events until one has something.
chunk_reader::outcome chunk_reader::read_events(chat_chunk& chunk) {
    sse_event event;
    while (parser_.next(event)) {
        auto result = outcome::need_more;
        event_size_ = event.data.size();
        if (event.is_unknown_line) [[unlikely]] {
            result = take_unknown_line(event.data, chunk);
        } else {
            ++events_;
            if (repeats_last(event, chunk)) return outcome::chunk;
            result = take_new_event(event, chunk);
        }
        if (result != outcome::need_more) return check_promise(result, chunk);
    }
    // The chunk is left alone: what memory it has is used for the next event.
    if (!parser_.too_large() && end_ == body_end::not_yet) return outcome::need_more;
    chunk = chat_chunk();
    return check_promise(finish_stream(chunk), chunk);
}

/// Nothing more comes but, perhaps, an event without the blank line behind it.
chunk_reader::outcome chunk_reader::finish_stream(chat_chunk& chunk) {
    sse_event event;
    while (!unfinished_taken_ && parser_.take_unfinished(event)) {
        auto result = outcome::need_more;
        unfinished_taken_ = !event.is_unknown_line;
        if (!event.is_unknown_line) ++events_;
        if (event.is_unknown_line) {
            // Half of a line does not count.
            if (end_ == body_end::complete) result = take_unknown_line(event.data, chunk);
        } else if (event.data.size() > max_event_in_one_step && !is_error_name(event.name) &&
                   end_ == body_end::complete) {
            result = begin_large_event(event.data, event_kind::unfinished, chunk);
        } else if (counts(event)) {
            result = take_event(event, chunk);
        }
        if (result != outcome::need_more) return result;
    }
    if (parser_.too_large())
        return fail(
            errc::invalid_sse,
            "a line or an event of the stream is longer than " + bytes_of(limits_.max_event_size) +
                " (client_config::max_event_size)"
        );
    return judge_end();
}

/// Returns whether an event counts whose end is missing. Half of one does not.
bool chunk_reader::counts(sse_event const& unfinished) const {
    if (is_end_mark(trim(unfinished.data))) return true;
    if (end_ != body_end::complete) return false;
    if (unfinished.name == "error") return true;
    json_document const json(unfinished.data, 0, limits_.decode);
    return json.next_line() != 0 || (json.valid() && json.value().is_object());
}

/// Takes what is left of an event whose lines are events of their own.
chunk_reader::outcome chunk_reader::take_line(chat_chunk& chunk) {
    auto& lines = unusual_->lines;
    while (!lines.empty()) {
        auto const end = std::min(lines.find('\n'), lines.size());
        sse_event event;
        event.name = unusual_->name;
        event.data = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        ++events_;
        event_size_ = event.data.size();
        auto const result = take_event(event, chunk);
        if (result != outcome::need_more) return result;
    }
    return outcome::need_more;
}

/// Takes an event whose lines, the first of which has a size of `first`, are events of their own.
chunk_reader::outcome chunk_reader::take_lines(sse_event const& event, std::size_t first, chat_chunk& chunk) {
    auto& stream = unusual();
    stream.name = event.name;
    stream.lines = event.data.substr(first);
    sse_event line = event;
    line.data = event.data.substr(0, first - 1);
    event_size_ = line.data.size();
    auto const result = take_event(line, chunk);
    return result == outcome::need_more ? take_line(chunk) : result;
}

/// Takes usage that stands behind the end mark, which was read, if it is there already.
chunk_reader::outcome chunk_reader::take_usage_behind_end(chat_chunk& chunk) {
    sse_event event;
    if (!parser_.next(event) || event.data.size() > max_event_in_one_step) return final_;
    json_document json(event.data, 0, limits_.decode);
    chat_chunk behind;
    std::string ignored;
    bool const is_chunk = json.value().is_object() && !find_error(json.value()) &&
        decode_chunk(json.value(), behind, ignored) && !json.budget().exceeded();
    if (!is_chunk || !behind.usage || !behind.choices.empty()) return final_;
    chunk = std::move(behind);
    has_usage_behind_end_ = true;
    return outcome::chunk;
}

/// Reads an event that differs from an earlier one in its texts alone. False: it does not.
bool chunk_reader::repeats_last(sse_event const& event, chat_chunk& chunk) {
    if (is_error_name(event.name) || !numbers_.is_single() || !pattern_.read(event.data, chunk)) return false;
    numbers_.note_repetition();
    said_texts_.note(chunk.choices.front());
    // The earlier one has reported its calls.
    if (!promised_calls_.are_kept()) promised_calls_.note(chunk);
    doubt_ = doubt::none;
    return true;
}

/// `need_more`: there is nothing in it.
chunk_reader::outcome chunk_reader::take_event(sse_event const& event, chat_chunk& chunk) {
    return repeats_last(event, chunk) ? outcome::chunk : take_new_event(event, chunk);
}

chunk_reader::outcome chunk_reader::take_new_event(sse_event const& event, chat_chunk& chunk) {
    chunk = chat_chunk();
    auto const data = trim(event.data);
    if (is_end_mark(data)) {
        auto const progress = end_by_mark();
        return progress == outcome::end ? take_usage_behind_end(chunk) : progress;
    }
    if (is_error_name(event.name)) {
        if (data.size() > max_event_in_one_step) {
            return begin_large_event(data, event_kind::error, chunk);
        }
        json_document json(data, 0, limits_.decode);
        // It may bring the last of the content; if not, it is no worse for that.
        std::string ignored;
        if (json.value().is_object()) decode_chunk(json.value(), chunk, ignored);
        return judge_error_event(json, data, chunk);
    }
    // Gateways pass the comments of others on as data.
    bool const is_comment = data.starts_with(':') && data.find('{') == std::string_view::npos;
    if (data.empty() || is_comment || is_noise(event, data)) return outcome::need_more;

    if (event.data.size() > max_event_in_one_step) {
        return begin_large_event(event.data, event_kind::usual, chunk);
    }
    json_document json(event.data, 0, limits_.decode, half_characters::marked);
    if (json.next_line() != 0) return take_lines(event, json.next_line(), chunk);
    if (json.has_marks()) unusual().is_marked = true;
    bool understood = true;
    std::string detail;
    messages_.reset();
    if (json.value().is_object()) understood = decode_chunk(json.value(), chunk, detail, &messages_);
    auto const result = judge_event(json, data, understood, std::move(detail), chunk);
    // Content behind a finish reason has to be noted, so it is read in full.
    bool const is_usual = numbers_.is_single() && messages_.none() && !has_finished();
    if (result == outcome::chunk && final_ == outcome::need_more && is_usual)
        pattern_.learn(event.data, json.value(), chunk);
    return result;
}

/// Begins to decode a large event, or the lines of one that are events of their own.
chunk_reader::outcome
chunk_reader::begin_large_event(std::string_view data, event_kind kind, chat_chunk& chunk) {
    large_event_ = std::make_unique<large_event>(data, kind);
    auto const result = take_large_event(chunk);
    return result == outcome::need_more && unusual_ ? take_line(chunk) : result;
}

/// Decodes a large event for some milliseconds; it is gone when that is done.
chunk_reader::outcome chunk_reader::take_large_event(chat_chunk& chunk) {
    auto& e = *large_event_;
    if (e.result) return finish_large_event(chunk);
    if (!e.decoder) {
        if (!e.json.step(e.data, limits_.decode)) return outcome::busy;
        e.json.tape().defer_to(e.later);
        messages_.reset();
        e.decoder.emplace(e.json.value(), e.chunk, e.detail, chunk_choice_reader(e.chunk, &messages_));
        if (e.json.value().is_object()) return outcome::busy;
    } else if (!e.decoder->step()) {
        return outcome::busy;
    }
    e.result = judge_large_event(e);
    return finish_large_event(chunk);
}

chunk_reader::outcome chunk_reader::judge_large_event(large_event& e) {
    auto const shown = trim(e.data.substr(0, max_event_in_one_step));
    if (e.kind == event_kind::error) return judge_error_event(e.json, shown, e.chunk);
    if (e.json.next_line() != 0) {
        // They are taken once this event is gone.
        unusual().name.clear();
        unusual().lines = e.data;
        return outcome::need_more;
    }
    // Half of an event does not count.
    bool const is_half = !e.json.valid() || !e.json.value().is_object();
    if (e.kind == event_kind::unfinished && is_half) return outcome::need_more;
    return judge_event(e.json, shown, e.decoder->understood(), std::move(e.detail), e.chunk);
}

/// Gives back the memory of a large event that has been classified, and hands it on when that is done.
chunk_reader::outcome chunk_reader::finish_large_event(chat_chunk& chunk) {
    if (!large_event_->json.tape().release_part()) return outcome::busy;
    auto const done = std::move(large_event_);
    chunk = std::move(done->chunk);
    return *done->result;
}

} // namespace async_llm::codec
