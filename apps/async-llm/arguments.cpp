// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "arguments.hpp"

#include "exit_status.hpp"
#include <async_llm/version.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>

namespace async_llm::command {
namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();

constexpr char const* about =
    "Runs files of requests against OpenAI-compatible servers, and asks single questions.";

constexpr char const* environment_footer =
    "Keys come from the environment: OPENROUTER_API_KEY, AIMLAPI_API_KEY, OPENAI_API_KEY (with\n"
    "OPENAI_BASE_URL), and ASYNC_LLM_API_KEY for --base-url. See async-llm(1).";

constexpr char const* bulk_footer =
    "Run it again to go on where it ended: lines that OUT has an answer to are not asked again.\n"
    "Exit status: 0 all answered, 3 lines failed or are missing, 4 a cap was reached, 42 misuse or\n"
    "a refused key, 143 interrupted; 65 to 75 as in sysexits.h.\n";

/// Text of a check that fails for values that are not finite or below zero.
std::string check_amount(std::string const& text) {
    try {
        std::size_t read = 0;
        auto const value = std::stod(text, &read);
        if (read == text.size() && std::isfinite(value) && value >= 0) return std::string();
    } catch (std::exception const&) {
    }
    return text + " is not an amount of 0 or more";
}

/// Reads `IN,OUT`.
bool parse_price(std::string const& text, std::pair<double, double>& into) {
    auto const comma = text.find(',');
    if (comma == text.npos) return false;
    auto const first = text.substr(0, comma);
    auto const second = text.substr(comma + 1);
    if (!check_amount(first).empty() || !check_amount(second).empty()) return false;
    into = {std::stod(first), std::stod(second)};
    return true;
}

/// Layout of the help, with the usage as manual pages have it.
class help_layout : public CLI::Formatter {
public:
    std::string make_usage(CLI::App const* app, std::string) const override {
        constexpr std::pair<std::string_view, std::string_view> usages[]{
            {"bulk", "[options] IN -o OUT"},
            {"merge", "[options] OUT... -o ALL"},
            {"check", "[options] IN OUT..."},
            {"ask", "[options] [PROMPT...]"},
        };
        for (auto const& [name, usage] : usages) {
            if (app->get_name() == name)
                return "Usage: async-llm " + std::string(name) + ' ' + std::string(usage) + '\n';
        }
        return "Usage: async-llm bulk|merge|check|ask ...\n";
    }
};

/// Texts of options that are read further when all have been gathered.
struct raw_texts {
    raw_texts() = default;

    std::string dedup;
    std::string progress = "auto";
    std::string price;
    double grace = 60;
    std::vector<std::string> prompt;
};

/// The parser with the values that it fills.
class parser {
public:
    parser() : app_(about, "async-llm") {
        app_.set_version_flag("--version", "async-llm " ASYNC_LLM_VERSION_STRING);
        app_.require_subcommand(1);
        app_.footer(environment_footer);
        auto const layout = std::make_shared<help_layout>();
        layout->column_width(30);
        app_.formatter(layout);
        add_bulk();
        add_merge();
        add_check();
        add_ask();
    }

    invocation parse(std::vector<std::string> words) {
        std::reverse(words.begin(), words.end());
        try {
            app_.parse(std::move(words));
            return finish();
        } catch (CLI::Success const& success) {
            return describe(success);
        } catch (CLI::ParseError const& error) {
            auto const unknown = app_.remaining();
            if (app_.get_subcommands().empty() && !unknown.empty())
                return misuse(unknown.front() + " is no subcommand");
            return misuse(error.what());
        }
    }

    std::string help(std::string_view subcommand) {
        if (subcommand.empty()) return app_.help();
        auto const* const found = app_.get_subcommand(std::string(subcommand));
        return found->help("async-llm");
    }

private:
    using group = CLI::Option_group;

    void add_endpoint(CLI::App& sub, endpoint_arguments& into) {
        auto* const provider = sub.add_option(
            "--provider",
            into.provider,
            "openrouter, aimlapi or openai; default: whose key is set"
        );
        provider->check(CLI::IsMember({"openrouter", "aimlapi", "openai"}))->option_text("NAME");
        auto* const url =
            sub.add_option("--base-url", into.base_url, "any other server, as http://host:8000/v1");
        url->option_text("URL")->excludes(provider);
        sub.add_option("--ca", into.ca_file, "further certificate authorities, in PEM")->option_text("FILE");
        sub.add_flag("--http2", into.http2, "use HTTP/2 where the server offers it");
    }

    void add_bulk() {
        auto& sub =
            *app_.add_subcommand("bulk", "Asks each line of a file, and resumes what was interrupted");
        bulk_ = &sub;
        sub.footer(std::string(bulk_footer) + environment_footer);
        sub.add_option(
               "IN",
               bulk_arguments_.input,
               "requests, a JSON object in each line; .gz; -: standard input"
        )
            ->required()
            ->option_text(" ");
        sub.add_option(
               "-o,--output",
               bulk_arguments_.output,
               "answers are appended to it; shards have their own"
        )
            ->required()
            ->option_text("OUT");
        add_endpoint(sub, bulk_arguments_);
        sub.add_option("--model", bulk_arguments_.model, "model that each line asks for, instead of its own")
            ->option_text("NAME");
        add_limits(sub);
        add_run(sub);
        add_display(sub);
    }

    void add_limits(CLI::App& sub) {
        auto& limits = bulk_arguments_.limits;
        sub.add_option("--max-in-flight", bulk_arguments_.max_in_flight, "calls at a time; default 64")
            ->check(CLI::Range(std::int64_t(1), std::int64_t(1'000'000)))
            ->option_text("N");
        auto const add_count = [&sub](char const* name, auto& into, char const* text, std::int64_t least) {
            sub.add_option(name, into, text)->check(CLI::Range(least, most))->option_text("N");
        };
        add_count("--rpm", limits.requests_per_minute, "requests per minute, of all shards together", 1);
        add_count("--tpm", limits.tokens_per_minute, "tokens per minute, of all shards together", 1);
        sub.add_option(
               "--limits-file",
               limits.limits_file,
               "shards share --rpm and --tpm by it; default: divide them"
        )
            ->type_name("FILE");
        sub.add_option(
               "--max-cost",
               limits.max_cost,
               "most cost of all runs and shards; then it stops starting"
        )
            ->check(check_amount)
            ->option_text("USD");
        add_count("--max-total-tokens", limits.max_total_tokens, "most tokens, in and out, likewise", 0);
        add_count("--max-calls", limits.max_calls, "most calls, likewise", 0);
        sub.add_option("--price", texts_.price, "USD per million tokens, for servers that report no cost")
            ->option_text("IN,OUT");
    }

    void add_run(CLI::App& sub) {
        sub.add_option(
               "--shard",
               bulk_arguments_.shard,
               "part of the lines: i/n, auto, auto/n (Slurm, Kubernetes)"
        )
            ->option_text("SHARD");
        sub.add_flag("--retry-failed", bulk_arguments_.retry_failed, "ask lines again that failed for good");
        sub.add_flag("--dedup", texts_.dedup, "ask equal bodies once: those with temperature 0, or =all");
        sub.add_flag("--ordered", bulk_arguments_.ordered, "write answers in the order of the input");
        sub.add_flag("--dry-run", bulk_arguments_.dry_run, "read and check all of it; ask and write nothing");
        sub.add_option("--grace", texts_.grace, "seconds for calls in flight after a signal; default 60")
            ->check(CLI::Range(0.0, 1e6))
            ->option_text("SECONDS");
    }

    void add_display(CLI::App& sub) {
        sub.add_option("--progress", texts_.progress, "auto, tty, json, json:FILE or none; default auto")
            ->option_text("KIND");
        sub.add_option("--report", bulk_arguments_.report, "a page about the run: totals, latency, rate")
            ->option_text("FILE.html");
        sub.add_flag("-q,--quiet", bulk_arguments_.quiet, "no progress and no summary, errors alone");
    }

    void add_merge() {
        auto& sub =
            *app_.add_subcommand("merge", "Merges the outputs of runs or shards, in the order of the input");
        merge_ = &sub;
        sub.add_option("OUT", merge_arguments_.outputs, "outputs; later ones supersede earlier ones")
            ->required()
            ->option_text("...");
        sub.add_option("-o,--output", merge_arguments_.merged, "the merged file; .gz compresses it")
            ->required()
            ->option_text("ALL");
        sub.add_option(
               "--order-by",
               merge_arguments_.input,
               "input whose order is restored; default: by line number"
        )
            ->option_text("IN");
        sub.add_flag("-q,--quiet", merge_arguments_.quiet, "no summary");
        sub.footer("Failures are merged likewise, into ALL's errors file (all.errors.jsonl).");
    }

    void add_check() {
        auto& sub = *app_.add_subcommand("check", "Compares an input with its outputs");
        check_ = &sub;
        sub.add_option("IN", check_arguments_.input, "requests; .gz; -: standard input")
            ->required()
            ->option_text(" ");
        sub.add_option("OUT", check_arguments_.outputs, "outputs of its runs or shards")
            ->required()
            ->option_text("...");
        sub.add_option("--model", check_arguments_.model, "the --model of the runs, if they had one")
            ->option_text("NAME");
        sub.add_option("--list", check_arguments_.max_open_lines, "open lines that are listed; default 20")
            ->check(CLI::Range(std::int64_t(0), most))
            ->option_text("N");
        sub.footer("Exit status: 0 every request has its answer, 3 it has not, 42 misuse.");
    }

    void add_ask() {
        auto& sub = *app_.add_subcommand("ask", "Asks one question, and prints the answer as it comes");
        ask_ = &sub;
        sub.add_option("PROMPT", texts_.prompt, "words of the question; none, or -: standard input")
            ->option_text("...");
        add_endpoint(sub, ask_arguments_);
        sub.add_option("--model", ask_arguments_.model, "model that is asked; OpenRouter has a default")
            ->option_text("NAME");
        sub.add_option("--system", ask_arguments_.system, "system message in front of the question")
            ->option_text("TEXT");
        sub.footer(environment_footer);
    }

    invocation finish() {
        if (bulk_->parsed()) return finish_bulk();
        if (merge_->parsed()) return merge_arguments_;
        if (check_->parsed()) return check_arguments_;
        return finish_ask();
    }

    invocation finish_bulk() {
        auto& result = bulk_arguments_;
        if (texts_.dedup == "all")
            result.dedup = bulk_dedup::all;
        else if (texts_.dedup == "true" || texts_.dedup == "deterministic")
            result.dedup = bulk_dedup::deterministic;
        else if (!texts_.dedup.empty())
            return misuse("--dedup: " + texts_.dedup + " is neither deterministic nor all");
        if (!parse_progress(texts_.progress, result.progress, result.progress_file))
            return misuse("--progress: " + texts_.progress + " is none of auto, tty, json, json:FILE, none");
        auto const& limits = result.limits;
        if (!limits.limits_file.empty() && !limits.requests_per_minute && !limits.tokens_per_minute)
            return misuse("--limits-file: needs --rpm or --tpm");
        std::pair<double, double> price;
        if (!texts_.price.empty() && !parse_price(texts_.price, price))
            return misuse("--price: " + texts_.price + " is not IN,OUT, as 0.15,0.60");
        if (!texts_.price.empty()) result.limits.price = price;
        if (is_gzip_name(result.output)) {
            return misuse(
                "-o " + result.output +
                ": a run appends line by line and resumes from there, which a compressed file does not "
                "allow; "
                "merge -o ALL.jsonl.gz compresses"
            );
        }
        result.grace = std::chrono::milliseconds(std::llround(texts_.grace * 1000));
        return result;
    }

    invocation finish_ask() {
        auto& prompt = ask_arguments_.prompt;
        for (auto const& word : texts_.prompt) prompt += (prompt.empty() ? "" : " ") + word;
        if (prompt == "-") prompt.clear();
        return ask_arguments_;
    }

    /// Help and version arrive as exceptions, too.
    early_end describe(CLI::Success const& success) {
        std::ostringstream output;
        std::ostringstream errors;
        app_.exit(success, output, errors);
        return early_end(0, output.str(), errors.str());
    }

    early_end misuse(std::string const& sentence) {
        std::string hint = "async-llm";
        for (auto const* const sub : app_.get_subcommands()) hint += " " + sub->get_name();
        return early_end(
            static_cast<int>(exit_status::misuse),
            std::string(),
            sentence + "\n" + hint + " --help says what it takes\n"
        );
    }

    CLI::App app_;
    CLI::App* bulk_ = nullptr;
    CLI::App* merge_ = nullptr;
    CLI::App* check_ = nullptr;
    CLI::App* ask_ = nullptr;
    bulk_arguments bulk_arguments_;
    merge_arguments merge_arguments_;
    check_arguments check_arguments_;
    ask_arguments ask_arguments_;
    raw_texts texts_;
};

} // namespace

invocation parse_arguments(std::vector<std::string> words) { return parser().parse(std::move(words)); }

std::string help_text(std::string_view subcommand) { return parser().help(subcommand); }

bool parse_progress(std::string_view text, progress_kind& kind, std::string& file) {
    constexpr std::string_view to_file = "json:";
    file.clear();
    if (text.starts_with(to_file) && text.size() > to_file.size()) {
        kind = progress_kind::json;
        file = text.substr(to_file.size());
        return true;
    }
    if (text == "auto")
        kind = progress_kind::automatic;
    else if (text == "tty")
        kind = progress_kind::terminal;
    else if (text == "json")
        kind = progress_kind::json;
    else if (text == "none")
        kind = progress_kind::none;
    else
        return false;
    return true;
}

bool is_gzip_name(std::string_view path) { return path.ends_with(".gz"); }

} // namespace async_llm::command
