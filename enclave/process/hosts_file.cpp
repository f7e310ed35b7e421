#include "enclave/process/hosts_file.h"

#include "enclave/process/injected_files.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr std::string_view kPath = "/etc/hosts";
constexpr size_t kMost = 1 << 20; // of what there is
constexpr uint32_t kMode = 0644;

// HOST: without an image it is a file of the host's, as it would be without rules: its lines are about other names.
Result<String> present_lines()
{
    auto location = TRY(vfs().resolve_absolute(kPath));
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = O_RDONLY }));
    auto size = static_cast<uint64_t>(TRY(file->status()).st_size);
    auto lines = TRY(String::of_size(size < kMost ? size : kMost));
    size_t done = 0;
    while (done < lines.size()) {
        auto count = TRY(file->read_at(done, Sink::of(lines.data() + done, lines.size() - done)));
        if (!count)
            break;
        done += count;
    }
    lines.truncate(done);
    return lines;
}

} // namespace

Result<> put_hosts_file(StandIns const& names)
{
    auto present = present_lines(); // or none
    auto file = TRY(names.hosts_file(present.is_ok() ? present.value().view() : std::string_view {}));
    return inject_file({ kMode, kPath, std::as_bytes(std::span(file.view())) });
}

} // namespace farl
