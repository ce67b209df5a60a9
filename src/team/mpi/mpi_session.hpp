// MPI, initialised for a scope.
#pragma once

#include "team/processes.hpp"

#include <functional>
#include <memory>

namespace sorn::team {

/// All processes of the job that MPI knows. Only the main thread may use it.
class MpiSession final : public Processes {
public:
  /// Initialises MPI if a launcher started this process. Returns null without a launcher.
  static std::unique_ptr<MpiSession> begin_if_launched();

  /// Finalises MPI. All processes must have called agree() before.
  ~MpiSession() override;

  std::size_t rank() const noexcept override { return rank_; }
  std::size_t size() const noexcept override { return size_; }

  std::unique_ptr<Channel> open_channel() override;
  std::shared_ptr<Ranks> ranks() override;

  /// Agrees with the other processes on an exit code, at the end of their work.
  ///
  /// Waits for the others and returns the highest of all codes. If this process failed and another does not arrive
  /// within a second or two, the other waits for something that will never happen. Then all processes are ended with
  /// this code.
  /// @param report prints why this process failed; it is called in at most one process, and never in process 0, which
  ///   prints its own error
  int agree(int code, const std::function<void()>& report) const;

private:
  MpiSession();

  std::size_t rank_ = 0;
  std::size_t size_ = 1;
};

}  // namespace sorn::team
