// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULT_TABLE_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULT_TABLE_HPP

#include "support/faults/faulty_fixture.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace async_llm::test {

/// End of an attempt that meets a fault, and its consequences.
struct fault_end {
    /// The fault is not noticed: the first attempt ends well.
    static fault_end unnoticed();
    /// The request did not leave: sent again whenever retries are on.
    static fault_end unsent(errc code, phase where);
    /// The provider may have begun to work: not sent again with `retry_policy::resend_sent` off.
    static fault_end lost(errc code, phase where);
    /// The provider asks for another attempt, one way or another.
    static fault_end refused(error_code code);
    /// Never sent again, for this reason.
    static fault_end last(error_code code, phase where, retry_stop reason = retry_stop::final_error);

    /// Another number of whole requests that the mock provider sees.
    fault_end&& seen(std::size_t requests) &&;
    /// Streams: this was delivered before.
    fault_end&& after(std::string text) &&;
    /// Streams: a chunk without content came before, which is delivered immediately where nothing is sent
    /// again anyway.
    fault_end&& announced() &&;
    /// The transparent replay happened.
    fault_end&& with_replay() &&;
    /// Another wait than the usual one before the next attempt.
    fault_end&& waiting(std::chrono::milliseconds time) &&;
    /// It is a matter of chance in which phase the end is noticed.
    fault_end&& anywhere() &&;

    error_code ec;
    std::optional<phase> where;
    /// With retries on; `none`: it is sent again.
    retry_stop stop = retry_stop::none;
    bool maybe_processed = false;
    std::size_t requests = 1;
    std::string delivered;
    bool announced_before = false;
    bool replayed = false;
    std::optional<std::chrono::milliseconds> wait;

private:
    fault_end() = default;
};

/// A fault, and what it leads to.
struct fault_row {
    using cause_function = std::function<void(faulty_fixture&)>;

    fault_row(std::string n, scheme s, cause_function c, fault_end complete, fault_end stream)
        : name(std::move(n)),
          over(s),
          cause(std::move(c)),
          of_complete(std::move(complete)),
          of_stream(std::move(stream)) {}

    fault_row(std::string n, scheme s, cause_function c, fault_end const& both)
        : fault_row(std::move(n), s, std::move(c), both, both) {}

    /// So many attempts in a row meet it.
    fault_row&& times(std::size_t count) &&;

    std::string name;
    scheme over;
    /// Prepares the world, before the client is made.
    cause_function cause;
    fault_end of_complete;
    fault_end of_stream;
    std::size_t failures = 1;
};

std::ostream& operator<<(std::ostream& out, fault_row const& row);

using fault_rows = std::vector<fault_row>;

/// Names, connections, proxies, handshakes.
fault_rows connecting_faults();
/// Connections that end while the request is sent, or before a byte of the reply, kept ones among them.
fault_rows request_faults();
/// Replies that are cut off, or surrounded by garbage.
fault_rows reply_faults();
/// Replies that report an error.
fault_rows told_faults();
/// Faults that can happen only within a stream; `of_complete` does not count.
fault_rows stream_faults();
/// Peers that fall silent.
fault_rows stalls();
/// Peers that fall silent within a stream; `of_complete` does not count.
fault_rows stalled_streams();

/// Makes the call of a row and checks everything about it.
void check_fault(fault_row const& row, call_mode mode, retrying how);

} // namespace async_llm::test

#endif
