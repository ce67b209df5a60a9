// Sparse synaptic weights, owned by the postsynaptic unit.
#pragma once

#include <sorn/aligned.hpp>
#include <sorn/outgoing.hpp>

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

/// Whether the synapses of a matrix change: W_EE and W_EI are plastic, W_IE is fixed. A plastic matrix has room for new
/// synapses and an index of the synapses by presynaptic unit.
enum class Plasticity : std::uint8_t { fixed, plastic };

/// The synapses from one population onto another. Each postsynaptic unit owns a *column*: its presynaptic
/// partners in ascending order and their weights. A weight of 0 means "no synapse" and is not stored.
class SynapseMatrix {
public:
  /// The incoming synapses of one postsynaptic unit.
  struct Column {
    std::span<const std::uint32_t> pre;  ///< ascending, distinct
    std::span<const double> weight;      ///< > 0, same length
  };

  SynapseMatrix() = default;
  /// A plastic matrix without synapses; n_pre, n_post < 2³².
  SynapseMatrix(std::size_t n_pre, std::size_t n_post);

  /// From a dense [pre][post] array in row-major order, n_pre·n_post values.
  static SynapseMatrix from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                                  Plasticity plasticity);

  /// From compressed columns: unit i owns entries start[i] … start[i+1]−1 of `pre` and `weight`, `pre` ascending and
  /// distinct within a column. Zero weights are dropped.
  /// @throws ShapeError, StateError if the three arrays contradict each other
  /// @throws ParameterError if the matrix would have 2³² entries or more
  static SynapseMatrix from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                    std::span<const double> weight, std::size_t n_pre, Plasticity plasticity,
                                    std::string_view name = "weights");

  /// The same synapses in the layout that suits `plasticity`.
  SynapseMatrix laid_out_for(Plasticity plasticity) const;

  Plasticity plasticity() const noexcept { return plasticity_; }
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

  /// Adds the synapse (pre → post), which must be absent, to a plastic matrix. Allocates only when the room that the
  /// matrix keeps for new synapses is used up; if that fails, nothing has changed.
  /// @throws ParameterError if the matrix would have 2³² entries or more
  void insert(std::size_t pre, std::size_t post, double weight);

  /// Equal if the same synapses have the same weights; room and layout do not count.
  bool operator==(const SynapseMatrix& other) const noexcept;

  /// Bytes that the synapses and their indices occupy, free room included.
  std::size_t memory() const noexcept;

  /// For the engine: what the kernels work on. @{
  kernels::Columns columns() noexcept;
  kernels::ConstColumns columns() const noexcept;
  /// @}

  /// For the engine: true only if any one synapse can be inserted without allocating, and how to bring that about. @{
  bool has_spare_room() const noexcept;
  void make_room();
  /// @}

  /// For the engine: removes the synapses of the listed columns whose weight is not above 0. A column may be listed
  /// more than once. Does not allocate.
  void remove_gone(std::span<const std::uint32_t> posts) noexcept;

private:
  void lay_out_columns();
  void fill_outgoing();
  void refill_outgoing() noexcept;
  bool has_room_to_move(std::size_t length) const noexcept;
  bool has_room(std::size_t post) const noexcept;
  void move_column(std::size_t post) noexcept;
  void close_gaps(std::size_t post, bool repair_index) noexcept;

  Plasticity plasticity_ = Plasticity::plastic;
  std::size_t n_pre_ = 0;
  std::size_t synapse_count_ = 0;

  // Column i: length_[i] entries of pre_ and weight_ from start_[i] on, of room_[i] that belong to it. The entries from
  // used_ on are for columns that outgrow their room.
  std::vector<std::uint32_t> start_, length_, room_;
  AlignedVector<std::uint32_t> pre_;
  AlignedVector<double> weight_;
  std::vector<std::uint8_t> settled_;  // n_post: dividing this column by its sum changes nothing
  std::size_t used_ = 0;
  OutgoingIndex outgoing_;  // of a plastic matrix
};

}  // namespace sorn
