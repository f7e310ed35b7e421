// PieceSource: a file's contents in a layer, holes filled in, as ProtectedImageWriter asks for them. Each byte that
// goes by can be listened to.
#pragma once

#include "owner/oci/image_defect.h"
#include "owner/oci/layer_reader.h"

#include <algorithm>
#include <functional>

namespace farl::owner {

class PieceSource {
public:
    explicit PieceSource(LayerReader& layer) : layer_(layer) { }

    // All of `buffer`; zeros where there is nothing.
    void read(std::span<std::byte> buffer)
    {
        while (!buffer.empty()) {
            auto const count = read_some(buffer);
            buffer = buffer.subspan(count);
            position_ += count;
        }
    }

private:
    size_t read_some(std::span<std::byte> buffer)
    {
        while (!is_at_end_ && position_ >= piece_.offset + piece_.bytes.size()) {
            auto const next = layer_.next_piece();
            is_at_end_ = !next.has_value();
            piece_ = next.value_or(TarReader::Piece { 0, {} });
        }
        if (is_at_end_ || position_ < piece_.offset) {
            auto const hole = is_at_end_ ? buffer.size() : std::min<uint64_t>(buffer.size(), piece_.offset - position_);
            std::fill_n(buffer.begin(), hole, std::byte { 0 });
            return hole;
        }
        auto const rest = piece_.bytes.subspan(position_ - piece_.offset);
        auto const count = std::min(buffer.size(), rest.size());
        std::copy_n(rest.begin(), count, buffer.begin());
        return count;
    }

    LayerReader& layer_;
    TarReader::Piece piece_ { 0, {} };
    uint64_t position_ { 0 };
    bool is_at_end_ { false };
};

} // namespace farl::owner
