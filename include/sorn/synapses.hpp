// Sparse synaptic weights, owned by the postsynaptic unit.
#pragma once

#include <sorn/outgoing.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

namespace kernels {
struct Columns;
struct ConstColumns;
struct Slices;
struct ConstSlices;
}  // namespace kernels

/// Whether a matrix will gain synapses. One that grows keeps room in its columns and knows the synapses of each
/// presynaptic unit, too; one that does not is laid out for kernels that work on eight columns at once.
enum class Growth : std::uint8_t { fixed, growing };

/// Values that lie in memory at a constant distance from each other.
template <class T>
class Strided {
public:
  class iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    iterator() = default;
    iterator(const Strided* values, std::size_t index) noexcept : values_(values), index_(index) {}
    reference operator*() const noexcept { return (*values_)[index_]; }
    iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    iterator operator++(int) noexcept {
      const iterator before = *this;
      ++index_;
      return before;
    }
    bool operator==(const iterator& other) const noexcept { return index_ == other.index_; }

  private:
    const Strided* values_ = nullptr;
    std::size_t index_ = 0;
  };
  using value_type = T;
  using const_iterator = iterator;

  Strided(const T* first, std::size_t size, std::size_t stride) noexcept
      : first_(first), size_(size), stride_(stride) {}

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T& operator[](std::size_t k) const noexcept { return first_[k * stride_]; }
  iterator begin() const noexcept { return {this, 0}; }
  iterator end() const noexcept { return {this, size_}; }

private:
  const T* first_;
  std::size_t size_;
  std::size_t stride_;
};

/// The synapses from one population onto another. Each postsynaptic unit owns a *column*: its presynaptic
/// partners in ascending order and their weights. A weight of 0 means "no synapse" and is not stored.
class SynapseMatrix {
public:
  /// The incoming synapses of one postsynaptic unit.
  struct Column {
    Strided<std::uint32_t> pre;  ///< ascending, distinct
    Strided<double> weight;      ///< > 0, same length
  };

  SynapseMatrix() = default;
  /// A growing matrix without synapses; n_pre, n_post < 2³².
  SynapseMatrix(std::size_t n_pre, std::size_t n_post);

  /// From a dense [pre][post] array in row-major order, n_pre·n_post values.
  static SynapseMatrix from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post, Growth growth);

  /// From compressed columns: unit i owns entries start[i] … start[i+1]−1 of `pre` and `weight`, `pre` ascending and
  /// distinct within a column. Zero weights are dropped.
  /// @throws ShapeError, StateError if the three arrays contradict each other
  /// @throws ParameterError if the matrix would have 2³² entries or more
  static SynapseMatrix from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                    std::span<const double> weight, std::size_t n_pre, Growth growth,
                                    std::string_view name = "weights");

  /// The same synapses in the other layout.
  SynapseMatrix laid_out_for(Growth growth) const;

  Growth growth() const noexcept { return growth_; }
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

  /// Adds the synapse (pre → post), which must be absent, to a growing matrix. Allocates only when the room that the
  /// matrix keeps for new synapses is used up.
  void insert(std::size_t pre, std::size_t post, double weight);

  /// Equal if the same synapses have the same weights; room and layout do not count.
  bool operator==(const SynapseMatrix& other) const noexcept;

  /// Bytes that the synapses and their indices occupy, free room included.
  std::size_t memory() const noexcept;

  /// For the engine: what the kernels of a growing matrix work on. @{
  kernels::Columns columns() noexcept;
  kernels::ConstColumns columns() const noexcept;
  /// @}
  /// For the engine: what the kernels of a fixed matrix work on. @{
  kernels::Slices slices() noexcept;
  kernels::ConstSlices slices() const noexcept;
  /// @}

  /// For the engine: removes the synapses whose weight is not above 0 from the listed columns of a growing matrix, or
  /// from the listed slices of a fixed one. One may be listed more than once. Does not allocate. @{
  void remove_gone_from_columns(std::span<const std::uint32_t> posts) noexcept;
  void remove_gone_from_slices(std::span<const std::uint32_t> slices) noexcept;
  /// @}

private:
  std::size_t stride() const noexcept;
  void lay_out_columns();
  void lay_out_slices();
  void fill_outgoing();
  void refill_outgoing() noexcept;
  void make_room();
  bool has_room(std::size_t post) const noexcept;
  void move_column(std::size_t post) noexcept;
  void close_gaps(std::size_t post, bool repair_index) noexcept;

  Growth growth_ = Growth::growing;
  std::size_t n_pre_ = 0;
  std::size_t synapse_count_ = 0;

  // Column i: length_[i] entries of pre_ and weight_ from start_[i] on, stride() apart.
  std::vector<std::uint32_t> start_, length_;
  std::vector<std::uint32_t> pre_;
  std::vector<double> weight_;
  std::vector<std::uint8_t> settled_;  // of each column or slice: dividing it by its sum changes nothing

  // A growing matrix.
  std::vector<std::uint32_t> room_;  // n_post: entries that belong to a column
  std::size_t used_ = 0;             // the entries behind these are for columns that outgrow their room
  OutgoingIndex outgoing_;

  // A fixed matrix.
  std::vector<std::uint32_t> unit_;                        // n_post
  std::vector<std::uint32_t> slice_start_, slice_height_;  // one for each slice
};

}  // namespace sorn
