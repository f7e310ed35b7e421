// DescriptorTransit: files that exist only inside, on their way through a Unix socket between two ends of this process.
// What goes through the host is an empty memory file that stands for it.
// HOST: it can exchange one such file for another that is on its way too, as it can with any descriptors it carries.
#pragma once

#include "base/vector.h"
#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file.h"

namespace farl {

class DescriptorTransit {
public:
    static constexpr size_t kMost = 256;

    // The number that the host is to carry. ETOOMANYREFS if too many are on their way.
    Result<int> send(Ref<File> file);
    // It was not sent after all.
    void withdraw(int host_number);
    // What a descriptor stands for; null if it is nothing but itself.
    Ref<File> receive(HostDescriptor const& descriptor);

private:
    struct Entry {
        HostDescriptor token; // open until it has arrived, so that no other file gets its identity
        uint64_t device { 0 };
        uint64_t inode { 0 };
        Ref<File> file;
    };
    template <typename Condition>
    Entry take(Condition&& condition);

    Spinlock lock_;
    Vector<Entry> entries_;
    std::atomic<size_t> count_ { 0 };
};

DescriptorTransit& descriptor_transit();

} // namespace farl
