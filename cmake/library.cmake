# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# The two libraries as functions, because the thread-safety tests build both a second time under ThreadSanitizer.

include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)
set(async_llm_json_source ${PROJECT_SOURCE_DIR}/src/json_src.cpp)

function(async_llm_setup_common target)
    target_compile_features(${target} PUBLIC cxx_std_20)
    set_target_properties(
        ${target}
        PROPERTIES
            CXX_VISIBILITY_PRESET hidden
            VISIBILITY_INLINES_HIDDEN ON
            VERSION ${PROJECT_VERSION}
            SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    )
    target_include_directories(
        ${target}
        PUBLIC
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
        PRIVATE ${PROJECT_SOURCE_DIR}/src
    )
    if(ASYNC_LLM_UNITY)
        # Boost's headers take most of the time, and so are read once for some files together.
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
        # A coroutine may hold an object of a type of its own file; g++ does not know that these files are no headers.
        target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
    target_compile_definitions(${target} PRIVATE ASYNC_LLM_SOURCE)
    target_link_libraries(${target} PUBLIC Boost::headers PRIVATE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
endfunction()

function(async_llm_setup_library target)
    target_sources(${target} PRIVATE ${async_llm_sources})
    async_llm_setup_common(${target})
    if(ASYNC_LLM_HTTP2)
        target_compile_definitions(${target} PRIVATE ASYNC_LLM_HAS_HTTP2)
        target_link_libraries(${target} PRIVATE async_llm::nghttp2)
    endif()
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "SHARED_LIBRARY")
        target_compile_definitions(${target} PUBLIC ASYNC_LLM_SHARED)
    endif()
endfunction()

function(async_llm_compile_json target)
    target_sources(${target} PRIVATE ${async_llm_json_source})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "SHARED_LIBRARY")
        target_compile_definitions(${target} PUBLIC BOOST_JSON_DYN_LINK)
    endif()
endfunction()

function(async_llm_link_json target)
    if(TARGET Boost::json)
        target_link_libraries(${target} PUBLIC Boost::json)
    else()
        async_llm_compile_json(${target})
    endif()
endfunction()

function(async_llm_setup_testing target library)
    target_sources(${target} PRIVATE ${async_llm_testing_sources})
    async_llm_setup_common(${target})
    target_link_libraries(${target} PUBLIC ${library})
    if(ASYNC_LLM_HTTP2)
        target_compile_definitions(${target} PRIVATE ASYNC_LLM_HAS_HTTP2)
        target_link_libraries(${target} PRIVATE async_llm::nghttp2)
    endif()
    set_target_properties(${target} PROPERTIES EXPORT_NAME testing)
endfunction()
