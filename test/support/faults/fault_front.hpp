// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULT_FRONT_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULT_FRONT_HPP

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace async_llm::test {

/// Fault of a connection that a front does not pass on.
struct front_fault {
    enum class ending { reset, close, stall };

    explicit front_fault(ending e) : then(e) {}

    ending then;
    /// Before that, it reads so many bytes.
    std::size_t read = 0;
    /// Or the head of a request,
    bool read_head = false;
    /// and says this.
    std::string answer;
    /// It passes on what comes until \ref fault_front::spring; all this happens to what comes then.
    bool sleeps = false;
};

/// Takes connections in front of a mock provider and passes them on, except those that it is asked to
/// break.
/** It does what the mock provider can't: break a request that is under way, and be a proxy. It sees bytes,
 * and so knows no TLS. */
class fault_front {
public:
    /// Listens on a port of its own. `upstream`: the port to which it passes on.
    fault_front(boost::asio::io_context& io, std::uint16_t upstream);
    fault_front(fault_front const&) = delete;
    fault_front& operator=(fault_front const&) = delete;
    ~fault_front();

    std::uint16_t port() const noexcept;

    /// From now on it is a proxy, which is asked by CONNECT for what it does anyway.
    void act_as_proxy();

    /// Adds a fault for the next connection without one.
    void add(front_fault fault);

    /// Wakes the faults that sleep.
    void spring();

    /// Further connections are refused.
    void stop_listening();
    void resume_listening();

    /// Closes everything.
    void stop();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace async_llm::test

#endif
