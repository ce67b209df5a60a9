// Values that several threads of Python may use at the same time.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <mutex>
#include <utility>

namespace sorn::python {

namespace nb = nanobind;

/// Calls a function without Python's lock.
template <class Function>
auto unlocked(Function&& function) {
  const nb::gil_scoped_release no_gil;
  return std::forward<Function>(function)();
}

/// A value with a lock: one thread at a time reads or changes it. Python's own lock is not enough. Calls release it
/// while they compute, and free-threaded Python has none.
///
/// The functions below are called with Python's lock, and wait without it. Whoever holds the lock of a value never
/// waits for Python's. A function that is given to them makes, calls and frees no object of Python: this could run code
/// that uses the same value, and waits for itself. What it returns must not refer to the value.
template <class T>
class Shared {
public:
  Shared(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Shared(Shared&& other) noexcept : value_(std::move(other.value_)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  Shared& operator=(Shared&&) = delete;
  ~Shared() = default;

  /// Returns function(value).
  template <class Function>
  auto read(Function&& function) const {
    return quickly(value_, std::forward<Function>(function));
  }
  template <class Function>
  auto change(Function&& function) {
    return quickly(value_, std::forward<Function>(function));
  }

  /// The same for functions that take long: they are called without Python's lock.
  template <class Function>
  auto read_long(Function&& function) const {
    return at_leisure(value_, std::forward<Function>(function));
  }
  template <class Function>
  auto change_long(Function&& function) {
    return at_leisure(value_, std::forward<Function>(function));
  }

  T copy() const {
    return read([](const T& value) { return T(value); });
  }

  /// Puts another value in the place of this one, which is destroyed without the lock.
  void replace(T other) {
    change([&](T& value) { std::swap(value, other); });
  }

private:
  template <class Value, class Function>
  auto quickly(Value& value, Function&& function) const {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
      return std::invoke(std::forward<Function>(function), value);
    }
    return at_leisure(value, std::forward<Function>(function));
  }

  template <class Value, class Function>
  auto at_leisure(Value& value, Function&& function) const {
    const nb::gil_scoped_release no_gil;
    const std::lock_guard lock(mutex_);
    return std::invoke(std::forward<Function>(function), value);
  }

  T value_;
  mutable std::mutex mutex_;
};

/// Calls change(value) without Python's lock. If it calls Python, it changes a copy, which then replaces the value:
/// code of Python can read the value meanwhile, and sees it as it was.
template <class T, class Change>
void change_shared(Shared<T>& shared, bool calls_python, Change&& change) {
  if (!calls_python) {
    shared.change_long(std::forward<Change>(change));
    return;
  }
  T copy = shared.copy();
  unlocked([&] { std::forward<Change>(change)(copy); });
  shared.replace(std::move(copy));
}

/// A function for nanobind that returns function(value).
template <class T, class Function>
auto reading(Function function) {
  return [function](const Shared<T>& self) { return self.read(function); };
}
/// The same for a function that changes the value.
template <class T, class Function>
auto changing(Function function) {
  return [function](Shared<T>& self) { return self.change(function); };
}

}  // namespace sorn::python
