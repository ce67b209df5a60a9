// The engine runs the steps of a network: it holds their memory and coordinates threads and ranks.
#pragma once

#include "core/step.hpp"

#include <sorn/network.hpp>
#include <sorn/ranks.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <vector>

namespace sorn {

/// The stages of a variant that a run executes, in their order.
class Schedule {
public:
  Schedule(const Variant& variant, const RunOptions& options);

  const Stage* begin() const noexcept { return stages_.data(); }
  const Stage* end() const noexcept { return stages_.data() + count_; }

private:
  std::array<Stage, 16> stages_{};
  std::size_t count_ = 0;
};

class Team;

/// A network of any variant.
class Engine {
public:
  /// @param ranks  null: the network is in this process alone; otherwise the state is this rank's share
  Engine(const Parameters& parameters, const Variant& variant, State state, std::shared_ptr<Ranks> ranks);

  const Parameters& parameters() const noexcept { return data_.parameters; }
  const State& state() const noexcept { return data_.state; }
  const std::shared_ptr<Ranks>& ranks() const noexcept { return ranks_; }

  void set_parameters(const Parameters& parameters, const Variant& variant);
  void reseed(std::uint64_t seed);

  /// Runs `steps` steps with valid options. @returns the number of steps that were done
  std::size_t run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers);

private:
  /// What changes while a run goes on. The thread that called run() changes it, while the others wait.
  struct Run {
    const RunOptions& options;
    Schedule schedule;
    std::size_t steps;
    std::span<Observer* const> observers;
    std::size_t done = 0;
    Intent intent = Intent::go_on;
    std::exception_ptr error{};
    bool over = false;

    template <class F>
    void attempt(F&& f) noexcept;
  };

  void step(std::span<Part> mine, Run& run, const Team& team) noexcept;  // in step.cpp
  void begin_step(Run& run) noexcept;
  void share(Run& run, std::size_t number) noexcept;
  void end_step(Run& run) noexcept;

  void cut(std::size_t count);
  void prepare_run(const RunOptions& options, std::size_t threads);
  std::size_t worthwhile_threads() const noexcept;

  StepData data_;
  const Variant* variant_;
  std::vector<Shared> shares_;  // the activity that each Act::share of the variant makes known
  std::shared_ptr<Ranks> ranks_;
};

}  // namespace sorn
