// Reading result files with HDF5: which structures are checked, what stays open, and what is left unchanged.
#include "helpers/results.hpp"
#include "helpers/sanitizers.hpp"
#include "io/hdf5/read_driver.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/result_reader.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <new>

namespace sorn {
namespace {

using test::example;
using test::exit_code_of_child;
using test::message_of;
using test::read_file;
using test::ResultFile;
using test::tamper;
using test::write_file;
using testing::HasSubstr;

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
  EXPECT_FALSE(heap(1, 5, "Sparse"));                                     // the text continues after its end
  EXPECT_FALSE(heap(1, 7, "Sparse"));                                     // a zero inside
  EXPECT_FALSE(heap(1, 600, "Sparse"));                                   // beyond the heap
  EXPECT_FALSE(heap(1, ~0ULL, "Sparse"));                                 // sums would overflow
  EXPECT_FALSE(heap(0, 6, "Sparse"));                                     // free space that does not end the heap
  EXPECT_FALSE(heap(1, 6, "Sparse", 8));                                  // smaller than its own header
  EXPECT_TRUE(heap(1, 6, "Sparse", 4096));                                // only its beginning was read
  EXPECT_TRUE(heap(1, 8, std::string_view("\x30\x01\0\0\0\0\0\0", 8)));   // the address of an object
  EXPECT_FALSE(heap(1, 8, std::string_view("\x00\x10\0\0\0\0\0\0", 8)));  // after the end of the file
}

TEST_F(ResultFile, DoesNotChangeHdf5sErrorPrinting) {
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

TEST_F(ResultFile, IsOpenedByNameOnce) {
  save_result(path, example());
  const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  ASSERT_GE(watch, 0);
  ASSERT_GE(inotify_add_watch(watch, path.c_str(), IN_OPEN), 0);
  load_result(path);
  std::array<char, 4096> events{};
  // The events of a watched file have no names, so that all have the same length.
  EXPECT_EQ(read(watch, events.data(), events.size()), ssize_t{sizeof(inotify_event)});
  close(watch);
}

/// Calls body() with at most `more` further descriptors.
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

TEST_F(ResultFile, NeedsOneDescriptorAndReportsIfThereIsNone) {
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

TEST_F(ResultFile, ReportsTooLittleMemory) {
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
