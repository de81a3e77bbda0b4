// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "arguments.hpp"
#include "byte_source.hpp"
#include "commands.hpp"
#include "exit_status.hpp"
#include "progress_display.hpp"
#include "terminal_text.hpp"

#include <boost/system/system_error.hpp>

#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

using namespace async_llm::command;

constexpr std::size_t longest_message = 2000;

/// The subcommands as calls of a visitor.
struct runner {
    exit_status operator()(early_end const& end) const {
        write_all(STDOUT_FILENO, end.output);
        write_all(STDERR_FILENO, end.errors);
        return static_cast<exit_status>(end.status);
    }
    exit_status operator()(bulk_arguments const& arguments) const { return run_bulk(arguments, lookup); }
    exit_status operator()(merge_arguments const& arguments) const { return run_merge(arguments); }
    exit_status operator()(check_arguments const& arguments) const { return run_check(arguments); }
    exit_status operator()(ask_arguments const& arguments) const { return run_ask(arguments, lookup); }

    static char const* lookup(char const* name) { return std::getenv(name); }
};

int fail(exit_status status, char const* sentence) {
    write_all(STDERR_FILENO, "async-llm: " + terminal_line(sentence, longest_message) + '\n');
    return static_cast<int>(status);
}

} // namespace

int main(int argc, char** argv) try {
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(std::visit(runner(), parse_arguments(std::move(words))));
} catch (command_failure const& failure) {
    return fail(failure.status(), failure.what());
} catch (bad_input const& failure) {
    return fail(exit_status::bad_data, failure.what());
} catch (boost::system::system_error const& failure) {
    return fail(status_of(failure.code()), failure.what());
} catch (std::bad_alloc const&) {
    return fail(exit_status::system, "out of memory");
} catch (std::exception const& failure) {
    return fail(exit_status::software, failure.what());
}
