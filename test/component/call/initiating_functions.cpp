// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/fixtures/client_fixture.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// No handler is run from within the function that begins its operation, whatever that ends with, how soon it
// ends, and whichever executor of the same loop it has: a caller may hold a mutex.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

// Whether the initiating function has returned, for a handler to find out.
struct within {
    within() = default;

    bool inside = false;
    bool called = false;
    bool called_inside = false;
};
using within_ptr = std::shared_ptr<within>;

// Handler of any signature.
struct noting {
    explicit noting(within_ptr w) : note(std::move(w)) {}

    template <class... Args>
    void operator()(Args&&...) const {
        note->called = true;
        note->called_inside = note->called_inside || note->inside;
    }

    within_ptr note;
};

// One initiating function; the handler is bound to an executor by `bind`.
template <class Bind>
using initiation = std::function<void(Bind const& bind, noting handler)>;

template <class Bind>
struct named_initiation {
    named_initiation(std::string n, initiation<Bind> f) : name(std::move(n)), begin(std::move(f)) {}

    std::string name;
    initiation<Bind> begin;
};

run_tools_options no_turn() {
    run_tools_options result;
    result.max_turns = 0;
    return result;
}

// All that end without having to wait for anything.
template <class Bind>
std::vector<named_initiation<Bind>>
all_initiations(client const& open, client const& closed, chat_stream& s) {
    std::vector<named_initiation<Bind>> result;
    auto const add = [&result](std::string name, initiation<Bind> begin) {
        result.emplace_back(std::move(name), std::move(begin));
    };
    add("a call that is refused",
        [&open](Bind const& bind, noting h) { open.async_complete(chat_request(""), bind(h)); });
    add("a call on a closed client",
        [&closed](Bind const& bind, noting h) { closed.async_complete(hello(), bind(h)); });
    add("a hedged call", [&closed](Bind const& bind, noting h) {
        request_options options;
        options.hedge_delay = 1ms;
        closed.async_complete(hello(), options, bind(h));
    });
    add("a stream that is refused",
        [&open](Bind const& bind, noting h) { open.async_stream(chat_request(""), bind(h)); });
    add("a chunk that is there", [&s](Bind const& bind, noting h) { s.async_next(bind(h)); });
    add("a run that is refused", [&open](Bind const& bind, noting h) {
        async_run_tools(open, hello(), toolbox(), no_turn(), bind(h));
    });
    add("a run of no requests", [&open](Bind const& bind, noting h) {
        async_complete_all(open, std::vector<chat_request>(), bulk_options(), bind(h));
    });
    add("a shutdown of a closed client",
        [&closed](Bind const& bind, noting h) { closed.async_shutdown(1s, bind(h)); });
    return result;
}

template <class Executor>
struct bind_to {
    template <class Handler>
    auto operator()(Handler handler) const {
        return asio::bind_executor(executor, std::move(handler));
    }

    Executor executor;
};

template <class Executor, class Function>
void post(asio::io_context& io, Executor const& executor, Function function) {
    if constexpr (std::is_convertible_v<Executor, asio::any_io_executor>)
        asio::post(executor, std::move(function));
    else
        asio::post(io, std::move(function));
}

template <class Executor>
void check_all(Executor executor_of(asio::io_context&)) {
    client_fixture w(scheme::http);
    // All chunks come in one piece.
    w.server->enqueue(testing::scripted_reply::stream("one two three four"));
    auto const open = w.make_client();
    auto const closed = w.make_client();
    closed.cancel();
    chat_stream stream;
    bool ready = false;
    open.async_stream(hello(), [&](error_code ec, chat_stream opened) {
        BOOST_TEST(!ec);
        stream = std::move(opened);
        ready = true;
    });
    w.run_until([&] { return ready; });
    // The first of them brings the others along.
    bool first = false;
    stream.async_next([&](error_code, std::optional<chat_chunk> const&) { first = true; });
    w.run_until([&] { return first; });
    using bind = bind_to<Executor>;
    for (auto const& each : all_initiations<bind>(open, closed, stream)) {
        BOOST_TEST_CONTEXT(each.name) {
            auto const note = std::make_shared<within>();
            bind const to{executor_of(w.io)};
            post(w.io, to.executor, [&] {
                note->inside = true;
                each.begin(to, noting(note));
                note->inside = false;
            });
            w.run_until([&] { return note->called; });
            BOOST_TEST(!note->called_inside);
        }
    }
}

asio::io_context::executor_type loop(asio::io_context& io) { return io.get_executor(); }

asio::any_io_executor erased(asio::io_context& io) { return io.get_executor(); }

// Not fit for I/O.
asio::any_completion_executor for_handlers(asio::io_context& io) { return io.get_executor(); }

asio::strand<asio::io_context::executor_type> strand(asio::io_context& io) { return asio::make_strand(io); }

} // namespace

BOOST_AUTO_TEST_SUITE(initiating_functions)

BOOST_AUTO_TEST_CASE(run_no_handler_of_the_loop) {
    check_all(loop);
    check_all(erased);
    check_all(for_handlers);
}

BOOST_AUTO_TEST_CASE(run_no_handler_of_a_strand) { check_all(strand); }

BOOST_AUTO_TEST_SUITE_END()
