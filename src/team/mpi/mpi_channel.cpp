#include "team/mpi/mpi_channel.hpp"

#include <mpi.h>

#include <chrono>
#include <iterator>
#include <list>
#include <string>
#include <thread>

namespace sorn::team {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int tag = 1;
constexpr auto between_tests = 1ms;
constexpr auto exchange_patience = 1s;

/// A message that is being sent. MPI reads it until it has been sent.
struct Sent {
  std::string content;
  MPI_Request request = MPI_REQUEST_NULL;
};

}  // namespace

struct MpiChannel::Implementation {
  MPI_Comm all = MPI_COMM_NULL;
  int rank = 0;
  int size = 1;
  std::list<Sent> sent;  // a list, because MPI keeps the addresses of its members

  void forget_what_left() {
    for (auto message = sent.begin(); message != sent.end();) {
      int left = 0;
      MPI_Test(&message->request, &left, MPI_STATUS_IGNORE);
      message = left != 0 ? sent.erase(message) : std::next(message);
    }
  }
};

MpiChannel::MpiChannel() : implementation_(std::make_unique<Implementation>()) {
  Implementation& self = *implementation_;
  MPI_Comm_dup(MPI_COMM_WORLD, &self.all);
  MPI_Comm_rank(self.all, &self.rank);
  MPI_Comm_size(self.all, &self.size);
}

// MPI_Finalize frees the communicator. Freeing it here would wait for the other processes.
MpiChannel::~MpiChannel() {
  const auto end = Clock::now() + exchange_patience;
  while (!implementation_->sent.empty() && Clock::now() < end) {
    implementation_->forget_what_left();
    std::this_thread::sleep_for(between_tests);
  }
  // MPI still reads messages that a failed process will never receive.
  if (!implementation_->sent.empty()) static_cast<void>(implementation_.release());
}

std::size_t MpiChannel::rank() const noexcept { return static_cast<std::size_t>(implementation_->rank); }
std::size_t MpiChannel::size() const noexcept { return static_cast<std::size_t>(implementation_->size); }

void MpiChannel::send(std::size_t to, std::string_view content) {
  Implementation& self = *implementation_;
  self.forget_what_left();
  Sent& message = self.sent.emplace_back();
  message.content = content;
  MPI_Isend(message.content.data(), static_cast<int>(message.content.size()), MPI_CHAR, static_cast<int>(to), tag,
            self.all, &message.request);
}  // NOLINT(clang-analyzer-optin.mpi.MPI-Checker): forget_what_left() waits for it

std::optional<Message> MpiChannel::receive() {
  Implementation& self = *implementation_;
  int arrived = 0;
  MPI_Status status{};
  MPI_Iprobe(MPI_ANY_SOURCE, tag, self.all, &arrived, &status);
  if (arrived == 0) return {};
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  Message message{static_cast<std::size_t>(status.MPI_SOURCE), std::string(static_cast<std::size_t>(size), '\0')};
  MPI_Recv(message.content.data(), size, MPI_CHAR, status.MPI_SOURCE, tag, self.all, MPI_STATUS_IGNORE);
  return message;
}

}  // namespace sorn::team
