// Sources of every kind against a plain reading of their documentation.
#include "helpers/any_source.hpp"
#include "sources/plain_source.hpp"

#include <sorn/source.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace sorn {
namespace {

constexpr std::size_t ne = 1000;
constexpr std::size_t nu = 7;
constexpr std::uint64_t network_seed = 11;

bool has_random_sequence(const sources::Sequence& sequence) {
  if (std::holds_alternative<sources::RandomSequence>(sequence.shows)) return true;
  const auto* several = std::get_if<sources::Several>(&sequence.shows);
  return several != nullptr && std::any_of(several->parts.begin(), several->parts.end(),
                                           [](const auto& part) { return has_random_sequence(part); });
}

std::vector<Symbol> symbols_of(Source& source, std::size_t steps) {
  std::vector<Symbol> result;
  for (std::size_t t = 0; t < steps; ++t) result.push_back(source.next().symbol);
  return result;
}

RC_GTEST_PROP(SourceProperty, ShowsWhatAPlainReadingShows, ()) {
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = test::any_source(random);
  RC_PRE(!has_random_sequence(spec.sequence));
  const test::Characters expected = test::plain_characters(spec, 400, network_seed);
  const auto source = make_source(spec, ne, nu, network_seed);
  const std::vector<std::string> symbols = alphabet(spec);
  for (std::size_t t = 0; t < expected.size(); ++t) {
    const Symbol symbol = source->next().symbol;
    const std::string shown = symbol == no_symbol ? "_" : symbols.at(static_cast<std::size_t>(symbol));
    if (shown != expected[t]) RC_FAIL(text(spec) + " at step " + std::to_string(t));
  }
  if (expected.size() < 400) RC_ASSERT(source->end() == expected.size());
}

RC_GTEST_PROP(SourceProperty, ContinuesFromEveryStep, ()) {
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = test::any_source(random);
  const auto source = make_source(spec, ne, nu, network_seed);
  const std::size_t steps = std::min<std::uint64_t>(source->end(), 600);
  const std::vector<Symbol> all = symbols_of(*source, steps);
  for (int k = 0; k < 10; ++k) {
    const std::size_t from = random.between(0, steps);
    source->seek(from);
    const std::vector<Symbol> rest = symbols_of(*source, random.between(0, steps - from));
    RC_ASSERT(std::equal(rest.begin(), rest.end(), all.begin() + static_cast<std::ptrdiff_t>(from)));
  }
}

RC_GTEST_PROP(SourceProperty, DrivesThePoolOfItsSymbol, ()) {
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = test::any_source(random);
  const auto source = make_source(spec, ne, nu, network_seed);
  const auto all = pools(spec, ne, nu, network_seed);
  const std::size_t size = spec.pool_size.value_or(nu);
  std::set<std::uint32_t> distinct;
  std::size_t count = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    RC_ASSERT(all[k].size() == size);
    RC_ASSERT(std::is_sorted(all[k].begin(), all[k].end()));
    RC_ASSERT(std::adjacent_find(all[k].begin(), all[k].end()) == all[k].end());
    RC_ASSERT(all[k].back() < ne);
    RC_ASSERT(all[k].back() < source->reach());
    distinct.insert(all[k].begin(), all[k].end());
    count += size;
    if (spec.pools == PoolKind::disjoint) RC_ASSERT(all[k].front() == k * size);
  }
  RC_ASSERT(source->reach() == (distinct.empty() ? 0 : *distinct.rbegin() + std::size_t{1}));
  if (spec.pools != PoolKind::overlapping) RC_ASSERT(distinct.size() == count);
  RC_ASSERT(all.size() == alphabet(spec).size());
  const std::size_t steps = std::min<std::uint64_t>(source->end(), 200);
  for (std::size_t t = 0; t < steps; ++t) {
    const Shown shown = source->next();
    RC_ASSERT(shown.units.size() == shown.drive.size());
    if (shown.symbol == no_symbol) {
      RC_ASSERT(shown.units.empty());
      continue;
    }
    RC_ASSERT(
        std::equal(shown.units.begin(), shown.units.end(), all.at(static_cast<std::size_t>(shown.symbol)).begin()));
    RC_ASSERT(std::all_of(shown.drive.begin(), shown.drive.end(), [&](double u) { return u == spec.gain; }));
  }
}

RC_GTEST_PROP(SourceProperty, IsTheSameAfterItsTextIsRead, ()) {
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = test::any_source(random);
  RC_ASSERT(source_spec(text(spec)) == spec);
}

RC_GTEST_PROP(SourceProperty, RandomSequenceHasEveryLetter, ()) {
  const auto letters = *rc::gen::inRange<std::uint64_t>(1, 257);
  const auto length = letters + *rc::gen::inRange<std::uint64_t>(0, 400);
  SourceSpec spec{.sequence = {.shows = sources::RandomSequence{length, letters, ""}}, .pool_size = 1};
  spec.seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto source = make_source(spec, ne, nu, network_seed);
  const std::vector<Symbol> once = symbols_of(*source, length);
  RC_ASSERT(std::set<Symbol>(once.begin(), once.end()).size() == letters);
  RC_ASSERT(symbols_of(*source, length) == once);
}

}  // namespace
}  // namespace sorn
