// The promises that hold for every published variant: the same seed gives the same bits on any number of threads and
// ranks, in one run or in a run that is interrupted and resumed, with any compiler.
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"
#include "io/files/checksum.hpp"

#include <sorn/file_run.hpp>
#include <sorn/share.hpp>
#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <string>

namespace sorn {
namespace {

constexpr std::size_t steps = 300;
constexpr std::uint64_t seed = 7;
constexpr const char* hash_file = SORN_TEST_GOLDEN_DIR "/variants/hashes.txt";

Parameters smaller(VariantName variant) {
  Parameters p = parameters_of(variant);
  p.ne = 120;
  if (p.h_ip) return p;
  p.nu = 6;  // the same target rate, 2·nu/ne
  return p;
}

/// Inputs that drive each input unit in every fifth step.
std::vector<double> drive(std::size_t nu) {
  std::vector<double> values(nu * steps, 0.0);
  for (std::size_t k = 0; k < values.size(); k += 5) values[k] = 1.0;
  return values;
}

/// A network with output units gets a reward for every answer but each fifth.
std::vector<Signal> rewards_of(const Parameters& p) {
  if (p.no == 0) return {};
  return {{"reward", [](const Answer& answer) {
             const bool right = (answer.action() + static_cast<std::int64_t>(answer.step)) % 3 == 0;
             return answer.step % 5 == 4 ? std::nullopt : std::optional(right ? 1.0 : 0.0);
           }}};
}

std::uint64_t hash_of(const State& state) {
  std::uint64_t hash = io::crc64(std::as_bytes(std::span(&state.step, 1)));
  const auto add = [&](const auto& values) { hash = io::crc64(std::as_bytes(std::span(values)), hash); };
  for (const auto* matrix : {&state.wee, &state.wei, &state.wie}) {
    const CompressedColumns columns = (*matrix)->compressed((*matrix)->posts());
    add(columns.start);
    add(columns.pre);
    add(columns.weight);
  }
  add(state.te);
  add(state.ti);
  add(state.x);
  add(state.y);
  if (state.output.no() > 0) {
    add(state.output.woe);
    add(state.output.to);
    add(state.output.o);
  }
  for (const ChosenPair& pair : state.sp_queue) add(std::array<std::uint32_t, 2>{pair.pre, pair.post});
  return hash;
}

/// A run on ranks that is stopped after `first` steps and resumed on other ranks, if `first` is less than all.
std::uint64_t hash_of_run(VariantName variant, std::size_t threads, std::size_t ranks, std::size_t first) {
  const test::TemporaryFolder folder;
  const Parameters p = smaller(variant);
  const auto values = drive(p.nu);
  const InputView inputs = InputView::step_major(values, p.nu);
  State last;
  const auto keep = [&](const Network& network, Ranks& own) {
    State whole = gathered(network.state(), own);
    if (own.rank() == 0) last = std::move(whole);
  };
  test::on_ranks(ranks, [&](const std::shared_ptr<Ranks>& own) {
    FileRun run(folder / "run.h5", Network(p, seed, own),
                {.steps = steps,
                 .options = {.inputs = inputs, .threads = threads, .signals = rewards_of(p)},
                 .checkpoint_every = 10'000});
    run.run({}, first);
    if (first == steps) keep(run.network(), *own);
  });
  if (first == steps) return hash_of(last);
  test::on_ranks(1 + ranks % 4, [&](const std::shared_ptr<Ranks>& own) {
    FileRun run =
        FileRun::resumed(folder / "run.h5", {.inputs = inputs, .threads = threads, .signals = rewards_of(p)}, own);
    run.run();
    keep(run.network(), *own);
  });
  return hash_of(last);
}

std::map<std::string, std::string> stored_hashes() {
  std::map<std::string, std::string> hashes;
  std::ifstream file(hash_file);
  for (std::string name, hash; file >> name >> hash;) hashes[name] = hash;
  return hashes;
}

class AnyPublished : public testing::TestWithParam<VariantName> {};

TEST_P(AnyPublished, GivesTheSameBitsOnThreadsAndRanksAndResumed) {
  const std::string variant(name(GetParam()));
  const auto text = [](std::uint64_t hash) { return std::to_string(hash); };
  const std::string whole = text(hash_of_run(GetParam(), 1, 1, steps));
  if (std::getenv("SORN_REGENERATE") != nullptr) {
    std::ofstream(hash_file, std::ios::app) << variant << ' ' << whole << '\n';
  }
  EXPECT_EQ(whole, stored_hashes()[variant]) << "on this machine and with this compiler";
  struct Job {
    std::size_t threads, ranks;
  };
  for (const Job job : {Job{7, 1}, Job{1, 4}, Job{2, 2}, Job{3, 3}}) {
    const std::size_t first = 40 * job.ranks + 17 * job.threads;
    EXPECT_EQ(text(hash_of_run(GetParam(), job.threads, job.ranks, first)), whole)
        << job.threads << " threads on each of " << job.ranks << " ranks, stopped after " << first << " steps";
  }
}

std::vector<VariantName> all_variants() {
  std::vector<VariantName> names;
  for (const Variant& row : variant_table()) names.push_back(row.id);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Variants, AnyPublished, testing::ValuesIn(all_variants()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace sorn
