// Inputs as text: the result is a matrix of finite numbers, and is the same after it is written as text and read again.
#include "bytes.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

using namespace sorn;

namespace {

std::string as_text(const InputArray& inputs) {
  std::string text = "#\n";  // so that no row is regarded as a heading, and no column as an index
  for (std::size_t t = 0; t < inputs.steps; ++t) {
    for (std::size_t f = 0; f < inputs.features; ++f) {
      text += fmt::format("{}{}", f == 0 ? "" : ",", inputs.view()(f, t));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const InputArray inputs = io::parse_csv({reinterpret_cast<const char*>(data), size});
    io::check_inputs(inputs);
    fuzz::expect(inputs.values.size() == inputs.features * inputs.steps, "a number for each feature and step");
    const InputArray again = io::parse_csv(as_text(inputs));
    fuzz::expect(again.values == inputs.values && again.features == inputs.features, "text round trip");
  } catch (const FormatError&) {
  } catch (const StateError&) {
  }
  return 0;
}
