#include <sorn/source.hpp>

#include "kernels/random.hpp"
#include "sources/alphabet.hpp"
#include "sources/pools.hpp"
#include "sources/symbols.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace sorn {

namespace {

/// The pools of those symbols that have one.
class Pools {
public:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  Pools(const SourceSpec& spec, const std::u32string& alphabet, std::size_t ne, std::size_t size, std::uint64_t seed)
      : size_(size), number_(alphabet.size()) {
    const auto is_mixed = [&](char32_t symbol) {
      return std::any_of(spec.mixtures.begin(), spec.mixtures.end(),
                         [&](const Mixture& mixture) { return mixture.symbol == sources::utf8(symbol); });
    };
    std::u32string with_pool;
    for (std::size_t k = 0; k < alphabet.size(); ++k) {
      number_[k] = none;
      if (is_mixed(alphabet[k])) continue;
      number_[k] = with_pool.size();
      with_pool += alphabet[k];
    }
    units_ = sources::chosen_pools(spec.pools, with_pool, size, ne, seed);
  }

  bool has(std::size_t symbol) const noexcept { return number_[symbol] != none; }
  std::span<const std::uint32_t> of(std::size_t symbol) const noexcept {
    return std::span(units_).subspan(number_[symbol] * size_, size_);
  }
  /// One more than the highest unit.
  std::size_t reach() const noexcept {
    return units_.empty() ? 0 : *std::max_element(units_.begin(), units_.end()) + std::size_t{1};
  }

private:
  std::size_t size_;
  std::vector<std::size_t> number_;   // of the pool of each symbol
  std::vector<std::uint32_t> units_;  // the pools, one after the other
};

/// Draws the units of mixtures.
class Mixtures {
public:
  /// @throws ParameterError if a mixture wants more units of a pool than it has
  Mixtures(const SourceSpec& spec, const std::u32string& alphabet, std::size_t pool_size, std::uint64_t seed)
      : seed_(seed), shares_(alphabet.size()), taken_(pool_size, false) {
    const auto position = [&](const std::string& symbol) {
      return alphabet.find(sources::characters("mixtures", symbol).front());
    };
    std::size_t most = 0;
    for (const Mixture& mixture : spec.mixtures) {
      std::size_t total = 0;
      for (const MixtureShare& share : mixture.shares) {
        if (share.units > pool_size) {
          throw ParameterError(formatted("mixtures.{}.{} = {}", mixture.symbol, share.symbol, share.units),
                               formatted("must be at most {}, the units of a pool", pool_size));
        }
        shares_[position(mixture.symbol)].push_back({position(share.symbol), static_cast<std::size_t>(share.units)});
        total += share.units;
      }
      most = std::max(most, total);
    }
    units_.reserve(most);
  }

  /// The units that a symbol drives at a position of the sequence, in ascending order, valid until the next call.
  std::span<const std::uint32_t> of(std::size_t symbol, std::uint64_t position, const Pools& pools) noexcept {
    units_.clear();
    std::uint32_t draw = 0;
    for (const Share& share : shares_[symbol]) {
      const std::span<const std::uint32_t> pool = pools.of(share.symbol);
      for (std::size_t k = 0; k < share.units; ++k) {  // Floyd's algorithm
        const std::size_t last = pool.size() - share.units + k;
        const auto word = kernels::random_word(seed_, kernels::Stream::source_mixture, position, draw++);
        std::size_t pick = kernels::below(last + 1, word);
        if (taken_[pick]) pick = last;
        taken_[pick] = true;
        units_.push_back(pool[pick]);
      }
      std::fill(taken_.begin(), taken_.end(), false);
    }
    std::sort(units_.begin(), units_.end());
    const auto end = std::unique(units_.begin(), units_.end());
    return std::span(units_).first(static_cast<std::size_t>(end - units_.begin()));
  }

  std::size_t most_units() const noexcept { return units_.capacity(); }

private:
  struct Share {
    std::size_t symbol;
    std::size_t units;
  };

  std::uint64_t seed_;
  std::vector<std::vector<Share>> shares_;  // of each symbol
  std::vector<bool> taken_;                 // which units of a pool are drawn; all false between shares
  std::vector<std::uint32_t> units_{};      // room for the largest mixture
};

/// Symbols that drive their pools.
class PoolSource final : public Source {
public:
  PoolSource(const SourceSpec& spec, std::size_t ne, std::size_t pool_size, std::uint64_t seed)
      : PoolSource(spec, sources::alphabet_of(spec), ne, pool_size, seed) {}

  PoolSource(const SourceSpec& spec, const std::u32string& alphabet, std::size_t ne, std::size_t pool_size,
             std::uint64_t seed)
      : onset_(spec.onset),
        pools_(spec, alphabet, ne, pool_size, seed),
        mixtures_(spec, alphabet, pool_size, seed),
        reach_(pools_.reach()),
        drive_(std::max(pool_size, mixtures_.most_units()), spec.gain),
        symbols_(sources::make_symbols(spec.sequence, alphabet, seed)) {
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
    const std::uint64_t step = step_++;
    if (step < onset_) return {};
    const Symbol symbol = symbols_->next();
    if (symbol == no_symbol) return {};
    const auto number = static_cast<std::size_t>(symbol);
    const std::span<const std::uint32_t> units =
        pools_.has(number) ? pools_.of(number) : mixtures_.of(number, position_at(step), pools_);
    return {symbol, units, std::span(drive_).first(units.size())};
  }

  std::uint64_t end() const noexcept override { return end_; }
  std::size_t reach() const noexcept override { return reach_; }

private:
  /// The number of symbols before a step.
  std::uint64_t position_at(std::uint64_t step) const noexcept { return step < onset_ ? 0 : step - onset_; }

  std::uint64_t onset_;
  std::uint64_t end_ = no_end;
  std::uint64_t step_ = 0;
  Pools pools_;
  Mixtures mixtures_;
  std::size_t reach_;
  std::vector<double> drive_;
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
  const std::u32string alphabet = sources::alphabet_of(spec);
  const Pools of_symbols(spec, alphabet, ne, spec.pool_size.value_or(nu), spec.seed.value_or(network_seed));
  std::vector<std::vector<std::uint32_t>> result(alphabet.size());
  for (std::size_t k = 0; k < alphabet.size(); ++k) {
    if (!of_symbols.has(k)) continue;
    const std::span<const std::uint32_t> units = of_symbols.of(k);
    result[k].assign(units.begin(), units.end());
  }
  return result;
}

}  // namespace sorn
