// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/line_table.hpp"

#include <utility>

namespace async_llm::policy {
namespace {

std::uint64_t read_big_endian(unsigned char const* bytes, std::size_t count) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
    return value;
}

} // namespace

std::uint64_t line_entry::id_of(codec::line_key const& key) noexcept {
    return read_big_endian(key.data(), 8);
}

/// Returns the ninth byte of the id, and the content.
std::uint64_t line_entry::rest_of(codec::line_key const& key) noexcept {
    return read_big_endian(key.data() + 8, 8);
}

line_table::effect line_table::record_answer(codec::line_key const& key, bool is_exact) {
    auto& entry = entry_of(key);
    auto const before = entry.state();
    bool const is_same = entry.is_about(key) || !is_exact;
    entry.set(
        line_state::answered,
        is_exact ? line_entry::rest_of(key) & ~std::uint64_t(15) : line_entry::any_bit
    );
    if (before != line_state::answered) return effect::added;
    return is_same ? effect::duplicate : effect::superseded;
}

line_table::effect line_table::record_failure(codec::line_key const& key, bool for_good, bool is_exact) {
    auto& entry = entry_of(key);
    bool const is_same = entry.is_about(key) || !is_exact;
    if (entry.state() == line_state::answered && is_same) return effect::ignored;
    entry.set(
        for_good ? line_state::failed_for_good : line_state::failed,
        is_exact ? line_entry::rest_of(key) & ~std::uint64_t(15) : line_entry::any_bit
    );
    return effect::added;
}

line_entry& line_table::entry_of(codec::line_key const& key) {
    // At most three quarters are in use.
    if (size_ + 1 > entries_.size() / 4 * 3) grow();
    auto& entry = entries_[place_of(key)];
    if (entry.is_empty()) {
        entry.id_ = line_entry::id_of(key);
        entry.word_ = line_entry::rest_of(key) & line_entry::id_bits;
        // A key of zeros must not look like an empty place.
        if (entry.is_empty()) entry.id_ = 1;
        ++size_;
    }
    return entry;
}

line_entry const* line_table::find(codec::line_key const& key) const noexcept {
    if (entries_.empty()) return nullptr;
    auto const& entry = entries_[place_of(key)];
    return entry.is_empty() ? nullptr : &entry;
}

/// Returns the place of the line, or that where it belongs. Precondition: there is an empty one.
std::size_t line_table::place_of(codec::line_key const& key) const noexcept {
    auto const id = line_entry::id_of(key);
    auto const rest = line_entry::rest_of(key) & line_entry::id_bits;
    auto const mask = entries_.size() - 1;
    auto place = static_cast<std::size_t>(id) & mask;
    for (;; place = (place + 1) & mask) {
        auto const& entry = entries_[place];
        if (entry.is_empty()) return place;
        if (entry.id_ == id && (entry.word_ & line_entry::id_bits) == rest) return place;
    }
}

void line_table::grow() {
    std::vector<line_entry> larger(entries_.empty() ? 1024 : 2 * entries_.size());
    auto const mask = larger.size() - 1;
    for (auto const& entry : entries_) {
        if (entry.is_empty()) continue;
        auto place = static_cast<std::size_t>(entry.id_) & mask;
        while (!larger[place].is_empty()) place = (place + 1) & mask;
        larger[place] = entry;
    }
    entries_ = std::move(larger);
}

} // namespace async_llm::policy
