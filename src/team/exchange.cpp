#include "team/exchange.hpp"

#include "kernels/activity.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace sorn {

namespace {

constexpr std::size_t header = 4;  // the intent and three counts

std::size_t words_for(UnitRange units) noexcept { return (units.size() + 63) / 64; }

/// The bit fields of a message.
enum class Field : std::uint8_t { excitatory, inhibitory, driven };

/// The entry of a list that has one for each value of an enumeration.
template <class List, class Which>
auto& of(List& list, Which which) noexcept {
  return list[static_cast<std::size_t>(which)];
}

}  // namespace

Exchange::Exchange(Ranks& ranks, std::size_t ne, std::size_t ni, std::size_t driven, std::span<const Shared> shared)
    : ranks_(ranks),
      widths_{part_width(ne, ranks.size()), part_width(ni, ranks.size())},
      numbers_(ranks.size()),
      turn_bounds_(ranks.size() + 1),
      turn_words_(ne) {
  for (std::size_t r = 0; r < ranks.size(); ++r) number_bounds_.push_back(r + 1);
  for (const Shared& activity : shared) {
    if (activity.excitatory) message_of_[static_cast<std::size_t>(Population::excitatory)] = messages_.size();
    if (activity.inhibitory) message_of_[static_cast<std::size_t>(Population::inhibitory)] = messages_.size();
    Message& message = messages_.emplace_back();
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      const UnitRange excitatory = part_of({0, activity.excitatory ? ne : 0}, ranks.size(), r);
      const UnitRange inhibitory = part_of({0, activity.inhibitory ? ni : 0}, ranks.size(), r);
      const UnitRange inputs{std::min(excitatory.begin, driven), std::min(excitatory.end, driven)};
      const std::size_t begin = message.bounds.back();
      message.places.push_back({excitatory, inhibitory, inputs, begin});
      message.bounds.push_back(begin + header + words_for(excitatory) + words_for(inhibitory) + words_for(inputs));
    }
    for (auto& words : message.words) words.resize(message.bounds.back());
  }
}

/// Calls visit(first word, units, kind) for each of the three bit fields in a rank's part.
template <class Visit>
void Exchange::for_each_field(const Place& place, Visit visit) {
  std::size_t at = place.begin + header;
  visit(at, place.excitatory, Field::excitatory);
  at += words_for(place.excitatory);
  visit(at, place.inhibitory, Field::inhibitory);
  at += words_for(place.inhibitory);
  visit(at, place.driven, Field::driven);
}

Intent Exchange::gather(std::size_t number, Intent own, SynapseCounts& counts, std::span<const std::uint8_t> recurrent,
                        std::span<const std::uint8_t> spikes_e, std::span<const std::uint8_t> spikes_i) {
  Message& message = messages_[number];
  std::vector<std::uint64_t>& words = of(message.words, Moment::now);
  const Place& mine = message.places[ranks_.rank()];
  std::uint64_t* const head = words.data() + mine.begin;
  head[0] = static_cast<std::uint64_t>(own);
  head[1] = counts.ee;
  head[2] = counts.ei;
  head[3] = counts.ie;
  const std::array<std::span<const std::uint8_t>, 3> activity{spikes_e, spikes_i, recurrent};
  for_each_field(mine, [&](std::size_t at, UnitRange units, Field field) {
    kernels::pack_bits(of(activity, field).subspan(units.begin, units.size()),
                       std::span(words).subspan(at, words_for(units)));
  });
  ranks_.all_gather(words, message.bounds);

  Intent all = Intent::go_on;
  SynapseCounts sum;
  for (const Place& place : message.places) {
    const std::uint64_t* const theirs = words.data() + place.begin;
    all = std::max(all, static_cast<Intent>(theirs[0]));
    sum.ee += theirs[1];
    sum.ei += theirs[2];
    sum.ie += theirs[3];
  }
  if (all == Intent::go_on) counts = sum;
  return all;
}

void Exchange::spread(std::size_t number, std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes_e,
                      std::span<std::uint8_t> spikes_i) const {
  const Message& message = messages_[number];
  const Place& mine = message.places[ranks_.rank()];
  const std::array<std::span<std::uint8_t>, 3> activity{spikes_e, spikes_i, recurrent};
  for (const Place& place : message.places) {
    if (&place == &mine) continue;
    for_each_field(place, [&](std::size_t at, UnitRange units, Field field) {
      kernels::unpack_bits(std::span(of(message.words, Moment::now)).subspan(at, words_for(units)),
                           of(activity, field).subspan(units.begin, units.size()));
    });
    const auto first = static_cast<std::ptrdiff_t>(std::max(place.excitatory.begin, place.driven.end));
    const auto last = static_cast<std::ptrdiff_t>(place.excitatory.end);
    std::copy(spikes_e.begin() + first, spikes_e.begin() + last, recurrent.begin() + first);
  }
}

Exchange::Message& Exchange::message_with(Population population) noexcept {
  return messages_[of(message_of_, population)];
}
const Exchange::Message& Exchange::message_with(Population population) const noexcept {
  return messages_[of(message_of_, population)];
}

Exchange::Bit Exchange::bit_of(const Message& message, Population population, std::uint32_t unit) const noexcept {
  const Place& place = message.places[unit / of(widths_, population)];
  const bool excitatory = population == Population::excitatory;
  const std::size_t number = unit - (excitatory ? place.excitatory.begin : place.inhibitory.begin);
  const std::size_t first = place.begin + header + (excitatory ? 0 : words_for(place.excitatory));
  return {first + number / 64, std::uint64_t{1} << (number % 64)};
}

bool Exchange::need(Population population, std::uint32_t unit) {
  Message& message = message_with(population);
  if (message.needed.empty()) message.needed.resize(message.bounds.back());
  const Bit bit = bit_of(message, population, unit);
  const bool is_new = (message.needed[bit.word] & bit.mask) == 0;
  message.needed[bit.word] |= bit.mask;
  needed_ += is_new ? 1 : 0;
  return is_new;
}

void Exchange::list_needed(Population population, kernels::ActiveUnits& list) const noexcept {
  list.clear();
  const Message& message = message_with(population);
  if (message.needed.empty()) return;
  const std::uint64_t* const words = of(message.words, Moment::now).data();
  const std::uint64_t* const needed = message.needed.data();
  for (const Place& place : message.places) {
    for_each_field(place, [&](std::size_t at, UnitRange units, Field field) {
      if (static_cast<std::size_t>(field) != static_cast<std::size_t>(population)) return;
      const std::size_t end = at + words_for(units);
      auto first = static_cast<std::uint32_t>(units.begin);
      for (std::size_t w = at; w < end; ++w, first += 64) {
        for (std::uint64_t bits = words[w] & needed[w]; bits != 0; bits &= bits - 1) {
          list.append(first + static_cast<std::uint32_t>(std::countr_zero(bits)));
        }
      }
    });
  }
}

bool Exchange::fires(Population population, std::uint32_t unit, Moment moment) const noexcept {
  const Message& message = message_with(population);
  const Bit bit = bit_of(message, population, unit);
  return (of(message.words, moment)[bit.word] & bit.mask) != 0;
}

void Exchange::unpack(Population population, Moment moment, std::span<std::uint8_t> spikes) const {
  const Message& message = message_with(population);
  for (const Place& place : message.places) {
    for_each_field(place, [&](std::size_t at, UnitRange units, Field field) {
      if (static_cast<std::size_t>(field) != static_cast<std::size_t>(population)) return;
      kernels::unpack_bits(std::span(of(message.words, moment)).subspan(at, words_for(units)),
                           spikes.subspan(units.begin, units.size()));
    });
  }
}

void Exchange::end_step() noexcept {
  for (Message& message : messages_) std::rotate(message.words.begin(), message.words.end() - 1, message.words.end());
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
