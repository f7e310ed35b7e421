#include "owner/cas/session_record.h"

#include "owner/cas/record_coding.h"

namespace farl::owner {

namespace {

constexpr uint8_t kFormat = 1;

Material material_from(RecordReader& in)
{
    Material material { .kind = static_cast<Material::Kind>(in.number()), .rule = in.hash() };
    material.secret = Secret(in.text());
    material.certificate = in.text();
    material.chain = in.text();
    return material;
}

} // namespace

Secret encode(SessionRecord const& record)
{
    RecordWriter out;
    out.add(uint64_t { kFormat });
    out.add(record.version);
    out.add(record.owner);
    out.add(record.text.reveal());
    out.add(uint64_t { record.materials.size() });
    for (auto const& [name, material] : record.materials) {
        out.add(name);
        out.add(static_cast<uint64_t>(material.kind));
        out.add(material.rule);
        out.add(material.secret.reveal());
        out.add(material.certificate);
        out.add(material.chain);
    }
    return out.take();
}

std::optional<SessionRecord> decode_session_record(std::string_view bytes)
{
    RecordReader in(bytes);
    if (in.number() != kFormat)
        return {};
    SessionRecord record { .version = in.number(), .owner = in.hash(), .text = Secret(in.text()) };
    for (auto count = in.number(); count && in.is_good(); --count) {
        std::string name(in.text());
        record.materials.emplace(name, material_from(in));
    }
    if (!in.is_good() || !in.is_at_end())
        return {};
    return record;
}

} // namespace farl::owner
