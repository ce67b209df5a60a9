#include "cli/doctor.hpp"

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"
#include "io/hdf5/version.hpp"
#include "kernels/instruction_sets.hpp"
#include "runs/golden_run.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"
#include "team/processors.hpp"
#include "team/team.hpp"

#include <sorn/error.hpp>
#include <sorn/version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sorn::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view unknown = "unknown";

/// What Python says about itself and the packages: a document of sorn._command, or {"unknown": why}.
Json python_words(const Environment& environment) {
  std::ostringstream out;
  std::ostringstream err;
  const auto without_words = [](std::string why) {
    const std::size_t end = why.find_last_not_of('\n');
    why.resize(end == std::string::npos ? 0 : end + 1);
    return Json{{unknown, why.substr(why.rfind('\n') + 1)}};
  };
  try {
    const std::vector<std::string> arguments{"packages"};
    const int code = run_python(arguments, {out, err, false, environment.signal, environment.listeners});
    Json document = Json::parse(out.str(), nullptr, false);
    if (code == done && document.is_object()) return document;
    const std::string why = err.str();
    return without_words(why.empty() ? formatted("'{}' ended with {}", python_program(), code) : why);
  } catch (const Error& error) {
    return without_words(formatted("{}: {}", error.subject(), error.rule()));
  } catch (const std::runtime_error& error) {  // a signal ended it
    return without_words(error.what());
  }
}

struct Tested {
  VariantName variant;
  std::uint64_t expected;
  std::uint64_t found;
};

Json installation(const Environment& environment) {
  const kernels::InstructionSets sets = kernels::instruction_sets();
  Json document{{"version", version},
                {"instructions", {{"running", sets.running}, {"usable", sets.usable}, {"built", sets.built}}},
                {"threads", usual_threads()},
                {"processors", team::available_processors()},
                {"hdf5", io::hdf5_version()},
                {"mpi", nullptr}};
  if (environment.built_with_mpi) document["mpi"] = *environment.built_with_mpi;
  return document;
}

std::string text_of(const Json& value) {
  return value.is_string() ? printable(value.get<std::string>()) : std::string(unknown);
}

void print_line(std::ostream& out, std::string_view what, std::string_view text) {
  out << formatted("  {:<22} {}\n", what, text);
}

void print_installation(std::ostream& out, const Json& document) {
  const Json& sets = document["instructions"];
  out << formatted("sorn {}\n", document["version"].get<std::string>());
  print_line(out, "instructions",
             formatted("{}; built for {}", sets["running"].get<std::string>(),
                       joined(sets["built"].get<std::vector<std::string>>(), ", ")));
  print_line(out, "threads",
             formatted("up to {} unless --threads says otherwise; {} processors may be used",
                       document["threads"].get<std::size_t>(), document["processors"].get<std::size_t>()));
  print_line(out, "HDF5", document["hdf5"].get<std::string>());
  print_line(out, "MPI",
             document["mpi"].is_null()     ? unknown
             : document["mpi"].get<bool>() ? "built in: mpirun shares the work"
                                           : "not built in");
}

/// Prints what is not an object of the expected form as unknown, since another program wrote it.
void print_python(std::ostream& out, const Json& python) {
  out << "\nPython, for plot, report, reproduce and convert\n";
  if (python.contains(unknown)) {
    print_line(out, "python", formatted("{}: {}", unknown, text_of(python[unknown])));
    return;
  }
  print_line(out, "python",
             formatted("{}, {}", text_of(python.value("python", Json())), text_of(python.value("program", Json()))));
  const std::string package = text_of(python.value("sorn", Json()));
  print_line(out, "package sorn",
             package == version ? package : formatted("{}: another version than that of this command", package));
  const Json packages = python.value("packages", Json::object());
  for (const auto& [name, found] : packages.items()) {
    const Json release = found.is_object() ? found.value("version", Json()) : Json();
    const Json problem = found.is_object() ? found.value("problem", Json()) : Json();
    print_line(out, printable(name),
               problem.is_string() ? formatted("missing: {}", text_of(problem)) : text_of(release));
  }
}

}  // namespace

std::vector<SelfTest> self_tests() {
  std::vector<SelfTest> tests;
  for (const Variant& row : variant_table()) {
    const auto expected = runs::golden_hash(row.id);
    if (!expected) continue;
    for (const std::size_t threads : {1U, 2U}) {
      tests.push_back({row.id, *expected, [id = row.id, threads] { return runs::run_golden(id, threads); }});
    }
  }
  return tests;
}

int examine(const std::vector<SelfTest>& tests, bool as_json, const Environment& environment) {
  Json document = installation(environment);
  document["python"] = python_words(environment);
  if (const int signal = environment.signal == nullptr ? 0 : environment.signal->load(); signal != 0) {
    return 128 + signal;
  }
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Tested> wrong;
  for (const SelfTest& test : tests) {
    const std::uint64_t found = test.run();
    if (found != test.expected) wrong.push_back({test.variant, test.expected, found});
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  document["self_test"] = {{"runs", tests.size()}, {"seconds", seconds}, {"wrong", Json::array()}};
  for (const Tested& one : wrong) {
    document["self_test"]["wrong"].push_back(
        {{"variant", name(one.variant)}, {"expected", one.expected}, {"found", one.found}});
  }
  std::ostream& out = environment.out;
  if (as_json) {
    write_json(out, document);
  } else {
    print_installation(out, document);
    print_python(out, document["python"]);
    out << "\nthe bits of short runs of the published networks\n";
    print_line(out, "self-test",
               formatted("{} of {} runs give the bits that they must, in {:.2f} s", tests.size() - wrong.size(),
                         tests.size(), seconds));
  }
  if (wrong.empty()) return done;
  for (const Tested& one : wrong) {
    environment.err << formatted("sorn: error: a run of {} gave the hash {}: must be {}\n", name(one.variant),
                                 one.found, one.expected);
  }
  environment.err
      << "Results of this installation may be wrong. Please report it with the output of 'sorn doctor --json'.\n";
  return internal_bug;
}

void add_doctor(CLI::App& app, Action& action) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("doctor", "describe this installation, and test that it computes the right bits");
  command->add_flag("--json", *as_json, "print JSON instead of text");
  command->footer(
      "It prints the version, the vector instructions that this machine runs, the number of threads, the version of\n"
      "HDF5, whether MPI is built in, and which of the optional Python packages can be imported. What cannot be found\n"
      "out is \"unknown\" (in JSON null, or an object with the reason).\n"
      "The self-test runs each published network for 300 steps, on one thread and on two, and compares a hash of its\n"
      "spikes, weights and thresholds with the one that every machine must give. If one differs, the exit code is 70.\n"
      "SORN_PYTHON=/path/to/python3 chooses the Python; otherwise it is the one beside this command, or the first\n"
      "python3 in PATH. 'python -m sorn doctor' asks the Python that runs it.\n"
      "\nExamples:\n"
      "  sorn doctor\n"
      "  sorn doctor --json\n\n" +
      exit_code_help());
  command->callback([as_json, &action] {
    action = [as_json](const Environment& environment) { return examine(self_tests(), *as_json, environment); };
  });
}

}  // namespace sorn::cli
