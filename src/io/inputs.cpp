#include "io/inputs.hpp"

#include "io/csv.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/npy.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sorn::io {

namespace {

constexpr std::string_view ways =
    "give a .csv, .tsv or .txt file (a row a step), a .npy file of shape (nu, T), or 'file.h5:/dataset' of shape (nu, "
    "T)";

void require_dimensions(std::size_t rank, Dimensions dimensions, std::string_view what) {
  if (rank == 2 || (rank == 1 && dimensions == Dimensions::one_or_two)) return;
  std::string subject = formatted("{} has {} dimension{}", what, rank, rank == 1 ? "" : "s");
  if (dimensions == Dimensions::one_or_two) {
    throw ShapeError(std::move(subject), "a signal has one: a value for each step");
  }
  throw ShapeError(std::move(subject), "inputs must have two: (nu, T), features by steps",
                   rank == 1 ? "for one input unit save array.reshape(1, -1)" : "");
}

/// An array of these values. One of one dimension has one feature.
InputArray array_of(std::vector<double> values, std::span<const std::size_t> shape, bool step_major) {
  if (shape.size() == 1) return {std::move(values), 1, shape[0], step_major};
  return {std::move(values), shape[0], shape[1], step_major};
}

/// The members of the file for an error message, if they can be read.
std::string offer(hid_t file) {
  try {
    return formatted("at its top the file has {}", joined(member_names(file), ", "));
  } catch (const Hdf5Failure&) {
    return {};
  }
}

InputArray from_hdf5(const std::filesystem::path& path, const std::string& name, Dimensions dimensions) {
  const Session session;
  const Handle file = open_file(path, Structures::any);  // other programs write files of inputs
  try {
    const Dataset dataset = Dataset::open(file, name);
    require_dimensions(dataset.shape().size(), dimensions, formatted("dataset '{}'", name));
    return array_of(dataset.numbers(), dataset.shape(), false);
  } catch (const Hdf5Failure& failure) {
    failure.throw_if_system_refused(path);
    throw FormatError("could not " + failure.action(), failure.reason(), offer(file));
  } catch (const FormatError& error) {
    if (error.rule() != "is missing") throw;
    throw FormatError(error.subject(), error.rule(), offer(file));
  }
}

bool ends_with(std::string_view text, std::string_view ending) noexcept {
  return text.size() >= ending.size() && equal_ignoring_case(text.substr(text.size() - ending.size()), ending);
}

/// The two parts of "file.h5:/dataset".
struct Hdf5Source {
  std::string_view file;
  std::string_view dataset;
};

std::optional<Hdf5Source> hdf5_source(std::string_view source) {
  for (std::size_t colon = source.find(':'); colon != std::string_view::npos; colon = source.find(':', colon + 1)) {
    const std::string_view file = source.substr(0, colon);
    if (ends_with(file, ".h5") || ends_with(file, ".hdf5")) return Hdf5Source{file, source.substr(colon + 1)};
  }
  return std::nullopt;
}

}  // namespace

bool is_text(std::string_view source) noexcept {
  constexpr std::array<std::string_view, 3> endings{".csv", ".tsv", ".txt"};
  return source == standard_input ||
         std::any_of(endings.begin(), endings.end(), [&](auto ending) { return ends_with(source, ending); });
}

InputArray read_source(std::string_view source, Dimensions dimensions) {
  if (is_text(source)) return read_csv(open_source(source == standard_input ? "/dev/stdin" : source));
  if (ends_with(source, ".npy")) return inputs_from_npy(open_source(source), dimensions);
  if (ends_with(source, ".npz")) {
    throw FormatError("an .npz archive", "holds several arrays",
                      "save the one of the inputs: numpy.save('inputs.npy', array)");
  }
  if (const auto hdf5 = hdf5_source(source)) {
    if (hdf5->dataset.empty()) throw FormatError("no dataset is named after the colon", std::string(ways));
    return from_hdf5(hdf5->file, std::string(hdf5->dataset), dimensions);
  }
  if (ends_with(source, ".h5") || ends_with(source, ".hdf5")) {
    throw FormatError("no dataset is named", "an HDF5 file needs one", formatted("try '{}:/inputs'", source));
  }
  throw FormatError("the ending tells no known kind of file", std::string(ways));
}

InputArray inputs_from_npy(const Source& source, Dimensions dimensions) {
  NpyArray array = read_npy(
      source, [&](const NpyHeader& header) { require_dimensions(header.shape.size(), dimensions, "the array"); });
  return array_of(std::move(array.values), array.shape, array.fortran_order);
}

void check_inputs(const InputArray& inputs) {
  if (inputs.features == 0 || inputs.steps == 0) {
    throw ShapeError(formatted("inputs of shape ({}, {})", inputs.features, inputs.steps),
                     "must have at least one feature and one step");
  }
  const InputView view = inputs.view();
  for (std::size_t f = 0; f < inputs.features; ++f) {
    for (std::size_t t = 0; t < inputs.steps; ++t) {
      if (std::isfinite(view(f, t))) continue;
      throw StateError(formatted("inputs[{}][{}] = {}", f, t, view(f, t)), "must be finite numbers");
    }
  }
}

}  // namespace sorn::io
