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

} // namespace async_llm::test

#endif
