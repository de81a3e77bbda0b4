# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

set(
    ASYNC_LLM_WARNINGS
    -Wall
    -Wextra
    -Wpedantic
    -Wcast-align
    -Wconversion
    -Wextra-semi
    -Wformat=2
    -Wold-style-cast
    -Woverloaded-virtual
    -Wshadow
    -Wsign-conversion
    -Wunused
    # g++ 12 applies it to base classes of other libraries too: boost::system::error_category has no virtual destructor.
    $<$<CXX_COMPILER_ID:Clang>:-Wnon-virtual-dtor>
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
    $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
    # False alarms of g++ 12 when it optimises: the allocation functions of Asio's coroutine frames, and a string
    # literal with a string behind it (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
)

# What every target of this project gets and none of its users: the warnings, as errors if so configured.
function(async_llm_own_target target)
    if(PROJECT_IS_TOP_LEVEL OR ASYNC_LLM_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE ${ASYNC_LLM_WARNINGS})
    endif()
    if(ASYNC_LLM_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()
