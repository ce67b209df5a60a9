#include <sorn/source.hpp>

#include "sources/alphabet.hpp"
#include "sources/pools.hpp"
#include "sources/symbols.hpp"

#include <algorithm>
#include <utility>

namespace sorn {

namespace {

/// Symbols that drive their pools.
class PoolSource final : public Source {
public:
  PoolSource(const SourceSpec& spec, std::size_t ne, std::size_t pool_size, std::uint64_t seed)
      : onset_(spec.onset), pool_size_(pool_size), drive_(pool_size, spec.gain) {
    const std::u32string alphabet = sources::alphabet_of(spec);
    units_ = sources::chosen_pools(spec.pools, alphabet, pool_size, ne, seed);
    symbols_ = sources::make_symbols(spec.sequence, alphabet, seed);
    for (const std::uint32_t unit : units_) reach_ = std::max<std::size_t>(reach_, unit + std::size_t{1});
    const std::uint64_t length = sources::length_of(spec.sequence, alphabet, seed);
    end_ = std::min(spec.end, length < no_end - onset_ ? onset_ + length : no_end);
  }

  void seek(std::uint64_t step) override {
    const std::uint64_t position = position_at(step);
    if (position < position_at(step_)) {
      symbols_->restart();
      step_ = onset_;
    }
    symbols_->skip(position - position_at(step_));
    step_ = step;
  }

  Shown next() override {
    if (step_++ < onset_) return {};
    const Symbol symbol = symbols_->next();
    if (symbol == no_symbol) return {};
    return {symbol, std::span(units_).subspan(static_cast<std::size_t>(symbol) * pool_size_, pool_size_), drive_};
  }

  std::uint64_t end() const noexcept override { return end_; }
  std::size_t reach() const noexcept override { return reach_; }

private:
  /// The number of symbols before a step.
  std::uint64_t position_at(std::uint64_t step) const noexcept { return step < onset_ ? 0 : step - onset_; }

  std::uint64_t onset_;
  std::uint64_t end_ = no_end;
  std::uint64_t step_ = 0;
  std::size_t pool_size_;
  std::size_t reach_ = 0;
  std::vector<double> drive_;
  std::vector<std::uint32_t> units_;  // the pools, one after the other
  std::unique_ptr<sources::Symbols> symbols_;
};

}  // namespace

std::unique_ptr<Source> make_source(const SourceSpec& spec, std::size_t ne, std::size_t nu,
                                    std::uint64_t network_seed) {
  validate(spec);
  return std::make_unique<PoolSource>(spec, ne, spec.pool_size.value_or(nu), spec.seed.value_or(network_seed));
}

std::vector<std::vector<std::uint32_t>> pools(const SourceSpec& spec, std::size_t ne, std::size_t nu,
                                              std::uint64_t network_seed) {
  validate(spec);
  const std::size_t size = spec.pool_size.value_or(nu);
  const std::u32string alphabet = sources::alphabet_of(spec);
  const std::vector<std::uint32_t> units =
      sources::chosen_pools(spec.pools, alphabet, size, ne, spec.seed.value_or(network_seed));
  std::vector<std::vector<std::uint32_t>> result;
  for (std::size_t k = 0; k < alphabet.size(); ++k) {
    const auto begin = units.begin() + static_cast<std::ptrdiff_t>(k * size);
    result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
  }
  return result;
}

}  // namespace sorn
