// Partial result files with structures of other programs: those like ours are accepted, others are refused.
#include "helpers/temporary_folder.hpp"
#include "io/hdf5/chunk_codec.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/result_stream.hpp"

#include <sorn/error.hpp>
#include <sorn/state.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

namespace sorn {
namespace {

using test::message_of;
using test::read_file;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

/// A result file whose recording another program made, and a checkpoint that describes it as E of a network of 8 units.
class ForeignStructures : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "run.h5";
  const std::vector<hsize_t> shape{0, 8};
  const std::vector<hsize_t> most{H5S_UNLIMITED, 8};
  io::StreamProgress progress{.recordings = {{{Quantity::excitatory}, 0, {{0, 0, {}}}}}, .stage = {}};

  /// Calls make(recordings, space, creation) for a file with structures of at least this version of HDF5.
  template <class Make>
  void write(H5F_libver_t structures, Make&& make) {
    const io::Session session;
    const io::Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "");
    io::require(H5Pset_libver_bounds(access, structures, H5F_LIBVER_V110), "");
    const io::Handle h5(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose, "");
    const io::Handle group(H5Gcreate2(h5, "recordings", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, "");
    const io::Handle space(H5Screate_simple(2, shape.data(), most.data()), H5Sclose, "");
    const io::Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "");
    const std::array<hsize_t, 2> chunk{4, 8};
    io::require(H5Pset_chunk(creation, 2, chunk.data()), "");
    make(group, space, creation);
  }
  static void make_dataset(hid_t group, const char* name, hid_t type, hid_t space, hid_t creation) {
    const io::Handle dataset(H5Dcreate2(group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose, "");
  }

  /// Continues the file; the checkpoint takes all of it for structures.
  void go_on() {
    const std::string content = read_file(file);
    io::Stage& stage = progress.stage;
    stage.size = content.size();
    stage.bytes.assign(content.begin(), content.end());
    for (std::size_t k = 0; k * io::Stage::page_bytes < content.size(); ++k) stage.numbers.push_back(k);
    stage.bytes.resize(stage.numbers.size() * io::Stage::page_bytes);
    State state;
    state.te.resize(8);
    state.ti.resize(2);
    const io::ResultStream stream(file, state, progress);
  }
  void expect_refused(const std::string& rule) {
    const std::string before = read_file(file);
    EXPECT_THAT(message_of<FormatError>([&] { go_on(); }), AllOf(HasSubstr(file.string()), HasSubstr(rule)));
    EXPECT_EQ(read_file(file), before) << "a refused file must stay unchanged";
  }
};

TEST_F(ForeignStructures, LikeOursAreAccepted) {
  const auto ours = [&](hid_t group, hid_t space, hid_t creation) {
    io::set_filters(creation, io::Packing::bits);
    make_dataset(group, "E", H5T_STD_U8LE, space, creation);
  };
  write(H5F_LIBVER_V110, ours);
  EXPECT_NO_THROW(go_on());
}

TEST_F(ForeignStructures, OfAnotherFormAreRefused) {
  write(H5F_LIBVER_V110, [&](hid_t group, hid_t space, hid_t creation) {
    io::set_filters(creation, io::Packing::bits);
    make_dataset(group, "E", H5T_STD_I64LE, space, creation);
  });
  expect_refused("is not one of 0 rows");
  write(H5F_LIBVER_V110, [&](hid_t group, hid_t space, hid_t creation) {
    io::set_filters(creation, io::Packing::shuffled);
    make_dataset(group, "E", H5T_STD_U8LE, space, creation);
  });
  expect_refused("is not one of 0 rows");
  write(H5F_LIBVER_V110, [&](hid_t group, hid_t space, hid_t creation) {
    const std::array<hsize_t, 2> chunk{4, 3};
    io::require(H5Pset_chunk(creation, 2, chunk.data()), "");
    io::set_filters(creation, io::Packing::bits);
    make_dataset(group, "E", H5T_STD_U8LE, space, creation);
  });
  expect_refused("has other chunks");
}

TEST_F(ForeignStructures, WithLinksToOtherFilesAreRefused) {
  write(H5F_LIBVER_V110, [&](hid_t group, hid_t /*space*/, hid_t /*creation*/) {
    io::require(H5Lcreate_external("other.h5", "/E", group, "E", H5P_DEFAULT, H5P_DEFAULT), "");
  });
  expect_refused("must not be a link");
}

TEST_F(ForeignStructures, WithoutChecksumsAreRefused) {
  write(H5F_LIBVER_EARLIEST, [&](hid_t group, hid_t space, hid_t creation) {
    io::set_filters(creation, io::Packing::bits);
    make_dataset(group, "E", H5T_STD_U8LE, space, creation);
  });
  expect_refused("could not open the result file");
}

TEST_F(ForeignStructures, WithMissingChunksAreRefused) {
  write(H5F_LIBVER_V110, [&](hid_t group, hid_t space, hid_t creation) {
    io::set_filters(creation, io::Packing::bits);
    make_dataset(group, "E", H5T_STD_U8LE, space, creation);
  });
  progress.recordings[0].datasets[0].tail.resize(std::size_t{4} * 8);
  expect_refused("must not fill a chunk");
  progress = {.recordings = {{{Quantity::excitatory}, 0, {{4, 0, {}}}}}, .stage = {}};
  expect_refused("is not one of 4 rows");
}

}  // namespace
}  // namespace sorn
