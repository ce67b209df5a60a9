#include "io/packed_state.hpp"

#include "core/state_fields.hpp"
#include "support/format.hpp"
#include "support/identifier.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace sorn::io {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

constexpr std::size_t most_rewards = static_cast<std::size_t>(detail::most_rewards);
constexpr std::size_t most_pairs = 1000;  // the largest sp_batch

template <class T>
void append_values(std::vector<std::byte>& bytes, std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  append_bytes(bytes, std::as_bytes(values));
}

/// Eight values of 0 or 1 in a byte, the first in its lowest bit.
void append_bits(std::vector<std::byte>& bytes, std::span<const std::uint8_t> values) {
  for (std::size_t first = 0; first < values.size(); first += 8) {
    unsigned byte = 0;
    for (std::size_t k = first; k < std::min(first + 8, values.size()); ++k) byte |= unsigned{values[k]} << (k - first);
    bytes.push_back(static_cast<std::byte>(byte));
  }
}

std::vector<std::uint8_t> taken_bits(ByteReader& reader, std::size_t count) {
  const auto bytes = reader.take((count + 7) / 8);
  std::vector<std::uint8_t> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = std::to_integer<unsigned>(bytes[k / 8]) >> (k % 8) & 1U;
  return values;
}

/// All values of a section.
template <class T>
std::vector<T> values_of(std::span<const std::byte> section, const char* name, std::size_t least, std::size_t most) {
  const std::size_t count = section.size() / sizeof(T);
  if (section.size() % sizeof(T) != 0 || count < least || count > most) {
    throw FormatError(formatted("{} of {} bytes", name, section.size()), "has the wrong length");
  }
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), section.data(), section.size());
  return values;
}

/// The columns of a matrix: for each postsynaptic unit the number of its synapses, its first presynaptic unit, and the
/// distances of the others from the one before.
void pack(const SynapseMatrix& matrix, std::vector<std::byte>& structure, std::vector<std::byte>& weights) {
  for (std::size_t post = 0; post < matrix.n_post(); ++post) {
    const SynapseMatrix::Column column = matrix.column(post);
    append_number(structure, column.pre.size());
    std::uint32_t before = 0;
    for (const std::uint32_t pre : column.pre) {
      append_number(structure, pre - before);
      before = pre;
    }
    append_values(weights, column.weight);
  }
}

SynapseMatrix unpacked(const WeightField& field, std::size_t n_pre, std::size_t n_post, Zeros zeros,
                       std::span<const std::byte> structure, std::span<const std::byte> weights) {
  CompressedColumns columns;
  columns.posts = {0, n_post};
  columns.start.reserve(n_post + 1);
  ByteReader reader(structure);
  for (std::size_t post = 0; post < n_post; ++post) {
    const std::uint64_t count = reader.number();
    std::uint64_t pre = 0;
    if (count > n_pre) {
      throw FormatError(formatted("{}: unit {} with {} synapses", field.name, post, count), "too many");
    }
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t distance = reader.number();
      pre += std::min<std::uint64_t>(distance, n_pre);
      if (pre >= n_pre) {
        throw FormatError(formatted("{}: a synapse from unit {}", field.name, pre), formatted("there are {}", n_pre));
      }
      columns.pre.push_back(static_cast<std::uint32_t>(pre));
    }
    columns.start.push_back(columns.pre.size());
  }
  if (!reader.at_end()) throw FormatError(field.name, "has more synapses than columns");
  columns.weight = values_of<double>(weights, field.name, columns.pre.size(), columns.pre.size());
  return SynapseMatrix::from_columns(columns, n_pre, n_post, field.plasticity, field.name, zeros);
}

}  // namespace

void append_bytes(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  const std::size_t before = to.size();
  to.resize(before + bytes.size());
  if (!bytes.empty()) std::memcpy(to.data() + before, bytes.data(), bytes.size());
}

void append_number(std::vector<std::byte>& bytes, std::uint64_t number) {
  for (; number > 0x7F; number >>= 7U) bytes.push_back(static_cast<std::byte>(number | 0x80U));
  bytes.push_back(static_cast<std::byte>(number));
}

std::span<const std::byte> ByteReader::take(std::size_t count) {
  if (count > rest_.size()) throw FormatError("a packed state", "ends too early");
  const auto taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

std::uint64_t ByteReader::number() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(take(1).front());
    const std::uint64_t bits = byte & 0x7FU;
    if (shift == 63 && bits > 1) break;
    number |= bits << shift;
    if ((byte & 0x80U) == 0) return number;
  }
  throw FormatError("a number in a packed state", "has more than 64 bits");
}

void pack(const State& state, Sections& sections) {
  std::size_t used = 0;
  const auto next = [&]() -> std::vector<std::byte>& {
    if (used == sections.size()) sections.emplace_back();
    sections[used].clear();
    return sections[used++];
  };
  std::vector<std::byte>& numbers = next();
  append_values(numbers, std::span(&state.seed, 1));
  append_values(numbers, std::span(&state.step, 1));
  append_number(numbers, state.rule_memory.size());
  for (const RuleMemory& memory : state.rule_memory) {
    append_number(numbers, memory.name.size());
    append_values(numbers, std::span(memory.name));
    append_number(numbers, memory.width);
  }
  std::vector<std::byte>& activity = next();
  for (const ActivityField& field : activity_fields) {
    for (const auto column : field.columns) append_bits(activity, state.*column);
  }
  append_bits(activity, state.output.o);
  for (const ThresholdField& field : threshold_fields) append_values(next(), std::span(state.*field.values));
  for (const WeightField& field : weight_fields) {
    next();
    next();
    pack(*(state.*field.values), sections[used - 2], sections[used - 1]);
  }
  append_values(next(), std::span(state.h_ip));
  append_values(next(), std::span(state.sp_queue));
  for (const OutputField& field : output_fields) append_values(next(), std::span(state.output.*field.values));
  for (const RuleMemory& memory : state.rule_memory) append_values(next(), std::span(*memory.values));
  sections.resize(used);
}

State unpacked(std::span<const std::span<const std::byte>> sections, const Parameters& parameters) {
  constexpr std::size_t usual = 4 + threshold_fields.size() + 2 * weight_fields.size() + output_fields.size();
  if (sections.size() < usual) throw FormatError("a packed state", formatted("has {} sections", sections.size()));
  const std::size_t ne = parameters.ne;
  const std::size_t ni = parameters.inhibitory_count();
  const std::size_t no = parameters.no;
  const auto units = [&](Population population) { return population == Population::excitatory ? ne : ni; };
  std::size_t used = 0;
  const auto next = [&] { return sections[used++]; };
  State state;
  ByteReader numbers(next());
  for (std::uint64_t* const number : {&state.seed, &state.step}) {
    std::memcpy(number, numbers.take(sizeof *number).data(), sizeof *number);
  }
  const std::uint64_t rules = numbers.number();
  if (rules != sections.size() - usual) {
    throw FormatError(formatted("the memory of {} rules", rules), formatted("in {} sections", sections.size()));
  }
  for (std::uint64_t k = 0; k < rules; ++k) {
    const auto name = numbers.take(numbers.number());
    RuleMemory memory{{reinterpret_cast<const char*>(name.data()), name.size()}, numbers.number(), {}};
    if (!is_identifier(memory.name) || memory.width == 0 || memory.width > sections[usual + k].size()) {
      throw FormatError("the memory of a rule", "has a name or a width that no rule can have");
    }
    state.rule_memory.push_back(std::move(memory));
  }
  ByteReader activity(next());
  for (const ActivityField& field : activity_fields) {
    for (const auto column : field.columns) state.*column = taken_bits(activity, units(field.units));
  }
  state.output.o = taken_bits(activity, no);
  if (!activity.at_end()) throw FormatError("the activity of a packed state", "is too long");
  for (const ThresholdField& field : threshold_fields) {
    state.*field.values = values_of<double>(next(), field.name, units(field.units), units(field.units));
  }
  for (const WeightField& field : weight_fields) {
    const bool rests = field.zero_diagonal() && parameters.keep_zero == Toggle::on;
    const auto structure = next();
    state.*field.values =
        unpacked(field, units(field.pre), units(field.post), rests ? Zeros::kept : Zeros::dropped, structure, next());
  }
  state.h_ip = values_of<double>(next(), "h_ip", 0, ne);
  state.sp_queue = values_of<ChosenPair>(next(), "sp_queue", 0, most_pairs);
  for (const OutputField& field : output_fields) {
    const bool is_list = !field.by_excitatory && !field.by_output;
    const std::size_t size = is_list ? most_rewards : (field.by_excitatory ? ne : 1) * (field.by_output ? no : 1);
    state.output.*field.values = values_of<double>(next(), field.name, field.optional ? 0 : size, size);
  }
  for (RuleMemory& memory : state.rule_memory) {
    memory.values = values_of<double>(next(), "the memory of a rule", ne * memory.width, ne * memory.width);
  }
  validate(state);
  return state;
}

}  // namespace sorn::io
