// Configuration files: any text gives settings with values, or an error of this library.
#include "bytes.hpp"
#include "config/config.hpp"

#include <sorn/error.hpp>

#include <cmath>

using namespace sorn;

namespace {

/// Calls `read`, which may throw an error. `read` itself checks its result.
template <class Read>
void attempt(Read&& read) {
  try {
    read();
  } catch (const ParameterError& error) {
    fuzz::expect(std::string_view(error.what()).find("run.toml:") != std::string_view::npos, "errors name their place",
                 error.what());
  }
}

void read_values(const config::Settings& settings) {
  Parameters parameters;
  attempt([&] { config::apply(settings.parameters, parameters); });
  try {
    validate(parameters);
  } catch (const ParameterError&) {  // values that contradict each other: the error names no single place
  }
  if (settings.steps)
    attempt([&] { fuzz::expect(config::read_steps(*settings.steps) >= 1, "steps are counted from 1"); });
  if (settings.seed) attempt([&] { config::read_seed(*settings.seed); });
  if (settings.noise) {
    attempt([&] { fuzz::expect(std::isfinite(config::read_noise(*settings.noise, parameters)), "a finite sigma"); });
  }
  if (settings.freeze) attempt([&] { config::read_freeze(*settings.freeze); });
  if (settings.record) {
    attempt([&] {
      for (const RecordRequest& request : config::read_record(*settings.record)) {
        fuzz::expect(request.stride >= 1, "a stride of at least 1");
      }
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read_values(config::parse_config({reinterpret_cast<const char*>(data), size}, "run.toml"));
  } catch (const Error& error) {
    fuzz::expect(std::string_view(error.what()).starts_with("run.toml:"), "errors name their place", error.what());
  }
  return 0;
}
