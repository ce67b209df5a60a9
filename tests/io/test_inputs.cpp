// Inputs from CSV, .npy and HDF5.
#include "helpers/temporary_folder.hpp"
#include "io/csv.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/inputs.hpp"
#include "io/npy.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

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
  EXPECT_THAT(csv_error("1;2\n0,5;0,6\n"), testing::AllOf(HasSubstr("line 2: '0,5'"), HasSubstr("decimal comma")));
  EXPECT_THAT(csv_error("0,5;0,6\n"), HasSubstr("decimal comma"));  // and must not become four numbers
  EXPECT_THAT(csv_error("0,5\t0,6\n"), HasSubstr("decimal comma"));
  EXPECT_THAT(csv_error("1,2\n0x10,3\n"), HasSubstr("'0x10'"));
  EXPECT_THAT(csv_error("1,2\n+-1,3\n"), HasSubstr("'+-1'"));
  EXPECT_THAT(csv_error(""), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("a,b\n"), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("\n\n"), HasSubstr("no numbers"));
}

TEST(Csv, TakesWhatSeparatesTheFirstRow) {
  const auto expected = rows(io::parse_csv("1,2.5\n3,4\n"));
  for (const char* text : {"1;2.5\n3;4\n", "1\t2.5\n3\t4\n", " 1 ; 2.5\r\n3;\t4\r\n", "a;b\n1;2.5\n3;4\n",
                           "a\tb c\n1\t2.5\n3\t4\n", "\"1\",\"2.5\"\n\"3\",\"4\"\n"}) {
    EXPECT_EQ(rows(io::parse_csv(text)), expected) << text;
  }
  EXPECT_THAT(csv_error("1,2\n3;4\n"), HasSubstr("line 2"));
  EXPECT_THAT(csv_error("1\t\t2\n"), HasSubstr("field 2 is empty"));  // a missing value, not two blanks
  EXPECT_THAT(csv_error("1,\"2\n"), HasSubstr("double quote"));
  EXPECT_THAT(csv_error("1,\"2\"3\n"), HasSubstr("double quote"));
}

TEST(Csv, PassesCommentsOver) {
  // As numpy.savetxt(header=, footer=) writes them.
  EXPECT_THAT(rows(io::parse_csv("# two inputs\n#\n1.000000000000000000e+00 2.500000000000000000e-01\n"
                                 "0.000000000000000000e+00 1.000000000000000000e+00\n# end\n")),
              ElementsAre(ElementsAre(1, 0), ElementsAre(0.25, 1)));
  EXPECT_THAT(rows(io::parse_csv("1,2 # first, of two\n3,4\n")), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
  EXPECT_THAT(rows(io::parse_csv("unit #1,unit #2\n1,2\n")), ElementsAre(ElementsAre(1), ElementsAre(2)));
  EXPECT_THAT(rows(io::parse_csv("# names\na,b\n1,2\n")), ElementsAre(ElementsAre(1), ElementsAre(2)));
  EXPECT_THAT(csv_error("# only this\n"), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("# a\n1,2\n3\n"), HasSubstr("line 3"));
}

TEST(Csv, KnowsTheHeadingThatPandasWritesForColumnsWithoutNames) {
  // Where whole numbers have a point too, the writer always writes one: 0, 1, 2 are names.
  EXPECT_THAT(rows(io::parse_csv("0,1\n0.5,1.0\n0.25,0.0\n")), ElementsAre(ElementsAre(0.5, 0.25), ElementsAre(1, 0)));
  EXPECT_THAT(rows(io::parse_csv("0,1\n7,1.0\n8,0.0\n")), ElementsAre(ElementsAre(7, 8), ElementsAre(1, 0)));
  EXPECT_THAT(rows(io::parse_csv("0\n1.0\n0.5\n")), ElementsAre(ElementsAre(1, 0.5)));
  EXPECT_THAT(rows(io::parse_csv("0,1\nTrue,False\n")), ElementsAre(ElementsAre(1), ElementsAre(0)));
  // Three columns of fractions above which exactly 0, 1, 2 stands.
  EXPECT_THAT(rows(io::parse_csv("0,1,2\n0.5,0.1,0.2\n")),
              ElementsAre(ElementsAre(0.5), ElementsAre(0.1), ElementsAre(0.2)));
  // Between quotes, above numbers without.
  EXPECT_THAT(rows(io::parse_csv("\"1\",\"2\"\n3,4\n")), ElementsAre(ElementsAre(3), ElementsAre(4)));
}

TEST(Csv, LosesNoRowThatLooksLikeAHeading) {
  // A writer that leaves points out may have written the first row.
  EXPECT_EQ(io::parse_csv("0,1\n0.5,1\n1,0\n").steps, 3U);
  EXPECT_EQ(io::parse_csv("0,1,2\n0.5,1,2\n2,0.1,1\n").steps, 3U);
  EXPECT_EQ(io::parse_csv("0.0,1.0\n0.5,1.0\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("1,0\n0,1\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("1,2\n0.5,1.0\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("0,1\n").steps, 1U);
  EXPECT_EQ(io::parse_csv("True,False\n0,1\n").steps, 2U);
  // Where nothing tells, nothing is guessed, and the two ways out that the message names both work.
  for (const char* text : {"0,1\n1,0\n", "0\n1\n", "0,1\n0.1,0.9\n", "0,1,2\n2,1,0\n"}) {
    EXPECT_THAT(csv_error(text), testing::AllOf(HasSubstr("line 1"), HasSubstr("header=False"), HasSubstr("#")))
        << text;
    const std::string marked = std::string("#\n") + text;
    EXPECT_EQ(io::parse_csv(marked).steps, 2U) << text;
  }
  // Two tables, one after the other in one file.
  EXPECT_THAT(csv_error("0,1\n0.5,0.5\n0,1\n0.25,0.75\n"), HasSubstr("line 1"));
}

TEST(Csv, LeavesOutAnIndexColumn) {
  for (const char* text :
       {"Unnamed: 0,0,1\n0,1.0,0.5\n1,0.25,0.0\n", ",a,b\n0,1.0,0.5\n1,0.25,0.0\n", ",0,1\n0,1,0.5\n1,0.25,0\n",
        "\t0\t1\n0\t1\t0.5\n1\t0.25\t0\n", "step,0,1\n0,1,0.5\n1,0.25,0\n", "index,a,b\n0,1,0.5\n1,0.25,0\n",
        "\"\",\"V1\",\"V2\"\n\"1\",1,0.5\n\"2\",0.25,0\n", "Unnamed: 0.1,Unnamed: 0,a,b\n0,0,1,0.5\n1,1,0.25,0\n"}) {
    EXPECT_THAT(rows(io::parse_csv(text)), ElementsAre(ElementsAre(1, 0.25), ElementsAre(0.5, 0))) << text;
  }
  EXPECT_THAT(csv_error("Unnamed: 0,a\n0,1\n2,1\n"),
              testing::AllOf(HasSubstr("line 3: '2'"), HasSubstr("index=False")));
  EXPECT_THAT(csv_error(",a\n0.5,1\n"), HasSubstr("line 2"));
  EXPECT_THAT(csv_error("0,0.5\n1,0.25\n2,0.5\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("index=False")));
  EXPECT_EQ(io::parse_csv("# ramp\n0,0.5\n1,0.25\n2,0.5\n").features, 2U);
  EXPECT_EQ(io::parse_csv("ramp,noise\n0,0.5\n1,0.25\n2,0.5\n").features, 2U);
}

TEST(Csv, WantsANameForEachColumn) {
  EXPECT_THAT(csv_error("a,b\n1,2,3\n"),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("must have 2"), HasSubstr("heading")));
  EXPECT_THAT(csv_error("a b\n1,2\n"), HasSubstr("line 2"));
}

TEST(Csv, ReadsTruthAndRefusesWhatIsMissing) {
  EXPECT_THAT(rows(io::parse_csv("a,b\nTrue,false\nFALSE,1\n")), ElementsAre(ElementsAre(1, 0), ElementsAre(0, 1)));
  EXPECT_THAT(csv_error("NA,NA\n1,2\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("missing")));
  EXPECT_THAT(csv_error("1,2\n1,null\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("missing")));
}

TEST(Csv, NamesTextsThatAreNotUtf8) {
  using namespace std::string_view_literals;
  EXPECT_THAT(csv_error("\xFF\xFE\x31\0\x2C\0"sv), HasSubstr("UTF-16"));
  EXPECT_THAT(csv_error("\xFE\xFF\0\x31"sv), HasSubstr("UTF-16"));
  EXPECT_THAT(csv_error("\xFF\xFE\0\0\x31\0\0\0"sv), HasSubstr("UTF-32"));
  EXPECT_THAT(csv_error("1\0,2\0\n"sv), testing::AllOf(HasSubstr("line 1"), HasSubstr("zero byte")));
  EXPECT_THAT(csv_error("1,2\r3,4\r"), HasSubstr("carriage return"));
  EXPECT_THAT(csv_error("PK\x03\x04zip"), HasSubstr("archive"));
  EXPECT_THAT(csv_error("\x1f\x8b packed"), HasSubstr("gzip"));
}

/// A source that never ends, of which no more may be read than `most` bytes.
io::Source endless(std::string_view beginning, std::byte then, std::size_t most,
                   std::optional<std::uint64_t> size = {}) {
  const auto given = std::make_shared<std::size_t>(0);
  return {[=](std::span<std::byte> bytes) {
            EXPECT_LE(*given, most) << "reads on";
            for (std::byte& byte : bytes) {
              byte = *given < beginning.size() ? static_cast<std::byte>(beginning[*given]) : then;
              ++*given;
            }
            return bytes.size();
          },
          size};
}

TEST(Csv, IsGivenUpBeforeItFillsTheMemory) {
  EXPECT_THROW(io::read_csv(endless("", std::byte{0}, 1U << 20U)), FormatError);
  EXPECT_THROW(io::read_csv(endless("1,2\n3,4\n", std::byte{0}, 1U << 20U)), FormatError);
  EXPECT_THROW(io::read_csv(endless("1,2\nx", std::byte{'\n'}, 1U << 20U)), FormatError);
  EXPECT_THAT(message_of<FormatError>([] { io::read_csv(endless("1,2\n", std::byte{'5'}, 1U << 27U)); }),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("too long")));
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
  const std::string file = npy(header(descr, fmt::format("({},)", values.size())), bytes(values));
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

TEST(Npy, ReadsBothOrdersOfBytes) {
  const auto values = [](std::string_view descr, std::string_view data, int count) {
    const std::string file = npy(header(descr, fmt::format("({},)", count)), data);
    return io::parse_npy(std::as_bytes(std::span(file))).values;
  };
  using namespace std::string_view_literals;
  EXPECT_THAT(values(">f8", "\x3F\xF8\0\0\0\0\0\0"sv, 1), ElementsAre(1.5));
  EXPECT_THAT(values(">f4", "\xC0\x20\0\0"sv, 1), ElementsAre(-2.5));
  EXPECT_THAT(values(">i2", "\xFF\xFE\x01\x02"sv, 2), ElementsAre(-2, 258));
  EXPECT_THAT(values(">u4", "\0\0\x01\0"sv, 1), ElementsAre(256));
  EXPECT_THAT(values(">i8", "\0\0\0\0\0\0\x01\0"sv, 1), ElementsAre(256));
  EXPECT_THAT(values("=f4", "\0\0\x20\x40"sv, 1), ElementsAre(2.5));
}

TEST(Npy, ReadsNumbersOf16Bits) {
  const auto value = [](std::uint16_t bits) { return read_back<std::uint16_t>("<f2", {bits}).front(); };
  EXPECT_EQ(value(0x3C00), 1.0);
  EXPECT_EQ(value(0xC000), -2.0);
  EXPECT_EQ(value(0x3555), 0.333251953125);
  EXPECT_EQ(value(0x7BFF), 65504.0);
  EXPECT_EQ(value(0x0001), 5.9604644775390625e-08);  // subnormal
  EXPECT_EQ(value(0x0400), 6.103515625e-05);
  EXPECT_TRUE(std::signbit(value(0x8000)));
  EXPECT_EQ(value(0xFC00), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(value(0x7E00)));
}

TEST(Npy, ComparesTheHeaderWithTheSizeFirst) {
  const std::string two_by_five = npy(header("<f8", "(2, 5)"), "");
  const auto refused = [&](const std::string& begin, std::uint64_t size) {
    return message_of<FormatError>(
        [&] { io::read_npy(endless(begin, std::byte{0}, begin.size() + (1U << 16U), size)); });
  };
  EXPECT_THAT(refused(two_by_five, 6'000'000'000), HasSubstr("bytes more than its header says"));
  EXPECT_THAT(refused(npy(header("<f8", "(5000000000,)"), ""), 1000), HasSubstr("truncated"));
  // Of a pipe, whose size nobody knows, no more is taken than the header says.
  EXPECT_THAT(message_of<FormatError>([&] { io::read_npy(endless(two_by_five, std::byte{0}, 1U << 16U)); }),
              HasSubstr("more bytes than its header says"));
  EXPECT_THROW(io::read_npy(endless(npy(header("<f8", "(1000000000000000,)"), ""), std::byte{0}, 1U << 16U)), IoError);
  EXPECT_THROW(io::read_npy(endless("\x93NUMPY\x02", std::byte{0xFF}, 1U << 16U)), FormatError);
  // Legal, and too large for any memory.
  const std::string huge = npy(header("|u1", "(1, 1000000000000000)"), "");
  EXPECT_THROW(io::read_npy(endless(huge, std::byte{0}, huge.size(), huge.size() + 1'000'000'000'000'000)), IoError);
  // The shape is looked at before the values.
  const std::string flat = npy(header("<f8", "(1000000,)"), "");
  EXPECT_THROW(io::inputs_from_npy(endless(flat, std::byte{0}, flat.size(), flat.size() + 8'000'000)), ShapeError);
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
  EXPECT_THAT(error(npy(header("<f16", "(1,)"), std::string(16, 'x'))),
              testing::AllOf(HasSubstr("'<f16'"), HasSubstr("astype")));
  EXPECT_THAT(error(npy(header("|f8", "(1,)"), bytes<double>({1}))), HasSubstr("'|f8'"));  // in which order?
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

TEST_F(Inputs, ComeFromTextsOfOtherEndings) {
  write_file(path("a.tsv"), "1\t2\n3\t4\n");
  write_file(path("a.txt"), "# x\n1 2\n3 4\n");
  EXPECT_THAT(rows(read_inputs(path("a.tsv"))), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
  EXPECT_THAT(rows(read_inputs(path("a.txt"))), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
}

TEST_F(Inputs, ComeFromTruthValuesAsH5pyWritesThem) {
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

TEST_F(Inputs, SayWhatAFileOfAnotherKindIs) {
  EXPECT_THAT(error("a.npz"), testing::AllOf(HasSubstr("several arrays"), HasSubstr("numpy.save")));
  write_file(path("zip.npy"), "PK\x03\x04 and so on");
  EXPECT_THAT(error(path("zip.npy")), HasSubstr("archive"));
  write_file(path("p.h5"), "\x80\x04\x95 and so on");
  EXPECT_THAT(error(path("p.h5") + ":/x"), HasSubstr("sorn convert"));
}

TEST_F(Inputs, SuggestWhatWouldBeRight) {
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
