// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/run_tools_operation.hpp"
#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/calls.hpp"
#include "support/fixtures/tool_turns.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// Each request for memory of a call fails once, the first one to begin with, until none is left that can
// fail. Whatever it was, the call ends, nothing stays marked, counted or taken, and the next call on the
// client ends well.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

// A server with a thread of its own, so that the memory of this one is the client's alone.
class server_thread {
public:
    explicit server_thread(scheme s) {
        testing::mock_options options;
        if (s == scheme::https) options.identity = authority.issue();
        server.emplace(io_.get_executor(), options);
        thread_ = std::thread([this] { io_.run(); });
    }
    server_thread(server_thread const&) = delete;
    server_thread& operator=(server_thread const&) = delete;
    ~server_thread() {
        server->stop();
        work_.reset();
        thread_.join();
    }

    testing::certificate_authority authority;

private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::thread thread_;

public:
    std::optional<testing::mock_provider> server;
};

struct client_side {
    explicit client_side(server_thread const& peer) {
        endpoint = provider::aimlapi("test-key");
        endpoint.base_url = peer.server->base_url();
        config.tls.use_system_store = false;
        config.tls.ca_pem = peer.authority.root_certificate();
        config.proxy = "";
        config.retry = retry_policy::none();
    }

    client make_client() {
        auto result = client(io.get_executor(), endpoint, config);
        // Asio 1.26 has undefined behaviour where there is no memory for a strand. These calls, which are
        // refused, leave enough of them behind for all that follows.
        std::vector<call_ptr> refused;
        for (int i = 0; i < 16; ++i) refused.push_back(start(result, chat_request("")));
        run_until([&] {
            return std::all_of(refused.begin(), refused.end(), [](auto& each) { return each->done; });
        });
        return result;
    }

    template <class Condition>
    void run_until(Condition holds) {
        auto const end = std::chrono::steady_clock::now() + 20s;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            try {
                io.run_one_for(10ms);
            } catch (std::bad_alloc const&) {
                ++left_the_loop;
            }
        }
    }

    void ask_well(client const& from) {
        auto const c = start(from);
        run_until([&c] { return c->done; });
        BOOST_TEST_REQUIRE(c->done);
        BOOST_TEST_REQUIRE(!c->ec, explain(c->ec, c->response));
    }

    asio::io_context io{1};
    provider endpoint;
    client_config config;
    std::size_t left_the_loop = 0;
};

bool is_quiet(client_stats const& s) {
    return s.calls_in_flight == 0 && s.waiting == 0 && s.limited == 0 && s.connections_in_use == 0 &&
        s.connections_connecting == 0 && s.reply_memory == 0 && s.waiting_for_memory == 0;
}

// Report at the end, once, whichever way it came about. Must not need memory.
struct over {
    over() = default;

    bool done = false;
};
using over_ptr = std::shared_ptr<over>;

// `begin` starts something, and sees to it that `over` is notified when that has ended.
using start_function = std::function<void(client const&, over_ptr const&)>;

struct trial {
    explicit trial(start_function b) : begin(std::move(b)) {}

    start_function begin;
    bool warm = true;
    // Requests that fail in a row. A report that must get through is tried three times.
    std::size_t in_a_row = 1;
    // How often an exception may leave the loop: where Asio has no memory for what it does by itself.
    std::size_t may_leave = 0;
};

// One after the other, each request for memory fails. Returns how many there were.
std::size_t fail_each_request(client_side& side, trial const& what) {
    for (std::size_t n = 1;; ++n) {
        BOOST_TEST_CONTEXT(
            "request " << n << (what.warm ? ", warm" : ", cold") << ", in a row: " << what.in_a_row
        ) {
            auto const client = side.make_client();
            if (what.warm) side.ask_well(client);
            auto const told = std::make_shared<over>();
            bool failed = false;
            side.left_the_loop = 0;
            if (std::getenv("OOM_TRACE")) std::cerr << "request " << n << std::endl;
            {
                scarce_memory const scarce(n, what.in_a_row);
                try {
                    what.begin(client, told);
                } catch (std::bad_alloc const&) {
                    // Said by the initiating function: then there is no operation.
                    told->done = true;
                }
                side.run_until([&told] { return told->done; });
                failed = scarce.has_failed();
            }
            BOOST_TEST_REQUIRE(told->done);
            BOOST_TEST(side.left_the_loop <= what.may_leave);
            side.ask_well(client);
            side.run_until([&] { return is_quiet(client.stats()); });
            auto const stats = client.stats();
            BOOST_TEST(stats.calls_in_flight == 0U);
            BOOST_TEST(stats.waiting == 0U);
            BOOST_TEST(stats.limited == 0U);
            BOOST_TEST(stats.connections_in_use == 0U);
            BOOST_TEST(stats.reply_memory == 0U);
            BOOST_TEST(stats.waiting_for_memory == 0U);
            BOOST_TEST_REQUIRE(stats.connections_connecting == 0U);
            if (!failed) return n - 1;
        }
    }
}

void complete(client const& from, over_ptr const& told, request_options options = request_options()) {
    from.async_complete(hello(), std::move(options), [told](error_code ec, chat_response response) {
        plentiful_memory const plenty;
        if (ec) BOOST_TEST(!explain(ec, response).empty());
        told->done = true;
    });
}

struct reading {
    reading() = default;

    chat_stream stream;
    over_ptr told;
};

void read_on(std::shared_ptr<reading> const& r) {
    try {
        r->stream.async_next([r](error_code ec, std::optional<chat_chunk> const& chunk) {
            if (ec || !chunk) {
                r->told->done = true;
                r->stream = chat_stream();
                return;
            }
            read_on(r);
        });
    } catch (std::bad_alloc const&) {
        r->told->done = true;
        r->stream = chat_stream();
    }
}

void read_chunks(client const& from, over_ptr const& told) {
    auto const r = std::make_shared<reading>();
    r->told = told;
    from.async_stream(hello(), [r](error_code ec, chat_stream stream) {
        r->stream = std::move(stream);
        if (!ec) return read_on(r);
        r->told->done = true;
        r->stream = chat_stream();
    });
}

void collect(client const& from, over_ptr const& told) {
    auto const r = std::make_shared<reading>();
    r->told = told;
    from.async_stream(hello(), [r](error_code, chat_stream stream) {
        r->stream = std::move(stream);
        auto const end = [r] {
            r->told->done = true;
            r->stream = chat_stream();
        };
        try {
            r->stream.async_collect([end](error_code, chat_response const&) { end(); });
        } catch (std::bad_alloc const&) {
            end();
        }
    });
}

void use_a_tool(client const& from, over_ptr const& told) {
    toolbox tools;
    tools.add("t", "", boost::json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        co_return "result";
    });
    async_run_tools(
        from,
        hello(),
        std::move(tools),
        run_tools_options(),
        [told](error_code, run_tools_result const&) { told->done = true; }
    );
}

// A model that has tools asks for one of them once.
scripted_reply ask_for_the_tool(testing::received_request const& request) {
    if (request.body.find("\"tools\"") == std::string::npos) return scripted_reply::echo();
    if (request.body.find("\"tool\"") != std::string::npos) return answering("done");
    tool_call call;
    call.id = "call-1";
    call.name = "t";
    call.arguments = "{}";
    return asking_for({call});
}

void complete_three(client const& from, over_ptr const& told) {
    std::vector<chat_request> requests(3, hello());
    bulk_options options;
    options.max_in_flight = 2;
    async_complete_all(from, std::move(requests), std::move(options), [told](error_code, bulk_report const&) {
        told->done = true;
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(out_of_memory)

BOOST_AUTO_TEST_CASE(calls) {
    for (auto const s : {scheme::http, scheme::https}) {
        server_thread peer(s);
        client_side side(peer);
        trial t([](client const& from, over_ptr const& told) { complete(from, told); });
        for (bool const warm : {true, false}) {
            for (std::size_t const in_a_row : {1U, 2U}) {
                t.warm = warm;
                t.in_a_row = in_a_row;
                auto const requests = fail_each_request(side, t);
                BOOST_TEST(requests > 5U);
                BOOST_TEST(requests < 500U);
            }
        }
    }
}

// An executor that does not fit into an any_io_executor takes memory for each thing that is done with it, so
// that a post may fail before it has taken the handler.
BOOST_AUTO_TEST_CASE(calls_whose_handler_has_a_large_executor) {
    server_thread peer(scheme::http);
    client_side side(peer);
    auto const strand = asio::make_strand(asio::any_io_executor(side.io.get_executor()));
    trial t([&strand](client const& from, over_ptr const& told) {
        auto handler = [told](error_code, chat_response const&) { told->done = true; };
        from.async_complete(hello(), asio::bind_executor(strand, std::move(handler)));
    });
    for (std::size_t const in_a_row : {1U, 2U}) {
        t.in_a_row = in_a_row;
        BOOST_TEST(fail_each_request(side, t) > 5U);
    }
}

BOOST_AUTO_TEST_CASE(calls_to_a_name) {
    server_thread peer(scheme::http);
    client_side side(peer);
    side.endpoint.base_url = peer.server->base_url("localhost");
    trial t([](client const& from, over_ptr const& told) { complete(from, told); });
    t.warm = false;
    t.may_leave = 1;
    BOOST_TEST(fail_each_request(side, t) > 5U);
}

BOOST_AUTO_TEST_CASE(calls_that_wait_for_a_limit) {
    server_thread peer(scheme::http);
    client_side side(peer);
    // One per millisecond.
    rate_limit each;
    each.requests_per_minute = 60'000;
    side.config.rates.limits.push_back(each);
    side.config.rates.burst = 1ms;
    trial const t([](client const& from, over_ptr const& told) {
        auto const other = std::make_shared<over>();
        complete(from, other);
        complete(from, told);
    });
    BOOST_TEST(fail_each_request(side, t) > 5U);
}

BOOST_AUTO_TEST_CASE(hedged_calls) {
    server_thread peer(scheme::http);
    peer.server->respond_with([](testing::received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = 3ms;
        return reply;
    });
    client_side side(peer);
    trial const t([](client const& from, over_ptr const& told) {
        request_options options;
        options.hedge_delay = 1ms;
        complete(from, told, options);
    });
    BOOST_TEST(fail_each_request(side, t) > 5U);
}

// Large replies share a budget, and are decoded in steps.
BOOST_AUTO_TEST_CASE(large_replies) {
    server_thread peer(scheme::http);
    auto const completion = R"({"choices":[{"message":{"content":")" + std::string(300'000, 'x') +
        R"(","x":[1,"a text of some length",{"b":2}]},"finish_reason":"stop"}]})";
    peer.server->respond_with([&completion](testing::received_request const& request) {
        bool const streamed = request.body.find("\"stream\":true") != std::string::npos;
        if (!streamed) return scripted_reply(200, completion);
        return scripted_reply::events({"data: " + completion + "\n\n", "data: [DONE]\n\n"});
    });
    client_side side(peer);
    // The second call waits for the first one, which goes beyond it.
    side.config.max_reply_memory = 256u * 1024;
    trial const two_calls([](client const& from, over_ptr const& told) {
        auto const other = std::make_shared<over>();
        complete(from, other);
        complete(from, told);
    });
    for (auto const& t : {two_calls, trial(read_chunks)}) {
        BOOST_TEST(fail_each_request(side, t) > 5U);
    }
}

BOOST_AUTO_TEST_CASE(streams) {
    for (auto const& begin : {read_chunks, collect}) {
        server_thread peer(scheme::http);
        client_side side(peer);
        trial t(begin);
        for (std::size_t const in_a_row : {1U, 2U}) {
            t.in_a_row = in_a_row;
            BOOST_TEST(fail_each_request(side, t) > 5U);
        }
    }
}

BOOST_AUTO_TEST_CASE(runs_with_tools) {
    server_thread peer(scheme::http);
    peer.server->respond_with(ask_for_the_tool);
    client_side side(peer);
    // A run awaits its calls, and what an initiating function throws, Asio lets out of the loop.
    trial t(use_a_tool);
    t.may_leave = 1;
    BOOST_TEST(fail_each_request(side, t) > 5U);
}

// A tool that has ended says so on its own strand, where an exception would not be caught.
BOOST_AUTO_TEST_CASE(the_end_of_a_tool_is_told_as_far_as_there_is_memory) {
    server_thread peer(scheme::http);
    client_side side(peer);
    auto const client = side.make_client();
    auto const& io = side.io.get_executor();
    auto const run = std::make_shared<detail::run_tools_operation>(
        detail::client_access::impl(client),
        hello(),
        toolbox(),
        run_tools_options(),
        detail::run_tools_handler([](error_code, run_tools_result const&) {}, io)
    );
    {
        memory_limit const none(0);
        run->on_tool_ended();
    }
    bool failed = true;
    for (std::size_t n = 1; failed; ++n) {
        scarce_memory const scarce(n, 1, memory_of::asio);
        run->on_tool_ended();
        failed = scarce.has_failed();
    }
}

BOOST_AUTO_TEST_CASE(bulk_runs) {
    server_thread peer(scheme::http);
    client_side side(peer);
    BOOST_TEST(fail_each_request(side, trial(complete_three)) > 10U);
}

// Asio starts the thread that looks names up when it is first needed.
BOOST_AUTO_TEST_CASE(a_lookup_that_can_not_begin_leaves_the_name_as_it_was) {
    server_thread peer(scheme::http);
    client_side side(peer);
    side.endpoint.base_url = peer.server->base_url("localhost");
    side.config.timeouts.resolve = 5s;
    auto const client = side.make_client();
    std::vector<call_ptr> calls;
    {
        no_threads const none;
        calls = start_many(client, 3);
        side.run_until([&calls] {
            return std::all_of(calls.begin(), calls.end(), [](auto const& each) { return each->done; });
        });
    }
    for (auto const& each : calls) {
        BOOST_TEST_REQUIRE(each->done);
        check_failure(*each, errc::resolve_failed, phase::resolving);
        BOOST_TEST(each->info().cause == asio::error::make_error_code(asio::error::try_again));
    }
    side.ask_well(client);
    BOOST_TEST(client.stats().names_resolved == 1U);
    BOOST_TEST(is_quiet(client.stats()));
}

BOOST_AUTO_TEST_SUITE_END()
