// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_SHORTAGE_HPP
#define ASYNC_LLM_ASYNC_SHORTAGE_HPP

#include <async_llm/detail/config.hpp>

#include <boost/system/errc.hpp>

namespace async_llm::net {

/// Returns whether this machine lacked something (descriptors, memory, threads), so that no peer had its say.
inline bool is_shortage(error_code const& ec) noexcept {
    namespace sys = boost::system::errc;
    for (auto const known :
         {sys::too_many_files_open,
          sys::too_many_files_open_in_system,
          sys::no_buffer_space,
          sys::not_enough_memory,
          sys::resource_unavailable_try_again}) {
        if (ec == known) return true;
    }
    return false;
}

/// Error of a race of addresses after one more has failed with `next`.
/**
 * The first counts, but a shortage comes before what a peer said, and that before a want of local ports,
 * which is also what a family of addresses that is turned off ends with.
 */
inline error_code worse_error(error_code const& known, error_code const& next) noexcept {
    if (!known || (is_shortage(next) && !is_shortage(known))) return next;
    return known == boost::system::errc::address_not_available ? next : known;
}

} // namespace async_llm::net

#endif
