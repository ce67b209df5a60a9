#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "cli/topics.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::cli {

namespace {

std::string topic_lines() {
  std::string lines;
  for (const Topic& topic : topics()) lines += formatted("  {:<12}  {}\n", topic.name, topic.meaning);
  return lines;
}

int help(const CLI::App& app, const std::string& name, const Environment& environment) {
  std::ostream& out = environment.out;
  if (name.empty()) {
    out << app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)
        << "\nTopics of 'sorn help':\n"
        << topic_lines();
    return done;
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const auto command =
      std::find_if(commands.begin(), commands.end(), [&](const CLI::App* one) { return one->get_name() == name; });
  const auto topic = std::find_if(topics().begin(), topics().end(), [&](const Topic& one) { return one.name == name; });
  if (command == commands.end() && topic == topics().end()) {
    std::vector<std::string> names;
    names.reserve(commands.size() + topics().size());
    for (const CLI::App* one : commands) names.push_back(one->get_name());
    for (const Topic& one : topics()) names.emplace_back(one.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    throw_unknown_name("topic", name, std::vector<std::string_view>(names.begin(), names.end()));
  }
  if (command != commands.end()) out << (*command)->help(app.get_name());
  if (topic == topics().end()) return done;
  if (command != commands.end()) out << '\n';
  topic->print(out);
  return done;
}

}  // namespace

void add_help(CLI::App& app, Action& action) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("help", "print the help of a command, or what is known about a topic");
  command->add_option("TOPIC", *name, "a command or a topic")->type_name("");
  command->footer("Topics:\n" + topic_lines() +
                  "'sorn help variants' prints both the help of the command and the topic of this name.\n"
                  "\nExamples:\n"
                  "  sorn help simulate\n"
                  "  sorn help parameters\n\n" +
                  exit_code_help());
  command->callback([name, &app, &action] {
    action = [name, &app](const Environment& environment) { return help(app, *name, environment); };
  });
}

}  // namespace sorn::cli
