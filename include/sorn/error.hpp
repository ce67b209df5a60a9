// Errors that a caller can tell apart. Each carries what was wrong (the subject), the rule that it broke and
// what to try instead, and builds one readable message from them.
#pragma once

#include <stdexcept>
#include <string>

namespace sorn {

/// Base of every error that this library throws on purpose. Anything else that escapes is a bug.
class Error : public std::runtime_error {
public:
  /// @param subject    what was wrong, with its value: "te_max = nan"
  /// @param rule       what would have been right: "must be a finite number in [0, 1000]"
  /// @param suggestion what to do about it; may be empty
  Error(std::string subject, std::string rule, std::string suggestion = {});

  const std::string& subject() const noexcept { return subject_; }
  const std::string& rule() const noexcept { return rule_; }
  const std::string& suggestion() const noexcept { return suggestion_; }

private:
  std::string subject_;
  std::string rule_;
  std::string suggestion_;
};

/// A hyperparameter or an option has a value outside its range.
class ParameterError : public Error {
  using Error::Error;
};

/// A name (keyword, phase, plasticity rule, recordable quantity …) is not one that we know.
class UnknownNameError : public ParameterError {
  using ParameterError::ParameterError;
};

/// An array has another shape than the network or the call needs.
class ShapeError : public Error {
  using Error::Error;
};

/// Threads or processes cannot work together as asked.
class ParallelError : public Error {
  using Error::Error;
};

/// The content of a network state or of an input is not a valid one: NaN, a negative weight, a self-connection …
class StateError : public Error {
  using Error::Error;
};

/// The operating system refused to read or to write: no such file, no permission, no space.
class IoError : public Error {
  using Error::Error;
};

/// A file could be read but is not what it should be: truncated, foreign, or of another version.
class FormatError : public Error {
  using Error::Error;
};

}  // namespace sorn
