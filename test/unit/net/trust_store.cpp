// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/trust_store.hpp"

#include "net/tls/tls_context.hpp"
#include "support/servers/child_process.hpp"
#include <async_llm/testing/certificate_authority.hpp>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::certificate_authority;

tls_config trusting(std::string pem) {
    tls_config config;
    config.use_system_store = false;
    config.ca_pem = std::move(pem);
    return config;
}

tls_config trusting_file(std::string path) {
    auto config = trusting({});
    config.ca_file = std::move(path);
    return config;
}

int certificates_in(X509_STORE* store) { return sk_X509_OBJECT_num(X509_STORE_get0_objects(store)); }

// The value of a variable of the environment for as long as this lives.
class variable {
public:
    variable(char const* name, std::string const& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~variable() { ::unsetenv(name_); }
    variable(variable const&) = delete;
    variable& operator=(variable const&) = delete;

private:
    char const* name_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(trust_store)

BOOST_AUTO_TEST_CASE(one_configuration_has_one_store) {
    certificate_authority const authority;
    auto const config = trusting(authority.root_certificate());
    net::trust_store_cache cache(4);
    auto const first = cache.get(config);
    auto const second = cache.get(config);
    BOOST_TEST(first.get() == second.get());
    BOOST_TEST(cache.loads() == 1U);
    BOOST_TEST(certificates_in(first.get()) == 1);
    // What has nothing to do with trust makes no difference.
    auto other = config;
    other.server_name = "api.example.test";
    other.max_session_age = 1s;
    BOOST_TEST(cache.get(other).get() == first.get());
}

BOOST_AUTO_TEST_CASE(no_configuration_widens_another) {
    certificate_authority const one("one");
    certificate_authority const two("two");
    temp_dir folder;
    auto const file_one = folder.write("one.pem", one.root_certificate());
    auto const file_two = folder.write("two.pem", two.root_certificate());
    variable const file(X509_get_default_cert_file_env(), file_two);
    variable const dir(X509_get_default_cert_dir_env(), folder.path("none"));
    std::vector<tls_config> configs{trusting({})};
    for (auto const& pem : {one.root_certificate(), two.root_certificate()}) configs.push_back(trusting(pem));
    for (auto const& path : {file_one, file_two}) configs.push_back(trusting_file(path));
    auto both = trusting_file(file_one);
    both.ca_pem = two.root_certificate();
    configs.push_back(both);
    both.use_system_store = true;
    configs.push_back(both);
    configs.push_back(trusting({}));
    configs.back().use_system_store = true;

    net::trust_store_cache cache(16);
    std::vector<net::store_ptr> stores;
    for (auto const& each : configs) stores.push_back(cache.get(each));
    std::vector<int> const expected{0, 1, 1, 1, 1, 2, 2, 1};
    for (std::size_t i = 0; i < configs.size(); ++i) {
        BOOST_TEST(certificates_in(stores[i].get()) == expected[i], i);
        BOOST_TEST(cache.get(configs[i]).get() == stores[i].get(), i);
        for (std::size_t j = 0; j < i; ++j) BOOST_TEST(stores[i].get() != stores[j].get(), i << ' ' << j);
    }
    BOOST_TEST(cache.loads() == configs.size());
}

BOOST_AUTO_TEST_CASE(a_file_that_was_changed_is_read_again) {
    certificate_authority const one("one");
    certificate_authority const two("two");
    temp_dir folder;
    auto const path = folder.write("ca.pem", one.root_certificate());
    auto const config = trusting_file(path);
    net::trust_store_cache cache(4);
    auto const before = cache.get(config);
    auto const time = std::filesystem::last_write_time(path);

    folder.write("ca.pem", one.root_certificate() + two.root_certificate());
    std::filesystem::last_write_time(path, time);
    auto const longer = cache.get(config);
    BOOST_TEST(longer.get() != before.get());
    BOOST_TEST(certificates_in(longer.get()) == 2);
    BOOST_TEST(certificates_in(before.get()) == 1);

    std::filesystem::last_write_time(path, time + 1s);
    BOOST_TEST(cache.get(config).get() != longer.get());
    BOOST_TEST(cache.loads() == 3U);
}

BOOST_AUTO_TEST_CASE(a_relative_path_is_another_file_in_another_folder) {
    certificate_authority const authority;
    temp_dir here;
    temp_dir there;
    auto const one = here.write("ca.pem", authority.root_certificate());
    auto const two = there.write("ca.pem", authority.root_certificate());
    std::filesystem::last_write_time(two, std::filesystem::last_write_time(one));
    auto const original = std::filesystem::current_path();
    net::trust_store_cache cache(4);
    std::filesystem::current_path(here.path(""));
    auto const first = cache.get(trusting_file("ca.pem"));
    std::filesystem::current_path(there.path(""));
    auto const second = cache.get(trusting_file("ca.pem"));
    std::filesystem::current_path(original);
    BOOST_TEST(first.get() != second.get());
}

BOOST_AUTO_TEST_CASE(the_systems_files_count_where_they_are) {
    certificate_authority const one("one");
    certificate_authority const two("two");
    temp_dir folder;
    auto const path = folder.write("system.pem", one.root_certificate());
    auto const folders = folder.path("first") + ':' + folder.path("second");
    std::filesystem::create_directory(folder.path("second"));
    variable const file(X509_get_default_cert_file_env(), path);
    variable const dir(X509_get_default_cert_dir_env(), folders);
    auto config = trusting({});
    config.use_system_store = true;
    net::trust_store_cache cache(8);
    auto const before = cache.get(config);
    BOOST_TEST(certificates_in(before.get()) == 1);
    BOOST_TEST(cache.get(config).get() == before.get());

    folder.write("system.pem", one.root_certificate() + two.root_certificate());
    auto const changed = cache.get(config);
    BOOST_TEST(certificates_in(changed.get()) == 2);

    auto const time = std::filesystem::last_write_time(folder.path("second"));
    std::filesystem::last_write_time(folder.path("second"), time + 1s);
    BOOST_TEST(cache.get(config).get() != changed.get());

    auto const elsewhere = folder.write("other.pem", two.root_certificate());
    variable const moved(X509_get_default_cert_file_env(), elsewhere);
    BOOST_TEST(certificates_in(cache.get(config).get()) == 1);
    BOOST_TEST(cache.loads() == 4U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_kept) {
    certificate_authority const authority;
    temp_dir folder;
    auto const config = trusting_file(folder.path("ca.pem"));
    net::trust_store_cache cache(4);
    for (int i = 0; i < 2; ++i) {
        BOOST_CHECK_EXCEPTION(cache.get(config), boost::system::system_error, [](auto const& e) {
            return std::string(e.what()).starts_with("tls.ca_file");
        });
    }
    BOOST_TEST(cache.size() == 0U);
    folder.write("ca.pem", authority.root_certificate());
    BOOST_TEST(certificates_in(cache.get(config).get()) == 1);
    BOOST_CHECK_THROW(cache.get(trusting("nonsense")), boost::system::system_error);
    BOOST_TEST(cache.size() == 1U);
    BOOST_TEST(cache.loads() == 1U);
}

BOOST_AUTO_TEST_CASE(the_one_not_used_for_longest_gives_way) {
    std::vector<tls_config> configs;
    for (int i = 0; i < 3; ++i) configs.push_back(trusting(certificate_authority().root_certificate()));
    net::trust_store_cache cache(2);
    auto const first = cache.get(configs[0]);
    auto const second = cache.get(configs[1]);
    cache.get(configs[0]);
    cache.get(configs[2]);
    BOOST_TEST(cache.size() == 2U);
    BOOST_TEST(cache.get(configs[0]).get() == first.get());
    BOOST_TEST(cache.loads() == 3U);
    // Its holder keeps it.
    BOOST_TEST(certificates_in(second.get()) == 1);
    BOOST_TEST(cache.get(configs[1]).get() != second.get());
    BOOST_TEST(cache.loads() == 4U);
}

BOOST_AUTO_TEST_CASE(many_threads_load_once) {
    // The same one so often that to load it takes longer than to begin with all threads.
    std::string const certificate = certificate_authority().root_certificate();
    std::string many;
    for (int i = 0; i < 1000; ++i) many += certificate;
    auto const config = trusting(many);
    net::trust_store_cache cache(4);
    std::vector<net::store_ptr> stores(8);
    std::latch all_here(std::ssize(stores));
    std::vector<std::thread> threads;
    for (auto& each : stores) {
        threads.emplace_back([&] {
            all_here.arrive_and_wait();
            each = cache.get(config);
        });
    }
    for (auto& each : threads) each.join();
    for (auto const& each : stores) BOOST_TEST(each.get() == stores.front().get());
    BOOST_TEST(cache.loads() == 1U);
}

BOOST_AUTO_TEST_CASE(all_clients_of_the_process_share) {
    auto const config = trusting(certificate_authority().root_certificate());
    auto const before = net::trust_stores().loads();
    X509_STORE* shared = nullptr;
    for (int i = 0; i < 100; ++i) {
        net::tls_context const context(config, "localhost", false, 1);
        auto* const store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(context.make_ssl().get()));
        if (i == 0) shared = store;
        BOOST_TEST(store == shared);
    }
    BOOST_TEST(net::trust_stores().loads() == before + 1);
    // What else a client has set is its own.
    BOOST_TEST(
        (X509_VERIFY_PARAM_get_flags(X509_STORE_get0_param(shared)) & X509_V_FLAG_PARTIAL_CHAIN) == 0U
    );
}

BOOST_AUTO_TEST_SUITE_END()
