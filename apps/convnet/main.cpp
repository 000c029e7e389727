// convnet: trains the example networks from the command line.
#include <csignal>
#include <exception>
#include <map>
#include <new>
#include <string>

#include "apps/convnet/commands.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/training/build.h"
#include "apps/training/errors.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/data/image_folder.h"
#include "evenkeel/data/load_images.h"

namespace ek {
namespace {

const std::map<std::string, int (*)(const Options&)> kCommands = {
    {"train", run_train},       {"compare", run_compare}, {"eval", run_eval},
    {"predict", run_predict},   {"inspect", run_inspect}, {"bench", run_bench},
    {"lab list", run_lab_list}, {"lab run", run_lab_run}, {"lab report", run_lab_report},
};

int fail(const std::string& command, ExitCode code, const std::string& message) {
  report(command, "error", message);
  return code;
}

int run(const Options& options) {
  if (options.command.empty()) {
    Output("", Output::OnFailure::fail).write(options.help);
    return 0;
  }
  checking_flags([] { kernels(); });  // EVENKEEL_CPU
  const std::string few_threads = use_threads(options.config);
  if (!few_threads.empty() && !options.config.quiet)
    report(options.command, "warning", few_threads);
  return kCommands.at(options.command)(options);
}

/// The command that is typed, of one word or two, for messages; empty where it is none.
std::string typed_command(int argc, const char* const* argv) {
  std::string command = argc > 1 ? argv[1] : "";
  if (!kCommands.contains(command) && argc > 2) command += std::string(" ") + argv[2];
  return kCommands.contains(command) ? command : "";
}

int main_guarded(int argc, const char* const* argv) {
  const std::string command = typed_command(argc, argv);
  try {
    return run(parse_command_line(argc, argv));
  } catch (const ReaderGone&) {
    return kReaderGone;  // without a word, as other programs are ended by SIGPIPE
  } catch (const UsageError& error) {
    return fail(command, kUsage, error.what());
  } catch (const BadImages& error) {
    if (error.images.size() > 1) {
      for (const Skipped& bad : error.images)
        report(command, "error", printable(bad.path) + ": " + bad.reason);
    }
    return fail(command, kData, error.what());
  } catch (const DataError& error) {
    return fail(command, kData, error.what());
  } catch (const NonFiniteError& error) {
    return fail(command, kNonFinite, error.what());
  } catch (const std::bad_alloc&) {
    return fail(command, kRuntimeError, "out of memory; try a smaller --batch-size");
  } catch (const std::exception& error) {
    return fail(command, kRuntimeError, error.what());
  }
}

}  // namespace
}  // namespace ek

int main(int argc, char** argv) {
  // A reader that went away or a file size limit is an error of write(), not a signal to die of: training goes on.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  ek::flush_denormals();
  return ek::main_guarded(argc, argv);
}
