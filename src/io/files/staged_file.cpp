#include "io/files/staged_file.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "support/format.hpp"

namespace sorn::io {

namespace {

AtomicFile opened(const std::filesystem::path& target, bool resumable, Existing existing,
                  std::shared_ptr<Claim> claim) {
  if (resumable) return {target, AtomicFile::Start::anew, existing, std::move(claim)};
  return {target, existing, std::move(claim)};
}

}  // namespace

StagedFile::StagedFile(const std::filesystem::path& target, bool resumable, Existing existing,
                       std::shared_ptr<Claim> claim)
    : file_(opened(target, resumable, existing, std::move(claim))) {}

StagedFile::StagedFile(const std::filesystem::path& target, const Stage& stage, Existing existing,
                       std::shared_ptr<Claim> claim)
    : file_(target, AtomicFile::Start::go_on, existing, std::move(claim)), size_(stage.size), looks_only_(true) {
  if (file_.size() < stage.size) {
    throw FormatError(formatted("'{}' of {} bytes", target.string(), file_.size()),
                      formatted("had {} when its checkpoint was written: the end is lost", stage.size));
  }
  for (std::size_t k = 0; k < stage.numbers.size(); ++k) {
    auto fresh = std::make_unique<Page>();
    std::memcpy(fresh->data(), stage.bytes.data() + k * Stage::page_bytes, Stage::page_bytes);
    pages_.emplace(stage.numbers[k], std::move(fresh));
  }
}

/// Calls visit(page number, offset in the page, offset in the piece, length) for each page that contains a part of this
/// piece of the file.
template <class Visit>
void StagedFile::for_each_page(std::uint64_t offset, std::size_t size, Visit&& visit) {
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t number = (offset + done) / Stage::page_bytes;
    const auto within = static_cast<std::size_t>((offset + done) % Stage::page_bytes);
    const std::size_t length = std::min(size - done, Stage::page_bytes - within);
    visit(number, within, done, length);
    done += length;
  }
}

StagedFile::Page& StagedFile::page(std::uint64_t number) {
  auto& place = pages_[number];
  if (!place) {
    auto fresh = std::make_unique<Page>();
    file_.read_at(number * Stage::page_bytes, *fresh);  // the page may also hold values
    place = std::move(fresh);
  }
  return *place;
}

void StagedFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content content) noexcept {
  size_ = std::max(size_, offset + bytes.size());
  if (content == Content::values) file_.write_at(offset, bytes, content);
  try {
    for_each_page(offset, bytes.size(), [&](std::uint64_t number, std::size_t within, std::size_t at, std::size_t n) {
      if (content == Content::structure || pages_.count(number) > 0) {
        std::memcpy(page(number).data() + within, bytes.data() + at, n);
      }
    });
  } catch (const std::bad_alloc&) {
    file_.fail(ENOMEM);
  }
}

bool StagedFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept {
  if (!file_.read_at(offset, bytes)) return false;
  for_each_page(offset, bytes.size(), [&](std::uint64_t number, std::size_t within, std::size_t at, std::size_t n) {
    if (const auto found = pages_.find(number); found != pages_.end()) {
      std::memcpy(bytes.data() + at, found->second->data() + within, n);
    }
  });
  return true;
}

void StagedFile::resize(std::uint64_t size) noexcept {
  size_ = size;
  if (!looks_only_) file_.resize(size);
  const std::uint64_t pages = (size + Stage::page_bytes - 1) / Stage::page_bytes;
  pages_.erase(pages_.lower_bound(pages), pages_.end());
}

void StagedFile::cut_off() noexcept {
  looks_only_ = false;
  file_.take_over();
  file_.resize(size_);
}

Stage StagedFile::stage() {
  if (file_.size() < size_) file_.resize(size_);  // structures at the end: the length must show that nothing is lost
  file_.sync();
  Stage stage;
  stage.size = size_;
  stage.numbers.reserve(pages_.size());
  stage.bytes.reserve(pages_.size() * Stage::page_bytes);
  for (const auto& [number, content] : pages_) {
    stage.numbers.push_back(number);
    const auto* const first = reinterpret_cast<const std::uint8_t*>(content->data());
    stage.bytes.insert(stage.bytes.end(), first, first + Stage::page_bytes);
  }
  return stage;
}

void StagedFile::commit() {
  for (const auto& [number, content] : pages_) {
    const std::uint64_t begin = number * Stage::page_bytes;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(Stage::page_bytes, size_ - begin));
    file_.write_at(begin, std::span(*content).first(length));
  }
  file_.commit();
}

}  // namespace sorn::io
