// Compares a SynapseMatrix with a map from (post, pre) to weight, after every kind of change.
#include "core/synapse_slice.hpp"
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"
#include "helpers/random_matrix.hpp"

#include <sorn/synapses.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace sorn {
namespace {

using test::Random;

/// A plastic matrix, and a map with its expected content.
class Model {
public:
  Model(Random& random, SynapseMatrix matrix) : random_(random), matrix_(std::move(matrix)) {
    for (std::size_t i = 0; i < matrix_.n_post(); ++i) {
      const auto column = matrix_.column(i);
      for (std::size_t k = 0; k < column.pre.size(); ++k) synapses_[{i, column.pre[k]}] = column.weight[k];
    }
  }

  /// Inserts up to `count` synapses; `post` = n_post() means anywhere.
  void insert(std::size_t count, std::size_t post) {
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t to = post < matrix_.n_post() ? post : random_.below(matrix_.n_post());
      const std::size_t from = random_.below(matrix_.n_pre());
      const double weight = random_.real(0.001, 1);
      if (!synapses_.try_emplace({to, from}, weight).second) continue;
      matrix_.insert(from, to, weight);
    }
  }

  /// Changes weights as STDP does: each with some probability, to below, at or above 0. Some columns are listed twice.
  void weaken(double probability) {
    const kernels::Columns columns = matrix_.slice(0).columns();
    std::vector<std::uint32_t> posts;
    for (auto it = synapses_.begin(); it != synapses_.end();) {
      auto& [place, weight] = *it;
      if (!random_.chance(probability)) {
        ++it;
        continue;
      }
      const auto post = static_cast<std::uint32_t>(place.first);
      const auto pre = matrix_.column(post).pre;
      const auto k = std::lower_bound(pre.begin(), pre.end(), place.second) - pre.begin();
      weight = random_.one_of({0.0, -0.1, 0.3});
      columns.weight[columns.start[post] + static_cast<std::size_t>(k)] = weight;
      columns.settled[post] = 0;
      if (weight <= 0.0) posts.push_back(post);
      it = weight <= 0.0 ? synapses_.erase(it) : std::next(it);
    }
    matrix_.slice(0).remove_gone(posts, nullptr);
  }

  /// Replaces the matrix by a copy.
  void copy() { matrix_ = SynapseMatrix(matrix_); }
  void lay_out() { matrix_ = matrix_.laid_out_for(Plasticity::fixed).laid_out_for(Plasticity::plastic); }
  void make_room() { matrix_.slice(0).make_room(); }

  void check() const {
    RC_ASSERT(test::inconsistency(matrix_) == "");
    RC_ASSERT(matrix_.synapse_count() == synapses_.size());
    std::map<std::pair<std::size_t, std::size_t>, double> found;
    for (std::size_t i = 0; i < matrix_.n_post(); ++i) {
      const auto column = matrix_.column(i);
      for (std::size_t k = 0; k < column.pre.size(); ++k) found[{i, column.pre[k]}] = column.weight[k];
    }
    RC_ASSERT(found == synapses_);
  }

private:
  Random& random_;
  SynapseMatrix matrix_;
  std::map<std::pair<std::size_t, std::size_t>, double> synapses_;
};

RC_GTEST_PROP(SynapseMatrix, KeepsItsColumnsAndItsIndexConsistent, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n_pre = random.between(1, random.chance(0.5) ? 60 : 300);  // also with few units that have a row
  const std::size_t n_post = random.between(1, 60);
  Model model(random, random.chance(0.3) ? SynapseMatrix(n_pre, n_post)
                                         : test::random_matrix(random, n_pre, n_post, random.between(0, n_pre)));
  for (int round = 0; round < 30; ++round) {
    switch (random.below(8)) {
      case 0: model.insert(1, n_post); break;
      case 1: model.insert(random.below(300), n_post); break;
      case 2: model.insert(2 * n_pre, random.below(n_post)); break;  // one column is filled up
      case 3: model.weaken(random.real(0, 0.01)); break;             // the index is repaired
      case 4: model.weaken(random.real(0, 1)); break;                // the index is filled again
      case 5: model.copy(); break;
      case 6: model.lay_out(); break;
      default: model.make_room();
    }
    model.check();
  }
}

}  // namespace
}  // namespace sorn
