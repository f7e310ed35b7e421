#include "owner/cas/volume_record.h"

#include "owner/cas/record_coding.h"
#include "owner/keys/openssl.h"

#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr uint64_t kFormat = 1;
constexpr size_t kKeySize = 32;

void fill_randomly(std::span<unsigned char> bytes)
{
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "make random bytes");
}

} // namespace

VolumeRecord make_volume()
{
    VolumeRecord made { .key = Secret(kKeySize) };
    fill_randomly(made.key.writable());
    fill_randomly({ reinterpret_cast<unsigned char*>(made.id.data()), made.id.size() });
    return made;
}

Secret encode(VolumeRecord const& record)
{
    RecordWriter out;
    out.add(kFormat);
    out.add(record.key.reveal());
    out.add_bytes(record.id);
    out.add(record.newest.sequence);
    out.add_bytes(record.newest.tag);
    out.add(record.holder);
    out.add(record.held_until);
    return out.take();
}

std::optional<VolumeRecord> decode_volume_record(std::string_view bytes)
{
    RecordReader in(bytes);
    if (in.number() != kFormat)
        return {};
    VolumeRecord record { .key = Secret(in.text()) };
    in.read_bytes(record.id);
    record.newest.sequence = in.number();
    in.read_bytes(record.newest.tag);
    record.holder = in.hash();
    record.held_until = in.number();
    if (!in.is_good() || !in.is_at_end() || record.key.size() != kKeySize)
        return {};
    return record;
}

} // namespace farl::owner
