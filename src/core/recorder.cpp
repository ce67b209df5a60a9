#include <sorn/recorder.hpp>

#include "core/memory.hpp"
#include "core/names.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

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

/// Room for the values of `rows` rows, in the type that the quantity has.
Recording empty_recording(const State& state, RecordRequest request, std::size_t rows) {
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
  std::size_t row_size = 1;
  for (const std::size_t extent : recording.row_shape) row_size *= extent;

  std::size_t bytes = sizeof(double);
  if (request.quantity <= Quantity::recurrent) {
    recording.values = std::vector<std::uint8_t>{};
    bytes = sizeof(std::uint8_t);
  } else if (recording.row_shape.empty()) {
    recording.values = std::vector<std::int64_t>{};
  } else {
    recording.values = std::vector<double>{};
  }
  const double needed = static_cast<double>(rows) * static_cast<double>(row_size) * static_cast<double>(bytes);
  if (needed > physical_memory_bytes()) {
    throw ParameterError(
        fmt::format("time_steps: recording {} needs {:.3g} GB for {} rows", name(request.quantity), needed / 1e9, rows),
        fmt::format("this machine has {:.3g} GB", physical_memory_bytes() / 1e9),
        "record fewer quantities, or give a stride");
  }
  std::visit([&](auto& values) { values.reserve(rows * row_size); }, recording.values);
  return recording;
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

Recorder::Recorder(const Network& network, std::span<const RecordRequest> requests, std::size_t steps) {
  const State& state = network.state();
  for (const RecordRequest& request : requests) {
    if (request.stride == 0) {
      throw ParameterError(fmt::format("record {} with stride 0", name(request.quantity)),
                           "a stride must be a whole number of steps from 1 on");
    }
    // Rows belong to the steps whose number is a multiple of the stride, wherever the run begins, so that the
    // recordings of two runs in a row join to that of one long run.
    const std::uint64_t first = (state.step + request.stride - 1) / request.stride * request.stride;
    const std::uint64_t end = state.step + steps;
    const std::size_t rows = first < end ? (end - 1 - first) / request.stride + 1 : 0;
    recordings_.push_back(empty_recording(state, request, rows));
    recordings_.back().first_step = first;
  }
}

Observer::Outcome Recorder::on_step(const StepView& view) {
  for (Recording& recording : recordings_) {
    if (view.step % recording.request.stride != 0) continue;
    const auto append = [&](const auto& row) {
      auto& values = std::get<std::vector<std::decay_t<decltype(row[0])>>>(recording.values);
      values.insert(values.end(), row.begin(), row.end());
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
