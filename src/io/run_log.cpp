#include <sorn/run_log.hpp>

#include "io/acts.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace sorn {

bool changes_run(const LoggedAct& act) noexcept {
  return act.kind == ActKind::freeze || act.kind == ActKind::unfreeze || act.kind == ActKind::noise;
}

std::string text(const RunLog& log) {
  std::string all = "[";
  for (const LoggedAct& act : log) {
    if (all.size() > 1) all += ", ";
    all += io::text(act);
  }
  return all + ']';
}

RunLog run_log(std::string_view json) {
  const sources::Value value = sources::parsed_json(json);
  const auto* const acts = std::get_if<sources::Values>(&value.value);
  if (acts == nullptr)
    throw ParameterError("a log that is no list of acts", R"(must be one, such as [{"step": 10, …}])");
  if (acts->size() > longest_run_log) {
    throw ParameterError(formatted("a log of {} acts", acts->size()), formatted("may have {}", longest_run_log));
  }
  RunLog log;
  for (const sources::Value& one : *acts) {
    const auto* const table = std::get_if<sources::Table>(&one.value);
    if (table == nullptr) throw ParameterError("an act that is no object", R"(must be one, such as {"act": "pause"})");
    sources::Table object = *table;
    const std::uint64_t step = io::taken_number(object, "step");
    LoggedAct act = io::act_of(object);
    act.step = step;
    if (!log.empty() && step < log.back().step) {
      throw ParameterError(formatted("an act of step {} after one of step {}", step, log.back().step),
                           "the steps of a log must not descend");
    }
    log.push_back(std::move(act));
  }
  return log;
}

RunLog read_run_log(const std::filesystem::path& path) {
  constexpr std::size_t most_bytes = 4'000'000;
  std::string content;
  {
    std::ifstream file(path, std::ios::binary);
    if (!file) io::throw_system_error("read", path, errno);
    std::array<char, 8> beginning{};
    file.read(beginning.data(), beginning.size());
    content.assign(beginning.data(), static_cast<std::size_t>(file.gcount()));
    const bool is_text = content.find_first_not_of(" \t\r\n") == std::string::npos ||
                         content[content.find_first_not_of(" \t\r\n")] == '[';
    if (!is_text) return ResultReader(path).run().log;
    for (char byte = 0; content.size() <= most_bytes && file.get(byte);) content.push_back(byte);
  }
  try {
    if (content.size() > most_bytes) throw ParameterError("a text of more than 4 MB", "is no log");
    return run_log(content);
  } catch (const ParameterError& error) {
    throw FormatError(formatted("'{}': {}", path.string(), error.subject()), error.rule(), error.suggestion());
  }
}

}  // namespace sorn
