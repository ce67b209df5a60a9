#include <sorn/signals.hpp>

#include <algorithm>
#include <array>

namespace sorn {

namespace {

constexpr std::array<std::string_view, 23> reserved{"checkpoint_every", "freeze",       "inputs",   "keep_checkpoints",
                                                    "lifetimes",        "new_synapses", "noise",    "out",
                                                    "overwrite",        "phase",        "progress", "record",
                                                    "replay_log",       "rewards",      "seed",     "self",
                                                    "signals",          "source",       "state",    "steps",
                                                    "threads",          "time_steps",   "u"};

}  // namespace

std::span<const std::string_view> reserved_signal_names() noexcept { return reserved; }

std::vector<std::string> signal_names(std::span<const Signal> signals) {
  std::vector<std::string> names;
  names.reserve(signals.size());
  for (const Signal& signal : signals) names.push_back(signal.name);
  return names;
}

std::optional<std::size_t> position_of(std::span<const Signal> signals, std::string_view name) noexcept {
  const auto found = std::find_if(signals.begin(), signals.end(), [&](const Signal& s) { return s.name == name; });
  if (found == signals.end()) return std::nullopt;
  return static_cast<std::size_t>(found - signals.begin());
}

}  // namespace sorn
