// The sentences of a grammar.
#pragma once

#include <sorn/source_spec.hpp>

#include <string>
#include <vector>

namespace sorn::sources {

/// A sentence and its probability.
struct Sentence {
  std::string text;
  double probability;
};

/// All sentences of a grammar, in the order of its alternatives, without those that are left out. Their probabilities
/// sum to 1.
/// @throws ParameterError for an unknown name, a grammar that is not finite or has more than 100000 sentences, invalid
///   probabilities, or if no sentence is left
std::vector<Sentence> sentences(const Grammar& grammar);

}  // namespace sorn::sources
