// make-volume: stores of volumes as enclaves leave them, made by the enclave's own code, for tests of the owner's
// commands.
//
//     make-volume FILE KEY ID make SEED    after random changes, some of them since the last checkpoint
//     make-volume FILE KEY ID seals COUNT  empty, and its key has made so many seals
//     make-volume FILE KEY ID dump         what an enclave finds in it: a line for each inode
//
// KEY and ID are hexadecimal. Both print the state first: sequence and tag.
#include "enclave/fs/volume/volume_directory.h"
#include "tests/crypto/hosted/stand_ins.h"

#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace farl;
using namespace farl::formats;

namespace {

struct FileDevice final : VolumeDevice {
    explicit FileDevice(char const* path) : file(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) { }
    ~FileDevice() override { close(file); }

    Result<> read(uint32_t slot, std::span<SlotBytes const> places) override
    {
        for (auto const& place : places) {
            auto const count = pread(file, place.data(), place.size(), static_cast<off_t>(slot++ * kVolumeSlotSize));
            if (count != static_cast<ssize_t>(place.size()))
                return Errno::Eio;
        }
        return {};
    }
    Result<> write(uint32_t slot, std::span<std::byte const> bytes) override
    {
        auto const count = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(slot * kVolumeSlotSize));
        return count == static_cast<ssize_t>(bytes.size()) ? Result<> {} : Errno::Eio;
    }
    Result<> sync() override { return {}; }

    int file;
};

void from_hex(char const* digits, std::span<std::byte> bytes)
{
    for (auto& byte : bytes) {
        unsigned value = 0;
        sscanf(digits, "%2x", &value);
        byte = static_cast<std::byte>(value);
        digits += 2;
    }
}

void print(VolumeState const& state)
{
    printf("%lu ", state.sequence);
    for (auto byte : state.tag)
        printf("%02x", static_cast<unsigned>(byte));
    printf("\n");
}

// Changes as a tree of files makes them: names, links and inodes go together.
class Changes {
public:
    Changes(VolumeStore& store, unsigned seed) : store_(store), random_(seed) { directories_.emplace_back(kRootInode); }

    void make(int count)
    {
        for (int i = 0; i < count; ++i) {
            change(i);
            if (i % 7 == 6)
                MUST(store_.commit());
            if (i % 100 == 60)
                MUST(store_.checkpoint());
        }
        for (int i = 0; i < 5 && !files_.empty(); ++i) // some inodes stay free
            remove(random_() % files_.size());
        MUST(store_.commit());
    }

private:
    struct Name {
        size_t directory;
        std::string name;
        uint64_t inode;
        uint32_t block;
    };

    void change(int round)
    {
        auto const kind = random_() % 8;
        if (files_.empty() || kind < 2)
            add_file("file-" + std::to_string(round));
        else if (kind == 2)
            add_directory("directory-" + std::to_string(round));
        else if (kind == 3)
            add_link(any(), "link-" + std::to_string(round));
        else if (kind == 4)
            remove(random_() % files_.size());
        else if (kind == 5)
            MUST(store_.truncate(any().inode, random_() % 200));
        else
            write(any().inode);
    }

    Name& any() { return files_[random_() % files_.size()]; }

    uint64_t add_inode(uint32_t mode, uint32_t links)
    {
        return MUST(store_.create_inode({ .mode = mode, .uid = 5, .gid = 6, .links = links }));
    }

    void add_name(std::string const& name, uint64_t inode, uint8_t type)
    {
        auto const place = random_() % directories_.size();
        auto const block = MUST(directories_[place].names.add(store_, name, inode, type));
        if (type == DT_DIR)
            add_links(directories_[place].inode, 1);
        else
            files_.push_back({ place, name, inode, block });
    }

    void add_links(uint64_t number, uint32_t change)
    {
        auto inode = MUST(store_.inode(number));
        inode.links += change;
        MUST(store_.set_inode(number, inode));
    }

    void add_file(std::string const& name)
    {
        auto const inode = add_inode(S_IFREG | 0644, 1);
        add_name(name, inode, DT_REG);
        write(inode);
        if (random_() % 4 == 0) {
            auto value = MUST(store_.inode(inode));
            value.attributes = add_inode(S_IFREG | 0600, 1);
            MUST(store_.set_inode(inode, value));
        }
    }

    void add_directory(std::string const& name)
    {
        auto const inode = add_inode(S_IFDIR | 0755, 2);
        add_name(name, inode, DT_DIR);
        directories_.emplace_back(inode);
    }

    void add_link(Name const& existing, std::string const& name)
    {
        add_links(existing.inode, 1);
        add_name(name, existing.inode, DT_REG);
    }

    void remove(size_t at)
    {
        auto const name = files_[at];
        files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(at));
        MUST(directories_[name.directory].names.remove(store_, name.block, name.name));
        auto inode = MUST(store_.inode(name.inode));
        if (--inode.links) {
            MUST(store_.set_inode(name.inode, inode));
            return;
        }
        if (inode.attributes)
            MUST(store_.remove_inode(inode.attributes));
        MUST(store_.remove_inode(name.inode));
    }

    // Far apart, so that trees have several levels.
    void write(uint64_t number)
    {
        constexpr uint64_t kIndexes[] = { 0, 1, 2, 127, 128, 129, 16383, 16384, 2097152 };
        for (auto count = random_() % 5; count > 0; --count) {
            auto const index = kIndexes[random_() % std::size(kIndexes)];
            auto block = MUST(store_.change_block(number, index));
            auto const value = random_();
            memcpy(block.data() + random_() % 4000, &value, sizeof(value));
            MUST(store_.set_size(number, (index + 1) * kVolumeSlotSize));
        }
    }

    struct Directory {
        explicit Directory(uint64_t inode) : inode(inode), names(inode) { }
        uint64_t inode;
        VolumeDirectory names;
    };

    VolumeStore& store_;
    std::mt19937 random_;
    std::vector<Directory> directories_;
    std::vector<Name> files_;
};

void set_seals(VolumeDevice& device, VolumeKey const& key, VolumeId const& id, uint64_t seals)
{
    auto cipher = MUST(VolumeCipher::create(key, id));
    for (uint32_t slot = 0; slot < kSuperblockCount; ++slot) {
        Superblock superblock;
        auto const bytes = std::as_writable_bytes(std::span(&superblock, 1));
        if (device.read_one(slot, SlotBytes(bytes)).is_error())
            continue;
        auto checkpoint = cipher->open(superblock);
        if (checkpoint.is_error())
            continue;
        checkpoint.value().seals = seals;
        superblock = MUST(cipher->seal(checkpoint.value()));
        MUST(device.write(slot, bytes));
    }
}

uint64_t digest_of(VolumeStore& store, uint64_t number)
{
    uint64_t digest = 0xcbf2'9ce4'8422'2325; // FNV-1a
    auto add = [&](auto byte) { digest = (digest ^ static_cast<uint64_t>(byte)) * 0x100'0000'01b3; };
    for (uint64_t index = 0; (index = MUST(store.find_block(number, index, false))) < kMostVolumeBlocks; ++index) {
        for (auto byte : std::as_bytes(std::span(&index, 1)))
            add(byte);
        auto const block = MUST(store.read(number, index));
        for (auto byte : block->bytes())
            add(byte);
    }
    return digest;
}

int dump(VolumeStore& store)
{
    print(store.state());
    for (uint64_t number = kRootInode;; ++number) {
        auto inode = store.inode(number);
        if (inode.is_error() && number >= 10'000)
            return 0;
        if (inode)
            printf("%lu: %o %u %u %u %lu %lu %016lx\n", number, inode.value().mode, inode.value().uid,
                inode.value().gid, inode.value().links, inode.value().size, inode.value().attributes,
                digest_of(store, number));
    }
}

} // namespace

int main(int count, char** arguments)
{
    crypto_test::prepare_stack_protector();
    if (count < 5)
        return 2;
    FileDevice device(arguments[1]);
    VolumeKey key;
    VolumeId id;
    from_hex(arguments[2], key.bytes());
    from_hex(arguments[3], id);
    std::string_view const command = arguments[4];
    bool const makes = command == "make";
    if (command != "dump")
        MUST(VolumeStore::format(device, key, id));
    if (command == "seals")
        set_seals(device, key, id, strtoull(arguments[5], nullptr, 10));
    auto cache = MUST(BlockCache::create(1 << 20));
    auto store = VolumeStore::open(device, key, id, {}, *cache);
    if (store.is_error()) {
        fprintf(stderr, "cannot be opened: error %d\n", static_cast<int>(store.error()));
        return 1;
    }
    if (!makes)
        return dump(*store.value());
    Changes(*store.value(), static_cast<unsigned>(atoi(arguments[5]))).make(250);
    print(store.value()->state());
    return 0;
}
