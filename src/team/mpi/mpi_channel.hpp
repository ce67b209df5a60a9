// A channel that is made of MPI's point-to-point messages.
#pragma once

#include "team/channel.hpp"

#include <memory>

namespace sorn::team {

/// All processes of the job. The main thread alone may use it.
class MpiChannel final : public Channel {
public:
  /// All processes make theirs together.
  MpiChannel();
  /// Waits a moment until what was sent has left. Not together with the others: a process may end before the rest.
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
