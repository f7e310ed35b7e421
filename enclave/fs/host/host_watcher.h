// HostWatcher: an inotify instance of the host. Events are the host's word about its own files.
#pragma once

#include "enclave/fs/host/host_file.h"

namespace farl {

class HostWatcher final : public HostFile {
public:
    static Result<Ref<File>> create(bool nonblocking);

    bool has_positions() const override { return false; }
    Result<size_t> read(Sink const& sink) override;
    Result<uint64_t> add(File& file, uint32_t mask);
    Result<> remove(int watch);
    HostWatcher* as_watcher() override { return this; }
    Result<String> current_path() override { return String::from("anon_inode:inotify"); }

private:
    using HostFile::HostFile;
};

} // namespace farl
