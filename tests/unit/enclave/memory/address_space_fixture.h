// An AddressSpace over a fake backend, with short ways to say what a test does.
#pragma once

#include "enclave/memory/address_space.h"
#include "tests/unit/enclave/memory/fake_backend.h"

namespace farl {

class FakeObject final : public MappedObject {
public:
    Result<size_t> read(uint64_t, uint64_t, size_t size) override { return size; }
    Result<> write_back(uint64_t, uint64_t, size_t) override { return {}; }
    MappedIdentity identity() const override { return { 8, 1, 42, "/lib/object.so" }; }
};

class AddressSpaceTest : public testing::Test {
protected:
    static constexpr uint64_t kBase = 0x1'0000;
    static constexpr uint64_t kTop = 0x1000'0000;
    static constexpr int kReadWrite = kProtRead | kProtWrite;
    static constexpr int kAnonymous = kMapPrivate | kMapAnonymous;
    using Calls = std::vector<std::string>;

    ~AddressSpaceTest() override { space.verify(); }

    static constexpr uint64_t pages(uint64_t count) { return count * kPageSize; }
    uint64_t map(uint64_t count, int protection = kReadWrite, int flags = kAnonymous)
    {
        return MUST(space.map({ .size = pages(count), .protection = protection, .flags = flags }));
    }
    uint64_t map_at(uint64_t address, uint64_t count, int protection = kReadWrite, int flags = kAnonymous)
    {
        return MUST(space.map(
            { .address = address, .size = pages(count), .protection = protection, .flags = flags | kMapFixed }));
    }
    Errno map_error(MapRequest request) { return space.map(request).error(); }
    // "start-end prot" in pages relative to kAt, one mapping after the other.
    std::string layout() const
    {
        std::string text;
        for (auto const* m = space.first(); m; m = AddressSpace::next(*m)) {
            text += text.empty() ? "" : " ";
            text += std::to_string((m->start() - kAt) / kPageSize) + "-" + std::to_string((m->end() - kAt) / kPageSize);
            text += ":" + std::to_string(m->protection);
        }
        return text;
    }

    static constexpr uint64_t kAt = 0x10'0000;
    FakeBackend backend;
    AddressSpace space { backend, { kBase, kTop }, kTop };
};

} // namespace farl
