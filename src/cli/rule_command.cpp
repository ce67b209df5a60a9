#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/rule_header.hpp"
#include "cli/run.hpp"
#include "cli/try_library.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/source.hpp"
#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/order.hpp>
#include <sorn/rule_library.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sorn::cli {

namespace fs = std::filesystem;

namespace {

struct RuleOptions {
  std::string action;
  std::string file;
  bool force = false;
};

constexpr std::size_t most_header = std::size_t{1} << 20U;

/// A rule to begin with, in C and C++. NAME stands for its name.
constexpr std::string_view source_text =
    R"source(// The rule "NAME": a rule of your own for sorn. rule.h describes all that it sees and may do.
#include "rule.h"

// This example is Oja's rule on W_EE: a synapse from a unit that was active to a unit that is active now grows by
// eta * (1 - weight), and the other synapses onto that unit shrink by eta * weight * decay.
//
// sorn calls apply() in each step, in several threads at the same time, for a part of the network: some of the
// excitatory units, and the synapses onto them. It must depend on nothing but the part and constants;
// what it keeps from step to step is in the memory of the part.
static const char* apply(const sorn_part* s) {
  const double eta = s->parameters[0];
  const double decay = s->parameters[1];
  const sorn_synapses* w = &s->wee;
  for (uint64_t post = s->begin; post < s->end; ++post) {
    if (s->next_x[post] == 0) continue;
    const uint64_t first = w->start[post - s->begin];
    const uint64_t last = first + w->length[post - s->begin];
    for (uint64_t k = first; k < last; ++k) {
      const double weight = w->weight[k];
      const double change = s->x[w->pre[k]] != 0 ? 1.0 - weight : -decay * weight;
      sorn_set_entry(w, post, k, weight + eta * change);
    }
  }
  return NULL;  // a text instead would end the run before this step, with an error of this text
}

// Names and defaults of the parameters, in the order of s->parameters. A run can set them: --rule ./NAME.so:eta=0.002
static const sorn_rule_parameter parameters[] = {{"eta", 0.001}, {"decay", 0.1}};

static const sorn_rule rule = {
    SORN_RULE_ABI,
    sizeof(sorn_rule),
    "NAME",            // the name in `order` and `freeze`
    SORN_CHANGES_WEE,  // what the rule changes; also SORN_CHANGES_TE, SORN_CHANGES_WEI, with |
    2,                 // the number of parameters
    parameters,
    0,  // the largest number of synapses that it makes in a part and a step
    apply,
    0,     // the number of signals that it needs
    NULL,  // and their names
    0,     // the numbers that it keeps from step to step for each unit, such as a trace: sorn_memory(s, post)
    NULL,  // a function that sets them before the first step; without one they begin with 0
};

SORN_EXPORT_RULE(rule)
)source";

void write(const fs::path& file, std::string_view text, Existing existing) {
  io::AtomicFile destination(file, existing);
  destination.write_at(0, std::as_bytes(std::span(text)));
  destination.commit();
}

/// Whether the file is there with this text.
bool holds(const fs::path& file, std::string_view text) {
  std::error_code unknown;
  return fs::is_regular_file(file, unknown) && fs::file_size(file, unknown) == text.size() &&
         io::read_short_text(file, most_header, "a header") == text;
}

int write_rule(const fs::path& file, Existing existing, const Environment& environment) {
  const std::string name = file.stem().string();
  const std::string suffix = file.extension().string();
  const bool is_c = suffix == ".c";
  if (!is_c && suffix != ".cpp" && suffix != ".cc" && suffix != ".cxx") {
    throw ParameterError(formatted("'{}'", file.string()), "must be the name of a C++ or C file, such as mine.cpp");
  }
  Rule::own(name);
  std::string text(source_text);
  for (auto at = text.find("NAME"); at != std::string::npos; at = text.find("NAME", at)) text.replace(at, 4, name);
  const fs::path header = file.parent_path() / "rule.h";
  const bool has_header = holds(header, rule_header);
  if (!has_header) io::require_writable(header, existing);
  write(file, text, existing);
  if (!has_header) write(header, rule_header, existing);
  const Listening listening(environment);
  fs::path library = file;
  library.replace_extension(".so");
  if (!library.has_parent_path()) library = "." / library;
  environment.out << formatted(
      "wrote {0} and {1}\n"
      "build it: {2} -O2 -ffp-contract=off -shared -fPIC {0} -o {3}\n"
      "run it:   sorn simulate --rule {3} --set order=stdp,ip,{4},sp,istdp,ss --steps 1000 --seed 1 --out {4}.h5\n",
      printable(file.string()), printable(header.string()), is_c ? "cc -std=c11" : "c++ -std=c++20",
      printable(library.string()), name);
  return done;
}

int check_rule(const fs::path& file, const Environment& environment) {
  const auto rule = load_rule(file);
  const Changes changes = rule->changes();
  std::vector<std::string_view> changed;
  if (changes.te) changed.emplace_back("T_E");
  if (changes.wee) changed.emplace_back("W_EE");
  if (changes.wei) changed.emplace_back("W_EI");
  std::vector<std::string> values;
  for (const RuleValue& value : rule->values()) values.push_back(formatted("{} = {}", value.name, value.value));
  environment.out << formatted("{}: the rule '{}'; changes {}; parameters: {}", printable(file.string()), rule->name(),
                               changed.empty() ? "nothing" : joined(changed, ", "),
                               values.empty() ? "none" : joined(values, ", "));
  const std::vector<std::string> needs = rule->needs();
  if (!needs.empty()) environment.out << "; needs signals: " << joined(needs, ", ");
  const std::size_t few = rule->memory_width({});
  Parameters larger;
  ++larger.ne;
  const bool is_of_pairs = rule->memory_width(larger) != few;
  if (few > 0) {
    environment.out << formatted("; keeps {} for each {}",
                                 is_of_pairs || few == 1 ? "a number" : formatted("{} numbers", few),
                                 is_of_pairs ? "pair of units" : "unit");
  }
  environment.out << "\n";
  return done;
}

}  // namespace

void add_rule_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<RuleOptions>();
  CLI::App* command = app.add_subcommand("rule", "begin a rule of your own, or check its library");
  command->add_option("ACTION", options->action, "new or check")->required()->type_name("");
  command->add_option("FILE", options->file, "the source to write, or the library to check")->required()->type_name("");
  command->add_flag("--force", options->force, force_help);
  command->footer(
      "new writes the source of a rule that works, in C++ or C, and beside it rule.h, all that it needs. It prints "
      "the\n"
      "line that builds the shared library.\n"
      "check loads a library, whose code then runs, and prints what it says about its rule.\n"
      "'sorn simulate --rule' gives the rule to a run, in which order says where it acts (docs/own-rules.md).\n"
      "\nExamples:\n"
      "  sorn rule new mine.cpp\n"
      "  sorn rule check ./mine.so\n"
      "  sorn simulate --rule ./mine.so:eta=0.01 --set order=stdp,ip,mine,sp,istdp,ss --steps 1e4 --out run.h5\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) {
      if (options->action == "check") try_library(options->file, environment);
      if (options->action == "check" || options->action == tried_action) return check_rule(options->file, environment);
      if (options->action == "new") return write_rule(options->file, existing(options->force), environment);
      constexpr std::array<std::string_view, 2> actions{"new", "check"};
      throw_unknown_name("action of sorn rule", options->action, actions);
    };
  });
}

}  // namespace sorn::cli
