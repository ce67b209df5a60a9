// The provenance that files hold.
#include "helpers/message_of.hpp"
#include "helpers/reproducible.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/provenance.hpp"
#include "io/table.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/version.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using test::read_file;
using test::ReproducibleFiles;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

Parameters small() {
  Parameters parameters;
  parameters.ne = 20;
  parameters.nu = 2;
  parameters.lambda_ee = 5;
  parameters.lambda_ei = 5;
  return parameters;
}

Result result() {
  const Network network(small(), 1);
  return {.parameters = small(), .state = network.state(), .recordings = {}, .run = {}, .program_version = {}};
}

/// Inputs of 2 features over 3 steps: 1 … 6, step by step.
const std::vector<double> six{1, 2, 3, 4, 5, 6};
const InputView by_step{six.data(), 2, 3, 1, 2};
// hashlib.sha256(np.arange(1.0, 7.0)).hexdigest()
constexpr const char* sha256_of_six = "d73f023a3f852bf2e5c6d836cd36cd930d0091dcba7f778161c707e1c58222b0";

TEST(Provenance, IsStoredInASavedResult) {
  const TemporaryFolder folder;
  const std::time_t before = std::time(nullptr);
  save_result(folder / "a.h5", result());
  const Provenance found = load_result(folder / "a.h5").provenance;
  std::tm date{};
  ASSERT_NE(strptime(found.date.c_str(), "%Y-%m-%dT%H:%M:%SZ", &date), nullptr) << found.date;
  EXPECT_GE(timegm(&date), before);
  EXPECT_LE(timegm(&date), std::time(nullptr));
  std::array<char, 256> host{};
  gethostname(host.data(), host.size());
  EXPECT_EQ(found.host, host.data());
  EXPECT_THAT(found.command, HasSubstr("test_io")) << "this program";
  EXPECT_EQ(ResultReader(folder / "a.h5").provenance(), found);
}

TEST(Provenance, OfReproducibleFilesNeverChanges) {
  const TemporaryFolder folder;
  const ReproducibleFiles reproducible;
  save_result(folder / "a.h5", result());
  const Provenance found = load_result(folder / "a.h5").provenance;
  EXPECT_EQ(found, (Provenance{.date = ReproducibleFiles::date, .host = {}, .command = {}}));
  io::save_table(folder / "t.h5", "sorn-sweep", {{"x", std::vector<double>{1.0}}}, {}, Existing::refuse);
  const io::Session session;
  const io::Handle table = io::open_file(folder / "t.h5");
  EXPECT_EQ(io::read_provenance(table), found);
}

TEST(Provenance, RefusesAnInvalidDate) {
  const TemporaryFolder folder;
  const ReproducibleFiles reproducible;
  for (const char* bad : {"yesterday", "-1", "1.5", "253402300800", "99999999999999999999", " 1"}) {
    setenv("SOURCE_DATE_EPOCH", bad, 1);
    EXPECT_THAT(message_of<ParameterError>([&] { save_result(folder / "a.h5", result()); }),
                AllOf(HasSubstr(bad), HasSubstr("seconds since 1970")));
    EXPECT_THROW(FileRun(folder / "a.h5", Network(small(), 1), {.steps = 2}), ParameterError);
    EXPECT_FALSE(std::filesystem::exists(folder / "a.h5"));
  }
}

TEST(Provenance, IdentifiesInputsOfAnyLayout) {
  EXPECT_EQ(sha256(by_step), sha256_of_six);
  const std::vector<double> by_feature{1, 3, 5, 2, 4, 6};
  EXPECT_EQ(sha256({by_feature.data(), 2, 3, 3, 1}), sha256_of_six);
  EXPECT_NE(sha256({six.data(), 3, 2, 1, 3}), sha256({by_feature.data(), 3, 2, 1, 3}));
  // More than a block: hashlib.sha256(np.arange(30000.0)).hexdigest()
  std::vector<double> many(30000);
  for (std::size_t k = 0; k < many.size(); ++k) many[k] = static_cast<double>(k);
  EXPECT_EQ(sha256({many.data(), 3, 10000, 1, 3}), "4752d303c10e4b5a75ba77ef4a1df3b8f53c18c14b45521378c845c0abb85419");
}

TEST(Provenance, DescribesARunAndItsInputs) {
  const TemporaryFolder folder;
  FileRun run(folder / "a.h5", Network(small(), 1),
              {.steps = 3, .options = {.inputs = by_step}, .inputs = "six\xFF.npy\n"});
  run.run();
  const Result found = load_result(folder / "a.h5");
  EXPECT_EQ(found.run.inputs, "six\\xff.npy\\x0a") << "UTF-8, and safe to be shown";
  EXPECT_EQ(found.run.inputs_shape, (std::array<std::uint64_t, 2>{2, 3}));
  EXPECT_EQ(found.run.inputs_sha256, sha256_of_six);
  EXPECT_THAT(found.provenance.command, HasSubstr("test_io"));
}

/// A file has the provenance of the beginning of its run.
TEST(Provenance, StaysWhenARunIsResumed) {
  const TemporaryFolder folder;
  const RunPlan plan{.steps = 3, .options = {.inputs = by_step}, .checkpoint_every = 1, .inputs = "six"};
  const Provenance beginning{.date = "1999-12-31T23:59:59Z", .host = "elsewhere", .command = "sorn simulate"};
  RunPlan begun = plan;
  begun.provenance = beginning;
  FileRun(folder / "a.h5", Network(small(), 1), begun).run({}, 2);
  EXPECT_EQ(ResultReader(folder / "a.h5.checkpoint-2").provenance(), beginning);
  FileRun::resumed(folder / "a.h5", {.inputs = by_step}).run();
  EXPECT_EQ(load_result(folder / "a.h5").provenance, beginning);
  EXPECT_EQ(load_result(folder / "a.h5").run.inputs_sha256, sha256_of_six);
}

TEST(Provenance, OfEqualRunsGivesEqualFiles) {
  const TemporaryFolder folder;
  const ReproducibleFiles reproducible;
  for (const char* name : {"a.h5", "b.h5"}) {
    FileRun(folder / name, Network(small(), 1),
            {.steps = 3, .options = {.inputs = by_step}, .record = {{Quantity::excitatory}}, .inputs = "six"})
        .run();
  }
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "b.h5"));
}

TEST(Provenance, IsEmptyForFilesWithoutIt) {
  const Result old = load_result(std::filesystem::path(SORN_TEST_GOLDEN_DIR) / "result_v1.h5");
  EXPECT_EQ(old.provenance, Provenance{});
  EXPECT_EQ(old.run.inputs_shape, (std::array<std::uint64_t, 2>{}));
}

/// A hostile text can neither control a terminal nor fill the screen.
TEST(Provenance, HasSafeTextsForForeignFiles) {
  const TemporaryFolder folder;
  save_result(folder / "a.h5", result());
  {
    const io::Session session;
    const io::Handle file(H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "open");
    H5Adelete(file, "command");
    H5Adelete(file, "host");
    io::write_attribute(file, "command", std::string("\x1b[2Jrm\xFF\n") + std::string(5000, 'x'));
    io::write_attribute(file, "host", std::int64_t{5});
  }
  EXPECT_THAT(message_of<FormatError>([&] { load_result(folder / "a.h5"); }), HasSubstr("'host'"));
  {
    const io::Session session;
    const io::Handle file(H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "open");
    H5Adelete(file, "host");
  }
  const std::string command = ResultReader(folder / "a.h5").provenance().command;
  EXPECT_THAT(command, testing::StartsWith("\\x1b[2Jrm\\xff\\x0axxx"));
  EXPECT_LE(command.size(), io::longest_text);
}

TEST(Provenance, QuotesWordsForAShell) {
  const std::vector<std::string> words{"sorn", "--set=a", "two words", "", "it's", "$HOME", "a\nb'", "\xFF\x1b", "é"};
  EXPECT_EQ(io::shell_quoted(words), R"(sorn --set=a 'two words' '' 'it'\''s' '$HOME' $'a\nb\'' $'\xff\x1b' 'é')");
}

TEST(Escaped, LeavesTextAndEscapesTheRest) {
  for (const char* text : {"", "plain", "é ü → 漢字 🧠", "a\\x1b"}) EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable("\x1b[31m\x7f\t\r"), "\\x1b[31m\\x7f\\x09\\x0d");
  EXPECT_EQ(printable("\xc2\x9b"), "\\x9b") << "the other control sequence introducer";
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e") << "writing from right to left";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "longer than it must be";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a pair";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(printable("a\xe2\x82"), "a\\xe2\\x82") << "cut off";
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Escaped, IsCutBetweenCharacters) {
  EXPECT_EQ(printable_beginning("12345678", 8), "12345678");
  EXPECT_EQ(printable_beginning("123456789", 8), "12345…");
  EXPECT_EQ(printable_beginning("1234é6789", 8), "1234…");
  EXPECT_EQ(printable_beginning("1234\n6789", 8), "1234…");
}

}  // namespace
}  // namespace sorn
