// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_BEHIND_HAPROXY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_BEHIND_HAPROXY_HPP

#include "support/servers/haproxy.hpp"
#include "support/streams/marked_completions.hpp"

#include <cstddef>
#include <optional>
#include <random>
#include <string>

namespace async_llm::test {

/// The fixture with a haproxy in the mock provider's place, and two mock providers behind it.
struct behind_haproxy : client_fixture {
    behind_haproxy(haproxy_mode m, std::size_t calls);

    /// Both answer in this way, and note whom.
    void respond_with(testing::mock_provider::responder answer);

    /// The first of them dies, and all that it had begun.
    void kill_first();

    /// Reloads haproxy, and waits until a new process has taken over.
    void reload();

    void print(std::string const& line) const;

    haproxy_mode mode;
    served_marks served;
    // Held, so that no other process gets the port of a backend that is dead.
    loopback_port first_port;
    loopback_port second_port;
    testing::mock_provider first;
    testing::mock_provider second;
    haproxy_server proxy;
};

/// Completions through that haproxy, 64 at a time.
struct completions_behind_haproxy {
    completions_behind_haproxy(haproxy_mode mode, std::size_t total);

    void run_until_ended(std::size_t number) { calls->run_until_ended(w, number); }

    /// Fails the test if one is lost, or was served more often than its attempts explain.
    void finish(std::string const& what);

    std::mt19937 random;
    behind_haproxy w;
    client const c;
    std::size_t const count;
    std::optional<marked_completions> calls;
};

/// \name Trials in the middle of many calls
/// They fail the test if something is lost that can be done again.
/// @{
void try_completions_and_a_death(haproxy_mode mode);
void try_completions_and_maintenance(haproxy_mode mode);
void try_completions_and_draining(haproxy_mode mode);
void try_completions_and_reloads(haproxy_mode mode);
void try_streams_and_a_death(haproxy_mode mode);
/// @}

} // namespace async_llm::test

#endif
