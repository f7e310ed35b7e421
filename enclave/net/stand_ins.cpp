#include "enclave/net/stand_ins.h"

#include <cstring>

namespace farl {

namespace {

// 240.0.0.1 and 100::1 are the first ones. docs/design/0019-network-shield.md says why these.
constexpr uint8_t kIpv4Prefix[2] { 240, 0 };
constexpr uint8_t kIpv6Prefix[14] { 0x01, 0x00 };
constexpr size_t kMost = UINT16_MAX;

// From 1; 0: it is none.
size_t number_of(InternetAddress const& address)
{
    bool const is_ipv4 = address.family == formats::NetworkFamily::Ipv4;
    auto const prefix = is_ipv4 ? std::span<uint8_t const>(kIpv4Prefix) : std::span<uint8_t const>(kIpv6Prefix);
    auto const* bytes = address.bytes.data();
    if (memcmp(bytes, prefix.data(), prefix.size()) != 0)
        return 0;
    return static_cast<size_t>(bytes[prefix.size()] << 8 | bytes[prefix.size() + 1]);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Takes the next word off a line; empty at its end, which may be a comment.
std::string_view next_word(std::string_view& line)
{
    size_t begin = 0;
    while (begin < line.size() && is_blank(line[begin]))
        ++begin;
    size_t end = begin;
    while (end < line.size() && !is_blank(line[end]) && line[end] != '#')
        ++end;
    auto const word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_host(std::string_view host, std::string_view word)
{
    if (host.size() != word.size())
        return false;
    for (size_t i = 0; i < host.size(); ++i)
        if (lower(word[i]) != host[i])
            return false;
    return true;
}

} // namespace

bool StandIns::has(std::string_view host) const
{
    for (auto known : hosts_)
        if (is_same_host(known, host))
            return true;
    return false;
}

Result<> StandIns::add(std::string_view host)
{
    if (has(host))
        return {};
    return hosts_.size() < kMost ? hosts_.push(host) : Errno::Enomem;
}

std::string_view StandIns::host_at(InternetAddress const& address) const
{
    auto const number = number_of(address);
    return number && number <= hosts_.size() ? hosts_[number - 1] : std::string_view {};
}

Result<> StandIns::add_line(String& file, size_t index) const
{
    auto const number = index + 1;
    char text[64];
    Formatter addresses(text);
    addresses << "240.0." << (number >> 8) << '.' << (number & 0xff) << '\t';
    TRY(file.append(addresses.view()));
    TRY(file.append(hosts_[index]));
    Formatter ipv6(text);
    (ipv6 << "\n100::").hex(number) << '\t';
    TRY(file.append(ipv6.view()));
    TRY(file.append(hosts_[index]));
    return file.append('\n');
}

// Some resolvers take all lines of a name together (host.conf(5), `multi`).
Result<> StandIns::add_other_line(String& file, std::string_view line) const
{
    bool has_ours = false, has_others = false;
    auto rest = line;
    auto const address = next_word(rest);
    String kept = TRY(String::from(address));
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
        if (has(word)) {
            has_ours = true;
            continue;
        }
        has_others = true;
        TRY(kept.append(' '));
        TRY(kept.append(word));
    }
    if (has_ours && !has_others)
        return {};
    TRY(file.append(has_ours ? kept.view() : line));
    return file.append('\n');
}

Result<String> StandIns::hosts_file(std::string_view others) const
{
    String file;
    for (size_t i = 0; i < hosts_.size(); ++i)
        TRY(add_line(file, i));
    while (!others.empty()) {
        auto const end = others.find('\n');
        TRY(add_other_line(file, others.substr(0, end)));
        others.remove_prefix(end == others.npos ? others.size() : end + 1);
    }
    return file;
}

} // namespace farl
