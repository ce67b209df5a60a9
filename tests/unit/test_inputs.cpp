// Inputs from CSV, .npy and HDF5.
#include "io/csv.hpp"
#include "io/dataset.hpp"
#include "io/npy.hpp"
#include "support/temporary_folder.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace sorn {
namespace {

using test::message_of;
using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

/// The inputs as rows of features, wherever they lie.
std::vector<std::vector<double>> rows(const InputArray& inputs) {
  std::vector<std::vector<double>> result(inputs.features);
  for (std::size_t f = 0; f < inputs.features; ++f) {
    for (std::size_t t = 0; t < inputs.steps; ++t) result[f].push_back(inputs.view()(f, t));
  }
  return result;
}

template <class E = FormatError>
std::string csv_error(std::string_view text) {
  return message_of<E>([&] { io::parse_csv(text); });
}

TEST(Csv, HasARowForEachStep) {
  const auto inputs = io::parse_csv("1,2\n3,4.5\n-5e-1,+6\n");
  EXPECT_THAT(rows(inputs), ElementsAre(ElementsAre(1, 3, -0.5), ElementsAre(2, 4.5, 6)));
}

TEST(Csv, ToleratesBlanksAndEndings) {
  const auto expected = rows(io::parse_csv("1,2\n3,4\n"));
  for (const char* text : {"1,2\r\n3,4\r\n", " 1 ,\t2 \n3, 4", "1 2\n3 4\n", "1\t2\n3\t4\n\n \n",
                           "\xEF\xBB\xBF"
                           "1,2\n3,4",
                           "left,right\n1,2\n3,4\n", "\"left one\", right\n1,2\n3,4", "# a b\n1 2\n3 4\n"}) {
    EXPECT_EQ(rows(io::parse_csv(text)), expected) << text;
  }
  EXPECT_THAT(rows(io::parse_csv("7")), ElementsAre(ElementsAre(7)));
}

TEST(Csv, ReadsNumbersToTheLastBit) {
  EXPECT_EQ(io::parse_csv("0.1,1e-308,1.7976931348623157e308").values,
            (std::vector<double>{0.1, 1e-308, std::numeric_limits<double>::max()}));
}

TEST(Csv, NamesTheLineThatIsWrong) {
  EXPECT_THAT(csv_error("1,2\n3\n"),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("1 numbers"), HasSubstr("must have 2")));
  EXPECT_THAT(csv_error("1,2\n3,4,5\n"), HasSubstr("line 2"));
  EXPECT_THAT(csv_error("a,b\n1,2\nx,4\n"), testing::AllOf(HasSubstr("line 3"), HasSubstr("'x'")));
  EXPECT_THAT(csv_error("1.5x,2x\n3,4\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("'1.5x'")));  // no heading
  EXPECT_THAT(csv_error("1,2,x\n1,2,3\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("'x'")));
  EXPECT_THAT(csv_error<StateError>("1,2\n3,nan\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("finite")));
  EXPECT_THAT(csv_error<StateError>("1,inf\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("finite")));
  EXPECT_THAT(csv_error<StateError>("1,-inf\n"), HasSubstr("finite"));
  EXPECT_THAT(csv_error("1,2\n3,1e999\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("range")));
  EXPECT_THAT(csv_error("1,2\n\n3,4\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("empty")));
  EXPECT_THAT(csv_error("1,,2\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("field 2 is empty")));
  EXPECT_THAT(csv_error("1,2,\n"), HasSubstr("field 3 is empty"));
  EXPECT_THAT(csv_error(",1\n"), HasSubstr("field 1 is empty"));
  EXPECT_THAT(csv_error("0,5;0,6\n"), HasSubstr("'5;0'"));  // decimal commas must not become four numbers
  EXPECT_THAT(csv_error("1,2\n0x10,3\n"), HasSubstr("'0x10'"));
  EXPECT_THAT(csv_error("1,2\n+-1,3\n"), HasSubstr("'+-1'"));
  EXPECT_THAT(csv_error(""), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("a,b\n"), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("\n\n"), HasSubstr("no numbers"));
}

/// A .npy file with this header dictionary and data.
std::string npy(const std::string& header, std::string_view data, char version = 1) {
  std::string text = header;
  text += std::string(63 - (10 + header.size()) % 64, ' ') + '\n';
  std::string file = std::string("\x93NUMPY") + version + '\0';
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < length_bytes; ++i) file += static_cast<char>(text.size() >> (8 * i));
  return file + text + std::string(data);
}

std::string header(std::string_view descr, std::string_view shape, std::string_view fortran = "False") {
  return "{'descr': '" + std::string(descr) + "', 'fortran_order': " + std::string(fortran) +
         ", 'shape': " + std::string(shape) + ", }";
}

template <class T>
std::string bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::vector<double> read_back(std::string_view descr, const std::vector<T>& values) {
  const std::string file = npy(header(descr, "(" + std::to_string(values.size()) + ",)"), bytes(values));
  return io::parse_npy(std::as_bytes(std::span(file))).values;
}

TEST(Npy, ReadsEveryType) {
  EXPECT_THAT(read_back<double>("<f8", {0.1, -2}), ElementsAre(0.1, -2));
  EXPECT_THAT(read_back<float>("<f4", {0.5F, -2}), ElementsAre(0.5, -2));
  EXPECT_THAT(read_back<std::int8_t>("|i1", {-128, 127}), ElementsAre(-128, 127));
  EXPECT_THAT(read_back<std::int8_t>("<i1", {-1}), ElementsAre(-1));
  EXPECT_THAT(read_back<std::int16_t>("<i2", {-300, 300}), ElementsAre(-300, 300));
  EXPECT_THAT(read_back<std::int32_t>("<i4", {-70000}), ElementsAre(-70000));
  EXPECT_THAT(read_back<std::int64_t>("<i8", {-5000000000}), ElementsAre(-5000000000));
  EXPECT_THAT(read_back<std::uint8_t>("|u1", {255}), ElementsAre(255));
  EXPECT_THAT(read_back<std::uint16_t>("<u2", {65535}), ElementsAre(65535));
  EXPECT_THAT(read_back<std::uint32_t>("<u4", {4294967295}), ElementsAre(4294967295));
  EXPECT_THAT(read_back<std::uint64_t>("<u8", {1ULL << 63U}), ElementsAre(9223372036854775808.0));
  EXPECT_THAT(read_back<std::uint8_t>("|b1", {0, 1}), ElementsAre(0, 1));
}

TEST(Npy, ReadsBothOrdersAndAllVersions) {
  const TemporaryFolder folder;
  const auto path = (folder / "a.npy").string();
  for (const char version : {char{1}, char{2}, char{3}}) {
    write_file(path, npy(header("<f8", "(2, 3)"), bytes<double>({1, 2, 3, 4, 5, 6}), version));
    EXPECT_THAT(rows(read_inputs(path)), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  }
  write_file(path, npy(header("<f8", "(2, 3)", "True"), bytes<double>({1, 4, 2, 5, 3, 6})));
  EXPECT_THAT(rows(read_inputs(path)), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
}

TEST(Npy, RefusesWhatItCannotRead) {
  const auto error = [](const std::string& file) {
    return message_of<FormatError>([&] { io::parse_npy(std::as_bytes(std::span(file))); });
  };
  EXPECT_THAT(error(npy(header(">f8", "(1,)"), bytes<double>({1}))),
              testing::AllOf(HasSubstr("'>f8'"), HasSubstr("astype")));
  EXPECT_THAT(error(npy(header("<c16", "(1,)"), std::string(16, 'x'))), HasSubstr("'<c16'"));
  EXPECT_THAT(error(npy(header("|O", "(1,)"), "12345678")), HasSubstr("'|O'"));
  EXPECT_THAT(error(npy(header("", "(1,)"), "12345678")), HasSubstr("''"));
  EXPECT_THAT(error(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", "12345678")),
              HasSubstr("structured"));
  EXPECT_THAT(error(npy(header("<f8", "(2,)"), bytes<double>({1}))), HasSubstr("truncated"));
  EXPECT_THAT(error(npy(header("<f8", "(1,)"), bytes<double>({1, 2}))), HasSubstr("8 bytes more"));
  EXPECT_THAT(error(npy(header("<f8", "(4294967296, 4294967296, 8)"), bytes<double>({1}))), HasSubstr("truncated"));
  EXPECT_THAT(error(npy(header("<f8", "(99999999999999999999,)"), "")), HasSubstr("whole number"));
  EXPECT_THAT(error(npy(header("<f8", "(-1,)"), "")), HasSubstr("whole number"));
  EXPECT_THAT(error(npy("{'descr': '<f8'}", "")), HasSubstr("must have descr, fortran_order and shape"));
  EXPECT_THAT(error(npy(header("<f8", "(1,)", "Maybe"), "")), HasSubstr("fortran_order"));
  EXPECT_THAT(error(npy(header("<f8", "(1,)"), bytes<double>({1}), 9)), HasSubstr("version 9"));
  EXPECT_THAT(error("PK\x03\x04"), HasSubstr("not a .npy file"));
  EXPECT_THAT(error(""), HasSubstr("not a .npy file"));
}

TEST(Npy, IsRefusedWhereverItIsCutOff) {
  const std::string whole = npy(header("<f8", "(2, 2)"), bytes<double>({1, 2, 3, 4}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    EXPECT_THROW(io::parse_npy(std::as_bytes(std::span(cut))), FormatError) << length;
  }
}

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

TEST_F(Inputs, ComeFromCsv) {
  write_file(path("a.CSV"), "1,2\n3,4\n5,6\n");
  EXPECT_THAT(rows(read_inputs(path("a.CSV"))), ElementsAre(ElementsAre(1, 3, 5), ElementsAre(2, 4, 6)));
}

TEST_F(Inputs, ComeFromHdf5) {
  write_dataset(path("a.h5"), "drive", {2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(rows(read_inputs(path("a.h5") + ":/drive")), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(rows(read_inputs(path("a.h5") + ":drive")), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
}

TEST_F(Inputs, NameTheFileInEveryError) {
  write_file(path("a.csv"), "1,2\n3\n");
  EXPECT_THAT(error(path("a.csv")), testing::AllOf(HasSubstr(path("a.csv")), HasSubstr("line 2")));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.csv")); }),
              testing::AllOf(HasSubstr(path("none.csv")), HasSubstr("No such file")));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.npy")); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("none.h5:/x")); }), HasSubstr("No such file"));
  std::filesystem::create_directory(folder / "d.csv");
  EXPECT_THAT(message_of<IoError>([&] { read_inputs(path("d.csv")); }), HasSubstr("Is a directory"));
}

TEST_F(Inputs, SuggestWhatWouldBeRight) {
  EXPECT_THAT(error("letters.txt"), testing::AllOf(HasSubstr("letters.txt"), HasSubstr(".csv"), HasSubstr(".npy")));
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
