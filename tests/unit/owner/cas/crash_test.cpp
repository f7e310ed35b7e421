// A process that is killed at any of its writes has lost nothing that it acknowledged, and left nothing half done.
#include "owner/cas/store.h"
#include "owner/digest/digest.h"
#include "owner/launch/file_descriptor.h"
#include "tests/support/audit_text.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <csignal>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace farl::owner {

namespace {

// ---- death at a write of SQLite's, in the process that calls die_at()

size_t writes_left = 0;
bool tears_last_write = false;

void count_down()
{
    if (--writes_left == 0)
        raise(SIGKILL);
}

ssize_t counted_pwrite(int file, void const* bytes, size_t size, off_t offset)
{
    if (writes_left == 1 && tears_last_write)
        (void)!pwrite(file, bytes, size / 2, offset);
    count_down();
    return pwrite(file, bytes, size, offset);
}

ssize_t counted_write(int file, void const* bytes, size_t size)
{
    count_down();
    return write(file, bytes, size);
}

int counted_ftruncate(int file, off_t size)
{
    count_down();
    return ftruncate(file, size);
}

int counted_unlink(char const* path)
{
    count_down();
    return unlink(path);
}

void die_at(size_t write, bool torn)
{
    writes_left = write;
    tears_last_write = torn;
    auto* vfs = sqlite3_vfs_find(nullptr);
    auto replace = [&](char const* name, auto* function) {
        vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(function));
    };
    replace("pwrite", counted_pwrite);
    replace("pwrite64", counted_pwrite);
    replace("write", counted_write);
    replace("ftruncate", counted_ftruncate);
    replace("unlink", counted_unlink);
}

// ---- what the process does, and what it acknowledges

constexpr Ed25519Point kOwner { std::byte { 1 } };
constexpr size_t kUpdates = 3;

struct Acknowledged {
    uint64_t version;
    Hash hash;
    char secret[32];
};

Store open_store(std::string const& directory)
{
    return { directory + "/cas.db", MasterKey::load_or_create(directory + "/master.key") };
}

std::string text_of_version(uint64_t version, Hash const& predecessor)
{
    return fmt::format(
        "farl: 1\nname: shop\nsecrets:\n  kept: {{ kind: generated, size: 16 }}\n  of-{}: {{ kind: generated }}\n{}",
        version, version == 1 ? "" : "predecessor: " + to_hex(predecessor) + "\n");
}

Acknowledged put_version(Store& store, uint64_t version, Hash const& predecessor)
{
    auto receipt = store.put(Secret(text_of_version(version, predecessor)), kOwner, {});
    Acknowledged acknowledged { .version = receipt.version, .hash = receipt.hash };
    std::ranges::copy(store.secret("shop", { "kept" }).reveal(), acknowledged.secret);
    return acknowledged;
}

[[noreturn]] void work(std::string const& directory, int acknowledgements, size_t death, bool torn)
{
    die_at(death, torn);
    auto store = open_store(directory);
    Acknowledged last {};
    for (uint64_t version = 1; version <= kUpdates; ++version) {
        last = put_version(store, version, last.hash);
        (void)!write(acknowledgements, &last, sizeof last);
    }
    _exit(0);
}

struct Run {
    bool was_killed;
    std::vector<Acknowledged> acknowledged;
};

Run run(std::string const& directory, size_t death, bool torn)
{
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    FileDescriptor reader(ends[0]), writer(ends[1]);
    auto child = fork();
    if (child == 0)
        work(directory, writer.get(), death, torn);
    writer = {};
    Run made {};
    Acknowledged one;
    while (read(reader.get(), &one, sizeof one) == sizeof one)
        made.acknowledged.push_back(one);
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    made.was_killed = WIFSIGNALED(status);
    EXPECT_TRUE(made.was_killed || WEXITSTATUS(status) == 0);
    return made;
}

void check_what_is_left(std::string const& directory, Run const& run)
{
    auto store = open_store(directory);
    auto stored = store.session("shop");
    auto acknowledged = run.acknowledged.size();
    auto version = stored ? stored->version : 0;
    ASSERT_GE(version, acknowledged) << "an acknowledged update is lost";
    ASSERT_LE(version, acknowledged + 1);
    EXPECT_EQ(verify_audit(audit_text(store)).entries, version) << "the log does not tell what the store holds";
    if (!stored)
        return;
    EXPECT_EQ(store.secret("shop", { fmt::format("of-{}", version) }).size(), 64u) << "a session without its secret";
    if (!acknowledged)
        return;
    std::string_view first(run.acknowledged[0].secret, sizeof run.acknowledged[0].secret);
    EXPECT_EQ(store.secret("shop", { "kept" }).reveal(), first) << "a secret was made twice";
}

} // namespace

TEST(StoreCrash, loses_nothing_acknowledged_at_any_write)
{
    for (bool torn : { false, true }) {
        size_t deaths = 0;
        for (bool was_killed = true; was_killed;) {
            TemporaryDirectory directory;
            auto made = run(directory.path(), deaths + 1, torn);
            was_killed = made.was_killed;
            deaths += was_killed;
            check_what_is_left(directory.path(), made);
            ASSERT_FALSE(HasFatalFailure()) << "killed at write " << deaths << (torn ? ", torn" : "");
        }
        EXPECT_GT(deaths, 2 * kUpdates) << "the writes of SQLite are not counted";
    }
}

} // namespace farl::owner
