#include "support/dense_reference.hpp"

#include "kernels/random.hpp"

#include <algorithm>
#include <utility>

namespace sorn::test {

namespace {

std::vector<std::vector<double>> dense(const SynapseMatrix& matrix) {
  std::vector<double> flat(matrix.n_pre() * matrix.n_post());
  matrix.to_dense(flat);
  std::vector<std::vector<double>> rows(matrix.n_pre(), std::vector<double>(matrix.n_post()));
  for (std::size_t j = 0; j < matrix.n_pre(); ++j) {
    for (std::size_t i = 0; i < matrix.n_post(); ++i) rows[j][i] = flat[j * matrix.n_post() + i];
  }
  return rows;
}

SynapseMatrix sparse(const std::vector<std::vector<double>>& rows, Plasticity plasticity) {
  std::vector<double> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return SynapseMatrix::from_dense(flat, rows.size(), rows.front().size(), plasticity);
}

std::size_t count_positive(const std::vector<std::vector<double>>& rows) {
  std::size_t count = 0;
  for (const auto& row : rows) {
    for (const double w : row) count += w > 0.0 ? 1U : 0U;
  }
  return count;
}

std::uint8_t theta(double z) { return z > 0.0 ? 1 : 0; }

}  // namespace

DenseReference::DenseReference(const Parameters& parameters, const State& state)
    : p_(parameters),
      from_(state),
      wee_(dense(*state.wee)),
      wei_(dense(*state.wei)),
      wie_(dense(*state.wie)),
      te_(state.te),
      ti_(state.ti),
      x_previous_(state.x_previous),
      x_(state.x),
      y_previous_(state.y_previous),
      y_(state.y),
      recurrent_(state.x.size()),
      step_(state.step) {}

std::vector<double> DenseReference::drive(const Matrix& w, const std::vector<std::uint8_t>& activity) {
  std::vector<double> sum(w.front().size(), 0.0);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    for (std::size_t j = 0; j < w.size(); ++j) sum[i] += w[j][i] * activity[j];
  }
  return sum;
}

void DenseReference::clip(Matrix& w) {
  for (auto& row : w) {
    for (double& value : row) {
      if (value <= 0.0) value = 0.0;
      if (value > 1.0) value = 1.0;
    }
  }
}

void DenseReference::scale(Matrix& w) {
  for (std::size_t i = 0; i < w.front().size(); ++i) {
    double sum = 0.0;
    for (const auto& row : w) sum += row[i];
    if (sum == 0.0) continue;
    for (auto& row : w) row[i] /= sum;
  }
}

void DenseReference::structural_plasticity() {
  const auto words = kernels::random_block(from_.seed, kernels::Stream::structural, step_, 0);
  const auto word = [&](std::size_t k) { return words[k] | std::uint64_t{words[k + 1]} << 32U; };
  if (kernels::uniform(word(0)) >= 0.1) return;
  std::vector<std::pair<std::size_t, std::size_t>> absent;
  for (std::size_t i = 0; i < wee_.size(); ++i) {
    for (std::size_t j = 0; j < wee_.size(); ++j) {
      if (i != j && wee_[j][i] == 0.0) absent.emplace_back(j, i);
    }
  }
  if (absent.empty()) return;
  const auto [j, i] = absent[kernels::below(absent.size(), word(2))];
  wee_[j][i] = 0.001;
}

void DenseReference::step(const std::vector<double>& u, const std::vector<double>& noise, Phase phase, RuleSet freeze) {
  const std::size_t ne = te_.size();
  const std::size_t ni = ti_.size();
  const auto e = drive(wee_, x_);
  const auto h = drive(wei_, y_);
  const auto to_inhibitory = drive(wie_, x_);
  std::vector<std::uint8_t> x_new(ne);
  std::vector<std::uint8_t> y_new(ni);
  for (std::size_t i = 0; i < ne; ++i) {
    const double xi = noise.empty() ? 0.0 : noise[i];
    const double input = i < u.size() ? u[i] : 0.0;
    recurrent_[i] = theta(((e[i] - h[i]) + xi) - te_[i]);
    x_new[i] = theta((((e[i] - h[i]) + xi) + input) - te_[i]);
  }
  for (std::size_t k = 0; k < ni; ++k) {
    const double xi = noise.empty() ? 0.0 : noise[ne + k];
    y_new[k] = theta((to_inhibitory[k] + xi) - ti_[k]);
  }
  const bool plastic = phase == Phase::plasticity;
  if (plastic && !freeze.contains(Rule::stdp)) {
    for (std::size_t j = 0; j < ne; ++j) {
      for (std::size_t i = 0; i < ne; ++i) {
        if (wee_[j][i] != 0.0) wee_[j][i] += p_.eta_stdp * (double(x_new[i]) * x_[j] - double(x_[i]) * x_new[j]);
      }
    }
    clip(wee_);
  }
  if (plastic && !freeze.contains(Rule::ip)) {
    for (std::size_t i = 0; i < ne; ++i) {
      te_[i] += p_.eta_ip * (x_new[i] - 2.0 * double(p_.nu) / double(p_.ne));
      te_[i] = std::min(std::max(te_[i], p_.te_min), p_.te_max);
    }
  }
  if (plastic && !freeze.contains(Rule::sp)) structural_plasticity();
  if (plastic && !freeze.contains(Rule::istdp)) {
    for (std::size_t k = 0; k < ni; ++k) {
      for (std::size_t i = 0; i < ne; ++i) {
        if (wei_[k][i] != 0.0) wei_[k][i] += -p_.eta_inhib * y_[k] * (1.0 - x_new[i] * (1.0 + 1.0 / p_.mu_ip));
      }
    }
    clip(wei_);
  }
  if (plastic && !freeze.contains(Rule::ss)) {
    scale(wee_);
    scale(wei_);
  }
  x_previous_ = std::exchange(x_, x_new);
  y_previous_ = std::exchange(y_, y_new);
  ++step_;
}

State DenseReference::state() const {
  State s = from_;
  s.wee = sparse(wee_, Plasticity::plastic);
  s.wei = sparse(wei_, Plasticity::plastic);
  s.wie = sparse(wie_, Plasticity::fixed);
  s.te = te_;
  s.ti = ti_;
  s.x_previous = x_previous_;
  s.x = x_;
  s.y_previous = y_previous_;
  s.y = y_;
  s.step = step_;
  return s;
}

std::size_t DenseReference::ee_count() const { return count_positive(wee_); }
std::size_t DenseReference::ei_count() const { return count_positive(wei_); }

}  // namespace sorn::test
