// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/credential_mask.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace async_llm::codec {
namespace {

namespace json = boost::json;

constexpr std::string_view mask = "***";

/// For a secret whose beginning is none.
constexpr std::size_t whole_only = static_cast<std::size_t>(-1);

/// The characters that begin what is written as more than itself.
constexpr std::string_view escape_marks = "%\\&";

/// One character of a text and the bytes in which it is written.
struct written_char {
    written_char() = default;
    written_char(char c, std::size_t n) noexcept : value(c), length(n) {}

    char value = '\0';
    /// 0: there is none.
    std::size_t length = 0;
};

written_char read_percent(std::string_view text) noexcept {
    int const high = text.size() > 2 ? hex_value(text[1]) : -1;
    int const low = text.size() > 2 ? hex_value(text[2]) : -1;
    return high < 0 || low < 0 ? written_char() : written_char(static_cast<char>(high * 16 + low), 3);
}

/// Reads a number with the given base that ends before `end`.
written_char read_number(std::string_view text, std::size_t begin, std::size_t end, int base) noexcept {
    unsigned value = 0;
    auto const* const last = text.data() + end;
    auto const read = std::from_chars(text.data() + begin, last, value, base);
    bool const is_ascii_char = read.ec == std::errc() && read.ptr == last && value < 0x80;
    return is_ascii_char ? written_char(static_cast<char>(value), end) : written_char();
}

/// Reads an escape of a JSON string, also of one that was put into others, which doubles its backslashes.
written_char read_backslash(std::string_view text) noexcept {
    // A peer may send millions of them, each of which is looked at.
    constexpr std::size_t longest = 64;
    text = text.substr(0, longest);
    auto const at = text.find_first_not_of('\\');
    if (at == std::string_view::npos) return text.size() > 1 ? written_char('\\', 2) : written_char();
    switch (text[at]) {
    case 'u': return text.size() < at + 5 ? written_char() : read_number(text, at + 1, at + 5, 16);
    case 'n':
    case 'r':
    case 't': return written_char(' ', at + 1);
    case '"':
    case '/':
    case '\'': return written_char(text[at], at + 1);
    default: return at > 1 ? written_char('\\', 2) : written_char();
    }
}

constexpr std::array<std::pair<std::string_view, char>, 5> entities{{
    {"&amp;", '&'},
    {"&lt;", '<'},
    {"&gt;", '>'},
    {"&quot;", '"'},
    {"&apos;", '\''},
}};

written_char read_entity(std::string_view text) noexcept {
    for (auto const& [name, value] : entities) {
        if (istarts_with(text, name)) return written_char(value, name.size());
    }
    constexpr std::size_t longest = 8;
    auto const end = text.substr(0, longest).find(';');
    if (!text.starts_with("&#") || end == std::string_view::npos) return written_char();
    bool const hex = to_lower(text[2]) == 'x';
    auto number = hex ? read_number(text, 3, end, 16) : read_number(text, 2, end, 10);
    if (number.length != 0) ++number.length;
    return number;
}

/// Reads a character that is written as more than itself. Length 0: it stands for itself.
written_char read_encoded(std::string_view text) noexcept {
    switch (text.front()) {
    case '%': return read_percent(text);
    case '\\': return read_backslash(text);
    case '&': return read_entity(text);
    default: return written_char();
    }
}

/// Bytes at the beginning that may stand between two characters of a secret; 0: none.
std::size_t gap_length(std::string_view text, written_char encoded) noexcept {
    constexpr std::size_t longest_tag = 32;
    if (is_space(text.front())) return 1;
    if (encoded.length != 0 && is_space(encoded.value)) return encoded.length;
    if (text.front() != '<') return 0;
    auto const end = text.substr(0, longest_tag).find('>');
    return end == std::string_view::npos ? 0 : end + 1;
}

bool is_cut_before(std::string_view rest) noexcept {
    return rest.empty() || rest.starts_with("...") || rest.starts_with("\xe2\x80\xa6");
}

// Longest gap between two characters of a secret: without a limit, time grows with the square of the text.
constexpr std::size_t longest_gap = 48;

/// The bytes at the beginning of `text` that are `needle`, or its beginning in front of a cut; 0: none.
/** `decodes`: of two ways to read a character, the one that decodes it goes first. */
std::size_t
match(std::string_view text, std::string_view needle, std::size_t min_beginning, bool decodes) noexcept {
    std::size_t at = 0;
    std::size_t matched = 0;
    std::size_t end = 0;
    std::size_t gaps = 0; // since the last match
    while (matched < needle.size() && at < text.size()) {
        auto const rest = text.substr(at);
        auto const encoded = read_encoded(rest);
        bool const literal_fits = to_lower(rest.front()) == needle[matched];
        bool const encoded_fits = encoded.length != 0 && to_lower(encoded.value) == needle[matched];
        if (literal_fits || encoded_fits) {
            at += encoded_fits && (decodes || !literal_fits) ? encoded.length : 1;
            end = at;
            ++matched;
            gaps = 0;
        } else if (auto const gap = matched == 0 ? 0 : gap_length(rest, encoded); gap != 0) {
            at += gap;
            gaps += gap;
            if (gaps > longest_gap) break;
        } else {
            break;
        }
    }
    if (matched == needle.size()) return end;
    return matched >= min_beginning && is_cut_before(text.substr(end)) ? end : 0;
}

std::string without_space(std::string_view text) {
    std::string result(text);
    std::erase_if(result, is_space);
    return result;
}

std::string for_urls(std::string base64) {
    std::replace(base64.begin(), base64.end(), '+', '-');
    std::replace(base64.begin(), base64.end(), '/', '_');
    return base64;
}

bool is_scheme(std::string_view word) noexcept {
    constexpr std::array<std::string_view, 6> schemes{"bearer", "basic", "token", "key", "apikey", "api-key"};
    return std::ranges::any_of(schemes, [word](auto known) { return iequals(word, known); });
}

} // namespace

bool carries_credential(std::string_view field_name) noexcept {
    if (iequals(field_name, "Idempotency-Key")) return false;
    return icontains_any(
        field_name,
        {"auth", "key", "token", "secret", "cookie", "passw", "credential", "signature"}
    );
}

// ----------------------------------------------------------------------------------------------- the secrets

credential_mask::needle::needle(std::string form, std::size_t beginning)
    : text(std::move(form)),
      min_beginning(beginning),
      ambiguous(text.find_first_of(escape_marks) != std::string::npos) {}

void credential_mask::add_form(std::string_view form, std::size_t min_beginning) {
    needle added(lower_case(without_space(form)), min_beginning);
    bool const known = std::ranges::find(needles_, added.text, &needle::text) != needles_.end();
    if (added.text.empty() || known) return;
    auto const first = added.text.front();
    auto const upper = is_letter(first) ? static_cast<char>(first - 'a' + 'A') : first;
    for (char const c : {first, upper}) begins_[static_cast<unsigned char>(c)] = true;
    for (char const c : escape_marks) begins_[static_cast<unsigned char>(c)] = true;
    needles_.push_back(std::move(added));
}

/// Adds the base 64 of the secret, alone and as a part of any text, which differs by its offset in three
/// bytes.
void credential_mask::add_base64(std::string_view secret, std::size_t min_beginning) {
    auto const add = [this, min_beginning](std::string const& form) {
        add_form(form, min_beginning);
        add_form(for_urls(form), min_beginning);
    };
    auto alone = base64_encode(secret);
    alone.erase(std::min(alone.find('='), alone.size()));
    add(alone);
    for (std::size_t offset = 0; offset < 3; ++offset) {
        auto const encoded = base64_encode(std::string(offset, ' ').append(secret));
        // Only of characters whose six bits are all the secret's.
        auto const begin = (offset * 8 + 5) / 6;
        auto const end = (offset + secret.size()) * 8 / 6;
        add(encoded.substr(begin, end - begin));
    }
}

void credential_mask::add_secret(std::string_view secret) {
    constexpr std::size_t long_enough = 8;
    add_secret(secret, std::clamp<std::size_t>(secret.size() / 2, 4, long_enough));
}

void credential_mask::add_secret(std::string_view secret, std::size_t min_beginning) {
    secret = trim(secret);
    if (secret.size() < min_secret_size) return;
    add_form(secret, min_beginning);
    add_base64(secret, min_beginning);
}

/// Adds `user:password`.
void credential_mask::add_login(std::string_view login) {
    auto const colon = login.find(':');
    if (colon == std::string_view::npos) return;
    // If it is cut off, its beginning is the user, and the password is found by itself.
    add_secret(login, whole_only);
    auto const password = login.substr(colon + 1);
    // Some give a token in the place of the user.
    add_secret(password.empty() ? login.substr(0, colon) : password);
}

void credential_mask::add_authorization(std::string_view value) {
    value = trim(value);
    auto const space = std::min(value.find(' '), value.size());
    auto const scheme = value.substr(0, space);
    auto const rest = trim(value.substr(space));
    if (rest.empty() || !is_scheme(scheme)) add_secret(value);
    if (rest.empty()) return;
    add_secret(rest);
    if (iequals(scheme, "basic")) add_login(base64_decode(rest));
}

void credential_mask::add_headers(std::vector<http_header> const& fields) {
    for (auto const& field : fields) {
        if (!carries_credential(field.name)) continue;
        if (ifind(field.name, "cookie") == std::string_view::npos) {
            add_authorization(field.value);
            continue;
        }
        for (std::string_view rest = field.value; !rest.empty();) {
            auto const pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
            auto const equals = pair.find('=');
            add_secret(equals == std::string_view::npos ? pair : pair.substr(equals + 1));
        }
    }
}

void credential_mask::add_query(std::string_view target) {
    auto const mark = target.find('?');
    auto rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        auto const pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        auto const equals = pair.find('=');
        if (equals != std::string_view::npos && carries_credential(pair.substr(0, equals)))
            add_secret(pair.substr(equals + 1));
    }
}

// ----------------------------------------------------------------------------------------------- the masking

/// The bytes at the beginning that are a secret; 0: none.
std::size_t credential_mask::length_at(std::string_view text) const noexcept {
    std::size_t longest = 0;
    bool const escaped = escape_marks.find(text.front()) != std::string_view::npos;
    for (auto const& each : needles_) {
        if (!escaped && to_lower(text.front()) != each.text.front()) continue;
        longest = std::max(longest, match(text, each.text, each.min_beginning, false));
        if (each.ambiguous) longest = std::max(longest, match(text, each.text, each.min_beginning, true));
    }
    return longest;
}

/// Finds the beginning of the first secret, or the size of the text.
std::size_t credential_mask::find(std::string_view text) const noexcept {
    std::size_t at = 0;
    while (at < text.size() &&
           !(begins_[static_cast<unsigned char>(text[at])] && length_at(text.substr(at)) != 0))
        ++at;
    return at;
}

std::optional<std::string> credential_mask::masked(std::string_view text) const {
    auto at = find(text);
    if (at == text.size()) return std::nullopt;
    std::string result(text.substr(0, at));
    // Secrets may overlap, so the search goes on within each.
    for (auto end = at; at < text.size(); ++at) {
        auto const rest = text.substr(at);
        auto const length = begins_[static_cast<unsigned char>(text[at])] ? length_at(rest) : 0;
        if (length != 0 && at + length > end) {
            if (at >= end) result += mask;
            end = at + length;
        }
        if (at >= end) result += text[at];
    }
    return result;
}

void credential_mask::apply(std::string& text) const {
    if (auto hidden = masked(text)) text = std::move(*hidden);
}

void credential_mask::apply(json::object& tree) const {
    bool names_stay = true;
    for (auto& member : tree) {
        apply(member.value());
        std::string_view const name(member.key().data(), member.key().size());
        names_stay = names_stay && find(name) == name.size();
    }
    if (names_stay) return;
    json::object renamed(tree.storage());
    renamed.reserve(tree.size());
    for (auto& member : tree) {
        std::string name(member.key().data(), member.key().size());
        apply(name);
        renamed.insert_or_assign(name, std::move(member.value()));
    }
    tree = std::move(renamed);
}

void credential_mask::apply(json::value& tree) const {
    if (auto* text = tree.if_string()) {
        if (auto const hidden = masked(std::string_view(text->data(), text->size()))) *text = *hidden;
    } else if (auto* list = tree.if_array()) {
        for (auto& element : *list) apply(element);
    } else if (auto* object = tree.if_object()) {
        apply(*object);
    }
}

void credential_mask::apply(api_error& error) const {
    for (auto* text :
         {&error.message, &error.type, &error.code, &error.param, &error.provider_name, &error.upstream})
        apply(*text);
    apply(error.raw);
}

void credential_mask::apply(std::vector<http_header>& fields) const {
    for (auto& field : fields) {
        apply(field.name);
        apply(field.value);
    }
}

template <class Reply>
void credential_mask::apply_to_reply(Reply& reply) const {
    for (auto& choice : reply.choices) {
        if (choice.error) apply(*choice.error);
    }
    // A reply that is nothing but an error, without saying so by its status.
    if (reply.choices.empty()) apply(reply.extra);
}

void credential_mask::apply_to_errors(chat_completion& reply) const { apply_to_reply(reply); }

void credential_mask::apply_to_errors(chat_chunk& reply) const { apply_to_reply(reply); }

} // namespace async_llm::codec
