// A channel that uses point-to-point messages of MPI.
#pragma once

#include "team/channel.hpp"

#include <memory>

namespace sorn::team {

/// All processes of the job. Only the main thread may use it.
class MpiChannel final : public Channel {
public:
  /// All processes must call the constructor together.
  MpiChannel();
  /// Waits a moment until the messages have been sent. It does not wait for the other processes, because a process may
  /// end before the others.
  ~MpiChannel() override;

  std::size_t rank() const noexcept override;
  std::size_t size() const noexcept override;
  void send(std::size_t to, std::string_view content) override;
  std::optional<Message> receive() override;

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn::team
