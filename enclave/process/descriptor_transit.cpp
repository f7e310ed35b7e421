#include "enclave/process/descriptor_transit.h"

namespace farl {

namespace {

constinit DescriptorTransit transit;

// HOST: only compared with what it said before.
Result<struct stat> identity_of(HostDescriptor const& descriptor)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_fstat, descriptor.number(), out.value())));
    return host_read<struct stat>(out);
}

Result<HostDescriptor> make_token()
{
    Staging staging;
    auto name = TRY(staging.put_string("farl"));
    return checked_descriptor(host_call(SYS_memfd_create, name.value(), 1 /* MFD_CLOEXEC */));
}

} // namespace

DescriptorTransit& descriptor_transit() { return transit; }

Result<int> DescriptorTransit::send(Ref<File> file)
{
    Entry entry;
    entry.token = TRY(make_token());
    entry.file = std::move(file);
    auto identity = TRY(identity_of(entry.token));
    entry.device = identity.st_dev;
    entry.inode = identity.st_ino;
    auto number = entry.token.number();

    LockGuard guard(lock_);
    if (!entries_.is_empty() && entries_.size() >= kMost)
        return Errno::Etoomanyrefs;
    TRY(entries_.reserve(kMost)); // so that nothing is destroyed under the lock when one is added
    TRY(entries_.push(std::move(entry)));
    count_.fetch_add(1, std::memory_order_relaxed);
    return number;
}

template <typename Condition>
DescriptorTransit::Entry DescriptorTransit::take(Condition&& condition)
{
    Entry taken;
    LockGuard guard(lock_);
    for (auto& entry : entries_) {
        if (!condition(entry))
            continue;
        std::swap(taken, entry);
        std::swap(entry, entries_.last());
        entries_.pop();
        count_.fetch_sub(1, std::memory_order_relaxed);
        break;
    }
    return taken;
}

void DescriptorTransit::withdraw(int host_number)
{
    (void)take([&](Entry const& entry) { return entry.token.number() == host_number; });
}

Ref<File> DescriptorTransit::receive(HostDescriptor const& descriptor)
{
    if (!count_.load(std::memory_order_relaxed))
        return nullptr;
    auto identity = identity_of(descriptor);
    if (identity.is_error())
        return nullptr;
    auto const& found = identity.value();
    return take([&](Entry const& entry) { return entry.device == found.st_dev && entry.inode == found.st_ino; }).file;
}

} // namespace farl
