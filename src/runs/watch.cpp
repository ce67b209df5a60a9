#include "runs/watch.hpp"

#include "core/rule.hpp"
#include "io/acts.hpp"
#include "kernels/activity.hpp"
#include "sources/tree.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <exception>
#include <numeric>
#include <span>
#include <utility>

namespace sorn::runs {

namespace fs = std::filesystem;

namespace {

constexpr const char* heartbeat_name = "heartbeat";
constexpr const char* acts_name = "acts";
constexpr const char* frame_name = "frame";
constexpr const char* next_frame_name = "frame.next";

constexpr std::chrono::seconds longest_silence{10};
constexpr time_t fresh_seconds = 3;  // the age of a sign of life that is believed at once
constexpr std::size_t most_answers = 20;
constexpr std::size_t longest_answer = 500;  // bytes
constexpr std::size_t acts_shown = 20;
constexpr std::size_t bins = 40;
constexpr std::size_t most_weights = 200'000;  // that a frame counts

/// A descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int operator*() const noexcept { return number_; }

private:
  int number_;
};

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - k);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < count ? std::to_integer<std::uint32_t>(bytes[k + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) text.push_back(i <= count ? digits[group >> (18 - 6 * i) & 63U] : '=');
  }
  return text;
}

/// Counts in equal bins from `low` to `high`.
struct Histogram {
  double low = 0.0;
  double high = 0.0;
  std::array<std::uint64_t, bins> counts{};

  void add(double value) noexcept {
    const double place = high > low ? (value - low) / (high - low) * static_cast<double>(bins) : 0.0;
    ++counts[std::min(static_cast<std::size_t>(std::max(place, 0.0)), bins - 1)];
  }
  std::string json() const {
    return formatted(R"({{"low":{},"high":{},"counts":[{}]}})", low, high, joined(std::span(counts), ","));
  }
};

std::string thresholds_json(const std::vector<double>& te) {
  if (te.empty()) return "null";
  const auto [low, high] = std::minmax_element(te.begin(), te.end());
  Histogram histogram{*low, *high};
  for (const double value : te) histogram.add(value);
  const double mean = std::accumulate(te.begin(), te.end(), 0.0) / static_cast<double>(te.size());
  return formatted(R"({{"mean":{},"histogram":{}}})", mean, histogram.json());
}

/// The weights of W_EE; in a large network those of some units.
std::string weights_json(const SynapseMatrix& wee) {
  const std::size_t distance = std::max<std::size_t>(1, wee.synapse_count() / most_weights);
  double highest = 0.0;
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t post = 0; post < wee.n_post(); post += distance) {
    for (const double weight : wee.column(post).weight) {
      highest = std::max(highest, weight);
      sum += weight;
      ++count;
    }
  }
  if (count == 0) return "null";
  Histogram histogram{0.0, highest};
  for (std::size_t post = 0; post < wee.n_post(); post += distance) {
    for (const double weight : wee.column(post).weight) histogram.add(weight);
  }
  return formatted(R"({{"mean":{},"counted":{},"histogram":{}}})", sum / static_cast<double>(count), count,
                   histogram.json());
}

std::string quoted_list(std::span<const std::string_view> names) {
  std::string all;
  for (const std::string_view one : names) all += formatted("{}\"{}\"", all.empty() ? "" : ",", one);
  return all;
}

std::vector<std::string_view> rules_of(const Order& order) {
  std::vector<std::string_view> all;
  for (const Stage& stage : order.stages()) {
    if (const auto* const rule = std::get_if<Rule>(&stage)) all.push_back(name(*rule));
  }
  return all;
}

}  // namespace

Watch::Watch(fs::path result) : path_(std::move(result)) {
  path_ += ".watch";
  const Descriptor folder(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (*folder < 0 || fstatat(*folder, acts_name, &found, AT_SYMLINK_NOFOLLOW) != 0) return;
  acts_ = {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size), 0};
}

Watch::~Watch() { close_folder(); }

void Watch::close_folder() noexcept {
  if (folder_ >= 0) close(std::exchange(folder_, -1));
}

bool Watch::is_watched() {
  const auto begin = Clock::now();
  const auto nobody = [&] {
    close_folder();
    beat_.reset();
    collects_ = false;
    return watched_ = false;
  };
  close_folder();
  folder_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat found {};
  // Only the user who runs it can steer a run, even if its result lies in a folder in which all can write.
  const bool is_ours = folder_ >= 0 && fstat(folder_, &found) == 0 && found.st_uid == geteuid() &&
                       (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  const bool beats = is_ours && fstatat(folder_, heartbeat_name, &found, AT_SYMLINK_NOFOLLOW) == 0;
  const auto now = Clock::now();
  next_look_ = std::max({next_look_, begin + between_looks, now + share * (now - begin)});
  if (!beats) return nobody();
  const timespec beat = found.st_mtim;
  const bool changed = beat_ && (beat.tv_sec != beat_->tv_sec || beat.tv_nsec != beat_->tv_nsec);
  const bool is_fresh = !beat_ && time(nullptr) - beat.tv_sec < fresh_seconds;
  if (changed || is_fresh) {
    last_beat_ = now;
    if (!watched_) {
      collects_ = true;
      new_ = 0;
    }
    watched_ = true;
  } else if (watched_ && now - last_beat_ > longest_silence) {
    collects_ = false;
    watched_ = false;
  }
  beat_ = beat;
  return watched_;
}

int Watch::open_acts() {
  if (folder_ < 0) return -1;
  const int file = openat(folder_, acts_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return -1;
  struct stat found {};
  if (fstat(file, &found) == 0 && S_ISREG(found.st_mode)) {
    const auto size = static_cast<std::uint64_t>(found.st_size);
    if (found.st_dev != acts_.device || found.st_ino != acts_.number || size < acts_.offset) {
      acts_ = {found.st_dev, found.st_ino, 0, 0};  // those of another watcher
    }
    if (size > acts_.offset) return file;
  }
  close(file);
  return -1;
}

bool Watch::has_acts() { return *Descriptor(open_acts()) >= 0; }

std::optional<Watch::Asked> Watch::next_act() {
  const Descriptor file(open_acts());
  if (*file < 0) return {};
  std::array<char, longest_act + 1> bytes;
  const ssize_t count = pread(*file, bytes.data(), bytes.size(), static_cast<off_t>(acts_.offset));
  if (count <= 0) return {};
  const std::string_view text(bytes.data(), static_cast<std::size_t>(count));
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    if (text.size() < bytes.size()) return {};  // the line is not complete yet
    acts_.offset += text.size();
    answer(0, formatted("a line of more than {} bytes", longest_act));
    return {};
  }
  acts_.offset += end + 1;
  std::uint64_t number = 0;
  try {
    const sources::Value value = sources::parsed_json(text.substr(0, end));
    const auto* const table = std::get_if<sources::Table>(&value.value);
    if (table == nullptr)
      throw ParameterError("an act that is no object", R"(must be one, such as {"n": 1, "act": …})");
    sources::Table object = *table;
    number = io::taken_number(object, "n");
    if (number <= acts_.last_act) {
      throw ParameterError(formatted("an act with number {}", number),
                           formatted("must be larger than {}, that of the one before", acts_.last_act));
    }
    acts_.last_act = number;
    return Asked{number, io::act_of(object)};
  } catch (const Error& error) {
    answer(number, error.what());
  }
  return {};
}

void Watch::answer(std::uint64_t number, std::string_view problem) {
  answers_.push_back({number, printable_beginning(problem, longest_answer)});
  if (answers_.size() > most_answers) answers_.pop_front();
}

void Watch::keep(const StepView& view) {
  const auto& x = view.state.x;
  if (units_ == 0) {
    distance_ = (x.size() + most_units - 1) / most_units;
    units_ = (x.size() + distance_ - 1) / distance_;
    words_ = (units_ + 63) / 64;
    spikes_.resize(steps_shown * words_);
    active_.resize(steps_shown);
    inhibited_.resize(steps_shown);
    shown_.resize(units_);
  }
  if (view.step != next_step_) kept_ = 0;  // only steps that follow each other without a gap are shown together
  next_step_ = view.step + 1;
  const std::size_t row = view.step % steps_shown;
  const auto words = std::span(spikes_).subspan(row * words_, words_);
  if (distance_ == 1) {
    kernels::pack_bits(x, words);
  } else {
    for (std::size_t n = 0; n < units_; ++n) shown_[n] = x[n * distance_];
    kernels::pack_bits(shown_, words);
  }
  active_[row] = std::accumulate(x.begin(), x.end(), std::uint32_t{0});
  inhibited_[row] = std::accumulate(view.state.y.begin(), view.state.y.end(), std::uint32_t{0});
  kept_ = std::min(kept_ + 1, steps_shown);
  if (++new_ >= steps_shown) collects_ = false;
}

std::string Watch::frame(const Standing& standing, Clock::time_point now) {
  const Network& network = standing.network;
  const State& state = network.state();
  const double seconds = std::chrono::duration<double>(now - frame_at_).count();
  speed_ = frame_done_ && seconds > 0.0 ? static_cast<double>(standing.done - *frame_done_) / seconds : 0.0;

  std::vector<std::uint64_t> rows;
  rows.reserve(kept_ * words_);
  std::vector<std::uint32_t> active;
  std::uint64_t excitatory = 0;
  std::uint64_t inhibitory = 0;
  for (std::uint64_t step = next_step_ - kept_; step < next_step_; ++step) {
    const std::size_t row = step % steps_shown;
    const auto words = std::span(spikes_).subspan(row * words_, words_);
    rows.insert(rows.end(), words.begin(), words.end());
    active.push_back(active_[row]);
    excitatory += active_[row];
    inhibitory += inhibited_[row];
  }
  const auto rate = [&](std::uint64_t spikes, std::size_t units) {
    const double all = static_cast<double>(kept_) * static_cast<double>(units);
    return all > 0.0 ? formatted("{}", static_cast<double>(spikes) / all) : std::string("null");
  };

  std::string text =
      formatted(R"({{"format":1,"state":"{}","step":{},"first_step":{},"done":{},"wanted":{},"steps_per_second":{},)",
                standing.word, state.step, standing.first_step, standing.done, standing.wanted, speed_);
  const RunOptions& options = standing.options;
  text += formatted(
      R"("ne":{},"ni":{},"phase":"{}","rules":[{}],"frozen":[{}],"noise":{},)", state.ne(), state.ni(),
      name(options.phase), quoted_list(rules_of(network.parameters().order)), quoted_list(names(options.freeze)),
      options.noise.replay.data != nullptr ? std::string("null") : formatted("{}", options.noise.sigma.value_or(0.0)));
  text += formatted(R"("ee":{},"ei":{},"rate_e":{},"rate_i":{},)", state.wee->synapse_count(),
                    state.wei->synapse_count(), rate(excitatory, state.ne()), rate(inhibitory, state.ni()));
  text += formatted(R"("raster":{{"first":{},"steps":{},"units":{},"distance":{},"row_bytes":{},"bits":"{}"}},)",
                    next_step_ - kept_, kept_, units_, distance_, words_ * sizeof(std::uint64_t),
                    base64(std::as_bytes(std::span(rows))));
  text += formatted(R"("activity":[{}],"thresholds":{},"weights":{},)", joined(active, ","), thresholds_json(state.te),
                    weights_json(*state.wee));
  text += formatted(R"("acts":{},"log_size":{},"log":[)", acts_.last_act, standing.log.size());
  const std::size_t begin = standing.log.size() - std::min(standing.log.size(), acts_shown);
  for (std::size_t k = begin; k < standing.log.size(); ++k) {
    text += formatted("{}{}", k == begin ? "" : ",", io::text(standing.log[k]));
  }
  text += R"(],"answers":[)";
  for (const Answer& one : answers_) {
    text += formatted(R"({}{{"n":{},"problem":{}}})", &one == &answers_.front() ? "" : ",", one.number,
                      one.problem.empty() ? "null" : sources::json({one.problem}));
  }
  return text + "]}\n";
}

void Watch::publish(const Standing& standing) {
  if (folder_ < 0) return;
  const auto begin = Clock::now();
  try {
    write(frame(standing, begin));
  } catch (const std::exception&) {  // such as a lack of memory: the run goes on without a frame
    next_frame_ = begin + longest_silence;
    return;
  }
  frame_at_ = begin;
  frame_done_ = standing.done;
  collects_ = true;
  new_ = 0;
  const auto now = Clock::now();
  next_frame_ = now + share * (now - begin);
}

void Watch::charge(Clock::duration time) {
  constexpr double steps = 2.0;  // one that would have taken this time anyway, and as much again for its variation
  if (speed_ > 0.0) time -= std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(steps / speed_));
  next_look_ = std::max(next_look_, Clock::now() + share * std::max(time, Clock::duration::zero()));
}

void Watch::go_on() {
  frame_at_ = Clock::now();
  next_look_ = {};  // looks while it waited have put it off
}

void Watch::write(const std::string& frame) const noexcept {
  constexpr mode_t own = S_IRUSR | S_IWUSR;
  {
    const Descriptor file(
        openat(folder_, next_frame_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, own));
    if (*file < 0) return;
    for (std::size_t at = 0; at < frame.size();) {
      const ssize_t count = ::write(*file, frame.data() + at, frame.size() - at);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        unlinkat(folder_, next_frame_name, 0);
        return;
      }
      at += static_cast<std::size_t>(count);
    }
  }
  // Some file systems write a file to the disk at once if it replaces another one, and the run would wait for that.
  // Between the two calls there is no frame.
  unlinkat(folder_, frame_name, 0);
  renameat(folder_, next_frame_name, folder_, frame_name);
}

}  // namespace sorn::runs
