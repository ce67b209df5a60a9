// Variants in the command: their descriptions and comparisons, --variant, the table [model], and summaries.
#include "helpers/command.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace sorn {
namespace {

using test::read_file;
using test::write_file;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class VariantsCommand : public test::Command {
protected:
  /// The hyperparameters of a network that `sorn init` builds with these arguments.
  Parameters built(std::vector<std::string> more) {
    more.insert(more.begin(), {"init", "--seed", "1", "--out", "n.h5", "--force", "--quiet"});
    run(more);
    return load_result("n.h5").parameters;
  }
  Parameters configured(std::string_view toml, std::vector<std::string> more = {}) {
    write_file("c.toml", toml);
    more.insert(more.end(), {"--config", "c.toml"});
    return built(more);
  }
  static std::string refused(std::string_view toml) {
    write_file("c.toml", toml);
    return failure(3, {"init", "--out", "bad.h5", "--config", "c.toml"});
  }
};

/// The first words of all lines.
std::vector<std::string> first_words(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) words.push_back(line.substr(0, line.find(' ')));
  return words;
}

// --- sorn variants

TEST_F(VariantsCommand, ListsAllVariants) {
  const std::string text = run({"variants"}).out;
  for (const Variant& row : variant_table()) {
    EXPECT_THAT(text, AllOf(HasSubstr(row.name()), HasSubstr(row.meaning), HasSubstr(row.publication)));
  }
}

TEST_F(VariantsCommand, DescribesEachSwitchOfEachVariant) {
  for (const Variant& row : variant_table()) {
    const std::string text = run({"variants", std::string(row.name())}).out;
    EXPECT_THAT(text, AllOf(StartsWith(fmt::format("{}: {}\n", row.name(), row.meaning)), HasSubstr(row.program)));
    for (const std::string_view name : switch_list()) {
      const bool usual = get_parameter(parameters_of(row.id), name) == get_parameter(Parameters{}, name);
      EXPECT_THAT(text, ContainsRegex(fmt::format("\n{} {} +[^ ]", usual ? " " : "[*]", name)));
    }
  }
  const std::string text = run({"variants", "zheng2013"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("weight distributions"), HasSubstr("eleven at a time"),
                          HasSubstr("* lambda_ei          20 % of ne\n"), HasSubstr("0.2236 drive\n"),
                          HasSubstr("order              ip,stdp,sp,istdp,ssee,ssei\n")));
  // A value with another source than the program says so.
  EXPECT_THAT(run({"variants", "lazar2009"}).out,
              ContainsRegex("ti_max +0.5 drive\n.*\n +from: the value of the program SORN_V2"));
}

TEST_F(VariantsCommand, ComparesVariantsAndFiles) {
  const std::string text = run({"variants", "zheng2013", "delpapa2017"}).out;
  EXPECT_THAT(first_words(text),
              testing::ElementsAre("", "inhibition", "input_gain", "wee_max", "sp_scaling", "ei_diagonal"));
  EXPECT_THAT(text, ContainsRegex("\ninhibition +slow +fast\n"));
  EXPECT_EQ(run({"variants", "zheng2013", "zheng2013"}).out, "no switch differs\n");

  built({"--variant", "zheng2013", "--set", "noise_sigma=0.1", "ne=100"});
  const std::string file = run({"variants", "zheng2013", "n.h5"}).out;
  EXPECT_THAT(first_words(file), testing::ElementsAre("", "ne", "noise_sigma"));
  EXPECT_THAT(file, AllOf(HasSubstr("n.h5 (zheng2013)"), ContainsRegex("noise_sigma +0.2236 +0.1\n")));
  EXPECT_THAT(run({"variants", "n.h5"}).out,
              AllOf(StartsWith("n.h5: zheng2013, with noise_sigma 0.1 instead of 0.2236\n"),
                    ContainsRegex("noise_sigma +0.1 drive\n.*\n.*from: the file")));
}

TEST_F(VariantsCommand, PrintsATableThatGivesTheVariant) {
  for (const Variant& row : variant_table()) {
    const std::string table = run({"variants", std::string(row.name()), "--toml"}).out;
    EXPECT_THAT(table, StartsWith("[model]\n"));
    EXPECT_EQ(configured(table), parameters_of(row.id));
  }
  built({"--variant", "sorn_v2", "--set", "order=ip,stdp,ss", "eta_ip=0.02"});
  const Parameters expected = load_result("n.h5").parameters;
  EXPECT_EQ(configured(run({"variants", "n.h5", "--toml"}).out), expected);
}

TEST_F(VariantsCommand, RefusesUnknownNames) {
  EXPECT_THAT(failure(3, {"variants", "zheng2012"}),
              AllOf(HasSubstr("unknown variant 'zheng2012'"), HasSubstr("did you mean 'zheng2013'")));
  EXPECT_THAT(failure(3, {"variants", "zheng2013", "delpapa"}), HasSubstr("did you mean 'delpapa2017'"));
  EXPECT_THAT(failure(4, {"variants", "none.h5"}), HasSubstr("'none.h5'"));
  EXPECT_THAT(failure(2, {"variants", "--toml"}), HasSubstr("give its name"));
  EXPECT_THAT(failure(2, {"variants", "zheng2013", "lazar2009", "--toml"}), HasSubstr("one variant"));
}

// --- --variant and [model]

TEST_F(VariantsCommand, TakesAVariantBeforeOtherValues) {
  for (const Variant& row : variant_table()) {
    EXPECT_EQ(built({"--variant", std::string(row.name())}), parameters_of(row.id));
  }
  Parameters expected = parameters_of(VariantName::zheng2013);
  expected.noise_sigma = 0.04;  // the value of the default variant holds, because it is given
  expected.keep_zero = Toggle::on;
  EXPECT_EQ(built({"--set", "noise_sigma=0.04", "keep_zero=true", "--variant", "zheng2013"}), expected);
  EXPECT_EQ(built({"--set", "noise_sigma=0.04", "keep_zero=on", "variant=zheng2013"}), expected);
  EXPECT_EQ(configured("[parameters]\nnoise_sigma = 0.04\n", {"--variant", "zheng2013", "--set", "keep_zero=True"}),
            expected);
  EXPECT_EQ(configured("[model]\nvariant = \"hartmann2015\"\n", {"--variant", "delpapa2017"}),
            parameters_of(VariantName::delpapa2017));

  EXPECT_THAT(failure(3, {"init", "--variant", "zheng", "--out", "bad.h5"}),
              AllOf(HasSubstr("--variant"), HasSubstr("did you mean 'zheng2013'")));
  EXPECT_THAT(failure(2, {"init", "--variant", "zheng2013", "--set", "variant=zheng2013", "--out", "bad.h5"}),
              HasSubstr("give one of them"));
}

TEST_F(VariantsCommand, RunsTheVariant) {
  run({"simulate", "--variant", "delpapa2017", "--steps", "300", "--seed", "4", "--out", "a.h5"});
  Network network(parameters_of(VariantName::delpapa2017), 4);
  RunOptions options;
  options.noise = Noise::gaussian(parameters_of(VariantName::delpapa2017).noise_sigma);
  network.run(300, options);
  EXPECT_EQ(load_result("a.h5").state, network.state());
}

TEST_F(VariantsCommand, KeepsTheChangedValuesOfAState) {
  built({"--variant", "zheng2013", "--set", "eta_ip=0.02"});
  run({"simulate", "--state", "n.h5", "--variant", "delpapa2017", "--steps", "5", "--out", "a.h5"});
  Parameters expected = parameters_of(VariantName::delpapa2017);
  expected.eta_ip = 0.02;
  EXPECT_EQ(load_result("a.h5").parameters, expected);
}

TEST_F(VariantsCommand, ReadsTheTableOfAModel) {
  Parameters expected = parameters_of(VariantName::zheng2013);
  expected.noise_sigma = 0.1;
  expected.order = Order{Rule::ip, Rule::stdp, Rule::ssee};
  expected.keep_zero = Toggle::on;
  expected.ne = 100;
  const std::string lines = "noise_sigma = 0.1\norder = [\"ip\", \"stdp\", \"ssee\"]\nkeep_zero = true\n";
  EXPECT_EQ(configured("[model]\nvariant = \"zheng2013\"\n" + lines + "[parameters]\nne = 100\n"), expected);
  EXPECT_EQ(configured("[model]\nne = 100\n[parameters]\n" + lines + "variant = \"zheng2013\"\n"), expected);
  expected.keep_zero = Toggle::off;
  EXPECT_EQ(configured("[model]\nvariant = \"zheng2013\"\nne = 100\nnoise_sigma = 0.1\norder = \"ip,stdp,ssee\"\n"
                       "keep_zero = false\n"),
            expected);
  expected.order = Order{};
  EXPECT_EQ(configured("[model]\nvariant = \"zheng2013\"\nne = 100\nnoise_sigma = 0.1\norder = []\n"), expected);

  EXPECT_THAT(refused("[parameters]\nne = 100\neta_ip = 0.1\n[model]\neta_ip = 0.1\n"),
              AllOf(HasSubstr("c.toml:3"), HasSubstr("c.toml:5"), HasSubstr("eta_ip"), HasSubstr("is given in")));
  EXPECT_THAT(refused("[model]\nvariant = \"zheng\"\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("'zheng2013'")));
  EXPECT_THAT(refused("[model]\nkeep_zero = 1\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("'on' or 'off'")));
  EXPECT_THAT(refused("[model]\nne = true\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("a number or a string")));
  EXPECT_THAT(refused("[model]\ninhibition = [\"fast\"]\n"), HasSubstr("a number or a string"));
  EXPECT_THAT(refused("[model]\norder = [1]\n"), HasSubstr("a list of strings"));
  EXPECT_THAT(refused("[model]\norder = [\"ip\", \"ip\"]\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("at most once")));
  EXPECT_THAT(refused("[model]\norder = [\"sdtp\"]\n"), HasSubstr("did you mean 'stdp'"));
  EXPECT_THAT(refused("[model]\nsteps = 5\n"), HasSubstr("[run]"));
  EXPECT_THAT(refused("[modle]\n"), HasSubstr("did you mean 'model'"));
}

TEST_F(VariantsCommand, DumpsTheDefaultsOfAVariant) {
  for (const Variant& row : variant_table()) {
    const std::string text = run({"simulate", "--variant", std::string(row.name()), "--dump-default"}).out;
    EXPECT_EQ(configured(text), parameters_of(row.id));
    const auto at = [&](std::string_view word) { return text.find(fmt::format("\n{}", word)); };
    EXPECT_LT(at("[model]"), at("variant = "));
    EXPECT_LT(at("noise_sigma = "), at("[parameters]"));
    EXPECT_LT(at("[parameters]"), at("ne = "));
    EXPECT_LT(at("eta_stdp = "), at("[run]"));
  }
}

/// The lines of all blocks of a language in a page of the documentation.
std::vector<std::string> lines_of(const std::string& page, const std::string& language) {
  std::istringstream text(read_file(std::string(SORN_TEST_DOCS_DIR) + "/" + page));
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
    } else if (inside) {
      lines.push_back(line);
    }
  }
  return lines;
}

TEST_F(VariantsCommand, RunsThePageOfTheVariants) {
  std::size_t commands = 0;
  for (std::string line : lines_of("variants.md", "sh")) {
    line = line.substr(0, line.find(" #"));
    if (const std::size_t at = line.find("1e5"); at != std::string::npos) line.replace(at, 3, "100");
    std::istringstream words(line);
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    ASSERT_EQ(arguments.front(), "sorn");
    arguments.erase(arguments.begin());
    run(arguments);
    ++commands;
  }
  EXPECT_GE(commands, 6U);
  std::string toml;
  for (const std::string& line : lines_of("variants.md", "toml")) toml += line + '\n';
  EXPECT_EQ(configured(toml).noise_sigma, 0.1);
}

// --- summaries

TEST_F(VariantsCommand, NamesTheVariantInSummaries) {
  const std::string words =
      "zheng2013, with order ip,stdp,sp instead of ip,stdp,sp,istdp,ssee,ssei, noise_sigma 0.1 "
      "instead of 0.2236\n";
  const auto simulated = run({"simulate", "--variant", "zheng2013", "--set", "noise_sigma=0.1", "order=ip,stdp,sp",
                              "--steps", "5", "--out", "a.h5"});
  EXPECT_THAT(simulated.out, HasSubstr("variant    " + words));
  EXPECT_THAT(run({"info", "a.h5"}).out, HasSubstr("variant: " + words));
  EXPECT_THAT(run({"simulate", "--variant", "lazar2009", "--steps", "5", "--replicas", "2", "--out", "none"}).out,
              HasSubstr("variant    lazar2009\n"));
  EXPECT_THAT(run({"init", "--variant", "lazar2009", "--out", "n.h5"}).out, HasSubstr("variant    lazar2009\n"));
  EXPECT_THAT(run({"info", "n.h5"}).out, HasSubstr("variant: lazar2009\n"));
  // Values that differ after the fourth digit are printed in full.
  run({"init", "--set", "eta_stdp=0.00400001", "--out", "n.h5", "--force"});
  EXPECT_THAT(run({"info", "n.h5"}).out, HasSubstr("with eta_stdp 0.00400001 instead of 0.004\n"));
}

}  // namespace
}  // namespace sorn
