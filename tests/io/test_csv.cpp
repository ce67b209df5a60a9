// Inputs as text: CSV and similar formats.
#include "helpers/inputs.hpp"
#include "helpers/message_of.hpp"
#include "io/csv.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <optional>

namespace sorn {
namespace {

using test::endless;
using test::message_of;
using test::rows;
using testing::ElementsAre;
using testing::HasSubstr;

template <class E = FormatError>
std::string csv_error(std::string_view text) {
  return message_of<E>([&] { io::parse_csv(text); });
}

TEST(Csv, HasARowForEachStep) {
  const auto inputs = io::parse_csv("1,2\n3,4.5\n-5e-1,+6\n");
  EXPECT_THAT(rows(inputs), ElementsAre(ElementsAre(1, 3, -0.5), ElementsAre(2, 4.5, 6)));
}

TEST(Csv, ToleratesBlanksAndLineEndings) {
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

TEST(Csv, ErrorsNameTheLine) {
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
  EXPECT_THAT(csv_error("0,5;0,6\n"), HasSubstr("decimal comma"));  // it must not become four numbers
  EXPECT_THAT(csv_error("0,5\t0,6\n"), HasSubstr("decimal comma"));
  EXPECT_THAT(csv_error("1,2\n0x10,3\n"), HasSubstr("'0x10'"));
  EXPECT_THAT(csv_error("1,2\n+-1,3\n"), HasSubstr("'+-1'"));
  EXPECT_THAT(csv_error(""), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("a,b\n"), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("\n\n"), HasSubstr("no numbers"));
}

TEST(Csv, UsesTheSeparatorOfTheFirstRow) {
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

TEST(Csv, SkipsComments) {
  // Comments as numpy.savetxt(header=, footer=) writes them.
  EXPECT_THAT(rows(io::parse_csv("# two inputs\n#\n1.000000000000000000e+00 2.500000000000000000e-01\n"
                                 "0.000000000000000000e+00 1.000000000000000000e+00\n# end\n")),
              ElementsAre(ElementsAre(1, 0), ElementsAre(0.25, 1)));
  EXPECT_THAT(rows(io::parse_csv("1,2 # first, of two\n3,4\n")), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
  EXPECT_THAT(rows(io::parse_csv("unit #1,unit #2\n1,2\n")), ElementsAre(ElementsAre(1), ElementsAre(2)));
  EXPECT_THAT(rows(io::parse_csv("# names\na,b\n1,2\n")), ElementsAre(ElementsAre(1), ElementsAre(2)));
  EXPECT_THAT(csv_error("# only this\n"), HasSubstr("no numbers"));
  EXPECT_THAT(csv_error("# a\n1,2\n3\n"), HasSubstr("line 3"));
}

TEST(Csv, RecognisesTheHeadingOfPandasForUnnamedColumns) {
  // If whole numbers have a point too, the writer always writes a point, so that 0, 1, 2 are names.
  EXPECT_THAT(rows(io::parse_csv("0,1\n0.5,1.0\n0.25,0.0\n")), ElementsAre(ElementsAre(0.5, 0.25), ElementsAre(1, 0)));
  EXPECT_THAT(rows(io::parse_csv("0,1\n7,1.0\n8,0.0\n")), ElementsAre(ElementsAre(7, 8), ElementsAre(1, 0)));
  EXPECT_THAT(rows(io::parse_csv("0\n1.0\n0.5\n")), ElementsAre(ElementsAre(1, 0.5)));
  EXPECT_THAT(rows(io::parse_csv("0,1\nTrue,False\n")), ElementsAre(ElementsAre(1), ElementsAre(0)));
  // Exactly 0, 1, 2 above three columns of fractions.
  EXPECT_THAT(rows(io::parse_csv("0,1,2\n0.5,0.1,0.2\n")),
              ElementsAre(ElementsAre(0.5), ElementsAre(0.1), ElementsAre(0.2)));
  // Quoted numbers above unquoted ones.
  EXPECT_THAT(rows(io::parse_csv("\"1\",\"2\"\n3,4\n")), ElementsAre(ElementsAre(3), ElementsAre(4)));
}

TEST(Csv, KeepsRowsThatLookLikeAHeading) {
  // A writer that omits points may have written the first row.
  EXPECT_EQ(io::parse_csv("0,1\n0.5,1\n1,0\n").steps, 3U);
  EXPECT_EQ(io::parse_csv("0,1,2\n0.5,1,2\n2,0.1,1\n").steps, 3U);
  EXPECT_EQ(io::parse_csv("0.0,1.0\n0.5,1.0\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("1,0\n0,1\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("1,2\n0.5,1.0\n").steps, 2U);
  EXPECT_EQ(io::parse_csv("0,1\n").steps, 1U);
  EXPECT_EQ(io::parse_csv("True,False\n0,1\n").steps, 2U);
  // If the rows do not decide, the reader does not guess. Both solutions that the message names work.
  for (const char* text : {"0,1\n1,0\n", "0\n1\n", "0,1\n0.1,0.9\n", "0,1,2\n2,1,0\n"}) {
    EXPECT_THAT(csv_error(text), testing::AllOf(HasSubstr("line 1"), HasSubstr("header=False"), HasSubstr("#")))
        << text;
    const std::string marked = std::string("#\n") + text;
    EXPECT_EQ(io::parse_csv(marked).steps, 2U) << text;
  }
  // A file with two tables, one after the other.
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

TEST(Csv, RequiresANameForEachColumn) {
  EXPECT_THAT(csv_error("a,b\n1,2,3\n"),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("must have 2"), HasSubstr("heading")));
  EXPECT_THAT(csv_error("a b\n1,2\n"), HasSubstr("line 2"));
}

TEST(Csv, ReadsTruthValuesAndRefusesMissingValues) {
  EXPECT_THAT(rows(io::parse_csv("a,b\nTrue,false\nFALSE,1\n")), ElementsAre(ElementsAre(1, 0), ElementsAre(0, 1)));
  EXPECT_THAT(csv_error("NA,NA\n1,2\n"), testing::AllOf(HasSubstr("line 1"), HasSubstr("missing")));
  EXPECT_THAT(csv_error("1,2\n1,null\n"), testing::AllOf(HasSubstr("line 2"), HasSubstr("missing")));
}

TEST(Csv, ErrorsNameEncodingsOtherThanUtf8) {
  using namespace std::string_view_literals;
  EXPECT_THAT(csv_error("\xFF\xFE\x31\0\x2C\0"sv), HasSubstr("UTF-16"));
  EXPECT_THAT(csv_error("\xFE\xFF\0\x31"sv), HasSubstr("UTF-16"));
  EXPECT_THAT(csv_error("\xFF\xFE\0\0\x31\0\0\0"sv), HasSubstr("UTF-32"));
  EXPECT_THAT(csv_error("1\0,2\0\n"sv), testing::AllOf(HasSubstr("line 1"), HasSubstr("zero byte")));
  EXPECT_THAT(csv_error("1,2\r3,4\r"), HasSubstr("carriage return"));
  EXPECT_THAT(csv_error("PK\x03\x04zip"), HasSubstr("archive"));
  EXPECT_THAT(csv_error("\x1f\x8b packed"), HasSubstr("gzip"));
}

TEST(Csv, ReadingStopsBeforeItFillsTheMemory) {
  EXPECT_THROW(io::read_csv(endless("", std::byte{0}, 1U << 20U)), FormatError);
  EXPECT_THROW(io::read_csv(endless("1,2\n3,4\n", std::byte{0}, 1U << 20U)), FormatError);
  EXPECT_THROW(io::read_csv(endless("1,2\nx", std::byte{'\n'}, 1U << 20U)), FormatError);
  EXPECT_THAT(message_of<FormatError>([] { io::read_csv(endless("1,2\n", std::byte{'5'}, 1U << 27U)); }),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("too long")));
}

}  // namespace
}  // namespace sorn
