// Sparse synaptic weights, owned by the postsynaptic unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

namespace kernels {
struct Columns;
struct ConstColumns;
}  // namespace kernels

/// Whether a matrix will gain synapses: if so, its columns have room for them.
enum class Growth : std::uint8_t { fixed, growing };

/// The synapses from one population onto another. Each postsynaptic unit owns a *column*: its presynaptic
/// partners in ascending order and their weights. A weight of 0 means "no synapse" and is not stored.
///
/// The columns of a growing matrix have slack, so that structural plasticity inserts in place.
class SynapseMatrix {
public:
  /// The incoming synapses of one postsynaptic unit.
  struct Column {
    std::span<const std::uint32_t> pre;  ///< ascending, distinct
    std::span<const double> weight;      ///< > 0, same length
  };

  SynapseMatrix() = default;
  /// A matrix without synapses; n_pre, n_post < 2³².
  SynapseMatrix(std::size_t n_pre, std::size_t n_post);

  /// From a dense [pre][post] array in row-major order, n_pre·n_post values.
  static SynapseMatrix from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post, Growth growth);

  /// From compressed columns: unit i owns entries start[i] … start[i+1]−1 of `pre` and `weight`, `pre` ascending and
  /// distinct within a column. Zero weights are dropped.
  /// @throws ShapeError, StateError if the three arrays contradict each other
  static SynapseMatrix from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                    std::span<const double> weight, std::size_t n_pre, Growth growth,
                                    std::string_view name = "weights");

  std::size_t n_pre() const noexcept { return n_pre_; }
  std::size_t n_post() const noexcept { return length_.size(); }
  /// The number of weights > 0: `C` of the model for W_EE.
  std::size_t synapse_count() const noexcept { return synapse_count_; }

  /// The incoming synapses of unit `post` < n_post().
  Column column(std::size_t post) const noexcept;

  /// Writes the dense [pre][post] array, n_pre·n_post values in row-major order.
  void to_dense(std::span<double> dense) const noexcept;

  /// True if the dense [pre][post] array holds exactly these weights, bit for bit (−0 counts as 0).
  bool equals_dense(std::span<const double> dense) const noexcept;

  /// Adds the synapse (pre → post), which must be absent. Allocates only when its column has run out of room.
  void insert(std::size_t pre, std::size_t post, double weight);

  /// Equal if the same synapses have the same weights; slack and caches do not count.
  bool operator==(const SynapseMatrix& other) const noexcept;

  /// For the engine: raw columns that the kernels work on. Call recount() after a kernel removed synapses.
  kernels::Columns columns() noexcept;
  kernels::ConstColumns columns() const noexcept;
  void recount() noexcept;

private:
  /// Lays the columns out anew, each with room to grow.
  void make_room();

  std::size_t n_pre_ = 0;
  std::size_t synapse_count_ = 0;
  std::vector<std::size_t> start_;     // n_post + 1: where each column's storage begins
  std::vector<std::uint32_t> length_;  // n_post: synapses in use
  std::vector<std::uint8_t> settled_;  // n_post: dividing this column by its sum changes nothing
  std::vector<std::uint32_t> pre_;
  std::vector<double> weight_;
};

}  // namespace sorn
