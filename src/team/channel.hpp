// Messages between processes, so that the code that hands out work knows nothing of MPI.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sorn::team {

/// A message and the process that sent it.
struct Message {
  std::size_t from = 0;
  std::string content;
};

/// Sends texts to the other processes, and receives theirs. Those of one process come in the order of their sending.
class Channel {
public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  virtual std::size_t rank() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;

  /// Returns at once; the message is on its way.
  virtual void send(std::size_t to, std::string_view content) = 0;
  /// The next message that has arrived, if there is one. Does not wait.
  virtual std::optional<Message> receive() = 0;
};

}  // namespace sorn::team
