// A launcher of the tests: the product's launcher, but its platform lies as the file `script` beside the enclave says
// (one attack: see make_attack), and what the test wants to know goes to the file `report` there.
#include "host/executor/sync/sync_executor.h"
#include "host/launch/launcher.h"
#include "host/platform/emulator/emulator.h"
#include "tests/hostile/lying_platform.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace farl::host {

namespace {

int report_fd = -1;

Words read_script(std::string const& path)
{
    std::ifstream file(path);
    Words words;
    for (std::string word; file >> word;)
        words.push_back(word);
    return words;
}

int run(LaunchOptions const& options)
{
    std::string path = options.enclave_path;
    auto directory = path.substr(0, path.rfind('/') + 1);
    report_fd = open((directory + "report").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    auto emulator = MUST(Emulator::create({}, options.page_use));
    auto attack = make_attack(read_script(directory + "script"), *emulator);
    static SyncExecutor executor;
    static Liar liar(*attack);
    static LyingExecutor lying_executor(executor, liar);
    static Relay relay(lying_executor, liar);
    static LyingPlatform platform(*emulator, liar, relay);
    static Launcher launcher(platform, executor);
    return launcher.run(options);
}

} // namespace

void report(std::string const& line)
{
    auto text = line + "\n";
    if (write(report_fd, text.data(), text.size()) < 0)
        abort();
}

} // namespace farl::host

int main(int count, char** arguments)
{
    auto options = farl::host::LaunchOptions::parse(count, arguments);
    if (!options)
        return 2;
    try {
        return farl::host::run(*options);
    } catch (std::exception const& error) {
        fprintf(stderr, "hostile-launcher: %s\n", error.what());
        return 3;
    }
}
