// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Completions by libcurl's multi interface over epoll, one easy handle for each that is in flight. The body
// is kept, but not parsed; the events of a stream are only counted. Prints one JSON object with bench/load's
// names; ends with 1 if a completion failed.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <curl/curl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

struct options {
    std::string base_url;
    std::string ca_file;
    std::uint64_t requests = 10'000;
    std::uint64_t warmup = 0;
    std::size_t concurrency = 64;
    bool stream = false;
    bool http2 = false;
};

options read_options(int argc, char** argv) {
    options result;
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        if (name == "--stream" || name == "--http2") {
            (name == "--stream" ? result.stream : result.http2) = true;
            continue;
        }
        if (i + 1 == argc) throw std::invalid_argument(std::string(name) + " needs a value");
        std::string const value = argv[++i];
        if (name == "--base-url")
            result.base_url = value;
        else if (name == "--ca")
            result.ca_file = value;
        else if (name == "--requests")
            result.requests = std::stoull(value);
        else if (name == "--warmup")
            result.warmup = std::stoull(value);
        else if (name == "--concurrency")
            result.concurrency = std::stoull(value);
        else
            throw std::invalid_argument("no option " + std::string(name));
    }
    return result;
}

void check(CURLcode code) {
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

void check(CURLMcode code) {
    if (code != CURLM_OK) throw std::runtime_error(curl_multi_strerror(code));
}

double seconds_now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
        1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

struct tally {
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t chunks = 0;
    double seconds = 0;
    double cpu_seconds = 0;
    std::vector<double> latencies;
};

struct transfer {
    CURL* easy = nullptr;
    double began = 0;
    bool stream = false;
    std::string body;
    std::uint64_t bytes = 0;
    std::uint64_t line_ends = 0;
};

std::size_t receive(char* data, std::size_t, std::size_t size, void* into) {
    auto& to = *static_cast<transfer*>(into);
    to.bytes += size;
    if (to.stream)
        to.line_ends += static_cast<std::uint64_t>(std::count(data, data + size, '\n'));
    else
        to.body.append(data, size);
    return size;
}

class driver {
public:
    explicit driver(options const& o) : options_(o), transfers_(o.concurrency) {
        headers_ = curl_slist_append(headers_, "Content-Type: application/json");
        headers_ = curl_slist_append(headers_, "Authorization: Bearer key");
        check(curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &driver::watch));
        check(curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this));
        check(curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &driver::set_timer));
        check(curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this));
        check(curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(o.concurrency)));
        for (auto& each : transfers_) prepare(each);
    }

    driver(driver const&) = delete;
    driver& operator=(driver const&) = delete;

    ~driver() {
        for (auto& each : transfers_) curl_easy_cleanup(each.easy);
        curl_multi_cleanup(multi_);
        curl_slist_free_all(headers_);
        close(epoll_);
    }

    tally make(std::uint64_t count) {
        tally result;
        begun_ = 0;
        wanted_ = count;
        auto const began = seconds_now();
        auto const cpu = cpu_seconds();
        for (auto& each : transfers_) begin(each);
        while (result.completed + result.failed != count) {
            wait();
            take_finished(result);
        }
        result.seconds = seconds_now() - began;
        result.cpu_seconds = cpu_seconds() - cpu;
        return result;
    }

    std::string const& first_failure() const { return first_failure_; }

private:
    void prepare(transfer& t) {
        t.stream = options_.stream;
        t.easy = curl_easy_init();
        check(curl_easy_setopt(t.easy, CURLOPT_URL, (options_.base_url + "/chat/completions").c_str()));
        check(curl_easy_setopt(t.easy, CURLOPT_CAINFO, options_.ca_file.c_str()));
        auto const version = options_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
        check(curl_easy_setopt(t.easy, CURLOPT_HTTP_VERSION, static_cast<long>(version)));
        // Otherwise each call of a burst makes a connection before it is known that they can share one.
        check(curl_easy_setopt(t.easy, CURLOPT_PIPEWAIT, options_.http2 ? 1L : 0L));
        check(curl_easy_setopt(t.easy, CURLOPT_NOSIGNAL, 1L));
        check(curl_easy_setopt(t.easy, CURLOPT_TIMEOUT, 120L));
        check(curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, headers_));
        check(curl_easy_setopt(t.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(question_.size())));
        check(curl_easy_setopt(t.easy, CURLOPT_POSTFIELDS, question_.c_str()));
        check(curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, &receive));
        check(curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t));
        check(curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t));
    }

    void begin(transfer& t) {
        if (begun_ == wanted_) return;
        ++begun_;
        t.body.clear();
        t.bytes = t.line_ends = 0;
        t.began = seconds_now();
        check(curl_multi_add_handle(multi_, t.easy));
    }

    static int watch(CURL*, curl_socket_t socket, int what, void* self, void* known) {
        auto& d = *static_cast<driver*>(self);
        if (what == CURL_POLL_REMOVE) {
            epoll_ctl(d.epoll_, EPOLL_CTL_DEL, socket, nullptr);
            return 0;
        }
        epoll_event event{};
        event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
        event.data.fd = socket;
        if (known) return epoll_ctl(d.epoll_, EPOLL_CTL_MOD, socket, &event);
        curl_multi_assign(d.multi_, socket, self);
        return epoll_ctl(d.epoll_, EPOLL_CTL_ADD, socket, &event);
    }

    static int set_timer(CURLM*, long milliseconds, void* self) {
        static_cast<driver*>(self)->timer_ =
            milliseconds < 0 ? -1.0 : seconds_now() + 1e-3 * static_cast<double>(milliseconds);
        return 0;
    }

    // Waits for sockets, or until libcurl's timer is due, and lets libcurl act.
    void wait() {
        int milliseconds = 1'000;
        if (timer_ >= 0)
            milliseconds = std::clamp(static_cast<int>(1e3 * (timer_ - seconds_now()) + 0.999), 0, 1'000);
        epoll_event events[256];
        int const count = epoll_wait(epoll_, events, 256, milliseconds);
        int running = 0;
        for (int i = 0; i < count; ++i) {
            int ready = 0;
            if (events[i].events & EPOLLIN) ready |= CURL_CSELECT_IN;
            if (events[i].events & EPOLLOUT) ready |= CURL_CSELECT_OUT;
            if (events[i].events & (EPOLLERR | EPOLLHUP)) ready |= CURL_CSELECT_ERR;
            check(curl_multi_socket_action(multi_, events[i].data.fd, ready, &running));
        }
        if (timer_ >= 0 && seconds_now() >= timer_) {
            timer_ = -1;
            check(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
        }
    }

    void take_finished(tally& into) {
        int left = 0;
        while (auto const* const message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            auto* const easy = message->easy_handle;
            auto const code = message->data.result;
            transfer* t = nullptr;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
            check(curl_multi_remove_handle(multi_, easy));
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            bool const good = code == CURLE_OK && status == 200 && t->bytes != 0;
            ++(good ? into.completed : into.failed);
            into.latencies.push_back(seconds_now() - t->began);
            // An event is a line and an empty one; the last is [DONE].
            if (good && t->stream) into.chunks += t->line_ends / 2 - 1;
            if (!good && first_failure_.empty())
                first_failure_ = std::string(curl_easy_strerror(code)) + ", status " + std::to_string(status);
            begin(*t);
        }
    }

    options options_;
    std::string question_ = R"({"model":"bench","messages":[{"role":"user","content":")" +
        std::string(100, 'x') + "\"}]" + (options_.stream ? ",\"stream\":true}" : "}");
    std::vector<transfer> transfers_;
    CURLM* multi_ = curl_multi_init();
    curl_slist* headers_ = nullptr;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    double timer_ = -1;
    std::uint64_t begun_ = 0;
    std::uint64_t wanted_ = 0;
    std::string first_failure_;
};

double per(double seconds, std::uint64_t count) {
    return count ? 1e6 * seconds / static_cast<double>(count) : 0;
}

// In milliseconds. Precondition: they are sorted.
double percentile(std::vector<double> const& latencies, double share) {
    if (latencies.empty()) return 0;
    return 1e3 * latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
}

} // namespace

int main(int argc, char** argv) try {
    auto const o = read_options(argc, argv);
    check(curl_global_init(CURL_GLOBAL_ALL));
    driver d(o);
    auto const warming = d.make(o.warmup);
    auto counted = d.make(o.requests);
    std::sort(counted.latencies.begin(), counted.latencies.end());
    auto const failed = static_cast<unsigned long long>(warming.failed + counted.failed);
    std::printf("{\"completed\":%llu", static_cast<unsigned long long>(counted.completed));
    std::printf(",\"failed\":%llu,\"seconds\":%.6f", failed, counted.seconds);
    std::printf(",\"cpu_us_per_completion\":%.3f", per(counted.cpu_seconds, counted.completed));
    auto const& latencies = counted.latencies;
    std::printf(",\"latency_ms\":{\"p50\":%.3f", percentile(latencies, 0.5));
    std::printf(",\"p99\":%.3f}", percentile(latencies, 0.99));
    if (o.stream) {
        std::printf(",\"chunks\":%llu", static_cast<unsigned long long>(counted.chunks));
        std::printf(",\"cpu_us_per_chunk\":%.3f", per(counted.cpu_seconds, counted.chunks));
    }
    std::printf("}\n");
    if (failed == 0) return 0;
    std::fprintf(stderr, "the first failure: %s\n", d.first_failure().c_str());
    return 1;
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
}
