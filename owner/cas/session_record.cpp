#include "owner/cas/session_record.h"

#include <cstring>

namespace farl::owner {

namespace {

constexpr uint8_t kFormat = 1;

// Numbers are 8 bytes, little-endian; texts a number and their bytes.
class RecordWriter {
public:
    void add(uint64_t number) { out_.append({ reinterpret_cast<char const*>(&number), sizeof number }); }
    void add(std::string_view text)
    {
        add(uint64_t { text.size() });
        out_.append(text);
    }
    void add(Hash const& hash) { add(std::string_view(reinterpret_cast<char const*>(hash.data()), hash.size())); }
    Secret take() { return std::move(out_); }

private:
    Secret out_;
};

class RecordReader {
public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) { }

    uint64_t number()
    {
        uint64_t number = 0;
        auto bytes = take(sizeof number);
        std::memcpy(&number, bytes.data(), bytes.size());
        return number;
    }
    std::string_view text() { return take(number()); }
    Hash hash()
    {
        Hash hash {};
        auto bytes = text();
        is_good_ &= bytes.size() == hash.size();
        std::memcpy(hash.data(), bytes.data(), std::min(bytes.size(), hash.size()));
        return hash;
    }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view take(uint64_t size)
    {
        is_good_ &= size <= rest_.size();
        auto taken = rest_.substr(0, is_good_ ? size : 0);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
    bool is_good_ { true };
};

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
