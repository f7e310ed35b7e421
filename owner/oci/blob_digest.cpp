#include "owner/oci/blob_digest.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kDigits = 64;

} // namespace

std::string digest_digits(std::string_view text, std::string const& what)
{
    auto const digits = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : std::string_view();
    if (digits.size() != kDigits || digits.find_first_not_of("0123456789abcdef") != digits.npos)
        throw ImageDefect(fmt::format("the digest of {} is no SHA-256", what));
    return std::string(digits);
}

std::string digest_text(std::array<uint8_t, 32> const& digest)
{
    return std::string(kPrefix) + to_hex(std::as_bytes(std::span(digest)));
}

size_t DigestingSource::read(std::span<std::byte> buffer)
{
    auto const count = source_.read(buffer);
    digest_.add(buffer.first(count));
    size_ += count;
    return count;
}

std::string DigestingSource::digest() { return digest_text(digest_.finish()); }

void DigestingSink::write(std::span<std::byte const> bytes)
{
    digest_.add(bytes);
    size_ += bytes.size();
    sink_.write(bytes);
}

std::string DigestingSink::digest() { return digest_text(digest_.finish()); }

} // namespace farl::owner
