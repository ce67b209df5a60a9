// Foreign, truncated and damaged result files: each gives an error, and none gives a wrong number.
#include "helpers/results.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/schema.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <limits>

namespace sorn {
namespace {

using io::Handle;
using test::example;
using test::exit_code_of_child;
using test::message_of;
using test::read_file;
using test::replace;
using test::ResultFile;
using test::tamper;
using test::TemporaryFolder;
using test::write_file;
using testing::HasSubstr;

TEST_F(ResultFile, NamesPathAndReasonWhenItCannotBeRead) {
  EXPECT_THAT(message_of<IoError>([&] { load_result(path); }),
              testing::AllOf(HasSubstr(path.string()), HasSubstr("No such file or directory")));
  EXPECT_THAT(message_of<IoError>([&] { load_result(folder.path()); }), HasSubstr("Is a directory"));
  EXPECT_THAT(message_of<IoError>([&] { load_result("/dev/zero"); }), HasSubstr("regular file"));
}

TEST_F(ResultFile, RecognisesForeignFiles) {
  for (const std::string_view content : {"", "step,rate\n1,2\n", "\x89HDF"}) {
    write_file(path, content);
    EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }),
                testing::AllOf(HasSubstr(path.string()), HasSubstr("not an HDF5 file")));
  }
  { const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, "create"); }
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("a foreign HDF5 file"));
}

TEST_F(ResultFile, ReportsWhyHdf5DoesNotOpenIt) {
  save_result(path, example());
  std::string damaged = read_file(path);
  damaged[40] = static_cast<char>(damaged[40] ^ 1);  // in the superblock
  write_file(path, damaged);
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("HDF5: incorrect metadata checksum"));
}

TEST_F(ResultFile, RefusesOtherVersions) {
  save_result(path, example());
  tamper(path, [](hid_t file) {
    H5Adelete(file, "format_version");
    io::write_attribute(file, "format_version", io::schema::format_version + 1);
  });
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }),
              testing::AllOf(HasSubstr(fmt::format("format version {}", io::schema::format_version + 1)),
                             HasSubstr(fmt::format("reads versions 1 to {}", io::schema::format_version))));
}

TEST_F(ResultFile, IsRefusedIfTruncatedAnywhere) {
  save_result(path, example());
  const std::string whole = read_file(path);
  const auto cut = folder / "cut.h5";
  for (std::size_t length = 0; length < whole.size(); length += length < 400 || length + 400 > whole.size() ? 1 : 257) {
    write_file(cut, std::string_view(whole).substr(0, length));
    EXPECT_THROW(load_result(cut), FormatError) << "cut off after " << length << " of " << whole.size() << " bytes";
  }
}

/// Loads many files, each with one wrong bit. 0 if each was refused, or equals `written` because the bit lies between
/// the structures of the file; another number says what went wrong.
int load_damaged(const std::string& whole, const std::filesystem::path& path, const Result& written) {
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::size_t at = 0; at < whole.size(); at += 11) {
    std::string content = whole;
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
    write_file(path, content);
    ++tried;
    try {
      const Result read = load_result(path);
      if (read.state != written.state || read.recordings != written.recordings) return 1;
      if (read.parameters != written.parameters) return 2;
    } catch (const FormatError&) {
      ++refused;
    } catch (...) {
      return 3;
    }
  }
  return refused > tried / 4 ? 0 : 4;
}

TEST_F(ResultFile, GivesNoWrongNumberWhereABitIsDamaged) {
  const Result written = example(10);
  save_result(path, written);
  const std::string whole = read_file(path);
  // In a child process, so that a crash gives an exit code, too. _exit() ends it, because HDF5 leaks memory when it
  // refuses a file.
  EXPECT_EQ(exit_code_of_child([&]() -> int { _exit(load_damaged(whole, folder / "damaged.h5", written)); }), 0);
}

/// Reads inputs from many files, each with one wrong bit. 0 if each gives an error of the package or the inputs that
/// were written.
int read_damaged_inputs(const std::string& whole, const std::filesystem::path& path, const InputArray& written) {
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    std::string content = whole;
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
    write_file(path, content);
    try {
      if (read_inputs(path.string() + ":/recordings/TE").values != written.values) return 1;
    } catch (const FormatError&) {
      continue;
    } catch (...) {
      return 2;
    }
  }
  return 0;
}

TEST_F(ResultFile, GivesTheInputsOrAnErrorWhereABitIsDamaged) {
  save_result(path, example(10));
  const InputArray written = read_inputs(path.string() + ":/recordings/TE");
  const std::string whole = read_file(path);
  EXPECT_EQ(exit_code_of_child([&]() -> int { _exit(read_damaged_inputs(whole, folder / "damaged.h5", written)); }), 0);
}

TEST_F(ResultFile, CanBeChangedByOtherPrograms) {
  save_result(path, example());
  tamper(path, [](hid_t file) { replace(file, "state/Te", {30}, std::vector<double>(30, 0.5)); });
  EXPECT_EQ(load_result(path).state.te, std::vector<double>(30, 0.5));  // HDF5 updates the checksums
}

struct Damage {
  const char* name;
  const char* message;  // a part of the message
  std::function<void(hid_t)> change;
};

class DamagedResult : public testing::TestWithParam<Damage> {};

TEST_P(DamagedResult, GivesAFormatErrorThatNamesPathAndRule) {
  const TemporaryFolder folder;
  const auto path = folder / "result.h5";
  save_result(path, example());
  tamper(path, GetParam().change);
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }),
              testing::AllOf(HasSubstr(path.string()), HasSubstr(GetParam().message)));
}

const std::vector<Damage> damages{
    {"MissingGroup", "group 'state': is missing", [](hid_t f) { H5Ldelete(f, "state", H5P_DEFAULT); }},
    {"MissingDataset", "dataset 'Te': is missing", [](hid_t f) { H5Ldelete(f, "state/Te", H5P_DEFAULT); }},
    {"MissingParameter", "'mu_ip': is missing",
     [](hid_t f) { H5Adelete_by_name(f, "parameters", "mu_ip", H5P_DEFAULT); }},
    {"MissingSeed", "attribute 'seed': is missing",
     [](hid_t f) { H5Adelete_by_name(f, "state", "seed", H5P_DEFAULT); }},
    {"UnknownParameter", "did you mean 'eta_ip'",
     [](hid_t f) { io::write_attribute(io::open_group(f, "parameters"), "eta_pi", 0.1); }},
    {"ParameterOutOfRange", "mu_ip = 7",
     [](hid_t f) {
       H5Adelete_by_name(f, "parameters", "mu_ip", H5P_DEFAULT);
       io::write_attribute(io::open_group(f, "parameters"), "mu_ip", 7.0);
     }},
    {"ParameterOfWrongType", "ne = 'many'",
     [](hid_t f) {
       H5Adelete_by_name(f, "parameters", "ne", H5P_DEFAULT);
       io::write_attribute(io::open_group(f, "parameters"), "ne", std::string("many"));
     }},
    {"AbsurdSize", "must have shape (2147483647)",
     [](hid_t f) {
       H5Adelete_by_name(f, "parameters", "ne", H5P_DEFAULT);
       io::write_attribute(io::open_group(f, "parameters"), "ne", std::int64_t{2147483647});
     }},
    {"UnknownFreeze", "did you mean 'stdp'",
     [](hid_t f) {
       H5Adelete_by_name(f, "run", "freeze", H5P_DEFAULT);
       io::write_attribute(io::open_group(f, "run"), "freeze", std::string("ip,sdtp"));
     }},
    {"ThresholdsOfOtherLength", "must have shape (30)",
     [](hid_t f) { replace(f, "state/Te", {29}, std::vector<double>(29, 0.5)); }},
    {"ThresholdsAsText", "must be of type float64",
     [](hid_t f) { replace(f, "state/Te", {30}, std::vector<std::int64_t>(30, 1)); }},
    {"ThresholdNaN", "Te[0] = nan",
     [](hid_t f) { replace(f, "state/Te", {30}, std::vector<double>(30, std::numeric_limits<double>::quiet_NaN())); }},
    {"ActivityTwo", "activity must be 0 or 1",
     [](hid_t f) {
       replace(f, "state/X", {30, 2}, std::vector<std::uint8_t>(60, 2));
     }},
    {"ActivityOfOtherRank", "must have shape (30, 2)",
     [](hid_t f) { replace(f, "state/X", {60}, std::vector<std::uint8_t>(60, 0)); }},
    {"NegativeWeight", "weights must not be negative",
     [](hid_t f) {
       const io::Dataset old = io::Dataset::open(f, "state/Wee/data");
       replace(f, "state/Wee/data", {old.size()}, std::vector<double>(old.size(), -1.0));
     }},
    {"IndexOutOfRange", "must be in [0, 29]",
     [](hid_t f) {
       const io::Dataset old = io::Dataset::open(f, "state/Wee/indices");
       replace(f, "state/Wee/indices", {old.size()}, std::vector<std::int32_t>(old.size(), 30));
     }},
    {"NegativeIndex", "must be in [0, 29]",
     [](hid_t f) {
       const io::Dataset old = io::Dataset::open(f, "state/Wee/indices");
       replace(f, "state/Wee/indices", {old.size()}, std::vector<std::int32_t>(old.size(), -1));
     }},
    {"IndicesThatDoNotAscend", "must ascend",
     [](hid_t f) {
       const io::Dataset old = io::Dataset::open(f, "state/Wee/indices");
       replace(f, "state/Wee/indices", {old.size()}, std::vector<std::int32_t>(old.size(), 3));
     }},
    {"StartsThatDoNotAscend", "column starts must ascend",
     [](hid_t f) {
       auto starts = io::Dataset::open(f, "state/Wee/indptr").values<std::int64_t>();
       std::swap(starts[3], starts[9]);
       replace(f, "state/Wee/indptr", {31}, starts);
     }},
    {"NegativeStart", "column starts must ascend",
     [](hid_t f) {
       auto starts = io::Dataset::open(f, "state/Wee/indptr").values<std::int64_t>();
       starts[3] = -1;
       replace(f, "state/Wee/indptr", {31}, starts);
     }},
    {"FewerWeightsThanIndices", "dataset 'data' has shape",
     [](hid_t f) { replace(f, "state/Wee/data", {3}, std::vector<double>(3, 0.5)); }},
    {"MatrixOfOtherShape", "must have shape (30, 30)",
     [](hid_t f) {
       const Handle group = io::open_group(f, "state/Wee");
       H5Adelete(group, "shape");
       const std::array<std::uint64_t, 2> shape{30, 31};
       io::write_attribute(group, "shape", shape);
     }},
    {"OtherLayout", "must be 'csc'",
     [](hid_t f) {
       const Handle group = io::open_group(f, "state/Wee");
       H5Adelete(group, "layout");
       io::write_attribute(group, "layout", std::string("csr"));
     }},
    {"HugeDatasetWithoutValues", "claims 4.8e+16 bytes",
     [](hid_t f) {
       replace(f, "recordings/E", {200000000000000, 240}, H5T_NATIVE_UINT8, nullptr);
     }},
    {"LargeDatasetWithoutValues", "claims",
     [](hid_t f) { replace(f, "state/Wee/data", {1000000}, H5T_NATIVE_DOUBLE, nullptr); }},
    {"FilterThatIsNotOurs", "is packed by the filter nbit",
     [](hid_t f) {
       H5Ldelete(f, "state/Te", H5P_DEFAULT);
       const hsize_t extent = 30;
       const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose, "space");
       const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "properties");
       H5Pset_chunk(creation, 1, &extent);
       H5Pset_nbit(creation);
       const Handle dataset(H5Dcreate2(f, "state/Te", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                            H5Dclose, "create");
       const std::vector<double> values(30, 0.5);
       H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
     }},
    {"RecordingOfOtherNetwork", "must have shape (40, 30)",
     [](hid_t f) {
       replace(f, "recordings/E", {40, 29}, std::vector<std::uint8_t>(40 * 29, 1));
     }},
    {"UnknownRecording", "unknown quantity to record 'Q'",
     [](hid_t f) { H5Lmove(f, "recordings/E", f, "recordings/Q", H5P_DEFAULT, H5P_DEFAULT); }},
    {"RecordingByItsCallbackName", "is called 'E'",
     [](hid_t f) { H5Lmove(f, "recordings/E", f, "recordings/ExcitatoryActivation", H5P_DEFAULT, H5P_DEFAULT); }},
    {"StrideZero", "a stride must be at least 1",
     [](hid_t f) {
       const Handle dataset(H5Dopen2(f, "recordings/E", H5P_DEFAULT), H5Dclose, "open");
       H5Adelete(dataset, "stride");
       io::write_attribute(dataset, "stride", std::uint64_t{0});
     }},
    {"RowsBeyondTheLastStep", "its 40 rows would reach beyond step 9223372036854775807",
     [](hid_t f) {
       const Handle dataset(H5Dopen2(f, "recordings/E", H5P_DEFAULT), H5Dclose, "open");
       H5Adelete(dataset, "first_step");
       io::write_attribute(dataset, "first_step", last_step - 38);
     }},
    {"CountBelowZero", "recording 'C' holds -1: counts must not be negative",
     [](hid_t f) {
       const Handle dataset(H5Dopen2(f, "recordings/C", H5P_DEFAULT), H5Dclose, "open");
       const std::vector<std::int64_t> values(40, -1);
       H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
     }},
    {"RecordedInfinity", "recording 'TE' holds inf: must be finite numbers",
     [](hid_t f) {
       const Handle dataset(H5Dopen2(f, "recordings/TE", H5P_DEFAULT), H5Dclose, "open");
       const std::vector<double> values(14 * 30, std::numeric_limits<double>::infinity());
       H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
     }},
    {"StepBeyondTheLast", "step = 9223372036854775808: steps are numbered up to 9223372036854775807",
     [](hid_t f) {
       H5Adelete_by_name(f, "state", "step", H5P_DEFAULT);
       io::write_attribute(io::open_group(f, "state"), "step", std::uint64_t{1} << 63U);
     }},
    {"LinkToAnotherFile", "must not be a link",
     [](hid_t f) {
       H5Ldelete(f, "state/Te", H5P_DEFAULT);
       H5Lcreate_external("/etc/other.h5", "/Te", f, "state/Te", H5P_DEFAULT, H5P_DEFAULT);
     }},
};

INSTANTIATE_TEST_SUITE_P(Every, DamagedResult, testing::ValuesIn(damages),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sorn
