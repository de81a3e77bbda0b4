// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/line_hasher.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace {

using async_llm::codec::id_key_size;
using async_llm::codec::line_key;
using hasher_type = async_llm::file::line_hasher;

bool same_id(line_key const& a, line_key const& b) {
    return std::equal(a.begin(), a.begin() + id_key_size, b.begin());
}
bool same_content(line_key const& a, line_key const& b) {
    return std::equal(a.begin() + id_key_size, a.end(), b.begin() + id_key_size);
}

line_key key_of(std::string_view id, std::string_view path, std::string_view model, std::string_view body) {
    hasher_type hasher;
    return hasher.make_key(id, hasher.hash_content(path, model, body));
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_hasher)

// Keys are in the outputs of earlier runs: another key for a line asks it again.
BOOST_AUTO_TEST_CASE(keys_stay_what_they_were) {
    BOOST_TEST(
        async_llm::codec::to_hex(key_of("a", "/chat/completions", "", "{}")) ==
        "1f4159bb7e32c6dd6b532a3a4480e265"
    );
}

BOOST_AUTO_TEST_CASE(each_part_has_its_say) {
    auto const key = key_of("a", "/p", "m", "{}");
    BOOST_TEST((key_of("a", "/p", "m", "{}") == key));
    auto const other_id = key_of("b", "/p", "m", "{}");
    BOOST_TEST(!same_id(other_id, key));
    BOOST_TEST(same_content(other_id, key));
    for (auto const& other :
         {key_of("a", "/q", "m", "{}"),
          key_of("a", "/p", "n", "{}"),
          key_of("a", "/p", "m", "{ }"),
          key_of("a", "/pm", "", "{}"),
          key_of("a", "/p", "m{", "}")}) {
        BOOST_TEST(same_id(other, key));
        BOOST_TEST(!same_content(other, key));
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_asked_has_the_id_of_no_other) {
    hasher_type hasher;
    auto const key = hasher.make_refused_key(1, "text", 4);
    BOOST_TEST((hasher.make_refused_key(1, "text", 4) == key));
    BOOST_TEST(!same_id(hasher.make_refused_key(2, "text", 4), key));
    BOOST_TEST(!same_content(hasher.make_refused_key(1, "other", 4), key));
    BOOST_TEST(!same_content(hasher.make_refused_key(1, "text", 5), key));
    BOOST_TEST(!same_id(key_of("1", "", "", ""), key));
}

BOOST_AUTO_TEST_SUITE_END()
