#include "kernels/outgoing.hpp"

#include "support/room.hpp"

#include <algorithm>
#include <utility>

namespace sorn {

namespace {
/// Kernels read whole vectors, which may end this many synapses after the last row.
constexpr std::size_t readable_beyond = 8;
}  // namespace

OutgoingIndex::OutgoingIndex(std::span<const std::uint32_t> length, std::size_t more)
    : start_(length.size()), length_(length.size(), 0), room_(length.size()) {
  for (std::size_t j = 0; j < length.size(); ++j) {
    start_[j] = static_cast<std::uint32_t>(used_);
    room_[j] = length[j] + 1;
    used_ += room_[j];
  }
  const std::size_t longest = length.empty() ? 0 : *std::max_element(length.begin(), length.end());
  const std::size_t moves = more > 1 ? more * roomier(longest + more) : 0;
  synapses_.resize(checked_entries(used_ + reserve(used_) + moves + readable_beyond));
}

void OutgoingIndex::make_room() {
  OutgoingIndex roomy(length_);
  for (std::size_t j = 0; j < length_.size(); ++j) {
    for (const Outgoing synapse : of(j)) roomy.add(j, synapse);
  }
  *this = std::move(roomy);
}

void OutgoingIndex::clear() noexcept { std::fill(length_.begin(), length_.end(), 0); }

bool OutgoingIndex::has_room_to_move(std::size_t length) const noexcept {
  return used_ + roomier(length) + readable_beyond <= synapses_.size();
}

bool OutgoingIndex::has_room(std::size_t pre) const noexcept {
  return length_[pre] < room_[pre] || has_room_to_move(length_[pre]);
}

/// Each addition moves at most one row, which may have become longer by the additions before.
bool OutgoingIndex::has_spare_room(std::size_t more) const noexcept {
  const std::size_t longest = longest_full(length_, room_, more) + more - 1;
  return used_ + more * roomier(longest) + readable_beyond <= synapses_.size();
}

void OutgoingIndex::add(std::size_t pre, Outgoing synapse) noexcept {
  if (length_[pre] == room_[pre]) {  // the row moves to a place with more room
    const std::size_t room = roomier(length_[pre]);
    std::copy_n(synapses_.data() + start_[pre], length_[pre], synapses_.data() + used_);
    start_[pre] = static_cast<std::uint32_t>(used_);
    room_[pre] = static_cast<std::uint32_t>(room);
    used_ += room;
  }
  synapses_[start_[pre] + length_[pre]++] = synapse;
}

void OutgoingIndex::remove(std::size_t pre, std::uint32_t post) noexcept {
  *find(pre, post) = synapses_[start_[pre] + length_[pre] - 1];
  --length_[pre];
}

void OutgoingIndex::move(std::size_t pre, std::uint32_t post, std::uint32_t entry) noexcept {
  *find(pre, post) = Outgoing::at(entry, post);
}

Outgoing* OutgoingIndex::find(std::size_t pre, std::uint32_t post) noexcept {
  Outgoing* synapse = synapses_.data() + start_[pre];
  while (synapse->post() != post) ++synapse;
  return synapse;
}

std::size_t OutgoingIndex::memory() const noexcept {
  return synapses_.capacity() * sizeof(Outgoing) +
         (start_.capacity() + length_.capacity() + room_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace sorn
