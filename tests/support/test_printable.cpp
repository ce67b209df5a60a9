// Texts from external sources as a terminal may show them.
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace sorn {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using testing::Not;

TEST(Printable, DoesNotChangeOrdinaryText) {
  for (const char* text : {"", "run.h5", "ö ≤ 日本 🧠", "a\\x1b", "\"quoted\" 'too'", "e\u0301"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesTerminalControls) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("\a\b\t\r\v\x7f\0"sv), "\\x07\\x08\\x09\\x0d\\x0b\\x7f\\x00");
  EXPECT_EQ(printable("\u009b31m"), "\\x9b31m");            // the same of one character, CSI
  EXPECT_EQ(printable("\u202egpj.exe"), "\\u202egpj.exe");  // written from right to left
  EXPECT_EQ(printable("\u2028\u2066\u200f"), "\\u2028\\u2066\\u200f");
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("caf\xe9.csv"), "caf\\xe9.csv");
  EXPECT_EQ(printable("\xff\x80"), "\\xff\\x80");
  EXPECT_EQ(printable("\xc3"), "\\xc3");  // incomplete
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");  // longer than necessary
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // half of a surrogate pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond the last code point
}

TEST(Printable, KeepsTheLinesOfAMessage) {
  EXPECT_EQ(printable("a\nb", LineEnds::kept), "a\nb");
  EXPECT_EQ(printable("a\nb"), "a\\x0ab");
}

TEST(Printable, AppliesToEveryError) {
  const FormatError error("'\x1b]0;title\a.h5'", "is\r not\xff", "try\x1b");
  EXPECT_EQ(error.subject(), "'\\x1b]0;title\\x07.h5'");
  EXPECT_STREQ(error.what(), "'\\x1b]0;title\\x07.h5': is\\x0d not\\xff; try\\x1b");
  try {
    throw_unknown_name("phase", "a\nb\x1b", std::array{"one"sv});
  } catch (const UnknownNameError& unknown) {
    EXPECT_THAT(unknown.what(), testing::AllOf(HasSubstr("'a\\x0ab\\x1b'"), Not(HasSubstr("\n"))));
  }
}

}  // namespace
}  // namespace sorn
