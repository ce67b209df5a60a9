#include <sorn/rule_library.hpp>

#include "core/own_rule.hpp"
#include "support/format.hpp"
#include "support/identifier.hpp"
#include "support/names.hpp"

#include <sorn/rule.h>
#include <sorn/error.hpp>

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace sorn {

namespace fs = std::filesystem;

namespace {

constexpr const char* symbol = "sorn_rule_v1";
constexpr std::size_t most_parameters = 64;

std::string cannot_load(const fs::path& file) { return formatted("cannot load a rule from '{}'", file.string()); }

/// Throws if parts of a library for this kind of machine are missing in the file: loading it would end the process. The
/// loader itself refuses files of other kinds.
void require_whole(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  Elf64_Ehdr header{};
  if (!stream.read(reinterpret_cast<char*>(&header), sizeof(header))) return;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64) return;
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return;
  const std::uint64_t size = fs::file_size(file);
  stream.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (std::size_t k = 0; k < header.e_phnum; ++k) {
    Elf64_Phdr segment{};
    const bool read = static_cast<bool>(stream.read(reinterpret_cast<char*>(&segment), sizeof(segment)));
    if (read && segment.p_offset <= size && segment.p_filesz <= size - segment.p_offset) continue;
    throw FormatError(cannot_load(file), "the library is truncated", "build or copy it again");
  }
}

/// An open library. It stays loaded as long as a copy of the pointer lives.
std::shared_ptr<void> opened(const fs::path& file) {
  std::error_code unknown;
  const fs::file_status status = fs::status(file, unknown);
  if (!fs::exists(status)) throw IoError(cannot_load(file), "there is no such file", "check the spelling");
  if (!fs::is_regular_file(status)) throw IoError(cannot_load(file), "must be a file");
  require_whole(file);
  void* const library = dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);  // a bare name is searched elsewhere
  if (library == nullptr) {
    const char* const reason = dlerror();
    throw FormatError(cannot_load(file), reason == nullptr ? "no shared library" : reason,
                      "must be a shared library for this machine");
  }
  return {library, [](void* handle) { dlclose(handle); }};
}

/// Where a description comes from, for its errors.
struct Origin {
  std::string refused;  // the beginning of an error of the description
  std::string place;    // after the name of the rule
};

/// What a library says about its rule.
const sorn_rule& described(const fs::path& file, void* library) {
  void* const found = dlsym(library, symbol);
  if (found == nullptr) {
    throw FormatError(cannot_load(file), formatted("it does not define {}()", symbol),
                      "build it from a source that includes <sorn/rule.h>");
  }
  const sorn_rule* const rule = reinterpret_cast<decltype(&sorn_rule_v1)>(found)();
  if (rule == nullptr) throw FormatError(cannot_load(file), formatted("{}() returns null", symbol));
  return *rule;
}

void require_rule(const sorn_rule& rule, const Origin& origin) {
  const auto refuse = [&](std::string reason, std::string suggestion = {}) {
    throw FormatError(origin.refused, std::move(reason), std::move(suggestion));
  };
  if (rule.abi != SORN_RULE_ABI || rule.size < sizeof(sorn_rule)) {
    refuse(
        formatted("it was built for version {} of <sorn/rule.h>, with {} bytes; this program has version {}, with {}",
                  rule.abi, rule.size, SORN_RULE_ABI, sizeof(sorn_rule)),
        "build it again with the header of this version");
  }
  if (rule.name == nullptr) refuse("its rule has no name");
  if (rule.apply == nullptr) refuse("its rule has no function apply");
  if (rule.changes > (SORN_CHANGES_TE | SORN_CHANGES_WEE | SORN_CHANGES_WEI)) {
    refuse(formatted("changes = {} is no sum of SORN_CHANGES_TE, SORN_CHANGES_WEE, SORN_CHANGES_WEI", rule.changes));
  }
  if (rule.most_new > std::numeric_limits<std::uint32_t>::max()) {
    refuse(formatted("most_new = {} is more than a part can have", rule.most_new));
  }
  if (rule.n_parameters > most_parameters) {
    refuse(formatted("its rule has {} parameters; there may be {}", rule.n_parameters, most_parameters));
  }
  if (rule.n_parameters > 0 && rule.parameters == nullptr) refuse("the parameters of its rule are missing");
  if (rule.n_needs > most_signals) {
    refuse(formatted("its rule needs {} signals; a run has at most {}", rule.n_needs, most_signals));
  }
  if (rule.n_needs > 0 && rule.needs == nullptr) refuse("the names of the signals that its rule needs are missing");
  for (const char* const signal : std::span(rule.needs, rule.n_needs)) {
    if (signal == nullptr || !is_identifier(signal)) {
      refuse(formatted("a signal that its rule needs is named '{}'", signal == nullptr ? "" : signal),
             formatted("a name is {}", identifier_in_words));
    }
  }
}

/// The values of a rule's parameters, in their order.
std::vector<double> values_of(const Origin& origin, const sorn_rule& rule, std::span<const RuleValue> given) {
  std::vector<std::string_view> names;
  std::vector<double> values;
  for (const sorn_rule_parameter& parameter : std::span(rule.parameters, rule.n_parameters)) {
    const std::string_view name = parameter.name == nullptr ? std::string_view() : parameter.name;
    if (!is_identifier(name) || std::find(names.begin(), names.end(), name) != names.end()) {
      throw FormatError(origin.refused, formatted("a parameter of its rule is named '{}'", name),
                        formatted("a name is {}, and each has its own", identifier_in_words));
    }
    if (!std::isfinite(parameter.value)) {
      throw FormatError(origin.refused, formatted("the default of '{}' is {}", name, parameter.value),
                        "must be a finite number");
    }
    names.push_back(name);
    values.push_back(parameter.value);
  }
  std::vector<bool> is_set(names.size());
  for (const RuleValue& value : given) {
    const auto found = std::find(names.begin(), names.end(), value.name);
    if (found == names.end()) {
      throw_unknown_name(formatted("parameter of the rule '{}'{}:", rule.name, origin.place), value.name, names);
    }
    const auto k = static_cast<std::size_t>(found - names.begin());
    const std::string subject = formatted("{} = {} of the rule '{}'", value.name, value.value, rule.name);
    if (!std::isfinite(value.value)) throw ParameterError(subject, "must be a finite number");
    if (is_set[k]) throw ParameterError(subject, "is given twice");
    is_set[k] = true;
    values[k] = value.value;
  }
  return values;
}

}  // namespace

/// The rule of a library, or of a description in this process.
class LibraryRule final : public OwnRule {
public:
  LibraryRule(std::shared_ptr<const void> library, const sorn_rule& rule, std::vector<double> values)
      : library_(std::move(library)), rule_(rule), values_(std::move(values)) {}

  std::string_view name() const noexcept override { return rule_.name; }
  Changes changes() const noexcept override {
    return {.te = (rule_.changes & SORN_CHANGES_TE) != 0,
            .wee = (rule_.changes & SORN_CHANGES_WEE) != 0,
            .wei = (rule_.changes & SORN_CHANGES_WEI) != 0};
  }
  std::size_t most_new() const noexcept override { return rule_.most_new; }
  std::vector<RuleValue> values() const override {
    std::vector<RuleValue> found;
    found.reserve(values_.size());
    for (std::size_t k = 0; k < values_.size(); ++k) found.push_back({rule_.parameters[k].name, values_[k]});
    return found;
  }
  std::vector<std::string> needs() const override { return {rule_.needs, rule_.needs + rule_.n_needs}; }
  std::size_t memory_width(const Parameters& parameters) const override {
    return rule_.memory_width == SORN_MEMORY_OF_PAIRS ? parameters.ne : rule_.memory_width;
  }
  void begin_memory(const MemoryStart& start) const override;
  void apply(RuleView& view) const override;

private:
  static void set(void* owner, std::uint32_t entry, std::uint32_t column, double weight) noexcept {
    static_cast<PartSynapses*>(owner)->set_entry(entry, column, weight);
  }
  static void make(void* owner, std::uint64_t pre, std::uint64_t post, double weight) noexcept {
    static_cast<PartSynapses*>(owner)->make(pre, post, weight);
  }
  static void set_te(void* owner, std::uint64_t unit, double value) noexcept {
    static_cast<RuleView*>(owner)->set_te(unit, value);
  }
  static double uniform(void* owner, std::uint32_t unit, std::uint32_t draw) noexcept {
    return static_cast<RuleView*>(owner)->uniform(unit, draw);
  }
  static double memory_uniform(void* owner, std::uint32_t draw) noexcept {
    return static_cast<const MemoryStart*>(owner)->uniform(draw);
  }
  static sorn_synapses synapses(PartSynapses& matrix) noexcept;

  /// Calls a function of the library. @throws RuleError of what it returns or throws
  template <class Function, class What>
  void call(Function&& function, What&& what) const {
    const auto failure = [&](std::string reason) {
      return RuleError(formatted("the rule '{}' {}", name(), what()), std::move(reason));
    };
    const char* reason = nullptr;
    try {
      reason = function();
    } catch (const std::exception& error) {  // its type may be one of the library, which must not outlive it
      throw failure(error.what());
    } catch (...) {
      throw failure("it has thrown something that is no std::exception");
    }
    if (reason != nullptr) throw failure(reason);
  }

  std::shared_ptr<const void> library_;  // holds the code of the rule
  sorn_rule rule_;
  std::vector<double> values_;
};

sorn_synapses LibraryRule::synapses(PartSynapses& matrix) noexcept {
  static_assert(sizeof(Outgoing) == sizeof(std::uint64_t));
  static_assert(alignof(Outgoing) == alignof(std::uint64_t));
  const PartSynapses::Arrays& arrays = matrix.arrays_;
  // The words of synapses are members of a struct of nothing else: their address is that of the struct.
  const std::uint64_t* const outgoing = arrays.outgoing == nullptr ? nullptr : &arrays.outgoing->packed;
  return {.n_pre = arrays.n_pre,
          .first_post = arrays.first_post,
          .n_post = arrays.n_post,
          .start = arrays.start,
          .length = arrays.length,
          .pre = arrays.pre,
          .weight = arrays.weight,
          .high = matrix.high_,
          .row_start = arrays.row_start,
          .row_length = arrays.row_length,
          .outgoing = outgoing,
          .weight_ = arrays.weight,
          .settled_ = arrays.settled,
          .owner_ = &matrix,
          .set_ = set,
          .make_ = make};
}

void LibraryRule::apply(RuleView& view) const {
  const StepData& step = view.task_.step_;
  std::array<const char*, most_signals> names;  // not initialised: few runs have signals
  std::transform(step.given_signals.begin(), step.given_signals.end(), names.begin(),
                 [](const Signal& signal) { return signal.name.c_str(); });
  const auto listed = [](std::span<const std::uint32_t> units) { return sorn_units{units.data(), units.size()}; };
  const sorn_part part{.abi = SORN_RULE_ABI,
                       .size = sizeof(sorn_part),
                       .step = view.step,
                       .ne = view.x.size(),
                       .ni = view.y.size(),
                       .begin = view.units.begin,
                       .end = view.units.end,
                       .x = view.x.data(),
                       .next_x = view.next_x.data(),
                       .y = view.y.data(),
                       .next_y = view.next_y.data(),
                       .active_x = listed(view.active_x),
                       .active_next_x = listed(view.active_next_x),
                       .active_y = listed(view.active_y),
                       .te = view.te.data(),
                       .target = view.target.data(),
                       .wee = synapses(view.wee),
                       .wei = synapses(view.wei),
                       .parameters = values_.data(),
                       .n_signals = step.given_signals.size(),
                       .signal_names = names.data(),
                       .signals = step.signals.data(),
                       .memory_width = view.memory_width,
                       .memory = view.memory.data(),
                       .owner_ = &view,
                       .set_te_ = set_te,
                       .uniform_ = uniform};
  call([&] { return rule_.apply(&part); }, [&] { return formatted("ends the run in step {}", view.step); });
}

void LibraryRule::begin_memory(const MemoryStart& start) const {
  if (rule_.begin_memory == nullptr) return;
  const sorn_memory_start given{.abi = SORN_RULE_ABI,
                                .size = sizeof(sorn_memory_start),
                                .ne = start.parameters.ne,
                                .ni = start.parameters.inhibitory_count(),
                                .seed = start.seed,
                                .unit = start.unit,
                                .memory_width = start.memory.size(),
                                .memory = start.memory.data(),
                                .parameters = values_.data(),
                                .owner_ = const_cast<MemoryStart*>(&start),
                                .uniform_ = memory_uniform};
  call([&] { return rule_.begin_memory(&given); },
       [&] { return formatted("cannot begin its memory of unit {}", start.unit); });
}

namespace {

std::shared_ptr<const OwnRule> made(const sorn_rule& rule, std::span<const RuleValue> values, const Origin& origin,
                                    std::shared_ptr<const void> code) {
  require_rule(rule, origin);
  std::vector<double> all_values = values_of(origin, rule, values);
  try {
    Rule::own(rule.name);
  } catch (const ParameterError& error) {
    throw ParameterError(formatted("{}{}", error.subject(), origin.place), error.rule(), error.suggestion());
  }
  return std::make_shared<LibraryRule>(std::move(code), rule, std::move(all_values));
}

}  // namespace

std::shared_ptr<const OwnRule> load_rule(const fs::path& library, std::span<const RuleValue> values) {
  std::shared_ptr<void> handle = opened(library);
  const sorn_rule& rule = described(library, handle.get());
  return made(rule, values, {cannot_load(library), formatted(" in '{}'", library.string())}, std::move(handle));
}

std::shared_ptr<const OwnRule> rule_of(const sorn_rule& description, std::span<const RuleValue> values,
                                       std::shared_ptr<const void> code) {
  return made(description, values, {"the description of a rule", {}}, std::move(code));
}

}  // namespace sorn
