#include "runs/crew.hpp"

#include "team/processors.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace sorn::runs {

Crew::Member::Member(Crew& crew) : crew_(crew) {
  const std::lock_guard lock(crew_.mutex_);
  crew_.members_.push_back(this);
}

Crew::Member::~Member() {
  const std::lock_guard lock(crew_.mutex_);
  crew_.members_.erase(std::find(crew_.members_.begin(), crew_.members_.end(), this));
  crew_.done_before_ += done_;
}

Observer::Outcome Crew::Member::on_step(const StepView& /*view*/) {
  // Nobody else writes the count, so that it takes no locked instruction.
  done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return crew_.stopped_.load(std::memory_order_relaxed) ? Outcome::stop : Outcome::go_on;
}

Crew::Crew(std::size_t threads, std::uint64_t total_steps, const EnsembleWatch& watch)
    : threads_(threads == 0 ? team::available_processors() : threads), total_(total_steps), watch_(watch) {}

std::uint64_t Crew::steps_done() {
  const std::lock_guard lock(mutex_);
  std::uint64_t done = done_before_;
  for (const Member* member : members_) done += member->done_.load(std::memory_order_relaxed);
  return done;
}

void Crew::look() {
  if (watch_ && watch_(steps_done(), total_) == Observer::Outcome::stop) stop();
}

void Crew::report_end() { look(); }

void Crew::run(std::uint64_t count, const std::function<void(std::uint64_t)>& task) {
  constexpr std::chrono::milliseconds between_looks{100};
  look();
  bool ended = false;
  std::exception_ptr error;
  std::jthread work([&] {
    try {
      team::for_each_task(count, threads_, task, [&] { return stopped(); });
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ended = true;
    ended_.notify_all();
  });
  try {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, between_looks, [&] { return ended; })) {
      lock.unlock();
      look();
      lock.lock();
    }
  } catch (...) {
    stop();
    work.join();
    throw;
  }
  work.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace sorn::runs
