#include <sorn/closed_loop.hpp>

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sorn::readout {

namespace {

void require_size(std::string_view name, std::size_t is, std::size_t wanted) {
  if (is == wanted) return;
  throw ShapeError(formatted("{} {} of a readout", is, name), formatted("must be {}", wanted));
}

void require_finite(std::string_view name, const std::vector<double>& values) {
  const auto wrong = std::find_if_not(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  if (wrong != values.end()) throw StateError(formatted("{} holds {}", name, *wrong), "must be finite numbers");
}

/// What is shown for each class.
std::vector<Symbol> symbols_of(const Readout& readout, std::vector<Symbol> given, std::size_t alphabet) {
  if (given.empty()) {
    std::vector<Symbol> labels;
    for (const std::int64_t label : readout.classes) {
      if (label < 0 || static_cast<std::uint64_t>(label) >= alphabet) {
        throw ParameterError(formatted("label {} of the readout", label),
                             formatted("must be a symbol of the source, which has {}", alphabet),
                             "say which symbol each class shows");
      }
      labels.push_back(static_cast<Symbol>(label));
    }
    return labels;
  }
  require_size("symbols for the classes", given.size(), readout.classes.size());
  return given;
}

void require_symbol(std::string_view what, Symbol symbol, std::size_t alphabet) {
  if (symbol >= no_symbol && symbol < static_cast<std::int64_t>(alphabet)) return;
  throw ParameterError(formatted("{} = {}", what, symbol),
                       formatted("must be a symbol of the source, which has {}, or -1 for none", alphabet));
}

}  // namespace

ClosedLoop::ClosedLoop(const Readout& readout, SourceSpec shown, Options options)
    : shown_(std::move(shown)),
      units_(readout.units),
      bias_(readout.bias),
      start_(options.start),
      scores_(readout.classes.size()) {
  validate(shown_);
  const std::size_t classes = readout.classes.size();
  if (classes == 0) throw ShapeError("a readout without classes", "must have at least one");
  require_size("weights", readout.weights.size(), classes * units_);
  if (bias_.empty()) bias_.assign(classes, 0.0);
  require_size("values of the bias", bias_.size(), classes);
  require_finite("weights", readout.weights);
  require_finite("bias", bias_);
  const std::size_t alphabet = sorn::alphabet(shown_).size();
  symbols_ = symbols_of(readout, std::move(options.symbols), alphabet);
  for (const Symbol symbol : symbols_) require_symbol("the symbol of a class", symbol, alphabet);
  if (start_) require_symbol("start", *start_, alphabet);
  weights_.resize(readout.weights.size());
  for (std::size_t c = 0; c < classes; ++c) {
    for (std::size_t i = 0; i < units_; ++i) weights_[i * classes + c] = readout.weights[c * units_ + i];
  }
}

void ClosedLoop::prepare(std::size_t ne, std::size_t nu, std::uint64_t network_seed) {
  if (units_ != ne) {
    throw ShapeError(formatted("a readout of {} units", units_),
                     formatted("must have ne = {}, one for each excitatory unit", ne));
  }
  pools_ = pools(shown_, ne, nu, network_seed);
  const auto require_pool = [&](Symbol symbol) {
    if (symbol == no_symbol || !pools_[static_cast<std::size_t>(symbol)].empty()) return;
    throw ParameterError(formatted("symbol {} of the source", symbol), "must have a pool of its own in a closed loop");
  };
  std::for_each(symbols_.begin(), symbols_.end(), require_pool);
  if (start_) require_pool(*start_);
  reach_ = 0;
  for (const auto& pool : pools_) {
    if (!pool.empty()) reach_ = std::max<std::size_t>(reach_, pool.back() + std::size_t{1});
  }
  drive_.assign(shown_.pool_size.value_or(nu), shown_.gain);
}

void ClosedLoop::seek(std::uint64_t step) {
  step_ = step;
  if (!start_step_) start_step_ = step;  // a run that is continued, or repeats steps, does not start again
}

Shown ClosedLoop::next() noexcept {
  const Symbol symbol = start_ && step_ == *start_step_ ? *start_ : named();
  ++step_;
  if (symbol == no_symbol) return {};
  return {symbol, pools_[static_cast<std::size_t>(symbol)], drive_};
}

/// Adds in the order of Readout::scores(), so that both name the same.
Symbol ClosedLoop::named() noexcept {
  std::copy(bias_.begin(), bias_.end(), scores_.begin());
  const std::size_t classes = scores_.size();
  for (const std::uint32_t unit : active_) {
    const double* const row = weights_.data() + unit * classes;
    for (std::size_t c = 0; c < classes; ++c) scores_[c] += row[c];
  }
  return symbols_[static_cast<std::size_t>(std::max_element(scores_.begin(), scores_.end()) - scores_.begin())];
}

}  // namespace sorn::readout
