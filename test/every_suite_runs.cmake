# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Compares the top level of what PROGRAM contains with the list SUITES.
execute_process(
    COMMAND ${PROGRAM} --list_content
    OUTPUT_VARIABLE content
    ERROR_VARIABLE content
    COMMAND_ERROR_IS_FATAL ANY
)
string(REGEX MATCHALL "(^|\n)[^ \n*]+" found "${content}")
list(TRANSFORM found STRIP)
list(REMOVE_ITEM found ${SUITES})
if(found)
    message(FATAL_ERROR "no ctest entry runs these, since no file is named like them: ${found}")
endif()
