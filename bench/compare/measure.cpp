// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// measure SECONDS FILE COMMAND...: runs a command, for so many seconds at most, and writes what it has used
// to the file. Ends as the command ended. A program that has just been started counts the memory of the one
// that started it as its own, so this has to be small: an interpreter in its place would be larger than some
// of the clients.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

pid_t volatile child = 0;

void end_child(int) {
    if (child > 0) kill(child, SIGKILL);
}

double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool write_usage(char const* name, double took, rusage const& used) {
    auto* const file = std::fopen(name, "w");
    if (!file) return false;
    std::fprintf(
        file,
        "{\"seconds\":%.6f,\"user_seconds\":%.6f,\"system_seconds\":%.6f,\"peak_rss_bytes\":%lld}\n",
        took,
        seconds(used.ru_utime),
        seconds(used.ru_stime),
        static_cast<long long>(used.ru_maxrss) * 1024
    );
    return std::fclose(file) == 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("measure SECONDS FILE COMMAND...\n", stderr);
        return 2;
    }
    auto const limit = static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10));
    auto const began = now();
    child = fork();
    if (child < 0) {
        std::perror("fork");
        return 2;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[3], argv + 3);
        std::perror(argv[3]);
        _exit(127);
    }
    for (int const each : {SIGALRM, SIGINT, SIGTERM}) {
        struct sigaction action{};
        action.sa_handler = end_child;
        action.sa_flags = SA_RESTART;
        sigaction(each, &action, nullptr);
    }
    alarm(limit);

    int status = 0;
    rusage used{};
    if (wait4(child, &status, 0, &used) < 0) {
        std::perror("wait4");
        return 2;
    }
    if (!write_usage(argv[2], now() - began, used)) {
        std::perror(argv[2]);
        return 2;
    }
    if (WIFSIGNALED(status)) {
        std::fprintf(stderr, "ended by signal %d; the limit is %u seconds\n", WTERMSIG(status), limit);
        return 128 + WTERMSIG(status);
    }
    return WEXITSTATUS(status);
}
