// The structures of a volume: files and directories that a container keeps, in one file of the host, sealed block by
// block. Every byte is specified in docs/formats/volume.md. Pure structures: enclave/fs/volume reads and writes them.
// All numbers are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace farl::formats {

inline constexpr size_t kVolumeSlotSize = 4096;                 // of what is stored; a block of contents fills one
inline constexpr uint64_t kVolumeMagic = 0x314c'4f56'4c52'4146; // "FARLVOL1"
inline constexpr uint32_t kVolumeVersion = 1;
inline constexpr uint32_t kSuperblockCount = 2; // in slots 0 and 1; written in turn

// Nonces are random, so one key serves for a number of seals: NIST SP 800-38D, 8.3. When it is time for another key.
inline constexpr uint64_t kMostVolumeSeals = 1ull << 32;
inline constexpr uint64_t kSealWarning = 90; // per cent
constexpr uint64_t per_cent_of_seals(uint64_t seals) { return seals * 100 / kMostVolumeSeals; }

// Where a block lies, and what makes it the block that was written there last. Slot 0: a block of zeros.
struct BlockSeal {
    std::byte nonce[12];
    std::byte tag[16];
    uint32_t slot;

    bool is_hole() const { return slot == 0; }
    bool operator==(BlockSeal const& other) const { return std::memcmp(this, &other, sizeof(*this)) == 0; }
};
static_assert(sizeof(BlockSeal) == 32);

inline constexpr uint64_t kVolumeFanOut = kVolumeSlotSize / sizeof(BlockSeal);
inline constexpr uint32_t kMostVolumeLevels = 5;
inline constexpr uint64_t kMostVolumeBlocks = 1ull << 32; // of a file: 16 TiB, as of all slots

// The root of a file's tree of seals, and how many levels of nodes are below it; 0: it is the seal of the only block.
struct BlockRoot {
    BlockSeal seal;
    uint32_t height;
    uint32_t block_count; // that are no holes
};
static_assert(sizeof(BlockRoot) == 40);

struct VolumeTime {
    int64_t seconds;
    uint32_t nanoseconds;
    uint32_t reserved;
};
static_assert(sizeof(VolumeTime) == 16);

// A file, directory or link. A mode of 0: none, and `size` is the number of the next one that is free.
struct VolumeInode {
    uint32_t mode; // as st_mode
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
    uint64_t size;
    VolumeTime accessed;
    VolumeTime modified;
    VolumeTime changed;
    BlockRoot root;
    uint64_t device;     // of a device node
    uint64_t attributes; // the inode whose contents are the extended attributes; 0: none
    uint8_t reserved[128];
};
static_assert(sizeof(VolumeInode) == 256);
inline constexpr uint64_t kInodesInBlock = kVolumeSlotSize / sizeof(VolumeInode);

// Numbers of inodes that every volume has. The first two exist in the superblock only.
inline constexpr uint64_t kInodeTable = 0;
inline constexpr uint64_t kSlotTable = 1;
inline constexpr uint64_t kRootInode = 2;
inline constexpr uint64_t kOrphansInode = 3; // a directory of what has no name but is open
inline constexpr uint64_t kFirstFreeInode = 4;

// A block of a directory: entries from its beginning on, without gaps.
struct VolumeDirectoryBlock {
    uint16_t used; // bytes of entries
    uint16_t reserved[3];
    std::byte entries[kVolumeSlotSize - 8];
};
static_assert(sizeof(VolumeDirectoryBlock) == kVolumeSlotSize);

// The name follows, and zeros up to a multiple of 8.
struct VolumeDirectoryEntry {
    uint64_t inode;
    uint8_t type; // DT_*
    uint8_t name_size;
    uint16_t reserved;
    uint32_t more_reserved;
};
static_assert(sizeof(VolumeDirectoryEntry) == 16);

// Of the contents of an attributes' inode: name, value, and zeros up to a multiple of 8 follow.
struct VolumeAttribute {
    uint32_t value_size;
    uint16_t name_size;
    uint16_t reserved;
};
static_assert(sizeof(VolumeAttribute) == 8);

// What a superblock seals.
struct Checkpoint {
    uint64_t number;
    uint64_t sequence;   // of the last commit that it holds
    std::byte chain[16]; // the tag of that commit's last journal block
    uint32_t journal_slot;
    uint32_t reserved;
    uint64_t inode_count;
    uint64_t free_inode; // 0: none
    BlockRoot inodes;
    BlockRoot slots;      // a bit for each slot in use; without those of this table, and of the journal
    uint64_t slot_blocks; // of that table
    uint64_t seals;       // ever made with the volume's key
};
static_assert(sizeof(Checkpoint) == 152);

struct Superblock {
    uint64_t magic;
    uint32_t version;
    uint32_t reserved;
    std::byte id[16];
    std::byte nonce[12];
    std::byte tag[16];
    uint8_t padding[4];
    std::byte sealed[sizeof(Checkpoint)];
    uint8_t rest[kVolumeSlotSize - 64 - sizeof(Checkpoint)];
};
static_assert(sizeof(Superblock) == kVolumeSlotSize);

struct JournalHeader {
    uint64_t sequence;    // of its commit
    uint64_t durable;     // the last commit that was known to be so when this was written
    uint64_t inode_count; // as of the commit
    uint64_t free_inode;
    uint32_t next_slot;
    uint16_t size;    // of its records
    uint16_t is_last; // of its commit
};
static_assert(sizeof(JournalHeader) == 40);

inline constexpr size_t kJournalRoom = kVolumeSlotSize - 32 - sizeof(JournalHeader);

struct JournalBlock {
    std::byte nonce[12];
    std::byte tag[16];
    uint32_t reserved;
    struct Sealed {
        JournalHeader header;
        std::byte records[kJournalRoom];
    } sealed;
};
static_assert(sizeof(JournalBlock) == kVolumeSlotSize);

enum class JournalKind : uint32_t {
    Block = 1,    // MappedBlock
    Truncate = 2, // TruncatedFile
    Inode = 3,    // ChangedInode
};

struct MappedBlock {
    JournalKind kind;
    uint32_t reserved;
    uint64_t file;
    uint64_t index;
    BlockSeal seal;
};
static_assert(sizeof(MappedBlock) == 56);

// The blocks from `block_count` on are gone.
struct TruncatedFile {
    JournalKind kind;
    uint32_t reserved;
    uint64_t file;
    uint64_t block_count;
};
static_assert(sizeof(TruncatedFile) == 24);

// Its root is that of the checkpoint before, and not to be used.
struct ChangedInode {
    JournalKind kind;
    uint32_t reserved;
    uint64_t number;
    VolumeInode inode;
};
static_assert(sizeof(ChangedInode) == 272);

// What a seal is bound to besides its key: additional data.
struct SealedBlockPlace {
    uint64_t purpose; // "FARLVOLB"
    uint64_t file;
    uint64_t index;
    uint32_t level;
    uint32_t reserved;
};
static_assert(sizeof(SealedBlockPlace) == 32);
inline constexpr uint64_t kSealsBlock = 0x424c'4f56'4c52'4146;

struct SealedJournalPlace {
    uint64_t purpose;       // "FARLVOLJ"
    std::byte previous[16]; // the tag of the block before
};
static_assert(sizeof(SealedJournalPlace) == 24);
inline constexpr uint64_t kSealsJournal = 0x4a4c'4f56'4c52'4146;

} // namespace farl::formats
