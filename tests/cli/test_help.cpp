// What the command says about itself: its help, completion and manual pages, which are made from the parser.
#include "core/quantity.hpp"
#include "core/rule.hpp"
#include "helpers/command.hpp"

#include <sorn/measures.hpp>
#include <sorn/parameters.hpp>
#include <sorn/source_spec.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

namespace sorn {
namespace {

using test::read_file;
using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSubsetOf;
using testing::StartsWith;
using testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

/// All that a pattern's first group finds in a text.
Words found(const std::string& text, const char* pattern) {
  const std::regex expression(pattern, std::regex::multiline);
  Words words;
  for (std::sregex_iterator at(text.begin(), text.end(), expression); at != std::sregex_iterator(); ++at) {
    words.push_back(at->str(1));
  }
  return words;
}

class SelfDescription : public test::Command {
protected:
  static const Words& commands() {
    static const Words names = [] {
      const std::string help = run({"--help"}).out;
      const std::size_t begin = help.find("Subcommands:");
      return found(help.substr(begin, help.find("\n\n", begin) - begin), R"(^  ([a-z]+) )");
    }();
    return names;
  }
  /// The options that the help of a command lists, in all their names.
  static Words options(const std::string& command) {
    const Words lines = found(run({command, "--help"}).out, R"(^  (-[^ \n]+))");
    Words names;
    for (const std::string& line : lines) {
      for (const std::string& name : found(line, "([^,]+)")) names.push_back(name);
    }
    return names;
  }
};

// --- help

TEST_F(SelfDescription, HelpOfACommandIsItsHelp) {
  ASSERT_THAT(commands(), testing::IsSupersetOf({"simulate", "help", "doctor", "completion", "man"}));
  for (const std::string& command : commands()) {
    EXPECT_THAT(run({"help", command}).out, StartsWith(run({command, "--help"}).out)) << command;
  }
  EXPECT_THAT(run({"help"}).out, StartsWith(run({"--help"}).out));
}

TEST_F(SelfDescription, TopicsHaveEachRowOfTheirTables) {
  const auto expect = [](const char* topic, const auto& rows, auto&& name_of) {
    const std::string text = run({"help", topic}).out;
    for (const auto& row : rows) {
      const std::string name(name_of(row));
      EXPECT_TRUE(std::regex_search(text, std::regex("(^|\n) *" + name + "[ \n]"))) << topic << ": " << name;
    }
    EXPECT_THAT(run({"help"}).out, HasSubstr(fmt::format("  {} ", topic)));
  };
  const auto name = [](const auto& row) { return row.name; };
  expect("parameters", parameter_table(), name);
  expect("quantities", quantity_table(), name);
  expect("rules", rule_table(), name);
  expect("sources", source_table(), name);
  expect("measures", measures(), name);
  expect("variants", variant_table(), [](const Variant& row) { return row.name(); });
  EXPECT_THAT(
      run({"help", "parameters"}).out,
      HasSubstr("\neta_stdp = 0.004\n  learning rate of STDP\n  a number in [0, 1]; unit: weight per pairing\n"));
  EXPECT_THAT(run({"help", "experiments"}).out, HasSubstr("\n  lazar2009-counting\n"));
  EXPECT_THAT(run({"help", "inputs"}).out, HasSubstr("feature-by-time"));
  EXPECT_THAT(run({"help", "files"}).out, AllOf(HasSubstr(".checkpoint-STEP"), HasSubstr("sonata")));
  EXPECT_THAT(run({"help", "exit-codes"}).out, HasSubstr("130"));
}

TEST_F(SelfDescription, UnknownTopicsNameTheNearest) {
  EXPECT_THAT(failure(3, {"help", "paramters"}),
              AllOf(HasSubstr("unknown topic 'paramters'"), HasSubstr("did you mean 'parameters'")));
  EXPECT_THAT(failure(3, {"help", "simulat"}), HasSubstr("did you mean 'simulate'"));
  EXPECT_THAT(failure(3, {"man", "simulat"}), HasSubstr("did you mean 'simulate'"));
  EXPECT_THAT(failure(3, {"completion", "fishh"}), HasSubstr("did you mean 'fish'"));
}

// --- completion

class Completion : public SelfDescription {
protected:
  Completion() {
    write_file("sorn.bash", run({"completion", "bash"}).out);
    write_file("run.h5", "");
    std::filesystem::create_directory("figures");
  }

  /// What bash offers for the last of these words. `breaks` are the characters at which readline divides words.
  static Words offered(const Words& words, const std::string& breaks = "") {
    std::string line = "sorn";
    for (const std::string& word : words) line += fmt::format(" '{}'", word);
    write_file("complete.bash", fmt::format("set -u\nsource ./sorn.bash\nCOMP_WORDBREAKS='{}'\nCOMP_WORDS=({})\n"
                                            "COMP_CWORD={}\n_sorn\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
                                            breaks, line, words.size()));
    EXPECT_EQ(std::system("bash ./complete.bash > replies 2> errors"), 0);
    EXPECT_EQ(read_file("errors"), "");
    return found(read_file("replies"), "(.+)\n");
  }
};

TEST_F(Completion, OffersCommandsAndOptions) {
  EXPECT_THAT(offered({"s"}), UnorderedElementsAre("simulate", "stats", "sweep"));
  EXPECT_EQ(offered({""}), commands());
  EXPECT_THAT(offered({"--ver"}), ElementsAre("--version"));
  EXPECT_THAT(offered({"simulate", "--st"}), UnorderedElementsAre("--steps", "--state"));
  EXPECT_THAT(offered({"simulate", "--steps", "5", "--quiet", "--st"}), UnorderedElementsAre("--steps", "--state"));
  EXPECT_THAT(offered({"info", "--st"}), IsEmpty());
}

TEST_F(Completion, OffersFixedChoices) {
  EXPECT_THAT(offered({"simulate", "--variant", "zh"}), ElementsAre("zheng2013"));
  EXPECT_THAT(offered({"simulate", "--variant=zh"}), ElementsAre("--variant=zheng2013"));
  EXPECT_THAT(offered({"simulate", "--variant", "=", "zh"}, "=:"), ElementsAre("zheng2013"));
  EXPECT_THAT(offered({"simulate", "--noise", ""}), ElementsAre("on", "off"));
  EXPECT_THAT(offered({"simulate", "--inputs-layout", "f"}), ElementsAre("feature-by-time"));
  EXPECT_THAT(offered({"stats", "--recording", ""}), ElementsAre("E", "I", "R", "O"));
  EXPECT_THAT(offered({"plot", "run.h5", "--format", ""}), ElementsAre("png", "pdf", "svg"));
  EXPECT_THAT(offered({"reproduce", "lazar"}), ElementsAre("lazar2009-counting"));
  EXPECT_THAT(offered({"help", "quant"}), ElementsAre("quantities"));
  EXPECT_THAT(offered({"completion", "z"}), ElementsAre("zsh"));
  EXPECT_THAT(offered({"simulate", "--steps", ""}), IsEmpty());
}

TEST_F(Completion, OffersSeveralValues) {
  EXPECT_THAT(offered({"simulate", "--record", "E,C_"}), UnorderedElementsAre("E,C_ei", "E,C_ie"));
  EXPECT_THAT(offered({"simulate", "--record", "E", "C_"}), UnorderedElementsAre("C_ei", "C_ie"));
  EXPECT_THAT(offered({"simulate", "--set", "eta_st"}), ElementsAre("eta_stdp="));
  EXPECT_THAT(offered({"simulate", "--set", "ne", "=", "5", "eta_st"}, "=:"), ElementsAre("eta_stdp="));
  EXPECT_THAT(offered({"simulate", "--set", "ne", "=", "5"}, "=:"), IsEmpty());
}

TEST_F(Completion, OffersFiles) {
  EXPECT_THAT(offered({"info", "ru"}), ElementsAre("run.h5"));
  EXPECT_THAT(offered({"info", "run.h5", "ru"}), ElementsAre("run.h5"));
  EXPECT_THAT(offered({"simulate", "--state=ru"}), ElementsAre("--state=run.h5"));
  EXPECT_THAT(offered({"plot", "run.h5", "--out", ""}), ElementsAre("figures"));
  EXPECT_THAT(offered({"rule", ""}), ElementsAre("new", "check"));
  EXPECT_THAT(offered({"rule", "check", "ru"}), ElementsAre("run.h5"));
  EXPECT_THAT(offered({"variants", "zheng2013", "rmsorn"}), UnorderedElementsAre("rmsorn", "rmsorn_pypi"));
  EXPECT_THAT(offered({"variants", "run"}), ElementsAre("run.h5"));
  EXPECT_THAT(offered({"simulate", "--inputs", "count"}), Contains("counting"));
}

TEST_F(SelfDescription, CompletionKnowsEachOptionInEachShell) {
  const std::string zsh = run({"completion", "zsh"}).out;
  const std::string fish = run({"completion", "fish"}).out;
  const std::string bash = run({"completion", "bash"}).out;
  for (const std::string& command : commands()) {
    const Words names = options(command);
    ASSERT_THAT(names, Contains("--help"));
    const std::string line = found(bash, fmt::format("^    '{}'\\) options='(.*)' ;;$", command).c_str()).at(0);
    EXPECT_THAT(names, IsSubsetOf(found(line, "([^ ]+)"))) << command;
    const std::size_t begin = zsh.find(fmt::format("\n    {})\n", command));
    const std::string part = zsh.substr(begin, zsh.find(";;", begin) - begin);
    for (const std::string& name : names) {
      EXPECT_TRUE(std::regex_search(part, std::regex("'\\*?" + name + "[=+]?\\["))) << command << ' ' << name;
      const std::string in_fish = name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      EXPECT_TRUE(std::regex_search(
          fish, std::regex(fmt::format("-n 'contains -- {} \\(__sorn_command\\)'[^\n]*{} ", command, in_fish))))
          << command << in_fish;
    }
  }
}

// --- manual pages

/// The text without the marks of roff.
std::string plain(std::string text) {
  for (const auto& [mark, character] : {std::pair(R"(\\fB|\\fI|\\fR|\\&)", ""),
                                        {R"(\\-)", "-"},
                                        {R"(\\\(aq)", "'"},
                                        {R"(\\\(ti)", "~"},
                                        {R"(\\\(ha)", "^"},
                                        {R"(\\\(ga)", "`"},
                                        {R"(\\e)", R"(\)"}}) {
    text = std::regex_replace(text, std::regex(mark), character);
  }
  return text;
}

TEST_F(SelfDescription, ManualPagesHaveTheTextOfTheHelp) {
  for (const std::string& command : commands()) {
    const std::string page = run({"man", command}).out;
    EXPECT_THAT(page, StartsWith(".TH SORN\\-"));
    const std::string text = plain(page);
    for (const std::string& name : options(command)) {
      EXPECT_TRUE(std::regex_search(text, std::regex("\n\\.TP\n([^\n]*, )?" + name + "[, \n]"))) << command << name;
    }
    // The words after the options, in their order.
    const std::string help = run({command, "--help"}).out;
    const Words lines = found(help.substr(help.find("\nExamples:\n") + 11), "^  (sorn .*)$");
    ASSERT_THAT(lines, testing::Not(IsEmpty())) << command;
    for (const std::string& line : lines) EXPECT_THAT(text, HasSubstr("\n" + line + "\n")) << command;
    EXPECT_THAT(text, AllOf(HasSubstr("\n.SH EXAMPLES\n"), HasSubstr("\n.SH EXIT CODES\n"), HasSubstr("\nsorn(1)\n")));
    // No line is a request by mistake.
    for (const std::string& request : found(page, "^[.']([^ \n]*)")) {
      EXPECT_THAT((std::set<std::string>{"TH", "SH", "TP", "PP", "nf", "fi", "br"}), Contains(request)) << command;
    }
    const auto count = [&](const char* line) { return found(page, fmt::format("^({})$", line).c_str()).size(); };
    EXPECT_EQ(count("\\.nf"), count("\\.fi"));
  }
}

TEST_F(SelfDescription, WritesAllManualPages) {
  run({"man", "--out", "share/man1"});
  std::set<std::string> written;
  for (const auto& entry : std::filesystem::directory_iterator("share/man1")) written.insert(entry.path().filename());
  std::set<std::string> expected{"sorn.1"};
  for (const std::string& command : commands()) expected.insert(fmt::format("sorn-{}.1", command));
  EXPECT_EQ(written, expected);
  EXPECT_EQ(read_file("share/man1/sorn.1"), run({"man"}).out);
  EXPECT_EQ(read_file("share/man1/sorn-simulate.1"), run({"man", "simulate"}).out);
  EXPECT_THAT(failure(2, {"man", "simulate", "--out", "share"}), HasSubstr("leave COMMAND out"));
  write_file("file", "");
  EXPECT_THAT(failure(4, {"man", "--out", "file/man1"}), HasSubstr("file/man1"));
}

}  // namespace
}  // namespace sorn
