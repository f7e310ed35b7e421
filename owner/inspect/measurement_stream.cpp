#include "owner/inspect/measurement_stream.h"

#include "abi/sgx/measurement.h"
#include "owner/digest/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace farl::owner {

namespace {

using sgx::kExtendSize;
using sgx::MeasurementRecord;
using sgx::PageType;
using sgx::SecInfo;
using Bytes = std::span<std::byte const>;

constexpr uint64_t kChunksOfPage = kPageSize / kExtendSize;

class StreamReader {
public:
    explicit StreamReader(Bytes stream) : stream_(stream) { }

    EnclaveOutline read()
    {
        auto const first = take_record();
        if (!is_named(first, "ECREATE"))
            fail("does not begin with ECREATE");
        outline_.ssa_frame_pages = field<uint32_t>(first, 8);
        outline_.size = field<uint64_t>(first, 12);
        expect_zero(first, 20);
        measure(first);
        while (at_ < stream_.size())
            read_record();
        finish_page();
        auto const digest = sha256(measured_);
        std::ranges::copy(std::as_bytes(std::span(digest)), outline_.mrenclave.begin());
        return std::move(outline_);
    }

private:
    [[noreturn]] void fail(std::string const& what) const
    {
        throw StreamDefect(fmt::format("the record at byte {} {}", record_at_, what));
    }

    Bytes take(size_t size)
    {
        if (stream_.size() - at_ < size)
            fail("is cut off");
        auto const bytes = stream_.subspan(at_, size);
        at_ += size;
        return bytes;
    }

    Bytes take_record()
    {
        record_at_ = at_;
        return take(sizeof(MeasurementRecord));
    }

    // Names fill eight bytes with zeros.
    static bool is_named(Bytes record, char const* name)
    {
        char padded[8] {};
        std::memcpy(padded, name, std::min<size_t>(strlen(name), sizeof(padded)));
        return !std::memcmp(record.data(), padded, sizeof(padded));
    }

    template <typename T>
    static T field(Bytes record, size_t offset)
    {
        T value;
        std::memcpy(&value, record.data() + offset, sizeof(T));
        return value;
    }

    void expect_zero(Bytes record, size_t from) const
    {
        if (std::any_of(record.begin() + static_cast<std::ptrdiff_t>(from), record.end(),
                [](std::byte byte) { return byte != std::byte {}; }))
            fail("is not zero at its end");
    }

    void measure(Bytes bytes) { measured_.insert(measured_.end(), bytes.begin(), bytes.end()); }

    void read_record()
    {
        auto const record = take_record();
        if (is_named(record, "EADD"))
            return add(record);
        bool const is_measured = is_named(record, "EEXTEND");
        if (!is_measured && !is_named(record, "UNMEASRD"))
            fail("is none of ECREATE, EADD, EEXTEND and UNMEASRD");
        expect_zero(record, 16);
        auto const chunk = field<uint64_t>(record, 8);
        if (!has_page_ || chunk - page_.offset >= kPageSize || chunk % kExtendSize)
            fail("is not for a chunk of the page before it");
        auto const contents = take(kExtendSize);
        if (!is_measured)
            return;
        ++measured_chunks_;
        measure(record);
        measure(contents);
    }

    void add(Bytes record)
    {
        finish_page();
        SecInfo const info { .flags = field<uint64_t>(record, 16) };
        expect_zero(record, 24);
        page_ = { field<uint64_t>(record, 8), 1, info.type(), info.permissions() };
        if (page_.offset % kPageSize || page_.offset >= outline_.size)
            fail("adds a page outside of the enclave");
        if (page_.type != PageType::Tcs && page_.type != PageType::Regular)
            fail("adds a page of a type that EADD does not take");
        has_page_ = true;
        measured_chunks_ = 0;
        measure(record);
    }

    void finish_page()
    {
        if (!has_page_)
            return;
        page_.is_measured = measured_chunks_ >= kChunksOfPage;
        auto& layout = outline_.layout;
        bool const continues = !layout.empty() && page_.type != PageType::Tcs
            && layout.back().offset + layout.back().count * kPageSize == page_.offset
            && layout.back().type == page_.type && layout.back().permissions == page_.permissions
            && layout.back().is_measured == page_.is_measured;
        if (continues)
            ++layout.back().count;
        else
            layout.push_back(page_);
    }

    Bytes stream_;
    size_t at_ { 0 }, record_at_ { 0 };
    std::vector<std::byte> measured_;
    EnclaveOutline outline_;
    PageGroup page_;
    bool has_page_ { false };
    uint64_t measured_chunks_ { 0 };
};

} // namespace

uint64_t EnclaveOutline::page_count() const
{
    return std::accumulate(layout.begin(), layout.end(), uint64_t { 0 },
        [](uint64_t sum, PageGroup const& group) { return sum + group.count; });
}

uint64_t EnclaveOutline::tcs_count() const
{
    return static_cast<uint64_t>(
        std::ranges::count_if(layout, [](PageGroup const& group) { return group.type == PageType::Tcs; }));
}

EnclaveOutline outline_of(Bytes stream) { return StreamReader(stream).read(); }

std::vector<std::byte> measurement_stream(sgx::Image const& image)
{
    std::vector<std::byte> stream;
    auto append = [&](Bytes bytes) { stream.insert(stream.end(), bytes.begin(), bytes.end()); };
    append(sgx::measurement::ecreate(sgx::kSsaFramePages, sgx::kEnclaveSize));
    MUST(image.for_each_run([&](sgx::PageRun const& run) -> Result<> {
        sgx::measure_run(run, sgx::kEnclaveBase, append);
        return {};
    }));
    return stream;
}

} // namespace farl::owner
