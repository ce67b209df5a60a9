#include "analysis/collect.hpp"
#include "analysis/run_record.hpp"
#include "analysis/spikes.hpp"
#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "core/quantity.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/recorded_spikes.hpp>
#include <sorn/statistics.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

struct StatsOptions {
  std::vector<std::string> files;
  std::string recording;  // empty: the first of E, R and I in the file
  std::size_t skip = 0;
  statistics::SummaryOptions summary;
  std::string against;
  std::string neurons_out;
  std::string spikes_out;
  bool json = false;
  bool force = false;
};

struct Line {
  std::string_view name;
  std::string meaning;
  MeasureKind kind;
  std::optional<double> value;
  std::array<std::string_view, 3> aliases{};  // names in JSON of earlier versions
};

/// Lines of the output under one title.
struct Section {
  std::string_view key;  // in JSON
  std::string title;
  std::vector<Line> lines;
};

/// Shows how far the spikes of a file have been read.
class ReadingLine {
public:
  ReadingLine(const Environment& environment, std::string file)
      : text_(environment.err, environment.err_is_terminal), file_(std::move(file)) {}

  /// Takes the steps that come next, of so many in all.
  void add(std::uint64_t steps, std::uint64_t all) {
    const auto now = ProgressText::Clock::now();
    if (text_.is_due(now)) {
      text_.show(now, formatted("reading {}: {:3d}% of pass {}", file_, 100 * (done_ % all) / all, done_ / all + 1));
    }
    done_ += steps;
  }

private:
  ProgressText text_;
  std::string file_;
  std::uint64_t done_ = 0;
};

/// The recorded spikes of a file, without the first `skip` rows.
struct Spikes {
  RecordedSpikes source;
  RecordRequest request{};
  std::uint64_t first_step = 0;
};

Spikes spikes_of(const ResultReader& reader, const Recording& recording, std::size_t skip, std::string_view file) {
  if (skip >= recording.rows) {
    throw ParameterError(formatted("--skip {}", skip),
                         formatted("must leave one of the {} rows of {} in '{}'", recording.rows,
                                   name(recording.request.quantity), file));
  }
  return {RecordedSpikes(reader, recording.request.quantity, skip), recording.request,
          recording.first_step + skip * recording.request.stride};
}

const Recording* find_recording(const ResultReader& reader, Quantity quantity) {
  const auto& recordings = reader.recordings();
  const auto found = std::find_if(recordings.begin(), recordings.end(),
                                  [&](const Recording& r) { return r.request.quantity == quantity; });
  return found == recordings.end() ? nullptr : &*found;
}

/// @throws UsageError if several files are to be described in what holds one of them; ParameterError if a file would be
///   both read and written, or written twice; IoError if it cannot be written
void check_outputs(const StatsOptions& options) {
  for (const auto& [option, path] : {std::pair("--neurons", options.neurons_out),
                                     {"--spikes", options.spikes_out},
                                     {"--against", options.against}}) {
    if (path.empty() || options.files.size() == 1) continue;
    throw UsageError(formatted("{} {}: belongs to one result, and {} are given", option, path, options.files.size()));
  }
  for (const auto& [option, path] : {std::pair("--neurons", options.neurons_out), {"--spikes", options.spikes_out}}) {
    if (!io::same_file(path, options.files.front()) && !io::same_file(path, options.against)) continue;
    throw ParameterError(formatted("{} {}", option, path), "must be another file than the results that are read");
  }
  if (io::same_file(options.neurons_out, options.spikes_out)) {
    throw ParameterError(formatted("--spikes {}", options.spikes_out), "must be another file than that of --neurons");
  }
  for (const std::string& path : {options.neurons_out, options.spikes_out}) {
    if (!path.empty()) io::require_writable(path, existing(options.force));
  }
}

/// The recording to measure; none if no spikes were recorded and none were asked for by name.
const Recording* chosen_recording(const ResultReader& reader, const std::string& file, const StatsOptions& options) {
  if (options.recording.empty()) {
    for (const Quantity quantity : {Quantity::excitatory, Quantity::recurrent, Quantity::inhibitory}) {
      if (const Recording* recording = find_recording(reader, quantity)) return recording;
    }
    return nullptr;
  }
  const Quantity quantity = quantity_named(options.recording);
  if (!info(quantity).is_spikes()) {
    throw ParameterError(
        formatted("--recording {}", options.recording),
        formatted("must be {}, which hold spikes", listed(quantity_names(&QuantityInfo::is_spikes), "or")));
  }
  if (const Recording* recording = find_recording(reader, quantity)) return recording;
  throw ParameterError(formatted("--recording {}", options.recording), formatted("'{}' holds no such recording", file),
                       formatted("'sorn info {}' tells what it holds", file));
}

/// The synapses on entry to the steps from `from` on, if they were recorded.
std::optional<analysis::SynapseCounts> synapse_counts(const ResultReader& reader, std::uint64_t from) {
  constexpr std::size_t rows_at_once = std::size_t{1} << 18U;
  const Recording* recording = find_recording(reader, Quantity::ee_count);
  if (recording == nullptr) return {};
  const std::uint64_t stride = recording->request.stride;
  const std::uint64_t before = from > recording->first_step ? (from - recording->first_step + stride - 1) / stride : 0;
  std::optional<analysis::SynapseCounts> found;
  for (std::size_t row = std::min<std::size_t>(before, recording->rows); row < recording->rows; row += rows_at_once) {
    const Recording part = reader.rows(Quantity::ee_count, row, std::min(rows_at_once, recording->rows - row));
    const std::span<const std::int64_t> values = part.counts();
    const auto fewest = static_cast<std::uint64_t>(*std::min_element(values.begin(), values.end()));
    if (!found) found = {static_cast<std::uint64_t>(values.front()), fewest};
    found->fewest = std::min(found->fewest, fewest);
  }
  return found;
}

/// The measures of some groups.
std::vector<Line> lines_of(const statistics::Summary& summary, std::initializer_list<MeasureGroup> groups) {
  std::vector<Line> lines;
  for (const statistics::Measured& measured : summary.lines()) {
    const Measure& row = *measured.measure;
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) continue;
    lines.push_back({row.name, text(row), row.kind, measured.value, row.aliases});
  }
  return lines;
}

Section divergence_section(const Spikes& spikes, const StatsOptions& options) {
  const std::string& file = options.files.front();
  const ResultReader other(options.against);
  const Recording* recording = find_recording(other, spikes.request.quantity);
  const std::string_view quantity = name(spikes.request.quantity);
  if (recording == nullptr || recording->request != spikes.request) {
    throw ParameterError(
        formatted("--against {}", options.against),
        formatted("must hold {} recorded as in '{}': every {} steps", quantity, file, spikes.request.stride));
  }
  const Spikes perturbed = spikes_of(other, *recording, options.skip, options.against);
  if (perturbed.first_step != spikes.first_step) {
    throw ParameterError(formatted("--against {}", options.against),
                         formatted("begins at step {}, '{}' at step {}: the two runs must show the same steps",
                                   perturbed.first_step, file, spikes.first_step));
  }
  const statistics::Divergence found = statistics::divergence(spikes.source, perturbed.source);
  Section section{"divergence", formatted("difference from {} of {}", quantity, options.against), {}};
  auto& lines = section.lines;
  constexpr auto count = MeasureKind::count;
  constexpr auto real = MeasureKind::real;
  lines.push_back({"mean_hamming_distance", "neurons that differ in a step", real, found.mean});
  lines.push_back({"largest_hamming_distance", "the same at most", count, static_cast<double>(found.largest)});
  lines.push_back({"last_hamming_distance", "in the last step", count, static_cast<double>(found.last)});
  lines.push_back({"derrida_slope", "above 1 differences grow, below 1 they shrink", real, found.slope});
  return section;
}

/// A text file that is written in pieces and appears when it is complete.
class TextFile {
public:
  TextFile(const std::string& path, Existing existing) : file_(path, existing) {}

  template <class... Values>
  void print(fmt::format_string<Values...> format, Values&&... values) {
    piece_ += formatted(format, std::forward<Values>(values)...);
    if (piece_.size() >= piece_size) flush();
  }
  void commit() {
    flush();
    file_.commit();
  }

private:
  static constexpr std::size_t piece_size = std::size_t{1} << 20;

  void flush() {
    file_.write_at(file_.size(), std::as_bytes(std::span(piece_.data(), piece_.size())));
    piece_.clear();
  }

  io::AtomicFile file_;
  std::string piece_;
};

/// Writes a row for each neuron. Measures that are not defined are left empty.
void write_neurons(analysis::RunRecord& record, const std::string& path, Existing existing) {
  const auto steps = static_cast<double>(record.train().steps());
  const auto& [cv, lv] = record.intervals();
  const auto cell = [](double value) { return std::isnan(value) ? std::string() : formatted("{}", value); };
  TextFile file(path, existing);
  file.print("neuron,spikes,rate,isi_cv,isi_lv,fano_factor\n");
  for (std::size_t n = 0; n < record.train().neurons(); ++n) {
    const std::uint64_t count = record.spikes()[n];
    file.print("{},{},{},{},{},{}\n", n, count, static_cast<double>(count) / steps, cell(cv[n]), cell(lv[n]),
               cell(record.fano_factors()[n]));
  }
  file.commit();
}

/// Writes a row for each spike, neuron by neuron. The recording is read once for some neurons, which fit into memory.
void write_spikes(const Spikes& spikes, const std::string& path, Existing existing) {
  constexpr std::size_t most_words = std::size_t{1} << 22U;
  const SpikeSource& source = spikes.source;
  TextFile file(path, existing);
  file.print("neuron,step\n");
  const std::size_t words = (source.steps() + SpikeSource::steps_per_word - 1) / SpikeSource::steps_per_word;
  const std::size_t at_once = std::clamp<std::size_t>(most_words / words, 1, source.neurons());
  std::vector<SpikeSource::Word> rows(at_once * words);
  for (std::size_t begin = 0; begin < source.neurons(); begin += at_once) {
    const std::size_t count = std::min(at_once, source.neurons() - begin);
    analysis::for_each_block(source, [&](const SpikeBlock& block) {
      for (std::size_t k = 0; k < count; ++k) {
        const auto row = block.row(begin + k);
        const std::size_t place = k * words + block.first / SpikeSource::steps_per_word;
        std::copy(row.begin(), row.end(), rows.begin() + static_cast<std::ptrdiff_t>(place));
      }
    });
    for (std::size_t k = 0; k < count; ++k) {
      analysis::for_each_spike(std::span(rows).subspan(k * words, words), [&](std::size_t row) {
        file.print("{},{}\n", begin + k, spikes.first_step + row * spikes.request.stride);
      });
    }
  }
  file.commit();
}

std::string value_text(const Line& line) {
  if (!line.value) return "undefined";
  if (line.kind == MeasureKind::count) return grouped(static_cast<std::uint64_t>(*line.value));
  return formatted("{:.6g}", *line.value);
}

void print_table(std::ostream& out, std::span<const Section> sections) {
  for (const Section& section : sections) {
    out << '\n' << section.title << '\n';
    for (const Line& line : section.lines) {
      out << formatted("  {:<28} {:>12}  {}\n", line.name, value_text(line), line.meaning);
    }
  }
}

nlohmann::ordered_json json_value(const Line& line) {
  if (!line.value) return nullptr;
  if (line.kind == MeasureKind::count) return static_cast<std::uint64_t>(*line.value);
  return *line.value;  // an infinite value becomes null
}

nlohmann::ordered_json json_of(std::string_view file, const Spikes* spikes, std::span<const Section> sections) {
  nlohmann::ordered_json document;
  document["file"] = file;
  if (spikes != nullptr) {
    document["recording"] = name(spikes->request.quantity);
    document["first_step"] = spikes->first_step;
    document["stride"] = spikes->request.stride;
  }
  for (const Section& section : sections) {
    for (const Line& line : section.lines) {
      document[section.key][line.name] = json_value(line);
      for (const std::string_view alias : line.aliases) {
        if (!alias.empty()) document[section.key][alias] = json_value(line);
      }
    }
  }
  return document;
}

/// What is to be printed about one file.
struct Described {
  std::string table;
  nlohmann::ordered_json json;
};

Described described(const std::string& file, const StatsOptions& options, const Environment& environment) {
  const ResultReader reader(file);
  const State state = reader.state();
  const Recording* recording = chosen_recording(reader, file, options);
  std::optional<ReadingLine> progress(std::in_place, environment, printable(file));
  std::optional<Spikes> spikes;
  std::vector<Section> sections;
  if (recording != nullptr) {
    spikes.emplace(spikes_of(reader, *recording, options.skip, file));
    spikes->source.on_block([&](std::size_t steps) {
      if (progress) progress->add(steps, spikes->source.steps());
    });
    const std::uint64_t stride = spikes->request.stride;
    sections.push_back({"spikes",
                        formatted("spikes of {}, {}, from step {} on", name(spikes->request.quantity),
                                  stride == 1 ? "every step" : formatted("every {} steps", grouped(stride)),
                                  grouped(spikes->first_step)),
                        {}});
    if (stride != 1) {
      environment.err << formatted(
          "sorn: note: {} was recorded every {} steps: intervals, windows, lags and avalanches count recorded steps\n",
          name(spikes->request.quantity), grouped(stride));
    }
  } else if (!options.against.empty() || !options.neurons_out.empty() || !options.spikes_out.empty()) {
    throw ParameterError(formatted("'{}'", file), "holds no spikes", "record them with --record E");
  } else {
    environment.err << formatted("sorn: note: no spikes were recorded{}; --record E keeps them\n",
                                 options.files.size() == 1 ? "" : " in " + printable(file));
  }
  analysis::RunRecord record({.state = &state,
                              .train = spikes ? &spikes->source : nullptr,
                              .synapses = synapse_counts(reader, spikes ? spikes->first_step : 0)},
                             options.summary);
  const statistics::Summary summary = analysis::summary_of(record);
  if (spikes) sections.front().lines = lines_of(summary, {MeasureGroup::activity, MeasureGroup::timing});
  sections.push_back({"connections", "synapses and thresholds",
                      lines_of(summary, {MeasureGroup::synapses, MeasureGroup::weights, MeasureGroup::thresholds})});
  if (!options.against.empty()) sections.push_back(divergence_section(*spikes, options));
  progress.reset();
  const Listening listening(environment);
  if (!options.neurons_out.empty()) write_neurons(record, options.neurons_out, existing(options.force));
  if (!options.spikes_out.empty()) write_spikes(*spikes, options.spikes_out, existing(options.force));
  if (options.json) return {{}, json_of(file, spikes ? &*spikes : nullptr, sections)};
  std::ostringstream table;
  table << printable(file) << '\n';
  print_table(table, sections);
  return {table.str(), {}};
}

/// Prints nothing before every file has been read.
int stats(const StatsOptions& options, const Environment& environment) {
  check_outputs(options);
  std::vector<Described> files;
  files.reserve(options.files.size());
  for (const std::string& file : options.files) files.push_back(described(file, options, environment));
  if (options.json) {
    std::vector<nlohmann::ordered_json> documents;
    documents.reserve(files.size());
    for (Described& one : files) documents.push_back(std::move(one.json));
    write_json(environment.out, documents);
    return done;
  }
  for (const Described& one : files) environment.out << (&one == files.data() ? "" : "\n") << one.table;
  return done;
}

/// The error in the text of a number of steps; empty if there is none.
std::string problem_of_number(const std::string& text) {
  std::uint64_t number = 0;
  return parse_whole(text, number) ? "" : formatted("{} is no whole number from 0 on", text);
}

}  // namespace

void add_stats(CLI::App& app, Action& action) {
  auto options = std::make_shared<StatsOptions>();
  const CLI::Validator whole_number(problem_of_number, "");
  CLI::App* command = app.add_subcommand("stats", "statistics of the spikes and the weights of a result file");
  command->add_option("FILE", options->files, "result files")->required()->type_name("");
  command->add_option("--recording", options->recording, "the spikes to measure: E, I or R (default: E if recorded)")
      ->type_name("NAME");
  command->add_option("--skip", options->skip, "leave out this many recorded steps at the beginning")
      ->type_name("N")
      ->check(whole_number);
  command->add_option("--window", options->summary.fano_window, "window of the Fano factor in steps (default: 100)")
      ->type_name("N")
      ->check(whole_number);
  command->add_option("--lag", options->summary.lag, "lag of the activity's autocorrelation in steps (default: 2)")
      ->type_name("N")
      ->check(whole_number);
  command
      ->add_option("--threshold", options->summary.avalanche_threshold,
                   "threshold of avalanches in spikes per step (default: half the mean activity)")
      ->type_name("X");
  command
      ->add_option("--against", options->against,
                   "another run of the same steps, to measure the difference between the two")
      ->type_name("FILE");
  command->add_option("--neurons", options->neurons_out, "write rate and variability of each neuron as CSV")
      ->type_name("FILE.csv");
  command->add_option("--spikes", options->spikes_out, "write neuron and step of each spike as CSV")
      ->type_name("FILE.csv");
  command->add_flag("--force", options->force, force_help);
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->footer(
      "A measure that is not defined, such as the intervals of silent neurons, is printed as \"undefined\" (in JSON "
      "as\n"
      "null; so is an infinite measure). A mean over neurons is over those for which the measure is defined.\n"
      "With several files --json prints a list, with an object for each file.\n"
      "\nExamples:\n"
      "  sorn stats run.h5\n"
      "  sorn stats run.h5 --skip 10000 --neurons neurons.csv\n"
      "  sorn stats run-*.h5 --json > statistics.json\n"
      "  sorn stats run.h5 --against perturbed.h5 --json\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return stats(*options, environment); };
  });
}

}  // namespace sorn::cli
