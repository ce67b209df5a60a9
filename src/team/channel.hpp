// Messages between processes. The code that distributes work uses them without any knowledge of MPI.
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

/// Sends texts to other processes and receives theirs. Messages of one process arrive in the order in which it sent
/// them.
class Channel {
public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  virtual std::size_t rank() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;

  /// Starts to send a message and returns at once.
  virtual void send(std::size_t to, std::string_view content) = 0;
  /// The next message that has arrived; empty if there is none. Does not wait.
  virtual std::optional<Message> receive() = 0;
};

}  // namespace sorn::team
