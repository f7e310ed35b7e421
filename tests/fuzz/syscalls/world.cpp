#include "tests/fuzz/syscalls/world.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <sstream>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace farl::fuzz {

namespace {

std::atomic<uint64_t> arrived_signals;

void note_signal(int number) { arrived_signals |= 1ull << number; }

void expect(bool condition, char const* what)
{
    if (condition)
        return;
    dprintf(kLogDescriptor, "cannot prepare: %s: %s\n", what, strerror(errno));
    _exit(2);
}

// The next descriptor is `number`, because everything below is open.
void prepared(int descriptor, int number) { expect(descriptor == number, "descriptor"); }

// Where the files are made, and everything else is removed: only in a directory that had nothing to lose.
std::filesystem::path const& base()
{
    static auto const path = [] {
        expect(std::filesystem::is_empty("."), "an empty working directory");
        return std::filesystem::current_path();
    }();
    return path;
}

void write_file(char const* name, size_t size)
{
    std::ofstream file(name, std::ios::binary);
    for (size_t i = 0; i < size; ++i)
        file.put(static_cast<char>('a' + i * 7 % 26));
}

void make_files()
{
    expect(chdir(base().c_str()) == 0, "working directory");
    umask(022);
    for (auto const& entry : std::filesystem::directory_iterator("."))
        std::filesystem::remove_all(entry.path());
    write_file("a", 10000);
    write_file("b", 100);
    write_file("c", 0);
    expect(mkdir("d", 0755) == 0, "directory");
    write_file("d/x", 10);
    expect(!symlink("a", "link") && !symlink("nowhere", "dangling") && !symlink("loop", "loop"), "links");
    expect(mkfifo("f", 0644) == 0, "fifo");
}

void open_pairs()
{
    int pair[2];
    expect(pipe2(pair, O_NONBLOCK) == 0, "pipe");
    prepared(pair[0], 6);
    expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0, "stream pair");
    prepared(pair[0], 8);
    expect(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0, "datagram pair");
    prepared(pair[0], 10);
}

void open_sockets()
{
    prepared(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), 12);
    prepared(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), 13);
    prepared(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), 14);
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    expect(bind(13, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 && listen(13, 8) == 0, "listener");
}

void open_events()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    prepared(eventfd(3, EFD_NONBLOCK), 15);
    prepared(epoll_create1(0), 16);
    prepared(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), 17);
    prepared(signalfd(-1, &signals, SFD_NONBLOCK), 18);
    prepared(memfd_create("m", MFD_ALLOW_SEALING), 19);
    expect(ftruncate(19, 5000) == 0, "memory file");
    prepared(inotify_init1(IN_NONBLOCK), 20);
}

void open_descriptors()
{
    close_range(0, kLogDescriptor - 1, 0);
    for (int number = 0; number < 3; ++number)
        prepared(open("/dev/null", O_RDWR), number);
    prepared(open("a", O_RDWR), 3);
    prepared(open("b", O_RDONLY), 4);
    prepared(open("d", O_RDONLY | O_DIRECTORY), 5);
    open_pairs();
    open_sockets();
    open_events();
    prepared(open("a", O_PATH), 21);
    prepared(open("/dev/zero", O_RDWR), 22);
    prepared(open("c", O_WRONLY | O_APPEND), 23);
    prepared(open("f", O_RDWR | O_NONBLOCK), 24);
}

void map_at(uint64_t address, uint64_t size, int protection)
{
    auto* wanted = reinterpret_cast<void*>(address);
    auto* got = mmap(wanted, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    expect(got == wanted, "memory");
}

void map_memory()
{
    map_at(kBuffer, kBufferSize, PROT_READ | PROT_WRITE);
    map_at(kBuffer + kBufferSize, kPage, PROT_NONE);
    map_at(kReadOnly, kPage, PROT_READ);
    map_at(kInputs, kInputsSize, PROT_READ | PROT_WRITE);
    map_at(kInputs + kInputsSize, kPage, PROT_NONE);
    munmap(reinterpret_cast<void*>(kMappings), kMappingsSize + 64 * kPage);
    map_at(kMappings, kMappingsSize / 2, PROT_READ | PROT_WRITE);
}

void reset_signals()
{
    itimerval none {};
    setitimer(ITIMER_REAL, &none, nullptr);
    sigset_t empty;
    sigemptyset(&empty);
    sigprocmask(SIG_SETMASK, &empty, nullptr);
    struct sigaction action { };
    action.sa_handler = note_signal;
    for (int number : { SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGIO, SIGXFSZ, SIGURG, SIGCHLD })
        sigaction(number, &action, nullptr);
    take_signals();
}

std::string describe_tree()
{
    std::vector<std::string> lines;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(base())) {
        struct stat status { };
        lstat(entry.path().c_str(), &status);
        std::ostringstream line;
        line << "file " << entry.path().lexically_relative(base()).string() << std::oct << " mode " << status.st_mode
             << std::dec << " links " << status.st_nlink;
        if (!S_ISDIR(status.st_mode))
            line << " size " << status.st_size;
        if (S_ISREG(status.st_mode) && status.st_size < 1 << 20) {
            std::ifstream file(entry.path(), std::ios::binary);
            std::string text((std::istreambuf_iterator<char>(file)), {});
            line << " bytes " << std::hex << hash_bytes(text.data(), text.size());
        }
        lines.push_back(line.str());
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (auto const& line : lines)
        all += line + "\n";
    return all;
}

// What can be read of each page, found through a pipe, which says EFAULT where a load would fault.
std::string describe_mappings()
{
    std::ostringstream text;
    int pair[2];
    expect(pipe2(pair, O_NONBLOCK) == 0, "pipe");
    for (uint64_t page = kMappings; page < kMappings + kMappingsSize; page += kPage) {
        std::byte bytes[kPage];
        text << "page " << (page - kMappings) / kPage << ' ';
        if (write(pair[1], reinterpret_cast<void*>(page), kPage) != static_cast<ssize_t>(kPage))
            text << "unreadable\n";
        else if (read(pair[0], bytes, kPage) == static_cast<ssize_t>(kPage))
            text << std::hex << hash_bytes(bytes, kPage) << std::dec << '\n';
    }
    close(pair[0]);
    close(pair[1]);
    return text.str();
}

std::string describe_descriptors()
{
    std::ostringstream text;
    for (int number = 0; number < kMostDescriptors + 8; ++number) {
        auto flags = fcntl(number, F_GETFD);
        if (flags < 0)
            continue;
        text << "descriptor " << number << " flags " << flags << " status " << std::oct << fcntl(number, F_GETFL)
             << std::dec << " at " << lseek(number, 0, SEEK_CUR) << '\n';
    }
    return text.str();
}

} // namespace

uint64_t hash_bytes(void const* bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ static_cast<uint8_t const*>(bytes)[i]) * 0x100000001b3;
    return hash;
}

uint64_t take_signals() { return arrived_signals.exchange(0); }

void World::create()
{
    reset_signals();
    rlimit files { 1024, 4096 };
    setrlimit(RLIMIT_NOFILE, &files);
    make_files();
    open_descriptors();
    map_memory();
}

void World::fill_memory()
{
    memset(reinterpret_cast<void*>(kBuffer), 0xa5, kBufferSize);
    memset(reinterpret_cast<void*>(kInputs), 0, kInputsSize);
}

void World::keep_memory()
{
    memcpy(before_, reinterpret_cast<void*>(kBuffer), kBufferSize);
    memcpy(before_ + kBufferSize, reinterpret_cast<void*>(kInputs), kInputsSize);
}

uint64_t World::written_bytes() const
{
    bool is_same = !memcmp(before_, reinterpret_cast<void*>(kBuffer), kBufferSize)
        && !memcmp(before_ + kBufferSize, reinterpret_cast<void*>(kInputs), kInputsSize);
    if (is_same)
        return 0;
    return hash_bytes(reinterpret_cast<void*>(kBuffer), kBufferSize)
        ^ hash_bytes(reinterpret_cast<void*>(kInputs), kInputsSize);
}

std::string World::describe() const
{
    close_range(kPreparedDescriptors + 80, kLogDescriptor - 1, 0);
    auto descriptors = describe_descriptors();
    return descriptors + describe_mappings() + describe_tree();
}

} // namespace farl::fuzz
