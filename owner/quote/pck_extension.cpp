#include "owner/quote/pck_extension.h"

#include "owner/quote/refusal.h"

#include <bitset>
#include <charconv>
#include <functional>
#include <memory>
#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/objects.h>

namespace farl::owner {

namespace {

struct Free {
    void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
    void operator()(ASN1_SEQUENCE_ANY* sequence) const { sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free); }
};
using Sequence = std::unique_ptr<ASN1_SEQUENCE_ANY, Free>;

constexpr char kSgx[] = "1.2.840.113741.1.13.1";
constexpr size_t kTcbComponents = 16;

[[noreturn]] void refuse()
{
    throw Refusal(RefusalReason::MalformedCertificate,
        "the platform's certificate lacks Intel's SGX extension, or has a damaged one");
}

Sequence sequence_from(ASN1_STRING const* encoded)
{
    auto const* position = ASN1_STRING_get0_data(encoded);
    auto const* end = position + ASN1_STRING_length(encoded);
    Sequence sequence(d2i_ASN1_SEQUENCE_ANY(nullptr, &position, ASN1_STRING_length(encoded)));
    if (!sequence || position != end)
        refuse();
    return sequence;
}

// The entries of SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, ANY }, by what follows the prefix in their identifiers.
void for_each_entry(ASN1_STRING const* encoded, std::string const& prefix,
    std::function<void(std::string const& name, ASN1_TYPE* value)> const& use)
{
    auto entries = sequence_from(encoded);
    for (int i = 0; i < sk_ASN1_TYPE_num(entries.get()); ++i) {
        auto* item = sk_ASN1_TYPE_value(entries.get(), i);
        if (item->type != V_ASN1_SEQUENCE)
            refuse();
        auto pair = sequence_from(item->value.sequence);
        if (sk_ASN1_TYPE_num(pair.get()) != 2 || sk_ASN1_TYPE_value(pair.get(), 0)->type != V_ASN1_OBJECT)
            refuse();
        char name[64];
        OBJ_obj2txt(name, sizeof name, sk_ASN1_TYPE_value(pair.get(), 0)->value.object, 1);
        if (std::string_view(name).starts_with(prefix + "."))
            use(name + prefix.size() + 1, sk_ASN1_TYPE_value(pair.get(), 1));
    }
}

std::vector<std::byte> octets(ASN1_TYPE* value, size_t size)
{
    if (value->type != V_ASN1_OCTET_STRING
        || static_cast<size_t>(ASN1_STRING_length(value->value.octet_string)) != size)
        refuse();
    auto const* data = reinterpret_cast<std::byte const*>(ASN1_STRING_get0_data(value->value.octet_string));
    return { data, data + size };
}

uint16_t number(ASN1_TYPE* value, uint64_t most)
{
    uint64_t number;
    if (value->type != V_ASN1_INTEGER || !ASN1_INTEGER_get_uint64(&number, value->value.integer) || number > most)
        refuse();
    return static_cast<uint16_t>(number);
}

// Components 1 to 16, then the PCE's SVN; number 18 repeats the components.
PlatformTcb tcb_from(ASN1_TYPE* value)
{
    if (value->type != V_ASN1_SEQUENCE)
        refuse();
    PlatformTcb tcb;
    std::bitset<kTcbComponents + 1> seen;
    for_each_entry(value->value.sequence, std::string(kSgx) + ".2", [&](std::string const& name, ASN1_TYPE* entry) {
        size_t index = 0;
        std::from_chars(name.data(), name.data() + name.size(), index);
        if (index < 1 || index > seen.size())
            return;
        if (index <= kTcbComponents)
            tcb.components[index - 1] = static_cast<uint8_t>(number(entry, UINT8_MAX));
        else
            tcb.pce_svn = number(entry, UINT16_MAX);
        seen.set(index - 1);
    });
    if (!seen.all())
        refuse();
    return tcb;
}

} // namespace

PckExtension pck_extension(X509* certificate)
{
    std::unique_ptr<ASN1_OBJECT, Free> identifier(OBJ_txt2obj(kSgx, 1));
    auto index = X509_get_ext_by_OBJ(certificate, identifier.get(), -1);
    if (index < 0)
        refuse();
    PckExtension extension;
    bool has_tcb = false;
    auto const* encoded = X509_EXTENSION_get_data(X509_get_ext(certificate, index));
    for_each_entry(encoded, kSgx, [&](std::string const& name, ASN1_TYPE* value) {
        if (name == "1")
            extension.ppid = octets(value, 16);
        else if (name == "2")
            extension.tcb = tcb_from(value), has_tcb = true;
        else if (name == "3")
            extension.pce_id = octets(value, 2);
        else if (name == "4")
            extension.fmspc = octets(value, 6);
    });
    if (!has_tcb || extension.ppid.empty() || extension.pce_id.empty() || extension.fmspc.empty())
        refuse();
    return extension;
}

} // namespace farl::owner
