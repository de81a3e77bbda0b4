// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_file_operation.hpp"
#include "file/bulk_paths.hpp"
#include "policy/bulk/shard.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cstdlib>
#include <utility>

namespace async_llm {
namespace detail {

void start_bulk_file(
    client_ptr const& client,
    bulk_file_handler handler,
    bulk_input input,
    std::string output,
    bulk_file_options options
) {
    auto const op = std::make_shared<bulk_file_operation>(
        client,
        std::move(handler),
        std::move(input),
        std::move(output),
        std::move(options)
    );
    op->start();
}

} // namespace detail

asio::awaitable<bulk_file_report>
bulk_file(client const& sender, bulk_input input, std::string output, bulk_file_options options) {
    return async_bulk_file(
        sender,
        std::move(input),
        std::move(output),
        std::move(options),
        with_response(asio::use_awaitable)
    );
}

bulk_shard parse_bulk_shard(std::string_view text) {
    bulk_shard result;
    auto const lookup = [](char const* name) { return std::getenv(name); };
    auto const problem = policy::choose_shard(text, lookup, result);
    if (!problem.empty()) throw boost::system::system_error(make_error_code(errc::invalid_request), problem);
    return result;
}

std::string shard_path(std::string_view path, bulk_shard shard) {
    if (shard.count == 1) return std::string(path);
    return file::with_word(path, std::to_string(shard.index) + "-of-" + std::to_string(shard.count));
}

} // namespace async_llm
