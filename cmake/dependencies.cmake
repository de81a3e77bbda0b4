# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# CONFIG mode, because the FindBoost of CMake 3.25 knows no Boost newer than 1.80.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers OPTIONAL_COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Debian packs the compiled Boost.JSON apart from the headers. Without it the library compiles the headers' own
# implementation; doing both would define every symbol twice.
if(TARGET Boost::json)
    set(ASYNC_LLM_BOOST_COMPONENTS headers json)
else()
    set(ASYNC_LLM_BOOST_COMPONENTS headers)
endif()
