# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

# Writes the first block of C++ in README to OUTPUT, letter for letter.
file(READ "${README}" text)
string(FIND "${text}" "\n```cpp\n" begin)
if(begin EQUAL -1)
    message(FATAL_ERROR "${README} has no block of C++")
endif()
math(EXPR begin "${begin} + 8")
string(SUBSTRING "${text}" ${begin} -1 text)
string(FIND "${text}" "\n```\n" end)
if(end EQUAL -1)
    message(FATAL_ERROR "the first block of C++ in ${README} has no end")
endif()
math(EXPR end "${end} + 1")
string(SUBSTRING "${text}" 0 ${end} text)
file(WRITE "${OUTPUT}" "${text}")
