// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Compiled only where no compiled Boost.JSON is installed.
#include <boost/json/src.hpp>
