// Layers and images for tests, made in memory, honest or not.
#pragma once

#include "owner/oci/compressor.h"
#include "owner/oci/layer_reader.h"
#include "owner/oci/tar_writer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace farl::owner {

class MemorySink final : public ByteSink {
public:
    void write(std::span<std::byte const> bytes) override
    {
        text.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    }
    std::string text;
};

// A few bytes at a time, as a pipe may give them.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::string text, size_t most = 1000) : text_(std::move(text)), most_(most) { }
    size_t read(std::span<std::byte> buffer) override
    {
        auto const count = std::min({ buffer.size(), most_, text_.size() - at_ });
        memcpy(buffer.data(), text_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string text_;
    size_t most_;
    size_t at_ { 0 };
};

inline std::string digest_of(std::string_view text) { return digest_text(sha256(std::as_bytes(std::span(text)))); }

// A tar, entry by entry.
class LayerBytes {
public:
    LayerBytes& directory(std::string const& path, uint32_t mode = 0755)
    {
        return add(path, { .type = FileType::Directory, .mode = mode });
    }
    LayerBytes& file(std::string const& path, std::string_view contents, uint32_t mode = 0644)
    {
        return add(path, { .mode = mode, .modified_s = 7, .size = contents.size() }).text(contents);
    }
    LayerBytes& text(std::string_view contents)
    {
        tar_.write(std::as_bytes(std::span(contents)));
        return *this;
    }
    LayerBytes& symlink(std::string const& path, std::string const& target)
    {
        return add(path, { .type = FileType::Symlink, .mode = 0777, .link_target = target });
    }
    LayerBytes& hard_link(std::string const& path, std::string const& target)
    {
        tar_.add_hard_link(path, target);
        return *this;
    }
    LayerBytes& add(std::string const& path, FileAttributes const& attributes)
    {
        tar_.add(path, attributes);
        return *this;
    }
    std::string bytes()
    {
        tar_.finish();
        return sink_.text;
    }

private:
    MemorySink sink_;
    TarWriter tar_ { sink_ };
};

// One ustar header as no honest writer makes it; contents are the caller's.
inline std::string raw_header(
    std::string_view name, char type, std::string_view octal_size = "00000000000", std::string_view link_target = "")
{
    std::string header(512, '\0');
    auto put = [&](size_t at, std::string_view text) { header.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, octal_size);
    put(136, "00000000000");
    put(148, "        ");
    header[156] = type;
    put(157, link_target);
    put(257, std::string_view("ustar\00000", 8));
    unsigned sum = 0;
    for (char const c : header)
        sum += static_cast<unsigned char>(c);
    char digits[8];
    snprintf(digits, sizeof(digits), "%06o", sum);
    put(148, std::string_view(digits, 7));
    return header;
}

inline std::string const kTarEnd(1024, '\0');

} // namespace farl::owner
