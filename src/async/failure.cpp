// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/failure.hpp"

#include "async/exception.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <new>

namespace async_llm::net {
namespace {

// Details of failures for which there is no memory.
class reserve {
public:
    failure::details* take(error_code code, error_code cause, phase reached) noexcept {
        for (std::size_t i = 0; i != used_.size(); ++i) {
            if (used_[i].exchange(true, std::memory_order_acquire)) continue;
            auto* const place = reinterpret_cast<failure::details*>(&room_[i]);
            // The text is empty, and so needs none.
            return new (place) failure::details(code, cause, reached, std::string());
        }
        // So many ends for want of memory at one time: there is nothing left to go on with.
        std::terminate();
    }

    bool gives_back(failure::details* d) noexcept {
        auto* const place = reinterpret_cast<slot*>(d);
        if (std::less<>()(place, room_.data()) || !std::less<>()(place, room_.data() + room_.size()))
            return false;
        d->~details();
        used_[static_cast<std::size_t>(place - room_.data())].store(false, std::memory_order_release);
        return true;
    }

private:
    struct alignas(failure::details) slot {
        std::array<std::byte, sizeof(failure::details)> bytes;
    };

    std::array<slot, 256> room_{};
    std::array<std::atomic<bool>, 256> used_{};
};

constinit reserve set_aside;

} // namespace

failure failure::of(std::exception_ptr const& exception, async_llm::phase reached, error_code code) noexcept {
    auto const cause = error_from_exception(exception);
    if (!code) code = cause;
    failure result;
    try {
        result.details_.reset(new details(code, cause, reached, sentence_of(exception)));
    } catch (std::bad_alloc const&) {
        result.details_.reset(set_aside.take(code, cause, reached));
    }
    return result;
}

void failure::discard::operator()(details* d) const noexcept {
    if (!set_aside.gives_back(d)) delete d;
}

} // namespace async_llm::net
