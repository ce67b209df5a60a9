#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/avalanches.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace sorn::criticality {

namespace {

constexpr std::string_view half_mean_name = "half_mean";
constexpr std::string_view median_name = "median";
constexpr double largest_counted = 1 << 20;  // activities up to it are counted by their value

double checked_activity(double activity) {
  if (!std::isfinite(activity) || activity < 0.0) {
    throw StateError(formatted("an activity of {}", activity), "must be a finite number from 0 on");
  }
  return activity;
}

std::size_t checked_bin(std::size_t bin) {
  if (bin == 0) throw ParameterError("bin = 0", "must be at least 1 step");
  return bin;
}

double checked_threshold(double threshold) {
  if (!std::isfinite(threshold) || threshold < 0.0) {
    throw ParameterError(formatted("threshold = {}", threshold), "must be a finite number from 0 on");
  }
  return threshold;
}

double checked_percentile(double percentile) {
  if (!(percentile >= 0.0 && percentile <= 100.0)) {
    throw ParameterError(formatted("threshold = {}%", percentile), "must be a percentile from 0% to 100%");
  }
  return percentile;
}

/// The number that the whole text is.
std::optional<double> number_of(std::string_view text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

/// Calls take(activity of a bin) for each bin that the steps complete.
template <class Take>
void in_bins(std::span<const double> activity, std::size_t bin, std::size_t& in_bin, double& sum, Take&& take) {
  for (const double value : activity) {
    sum += checked_activity(value);
    if (++in_bin < bin) continue;
    take(sum);
    in_bin = 0;
    sum = 0.0;
  }
}

}  // namespace

Threshold threshold_named(std::string_view text) {
  if (text == half_mean_name) return {};
  if (text == median_name) return {Threshold::Kind::percentile, 50.0};
  const bool percentile = !text.empty() && text.back() == '%';
  const auto number = number_of(percentile ? text.substr(0, text.size() - 1) : text);
  if (!number) {
    throw ParameterError(formatted("threshold = '{}'", text),
                         "must be 'half_mean', 'median', a percentile such as '25%', or a number");
  }
  if (percentile) return {Threshold::Kind::percentile, checked_percentile(*number)};
  return {Threshold::Kind::value, checked_threshold(*number)};
}

std::string text_of(const Threshold& threshold) {
  switch (threshold.kind) {
    case Threshold::Kind::half_mean: return std::string(half_mean_name);
    case Threshold::Kind::percentile:
      return threshold.number == 50.0 ? std::string(median_name) : formatted("{}%", threshold.number);
    default: return formatted("{}", threshold.number);
  }
}

// --- Levels

ActivityLevels::ActivityLevels(std::size_t bin) : bin_(checked_bin(bin)) {}

void ActivityLevels::add(std::span<const double> activity) {
  in_bins(activity, bin_, in_bin_, sum_, [&](double value) { add_bin(value); });
}

void ActivityLevels::add_bin(double activity) {
  if (activity > largest_counted || activity != std::floor(activity)) {
    others_.push_back(activity);
    return;
  }
  const auto level = static_cast<std::size_t>(activity);
  if (level >= whole_.size()) whole_.resize(level + 1);
  ++whole_[level];
}

double ActivityLevels::threshold(const Threshold& threshold) const {
  if (threshold.kind == Threshold::Kind::value) return checked_threshold(threshold.number);
  std::uint64_t bins = others_.size();
  for (const std::uint64_t count : whole_) bins += count;
  if (bins == 0) throw ShapeError("an activity without a whole bin", "must have at least one for its threshold");
  if (threshold.kind == Threshold::Kind::half_mean) {
    analysis::Sum sum;
    for (std::size_t level = 0; level < whole_.size(); ++level) {
      sum.add(static_cast<double>(level) * static_cast<double>(whole_[level]));
    }
    for (const double other : others_) sum.add(other);
    return sum.value() / static_cast<double>(bins) / 2.0;
  }
  // The values in ascending order, with their numbers.
  std::vector<std::pair<double, std::uint64_t>> values;
  values.reserve(whole_.size() + others_.size());
  for (std::size_t level = 0; level < whole_.size(); ++level) {
    if (whole_[level] > 0) values.emplace_back(static_cast<double>(level), whole_[level]);
  }
  for (const double other : others_) values.emplace_back(other, 1);
  std::sort(values.begin(), values.end());
  const auto at = [&](std::uint64_t rank) {
    std::uint64_t below = 0;
    for (const auto& [value, count] : values) {
      below += count;
      if (rank < below) return value;
    }
    return values.back().first;
  };
  const double place = checked_percentile(threshold.number) / 100.0 * static_cast<double>(bins - 1);
  const double low = std::floor(place);
  const double first = at(static_cast<std::uint64_t>(low));
  return place == low ? first : first + (place - low) * (at(static_cast<std::uint64_t>(low) + 1) - first);
}

// --- The finder

AvalancheFinder::AvalancheFinder(double threshold, const AvalancheOptions& options)
    : options_(options), threshold_(checked_threshold(threshold)) {
  found_.bin = checked_bin(options.bin);
  found_.size = options.size;
  found_.sources = {{.threshold = threshold}};
}

void AvalancheFinder::add(std::span<const double> activity) {
  in_bins(activity, options_.bin, in_bin_, sum_, [&](double value) { add_bin(value); });
}

void AvalancheFinder::add_bin(double activity) {
  if (activity > threshold_) {
    if (parts_.empty()) begin_ = bins_;
    parts_.push_back(options_.size == SizeRule::above ? activity - threshold_ : activity);
  } else if (!parts_.empty()) {
    end_avalanche();
  }
  ++bins_;
}

void AvalancheFinder::end_avalanche() {
  if (begin_ == 0 && !options_.keep_first) {
    found_.sources.front().cut_begin = parts_.size();
  } else {
    analysis::Sum size;
    for (const double part : parts_) size.add(part);
    found_.sizes.push_back(size.value());
    found_.durations.push_back(std::ssize(parts_));
    found_.begins.push_back(static_cast<std::int64_t>(begin_));
    if (options_.profiles) found_.profiles.insert(found_.profiles.end(), parts_.begin(), parts_.end());
  }
  parts_.clear();
}

Avalanches AvalancheFinder::finish() && {
  AvalancheSource& source = found_.sources.front();
  source.bins = bins_;
  source.cut_end = parts_.size();
  if (begin_ == 0 && !parts_.empty()) source.cut_begin = parts_.size();
  found_.networks.assign(found_.sizes.size(), 0);
  return std::move(found_);
}

// --- All at once

Avalanches avalanches(std::span<const double> activity, const AvalancheOptions& options) {
  double threshold = options.threshold.number;
  if (options.threshold.kind != Threshold::Kind::value) {
    ActivityLevels levels(options.bin);
    levels.add(activity);
    threshold = levels.threshold(options.threshold);
  }
  AvalancheFinder finder(threshold, options);
  finder.add(activity);
  return std::move(finder).finish();
}

std::vector<std::int64_t> Avalanches::intervals() const {
  std::vector<std::int64_t> found;
  for (std::size_t k = 1; k < begins.size(); ++k) {
    if (networks[k] == networks[k - 1]) found.push_back(begins[k] - begins[k - 1] - durations[k - 1]);
  }
  return found;
}

Avalanches pooled(std::span<const Avalanches> parts) {
  Avalanches all;
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  const auto keeps = [](const Avalanches& part) { return !part.profiles.empty() || part.sizes.empty(); };
  bool profiles = false;
  for (const Avalanches& part : parts) profiles = profiles || !part.profiles.empty();
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Avalanches& part = parts[k];
    if (part.bin != parts[0].bin || part.size != parts[0].size || (profiles && !keeps(part))) {
      throw ParameterError(formatted("avalanches of network {}", k),
                           "must have the bin and the kind of size of those before, and profiles if they have them");
    }
    const auto first = static_cast<std::uint32_t>(all.sources.size());
    append(all.sources, part.sources);
    append(all.sizes, part.sizes);
    append(all.durations, part.durations);
    append(all.begins, part.begins);
    append(all.profiles, part.profiles);
    for (const std::uint32_t network : part.networks) all.networks.push_back(first + network);
    all.bin = part.bin;
    all.size = part.size;
  }
  return all;
}

}  // namespace sorn::criticality
