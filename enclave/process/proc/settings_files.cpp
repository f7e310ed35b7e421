#include "enclave/crypto/random.h"
#include "enclave/process/kernel_identity.h"
#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"

namespace farl::proc {

namespace {

struct Uuid {
    uint8_t bytes[16];
};

// RFC 4122, version 4.
Uuid make_uuid()
{
    Uuid uuid;
    fill_random(uuid.bytes, sizeof(uuid.bytes));
    uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

void write_uuid(Text& text, Uuid const& uuid)
{
    for (size_t i = 0; i < sizeof(uuid.bytes); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text << '-';
        text.hex(uuid.bytes[i], 2);
    }
    text << '\n';
}

constinit Spinlock boot_lock;
constinit bool has_booted = false;
constinit Uuid boot_uuid {};

} // namespace

Result<> random_uuid(Node, Text& text)
{
    write_uuid(text, make_uuid());
    return {};
}

// The enclave's start counts as its boot.
Result<> boot_id(Node, Text& text)
{
    auto fresh = make_uuid();
    {
        LockGuard guard(boot_lock);
        if (!has_booted)
            boot_uuid = fresh;
        has_booted = true;
    }
    write_uuid(text, boot_uuid);
    return {};
}

Result<> kernel_release(Node, Text& text)
{
    text << kKernelRelease << '\n';
    return {};
}

Result<> kernel_version(Node, Text& text)
{
    text << kKernelVersion << '\n';
    return {};
}

Result<> host_name(Node, Text& text)
{
    text << process().host_name.view() << '\n';
    return {};
}

} // namespace farl::proc
