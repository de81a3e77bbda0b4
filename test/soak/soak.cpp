// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Mixed calls, cancellations and faults in rounds, each with a client of its own, after each of which
// everything has to be as it was before:
//     soak [--seconds N] [--threads N] [--seed N] [--calls N]          default: 60 2 1 400
// Prints a line per round. Exit status 1 if a call ended in a way it must not, or if memory, files or
// handlers grow.
#include "soak/chaos.hpp"
#include "soak/soak_call.hpp"
#include "soak/tally.hpp"
#include "support/faults/open_files.hpp"
#include "support/fixtures/heap.hpp"
#include "support/fixtures/http_version.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/client.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <iomanip>
#include <iostream>
#include <map>
#include <stdexcept>

namespace {

using namespace async_llm;
using namespace async_llm::soak;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using event = testing::mock_event;

struct setting {
    setting() = default;

    std::size_t seconds = 60;
    std::size_t threads = 2;
    std::size_t seed = 1;
    std::size_t calls = 400;
};

setting read_setting(int argc, char** argv) {
    setting result;
    std::map<std::string, std::size_t*> const known{
        {"--seconds", &result.seconds},
        {"--threads", &result.threads},
        {"--seed", &result.seed},
        {"--calls", &result.calls}
    };
    for (int i = 1; i < argc; i += 2) {
        auto const option = known.find(argv[i]);
        if (option == known.end() || i + 1 == argc)
            throw std::invalid_argument("soak [--seconds N] [--threads N] [--seed N] [--calls N]");
        *option->second = std::stoul(argv[i + 1]);
    }
    result.threads = std::max<std::size_t>(result.threads, 1);
    result.calls = std::max<std::size_t>(result.calls, 10);
    return result;
}

/// Resources that must not grow.
struct resources {
    resources()
        : heap(test::bytes_in_use()), files(test::count_open_files()), handlers(living_handler::count()) {}

    std::size_t heap;
    std::size_t files;
    std::size_t handlers;
};

// Threads keep some memory for the next time, and do so by chance: it grows for some twenty rounds by 400
// KiB, and then no more.
constexpr std::size_t tolerated_growth = 768u * 1024;

// The first rounds fill what is kept on purpose.
constexpr std::size_t warm_up = 3;

testing::mock_options provider_options(testing::certificate_authority const& authority) {
    testing::mock_options options(testing::provider_dialect::openai, authority.issue());
    options.http2 = test::over_http2();
    options.recorded_requests = 0;
    return options;
}

client_config make_config(testing::certificate_authority const& authority) {
    client_config c;
    c.tls.use_system_store = false;
    c.tls.ca_pem = authority.root_certificate();
    c.proxy = "";
    c.pool.max_connections = 64;
    if (test::over_http2()) c.pool.http2 = http2_mode::prefer;
    c.pool.idle_timeout = 100ms;
    c.timeouts.tls_handshake = 500ms;
    c.timeouts.first_byte = c.timeouts.first_content = c.timeouts.content_idle = 500ms;
    c.timeouts.total = 30s;
    c.retry.max_attempts = 4;
    c.retry.initial_backoff = 5ms;
    c.retry.max_backoff = 50ms;
    c.retry.budget_minimum = 100;
    c.retry.generate_idempotency_key = true;
    c.rates.limits.emplace_back("", 60'000, 50'000'000);
    c.rates.burst = 100ms;
    c.concurrency.floor = 8;
    c.concurrency.initial = 32;
    c.breaker.cooldown = 30ms;
    c.breaker.max_cooldown = 200ms;
    c.fallback.order = target_order::by_weight;
    return c;
}

provider make_provider(testing::mock_provider const& server, std::string name) {
    auto result = provider::openai_compatible(server.base_url(), "first-key");
    result.name = std::move(name);
    result.more_keys.emplace_back("second-key");
    return result;
}

std::vector<target> make_targets(testing::mock_provider const& first, testing::mock_provider const& second) {
    std::vector<target> result;
    result.emplace_back(make_provider(first, "first"), "first-model", 2);
    result.emplace_back(make_provider(second, "second"), "second-model", 1);
    return result;
}

/// The providers, what clients of them need, and what was found.
class soak_run {
public:
    explicit soak_run(setting const& s)
        : setting_(s),
          random_(s.seed),
          first_(provider_options(authority_)),
          second_(provider_options(authority_)),
          config_(make_config(authority_)),
          targets_(make_targets(first_.server, second_.server)),
          threads_(s.threads) {
        first_.server.respond_with(chaos(random_()));
        second_.server.respond_with(chaos(random_()));
    }

    ~soak_run() { threads_.join(); }

    soak_run(soak_run const&) = delete;
    soak_run& operator=(soak_run const&) = delete;

    /// False if something was not as it must be.
    bool round(std::size_t number);

private:
    void begin_calls(client const& with, std::size_t count, bool may_be_closed);
    std::future<bulk_report> begin_bulk(client const& with);
    void end_bulk(bulk_report const& report);
    void make_trouble();
    void end_a_client_early();
    bool finish();
    bool grown(resources const& now) const;
    bool check(std::size_t number, client_stats const& s, resources const& now);
    void print(std::size_t number, client_stats const& s, resources const& now, steady::duration took) const;

    setting const setting_;
    std::mt19937 random_;
    testing::certificate_authority authority_;
    test::running_provider first_;
    test::running_provider second_;
    client_config config_;
    std::vector<target> targets_;
    tally book_;
    asio::thread_pool threads_;
    std::size_t calls_ = 0;
    std::size_t well_before_ = 0;
    resources baseline_;
    bool warm_ = false;
};

void soak_run::begin_calls(client const& with, std::size_t count, bool may_be_closed) {
    for (std::size_t i = 0; i < count; ++i) {
        call_plan plan(++calls_, random_);
        plan.may_be_closed = may_be_closed;
        std::make_shared<soak_call>(std::move(plan), threads_.get_executor(), book_)->start(with);
    }
}

constexpr std::size_t bulk_calls = 40;

std::string bulk_text(std::size_t number) {
    return "the request of a run that has number " + std::to_string(number);
}

std::future<bulk_report> soak_run::begin_bulk(client const& with) {
    std::vector<chat_request> requests;
    for (std::size_t i = 0; i < bulk_calls; ++i) {
        auto request = chat_request("soak");
        request.user(bulk_text(i));
        requests.push_back(std::move(request));
    }
    bulk_options options;
    options.max_in_flight = 8;
    return async_complete_all(with, std::move(requests), options, asio::use_future);
}

void soak_run::end_bulk(bulk_report const& report) {
    std::size_t expected = 0;
    for (auto const& each : report.results) {
        bool const own = each.index == expected++ && (each.ec || each.text() == bulk_text(each.index));
        auto const how = !own || (each.ec && !may_happen(each.ec)) ? ending::wrong
            : each.ec                                              ? ending::failed
                                                                   : ending::well;
        book_.begin();
        book_.end(how, bulk_text(each.index) + ": " + each.ec.message() + ", " + std::string(each.text()));
    }
    if (expected == bulk_calls) return;
    book_.begin();
    book_.end(ending::wrong, "a run has " + std::to_string(expected) + " results: " + report.detail);
}

/// Things that happen to a server as a whole, while calls are under way.
void soak_run::make_trouble() {
    auto& server = random_() % 2 == 0 ? first_ : second_;
    server.server.set_accept_fault(some_accept_fault(random_()), 2);
    // In the midst of the round; if the calls do not come that far, then afterwards.
    auto const some = server.server.request_count() + random_() % (1 + setting_.calls / 16);
    server.wait_for(event::requests, some);
    if (random_() % 2 == 0)
        server.server.reset_connections();
    else
        server.server.close_idle_connections();
}

void soak_run::end_a_client_early() {
    client const brief(threads_.get_executor(), targets_, config_);
    begin_calls(brief, 10, true);
    first_.wait_for(event::requests, first_.server.request_count() + random_() % 2);
}

bool soak_run::round(std::size_t number) {
    auto const began = steady::now();
    client_stats stats;
    {
        client const c(threads_.get_executor(), targets_, config_);
        begin_calls(c, setting_.calls, false);
        auto run = begin_bulk(c);
        make_trouble();
        end_a_client_early();
        if (!book_.wait()) {
            std::cerr << "calls did not end" << std::endl;
            return false;
        }
        end_bulk(run.get());
        // It closes the connections that are kept, too.
        c.async_shutdown(std::chrono::seconds(10), asio::use_future).get();
        stats = c.stats();
    }
    auto const took = steady::now() - began;
    bool const quiet = finish();
    resources const now;
    print(number, stats, now, took);
    return check(number, stats, now) && quiet;
}

/// Waits until nothing is under way any more on either side.
bool soak_run::finish() {
    bool closed = true;
    for (auto* const server : {&first_, &second_})
        closed = server->wait_for(event::connections_open_equal, 0) && closed;
    if (!closed) std::cerr << "connections stay open" << std::endl;
    // What the threads still have to clear away behind the last handler reports to none when it is done.
    auto const end = steady::now() + 10s;
    while (grown(resources()) && steady::now() < end)
        asio::post(threads_.get_executor(), asio::use_future).get();
    return closed;
}

bool soak_run::grown(resources const& now) const {
    if (now.handlers != 0) return true;
    return warm_ && (now.heap > baseline_.heap + tolerated_growth || now.files > baseline_.files);
}

void soak_run::print(std::size_t number, client_stats const& s, resources const& now, steady::duration took)
    const {
    std::cout << "round " << number << ": " << std::fixed << std::setprecision(1)
              << std::chrono::duration<double>(took).count() << " s; calls so far " << book_.begun()
              << ", well " << book_.count(ending::well) << ", failed " << book_.count(ending::failed)
              << ", cancelled " << book_.count(ending::cancelled) << ", wrong " << book_.count(ending::wrong)
              << "; of this round: retries " << s.retries << ", fallbacks " << s.fallbacks << ", replays "
              << s.replays << ", hedges " << s.hedges << " (won " << s.hedges_won << "), connections "
              << s.connections_opened << "; in flight at most " << s.concurrency_limit << "; heap "
              << now.heap / 1024 << " KiB, files " << now.files << ", handlers " << now.handlers << std::endl;
}

bool soak_run::check(std::size_t number, client_stats const& s, resources const& now) {
    bool good = book_.count(ending::wrong) == 0;
    auto const require = [&good](bool holds, char const* what) {
        if (!holds) std::cerr << what << std::endl;
        good = good && holds;
    };
    require(
        s.calls_completed + s.calls_failed == setting_.calls + bulk_calls,
        "the client has counted other calls"
    );
    auto const connections = s.connections_in_use + s.connections_idle + s.connections_connecting;
    require(s.calls_in_flight + s.limited + s.waiting + connections == 0, "the client has something left");
    // A bad day, not a lost one.
    auto const well = book_.count(ending::well);
    require(well - std::exchange(well_before_, well) >= setting_.calls / 4, "hardly a call ended well");
    if (number <= warm_up) {
        baseline_.heap = number == 1 ? now.heap : std::max(baseline_.heap, now.heap);
        baseline_.files = number == 1 ? now.files : std::max(baseline_.files, now.files);
        warm_ = number == warm_up;
        return good;
    }
    require(now.heap <= baseline_.heap + tolerated_growth, "memory grows");
    require(now.files <= baseline_.files, "open files grow");
    require(now.handlers == 0, "handlers are left");
    return good;
}

bool run(setting const& s) {
    soak_run w(s);
    auto const end = steady::now() + std::chrono::seconds(s.seconds);
    bool good = true;
    std::size_t number = 0;
    // Fewer rounds than these say nothing.
    while (number < warm_up + 2 || steady::now() < end) good = w.round(++number) && good;
    std::cout << number << " rounds: " << (good ? "good" : "not good") << std::endl;
    return good;
}

} // namespace

int main(int argc, char** argv) try {
    auto const s = read_setting(argc, argv);
    if (!test::allow_open_files(1'000)) throw std::runtime_error("the hard limit of open files is too low");
    return run(s) ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (std::exception const& e) {
    std::cerr << e.what() << std::endl;
    return 2;
}
