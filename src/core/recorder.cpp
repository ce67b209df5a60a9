#include <sorn/recorder.hpp>

#include "core/memory.hpp"
#include "core/names.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <numeric>

namespace sorn {

namespace {

struct QuantityNames {
  std::string_view short_name;
  std::string_view callback;
};

// In the order of Quantity.
constexpr std::array<QuantityNames, 11> quantities{{
    {"E", "ExcitatoryActivation"},
    {"I", "InhibitoryActivation"},
    {"R", "RecurrentActivation"},
    {"C", "EEConnectionCounts"},
    {"C_ei", "EIConnectionCounts"},
    {"C_ie", "IEConnectionCounts"},
    {"TE", "TE"},
    {"TI", "TI"},
    {"WEE", "WEE"},
    {"WEI", "WEI"},
    {"WIE", "WIE"},
}};

/// A recording without rows, in the shape and the type that the quantity has.
Recording empty_recording(const State& state, RecordRequest request, ActivityFormat activity) {
  const std::size_t ne = state.ne();
  const std::size_t ni = state.ni();
  Recording recording;
  recording.request = request;
  switch (request.quantity) {
    case Quantity::excitatory:
    case Quantity::recurrent: recording.row_shape = {ne}; break;
    case Quantity::inhibitory: recording.row_shape = {ni}; break;
    case Quantity::ee_count:
    case Quantity::ei_count:
    case Quantity::ie_count: break;
    case Quantity::te: recording.row_shape = {ne}; break;
    case Quantity::ti: recording.row_shape = {ni}; break;
    case Quantity::wee: recording.row_shape = {ne, ne}; break;
    case Quantity::wei: recording.row_shape = {ni, ne}; break;
    case Quantity::wie: recording.row_shape = {ne, ni}; break;
  }
  if (request.quantity <= Quantity::recurrent && activity == ActivityFormat::byte) {
    recording.values = std::vector<std::uint8_t>{};
  } else if (recording.row_shape.empty()) {
    recording.values = std::vector<std::int64_t>{};
  } else {
    recording.values = std::vector<double>{};
  }
  return recording;
}

std::size_t row_size(const Recording& recording) noexcept {
  return std::accumulate(recording.row_shape.begin(), recording.row_shape.end(), std::size_t{1}, std::multiplies<>{});
}

double bytes_of(const Recording& recording, std::size_t rows) {
  const double value = std::visit([](const auto& v) { return static_cast<double>(sizeof(v[0])); }, recording.values);
  return value * static_cast<double>(row_size(recording)) * static_cast<double>(rows);
}

/// Refuses before the first step what could not be kept until the last: the system would end the program instead.
void check_memory(std::span<const Recording> recordings, std::span<const std::size_t> rows, std::size_t steps) {
  double needed = 0.0;
  std::string names;
  for (std::size_t k = 0; k < recordings.size(); ++k) {
    needed += bytes_of(recordings[k], rows[k]);
    names += fmt::format("{}{}", k == 0 ? "" : ", ", name(recordings[k].request.quantity));
  }
  const double available = physical_memory_bytes();
  if (needed > available) {
    throw ParameterError(fmt::format("time_steps = {}: recording {} needs {:.3g} GB", steps, names, needed / 1e9),
                         fmt::format("this machine has {:.3g} GB", available / 1e9),
                         "record fewer quantities, or give a stride");
  }
}

void append_dense(const SynapseMatrix& matrix, std::vector<double>& out) {
  const std::size_t old = out.size();
  out.resize(old + matrix.n_pre() * matrix.n_post());
  matrix.to_dense(std::span(out).subspan(old));
}

}  // namespace

std::string_view name(Quantity quantity) noexcept { return quantities[static_cast<std::size_t>(quantity)].short_name; }

Quantity quantity_named(std::string_view text) {
  const auto* const found = std::find_if(quantities.begin(), quantities.end(), [&](const QuantityNames& q) {
    return q.short_name == text || q.callback == text;
  });
  if (found == quantities.end()) {
    std::vector<std::string_view> names;
    for (const auto& q : quantities) {
      names.push_back(q.short_name);
      if (q.callback != q.short_name) names.push_back(q.callback);
    }
    throw_unknown_name("quantity to record", text, names);
  }
  return static_cast<Quantity>(found - quantities.begin());
}

RecordRequest record_request(std::string_view text) {
  const std::size_t slash = text.find('/');
  RecordRequest request{quantity_named(text.substr(0, slash)), 1};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), request.stride);
    if (error != std::errc{} || end != digits.data() + digits.size() || request.stride == 0) {
      throw ParameterError(fmt::format("record '{}'", text), "a stride must be a whole number of steps from 1 on",
                           "for example WEE/1000");
    }
  }
  return request;
}

Recorder::Recorder(const Network& network, std::span<const RecordRequest> requests, std::size_t steps,
                   ActivityFormat activity) {
  const State& state = network.state();
  std::vector<std::size_t> rows;
  for (const RecordRequest& request : requests) {
    if (request.stride == 0) {
      throw ParameterError(fmt::format("record {} with stride 0", name(request.quantity)),
                           "a stride must be a whole number of steps from 1 on");
    }
    // Rows belong to the steps whose number is a multiple of the stride, wherever the run begins, so that the
    // recordings of two runs in a row join to that of one long run.
    const std::uint64_t past = state.step % request.stride;
    const std::uint64_t wait = past == 0 ? 0 : request.stride - past;  // a stride may be near 2⁶⁴: no sum of both
    rows.push_back(wait < steps ? (steps - 1 - wait) / request.stride + 1 : 0);
    recordings_.push_back(empty_recording(state, request, activity));
    recordings_.back().first_step = state.step + wait;
  }
  check_memory(recordings_, rows, steps);
  for (std::size_t k = 0; k < recordings_.size(); ++k) {
    std::visit([&](auto& values) { values.reserve(rows[k] * row_size(recordings_[k])); }, recordings_[k].values);
  }
}

Observer::Outcome Recorder::on_step(const StepView& view) {
  for (Recording& recording : recordings_) {
    if (view.step % recording.request.stride != 0) continue;
    const auto append = [&](const auto& row) {
      std::visit([&](auto& values) { values.insert(values.end(), row.begin(), row.end()); }, recording.values);
    };
    const auto append_count = [&](std::size_t count) {
      std::get<std::vector<std::int64_t>>(recording.values).push_back(static_cast<std::int64_t>(count));
    };
    switch (recording.request.quantity) {
      case Quantity::excitatory: append(view.state.x); break;
      case Quantity::inhibitory: append(view.state.y); break;
      case Quantity::recurrent: append(view.recurrent); break;
      case Quantity::ee_count: append_count(view.ee_count); break;
      case Quantity::ei_count: append_count(view.ei_count); break;
      case Quantity::ie_count: append_count(view.ie_count); break;
      case Quantity::te: append(view.state.te); break;
      case Quantity::ti: append(view.state.ti); break;
      case Quantity::wee: append_dense(*view.state.wee, std::get<std::vector<double>>(recording.values)); break;
      case Quantity::wei: append_dense(*view.state.wei, std::get<std::vector<double>>(recording.values)); break;
      case Quantity::wie: append_dense(*view.state.wie, std::get<std::vector<double>>(recording.values)); break;
    }
    ++recording.rows;
  }
  return Outcome::go_on;
}

}  // namespace sorn
