// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/type_name.hpp"

#include "base/ascii.hpp"

#include <boost/core/demangle.hpp>

#include <cstddef>
#include <vector>

namespace async_llm::codec {
namespace {

constexpr std::size_t max_type_name = 64;

} // namespace

std::string schema_name(std::string_view cpp_name) {
    std::string name;
    // Beginning of the name that is being read, one for each list of arguments that is open.
    std::vector<std::size_t> starts(1, 0);
    for (std::size_t i = 0; i < cpp_name.size(); ++i) {
        char const c = cpp_name[i];
        if (cpp_name.substr(i, 2) == "::") {
            name.resize(starts.back());
            ++i;
        } else if (is_alphanumeric(c) || c == '_') {
            name += c;
        } else {
            if (!name.empty() && name.back() != '_') name += '_';
            if ((c == '>' || c == ')') && starts.size() > 1) starts.pop_back();
            if (c == '<' || c == '(') starts.push_back(name.size());
            if (c == ',') starts.back() = name.size();
        }
    }
    name.resize(std::min(name.size(), max_type_name));
    while (!name.empty() && name.back() == '_') name.pop_back();
    return name.empty() ? "answer" : name;
}

std::string schema_name(std::type_info const& type) {
    return schema_name(std::string_view(boost::core::demangle(type.name())));
}

} // namespace async_llm::codec
