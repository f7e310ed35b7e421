#include "owner/protect/image_user.h"

#include "owner/oci/image_defect.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

constexpr std::string_view kPasswd = "root:x:0:0:root:/root:/bin/bash\n"
                                     "redis:x:999:998::/data:/sbin/nologin\n"
                                     "# a comment\n"
                                     "broken:x:many:0::/:\n"
                                     "1000:x:7:8::/:\n"
                                     "last:x:12:13";
constexpr std::string_view kGroup = "root:x:0:\n"
                                    "redis:x:998:\n"
                                    "logs:x:40:syslog,redis\n"
                                    "audio:x:29:redis,last\n"
                                    "again:x:29:redis\n"
                                    "near:x:50:redis2,redi\n";

std::vector<uint32_t> ids_of(std::string_view user)
{
    auto const rule = user_from_files(user, kPasswd, kGroup);
    std::vector<uint32_t> ids { rule.uid, rule.gid };
    ids.insert(ids.end(), rule.groups.begin(), rule.groups.end());
    return ids;
}

using Ids = std::vector<uint32_t>;

} // namespace

TEST(ImageUser, a_name_has_its_group_and_those_that_name_it_as_a_member)
{
    EXPECT_EQ(ids_of("redis"), (Ids { 999, 998, 40, 29 }));
    EXPECT_EQ(ids_of("redis:"), (Ids { 999, 998, 40, 29 }));
    EXPECT_EQ(ids_of("root"), (Ids { 0, 0 }));
    EXPECT_EQ(ids_of("last"), (Ids { 12, 13, 29 }));
}

TEST(ImageUser, a_number_is_whose_it_is_or_stands_for_itself_in_group_0)
{
    EXPECT_EQ(ids_of("999"), (Ids { 999, 998, 40, 29 }));
    EXPECT_EQ(ids_of("1234"), (Ids { 1234, 0 }));
    EXPECT_EQ(ids_of("1000"), (Ids { 7, 8 })) << "a name goes before a number";
}

TEST(ImageUser, with_a_group_there_are_no_others)
{
    EXPECT_EQ(ids_of("redis:audio"), (Ids { 999, 29 }));
    EXPECT_EQ(ids_of("redis:5"), (Ids { 999, 5 }));
    EXPECT_EQ(ids_of("1234:40"), (Ids { 1234, 40 }));
}

TEST(ImageUser, what_is_not_there_is_refused_by_name)
{
    for (auto const* user : { "nobody", "broken", "redis:none", "-1", "4294967295", "4294967296", "1 ", ":5" })
        EXPECT_THROW(ids_of(user), ImageDefect) << user;
    try {
        ids_of("no\nbody");
        FAIL();
    } catch (ImageDefect const& defect) {
        EXPECT_EQ(std::string_view(defect.what()).find('\n'), std::string_view::npos) << defect.what();
    }
}

TEST(ImageUser, an_image_without_the_files_has_numbers_only)
{
    EXPECT_EQ(user_from_files("5:6", "", "").gid, 6u);
    EXPECT_THROW(user_from_files("redis", "", ""), ImageDefect);
}

} // namespace farl::owner
