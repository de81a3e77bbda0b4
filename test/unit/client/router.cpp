// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/router.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;

bool is_digit(char c) { return std::string_view("0123456789abcdef").find(c) != std::string_view::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(router)

// As many as make sure that no digit is right by chance.
BOOST_AUTO_TEST_CASE(idempotency_keys_are_uuids_of_version_4) {
    std::vector<target> const targets{target(provider::aimlapi("test-key"))};
    detail::router router(targets, client_config());
    std::set<std::string> all;
    for (int i = 0; i < 100; ++i) {
        auto const key = router.make_uuid();
        BOOST_REQUIRE_EQUAL(key.size(), 36U);
        for (std::size_t at = 0; at < key.size(); ++at) {
            bool const is_dash = at == 8 || at == 13 || at == 18 || at == 23;
            BOOST_TEST((is_dash ? key[at] == '-' : is_digit(key[at])), key);
        }
        BOOST_TEST(key[14] == '4', key);
        BOOST_TEST(std::string_view("89ab").find(key[19]) != std::string_view::npos, key);
        BOOST_TEST(all.insert(key).second, key);
    }
}

BOOST_AUTO_TEST_SUITE_END()
