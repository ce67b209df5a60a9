// Readouts from sums, and their scores. The only source that uses Eigen.
#include "analysis/spikes.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/readout.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/Dense>

namespace sorn::readout {

namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Index index(std::size_t n) noexcept { return static_cast<Eigen::Index>(n); }

void require_steps(std::size_t steps) {
  if (steps == 0) throw StateError("no step has a target", "a readout needs at least one", "add() adds steps");
}

void require_units(std::size_t units, std::size_t of_readout) {
  if (units == of_readout) return;
  throw ShapeError(formatted("states of {} units", units), formatted("must have {} as the readout", of_readout));
}

/// The matrix W of the smallest norm among those for which products·W is closest to targets. Eigenvalues of products
/// below `least` times the largest count as 0.
Matrix least_norm(const Matrix& products, const Matrix& targets, double least) {
  std::vector<Eigen::Index> firing;  // a silent unit has no weight
  for (Eigen::Index i = 0; i < products.rows(); ++i) {
    if (products(i, i) > 0.0) firing.push_back(i);
  }
  if (firing.empty()) return Matrix::Zero(targets.rows(), targets.cols());
  const Matrix some = products(firing, firing);
  const Matrix wanted = targets(firing, Eigen::all);
  Matrix solved = Matrix::Zero(targets.rows(), targets.cols());
  // Cholesky's way takes a twentieth of the time of that by eigenvalues. It is used if no eigenvalue comes near 0.
  constexpr double far_from_zero = 1e4;
  const Eigen::LLT<Matrix> cholesky(some);
  if (cholesky.info() == Eigen::Success && cholesky.rcond() > far_from_zero * least) {
    solved(firing, Eigen::all) = Matrix(cholesky.solve(wanted));
    return solved;
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(some);
  const double smallest = least * solver.eigenvalues().cwiseAbs().maxCoeff();
  const Eigen::VectorXd inverse =
      solver.eigenvalues().unaryExpr([smallest](double value) { return value > smallest ? 1.0 / value : 0.0; });
  solved(firing, Eigen::all) =
      Matrix(solver.eigenvectors() * (inverse.asDiagonal() * (solver.eigenvectors().transpose() * wanted)).eval());
  return solved;
}

}  // namespace

void Training::add_products(const std::vector<double>& rows, std::size_t count) {
  if (count == 0) return;
  const Eigen::Map<const RowMajor> states(rows.data(), index(count), index(units_));
  Eigen::Map<RowMajor> products(products_.data(), index(units_), index(units_));
  products.selfadjointView<Eigen::Upper>().rankUpdate(states.transpose());
  Eigen::Map<Eigen::VectorXd>(totals_.data(), index(units_)) += states.colwise().sum().transpose();
}

Readout Training::least_squares() const {
  require_steps(steps_);
  const std::size_t n = units_ + (bias_ ? 1 : 0);
  Matrix products(index(n), index(n));
  products.topLeftCorner(index(units_), index(units_)) =
      Eigen::Map<const RowMajor>(products_.data(), index(units_), index(units_)).selfadjointView<Eigen::Upper>();
  if (bias_) {
    const Eigen::Map<const Eigen::VectorXd> totals(totals_.data(), index(units_));
    products.rightCols<1>().head(index(units_)) = totals;
    products.bottomRows<1>().head(index(units_)) = totals.transpose();
    products(index(units_), index(units_)) = static_cast<double>(steps_);
  }
  Matrix targets(index(n), index(classes_.size()));
  Eigen::Index column = 0;
  for (const auto& [label, sums] : classes_) {
    targets.col(column).head(index(units_)) = Eigen::Map<const Eigen::VectorXd>(sums.states.data(), index(units_));
    if (bias_) targets(index(units_), column) = sums.count;
    ++column;
  }
  const double rows = static_cast<double>(exact_ ? n : std::max(n, steps_));
  const Matrix solved = least_norm(products, targets, rows * std::numeric_limits<double>::epsilon());

  Readout result;
  result.units = units_;
  for (column = 0; const auto& [label, sums] : classes_) {
    result.classes.push_back(label);
    const auto weights = solved.col(column++);
    result.weights.insert(result.weights.end(), weights.begin(), weights.begin() + index(units_));
    if (bias_) result.bias.push_back(weights(index(units_)));
  }
  return result;
}

Readout Training::ridge(double mu) const {
  if (!(mu > 0.0) || !std::isfinite(mu)) {
    throw ParameterError(formatted("mu = {}", mu), "must be a finite number above 0", "least_squares() has no penalty");
  }
  require_steps(steps_);
  const double n = static_cast<double>(steps_);
  const Eigen::Map<const Eigen::VectorXd> totals(totals_.data(), index(units_));
  Matrix products =
      Eigen::Map<const RowMajor>(products_.data(), index(units_), index(units_)).selfadjointView<Eigen::Upper>();
  // The best bias takes the means away from states and targets.
  if (bias_) products.noalias() -= totals * (totals.transpose() / n);
  products.diagonal().array() += mu;
  const Eigen::LDLT<Matrix> solver(products);

  Readout result;
  result.units = units_;
  for (const auto& [label, sums] : classes_) {
    result.classes.push_back(label);
    Eigen::VectorXd target = Eigen::Map<const Eigen::VectorXd>(sums.states.data(), index(units_));
    if (bias_) target -= totals * (sums.count / n);
    const Eigen::VectorXd weights = solver.solve(target);
    result.weights.insert(result.weights.end(), weights.begin(), weights.end());
    if (bias_) result.bias.push_back((sums.count - weights.dot(totals)) / n);
  }
  return result;
}

std::vector<double> Readout::scores(const SpikeTrain& states) const {
  require_units(states.neurons(), units);
  const std::size_t k = classes.size();
  std::vector<double> result(states.steps() * k);
  if (!bias.empty()) {
    for (std::size_t t = 0; t < states.steps(); ++t) std::copy(bias.begin(), bias.end(), result.data() + t * k);
  }
  std::vector<double> column(k);
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t c = 0; c < k; ++c) column[c] = weights[c * units + i];
    analysis::for_each_spike(states.words(i), [&](std::size_t t) {
      double* const row = result.data() + t * k;
      for (std::size_t c = 0; c < k; ++c) row[c] += column[c];
    });
  }
  return result;
}

std::vector<double> Readout::scores(const Rows& states) const {
  require_units(states.columns, units);
  const std::size_t k = classes.size();
  std::vector<double> result(states.rows() * k);
  for (std::size_t t = 0; t < states.rows(); ++t) {
    const std::span<const double> state = states.row(t);
    for (std::size_t c = 0; c < k; ++c) {
      double score = bias.empty() ? 0.0 : bias[c];
      for (std::size_t i = 0; i < units; ++i) score += weights[c * units + i] * state[i];
      if (!std::isfinite(score)) {
        throw StateError(formatted("the score of class {} in step {} is {}", classes[c], t, score),
                         "must be finite, as all states must be");
      }
      result[t * k + c] = score;
    }
  }
  return result;
}

std::vector<std::int64_t> Readout::labels(std::span<const double> scores) const {
  const std::size_t k = classes.size();
  std::vector<std::int64_t> result(k == 0 ? 0 : scores.size() / k);
  for (std::size_t t = 0; t < result.size(); ++t) {
    const auto row = scores.subspan(t * k, k);
    result[t] = classes[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin())];
  }
  return result;
}

}  // namespace sorn::readout
