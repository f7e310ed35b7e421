#include "owner/image/fspf_writer.h"

#include "owner/launch/user_error.h"

#include <array>
#include <limits>
#include <sys/stat.h>
#include <unordered_map>

namespace farl::owner {

namespace {

using SecretBytes = std::vector<std::byte, WipingAllocator<std::byte>>;

template <typename Records>
void append(SecretBytes& bytes, Records const& records)
{
    auto const raw = std::as_bytes(std::span(records));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

class PayloadBuilder {
public:
    void add_regions(ImageRegions const& regions)
    {
        for (auto const& [prefix, kind] : regions)
            regions_.push_back({ intern(prefix), kind, 0 });
    }

    // By breadth: a node's number is the order in which it is met.
    void add_tree(ImageNode const& root)
    {
        number_of(root);
        for (size_t i = 0; i < order_.size(); ++i)
            add_node(static_cast<uint32_t>(i), *order_[i]);
    }

    SecretBytes finish(uint64_t trees_size) const
    {
        formats::FspfCounts const counts { .regions = count(regions_),
            .nodes = count(nodes_),
            .attributes = count(attributes_),
            .patches = count(patches_),
            .entries = count(entries_),
            .reserved = 0,
            .patch_size = patch_bytes_.size(),
            .text_size = text_.size(),
            .trees_size = trees_size };
        SecretBytes payload;
        append(payload, std::array { counts });
        append(payload, regions_);
        append(payload, nodes_);
        append(payload, attributes_);
        append(payload, patches_);
        append(payload, entries_);
        append(payload, patch_bytes_);
        append(payload, text_);
        if (payload.size() > formats::kLargestFspfPayload)
            throw UserError(
                kRefused, "the image has too many files for its protection file, which is limited to 1 GiB");
        return payload;
    }

private:
    template <typename Record, typename Allocator>
    static uint32_t count(std::vector<Record, Allocator> const& records)
    {
        return static_cast<uint32_t>(records.size());
    }

    formats::FspfText intern(std::string const& text)
    {
        if (text_.size() + text.size() > std::numeric_limits<uint32_t>::max())
            throw UserError(kRefused, "the names in the image are too long in all");
        auto const [place, is_new] = known_text_.try_emplace(text, static_cast<uint32_t>(text_.size()));
        if (is_new)
            text_ += text;
        return { place->second, static_cast<uint32_t>(text.size()) };
    }

    uint32_t number_of(ImageNode const& node)
    {
        auto const [place, is_new] = numbers_.try_emplace(&node, static_cast<uint32_t>(order_.size()));
        if (is_new)
            order_.push_back(&node);
        return place->second;
    }

    void add_node(uint32_t number, ImageNode const& node)
    {
        auto const& metadata = node.metadata;
        formats::FspfNode record {};
        record.mode = node.type | metadata.permissions;
        record.uid = metadata.uid;
        record.gid = metadata.gid;
        record.links = node.links;
        record.modified_s = metadata.modified_s;
        record.modified_ns = metadata.modified_ns;
        if (S_ISREG(node.type))
            fill_regular(record, node);
        else if (S_ISLNK(node.type))
            fill_link(record, node);
        else if (S_ISDIR(node.type))
            fill_directory(record, node);
        else
            record.device = { node.major, node.minor };
        nodes_.push_back(record);
        for (auto const& [name, value] : metadata.attributes)
            attributes_.push_back({ number, intern(name), intern(value), 0 });
        if (!node.patch_table.empty())
            add_patch_table(number, node.patch_table);
    }

    void fill_regular(formats::FspfNode& record, ImageNode const& node)
    {
        record.size = node.size;
        record.kind = node.kind;
        record.root = node.root;
        record.tree_offset = node.tree_offset;
        if (node.kind == formats::ContentKind::Authenticated)
            record.text = intern(node.stored_path);
        if (node.kind != formats::ContentKind::Encrypted)
            return;
        record.data_number = node.data_number;
        std::memcpy(record.key, node.key.reveal().data(), sizeof(record.key));
    }

    void fill_link(formats::FspfNode& record, ImageNode const& node)
    {
        record.size = node.target.size();
        record.text = intern(node.target);
    }

    void fill_directory(formats::FspfNode& record, ImageNode const& node)
    {
        record.entries = { count(entries_), static_cast<uint32_t>(node.children.size()) };
        record.links = 2;
        for (auto const& [name, child] : node.children) {
            record.links += S_ISDIR(child->type);
            entries_.push_back({ intern(name), number_of(*child) });
        }
    }

    // Many files have the same one.
    void add_patch_table(uint32_t number, std::vector<std::byte> const& table)
    {
        std::string_view const key { reinterpret_cast<char const*>(table.data()), table.size() };
        auto const [place, is_new] = known_tables_.try_emplace(key, patch_bytes_.size());
        if (is_new)
            patch_bytes_.insert(patch_bytes_.end(), table.begin(), table.end());
        patches_.push_back({ number, 0, place->second, table.size() });
    }

    std::vector<formats::FspfRegion> regions_;
    std::vector<formats::FspfNode, WipingAllocator<formats::FspfNode>> nodes_;
    std::vector<formats::FspfAttribute> attributes_;
    std::vector<formats::FspfPatch> patches_;
    std::vector<formats::FspfEntry> entries_;
    std::vector<std::byte> patch_bytes_;
    std::string text_;
    std::unordered_map<std::string, uint32_t> known_text_;
    std::unordered_map<std::string_view, uint64_t> known_tables_; // views of the nodes' tables
    std::unordered_map<ImageNode const*, uint32_t> numbers_;
    std::vector<ImageNode const*> order_;
};

} // namespace

SecretBytes fspf_payload(ImageTree const& tree, ImageRegions const& regions, uint64_t trees_size)
{
    PayloadBuilder builder;
    builder.add_regions(regions);
    builder.add_tree(tree.root());
    return builder.finish(trees_size);
}

} // namespace farl::owner
