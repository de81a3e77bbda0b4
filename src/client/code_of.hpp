// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CODE_OF_HPP
#define ASYNC_LLM_CLIENT_CODE_OF_HPP

#include <async_llm/error.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <new>

namespace async_llm::detail {

/// What an exception of the user's code is to those who get an error code; never "no error".
inline error_code code_of(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (boost::system::system_error const& e) {
        if (e.code()) return e.code();
    } catch (std::bad_alloc const&) {
        return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    } catch (...) {
    }
    return boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable);
}

} // namespace async_llm::detail

#endif
