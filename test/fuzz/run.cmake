# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Fuzzes TARGET for SECONDS, from the stored inputs on. New inputs go to WORK_DIR, never into the sources. The seed is the
# same in each run, so that a failure comes again and is the change's own; scripts/fuzz searches with new seeds.

file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR}/grown ${WORK_DIR}/found)
set(stored ${SOURCE_DIR}/corpus/${TARGET})
if(EXISTS ${SOURCE_DIR}/findings/${TARGET})
    list(APPEND stored ${SOURCE_DIR}/findings/${TARGET})
endif()
# Of several folders libFuzzer writes to the first and reads all.
execute_process(
    COMMAND
        ${BINARY_DIR}/fuzz_${TARGET} -seed=1 -max_total_time=${SECONDS} -max_len=4096 -timeout=10 -rss_limit_mb=2048
        -print_final_stats=1 -dict=${SOURCE_DIR}/${TARGET}.dict -artifact_prefix=${WORK_DIR}/found/ ${WORK_DIR}/grown
        ${stored}
    RESULT_VARIABLE status
)
if(NOT status EQUAL 0)
    message(
        FATAL_ERROR
        "${TARGET} fails (${status}). The input is in ${WORK_DIR}/found; once it is understood it belongs into "
        "test/fuzz/findings/${TARGET}, under a name that tells what was wrong."
    )
endif()
