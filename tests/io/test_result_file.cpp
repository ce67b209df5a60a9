// Result files: what is written comes back, and nothing that is wrong with a file or a disk goes unnoticed.
#include "helpers/sanitizers.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/files/atomic_file.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/read_driver.hpp"
#include "io/schema.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/sorn.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <limits>
#include <new>
#include <numeric>

namespace sorn {
namespace {

using io::Handle;
using test::exit_code_of_child;
using test::message_of;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

/// A small network after a few steps, with recordings of every type.
Result example(std::size_t steps = 40, std::size_t ne = 30) {
  Parameters parameters;
  parameters.ne = ne;
  parameters.nu = 3;
  parameters.lambda_ee = 5;
  parameters.lambda_ei = 8;
  Network network(parameters, 17);
  const std::vector<RecordRequest> requests{{Quantity::te, 3},
                                            {Quantity::excitatory, 1},
                                            {Quantity::ee_count, 1},
                                            {Quantity::wee, 20},
                                            {Quantity::inhibitory, 2}};
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

void expect_equal(const Result& a, const Result& b) {
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.recordings, b.recordings);
  EXPECT_EQ(a.run, b.run);
}

/// Opens a file for writing with HDF5 itself, to do to it what our own code never would.
void tamper(const std::filesystem::path& path, const std::function<void(hid_t)>& change) {
  const io::Session session;
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "open");
  change(file);
}

/// Replaces a dataset by one of this shape and type, with these values or, if null, with none stored.
void replace(hid_t file, const std::string& name, std::vector<hsize_t> shape, hid_t type, const void* values) {
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose, "space");
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "properties");
  if (values == nullptr) {
    for (hsize_t& extent : shape) extent = std::min<hsize_t>(extent, 100);
    H5Pset_chunk(creation, static_cast<int>(shape.size()), shape.data());
    H5Pset_deflate(creation, 1);
  }
  const Handle dataset(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
                       "create " + name);
  if (values != nullptr) H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

template <class T>
void replace(hid_t file, const std::string& name, std::vector<hsize_t> shape, const std::vector<T>& values) {
  replace(file, name, std::move(shape), io::native_type<T>(), values.data());
}

class ResultFile : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path path = folder / "result.h5";
};

TEST_F(ResultFile, ComesBackAsItWas) {
  const Result written = example();
  save_result(path, written);
  const Result read = load_result(path);
  expect_equal(read, written);
  EXPECT_EQ(read.program_version, version);
  EXPECT_THAT(folder.names(), ElementsAre("result.h5"));
}

TEST_F(ResultFile, KeepsNumbersThatAreHardToKeep) {
  Result written = example();
  written.parameters.ni = written.state.ni();
  written.parameters.eta_stdp = std::numeric_limits<double>::denorm_min();
  written.parameters.mu_ip = 0.1 + 0.2;
  written.state.seed = std::numeric_limits<std::uint64_t>::max();
  written.state.step = (std::uint64_t{1} << 63U) + 1;
  written.state.te[0] = -0.0;
  written.state.te[1] = std::numeric_limits<double>::denorm_min();
  written.recordings.clear();
  save_result(path, written);
  const Result read = load_result(path);
  expect_equal(read, written);
  EXPECT_TRUE(std::signbit(read.state.te[0]));
}

TEST_F(ResultFile, KeepsRecordingsWithoutRowsAndNetworksWithoutSynapses) {
  Result written = example(1);
  written.recordings[0].rows = 0;
  written.recordings[0].values = std::vector<double>{};
  written.state.wee = SynapseMatrix(written.state.ne(), written.state.ne());
  save_result(path, written);
  expect_equal(load_result(path), written);
}

TEST_F(ResultFile, SpansManyChunks) {
  const Result written = example(2000, 1000);  // E alone takes 2 MB
  save_result(path, written);
  expect_equal(load_result(path), written);
}

TEST_F(ResultFile, OfVersion1IsStillRead) {
  const Result old = load_result(SORN_TEST_GOLDEN_DIR "/result_v1.h5");
  const Parameters parameters{.ne = 30, .nu = 3, .lambda_ee = 5, .lambda_ei = 8};
  const std::vector<RecordRequest> requests{
      {Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::ee_count}, {Quantity::te, 3}, {Quantity::wee, 20}};
  constexpr std::size_t steps = 40;
  Network network(parameters, 17);
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  expect_equal(old, {.parameters = parameters,
                     .state = network.state(),
                     .recordings = recorder.take(),
                     .run = {.phase = Phase::plasticity,
                             .freeze = {},
                             .noise = "0.04",
                             .inputs = "none",
                             .first_step = 0,
                             .steps = steps},
                     .program_version = {}});
}

// Written by the last program that knew neither h_ip nor sp_probability nor sp_weight: they have their defaults.
TEST_F(ResultFile, OfVersion2IsStillRead) {
  const Result old = load_result(SORN_TEST_GOLDEN_DIR "/result_v2.h5");
  const Parameters parameters{.ne = 30, .nu = 3, .lambda_ee = 5, .lambda_ei = 8, .sigma_ip = 0.02};
  const std::vector<RecordRequest> requests{
      {Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::ee_count}, {Quantity::te, 3}, {Quantity::wee, 20}};
  constexpr std::size_t steps = 40;
  Network network(parameters, 17);
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  EXPECT_EQ(old.parameters, parameters);
  EXPECT_EQ(old.state, network.state());
  EXPECT_EQ(old.recordings, recorder.take());
  save_result(path, old);
  EXPECT_EQ(load_result(path).parameters, parameters);
}

TEST_F(ResultFile, LacksAHyperparameterOnlyWhereItsVersionHadNone) {
  save_result(path, example());
  const auto without = [&](const char* name) {
    tamper(path, [&](hid_t file) {
      const Handle group(H5Gopen2(file, "parameters", H5P_DEFAULT), H5Gclose, "open");
      ASSERT_GE(H5Adelete(group, name), 0);
    });
  };
  without("sp_weight");
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("'sp_weight': is missing"));
  const auto of_version = [&](std::int64_t version) {
    tamper(path, [&](hid_t file) {
      H5Adelete(file, "format_version");
      io::write_attribute(file, "format_version", version);
    });
  };
  of_version(2);
  EXPECT_EQ(load_result(path).parameters.sp_weight, 0.001);
  without("eta_ip");
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("'eta_ip': is missing"));
}

TEST_F(ResultFile, KeepsWhetherAFormulaOrANumberGivesTheTargetRate) {
  Result written = example();
  for (const std::optional<double> h_ip : {std::optional<double>{}, std::optional<double>{0.2}}) {
    written.parameters.h_ip = h_ip;
    written.parameters.sp_probability = 0.5;
    written.parameters.te_min = -0.5;
    save_result(path, written, Existing::replace);
    EXPECT_EQ(load_result(path).parameters, written.parameters);
  }
}

TEST_F(ResultFile, MayHaveATargetRateThatNoRunCanHave) {
  Result written = example();
  written.parameters.nu = written.parameters.ne;
  save_result(path, written);
  EXPECT_EQ(load_result(path).parameters.target_rate(), 2.0);
}

TEST_F(ResultFile, LeavesRecordingsOutWhenAsked) {
  Result written = example();
  save_result(path, written);
  written.recordings.clear();
  expect_equal(load_result(path, false), written);
}

TEST_F(ResultFile, ContinuesARunBitForBit) {
  Parameters parameters;
  Network whole(parameters, 5);
  whole.run(5);
  Network first(parameters, 5);
  first.run(2);
  save_result(path,
              {.parameters = parameters, .state = first.state(), .recordings = {}, .run = {}, .program_version = {}});
  Result loaded = load_result(path);
  Network second(loaded.parameters, loaded.state);
  second.run(3);
  EXPECT_EQ(second.state(), whole.state());
}

TEST_F(ResultFile, IsNotWrittenFromWhatCouldNotBeRead) {
  Result broken = example();
  broken.state.te[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(save_result(path, broken), StateError);
  broken = example();
  broken.parameters.ne += 1;
  EXPECT_THROW(save_result(path, broken), ShapeError);
  broken = example();
  broken.recordings.push_back(broken.recordings[0]);
  EXPECT_THAT(message_of<ParameterError>([&] { save_result(path, broken); }), HasSubstr("'TE' twice"));
  broken = example();
  broken.recordings[0].rows += 1;
  EXPECT_THROW(save_result(path, broken), ShapeError);
  broken = example();
  std::get<std::vector<double>>(broken.recordings[0].values)[7] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message_of<StateError>([&] { save_result(path, broken); }), HasSubstr("'TE' holds inf"));
  broken = example();
  std::get<std::vector<std::int64_t>>(broken.recordings[2].values)[1] = -1;
  EXPECT_THAT(message_of<StateError>([&] { save_result(path, broken); }), HasSubstr("'C' holds -1"));
  EXPECT_TRUE(folder.names().empty());
}

// --- writing where one cannot ----------------------------------------------------------------------------------------

TEST_F(ResultFile, NamesPathAndReasonWhenItCannotBeWritten) {
  const Result result = example();
  const auto missing = folder / "no" / "result.h5";
  EXPECT_THAT(message_of<IoError>([&] { save_result(missing, result); }),
              testing::AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory")));
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder.path(), result); }),
              testing::AllOf(HasSubstr(folder.path().string()), HasSubstr("Is a directory")));
  write_file(folder / "file", "x");
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "file" / "result.h5", result); }),
              HasSubstr("Not a directory"));
  EXPECT_THAT(message_of<IoError>([&] { save_result("", result); }), HasSubstr("No such file"));
}

/// Turns a privileged child into one whom permissions bind.
void become_nobody() {
  constexpr uid_t nobody = 65534;
  if (geteuid() == 0 && setuid(nobody) != 0) std::exit(99);
}

TEST_F(ResultFile, RespectsPermissions) {
  const Result result = example();
  save_result(path, result);
  const std::string before = read_file(path);
  chmod(path.c_str(), 0444);
  chmod(folder.path().c_str(), 0777);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { save_result(path, result, Existing::replace); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { save_result(folder / "new.h5", result); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(path.c_str(), 0);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { load_result(path); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0755);
  chmod(path.c_str(), 0644);
  EXPECT_EQ(read_file(path), before);
}

TEST_F(ResultFile, SurvivesAFullDiskAtAnyPoint) {
  save_result(path, example(10));
  const std::string before = read_file(path);
  const Result larger = example(3000, 100);
  save_result(folder / "measure.h5", larger);
  const auto size = std::filesystem::file_size(folder / "measure.h5");
  std::filesystem::remove(folder / "measure.h5");
  for (const std::uintmax_t room : {std::uintmax_t{0}, std::uintmax_t{1}, std::uintmax_t{100}, size / 10, size / 3,
                                    size / 2, size - 5000, size - 1}) {
    EXPECT_EQ(0, exit_code_of_child([&] {
                std::signal(SIGXFSZ, SIG_IGN);
                const rlimit limit{room, room};
                setrlimit(RLIMIT_FSIZE, &limit);
                const std::string message = message_of<IoError>([&] { save_result(path, larger, Existing::replace); });
                // HDF5 must still work, and the program end in order, after the failure.
                const bool works = load_result(path).run.steps == 10;
                return works && message.find("File too large") != std::string::npos &&
                               message.find(path.string()) != std::string::npos
                           ? 0
                           : 1;
              }))
        << "with room for " << room << " of " << size << " bytes";
    EXPECT_THAT(folder.names(), ElementsAre("result.h5"));
    EXPECT_EQ(read_file(path), before);
  }
}

TEST_F(ResultFile, FindsANameBesideThoseThatAKilledProcessOfThisNumberLeft) {
  constexpr int left = 1000;
  for (int n = 0; n < left; ++n) write_file(folder / fmt::format(".sorn-{}-{}.tmp", getpid(), n), "x");
  save_result(path, example());
  EXPECT_EQ(folder.names().size(), left + 1U);
  EXPECT_GT(load_result(path).parameters.ne, 0U);
}

TEST_F(ResultFile, IsTriedWithoutATrace) {
  write_file(folder / "file", "x");
  io::require_writable(path, Existing::refuse);
  io::require_writable(folder / "file", Existing::replace);
  EXPECT_THROW(io::require_writable(folder / "file", Existing::refuse), IoError);
  io::require_writable("/dev/null", Existing::refuse);
  EXPECT_THAT(folder.names(), ElementsAre("file"));
  EXPECT_EQ(read_file(folder / "file"), "x");
  EXPECT_THROW(io::require_writable(folder / "no" / "result.h5", Existing::refuse), IoError);
  EXPECT_THROW(io::require_writable(folder.path(), Existing::replace), IoError);
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { io::require_writable(path, Existing::refuse); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0755);
}

TEST_F(ResultFile, GoesIntoDevicesWithoutReplacingThem) {
  const Result result = example();
  EXPECT_THAT(message_of<IoError>([&] { save_result("/dev/full", result); }),
              testing::AllOf(HasSubstr("/dev/full"), HasSubstr("No space left on device")));
  save_result("/dev/null", result);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "pipe", result); }), HasSubstr("No such device"))
      << "nobody reads it";
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(ResultFile, ReplacesTheTargetOfALinkAndKeepsItsMode) {
  write_file(folder / "real.h5", "old");
  chmod((folder / "real.h5").c_str(), 0600);
  std::filesystem::create_symlink("real.h5", path);
  const Result result = example();
  EXPECT_THROW(save_result(path, result), IoError);
  save_result(path, result, Existing::replace);
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  expect_equal(load_result(folder / "real.h5"), result);
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

// --- reading what is not ours, or not whole
// ---------------------------------------------------------------------------

TEST_F(ResultFile, NamesPathAndReasonWhenItCannotBeRead) {
  EXPECT_THAT(message_of<IoError>([&] { load_result(path); }),
              testing::AllOf(HasSubstr(path.string()), HasSubstr("No such file or directory")));
  EXPECT_THAT(message_of<IoError>([&] { load_result(folder.path()); }), HasSubstr("Is a directory"));
  EXPECT_THAT(message_of<IoError>([&] { load_result("/dev/zero"); }), HasSubstr("regular file"));
}

TEST_F(ResultFile, TellsForeignFilesApart) {
  for (const std::string_view content : {"", "step,rate\n1,2\n", "\x89HDF"}) {
    write_file(path, content);
    EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }),
                testing::AllOf(HasSubstr(path.string()), HasSubstr("not an HDF5 file")));
  }
  { const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, "create"); }
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("a foreign HDF5 file"));
}

TEST_F(ResultFile, SaysWhyHdf5DoesNotOpenIt) {
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
              testing::AllOf(HasSubstr("format version 4"), HasSubstr("reads versions 1 to 3")));
}

TEST_F(ResultFile, IsRefusedWhereverItIsCutOff) {
  save_result(path, example());
  const std::string whole = read_file(path);
  const auto cut = folder / "cut.h5";
  for (std::size_t length = 0; length < whole.size(); length += length < 400 || length + 400 > whole.size() ? 1 : 257) {
    write_file(cut, std::string_view(whole).substr(0, length));
    EXPECT_THROW(load_result(cut), FormatError) << "cut off after " << length << " of " << whole.size() << " bytes";
  }
}

/// Loads a file after file in which one bit is wrong. 0 if each was refused, or was as `written` because the bit lies
/// between the structures of the file; another number says what went wrong.
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

TEST_F(ResultFile, NeverComesBackWrongWhereABitIsDamaged) {
  const Result written = example(10);
  save_result(path, written);
  const std::string whole = read_file(path);
  // In a child, so that a crash is a number too; it ends at once, because HDF5 leaks memory when it refuses a file.
  EXPECT_EQ(exit_code_of_child([&]() -> int { _exit(load_damaged(whole, folder / "damaged.h5", written)); }), 0);
}

/// Reads inputs from a file after file in which one bit is wrong. 0 if each is refused by an error of ours or gives the
/// inputs that were written.
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

TEST_F(ResultFile, GivesInputsOrAnErrorOfOursWhereABitIsDamaged) {
  save_result(path, example(10));
  const InputArray written = read_inputs(path.string() + ":/recordings/TE");
  const std::string whole = read_file(path);
  EXPECT_EQ(exit_code_of_child([&]() -> int { _exit(read_damaged_inputs(whole, folder / "damaged.h5", written)); }), 0);
}

TEST_F(ResultFile, MayBeChangedByOtherPrograms) {
  save_result(path, example());
  tamper(path, [](hid_t file) { replace(file, "state/Te", {30}, std::vector<double>(30, 0.5)); });
  EXPECT_EQ(load_result(path).state.te, std::vector<double>(30, 0.5));  // HDF5 goes on with checksums
}

TEST(Structures, WithoutChecksumsAreRecognised) {
  const auto checked = [](H5FD_mem_t kind, std::string_view text) {
    return io::has_checksum(kind, std::as_bytes(std::span(text)));
  };
  EXPECT_TRUE(checked(H5FD_MEM_OHDR, "OHDR\2"));
  EXPECT_FALSE(checked(H5FD_MEM_OHDR, std::string_view("\1\0\4\0", 4)));
  EXPECT_TRUE(checked(H5FD_MEM_BTREE, "BTHD"));
  EXPECT_FALSE(checked(H5FD_MEM_BTREE, "TREE"));
  EXPECT_FALSE(checked(H5FD_MEM_BTREE, "SNOD"));
  EXPECT_TRUE(checked(H5FD_MEM_LHEAP, "FHDB"));
  EXPECT_FALSE(checked(H5FD_MEM_LHEAP, "HEAP"));
  EXPECT_TRUE(checked(H5FD_MEM_DRAW, "HEAP"));
  EXPECT_TRUE(checked(H5FD_MEM_SUPER, "\x89HDF\r\n\x1a\n\3"));
  EXPECT_FALSE(checked(H5FD_MEM_SUPER, std::string_view("\x89HDF\r\n\x1a\n\0", 9)));
}

TEST(TextHeap, IsRefusedUnlessTextsFillIt) {
  const auto heap = [](std::uint16_t index, std::uint64_t length, std::string_view text, std::uint64_t size = 64) {
    std::string bytes("GCOL\1\0\0\0", 8);
    bytes.append(reinterpret_cast<const char*>(&size), 8);
    bytes.append(reinterpret_cast<const char*>(&index), 2).append(6, '\0');
    bytes.append(reinterpret_cast<const char*>(&length), 8).append(text);
    bytes.resize(40, '\0');
    const std::uint64_t rest = 24;
    bytes.append(8, '\0').append(reinterpret_cast<const char*>(&rest), 8).append(8, '\0');
    return io::is_sound_text_heap(std::as_bytes(std::span(bytes)), 4096);
  };
  EXPECT_TRUE(heap(1, 6, "Sparse"));
  EXPECT_TRUE(heap(2, 6, "Sparse"));                                      // number 1 was removed
  EXPECT_FALSE(heap(1, 5, "Sparse"));                                     // text goes on behind its end
  EXPECT_FALSE(heap(1, 7, "Sparse"));                                     // a zero within
  EXPECT_FALSE(heap(1, 600, "Sparse"));                                   // beyond the heap
  EXPECT_FALSE(heap(1, ~0ULL, "Sparse"));                                 // where sums overflow
  EXPECT_FALSE(heap(0, 6, "Sparse"));                                     // free space that does not end the heap
  EXPECT_FALSE(heap(1, 6, "Sparse", 8));                                  // smaller than its own header
  EXPECT_TRUE(heap(1, 6, "Sparse", 4096));                                // only its beginning was read
  EXPECT_TRUE(heap(1, 8, std::string_view("\x30\x01\0\0\0\0\0\0", 8)));   // the address of an object
  EXPECT_FALSE(heap(1, 8, std::string_view("\x00\x10\0\0\0\0\0\0", 8)));  // behind the end of the file
}

struct Damage {
  const char* name;
  const char* message;  // part of it
  std::function<void(hid_t)> change;
};

class DamagedResult : public testing::TestWithParam<Damage> {};

TEST_P(DamagedResult, IsAFormatErrorThatNamesPathAndRule) {
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
    {"LinkToAnotherFile", "must not be a link",
     [](hid_t f) {
       H5Ldelete(f, "state/Te", H5P_DEFAULT);
       H5Lcreate_external("/etc/other.h5", "/Te", f, "state/Te", H5P_DEFAULT, H5P_DEFAULT);
     }},
};

INSTANTIATE_TEST_SUITE_P(Every, DamagedResult, testing::ValuesIn(damages),
                         [](const auto& instance) { return instance.param.name; });

TEST_F(ResultFile, LeavesHdf5sOwnErrorPrintingAsItWas) {
  H5E_auto2_t before = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  EXPECT_THROW(load_result(path), IoError);
  write_file(path, "no");
  EXPECT_THROW(load_result(path), FormatError);
  H5E_auto2_t after = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  EXPECT_EQ(before, after);
}

TEST_F(ResultFile, LeavesNothingOpen) {
  save_result(path, example());
  load_result(path);
  write_file(folder / "cut.h5", read_file(path).substr(0, 5000));
  EXPECT_THROW(load_result(folder / "cut.h5"), FormatError);
  tamper(path, [](hid_t f) { H5Ldelete(f, "state/Te", H5P_DEFAULT); });
  EXPECT_THROW(load_result(path), FormatError);
  EXPECT_EQ(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL), 0);
}

TEST_F(ResultFile, IsLookedUpByItsNameOnce) {
  save_result(path, example());
  const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  ASSERT_GE(watch, 0);
  ASSERT_GE(inotify_add_watch(watch, path.c_str(), IN_OPEN), 0);
  load_result(path);
  std::array<char, 4096> events{};
  // The events of one file have no names, and so one length.
  EXPECT_EQ(read(watch, events.data(), events.size()), ssize_t{sizeof(inotify_event)});
  close(watch);
}

/// With no more than `more` further descriptors.
template <class Body>
void with_descriptors(rlim_t more, Body&& body) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(STDIN_FILENO);
  close(next);
  const rlimit few{static_cast<rlim_t>(next) + more, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  body();
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(ResultFile, TakesOneDescriptorAndSaysWhenThereIsNone) {
  if (test::has_own_memory) GTEST_SKIP() << "a sanitizer looks at objects through descriptors of its own";
  save_result(path, example());
  with_descriptors(1, [&] { EXPECT_EQ(load_result(path).state.step, 40U); });
  with_descriptors(0, [&] {
    EXPECT_THAT(message_of<IoError>([&] { load_result(path); }),
                testing::AllOf(HasSubstr("Too many open files"), HasSubstr("ulimit -n")));
    EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "b.h5", example()); }),
                HasSubstr("Too many open files"));
    EXPECT_THAT(message_of<IoError>([&] { read_inputs((folder / "a.csv").string()); }),
                HasSubstr("Too many open files"));
    EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(folder / "b.h5", {}); }), HasSubstr("Too many open files"));
  });
  std::vector<ResultReader> readers;
  with_descriptors(5, [&] { EXPECT_THROW(for (;;) readers.emplace_back(path), IoError); });
  EXPECT_EQ(readers.size(), 5U);
}

TEST_F(ResultFile, SaysThatThereIsTooLittleMemory) {
  if (test::has_own_memory) GTEST_SKIP() << "a sanitizer takes memory of its own, and ends the program without it";
  save_result(path, example());
  for (const rlim_t room : {0U, 200U, 2000U, 6000U, 8500U, 12000U, 20000U, 40000U}) {  // kB
    const int code = exit_code_of_child([&] {
      rlimit limit{};
      std::ifstream("/proc/self/statm") >> limit.rlim_cur;
      limit.rlim_cur = limit.rlim_cur * static_cast<rlim_t>(sysconf(_SC_PAGE_SIZE)) + room * 1024;
      limit.rlim_max = RLIM_INFINITY;
      setrlimit(RLIMIT_AS, &limit);
      try {
        load_result(path);
      } catch (const std::bad_alloc&) {
        _exit(3);
      } catch (...) {
        _exit(70);
      }
      _exit(0);
      return 0;
    });
    EXPECT_THAT(code, testing::AnyOf(0, 3)) << room;
    if (room < 8000 || room == 40000) {
      EXPECT_EQ(code, room < 8000 ? 3 : 0) << room;
    }
  }
}

}  // namespace
}  // namespace sorn
