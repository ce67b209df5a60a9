#include "cli/progress.hpp"

#include "config/text.hpp"
#include "support/format.hpp"

#include <algorithm>
#include <ostream>

namespace sorn::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto between_lines = 200ms;
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

ProgressText::ProgressText(std::ostream& err, bool terminal, Clock::duration log_interval, Clock::duration delay)
    : err_(err), terminal_(terminal), interval_(terminal ? between_lines : log_interval), last_shown_(Clock::now()) {
  if (terminal) last_shown_ -= between_lines - delay;  // the first line soon: the program runs
}

ProgressText::~ProgressText() {
  if (terminal_) err_ << clear_line << std::flush;
}

void ProgressText::show(Clock::time_point now, const std::string& text) {
  last_shown_ = now;
  if (terminal_) {
    err_ << clear_line << text << std::flush;
  } else {
    err_ << "sorn: " << text << std::endl;  // NOLINT(performance-avoid-endl): a log is read while it grows
  }
}

ProgressLine::ProgressLine(std::ostream& err, std::uint64_t steps, bool terminal,
                           ProgressText::Clock::duration log_interval)
    : text_(err, terminal, log_interval), steps_(steps), begin_(Clock::now()) {}

Observer::Outcome ProgressLine::on_step(const StepView& /*view*/) {
  ++done_;
  if (!clock_.is_due()) return Outcome::go_on;
  const auto now = Clock::now();
  if (text_.is_due(now)) show(now);
  return Outcome::go_on;
}

void ProgressLine::update(std::uint64_t done) {
  done_ = done;
  const auto now = Clock::now();
  if (done > 0 && text_.is_due(now)) show(now);
}

void ProgressLine::show(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double speed = static_cast<double>(done_) / seconds;
  text_.show(now, formatted("{:3d}%  {} of {} steps, {} steps/s, {} left", 100 * done_ / steps_, config::grouped(done_),
                            config::grouped(steps_), config::grouped(static_cast<std::uint64_t>(speed)),
                            config::duration(static_cast<double>(steps_ - done_) / speed)));
}

void SweepProgressLine::show(const SweepProgress& progress) {
  const auto now = ProgressText::Clock::now();
  if (!text_.is_due(now)) return;
  std::string text = formatted("{:3d}%  {} of {} runs", 100 * progress.done / std::max<std::uint64_t>(1, progress.runs),
                               config::grouped(progress.done), config::grouped(progress.runs));
  const auto made = static_cast<double>(progress.done - progress.done_before);
  if (made > 0) {
    const double speed = made / std::chrono::duration<double>(now - begin_).count();
    text += formatted(", {:.3g} runs/s, {} left", speed,
                      config::duration(static_cast<double>(progress.runs - progress.done) / speed));
  }
  if (progress.failed > 0) text += formatted("; {} failed", config::grouped(progress.failed));
  text_.show(now, text);
}

}  // namespace sorn::cli
