#include "owner/oci/byte_stream.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>
#include <vector>

namespace farl::owner {

std::string read_text(ByteSource& source, size_t most, std::string const& what)
{
    std::string text;
    std::vector<std::byte> block(kStreamBlock);
    while (auto count = source.read(block)) {
        if (count > most - text.size())
            throw ImageDefect(fmt::format("{} is larger than {} bytes", what, most));
        text.append(reinterpret_cast<char const*>(block.data()), count);
    }
    return text;
}

} // namespace farl::owner
