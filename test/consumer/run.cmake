# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Configures, builds and runs the project NAME with OPTIONS; installs the build tree BINARY_DIR for it if it needs that.

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
if(NAME STREQUAL "find_package")
    run(${CMAKE_COMMAND} --install ${BINARY_DIR} --config ${CONFIG} --prefix ${WORK_DIR}/prefix)
    list(APPEND OPTIONS -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
else()
    list(APPEND OPTIONS -DFETCHCONTENT_SOURCE_DIR_ASYNC_LLM=${SOURCE_DIR})
endif()
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR}/${NAME} -B ${WORK_DIR}/build ${OPTIONS})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build --parallel 2)
run(${WORK_DIR}/build/consumer)
