// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_ADMISSION_CORE_HPP
#define ASYNC_LLM_POLICY_ADMISSION_CORE_HPP

#include "policy/aimd_limit.hpp"
#include "policy/deadline_after.hpp"
#include "policy/token_bucket.hpp"
#include <async_llm/response_info.hpp>
#include <async_llm/traffic_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace async_llm::policy {

using admission_id = std::uint64_t;

/// Request of a call for admission: to go to a group (a target, whose calls in flight are counted) by a lane
/// (one rate limit).
struct admission_request {
    admission_request() = default;

    admission_id id = 0;
    std::size_t group = 0;
    std::size_t lane = 0;
    /// Higher ones go first.
    int priority = 0;
    /// Tokens that it is expected to take.
    std::int64_t tokens = 0;
};

enum class admission_answer {
    /// It may go.
    granted,
    /// It waits; its id will come out of \ref admission_core::advance.
    waiting,
    /// Too many wait.
    refused_full,
    /// The rate limit does not let it go now, and it is not to wait.
    refused_rate,
};

/// End of a call, as far as it concerns the number of calls in flight.
enum class load_signal { ok, overload, neutral };

/// Decides which calls may go, and when: by rate limits (token buckets) and a limit on calls in flight
/// (AIMD).
/**
 * Within a lane, calls go in the order of their priority, equals in the order of arrival; no call overtakes a
 * call that waits for tokens by needing fewer. A bucket never holds more than what accrues within
 * `rate_limit_policy::burst` (and at least one request). A call that needs more tokens than it can hold goes
 * when it is full, and leaves it in debt. Thread safety: none. Time must not go back.
 */
class admission_core {
public:
    /// `max_waiting` 0: no limit. A group's `ceiling` 0 in `concurrency` means no limit as long as nothing
    /// was overloaded; `pool_limit` is then what it falls from and rises to.
    admission_core(
        rate_limit_policy const& rates,
        concurrency_policy const& concurrency,
        std::size_t pool_limit,
        std::size_t max_waiting
    );

    /// Adds a group; returns its index.
    std::size_t add_group(time_point now);
    /// Adds a lane; unset limits: none. Returns its index.
    std::size_t add_lane(
        std::optional<std::int64_t> requests_per_minute,
        std::optional<std::int64_t> tokens_per_minute,
        time_point now
    );

    /// A call wants to go. It waits if a call waits in its lane that it may not overtake.
    /** Precondition: no call with this id waits. */
    admission_answer acquire(admission_request const& call, time_point now);

    /// A waiting call gives up; false: it does not wait (any more).
    bool cancel(admission_id id);

    /// A call that had gone is over. `used`: the tokens it took in fact; unset: not known.
    void finish(
        admission_request const& call,
        load_signal signal,
        std::optional<std::int64_t> used,
        time_point began,
        time_point now
    );

    /// Takes the provider's own accounting from a reply of this lane. Only ever lowers what is left, and the
    /// rate.
    void observe(std::size_t lane, rate_limit_info const& reported, time_point now);

    /// Lets a waiting call go; none if none may go now. To be called until then after each of the above, and
    /// at \ref next_at.
    std::optional<admission_id> advance(time_point now) noexcept;

    /// When time alone will let a call go; `time_point::max()`: none, or only the end of another call.
    time_point next_at(time_point now) const;

    std::size_t waiting() const noexcept;
    std::size_t in_flight(std::size_t group) const noexcept;
    /// The present limit of a group.
    std::size_t limit(std::size_t group) const noexcept;

private:
    // The order in which those who wait in a lane go.
    struct place {
        place(int p, std::uint64_t at) : priority(p), arrival(at) {}

        bool operator<(place const& other) const noexcept {
            return priority != other.priority ? priority > other.priority : arrival < other.arrival;
        }

        int priority;
        std::uint64_t arrival;
    };

    struct group_state {
        explicit group_state(aimd_limit l) : limit(l) {}

        aimd_limit limit;
        std::size_t in_flight = 0;
    };

    struct lane_state {
        lane_state() = default;

        std::optional<token_bucket> requests;
        std::optional<token_bucket> tokens;
        std::map<place, admission_request> queue;
    };

    struct waiting_place {
        waiting_place(std::size_t l, place p) : lane(l), at(p) {}

        std::size_t lane;
        place at;
    };

    std::optional<token_bucket> make_bucket(std::optional<std::int64_t> per_minute, time_point now) const;
    bool group_admits(admission_request const& call) const noexcept;
    bool rate_admits(admission_request const& call, time_point now) const noexcept;
    time_point rate_ready_at(admission_request const& call, time_point now) const noexcept;
    void let_go(admission_request const& call, time_point now) noexcept;
    lane_state* next_lane(time_point now) noexcept;

    when_limited on_limited_;
    std::chrono::milliseconds burst_;
    bool follow_headers_;
    aimd_limit new_limit_; // of a group without history
    std::size_t max_waiting_;

    std::vector<group_state> groups_;
    std::vector<lane_state> lanes_;
    std::map<admission_id, waiting_place> waiting_;
    std::uint64_t next_arrival_ = 0;
};

} // namespace async_llm::policy

#endif
