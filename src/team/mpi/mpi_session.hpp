// MPI for the time of a scope.
#pragma once

#include "team/processes.hpp"

#include <functional>
#include <memory>

namespace sorn::team {

/// All processes of the job, as MPI knows them. The main thread alone may use it.
class MpiSession final : public Processes {
public:
  /// Begins MPI if a launcher started this process; without one there is nothing to begin, and it returns null.
  static std::unique_ptr<MpiSession> begin_if_launched();

  /// Ends MPI. All processes must have come to agree() before.
  ~MpiSession() override;

  std::size_t rank() const noexcept override { return rank_; }
  std::size_t size() const noexcept override { return size_; }

  std::unique_ptr<Channel> open_channel() override;
  std::shared_ptr<Ranks> ranks() override;

  /// Ends the work of this process, which came out with this exit code, together with that of the others.
  ///
  /// Waits for the others and returns the highest of all codes. If this process failed and another does not come within
  /// a second or two, it waits for something that will never happen: then all processes are ended with this code.
  /// @param report  prints why this process failed; called in at most one process, and never in process 0, which prints
  ///   by itself
  int agree(int code, const std::function<void()>& report) const;

private:
  MpiSession();

  std::size_t rank_ = 0;
  std::size_t size_ = 1;
};

}  // namespace sorn::team
