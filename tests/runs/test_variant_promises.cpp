// The promises that hold for every published variant: the same seed gives the same bits on any number of threads and
// ranks, in one run or in a run that is interrupted and resumed, with any compiler.
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"
#include "runs/golden_run.hpp"

#include <sorn/file_run.hpp>
#include <sorn/share.hpp>
#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

namespace sorn {
namespace {

constexpr std::size_t steps = runs::golden_steps;
constexpr const char* hash_file = SORN_TEST_GOLDEN_DIR "/variants/hashes.txt";

/// A run on ranks that is stopped after `first` steps and resumed on other ranks, if `first` is less than all.
std::uint64_t hash_of_run(VariantName variant, std::size_t threads, std::size_t ranks, std::size_t first) {
  const test::TemporaryFolder folder;
  const Parameters p = runs::golden_parameters(variant);
  const auto values = runs::golden_inputs(p);
  const InputView inputs = InputView::step_major(values, p.nu);
  State last;
  const auto keep = [&](const Network& network, Ranks& own) {
    State whole = gathered(network.state(), own);
    if (own.rank() == 0) last = std::move(whole);
  };
  test::on_ranks(ranks, [&](const std::shared_ptr<Ranks>& own) {
    FileRun run(folder / "run.h5", Network(p, runs::golden_seed, own),
                {.steps = steps,
                 .options = {.inputs = inputs, .threads = threads, .signals = runs::golden_rewards(p)},
                 .checkpoint_every = 10'000});
    run.run({}, first);
    if (first == steps) keep(run.network(), *own);
  });
  if (first == steps) return runs::hash_of(last);
  test::on_ranks(1 + ranks % 4, [&](const std::shared_ptr<Ranks>& own) {
    FileRun run = FileRun::resumed(folder / "run.h5",
                                   {.inputs = inputs, .threads = threads, .signals = runs::golden_rewards(p)}, own);
    run.run();
    keep(run.network(), *own);
  });
  return runs::hash_of(last);
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
  EXPECT_EQ(runs::run_golden(GetParam(), 2), runs::golden_hash(GetParam())) << "what 'sorn doctor' compares";
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
