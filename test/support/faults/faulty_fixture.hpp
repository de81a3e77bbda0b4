// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULTY_FIXTURE_HPP
#define ASYNC_LLM_TEST_SUPPORT_FAULTS_FAULTY_FIXTURE_HPP

#include "support/faults/fault_front.hpp"
#include "support/fixtures/client_fixture.hpp"
#include "support/servers/blocked_resolver.hpp"
#include "support/servers/unroutable_host.hpp"
#include <async_llm/testing/scripted_reply.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace async_llm::test {

/// Form of a call.
enum class call_mode { complete, stream, bulk };

constexpr call_mode all_modes[] = {call_mode::complete, call_mode::stream, call_mode::bulk};

std::ostream& operator<<(std::ostream& out, call_mode value);

/// Treatment of failed requests.
enum class retrying {
    off,
    on,
    /// On, with `retry_policy::resend_sent` off.
    unsent_only,
};

constexpr retrying all_retrying[] = {retrying::off, retrying::on, retrying::unsent_only};

std::ostream& operator<<(std::ostream& out, retrying value);

/// Three attempts at most, waits that are short and known, and a budget that lasts.
retry_policy policy_of(retrying how);

/// Result of a call, however it was made.
struct call_end {
    call_end() = default;

    error_code ec;
    response_info info;
    /// The text of the completion, or of all chunks that were delivered.
    std::string text;
};

/// A fixture in which a call meets a fault.
class faulty_fixture : public client_fixture {
public:
    faulty_fixture(scheme s, call_mode m, retrying how);

    bool streaming() const noexcept { return mode == call_mode::stream; }

    /// Calls go through a front, which breaks those connections that it is asked to.
    fault_front& go_through_front();
    /// Calls go through a front that is a proxy.
    fault_front& go_through_proxy();
    /// Calls go to a port that answers no attempt to connect, until \ref heal_hole.
    void go_to_hole();
    /// A mock provider takes that port over.
    void heal_hole();
    /// Calls go to this name instead of the address.
    void go_to_name(std::string const& host);

    /// Done in the moment in which an attempt has failed, once.
    void on_failure(std::function<void()> heal);

    /// Makes one call, in the mode, with \ref request and \ref options; of a bulk run, it is the first.
    call_end make_call(client const& from);

    /// Stops what there is, after which nothing may be left.
    void settle_all();

    call_mode const mode;
    chat_request request = hello();
    request_options options;
    /// Number of calls of a bulk run that come after it, one after the other; they have to end well.
    std::size_t followers = 0;
    /// The call is the second one of its client, on a connection that is kept since the first.
    bool warm = false;
    /// Done between the two.
    std::function<void()> after_warming;
    std::optional<blocked_resolver> blocked;
    std::optional<flaky_name> name;

private:
    class watcher;

    call_end make_stream(client const& from);
    call_end make_bulk(client const& from);
    std::string address_of(std::uint16_t port) const;

    std::optional<fault_front> front_;
    std::optional<unroutable_host> hole_;
    std::shared_ptr<watcher> watcher_;
};

/// A whole reply, and where in it things happen.
struct short_reply {
    short_reply() = default;

    /// All of it.
    std::string bytes;
    /// Number of its bytes that are the head;
    std::size_t head = 0;
    /// how many bring the first content to the caller, of a stream;
    std::size_t content = 0;
    /// and how many make it end well, whatever is missing.
    std::size_t finish = 0;
};

/// More than the kernel takes of a request that is not read.
constexpr std::size_t large_request = 5u << 20;

enum class framing { length, chunked };

/// A reply of few bytes whose text is `lost`; in the mode, as a completion or as a stream.
short_reply make_short_reply(call_mode mode, framing how);

/// Any reply, sent byte for byte until it is cut.
testing::scripted_reply
cut(std::string bytes, std::size_t after, testing::reply_fault how, bool close_notify = true);

} // namespace async_llm::test

#endif
