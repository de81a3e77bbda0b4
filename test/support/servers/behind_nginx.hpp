// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_BEHIND_NGINX_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_BEHIND_NGINX_HPP

#include "support/fixtures/client_fixture.hpp"
#include "support/servers/nginx.hpp"

#include <string>

namespace async_llm::test {

/// The fixture with an nginx in the mock provider's place.
struct behind_nginx : client_fixture {
    explicit behind_nginx(nginx_options const& options) : nginx(authority.issue(), options) {
        server->stop();
        use("/v1");
    }

    void use(std::string const& path) { endpoint.base_url = nginx.url(path); }

    nginx_server nginx;
};

/// The fixture with an nginx that offers HTTP/2 in front of the mock provider, which it asks in HTTP/1.1.
struct through_nginx : client_fixture {
    explicit through_nginx(nginx_options const& options = nginx_options())
        : client_fixture(scheme::http), nginx(authority.issue(), in_front_of(*server, options)) {
        endpoint.base_url = nginx.url("/behind/v1");
        endpoint.http2_prior_knowledge = false;
        config.pool.http2 = http2_mode::prefer;
    }

    static nginx_options in_front_of(testing::mock_provider const& backend, nginx_options options) {
        options.http2 = true;
        options.backend = backend.port();
        return options;
    }

    nginx_server nginx;
};

} // namespace async_llm::test

#endif
