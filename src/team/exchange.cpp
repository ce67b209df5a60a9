#include "team/exchange.hpp"

#include "kernels/activity.hpp"

#include <algorithm>
#include <cstring>

namespace sorn {

namespace {

constexpr std::size_t header = 4;  // the intent and three counts

std::size_t words_for(UnitRange units) noexcept { return (units.size() + 63) / 64; }

}  // namespace

Exchange::Exchange(Ranks& ranks, std::size_t ne, std::size_t ni, std::size_t driven, std::span<const Shared> shared)
    : ranks_(ranks), numbers_(ranks.size()), turn_bounds_(ranks.size() + 1), turn_words_(ne) {
  for (std::size_t r = 0; r < ranks.size(); ++r) number_bounds_.push_back(r + 1);
  for (const Shared& activity : shared) {
    Message& message = messages_.emplace_back();
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      const UnitRange excitatory = part_of({0, activity.excitatory ? ne : 0}, ranks.size(), r);
      const UnitRange inhibitory = part_of({0, activity.inhibitory ? ni : 0}, ranks.size(), r);
      const UnitRange inputs{std::min(excitatory.begin, driven), std::min(excitatory.end, driven)};
      const std::size_t begin = message.bounds.back();
      message.places.push_back({excitatory, inhibitory, inputs, begin});
      message.bounds.push_back(begin + header + words_for(excitatory) + words_for(inhibitory) + words_for(inputs));
    }
    message.words.resize(message.bounds.back());
  }
}

Intent Exchange::activity(std::size_t number, Intent own, SynapseCounts& counts, std::span<std::uint8_t> recurrent,
                          std::span<std::uint8_t> spikes_e, std::span<std::uint8_t> spikes_i) {
  Message& message = messages_[number];
  /// Calls visit(words, bytes) for each of the three bit fields in a rank's part.
  const auto for_each_field = [&](const Place& place, auto visit) {
    std::size_t at = place.begin + header;
    const auto field = [&](std::span<std::uint8_t> bytes, UnitRange units) {
      const std::size_t size = words_for(units);
      visit(std::span(message.words).subspan(at, size), bytes.subspan(units.begin, units.size()));
      at += size;
    };
    field(spikes_e, place.excitatory);
    field(spikes_i, place.inhibitory);
    field(recurrent, place.driven);
  };

  const Place& mine = message.places[ranks_.rank()];
  std::uint64_t* const head = message.words.data() + mine.begin;
  head[0] = static_cast<std::uint64_t>(own);
  head[1] = counts.ee;
  head[2] = counts.ei;
  head[3] = counts.ie;
  for_each_field(mine, [](std::span<std::uint64_t> words, std::span<const std::uint8_t> bytes) {
    kernels::pack_bits(bytes, words);
  });
  ranks_.all_gather(message.words, message.bounds);

  Intent all = Intent::go_on;
  SynapseCounts sum;
  for (const Place& place : message.places) {
    const std::uint64_t* const theirs = message.words.data() + place.begin;
    all = std::max(all, static_cast<Intent>(theirs[0]));
    sum.ee += theirs[1];
    sum.ei += theirs[2];
    sum.ie += theirs[3];
  }
  if (all != Intent::go_on) return all;
  counts = sum;
  for (const Place& place : message.places) {
    if (&place == &mine) continue;
    for_each_field(place, [](std::span<const std::uint64_t> words, std::span<std::uint8_t> bytes) {
      kernels::unpack_bits(words, bytes);
    });
    const auto first = static_cast<std::ptrdiff_t>(std::max(place.excitatory.begin, place.driven.end));
    const auto last = static_cast<std::ptrdiff_t>(place.excitatory.end);
    std::copy(spikes_e.begin() + first, spikes_e.begin() + last, recurrent.begin() + first);
  }
  return all;
}

std::span<const std::uint64_t> Exchange::numbers(std::uint64_t own) {
  numbers_[ranks_.rank()] = own;
  ranks_.all_gather(numbers_, number_bounds_);
  return numbers_;
}

void Exchange::send_from(std::size_t rank, std::span<double> values) {
  for (std::size_t r = 0; r < turn_bounds_.size(); ++r) turn_bounds_[r] = r > rank ? values.size() : 0;
  const auto words = std::span(turn_words_).first(values.size());
  std::memcpy(words.data(), values.data(), values.size_bytes());
  ranks_.all_gather(words, turn_bounds_);
  std::memcpy(values.data(), words.data(), values.size_bytes());
}

}  // namespace sorn
