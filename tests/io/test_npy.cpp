// Inputs from .npy.
#include "helpers/inputs.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/inputs.hpp"
#include "io/npy.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace sorn {
namespace {

using test::bytes;
using test::endless;
using test::header;
using test::message_of;
using test::npy;
using test::rows;
using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

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

TEST(Npy, ReadsBothByteOrders) {
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

TEST(Npy, Reads16BitNumbers) {
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
  // From a pipe, whose size is unknown, no more is read than the header says.
  EXPECT_THAT(message_of<FormatError>([&] { io::read_npy(endless(two_by_five, std::byte{0}, 1U << 16U)); }),
              HasSubstr("more bytes than its header says"));
  EXPECT_THROW(io::read_npy(endless(npy(header("<f8", "(1000000000000000,)"), ""), std::byte{0}, 1U << 16U)), IoError);
  EXPECT_THROW(io::read_npy(endless("\x93NUMPY\x02", std::byte{0xFF}, 1U << 16U)), FormatError);
  // Valid, but too large for any memory.
  const std::string huge = npy(header("|u1", "(1, 1000000000000000)"), "");
  EXPECT_THROW(io::read_npy(endless(huge, std::byte{0}, huge.size(), huge.size() + 1'000'000'000'000'000)), IoError);
  // The shape is checked before the values are read.
  const std::string flat = npy(header("<f8", "(1000000,)"), "");
  EXPECT_THROW(io::inputs_from_npy(endless(flat, std::byte{0}, flat.size(), flat.size() + 8'000'000)), ShapeError);
}

TEST(Npy, ReadsBothIndexOrdersAndAllVersions) {
  const TemporaryFolder folder;
  const auto path = (folder / "a.npy").string();
  for (const char version : {char{1}, char{2}, char{3}}) {
    write_file(path, npy(header("<f8", "(2, 3)"), bytes<double>({1, 2, 3, 4, 5, 6}), version));
    EXPECT_THAT(rows(read_inputs(path)), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  }
  write_file(path, npy(header("<f8", "(2, 3)", "True"), bytes<double>({1, 4, 2, 5, 3, 6})));
  EXPECT_THAT(rows(read_inputs(path)), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
}

TEST(Npy, RefusesUnsupportedFiles) {
  const auto error = [](const std::string& file) {
    return message_of<FormatError>([&] { io::parse_npy(std::as_bytes(std::span(file))); });
  };
  EXPECT_THAT(error(npy(header("<f16", "(1,)"), std::string(16, 'x'))),
              testing::AllOf(HasSubstr("'<f16'"), HasSubstr("astype")));
  EXPECT_THAT(error(npy(header("|f8", "(1,)"), bytes<double>({1}))), HasSubstr("'|f8'"));  // the byte order is missing
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

TEST(Npy, IsRefusedIfTruncatedAnywhere) {
  const std::string whole = npy(header("<f8", "(2, 2)"), bytes<double>({1, 2, 3, 4}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    EXPECT_THROW(io::parse_npy(std::as_bytes(std::span(cut))), FormatError) << length;
  }
}

}  // namespace
}  // namespace sorn
