// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SCRIPTED_ADMISSION_HPP
#define ASYNC_LLM_TEST_SUPPORT_SCRIPTED_ADMISSION_HPP

#include "policy/admission_core.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::policy {

inline std::string to_text(admission_answer answer) {
    switch (answer) {
    case admission_answer::granted: return "granted";
    case admission_answer::waiting: return "waiting";
    case admission_answer::refused_full: return "full";
    case admission_answer::refused_rate: return "rate";
    }
    return "unknown";
}

inline admission_request call(admission_id id, std::int64_t tokens = 0, int priority = 0) {
    admission_request result;
    result.id = id;
    result.tokens = tokens;
    result.priority = priority;
    return result;
}

inline admission_request to(std::size_t group, std::size_t lane, admission_request result) {
    result.group = group;
    result.lane = lane;
    return result;
}

// No limit on calls in flight that any test would reach unless it asks for one.
inline concurrency_limit at_most(std::size_t ceiling) {
    concurrency_limit result;
    result.ceiling = ceiling;
    result.floor = 1;
    result.decrease = 0.5;
    return result;
}

inline rate_limits what_is_beyond(when_limited then) {
    rate_limits result;
    result.then = then;
    return result;
}

// An admission_core with one group, whose answers are texts such as "waiting", and whose grants are such as "3 4".
struct scripted_admission {
    explicit scripted_admission(
        concurrency_limit const& concurrency = at_most(0),
        rate_limits const& rates = rate_limits(),
        std::size_t max_waiting = 0
    )
        : core(rates, concurrency, 512, max_waiting) {
        core.add_group(now);
    }

    std::size_t
    lane(std::optional<std::int64_t> requests, std::optional<std::int64_t> tokens = std::nullopt) {
        return core.add_lane(requests, tokens, now);
    }

    std::string acquire(admission_request const& wanted) {
        calls[wanted.id] = wanted;
        began[wanted.id] = now;
        return to_text(core.acquire(wanted, now));
    }
    std::string finish(
        admission_id id,
        admission_verdict how = admission_verdict::well,
        std::optional<std::int64_t> used = std::nullopt
    ) {
        core.finish(calls.at(id), how, used, began.at(id), now);
        return advance();
    }
    std::string cancel(admission_id id) {
        was_waiting = core.cancel(id);
        return advance();
    }
    std::string observe(std::size_t lane, rate_limit_info const& told) {
        core.observe(lane, told, now);
        return advance();
    }
    std::string after(duration passed) {
        now += passed;
        return advance();
    }
    std::string advance() {
        std::vector<admission_id> granted;
        while (auto const id = core.advance(now)) granted.push_back(*id);
        std::string text;
        for (auto const id : granted) {
            began[id] = now;
            text += (text.empty() ? "" : " ") + std::to_string(id);
        }
        return text;
    }
    /// From now on; `duration::max()`: never.
    duration next() const {
        auto const at = core.next_at(now);
        return at == time_point::max() ? duration::max() : at - now;
    }

    time_point now{std::chrono::hours(1)};
    admission_core core;
    std::map<admission_id, admission_request> calls;
    std::map<admission_id, time_point> began;
    bool was_waiting = false;
};

} // namespace async_llm::policy

#endif
