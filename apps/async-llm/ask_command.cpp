// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "commands.hpp"
#include "file_source.hpp"
#include "progress_display.hpp"
#include "signal_watch.hpp"
#include "terminal_text.hpp"
#include <async_llm/chat_stream.hpp>
#include <async_llm/client.hpp>
#include <async_llm/completion_error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <unistd.h>
#include <utility>
#include <vector>

namespace async_llm::command {
namespace {

constexpr std::size_t longest_prompt = std::size_t(64) << 20;

std::string read_prompt() {
    file_source source("-", nullptr);
    std::string text;
    std::vector<char> piece(std::size_t(64) * 1024);
    while (auto const count = source.read(piece.data(), piece.size())) {
        text.append(piece.data(), count);
        if (text.size() > longest_prompt)
            throw command_failure(exit_status::misuse, "the question is longer than 64 MiB");
    }
    return text;
}

/// Prints an answer as it comes.
class answer_printer {
public:
    void print(std::string_view text) {
        if (text.empty()) return;
        write_all(STDOUT_FILENO, is_terminal_ ? terminal_text(text) : std::string(text));
        ends_line_ = text.back() == '\n';
    }

    /// Ends the last line.
    void finish() {
        if (!ends_line_) write_all(STDOUT_FILENO, "\n");
        ends_line_ = true;
    }

private:
    bool is_terminal_ = is_terminal(STDOUT_FILENO);
    bool ends_line_ = true;
};

boost::asio::awaitable<void> talk(client const& server, chat_request request, answer_printer& printer) {
    auto stream = co_await server.stream(std::move(request));
    chat_chunk chunk;
    while (co_await stream.next(chunk)) printer.print(chunk.text());
}

chat_request make_request(ask_arguments const& arguments) {
    chat_request request(arguments.model);
    if (!arguments.system.empty()) request.system(arguments.system);
    auto prompt = arguments.prompt.empty() ? read_prompt() : arguments.prompt;
    if (prompt.empty()) throw command_failure(exit_status::misuse, "there is no question");
    request.user(std::move(prompt));
    return request;
}

} // namespace

exit_status run_ask(ask_arguments const& arguments, environment const& lookup) {
    std::string problem;
    auto const chosen = choose_provider(arguments, lookup, problem);
    if (!chosen) throw command_failure(exit_status::misuse, problem);
    if (arguments.model.empty() && chosen->dialect.requires_model)
        throw command_failure(exit_status::misuse, "--model is needed with this server");
    auto request = make_request(arguments);

    boost::asio::io_context io(1);
    client server(io.get_executor(), *chosen, configure_client(arguments));
    answer_printer printer;
    std::exception_ptr thrown;
    signal_watch signals(io, [&server](int) { server.cancel(); });
    boost::asio::co_spawn(io, talk(server, std::move(request), printer), [&](std::exception_ptr exception) {
        thrown = exception;
        signals.stop();
    });
    io.run();
    printer.finish();
    if (signals.count() > 0) return exit_status::interrupted;
    if (thrown) std::rethrow_exception(thrown);
    return exit_status::success;
}

} // namespace async_llm::command
