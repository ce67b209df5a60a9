// Checksums.
#include "io/files/checksum.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string_view>

namespace sorn {
namespace {

TEST(Checksum, IsCrc64Xz) {
  const std::string_view check = "123456789";
  const auto bytes = std::as_bytes(std::span(check));
  EXPECT_EQ(io::crc64(bytes), 0x995DC9BBDF1939FAU);  // the check value of the catalogue of CRCs
  EXPECT_EQ(io::crc64(bytes.subspan(4), io::crc64(bytes.first(4))), io::crc64(bytes));
  EXPECT_EQ(io::crc64({}), 0U);
}

}  // namespace
}  // namespace sorn
