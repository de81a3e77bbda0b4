// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_EXCEPTION_HPP
#define ASYNC_LLM_ASYNC_EXCEPTION_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <new>
#include <string>

namespace async_llm::net {

inline error_code out_of_memory() noexcept {
    return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
}

/// Returns the error that an exception stands for; never success.
inline error_code error_from_exception(std::exception_ptr const& exception) noexcept {
    try {
        std::rethrow_exception(exception);
    } catch (boost::system::system_error const& e) {
        if (e.code()) return e.code();
    } catch (std::bad_alloc const&) {
        return out_of_memory();
    } catch (...) {
    }
    return boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable);
}

/// Returns the sentence of an exception. Throws `std::bad_alloc`.
inline std::string sentence_of(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (std::bad_alloc const&) {
        return "out of memory";
    } catch (std::exception const& e) {
        return e.what();
    } catch (...) {
        return "an exception of an unknown type";
    }
}

} // namespace async_llm::net

#endif
