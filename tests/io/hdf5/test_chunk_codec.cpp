// Chunks that ChunkCodec packs and HDF5's filters read.
#include "helpers/temporary_folder.hpp"
#include "io/hdf5/chunk_codec.hpp"
#include "io/hdf5/hdf5.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {
namespace {

using test::TemporaryFolder;

TEST(ChunkCodec, PacksChunksThatHdf5sFiltersUnpack) {
  for (const std::size_t values : {1U, 7U, 8U, 9U, 63U, 64U, 1000U}) {
    std::vector<std::uint8_t> spikes(values);
    std::vector<double> numbers(values);
    for (std::size_t k = 0; k < values; ++k) {
      spikes[k] = (k * 7 % 5) == 0 ? 1 : 0;
      numbers[k] = static_cast<double>(k) / 3.0;
    }
    const auto round_trip = [&](io::Packing packing, auto& input) {
      using T = typename std::decay_t<decltype(input)>::value_type;
      const io::Session session;
      const TemporaryFolder folder;
      const io::Handle file(H5Fcreate((folder / "c.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose,
                            "");
      const hsize_t extent = values;
      const io::Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose, "");
      const io::Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "");
      H5Pset_chunk(creation, 1, &extent);
      io::set_filters(creation, packing);
      const io::Handle dataset(H5Dcreate2(file, "d", io::native_type<T>(), space, H5P_DEFAULT, creation, H5P_DEFAULT),
                               H5Dclose, "");
      io::ChunkCodec codec(packing, values, sizeof(T));
      const auto packed = codec.pack(std::as_bytes(std::span(input)));
      const hsize_t zero = 0;
      io::require(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &zero, packed.size(), packed.data()), "write");
      std::vector<T> output(values, T{42});
      io::require(H5Dread(dataset, io::native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, output.data()), "read");
      EXPECT_EQ(output, input) << values;
      if constexpr (std::is_same_v<T, std::uint8_t>) {
        for (std::size_t first = 0; first < values; first += 1 + values / 9) {
          std::vector<std::uint8_t> part((values - first + 1) / 2);
          io::unpack_bits(packed, values, first, part);
          EXPECT_TRUE(std::equal(part.begin(), part.end(), input.begin() + static_cast<std::ptrdiff_t>(first)));
        }
        EXPECT_THROW(io::unpack_bits(packed.first(packed.size() - 1), values, 0, output), FormatError);
        EXPECT_THROW(io::unpack_bits(packed, values + 8, 0, output), FormatError);
      }
    };
    round_trip(io::Packing::bits, spikes);
    round_trip(io::Packing::shuffled, numbers);
  }
}

}  // namespace
}  // namespace sorn
