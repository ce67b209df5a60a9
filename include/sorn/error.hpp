// Errors of distinct types. Each holds its subject (what is wrong), the rule that it breaks and a suggestion, and makes
// one message of the three.
#pragma once

#include <stdexcept>
#include <string>

namespace sorn {

/// The base class of all errors that this library throws on purpose. Any other exception is a bug.
class Error : public std::runtime_error {
public:
  /// @param subject    what is wrong, with its value: "te_max = nan"
  /// @param rule       the rule that it breaks: "must be a finite number in [0, 1000]"
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

/// A name (keyword, phase, plasticity rule, quantity …) is unknown.
class UnknownNameError : public ParameterError {
  using ParameterError::ParameterError;
};

/// An array does not have the shape that the network or the call needs.
class ShapeError : public Error {
  using Error::Error;
};

/// Threads or processes cannot work together in the requested way.
class ParallelError : public Error {
  using Error::Error;
};

/// A network state or an input holds an invalid value: NaN, a negative weight, a self-connection …
class StateError : public Error {
  using Error::Error;
};

/// A plasticity rule of a user's own has broken a promise: it has set a weight below 0, made a self-connection …
class RuleError : public Error {
  using Error::Error;
};

/// The operating system could not read or write a file: it does not exist, permission is missing, the disk is full …
class IoError : public Error {
  using Error::Error;
};

/// A file can be read but has the wrong content: it is truncated, of another format, or of another version.
class FormatError : public Error {
  using Error::Error;
};

}  // namespace sorn
