// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_RESTARTED_NGINX_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_RESTARTED_NGINX_HPP

#include "support/servers/behind_nginx.hpp"
#include "support/streams/marked_completions.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::test {

/// Options of an nginx that answers with the key of the request, so that each answer can be distinguished
/// from all others.
nginx_options echoing_nginx();

/// Options of an nginx that is to be killed.
/**
 * Once asked to end immediately, nginx lingers on each connection that it still answers on, and it logs an
 * answer only after that, which it does not live to see. Without lingering, its log has every answer sent.
 */
nginx_options echoing_nginx_to_the_last();

/// The fixture with an nginx that ends and is started again.
struct restarted_nginx : behind_nginx {
    explicit restarted_nginx(nginx_options const& options);

    /// Waits until nginx has ended and the client has found nothing there, and only then starts it again.
    void start_again(client const& c);
};

/// Account of the log of nginx.
class nginx_account {
public:
    nginx_account(std::vector<nginx_request> const& log, std::size_t calls);

    /// Number of its workers.
    std::size_t processes() const { return processes_.size(); }
    std::size_t connections() const { return connections_.size(); }
    std::string figures() const;

    served_marks served;
    /// Number of requests that it has answered with an error.
    std::size_t refused = 0;
    /// Number of requests in HTTP/2.
    std::size_t http2 = 0;

private:
    std::set<long> processes_;
    std::set<std::pair<long, std::size_t>> connections_;
};

/// Ends nginx, and compares its log with the callers' answers.
nginx_account check_nothing_lost(restarted_nginx& w, marked_completions const& calls, std::size_t total);

} // namespace async_llm::test

#endif
