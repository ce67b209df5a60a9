// Sparse synaptic weights, owned by the postsynaptic unit.
#pragma once

#include <sorn/unit_range.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

struct CompressedColumns;
class SynapseSlice;  // of the engine

/// Whether the synapses of a matrix can change: W_EE and W_EI are plastic, W_IE is fixed. A plastic matrix has room for
/// new synapses and an index of the synapses by presynaptic unit.
enum class Plasticity : std::uint8_t { fixed, plastic };

/// What becomes of given weights of 0: no synapse, or a synapse that rests at 0 and may grow again.
enum class Zeros : std::uint8_t { dropped, kept };

/// The synapses from one population to another. Each postsynaptic unit owns a *column*: its presynaptic partners in
/// ascending order, and their weights. A weight of 0 means "no synapse" and is not stored, except in the W_EE of a
/// network whose synapses may rest at 0 (Parameters::keep_zero).
///
/// The columns are divided into *slices* of consecutive units, for the threads of a network. There is one slice unless
/// more are requested. The division is not part of the value. In a network over several processes each process holds
/// only some columns; its matrix is its *share*.
class SynapseMatrix {
public:
  /// The incoming synapses of one postsynaptic unit.
  struct Column {
    std::span<const std::uint32_t> pre;  ///< ascending, distinct
    std::span<const double> weight;      ///< ≥ 0, same length
  };

  SynapseMatrix() noexcept;
  /// A plastic matrix without synapses; n_pre, n_post < 2³².
  SynapseMatrix(std::size_t n_pre, std::size_t n_post);
  SynapseMatrix(const SynapseMatrix& other);
  SynapseMatrix& operator=(const SynapseMatrix& other);
  SynapseMatrix(SynapseMatrix&& other) noexcept;
  SynapseMatrix& operator=(SynapseMatrix&& other) noexcept;
  ~SynapseMatrix();

  /// Makes a matrix from a dense [pre][post] array in row-major order with n_pre·n_post values.
  static SynapseMatrix from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                                  Plasticity plasticity);

  /// Makes a matrix from compressed columns: unit i owns the entries start[i] … start[i+1]−1 of `pre` and `weight`,
  /// with `pre` ascending and distinct within a column.
  /// @throws ShapeError, StateError if the three arrays contradict each other
  /// @throws ParameterError if the matrix would have 2³² entries or more
  static SynapseMatrix from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                    std::span<const double> weight, std::size_t n_pre, Plasticity plasticity,
                                    std::string_view name = "weights", Zeros zeros = Zeros::dropped);

  /// The same for the units `columns.posts` of a matrix with n_post columns.
  static SynapseMatrix from_columns(const CompressedColumns& columns, std::size_t n_pre, std::size_t n_post,
                                    Plasticity plasticity, std::string_view name = "weights",
                                    Zeros zeros = Zeros::dropped);

  /// Whether a synapse rests at 0.
  bool has_zeros() const noexcept;
  /// The synapses whose weight is above 0, in one slice.
  SynapseMatrix without_zeros() const;

  /// The same synapses in the layout for `plasticity`, divided into `slices` slices.
  SynapseMatrix laid_out_for(Plasticity plasticity, std::size_t slices = 1) const;

  /// The columns of `posts`, which must be among those of this matrix.
  SynapseMatrix share(UnitRange posts) const;

  Plasticity plasticity() const noexcept { return plasticity_; }
  std::size_t n_pre() const noexcept { return n_pre_; }
  std::size_t n_post() const noexcept { return n_post_; }
  /// The units whose columns this matrix holds: all units, unless it is a share.
  UnitRange posts() const noexcept { return posts_; }
  bool is_whole() const noexcept { return posts_.size() == n_post_; }
  /// The number of synapses, which is `C` of the model for W_EE. For a share, the number in its columns.
  std::size_t synapse_count() const noexcept;

  /// The incoming synapses of a unit of posts(); empty for other units.
  Column column(std::size_t post) const noexcept;

  /// The columns of these units of posts().
  CompressedColumns compressed(UnitRange posts) const;

  /// Writes the dense [pre][post] array, n_pre·n_post values in row-major order.
  void to_dense(std::span<double> dense) const noexcept;

  /// True if a dense [pre][post] array holds exactly these weights, bit for bit (−0 counts as 0).
  bool equals_dense(std::span<const double> dense) const noexcept;

  /// Adds the synapse (pre → post), which must not exist, to a plastic matrix. Allocates only if the room for new
  /// synapses is used up; if that fails, nothing changes.
  /// @throws ParameterError if the matrix would have 2³² entries or more
  void insert(std::size_t pre, std::size_t post, double weight);

  /// Equal if the same synapses have the same weights. Room and layout do not matter.
  bool operator==(const SynapseMatrix& other) const noexcept;

  /// Bytes of the synapses and their indices, including free room.
  std::size_t memory() const noexcept;

  /// The slices, for the engine. Each thread works on one of them.
  std::size_t slices() const noexcept;
  SynapseSlice& slice(std::size_t k) noexcept;
  const SynapseSlice& slice(std::size_t k) const noexcept;

private:
  SynapseMatrix(Plasticity plasticity, std::size_t n_pre, std::size_t n_post, UnitRange posts) noexcept;
  static SynapseMatrix from_columns(UnitRange posts, std::size_t n_post, std::span<const std::size_t> start,
                                    std::span<const std::uint32_t> pre, std::span<const double> weight,
                                    std::size_t n_pre, Plasticity plasticity, std::string_view name, Zeros zeros);
  std::size_t slice_of(std::size_t post) const noexcept;

  Plasticity plasticity_ = Plasticity::plastic;
  std::size_t n_pre_ = 0;
  std::size_t n_post_ = 0;
  UnitRange posts_{0, 0};
  std::vector<SynapseSlice> slices_;  // consecutive, as part_of() divides posts_
};

/// Columns one after the other: unit posts.begin + i owns entries start[i] … start[i+1]−1 of `pre` and `weight`.
struct CompressedColumns {
  UnitRange posts{};
  std::vector<std::size_t> start{0};
  std::vector<std::uint32_t> pre{};
  std::vector<double> weight{};

  /// Adds the column of the next unit.
  void append(const SynapseMatrix::Column& column);
};

}  // namespace sorn
