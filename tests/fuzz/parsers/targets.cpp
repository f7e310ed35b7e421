#include "tests/fuzz/parsers/targets.h"

#include "abi/formats/admission.h"
#include "abi/formats/startup_config.h"
#include "abi/formats/volume_keeping.h"
#include "abi/sgx/image.h"
#include "abi/sgx/signature.h"
#include "abi/wire/launch_config.h"
#include "enclave/loader/elf.h"
#include "enclave/loader/patch.h"
#include "enclave/net/stand_ins.h"
#include "owner/cas/audit_chain.h"
#include "owner/console/line_splitter.h"
#include "owner/console/log_reader.h"
#include "owner/launch/config_writer.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"
#include "owner/rewrite/analysis.h"
#include "tests/fuzz/parsers/exact.h"
#include "tests/unit/abi/formats/block_samples.h"
#include "tests/unit/abi/formats/patch_samples.h"
#include "tests/unit/owner/image/sample_image.h"
#include "tests/unit/owner/policy/sample_session.h"

#include <string>

namespace farl::fuzz {

namespace {

std::string program_folder = ".";

// ---- launch configuration

Bytes sample_config()
{
    owner::ConfigWriter writer;
    writer.add_settings(
        { .heap_size = 1ull << 30, .carriers = 2, .cpu_count = 2, .log_fd = 2, .trace_fd = 100, .stats_fd = 2 });
    writer.add_text(wire::LaunchRecord::Program, "/usr/bin/sort");
    writer.add_text(wire::LaunchRecord::RootDirectory, "/");
    writer.add_text(wire::LaunchRecord::WorkingDirectory, "/tmp");
    writer.add_text(wire::LaunchRecord::Argument, "sort");
    writer.add_text(wire::LaunchRecord::Environment, "HOME=/root");
    writer.add_number(wire::LaunchRecord::Descriptor, 4);
    writer.add_patch_table({ .device = 1, .inode = 77, .size = 4096 }, patch::sample_table());
    auto block = writer.bytes();
    return { block.begin(), block.end() };
}

Bytes sample_attested_config()
{
    owner::ConfigWriter writer;
    writer.add_settings(
        { .heap_size = 1ull << 30, .carriers = 2, .cpu_count = 2, .log_fd = 2, .trace_fd = 100, .stats_fd = 2 });
    writer.add_text(wire::LaunchRecord::RootDirectory, "/");
    writer.add_number(wire::LaunchRecord::CasSocket, 203);
    writer.add_text(wire::LaunchRecord::CasService, "shop/front");
    writer.add_volume_file("data", "/srv/data.volume");
    writer.add_text(wire::LaunchRecord::VolumeDirectory, "/srv");
    auto block = writer.bytes();
    return { block.begin(), block.end() };
}

bool read_config(Bytes const& input)
{
    Exact block(input);
    auto config = wire::LaunchConfig::parse(block.span());
    if (config.is_error())
        return false;
    size_t total = config.value().program().size() + config.value().working_directory().size();
    for (auto argument : config.value().arguments())
        total += argument.size();
    for (auto variable : config.value().environment())
        total += variable.size();
    for (auto number : config.value().descriptors())
        total += number < wire::kMostDescriptors ? 1 : input.size();
    for (auto const& file : config.value().volume_files())
        total += file.name.size() + file.path.size();
    return total <= input.size();
}

// ---- what a CAS and an enclave say to each other

std::string sample_volume(std::string_view name, std::string_view path)
{
    formats::VolumeAccessHeader header {};
    header.name_size = static_cast<uint32_t>(name.size());
    return std::string(reinterpret_cast<char const*>(&header), sizeof(header)).append(name).append(path);
}

Bytes sample_startup()
{
    using formats::StartupRecord;
    formats::InjectedFileHeader const header { 0400, 4 };
    auto file = std::string(reinterpret_cast<char const*>(&header), sizeof(header)) + "/key" + "content";
    return formats::BlockSample(formats::kStartupConfig)
        .add(StartupRecord::WorkingDirectory, "/srv")
        .add(StartupRecord::Argument, "python3")
        .add(StartupRecord::Environment, "LANG=C")
        .add(StartupRecord::File, file)
        .add(StartupRecord::ConsoleKey, std::string(formats::kConsoleKeySize, 'k'))
        .add(StartupRecord::Volume, sample_volume("data", "/data"))
        .add(StartupRecord::Volume, sample_volume("log", "/var/log"))
        .add(StartupRecord::VolumeLease, std::string(4, '\1'))
        .block();
}

bool read_startup(Bytes const& input)
{
    Exact block(input);
    auto config = formats::StartupConfig::parse(block.span());
    if (config.is_error())
        return false;
    size_t total = config.value().working_directory().size() + config.value().console_key().size();
    for (auto argument : config.value().arguments())
        total += argument.size();
    for (auto variable : config.value().environment())
        total += variable.size();
    for (auto file : config.value().files())
        total += file.path.size() + file.content.size();
    for (auto volume : config.value().volumes())
        total += volume.name.size() + volume.path.size() + volume.key.size() + volume.id.size() + volume.tag.size();
    if (total > input.size())
        __builtin_trap();
    return true;
}

Bytes sample_denial()
{
    return formats::BlockSample(formats::kDenial)
        .add(formats::DenialRecord::Reason, "rate-limited")
        .add(formats::DenialRecord::Explanation, "too many attempts")
        .block();
}

bool read_denial(Bytes const& input)
{
    Exact block(input);
    return formats::parse_denial(block.span()).is_ok();
}

Bytes sample_credentials()
{
    return formats::BlockSample(formats::kCredentials)
        .add(formats::CredentialRecord::TicketKeys, std::string(2 * formats::kTicketKeySize, 'k'))
        .add(formats::CredentialRecord::CredentialsDue, std::string(4, '\1'))
        .block();
}

bool read_credentials(Bytes const& input)
{
    Exact block(input);
    auto credentials = formats::Credentials::parse(block.span());
    if (credentials.is_error())
        return false;
    size_t total = credentials.value().ticket_keys().size();
    for (auto payload : credentials.value().network_rules()) {
        auto const rule = formats::as_network_rule(payload);
        total += rule.host.size() + rule.names.size() + rule.protocol.size() + rule.certificate.size() + rule.key.size()
            + rule.authority.size();
    }
    if (total > input.size())
        __builtin_trap();
    return true;
}

// ---- the host's /etc/hosts

Bytes sample_hosts_file()
{
    constexpr std::string_view kFile = "127.0.0.1 localhost\n10.0.0.1\tDB.shop web # all\n::1 db.shop";
    return { std::as_bytes(std::span(kFile)).begin(), std::as_bytes(std::span(kFile)).end() };
}

bool read_hosts_file(Bytes const& input)
{
    constexpr std::string_view kOurs = "240.0.0.1\tdb.shop\n100::1\tdb.shop\n";
    Exact others(input);
    StandIns stand_ins;
    MUST(stand_ins.add("db.shop"));
    auto const file = MUST(stand_ins.hosts_file(formats::as_text(others.span())));
    if (!file.view().starts_with(kOurs) || file.size() > kOurs.size() + input.size() + 1)
        __builtin_trap();
    return true;
}

Bytes sample_keep_request()
{
    formats::KeepRequest const request {
        .service = "shop/front", .volume = "data", .sequence = 1, .tag = {}, .is_last = false
    };
    Bytes block(formats::keep_request_size(request));
    formats::write_keep_request(block, request);
    return block;
}

bool read_keep_request(Bytes const& input)
{
    Exact block(input);
    auto request = formats::parse_keep_request(block.span());
    if (request.is_error())
        return false;
    if (request.value().service.size() + request.value().volume.size() > input.size())
        __builtin_trap();
    return true;
}

// ---- patch table, and what it does to text

bool read_table(Bytes const& input)
{
    Exact bytes(input);
    auto table = patch::PatchTableView::parse(bytes.span());
    if (table.is_error())
        return false;
    Exact text(patch::sample_text()), stubs(Bytes(patch::kSampleStubs));
    constexpr uint64_t kBias = 0x5000'0000, kStubs = 0x5100'0000;
    (void)apply_patches(table.value(), { kBias, kBias + patch::kSampleText, text.span(), kStubs, stubs.span() });
    return true;
}

// ---- programs

Bytes sample_program() { return file_bytes("/bin/true"); }

class MemorySource final : public ElfSource {
public:
    explicit MemorySource(std::span<std::byte const> bytes) : bytes_(bytes) { }
    uint64_t size() const override { return bytes_.size(); }
    Result<> read_at(uint64_t offset, std::span<std::byte> buffer) override
    {
        if (offset > bytes_.size() || buffer.size() > bytes_.size() - offset)
            return Errno::Eio;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(), buffer.begin());
        return {};
    }

private:
    std::span<std::byte const> bytes_;
};

bool read_program(Bytes const& input)
{
    Exact bytes(input);
    MemorySource source(bytes.span());
    ElfImage image;
    if (parse_elf(source, image) != ElfDefect::None)
        return false;
    for (auto const& segment : image.segments)
        if (segment.address < image.start || segment.address + segment.memory_size > image.end)
            __builtin_trap();
    return true;
}

bool analyse_program(Bytes const& input)
{
    Exact bytes(input);
    auto analysis = owner::analyse(bytes.span());
    if (analysis.is_error())
        return false;
    if (patch::PatchTableView::parse(analysis.value().table).is_error())
        __builtin_trap();
    return true;
}

// ---- the enclave and its signature

Bytes sample_image() { return file_bytes(program_folder + "/farl-enclave"); }
Bytes sample_signature() { return file_bytes(program_folder + "/farl-enclave.sigstruct"); }

bool read_image(Bytes const& input)
{
    Exact bytes(input);
    auto image = sgx::Image::parse(bytes.span());
    if (image.is_error())
        return false;
    size_t runs = 0;
    return image.value()
        .for_each_run([&](sgx::PageRun const&) -> Result<> {
            ++runs;
            return {};
        })
        .is_ok();
}

bool read_signature(Bytes const& input)
{
    sgx::SigStruct signature {};
    memcpy(static_cast<void*>(&signature), input.data(), std::min(input.size(), sizeof(signature)));
    return sgx::is_well_formed(signature) && sgx::is_signed(signature);
}

// ---- session files

Bytes sample_session()
{
    auto bytes = std::as_bytes(std::span(owner::kSampleSession));
    return { bytes.begin(), bytes.end() };
}

bool read_session(Bytes const& input)
{
    Exact bytes(input);
    std::string_view text(reinterpret_cast<char const*>(bytes.span().data()), bytes.span().size());
    try {
        auto session = owner::parse_session(text);
        (void)owner::session_hash(session);
        return true;
    } catch (owner::PolicyError const& error) {
        bool tells_secret = strstr(error.what(), "horse");
        if (tells_secret || error.position().line == 0 || error.position().line > input.size() + 1)
            __builtin_trap();
        return false;
    }
}

// ---- audit logs

Bytes sample_audit()
{
    static auto const log = [] {
        auto key = owner::Ed25519Key::generate();
        owner::AuditHead head;
        std::string text;
        for (auto const& event :
            { owner::first_event(key.point()), owner::AuditEvent { "one", {} }, owner::end_event() }) {
            auto line = owner::audit_line(key, head, 0, event);
            head = owner::head_after(head, line);
            text += line + '\n';
        }
        return text;
    }();
    auto bytes = std::as_bytes(std::span(log));
    return { bytes.begin(), bytes.end() };
}

// Only what was written is accepted.
bool read_audit(Bytes const& input)
{
    Exact bytes(input);
    try {
        owner::verify_audit({ reinterpret_cast<char const*>(bytes.span().data()), bytes.span().size() });
    } catch (owner::AuditDefect const&) {
        return false;
    }
    if (input != sample_audit())
        __builtin_trap();
    return true;
}

// ---- protected images

bool read_fspf(Bytes const& input)
{
    Exact bytes(input);
    auto fspf = formats::Fspf::parse(bytes.span());
    if (fspf.is_error())
        return false;
    (void)owner::walk_fspf(fspf.value());
    return true;
}

// ---- console

owner::Secret const& console_key()
{
    static owner::Secret const key { std::string(formats::kConsoleKeyBytes, 'k') };
    return key;
}

std::string sealed(uint64_t sequence, formats::ConsoleKind kind, std::string_view data)
{
    formats::ConsoleHeader const header {
        .sequence = sequence, .channel = formats::ConsoleChannel::Output, .kind = kind
    };
    return owner::seal_console_line(owner::console_stream_key(console_key(), header), header, data);
}

Bytes sample_log()
{
    static std::string const log = [] {
        formats::ConsoleEnd end { 2, 0 };
        std::string_view counts(reinterpret_cast<char const*>(&end), sizeof(end));
        return sealed(0, formats::ConsoleKind::Data, "one") + sealed(1, formats::ConsoleKind::Data, "two")
            + sealed(2, formats::ConsoleKind::End, counts);
    }();
    auto bytes = std::as_bytes(std::span(log));
    return { bytes.begin(), bytes.end() };
}

struct Heard final : owner::LogListener {
    std::string output;
    size_t problem_count { 0 };

    void data(formats::ConsoleChannel, std::string_view bytes) override { output += bytes; }
    void problem(std::string const&) override { ++problem_count; }
    void unshielded(std::string_view) override { }
};

// Without a problem it says what was written, or nothing at all.
bool read_log(Bytes const& input)
{
    Exact bytes(input);
    Heard heard;
    owner::LogReader reader(console_key(), heard);
    owner::LineSplitter lines;
    auto take = [&](std::string_view line) { reader.take(line); };
    lines.feed({ reinterpret_cast<char const*>(bytes.span().data()), bytes.span().size() }, take);
    lines.finish(take);
    reader.finish();
    bool is_accepted = heard.problem_count == 0 && reader.block_count() != 0;
    if (is_accepted && heard.output != "onetwo")
        __builtin_trap();
    return is_accepted;
}

constexpr Target kTargets[] {
    { "launch-config", sample_config, read_config },
    { "attested-launch-config", sample_attested_config, read_config },
    { "startup-config", sample_startup, read_startup },
    { "cas-denial", sample_denial, read_denial },
    { "credentials", sample_credentials, read_credentials },
    { "hosts-file", sample_hosts_file, read_hosts_file },
    { "keep-request", sample_keep_request, read_keep_request },
    { "patch-table", [] { return patch::sample_table(); }, read_table },
    { "elf", sample_program, read_program },
    { "analysis", sample_program, analyse_program },
    { "enclave-image", sample_image, read_image },
    { "sigstruct", sample_signature, read_signature },
    { "session", sample_session, read_session },
    { "fspf", [] { return owner::sample_fspf_payload(); }, read_fspf },
    { "audit-log", sample_audit, read_audit },
    { "console-log", sample_log, read_log },
};

} // namespace

std::span<Target const> targets() { return kTargets; }

void set_program_folder(char const* folder) { program_folder = folder; }

} // namespace farl::fuzz
