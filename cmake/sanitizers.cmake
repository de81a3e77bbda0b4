# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# The flags that a comma separated list of sanitizers needs.
function(async_llm_sanitizer_flags variable sanitizers)
    set(flags)
    if(sanitizers)
        string(REPLACE ";" "," sanitizers "${sanitizers}")
        list(APPEND flags -fsanitize=${sanitizers} -fno-omit-frame-pointer)
        if(sanitizers MATCHES "undefined")
            list(APPEND flags -fno-sanitize-recover=undefined)
            if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
                # The function sanitizer writes data in front of each function, which clang up to 16 cannot express
                # for the parts into which it splits a coroutine.
                list(APPEND flags -fno-sanitize=function)
            endif()
        endif()
    endif()
    set(${variable} ${flags} PARENT_SCOPE)
endfunction()

# Public within the build tree, since whatever links a sanitized library has to be sanitized too.
function(async_llm_add_sanitizers target sanitizers)
    async_llm_sanitizer_flags(flags "${sanitizers}")
    if(flags)
        target_compile_options(${target} PUBLIC $<BUILD_INTERFACE:${flags}>)
        target_link_options(${target} PUBLIC $<BUILD_INTERFACE:${flags}>)
    endif()
endfunction()
