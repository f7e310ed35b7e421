// StartupWriter: builds the bytes that abi/formats/startup_config.h reads, in memory that is wiped. It does not judge
// what it is given: parse() does.
#pragma once

#include "abi/formats/record_writer.h"
#include "abi/formats/startup_config.h"
#include "owner/keys/secret.h"

#include <algorithm>

namespace farl::owner {

class StartupWriter {
public:
    explicit StartupWriter(formats::BlockKind const& kind = formats::kStartupConfig) : records_(kind) { }

    void add_text(formats::StartupRecord type, std::string_view text)
    {
        records_.add(type, { std::as_bytes(std::span(text)) });
    }
    // "NAME=VALUE".
    void add_variable(std::string_view name, std::string_view value)
    {
        constexpr std::string_view kBetween = "=";
        records_.add(formats::StartupRecord::Environment,
            { std::as_bytes(std::span(name)), std::as_bytes(std::span(kBetween)), std::as_bytes(std::span(value)) });
    }
    // A formats::ImageAccess.
    void add_image(std::span<std::byte const> access) { records_.add(formats::StartupRecord::Image, { access }); }
    // User, group, and supplementary groups.
    void add_user(std::span<uint32_t const> ids) { records_.add(formats::StartupRecord::User, { std::as_bytes(ids) }); }
    // In ascending order of names; then their lease.
    void add_volume(formats::VolumeAccess const& volume)
    {
        formats::VolumeAccessHeader header { .key = {},
            .id = {},
            .sequence = volume.sequence,
            .tag = {},
            .rollback = static_cast<uint32_t>(volume.rollback),
            .name_size = static_cast<uint32_t>(volume.name.size()) };
        std::ranges::copy(volume.id, header.id);
        std::ranges::copy(volume.tag, header.tag);
        // The key goes from where it is kept to where it is written, and nowhere between.
        auto const rest = std::as_bytes(std::span(&header, 1)).subspan(sizeof(header.key));
        records_.add(formats::StartupRecord::Volume,
            { volume.key, rest, std::as_bytes(std::span(volume.name)), std::as_bytes(std::span(volume.path)) });
    }
    void add_volume_lease(uint32_t seconds)
    {
        records_.add(formats::StartupRecord::VolumeLease, { std::as_bytes(std::span(&seconds, 1)) });
    }
    void add_network(formats::NetworkDefaults const& defaults)
    {
        records_.add(formats::StartupRecord::Network, { std::as_bytes(std::span(&defaults, 1)) });
    }
    struct RuleTexts {
        std::string_view host, names, protocol, certificate, key, authority;
    };
    // The sizes in the header are filled in.
    void add_network_rule(formats::NetworkRuleHeader header, RuleTexts const& texts)
    {
        header.host_size = static_cast<uint32_t>(texts.host.size());
        header.names_size = static_cast<uint32_t>(texts.names.size());
        header.protocol_size = static_cast<uint32_t>(texts.protocol.size());
        header.certificate_size = static_cast<uint32_t>(texts.certificate.size());
        header.key_size = static_cast<uint32_t>(texts.key.size());
        auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
        records_.add(formats::StartupRecord::NetworkRule,
            { std::as_bytes(std::span(&header, 1)), bytes(texts.host), bytes(texts.names), bytes(texts.protocol),
                bytes(texts.certificate), bytes(texts.key), bytes(texts.authority) });
    }
    // One after another, the current one first.
    void add_ticket_keys(std::span<unsigned char const> keys)
    {
        records_.add(formats::StartupRecord::TicketKeys, { std::as_bytes(keys) });
    }
    void add_credentials_due(uint32_t seconds)
    {
        records_.add(formats::StartupRecord::CredentialsDue, { std::as_bytes(std::span(&seconds, 1)) });
    }
    // In ascending order of paths.
    void add_file(uint32_t mode, std::string_view path, std::string_view content)
    {
        formats::InjectedFileHeader header { mode, static_cast<uint32_t>(path.size()) };
        records_.add(formats::StartupRecord::File,
            { std::as_bytes(std::span(&header, 1)), std::as_bytes(std::span(path)),
                std::as_bytes(std::span(content)) });
    }
    std::span<std::byte const> bytes() { return records_.bytes(); }

private:
    formats::RecordWriter<WipingAllocator<std::byte>> records_;
};

} // namespace farl::owner
