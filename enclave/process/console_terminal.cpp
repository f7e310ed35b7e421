#include "enclave/process/console_terminal.h"

#include "enclave/fs/synthetic/synthetic_file_system.h"
#include "enclave/hostcall/channel.h"
#include "enclave/process/mounts.h"

namespace farl {

namespace {

constexpr uint64_t kDevPtsMagic = 0x1cd1, kDevPtsDevice = 23; // st_dev: another one than those of /dev and /proc

// What only the terminal's keys and its size may cause, not the host.
constexpr SignalSet kOfTerminal =
    signal_bit(kSigInt) | signal_bit(kSigQuit) | signal_bit(kSigTstp) | signal_bit(kSigWinch);

constinit Terminal* the_terminal = nullptr;

Result<Ref<File>> open_terminal(Captures const&, uint32_t flags) { return the_terminal->open(flags); }

constexpr SyntheticNode terminal_node(std::string_view path, uint32_t mode, uint64_t major, uint64_t minor)
{
    return { .path = path, .mode = S_IFCHR | mode, .file = open_terminal, .device = major << 8 | minor };
}

void own(struct stat& status)
{
    constexpr uint32_t kTtyGroup = 5;
    LockGuard guard(process().identity_lock);
    status.st_uid = process().identity.uid;
    status.st_gid = kTtyGroup;
}

constexpr SyntheticNode kPseudoTerminals[] = { { .path = "", .mode = S_IFDIR | 0755 },
    terminal_node("0", 0620, 136, 0) };
constexpr SyntheticNode kOwnTerminal[] = { terminal_node("", 0666, 5, 0) };
constinit SyntheticTree const kPseudoTerminalTree { "/dev/pts", kPseudoTerminals, kDevPtsMagic, kDevPtsDevice, own };
constinit SyntheticTree const kOwnTerminalTree { "/dev/tty", kOwnTerminal, kDevPtsMagic, kDevPtsDevice, own };

class ProcessOfTerminal final : public TerminalProcess {
public:
    // Without a shell that could continue it, a process is not stopped by its terminal: its group is an orphaned one.
    void send_signal(int signal) override
    {
        auto& process = farl::process();
        if (signal == kSigTstp && process.set_action(kSigTstp, nullptr).handler == kSigDefault)
            return;
        (void)process.send_signal(process.own_signal(signal, kSiKernel));
    }
    Result<int> group() override { return host_number(SYS_getpgid, 0); }
    Result<int> session() override { return host_number(SYS_getsid, 0); }
    struct stat device_status() override { return pseudo_terminals->status_of(kPseudoTerminals[1], {}); }

    SyntheticFileSystem* pseudo_terminals { nullptr };
};
constinit ProcessOfTerminal process_of_terminal;

} // namespace

Result<Ref<Terminal>> make_console_terminal(Ref<ShieldedOutput> screen, formats::ConsoleWindow const& window)
{
    auto terminal = TRY(make_ref<Terminal>(std::move(screen), window, process_of_terminal));
    process_of_terminal.pseudo_terminals = TRY(mount_tree(kPseudoTerminalTree));
    TRY(mount_tree(kOwnTerminalTree));
    process().refused_from_outside.store(kOfTerminal);
    the_terminal = Ref(terminal).leak(); // what is mounted stays
    return terminal;
}

} // namespace farl
