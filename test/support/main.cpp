// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE async_llm
#include <boost/test/unit_test.hpp>
