# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

include(CMakePackageConfigHelpers)

set(async_llm_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/async_llm)
get_target_property(async_llm_library_type async_llm TYPE)

install(TARGETS async_llm async_llm_testing EXPORT async_llm-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/async_llm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(
    EXPORT async_llm-targets
    NAMESPACE async_llm::
    DESTINATION ${async_llm_package_dir}
)
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/async_llmConfig.cmake.in
    ${PROJECT_BINARY_DIR}/async_llmConfig.cmake
    INSTALL_DESTINATION ${async_llm_package_dir}
)
if(ASYNC_LLM_HTTP2)
    install(FILES ${PROJECT_SOURCE_DIR}/cmake/nghttp2.cmake DESTINATION ${async_llm_package_dir})
endif()
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/async_llmConfigVersion.cmake
    COMPATIBILITY SameMinorVersion
)
install(
    FILES
        ${PROJECT_BINARY_DIR}/async_llmConfig.cmake
        ${PROJECT_BINARY_DIR}/async_llmConfigVersion.cmake
    DESTINATION ${async_llm_package_dir}
)
