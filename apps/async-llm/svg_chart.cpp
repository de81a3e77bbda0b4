// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "svg_chart.hpp"

#include "html.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>

namespace async_llm::command {
namespace {

// In the units of the view box; the element is as wide as the page lets it.
constexpr double width = 720;
constexpr double height = 240;
constexpr double left = 56;
constexpr double right = 12;
constexpr double top = 22;
constexpr double bottom = 26;
constexpr double plot_width = width - left - right;
constexpr double plot_height = height - top - bottom;
constexpr int rows = 4;
constexpr int columns = 6;

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", std::clamp(value, -1e6, 1e6));
    return text.data();
}

/// Chart while it is drawn.
class drawing {
public:
    explicit drawing(line_chart const& chart) : chart_(chart) {
        double most = 0;
        for (auto const& series : chart.series) {
            steps_ = std::max(steps_, series.values.size());
            for (auto const value : series.values) most = std::max(most, value);
        }
        highest_ = round_up(most);
    }

    std::string draw() {
        svg_ = "<svg viewBox=\"0 0 " + number(width) + ' ' + number(height) +
            "\" role=\"img\" aria-label=\"" + html_text(chart_.title) + "\">";
        draw_grid();
        for (auto const& series : chart_.series) {
            if (chart_.has_bars)
                draw_bars(series);
            else
                draw_line(series);
        }
        for (auto const& [place, text] : chart_.marks) draw_mark(place, text);
        svg_ += "</svg>";
        return std::move(svg_);
    }

private:
    double x(double place) const {
        return left + plot_width * place / static_cast<double>(std::max<std::size_t>(steps_, 1));
    }
    double y(double value) const { return top + plot_height * (1 - value / highest_); }

    void draw_text(double at_x, double at_y, char const* anchor, std::string const& text) {
        svg_ += "<text x=\"" + number(at_x) + "\" y=\"" + number(at_y) + "\" text-anchor=\"" + anchor +
            "\">" + html_text(text) + "</text>";
    }

    void draw_grid() {
        for (int i = 0; i <= rows; ++i) {
            auto const value = highest_ * i / rows;
            svg_ += "<path class=\"grid\" d=\"M" + number(left) + ' ' + number(y(value)) + 'H' +
                number(width - right) + "\"/>";
            draw_text(left - 6, y(value) + 4, "end", chart_.label_y(value));
        }
        auto const count = std::min<std::size_t>(std::max<std::size_t>(steps_, 1), columns);
        for (std::size_t i = 0; i <= count; ++i) {
            auto const place =
                static_cast<double>(steps_) * static_cast<double>(i) / static_cast<double>(count);
            auto const* const anchor = i == 0 ? "start" : i == count ? "end" : "middle";
            draw_text(x(place), height - 8, anchor, chart_.label_x(place));
        }
    }

    void draw_bars(chart_series const& series) {
        svg_ += "<path class=\"area " + series.style + "\" d=\"";
        for (std::size_t i = 0; i < series.values.size(); ++i) {
            if (!(series.values[i] > 0)) continue;
            auto const place = static_cast<double>(i);
            svg_ += 'M' + number(x(place)) + ' ' + number(y(0)) + 'V' + number(y(series.values[i])) + 'H' +
                number(x(place + 1)) + 'V' + number(y(0)) + 'Z';
        }
        svg_ += "\"/>";
    }

    /// Draws each run of values between gaps; one alone is a short line.
    void draw_line(chart_series const& series) {
        std::string line;
        std::string area;
        std::size_t i = 0;
        while (i < series.values.size()) {
            auto end = i;
            while (end < series.values.size() && series.values[end] >= 0) ++end;
            if (end > i) add_piece(series, i, end, line, area);
            i = end + 1;
        }
        if (series.is_filled) svg_ += "<path class=\"area " + series.style + "\" d=\"" + area + "\"/>";
        svg_ += "<path class=\"line " + series.style + "\" d=\"" + line + "\"/>";
    }

    void add_piece(
        chart_series const& series,
        std::size_t begin,
        std::size_t end,
        std::string& line,
        std::string& area
    ) {
        auto const middle = [](std::size_t step) { return static_cast<double>(step) + 0.5; };
        std::string piece = number(x(static_cast<double>(begin))) + ' ' + number(y(series.values[begin]));
        for (auto i = begin; i < end; ++i)
            piece += 'L' + number(x(middle(i))) + ' ' + number(y(series.values[i]));
        piece += 'L' + number(x(static_cast<double>(end))) + ' ' + number(y(series.values[end - 1]));
        line += 'M' + piece;
        area += 'M' + piece + 'V' + number(y(0)) + 'H' + number(x(static_cast<double>(begin))) + 'Z';
    }

    void draw_mark(double place, std::string const& text) {
        svg_ +=
            "<path class=\"mark\" d=\"M" + number(x(place)) + ' ' + number(top) + 'V' + number(y(0)) + "\"/>";
        draw_text(x(place), top - 8, "middle", text);
    }

    line_chart const& chart_;
    std::size_t steps_ = 0;
    double highest_ = 1;
    std::string svg_;
};

} // namespace

std::string draw_chart(line_chart const& chart) { return drawing(chart).draw(); }

double round_up(double value) {
    if (!(value > 0) || !std::isfinite(value)) return 1;
    auto const power = std::pow(10, std::floor(std::log10(value)));
    for (double const factor : {1.0, 2.0, 4.0, 6.0, 8.0, 10.0}) {
        if (value <= factor * power * (1 + 1e-9)) return factor * power;
    }
    return 10 * power;
}

} // namespace async_llm::command
