#include <sorn/io.hpp>

#include "core/validate.hpp"
#include "io/files/atomic_file.hpp"
#include "io/hdf5/file_driver.hpp"
#include "io/inputs.hpp"
#include "io/provenance.hpp"
#include "io/recordings.hpp"
#include "io/save.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/share.hpp>

// The hash itself. OpenSSL's interface for any hash reads configuration files, and brings all of the library into a
// program that is linked statically.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <bit>
#include <stdexcept>
#include <utility>

namespace sorn {

namespace {

Sizes sizes_of(const Result& result) {
  Sizes sizes = sorn::sizes_of(result.state, result.run.signals.size());
  for (const Recording& recording : result.recordings) {
    if (info(recording.request.quantity).axes[0] == Axis::measure) sizes.measures = recording.columns;
  }
  return sizes;
}

/// Refuses a result that load_result() would refuse.
void check(const Result& result) {
  if (!is_whole(result.state)) {
    throw StateError("the state of one rank", "is a share of a network", "gathered() makes it whole");
  }
  validate(result.parameters);
  validate(result.state);
  const std::size_t ne = result.parameters.ne;
  const std::size_t ni = result.parameters.inhibitory_count();
  if (ne != result.state.ne() || ni != result.state.ni()) {
    throw ShapeError(formatted("parameters of a network of {} + {} units", ne, ni),
                     formatted("the state has {} + {}", result.state.ne(), result.state.ni()));
  }
  validate_signal_names(result.run.signals);
  io::validate(result.recordings, sizes_of(result));
}

}  // namespace

void save_result(const std::filesystem::path& path, const Result& result, Existing existing) {
  check(result);
  const Provenance provenance = io::current_provenance();
  io::AtomicFile destination(path, existing);
  io::write_hdf5(destination, path, [&] {
    io::Handle file = io::create_file(destination);
    io::write_format(file, io::schema::format);
    io::write_provenance(file, provenance);
    io::write_parameters(file, result.parameters);
    io::write_run(file, result.run);
    io::write_state(file, result.state);
    io::write_recordings(file, result.recordings, sizes_of(result));
    file.close_now("complete the file");
  });
  destination.commit();
}

Result load_result(const std::filesystem::path& path, bool with_recordings) {
  const ResultReader reader(path);
  Result result{.parameters = reader.parameters(),
                .state = reader.state(),
                .recordings = {},
                .run = reader.run(),
                .program_version = reader.program_version(),
                .provenance = reader.provenance()};
  if (!with_recordings) return result;
  for (const Recording& recording : reader.recordings()) {
    result.recordings.push_back(reader.rows(recording.request.quantity, 0, recording.rows));
  }
  return result;
}

namespace {

/// Calls read(). Its errors name the source.
template <class Read>
auto naming_source(std::string_view source, Read&& read) {
  try {
    return read();
  } catch (const IoError&) {
    throw;  // the error already names the file
  } catch (const Error& error) {
    const std::string quoted =
        source == io::standard_input ? std::string("the standard input") : formatted("'{}'", source);
    if (error.subject() == quoted) throw;  // so does this error
    rethrow_labelled(quoted);
  }
}

}  // namespace

InputsLayout usual_layout(std::string_view source) noexcept {
  return io::is_text(source) ? InputsLayout::time_by_feature : InputsLayout::feature_by_time;
}

InputArray read_inputs(std::string_view source, std::optional<InputsLayout> layout) {
  return naming_source(source, [&] {
    InputArray inputs = io::read_source(source);
    if (layout && *layout != usual_layout(source)) {
      std::swap(inputs.features, inputs.steps);
      inputs.step_major = !inputs.step_major;
    }
    io::check_inputs(inputs);
    return inputs;
  });
}

std::vector<double> read_signal(std::string_view source) {
  return naming_source(source, [&] {
    InputArray array = io::read_source(source, io::Dimensions::one_or_two);
    if (array.features != 1) {
      throw ShapeError(formatted("{} values for each of {} steps", array.features, array.steps),
                       "a signal has one value for each step",
                       array.steps == 1 ? "this array looks transposed" : "give a file for each signal");
    }
    return std::move(array.values);
  });
}

std::string sha256(const InputView& inputs) {
  static_assert(std::endian::native == std::endian::little, "the bytes of a number are hashed as they lie in memory");
  constexpr std::size_t values_a_block = 8192;
  const auto require = [](int success) {
    if (success != 1) throw std::runtime_error("OpenSSL could not compute SHA-256");
  };
  SHA256_CTX context;
  require(SHA256_Init(&context));
  std::vector<double> block;
  const auto add_block = [&] {
    require(SHA256_Update(&context, block.data(), block.size() * sizeof(double)));
    block.clear();
  };
  for (std::size_t t = 0; t < inputs.steps; ++t) {
    for (std::size_t f = 0; f < inputs.features; ++f) block.push_back(inputs(f, t));
    if (block.size() >= values_a_block) add_block();
  }
  add_block();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  require(SHA256_Final(digest.data(), &context));
  std::string text;
  for (const unsigned char byte : digest) text += formatted("{:02x}", byte);
  return text;
}

}  // namespace sorn
