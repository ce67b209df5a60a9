// Result files for the tests, and functions that damage them.
#pragma once

#include "helpers/temporary_folder.hpp"
#include "io/hdf5/dataset.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::test {

/// A small network after a few steps, with recordings of every type.
inline Result example(std::size_t steps = 40, std::size_t ne = 30) {
  Parameters parameters;
  parameters.ne = ne;
  parameters.nu = 3;
  parameters.lambda_ee = 5;
  parameters.lambda_ei = 8;
  parameters.eta_stdp = 0.05;  // synapses vanish
  Network network(parameters, 17);
  const std::vector<RecordRequest> requests{
      {Quantity::te, 3},   {Quantity::excitatory, 1}, {Quantity::ee_count, 1},
      {Quantity::wee, 20}, {Quantity::inhibitory, 2}, {Quantity::wei, 20, 0, RecordRequest::no_end, true},
      {Quantity::synapses}};
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  RunOptions options;
  options.freeze = {Rule::sp, Rule::ip};
  network.run(steps, options, observers);
  return {.parameters = parameters,
          .state = network.state(),
          .recordings = recorder.take(),
          .run = {.phase = Phase::plasticity,
                  .freeze = options.freeze,
                  .noise = "0.04",
                  .inputs = "ümläut.csv",
                  .first_step = 0,
                  .steps = steps},
          .program_version = {}};
}

inline void expect_equal(const Result& a, const Result& b) {
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.recordings, b.recordings);
  EXPECT_EQ(a.run, b.run);
}

/// Opens a file for writing with HDF5 itself, for changes that our own code never makes.
inline void tamper(const std::filesystem::path& path, const std::function<void(hid_t)>& change) {
  const io::Session session;
  const io::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "open");
  change(file);
}

/// Replaces a dataset by one of this shape and type, with these values; if `values` is null, it stores none.
inline void replace(hid_t file, const std::string& name, std::vector<hsize_t> shape, hid_t type, const void* values) {
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const io::Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose, "space");
  const io::Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "properties");
  if (values == nullptr) {
    for (hsize_t& extent : shape) extent = std::min<hsize_t>(extent, 100);
    H5Pset_chunk(creation, static_cast<int>(shape.size()), shape.data());
    H5Pset_deflate(creation, 1);
  }
  const io::Handle dataset(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
                           "create " + name);
  if (values != nullptr) H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

template <class T>
void replace(hid_t file, const std::string& name, std::vector<hsize_t> shape, const std::vector<T>& values) {
  replace(file, name, std::move(shape), io::native_type<T>(), values.data());
}

/// The path of a result file in its own folder.
class ResultFile : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path path = folder / "result.h5";
};

}  // namespace sorn::test
