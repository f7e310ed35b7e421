// A PageBackend for tests: remembers each page's protection and where its contents come from, and counts calls.
#pragma once

#include "base/checked.h"
#include "enclave/memory/page_backend.h"

#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace farl {

class FakeBackend final : public PageBackend {
public:
    struct Page {
        int protection { 0 };
        uint64_t written { 0 }; // what the test stored; 0 as fresh pages are
    };

    Result<> protect(AddressRange range, int protection) override
    {
        calls.push_back("protect");
        if (fails)
            return Errno::Enomem;
        for_each_page(range, [&](uint64_t page) { pages[page].protection = protection; });
        return {};
    }
    Result<> release(AddressRange range) override
    {
        calls.push_back("release");
        if (fails)
            return Errno::Enomem;
        pages.erase(pages.lower_bound(range.start), pages.lower_bound(range.end));
        return {};
    }
    Result<> discard(AddressRange range) override
    {
        calls.push_back("discard");
        for_each_page(range, [&](uint64_t page) { pages.at(page).written = 0; });
        return {};
    }
    Result<> move(AddressRange from, uint64_t to, int protection) override
    {
        calls.push_back("move");
        if (fails)
            return Errno::Enomem;
        for_each_page(from, [&](uint64_t page) {
            auto target = to + (page - from.start);
            EXPECT_FALSE(pages.contains(target)) << "moved onto a page in use";
            pages[target] = { protection, pages.at(page).written };
            pages.erase(page);
        });
        return {};
    }

    std::vector<std::string> take_calls() { return std::exchange(calls, {}); }

    template <typename Function>
    static void for_each_page(AddressRange range, Function&& function)
    {
        EXPECT_FALSE(range.is_empty());
        for (auto page = range.start; page < range.end; page += kPageSize)
            function(page);
    }

    std::map<uint64_t, Page> pages;
    std::vector<std::string> calls;
    bool fails { false };
};

} // namespace farl
