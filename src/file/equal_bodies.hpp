// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_EQUAL_BODIES_HPP
#define ASYNC_LLM_FILE_EQUAL_BODIES_HPP

#include "file/line_result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace async_llm::file {

/// Index of the bodies that were asked, so that equal ones need not be.
class equal_bodies {
public:
    /// Place of the answer to a body.
    struct place {
        enum class kind { asked, held, written };

        place() = default;

        kind where = kind::asked;
        /// Held: the place among the ordered lines. Written: the position in the output.
        std::uint64_t value = 0;
    };

    equal_bodies() = default;

    /// Returns the place of a body; null: it is new, and is asked now.
    place* find_or_ask(content_hash const& content) {
        auto const [at, is_new] = places_.try_emplace(content);
        return is_new ? nullptr : &at->second;
    }

    /// Lets a line wait for the answer to its body.
    void wait(content_hash const& content, line_identity line) {
        waiting_[content].push_back(std::move(line));
        ++waiting_count_;
    }

    /// Returns the lines that wait for this answer, which do no longer.
    std::vector<line_identity> take_waiting(content_hash const& content) {
        auto const found = waiting_.find(content);
        if (found == waiting_.end()) return std::vector<line_identity>();
        auto lines = std::move(found->second);
        waiting_.erase(found);
        waiting_count_ -= lines.size();
        return lines;
    }

    /// Sets where the answer to a body is.
    void set_place(content_hash const& content, place::kind where, std::uint64_t value) {
        auto& at = places_[content];
        at.where = where;
        at.value = value;
    }

    /// Forgets a body that has no answer, so that the next line with it is asked.
    void forget(content_hash const& content) { places_.erase(content); }

    /// Number of lines that wait.
    std::size_t waiting_count() const noexcept { return waiting_count_; }

private:
    struct first_bytes {
        std::size_t operator()(content_hash const& content) const noexcept {
            std::size_t value = 0;
            std::memcpy(&value, content.data(), sizeof value);
            return value;
        }
    };

    std::unordered_map<content_hash, place, first_bytes> places_;
    std::map<content_hash, std::vector<line_identity>> waiting_;
    std::size_t waiting_count_ = 0;
};

} // namespace async_llm::file

#endif
