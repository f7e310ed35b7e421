#include "owner/protect/protection_report.h"

#include "owner/oci/image_defect.h"

#include <algorithm>
#include <sys/stat.h>

namespace farl::owner {

namespace {

using formats::Fspf;

bool is_below(std::string_view path, std::string_view prefix)
{
    if (prefix == "/")
        return true;
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

class Walk {
public:
    Walk(Fspf const& fspf, ProtectionReport& report) : fspf_(fspf), report_(report), is_seen_(fspf.counts().nodes) { }

    // The reader has made sure that directories are a tree. Its depth is the image's, so it is walked without
    // recursion.
    void run()
    {
        directories_.push_back({ "", Fspf::kRoot });
        while (!directories_.empty()) {
            auto const [path, index] = std::move(directories_.back());
            directories_.pop_back();
            auto const entries = fspf_.node(index).entries;
            auto const first_below = directories_.size();
            for (uint32_t i = 0; i < entries.count; ++i)
                visit(path, fspf_.entry(entries.first + i));
            std::reverse(directories_.begin() + static_cast<std::ptrdiff_t>(first_below), directories_.end());
        }
    }

private:
    void visit(std::string const& directory, formats::FspfEntry const& entry)
    {
        auto path = directory + "/" + std::string(fspf_.text(entry.name));
        auto const node = fspf_.node(entry.node);
        if (S_ISDIR(node.mode))
            return directories_.push_back({ std::move(path), entry.node });
        auto& region = report_.region_of(path);
        ++region.file_count;
        region.size += is_seen_[entry.node] || !S_ISREG(node.mode) ? 0 : node.size;
        is_seen_[entry.node] = true;
        report_.files.push_back({ std::move(path), region.kind, node.mode, node.size });
    }

    struct Directory {
        std::string path;
        uint32_t node;
    };
    Fspf const& fspf_;
    ProtectionReport& report_;
    std::vector<bool> is_seen_;
    std::vector<Directory> directories_;
};

} // namespace

ProtectionReport::Region& ProtectionReport::region_of(std::string_view path)
{
    auto* longest = &regions.front(); // the reader lets no file pass without a region for /
    for (auto& region : regions)
        if (is_below(path, region.prefix) && region.prefix.size() > longest->prefix.size())
            longest = &region;
    return *longest;
}

ProtectionReport report_of_protection(formats::Bytes payload)
{
    auto const fspf = Fspf::parse(payload);
    if (fspf.is_error())
        throw ImageDefect("its protection file is damaged");
    ProtectionReport report;
    for (uint32_t i = 0; i < fspf.value().counts().regions; ++i) {
        auto const region = fspf.value().region(i);
        report.regions.push_back({ .prefix = std::string(fspf.value().text(region.prefix)), .kind = region.kind });
    }
    Walk(fspf.value(), report).run();
    return report;
}

} // namespace farl::owner
