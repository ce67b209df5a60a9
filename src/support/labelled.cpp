#include "support/labelled.hpp"

#include <sorn/error.hpp>

#include "support/format.hpp"

namespace sorn {

namespace {

template <class E>
[[noreturn]] void throw_labelled(std::string_view label, const E& error) {
  throw E(formatted("{}: {}", label, error.subject()), error.rule(), error.suggestion());
}

}  // namespace

void rethrow_labelled(std::string_view label) {
  try {
    throw;
  } catch (const UnknownNameError& error) {
    throw_labelled(label, error);
  } catch (const ParameterError& error) {
    throw_labelled(label, error);
  } catch (const ShapeError& error) {
    throw_labelled(label, error);
  } catch (const StateError& error) {
    throw_labelled(label, error);
  } catch (const IoError& error) {
    throw_labelled(label, error);
  } catch (const FormatError& error) {
    throw_labelled(label, error);
  } catch (const ParallelError& error) {
    throw_labelled(label, error);
  }
}

}  // namespace sorn
