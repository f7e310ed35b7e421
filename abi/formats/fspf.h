// The file-system protection file (FSPF) of a protected image: the tree of its files, and what their contents are
// verified by. Every byte is specified in docs/formats/fspf.md. This is the reader; owner/image writes. Nothing here
// allocates or copies: a view points into the payload, which must outlive it and which nobody may change.
#pragma once

#include "abi/formats/record_block.h"
#include "abi/formats/seal_tree.h"

#include <string_view>

namespace farl::formats {

inline constexpr uint64_t kFspfMagic = 0x4650'5346'4c52'4146; // "FARLFSPF"
inline constexpr uint32_t kFspfVersion = 1;
inline constexpr uint64_t kLargestFspfPayload = 1ull << 30;

inline constexpr size_t kFspfKeySize = 32;
inline constexpr size_t kFspfTagSize = 16;
inline constexpr size_t kFspfNonceSize = 12;

// Where things are in an image.
inline constexpr std::string_view kProtectionDirectory = "/.farl";
inline constexpr std::string_view kFspfPath = "/.farl/fspf";
inline constexpr std::string_view kTreesPath = "/.farl/trees";
inline constexpr std::string_view kDataDirectory = "/.farl/data";

enum class FspfForm : uint32_t {
    Sealed = 1, // AES-256-GCM: for running
    Signed = 2, // Ed25519: for others to build on
};

struct FspfHeader {
    uint64_t magic;
    uint32_t version;
    FspfForm form;
    uint64_t payload_size;
    std::byte nonce[kFspfNonceSize]; // of the sealed form
    uint8_t reserved[28];
};
static_assert(sizeof(FspfHeader) == 64);

struct FspfCounts {
    uint32_t regions;
    uint32_t nodes;
    uint32_t attributes;
    uint32_t patches;
    uint32_t entries;
    uint32_t reserved;
    uint64_t patch_size; // bytes of all patch tables
    uint64_t text_size;
    uint64_t trees_size; // of the file of trees
};
static_assert(sizeof(FspfCounts) == 48);

struct FspfText {
    uint32_t offset;
    uint32_t size;
};

enum class RegionKind : uint32_t {
    Unprotected = 1,
    Authenticated = 2,
    Encrypted = 3,
};

struct FspfRegion {
    FspfText prefix;
    RegionKind kind;
    uint32_t reserved;
};
static_assert(sizeof(FspfRegion) == 16);

enum class ContentKind : uint32_t {
    None = 0, // not a regular file, or an empty one
    Authenticated = 2,
    Encrypted = 3,
};

struct FspfNode {
    uint32_t mode; // type and permissions, as st_mode
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
    uint64_t size;
    int64_t modified_s;
    uint32_t modified_ns;
    ContentKind kind;
    std::byte key[32]; // of an encrypted file
    Seal root;
    union {
        uint64_t tree_offset; // of a regular file with more than one block: in the file of trees
        struct {
            uint32_t first;
            uint32_t count;
        } entries; // of a directory
        struct {
            uint32_t major;
            uint32_t minor;
        } device;
    };
    union {
        FspfText text;        // of an authenticated file: where it is stored; of a symbolic link: its target
        uint64_t data_number; // of an encrypted file: which of the data files it is
    };
};
static_assert(sizeof(FspfNode) == 120);

// An extended attribute of a node.
struct FspfAttribute {
    uint32_t node;
    FspfText name;
    FspfText value;
    uint32_t reserved;
};
static_assert(sizeof(FspfAttribute) == 24);

// The patch table of an ELF file (abi/formats/patch_table.h).
struct FspfPatch {
    uint32_t node;
    uint32_t reserved;
    uint64_t offset;
    uint64_t size;
};
static_assert(sizeof(FspfPatch) == 24);

struct FspfEntry {
    FspfText name;
    uint32_t node;
};
static_assert(sizeof(FspfEntry) == 12);

// EINVAL for what is no header, or one of another size than the file's. `trailer` is what follows the payload.
Result<FspfHeader> parse_fspf_header(Bytes start, uint64_t file_size);
// What follows the payload: nothing, or public key and signature.
size_t fspf_trailer_size(FspfForm form);

class Fspf {
public:
    static constexpr uint32_t kRoot = 0;

    // EINVAL for anything that the format does not allow. Patch tables are checked by their own reader, when used.
    static Result<Fspf> parse(Bytes payload);

    FspfCounts const& counts() const { return counts_; }
    FspfRegion region(uint32_t index) const { return record<FspfRegion>(regions_, index, counts_.regions); }
    FspfNode node(uint32_t index) const { return record<FspfNode>(nodes_, index, counts_.nodes); }
    FspfEntry entry(uint32_t index) const { return record<FspfEntry>(entries_, index, counts_.entries); }
    FspfAttribute attribute(uint32_t index) const
    {
        return record<FspfAttribute>(attributes_, index, counts_.attributes);
    }
    FspfPatch patch(uint32_t index) const { return record<FspfPatch>(patches_, index, counts_.patches); }
    std::string_view text(FspfText text) const;

    // Of the region with the longest matching prefix.
    RegionKind region_of(std::string_view canonical_path) const;
    // ENOENT if the directory has no such name.
    Result<uint32_t> find(FspfNode const& directory, std::string_view name) const;
    // The first attribute of a node, and the one behind its last.
    struct Range {
        uint32_t first;
        uint32_t end;
    };
    Range attributes_of(uint32_t node) const;
    // Empty if there is none.
    Bytes patch_table_of(uint32_t node) const;

private:
    Fspf() = default;
    Result<> place_parts(Bytes payload);
    Result<> check_regions() const;
    Result<> check_node(FspfNode const& node) const;
    Result<> check_regular(FspfNode const& node) const;
    Result<> check_link(FspfNode const& node) const;
    Result<> check_tree() const;
    Result<> check_directory(uint32_t index, uint32_t& next_entry, uint32_t& next_node) const;
    Result<> check_attributes() const;
    Result<> check_patches() const;
    bool is_text(FspfText text) const;

    template <typename Record>
    static Record record(Bytes records, uint32_t index, uint32_t count)
    {
        ASSERT(index < count);
        Record copy;
        std::memcpy(static_cast<void*>(&copy), records.data() + size_t { index } * sizeof(Record), sizeof(Record));
        return copy;
    }

    FspfCounts counts_ {};
    Bytes regions_, nodes_, attributes_, patches_, entries_, patch_bytes_, text_;
};

} // namespace farl::formats
