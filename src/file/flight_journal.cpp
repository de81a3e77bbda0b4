// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/flight_journal.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace async_llm::file {
namespace {

constexpr std::string_view head = "async_llm.bulk.1";
constexpr std::size_t record_size = sizeof(codec::line_key);
static_assert(head.size() == record_size);
/// Size from which it is written anew.
constexpr std::uint64_t long_size = 256u * 1024;

void append(codec::line_key const& key, std::string& out) {
    for (auto const byte : key) out += static_cast<char>(byte);
}

} // namespace

void flight_journal::open(std::string const& path) {
    file_.open(path);
    std::string text(static_cast<std::size_t>(file_.size()), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        auto const count = file_.handle().read_at(done, text.data() + done, text.size() - done);
        if (count == 0) break;
        done += count;
    }
    text.resize(done);
    auto const begun = std::min(text.size(), head.size());
    if (std::string_view(text).substr(0, begun) != head.substr(0, begun)) {
        throw file_error(
            boost::system::errc::make_error_code(boost::system::errc::file_exists),
            path + ": is no journal of a bulk run"
        );
    }
    for (auto at = record_size; at + record_size <= text.size(); at += record_size) {
        codec::line_key key{};
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), record_size, key.begin());
        earlier_.insert(key);
    }
    rewrite();
}

void flight_journal::add(std::vector<codec::line_key> const& keys) {
    std::string text;
    for (auto const& key : keys) {
        open_.insert(key);
        append(key, text);
    }
    if (file_.size() + text.size() > long_size + 4 * record_size * (open_.size() + earlier_.size()))
        rewrite();
    else
        file_.write(text);
}

/// Writes what is open, and what earlier runs have left open.
void flight_journal::rewrite() {
    std::string text(head);
    for (auto const& key : open_) append(key, text);
    for (auto const& key : earlier_) append(key, text);
    file_.truncate(0);
    file_.write(text);
}

void flight_journal::finish(std::set<codec::line_key> const& in_flight, bool keeps_earlier) {
    open_ = in_flight;
    if (!keeps_earlier) earlier_.clear();
    if (open_.empty() && earlier_.empty()) return remove_file(file_.path());
    rewrite();
}

} // namespace async_llm::file
