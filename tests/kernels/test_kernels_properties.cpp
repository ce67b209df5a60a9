// Compares kernels with their formulas, on random sparse matrices: empty, one unit, odd sizes.
#include "core/synapse_slice.hpp"
#include "kernels/columns.hpp"
#include "kernels/drive.hpp"
#include "kernels/row_numbers.hpp"
#include "kernels/scaling.hpp"
#include "kernels/structural.hpp"

#include <sorn/synapses.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace sorn {
namespace {

struct RandomMatrix {
  std::size_t n_pre;
  std::size_t n_post;
  std::vector<double> dense;
  SynapseMatrix sparse;
};

RandomMatrix random_matrix(std::size_t n_pre, std::size_t n_post, bool square) {
  RandomMatrix m{n_pre, n_post, std::vector<double>(n_pre * n_post, 0.0), {}};
  const int density = *rc::gen::inRange(0, 101);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) {
      if (square && i == j) continue;
      if (*rc::gen::inRange(0, 100) < density) {
        m.dense[j * n_post + i] = static_cast<double>(*rc::gen::inRange(1, 1'000'000)) / 7e6;
      }
    }
  }
  m.sparse = SynapseMatrix::from_dense(m.dense, n_pre, n_post, Plasticity::plastic);
  return m;
}

RandomMatrix random_matrix() {
  return random_matrix(*rc::gen::inRange<std::size_t>(0, 20), *rc::gen::inRange<std::size_t>(0, 20), false);
}

RC_GTEST_PROP(Drive, OfEveryLayoutEqualsTheDenseSum, ()) {
  const RandomMatrix m = random_matrix();
  const SynapseMatrix fixed = SynapseMatrix::from_dense(m.dense, m.n_pre, m.n_post, Plasticity::fixed);
  std::vector<double> activity(m.n_pre);
  std::vector<std::uint32_t> active;
  for (std::size_t j = 0; j < m.n_pre; ++j) {
    activity[j] = *rc::gen::arbitrary<bool>() ? 1.0 : 0.0;
    if (activity[j] != 0.0) active.push_back(static_cast<std::uint32_t>(j));
  }
  std::vector<double> expected(m.n_post, 0.0);
  for (std::size_t j = 0; j < m.n_pre; ++j) {
    for (std::size_t i = 0; i < m.n_post; ++i) expected[i] += m.dense[j * m.n_post + i] * activity[j];
  }
  std::vector<double> drive(m.n_post, -1.0);
  kernels::push_drive(std::as_const(m.sparse).slice(0).columns(), active, drive);
  RC_ASSERT(drive == expected);
  std::fill(drive.begin(), drive.end(), -1.0);
  kernels::push_drive(kernels::transposed(std::as_const(fixed).slice(0).columns()), active, drive);
  RC_ASSERT(drive == expected);
}

/// Rows are numbered like the entries of a map from unit to what was stored in its row.
RC_GTEST_PROP(RowNumbers, KeepEachUnitsRowWhenOthersGetOne, ()) {
  const auto units = *rc::gen::inRange<std::size_t>(1, 300);
  const auto first = *rc::gen::container<std::set<std::size_t>>(rc::gen::inRange<std::size_t>(0, units));
  const auto later = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, units));
  RowNumbers numbers(units, 0);
  for (const std::size_t unit : first) numbers.mark(unit);
  numbers.number();
  RC_ASSERT(numbers.rows() == first.size() + 1);
  std::vector<std::size_t> stored(numbers.rows(), units);  // the unit of each row; none has row 0
  std::size_t next = 1;
  for (const std::size_t unit : first) {
    RC_ASSERT(numbers.of(unit) == next);
    stored[next++] = unit;
  }
  std::set<std::size_t> have = first;
  for (const std::size_t unit : later) {
    if (!have.insert(unit).second) continue;
    RC_ASSERT(numbers.of(unit) == 0U);
    const RowNumbers::Move move = numbers.add(unit);
    RC_ASSERT(move.before + move.after < RowNumbers::most_added);
    stored.resize(numbers.rows(), units);
    for (std::size_t k = 0; k < move.before; ++k) stored[move.to + k] = stored[move.from + k];
    for (std::size_t k = 0; k < move.after; ++k)
      stored[move.to + move.before + 1 + k] = stored[move.from + move.before + k];
    stored[numbers.of(unit)] = unit;
  }
  std::set<std::size_t> visited;
  numbers.for_each(units, [&](std::size_t unit, std::size_t row) {
    RC_ASSERT(stored[row] == unit);
    RC_ASSERT(numbers.of(unit) == row);
    visited.insert(unit);
  });
  RC_ASSERT(visited == have);
}

RC_GTEST_PROP(Scaling, DividesColumnsBySumAndSettlingChangesNothing, ()) {
  RandomMatrix m = random_matrix();
  SynapseMatrix fixed = SynapseMatrix::from_dense(m.dense, m.n_pre, m.n_post, Plasticity::fixed);
  kernels::ScalingScratch scratch(m.n_post);
  kernels::Vanished vanished(m.n_post);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> expected = m.dense;
    for (std::size_t i = 0; i < m.n_post; ++i) {
      double sum = 0.0;
      for (std::size_t j = 0; j < m.n_pre; ++j) sum += expected[j * m.n_post + i];
      for (std::size_t j = 0; j < m.n_pre && sum != 0.0; ++j) expected[j * m.n_post + i] /= sum;
    }
    for (SynapseMatrix* matrix : {&m.sparse, &fixed}) {
      kernels::scale_columns(matrix->slice(0).columns(), {}, scratch, vanished);
      matrix->slice(0).remove_gone(vanished.list(), nullptr);
      vanished.clear();
    }
    m.sparse.to_dense(m.dense);
    RC_ASSERT(m.dense == expected);
    RC_ASSERT(fixed.equals_dense(expected));
  }
}

RC_GTEST_PROP(Structural, EveryAbsentPairHasANumber, ()) {
  const RandomMatrix m = random_matrix(40, 40, true);
  std::vector<std::pair<std::size_t, std::size_t>> absent;  // column by column
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t j = 0; j < 40; ++j) {
      if (i != j && m.dense[j * 40 + i] == 0.0) absent.emplace_back(j, i);
    }
  }
  const SynapseMatrix sliced = m.sparse.laid_out_for(Plasticity::plastic, *rc::gen::inRange<std::size_t>(1, 5));
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t k = 0; k < sliced.slices(); ++k) {
    const kernels::ConstColumns columns = sliced.slice(k).columns();
    const std::uint64_t here = kernels::absent_pairs(columns, sliced.slice(k).synapse_count());
    for (std::uint64_t rank = 0; rank < here; ++rank) {
      const kernels::Pair pair = kernels::absent_pair(columns, rank);
      found.emplace_back(pair.pre, pair.post);
    }
  }
  RC_ASSERT(found == absent);
}

RC_GTEST_PROP(Synapses, DenseRoundTripAndInsertKeepOrder, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 12);
  RandomMatrix m = random_matrix(n, n, true);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      double& w = m.dense[j * n + i];
      if (i != j && w == 0.0 && *rc::gen::arbitrary<bool>()) {
        w = 0.001;
        m.sparse.insert(j, i, w);
      }
    }
  }
  std::vector<double> back(n * n, -1.0);
  m.sparse.to_dense(back);
  RC_ASSERT(back == m.dense);
  RC_ASSERT(m.sparse.equals_dense(m.dense));
  RC_ASSERT(m.sparse == SynapseMatrix::from_dense(m.dense, n, n, Plasticity::fixed));
  const auto place = *rc::gen::inRange<std::size_t>(0, n * n);
  m.dense[place] += 0.5;
  RC_ASSERT(!m.sparse.equals_dense(m.dense));
}

}  // namespace
}  // namespace sorn
