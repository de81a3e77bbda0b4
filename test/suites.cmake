# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# The Boost.Test executables: one per kind of test, one ctest entry per file.

find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS unit_test_framework)

file(GLOB_RECURSE support_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/support/*.cpp)
if(NOT ASYNC_LLM_HTTP2)
    list(FILTER support_sources EXCLUDE REGEX "/support/http2/")
endif()
if(NOT ASYNC_LLM_BUILD_COMMAND)
    list(FILTER support_sources EXCLUDE REGEX "/support/command/")
endif()
add_library(async_llm_test_support STATIC EXCLUDE_FROM_ALL ${support_sources})
target_include_directories(async_llm_test_support PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(
    async_llm_test_support
    PUBLIC
        async_llm::testing
        async_llm::async_llm
        Boost::unit_test_framework
        OpenSSL::SSL
        OpenSSL::Crypto
        Threads::Threads
)
target_compile_definitions(
    async_llm_test_support
    PUBLIC ASYNC_LLM_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ASYNC_LLM_TEST_DATA_DIR="${CMAKE_CURRENT_SOURCE_DIR}/data"
)
if(ASYNC_LLM_HTTP2)
    target_link_libraries(async_llm_test_support PUBLIC async_llm::nghttp2)
endif()
get_target_property(unit_test_framework_type Boost::unit_test_framework TYPE)
if(unit_test_framework_type STREQUAL "SHARED_LIBRARY")
    target_compile_definitions(async_llm_test_support PUBLIC BOOST_TEST_DYN_LINK)
endif()
async_llm_own_target(async_llm_test_support)
if(ASYNC_LLM_TEST_PCH)
    target_precompile_headers(async_llm_test_support PRIVATE support/precompiled.hpp)
    # What it defines before it includes Boost.Test makes it the file with main().
    set_source_files_properties(support/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()

# Suites that hold over HTTP/2 as well as over HTTP/1.1, and run in both: component.call.retry is run once more as
# component.http2.call.retry.
set(
    suites_in_both_versions
    bulk.bulk
    bulk.bulk_cancellation
    bulk.bulk_file
    bulk.bulk_file_ends
    bulk.bulk_sources
    bulk.bulk_spending
    call.cancellation
    call.client_shutdown
    call.client_spending
    call.complete
    call.content_codings
    call.early_answers
    call.endpoint_replies
    call.endpoints
    call.fallback
    call.foreign_contexts
    call.hedging
    call.http_errors
    call.initiating_functions
    call.large_replies
    call.large_reply_waits
    call.out_of_memory
    call.provider_keys
    call.reflected_credentials
    call.reported_fields
    call.retry
    call.shared_limits
    call.timeouts
    call.traffic_limits
    call.unasked_streams
    call.with_response
    net.socks5
    net.unix_sockets
    observe.debug_log
    observe.endpoint_events
    observe.observer
    stream.retry_streams
    stream.stream
    stream.stream_cancellation
    stream.stream_next
    stream.stream_peers
    stream.stream_spending
    stream.stream_timeouts
    stream.stream_verdicts
    structured.structured_output
    many_in_flight
    many_streams
    microsocks
    nginx_unix_socket
    tools.run_tools
    tools.run_tools_cancellation
    tools.run_tools_executors
    tools.run_tools_failures
    tools.run_tools_spending
    tools.run_tools_streaming
    tools.typed_tools
)

# Each file KIND/FOLDER/NAME.cpp holds the test suite NAME, and is the test KIND.FOLDER.NAME. A file may be without a
# folder.
function(async_llm_add_suites kind timeout)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${kind}/*.cpp)
    if(ASYNC_LLM_HTTP2)
        list(FILTER sources EXCLUDE REGEX "_without_http2[.]cpp$")
    else()
        list(FILTER sources EXCLUDE REGEX "/${kind}/(http2/|testing/mock_http2)")
    endif()
    if(NOT ASYNC_LLM_BUILD_COMMAND)
        list(FILTER sources EXCLUDE REGEX "/${kind}/command/")
    endif()
    if(NOT sources)
        return()
    endif()
    set(target async_llm_${kind}_tests)
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE async_llm_test_support)
    if(ASYNC_LLM_BUILD_COMMAND)
        target_link_libraries(${target} PRIVATE async_llm_command)
    endif()
    async_llm_own_target(${target})
    if(ASYNC_LLM_TEST_PCH)
        target_precompile_headers(${target} REUSE_FROM async_llm_test_support)
    endif()

    set(suites)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM suite)
        list(APPEND suites ${suite})
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE name)
        string(REPLACE ".cpp" "" name ${name})
        string(REPLACE "/" "." name ${name})
        add_test(NAME ${name} COMMAND ${target} --run_test=${suite})
        async_llm_set_test_properties(TESTS ${name} LABEL ${kind} TIMEOUT ${timeout})
        string(REPLACE "${kind}." "" short_name ${name})
        if(ASYNC_LLM_HTTP2 AND short_name IN_LIST suites_in_both_versions)
            set(name ${kind}.http2.${short_name})
            add_test(NAME ${name} COMMAND ${target} --run_test=${suite})
            async_llm_set_test_properties(TESTS ${name} LABEL ${kind} TIMEOUT ${timeout})
            set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT ASYNC_LLM_TEST_HTTP_VERSION=2)
        endif()
    endforeach()

    # A test case outside the suite named like its file would never run.
    add_test(
        NAME ${kind}.every_suite_runs
        COMMAND
            ${CMAKE_COMMAND} -D "PROGRAM=$<TARGET_FILE:${target}>" -D "SUITES=${suites}" -P
            ${CMAKE_CURRENT_SOURCE_DIR}/every_suite_runs.cmake
    )
    async_llm_set_test_properties(TESTS ${kind}.every_suite_runs LABEL ${kind} TIMEOUT 60)
endfunction()

# The suites of that folder run an example as a program; its path is the value of a macro.
function(async_llm_run_example folder example macro)
    if(NOT TARGET ${example})
        add_subdirectory(${PROJECT_SOURCE_DIR}/examples ${PROJECT_BINARY_DIR}/examples EXCLUDE_FROM_ALL)
    endif()
    set(target async_llm_${folder}_tests)
    add_dependencies(${target} ${example})
    target_compile_definitions(${target} PRIVATE ${macro}="$<TARGET_FILE:${example}>")
endfunction()

# The suites of test/integration/command run the program; its path is a macro of support/command/command_fixture.cpp. Its
# manual page is checked by mandoc, if that is there.
function(async_llm_run_command)
    add_dependencies(async_llm_integration_tests async-llm)
    # Of the one file alone, so that the others stay in ccache's reach.
    set_property(
        SOURCE ${CMAKE_CURRENT_SOURCE_DIR}/support/command/command_fixture.cpp
        PROPERTY COMPILE_DEFINITIONS "ASYNC_LLM_COMMAND=\"$<TARGET_FILE:async-llm>\""
    )
    find_program(ASYNC_LLM_MANDOC mandoc)
    mark_as_advanced(ASYNC_LLM_MANDOC)
    if(ASYNC_LLM_MANDOC)
        add_test(
            NAME manual_page
            COMMAND ${ASYNC_LLM_MANDOC} -T lint -W warning ${PROJECT_SOURCE_DIR}/apps/async-llm/async-llm.1
        )
        async_llm_set_test_properties(TESTS manual_page LABEL command TIMEOUT 60)
    endif()
endfunction()
