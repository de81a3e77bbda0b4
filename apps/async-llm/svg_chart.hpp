// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_SVG_CHART_HPP
#define ASYNC_LLM_COMMAND_SVG_CHART_HPP

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace async_llm::command {

/// Values of a chart, one for each of its steps, with a name for the legend and a class for its colour.
struct chart_series {
    chart_series(std::string title, std::string css_class)
        : name(std::move(title)), style(std::move(css_class)) {}

    std::string name;
    /// Class of the page's style sheet.
    std::string style;
    /// A negative one is a gap.
    std::vector<double> values;
    /// Draws the area below it.
    bool is_filled = false;
};

/// Chart of values over equal steps, as an SVG element that takes its colours from classes of the page.
struct line_chart {
    line_chart() = default;

    /// For readers that do not see it.
    std::string title;
    std::vector<chart_series> series;
    /// Text for a place on the horizontal axis, from 0 to the number of steps.
    std::function<std::string(double place)> label_x;
    /// Text for a value.
    std::function<std::string(double value)> label_y;
    /// Bars instead of lines.
    bool has_bars = false;
    /// Lines across it at such places, with a text each.
    std::vector<std::pair<double, std::string>> marks;
};

std::string draw_chart(line_chart const& chart);

/// Returns the least round number (1, 2, 4, 6 or 8 times a power of ten) that is not below this one; 1 for 0.
double round_up(double value);

} // namespace async_llm::command

#endif
