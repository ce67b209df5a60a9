// Wrong parameters, states, inputs and names give an error of the right type that names the value, and change nothing.
#include "helpers/any_parameters.hpp"
#include "helpers/random.hpp"
#include "helpers/random_matrix.hpp"

#include <sorn/error.hpp>
#include <sorn/sorn.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <limits>
#include <typeinfo>

namespace sorn {
namespace {

using test::any_parameters;
using test::any_reals;
using test::Random;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Random any_random() { return Random(*rc::gen::arbitrary<std::uint64_t>()); }

/// A number outside every range: of parameters, thresholds, weights and activities.
double wrong_number(Random& random) { return random.one_of({nan, infinity, -infinity, -1e9, 2147483648.5, 1e300}); }

/// Runs `body`, which must throw exactly an E whose message contains `part`.
template <class E, class Body>
void expect_refusal(Body&& body, const std::string& part) {
  try {
    body();
  } catch (const Error& error) {
    RC_ASSERT(typeid(error) == typeid(E));
    if (std::string(error.what()).find(part) == std::string::npos) {
      RC_FAIL(fmt::format("\"{}\" does not say \"{}\"", error.what(), part));
    }
    return;
  }
  RC_FAIL("not refused: " + part);
}

struct Field {
  std::string_view name;
  double Parameters::*member;
};

constexpr Field real_fields[] = {{"lambda_ee", &Parameters::lambda_ee},
                                 {"lambda_ei", &Parameters::lambda_ei},
                                 {"lambda_ie", &Parameters::lambda_ie},
                                 {"eta_stdp", &Parameters::eta_stdp},
                                 {"eta_inhib", &Parameters::eta_inhib},
                                 {"eta_ip", &Parameters::eta_ip},
                                 {"te_max", &Parameters::te_max},
                                 {"ti_max", &Parameters::ti_max},
                                 {"ti_min", &Parameters::ti_min},
                                 {"te_min", &Parameters::te_min},
                                 {"mu_ip", &Parameters::mu_ip},
                                 {"sigma_ip", &Parameters::sigma_ip},
                                 {"sp_probability", &Parameters::sp_probability},
                                 {"sp_weight", &Parameters::sp_weight}};

/// Makes one value wrong. @returns what the message must contain
std::string spoil(Parameters& p, Random& random) {
  switch (random.below(8)) {
    case 0: p.ne = random.below(2); return fmt::format("ne = {}", p.ne);
    case 1: p.ni = 0; return "ni = 0";
    case 2: p.nu = 0; return "nu = 0";
    case 3: p.nu = p.ne + random.between(1, 1000); return fmt::format("nu = {}: must be at most ne = {}", p.nu, p.ne);
    case 4: p.te_min = p.te_max + 0.25; return fmt::format("te_min = {}: must be at most", p.te_min);
    case 5: p.ti_min = p.ti_max + 0.25; return fmt::format("ti_min = {}: must be at most", p.ti_min);
    default: {
      const Field& field = real_fields[random.below(std::size(real_fields))];
      p.*field.member = wrong_number(random);
      return fmt::format("{} = {}: must be", field.name, p.*field.member);
    }
  }
}

RC_GTEST_PROP(Refusal, OfParametersNamesTheValueAndChangesNoNetwork, ()) {
  Random random = any_random();
  const Parameters good = any_parameters();
  Parameters bad = good;
  const std::string part = spoil(bad, random);
  Network network(good, 3);
  network.run(5);
  Network twin(network);
  expect_refusal<ParameterError>([&] { validate(bad); }, part);
  expect_refusal<ParameterError>([&] { Network(bad, 3); }, part);
  expect_refusal<ParameterError>([&] { Network(bad, network.state()); }, part);
  expect_refusal<ParameterError>([&] { network.set_parameters(bad); }, part);
  RC_ASSERT(network.parameters() == good);
  RC_ASSERT(network.state() == twin.state());
  network.run(10);
  twin.run(10);
  RC_ASSERT(network.state() == twin.state());
}

RC_GTEST_PROP(Refusal, OfAnotherSizeIsAShapeErrorAndChangesNoNetwork, ()) {
  Random random = any_random();
  const Parameters good = any_parameters();
  Network network(good, 3);
  const State before = network.state();
  Parameters other = good;
  if (random.chance(0.5)) {
    other.ne += random.between(1, 5);
    expect_refusal<ShapeError>([&] { network.set_parameters(other); }, fmt::format("ne = {}", other.ne));
  } else {
    other.ni = *other.ni + random.between(1, 5);
    expect_refusal<ShapeError>([&] { Network(other, before); }, fmt::format("ni = {}", *other.ni));
  }
  RC_ASSERT(network.parameters() == good);
  RC_ASSERT(network.state() == before);
}

RC_GTEST_PROP(Refusal, OfOneHyperparameterChangesNone, ()) {
  Random random = any_random();
  const Parameters good = any_parameters();
  Parameters p = good;
  const auto table = parameter_table();
  const std::string name(table[random.below(table.size())].name);
  const double number = wrong_number(random);
  const bool is_name = std::holds_alternative<std::string>(get_parameter(p, name));
  expect_refusal<ParameterError>([&] { set_parameter(p, name, number); }, fmt::format("{} = {}", name, number));
  if (is_name) {
    expect_refusal<UnknownNameError>([&] { set_parameter(p, name, std::string("sprase")); }, "'sprase'");
  } else {
    expect_refusal<ParameterError>([&] { set_parameter(p, name, std::string("many")); }, name + " = 'many'");
  }
  expect_refusal<UnknownNameError>([&] { set_parameter(p, name + "_", 1.0); }, fmt::format("did you mean '{}'", name));
  RC_ASSERT(p == good);
}

/// A flaw of a state: the type of its error, and what the message must contain.
struct Flaw {
  bool shape;  ///< a ShapeError, else a StateError
  std::string part;
};

/// Changes one weight of a matrix.
void set_weight(CopyOnWrite<SynapseMatrix>& matrix, std::size_t pre, std::size_t post, double weight) {
  auto weights = test::dense(*matrix);
  weights[pre * matrix->n_post() + post] = weight;
  matrix = SynapseMatrix::from_dense(weights, matrix->n_pre(), matrix->n_post(), matrix->plasticity());
}

Flaw spoil(State& s, Random& random) {
  const std::size_t ne = s.ne();
  const std::size_t ni = s.ni();
  const std::size_t e = random.below(ne);
  const std::size_t i = random.below(ni);
  const double number = wrong_number(random);
  const auto two = static_cast<std::uint8_t>(random.between(2, 255));
  switch (random.below(14)) {
    case 0: s.te[e] = number; return {false, fmt::format("Te[{}] = {}", e, number)};
    case 1: s.ti[i] = number; return {false, fmt::format("Ti[{}] = {}", i, number)};
    case 2: s.x[e] = two; return {false, fmt::format("X[:, 1][{}] = {}", e, two)};
    case 3: s.x_previous[e] = two; return {false, fmt::format("X[:, 0][{}] = {}", e, two)};
    case 4: s.y[i] = two; return {false, fmt::format("Y[:, 1][{}] = {}", i, two)};
    case 5: s.y_previous[i] = two; return {false, fmt::format("Y[:, 0][{}] = {}", i, two)};
    case 6: s.x.push_back(0); return {true, fmt::format("X[:, 1] has {} values: must have {}", ne + 1, ne)};
    case 7: s.y_previous.pop_back(); return {true, fmt::format("Y[:, 0] has {} values: must have {}", ni - 1, ni)};
    case 8: set_weight(s.wei, i, e, number); return {false, fmt::format("Wei[{}][{}] = {}", i, e, number)};
    case 9: set_weight(s.wie, e, i, number); return {false, fmt::format("Wie[{}][{}] = {}", e, i, number)};
    case 10: {
      const std::size_t other = (e + random.between(1, ne - 1)) % ne;
      set_weight(s.wee, e, other, number);
      return {false, fmt::format("Wee[{}][{}] = {}", e, other, number)};
    }
    case 11: set_weight(s.wee, e, e, 0.5); return {false, fmt::format("Wee[{0}][{0}] = 0.5: a unit has no synapse", e)};
    case 12: s.wei = SynapseMatrix(ne, ni + ne); return {true, fmt::format("Wei has shape ({}, {})", ne, ni + ne)};
    default: s.wee = SynapseMatrix(ne, ne + 1); return {true, fmt::format("Wee has shape ({}, {})", ne, ne + 1)};
  }
}

RC_GTEST_PROP(Refusal, OfAStateNamesThePlaceAndTheValue, ()) {
  Random random = any_random();
  const Parameters p = any_parameters();
  Network network(p, 5);
  network.run(5);
  const State good = network.state();
  State bad = good;
  const Flaw flaw = spoil(bad, random);
  const auto refuses = [&](const std::function<void()>& body) {
    flaw.shape ? expect_refusal<ShapeError>(body, flaw.part) : expect_refusal<StateError>(body, flaw.part);
  };
  refuses([&] { validate(bad); });
  refuses([&] { Network(p, bad); });
  RC_ASSERT(network.state() == good);  // `good` shares its matrices with `bad`
}

RC_GTEST_PROP(Refusal, OfTooFewThresholdsIsAShapeError, ()) {
  Random random = any_random();
  const Parameters p = any_parameters();
  State bad = build_state(p, 5);
  const bool excitatory = random.chance(0.5);
  auto& thresholds = excitatory ? bad.te : bad.ti;
  thresholds.resize(thresholds.size() - 1);
  const std::size_t is = excitatory ? p.ne : *p.ni;
  expect_refusal<ShapeError>([&] { Network(p, bad); }, fmt::format("{} = {}", excitatory ? "ne" : "ni", is));
}

RC_GTEST_PROP(Refusal, OfARunChangesNothing, ()) {
  Random random = any_random();
  const Parameters p = any_parameters();
  Network network(p, 7);
  network.run(5);
  Network twin(network);
  const State before = network.state();
  const std::size_t steps = random.between(2, 20);
  const std::size_t units = p.ne + *p.ni;
  auto u = random.reals(p.nu * steps, -1, 1);
  auto xi = random.reals(units * steps, -0.1, 0.1);
  RunOptions options;
  options.inputs = {u.data(), p.nu, steps, static_cast<std::ptrdiff_t>(steps), 1};
  options.noise = Noise::replayed({xi.data(), units, steps, static_cast<std::ptrdiff_t>(steps), 1});
  const std::vector<RecordRequest> requests{{Quantity::excitatory, 1}};
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  const auto run = [&] { network.run(steps, options, observers); };

  const std::size_t t = random.below(steps);
  const double not_finite = random.one_of({nan, infinity, -infinity});
  switch (random.below(6)) {
    case 0: {
      const std::size_t f = random.below(p.nu);
      u[f * steps + t] = not_finite;
      expect_refusal<StateError>(run, fmt::format("inputs[{}][{}] = {}", f, t, not_finite));
      break;
    }
    case 1: {
      const std::size_t i = random.below(units);
      xi[i * steps + t] = not_finite;
      expect_refusal<StateError>(run, fmt::format("noise[{}][{}] = {}", i, t, not_finite));
      break;
    }
    case 2:
      options.inputs.features += 1;
      expect_refusal<ShapeError>(run, fmt::format("inputs has shape ({}, {})", p.nu + 1, steps));
      break;
    case 3:
      options.inputs.steps = t;
      expect_refusal<ShapeError>(run, fmt::format("inputs has shape ({}, {})", p.nu, t));
      break;
    case 4:
      options.noise.replay.features -= 1;
      expect_refusal<ShapeError>(run, fmt::format("noise has shape ({}, {})", units - 1, steps));
      break;
    default: {
      const double sigma = wrong_number(random);
      options.noise = Noise::gaussian(sigma);
      expect_refusal<ParameterError>(run, fmt::format("noise = {}", sigma));
    }
  }
  RC_ASSERT(network.state() == before);
  RC_ASSERT(recorder.recordings()[0].rows == 0U);
  network.run(10);
  twin.run(10);
  RC_ASSERT(network.state() == twin.state());
}

/// Compressed columns that contradict themselves in different ways.
RC_GTEST_PROP(Refusal, OfCompressedColumnsNamesTheMatrix, ()) {
  Random random = any_random();
  const std::size_t n_pre = random.between(2, 20);
  const std::size_t n_post = random.between(1, 20);
  const SynapseMatrix good = test::random_matrix(random, n_pre, n_post, n_pre);
  CompressedColumns columns = good.compressed(good.posts());
  auto& start = columns.start;
  auto& pre = columns.pre;
  auto& weight = columns.weight;
  const std::size_t i = random.below(n_post);
  // Adds two synapses at the end of column i, which may be wrong.
  const auto add = [&](std::uint32_t first, std::uint32_t second) {
    const auto at = static_cast<std::ptrdiff_t>(start[i + 1]);
    pre.insert(pre.begin() + at, {first, second});
    weight.insert(weight.begin() + at, {0.1, 0.2});
    for (std::size_t k = i + 1; k <= n_post; ++k) start[k] += 2;
  };
  const auto last = static_cast<std::uint32_t>(n_pre - 1);
  const auto make = [&] { SynapseMatrix::from_columns(start, pre, weight, n_pre, Plasticity::plastic, "Wxy"); };
  const std::string column = fmt::format("Wxy: column {}", i);
  switch (random.below(7)) {
    case 0: add(last, last); return expect_refusal<StateError>(make, column);      // twice
    case 1: add(last, 0); return expect_refusal<StateError>(make, column);         // descending
    case 2: add(last, last + 1); return expect_refusal<StateError>(make, column);  // no such unit
    case 3: start.front() = 1; break;
    case 4: start.back() += 1; break;
    case 5: weight.push_back(0.1); break;
    default: start.insert(start.begin() + 1, start.back() + 1);
  }
  expect_refusal<ShapeError>(make, "Wxy: compressed columns");
}

RC_GTEST_PROP(Refusal, OfANameQuotesTheName, ()) {
  // No name contains the letter q, so that any text with it is unknown.
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>('!', '~')) + "q";
  const std::string part = fmt::format("'{}", text.substr(0, 80));
  expect_refusal<UnknownNameError>([&] { rule_named(text); }, part);
  expect_refusal<UnknownNameError>([&] { phase_named(text); }, part);
  expect_refusal<UnknownNameError>([&] { variant_named(text); }, part);
  Parameters p;
  expect_refusal<UnknownNameError>([&] { set_parameter(p, "network_type_ee", text); }, part);
  expect_refusal<UnknownNameError>([&] { quantity_named(text); }, part);
}

RC_GTEST_PROP(Refusal, OfAStrideQuotesTheRequest, ()) {
  const auto stride = *rc::gen::element<std::string>("0", "-1", "1.5", "", "x", "18446744073709551616", "1 ", "+1");
  const auto quantity = *rc::gen::element<std::string>("E", "WEE", "C_ei");
  expect_refusal<ParameterError>([&] { record_request(quantity + "/" + stride); },
                                 fmt::format("'{}/{}'", quantity, stride));
}

}  // namespace
}  // namespace sorn
