// Inputs from files, by their endings and contents.
#include "helpers/inputs.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/inputs.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sorn {
namespace {

using test::bytes;
using test::header;
using test::message_of;
using test::npy;
using test::rows;
using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

class Inputs : public testing::Test {
protected:
  std::string path(std::string_view name) const { return (folder / name).string(); }
  template <class E = FormatError>
  std::string error(const std::string& source) const {
    return message_of<E>([&] { read_inputs(source); });
  }
  void write_dataset(const std::string& file, const char* name, const std::vector<std::size_t>& shape,
                     const std::vector<double>& values) const {
    const io::Session session;
    const io::Handle handle(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, "create");
    io::write_dataset(handle, name, shape, std::span(values));
  }
  TemporaryFolder folder;
};

TEST_F(Inputs, AreReadFromCsv) {
  write_file(path("a.CSV"), "1,2\n3,4\n5,6\n");
  EXPECT_THAT(rows(read_inputs(path("a.CSV"))), ElementsAre(ElementsAre(1, 3, 5), ElementsAre(2, 4, 6)));
}

TEST_F(Inputs, AreReadFromHdf5) {
  write_dataset(path("a.h5"), "drive", {2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(rows(read_inputs(path("a.h5") + ":/drive")), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(rows(read_inputs(path("a.h5") + ":drive")), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
}

TEST_F(Inputs, ErrorsNameTheFile) {
  write_file(path("a.csv"), "1,2\n3\n");
  EXPECT_THAT(error(path("a.csv")), testing::AllOf(HasSubstr(path("a.csv")), HasSubstr("line 2")));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.csv")); }),
              testing::AllOf(HasSubstr(path("none.csv")), HasSubstr("No such file")));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.npy")); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.h5:/x")); }), HasSubstr("No such file"));
  std::filesystem::create_directory(folder / "d.csv");
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("d.csv")); }), HasSubstr("Is a directory"));
}

TEST_F(Inputs, SignalsAreReadFromTheSameKindsOfFiles) {
  const auto values = ElementsAre(0.5, -1.25, 3.0);
  write_file(path("reward.csv"), "reward\n0.5\n-1.25\n3.0\n");
  EXPECT_THAT(read_signal(path("reward.csv")), values);
  write_file(path("flat.npy"), npy(header("<f8", "(3,)"), bytes<double>({0.5, -1.25, 3})));
  EXPECT_THAT(read_signal(path("flat.npy")), values);
  write_file(path("row.npy"), npy(header("<f8", "(1, 3)"), bytes<double>({0.5, -1.25, 3})));
  EXPECT_THAT(read_signal(path("row.npy")), values);
  write_dataset(path("a.h5"), "flat", {3}, {0.5, -1.25, 3});
  EXPECT_THAT(read_signal(path("a.h5") + ":/flat"), values);
  write_dataset(path("b.h5"), "row", {1, 3}, {0.5, -1.25, 3});
  EXPECT_THAT(read_signal(path("b.h5") + ":/row"), values);

  const auto refusal = [&](const std::string& source) {
    return message_of<ShapeError>([&] { static_cast<void>(read_signal(source)); });
  };
  write_file(path("two.csv"), "0.5,1\n-1.25,2\n");
  EXPECT_THAT(refusal(path("two.csv")), testing::AllOf(HasSubstr("two.csv"), HasSubstr("2 values for each of 2 steps"),
                                                       HasSubstr("a file for each signal")));
  write_file(path("column.npy"), npy(header("<f8", "(3, 1)"), bytes<double>({0.5, -1.25, 3})));
  EXPECT_THAT(refusal(path("column.npy")), HasSubstr("looks transposed"));
  write_file(path("three.npy"), npy(header("<f8", "(1, 1, 1)"), bytes<double>({1})));
  EXPECT_THAT(refusal(path("three.npy")),
              testing::AllOf(HasSubstr("three.npy"), HasSubstr("3 dimensions"), HasSubstr("a signal has one")));
  EXPECT_THAT(message_of<IoError>([&] { static_cast<void>(read_signal(path("none.csv"))); }),
              HasSubstr("No such file"));
}

TEST_F(Inputs, AreReadFromTextsWithOtherEndings) {
  write_file(path("a.tsv"), "1\t2\n3\t4\n");
  write_file(path("a.txt"), "# x\n1 2\n3 4\n");
  EXPECT_THAT(rows(read_inputs(path("a.tsv"))), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
  EXPECT_THAT(rows(read_inputs(path("a.txt"))), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
}

TEST_F(Inputs, AreReadFromTruthValuesOfH5py) {
  const auto write = [&](const char* first, std::int8_t zero, const char* second, std::int8_t one) {
    const io::Session session;
    const io::Handle file(H5Fcreate(path("b.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, "create");
    const io::Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose, "make a type");
    io::require(H5Tenum_insert(type, first, &zero), "name a value");
    io::require(H5Tenum_insert(type, second, &one), "name a value");
    const std::array<std::size_t, 2> shape{2, 3};
    const std::array<std::int8_t, 6> values{0, 1, 1, 1, 0, 0};
    io::create_dataset(file, "spikes", shape, type, values.data());
  };
  write("FALSE", 0, "TRUE", 1);
  EXPECT_THAT(rows(read_inputs(path("b.h5") + ":/spikes")), ElementsAre(ElementsAre(0, 1, 1), ElementsAre(1, 0, 0)));
  write("RED", 0, "BLUE", 1);
  EXPECT_THAT(error(path("b.h5") + ":/spikes"), HasSubstr("truth values"));
}

TEST_F(Inputs, ErrorsNameTheKindOfOtherFiles) {
  EXPECT_THAT(error("a.npz"), testing::AllOf(HasSubstr("several arrays"), HasSubstr("numpy.save")));
  write_file(path("zip.npy"), "PK\x03\x04 and so on");
  EXPECT_THAT(error(path("zip.npy")), HasSubstr("archive"));
  write_file(path("p.h5"), "\x80\x04\x95 and so on");
  EXPECT_THAT(error(path("p.h5") + ":/x"), HasSubstr("sorn convert"));
}

TEST_F(Inputs, ErrorsSuggestASolution) {
  EXPECT_THAT(error("letters.doc"), testing::AllOf(HasSubstr("letters.doc"), HasSubstr(".csv"), HasSubstr(".npy")));
  EXPECT_THAT(error(""), HasSubstr(".csv"));
  EXPECT_THAT(error("a.h5"), HasSubstr("a.h5:/inputs"));
  EXPECT_THAT(error("a.h5:"), HasSubstr("no dataset is named"));
  write_file(path("one.npy"), npy(header("<f8", "(3,)"), bytes<double>({1, 2, 3})));
  EXPECT_THAT(error<ShapeError>(path("one.npy")),
              testing::AllOf(HasSubstr("1 dimension"), HasSubstr("reshape(1, -1)")));
  write_file(path("three.npy"), npy(header("<f8", "(1, 1, 1)"), bytes<double>({1})));
  EXPECT_THAT(error<ShapeError>(path("three.npy")), HasSubstr("3 dimensions"));
  write_file(path("nan.npy"),
             npy(header("<f8", "(1, 2)"), bytes<double>({1, std::numeric_limits<double>::infinity()})));
  EXPECT_THAT(error<StateError>(path("nan.npy")), testing::AllOf(HasSubstr("inputs[0][1] = inf"), HasSubstr("finite")));
  write_file(path("empty.npy"), npy(header("<f8", "(10, 0)"), ""));
  EXPECT_THAT(error<ShapeError>(path("empty.npy")), HasSubstr("at least one"));
  write_dataset(path("a.h5"), "drive", {3}, {1, 2, 3});
  EXPECT_THAT(error<ShapeError>(path("a.h5") + ":/drive"), HasSubstr("1 dimension"));
  EXPECT_THAT(error(path("a.h5") + ":/dirve"), testing::AllOf(HasSubstr("'/dirve'"), HasSubstr("has drive")));
  EXPECT_THAT(error(path("a.h5") + ":/a/b/c"), HasSubstr("'/a/b/c'"));
  EXPECT_THAT(error(path("a.h5") + ":/"), HasSubstr("a.h5"));
  write_file(path("b.h5"), "not HDF5");
  EXPECT_THAT(error(path("b.h5") + ":/x"), HasSubstr("not an HDF5 file"));
}

}  // namespace
}  // namespace sorn
