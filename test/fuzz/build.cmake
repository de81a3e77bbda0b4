# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Configures and builds the project SOURCE_DIR in BINARY_DIR with OPTIONS.

foreach(
    step
    "-G;${GENERATOR};-S;${SOURCE_DIR};-B;${BINARY_DIR};${OPTIONS}"
    "--build;${BINARY_DIR};--parallel;2"
)
    execute_process(COMMAND ${CMAKE_COMMAND} ${step} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endforeach()
