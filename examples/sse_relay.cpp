// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A web server that relays answers to browsers as server-sent events, as they come: sse_relay port model
// [ca_file]
//     curl -N 'http://127.0.0.1:8080/chat?q=Hello'    or    curl -N -d '{"message":"Hello"}'
//     http://127.0.0.1:8080/chat
// Port 0 is any free one; the provider's key is taken from the environment; ca_file holds further
// authorities.
#include "browser.hpp"
#include <async_llm/async_llm.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <iostream>

namespace llm = async_llm;

std::string explanation(llm::error_code ec, llm::chat_stream const& stream) {
    llm::chat_response response;
    response.info = stream.info();
    response.error = stream.error();
    return llm::explain(ec, response);
}

asio::awaitable<void> relay(browser& b, llm::client& client, llm::chat_request request) {
    auto opened = co_await client.async_stream(std::move(request), until_gone(b));
    auto& [ec, stream] = opened;
    if (ec) co_return co_await refuse(b, http::status::bad_gateway, explanation(ec, stream));
    co_await begin_events(b);
    // A chunk is asked for when the one before is written: a browser that reads slowly slows the provider
    // down.
    llm::chat_chunk chunk;
    while (!b.gone) {
        auto const next = co_await stream.async_next(chunk, until_gone(b));
        auto const& [error, more] = next;
        if (error)
            co_await send_event(b, "error", "message", explanation(error, stream));
        else if (!more)
            co_await send_event(b, "done", "model", stream.info().model);
        else if (!chunk.text().empty())
            co_await send_event(b, "", "text", chunk.text());
        if (error || !more) break;
    }
    co_await end_events(b);
}

// Throws what reading or writing fails with; then the browser is gone, and the stream ends with the
// coroutine's frame.
asio::awaitable<void> serve(std::shared_ptr<browser> b, llm::client& client, std::string model) {
    auto const question = co_await read_question(*b);
    if (question) {
        asio::co_spawn(b->stream.get_executor(), watch(b), asio::detached);
        auto request = llm::chat_request(std::move(model));
        request.user(*question);
        co_await relay(*b, client, std::move(request));
    } else {
        co_await refuse(*b, http::status::bad_request, how_to_ask);
    }
    b->stream.close();
}

asio::awaitable<void> listen(tcp::acceptor& acceptor, llm::client& client, std::string model) {
    asio::steady_timer pause(acceptor.get_executor());
    for (;;) {
        auto accepted = co_await acceptor.async_accept(asio::as_tuple(asio::deferred));
        auto& [ec, socket] = accepted;
        if (!ec) {
            auto visitor = std::make_shared<browser>(std::move(socket));
            asio::co_spawn(acceptor.get_executor(), serve(std::move(visitor), client, model), asio::detached);
        } else { // out of files, for instance
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::deferred);
        }
    }
}

int main(int argc, char** argv) try {
    auto const provider = llm::provider::from_environment();
    if (argc < 3 || !provider) {
        std::cerr << "usage: sse_relay port model [ca_file], with a provider's key in the environment\n";
        return 2;
    }
    asio::io_context io(1); // all of this runs on one thread; on several, each browser would need a strand
    llm::client_config config;
    if (argc > 3) config.tls.ca_file = argv[3];
    llm::client client(io.get_executor(), *provider, config);
    auto const port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port));
    std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << "/chat" << std::endl;
    asio::co_spawn(io, listen(acceptor, client, argv[2]), asio::detached);
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](auto const&...) { io.stop(); });
    io.run();
    client.cancel(); // the browsers are notified, and every stream has ended before its executor does
    io.restart();
    io.poll();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
