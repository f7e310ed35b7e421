#include "owner/cas/database.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace farl::owner;

namespace {

struct StatementTest : testing::Test {
    std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("farl-database-" + std::to_string(getpid()));
    std::unique_ptr<Database> database;

    void SetUp() override
    {
        std::filesystem::create_directory(directory);
        database = std::make_unique<Database>(directory / "store");
    }
    void TearDown() override
    {
        database.reset();
        std::filesystem::remove_all(directory);
    }
};

constexpr char kEcho[] = "SELECT ?";

TEST_F(StatementTest, knows_nothing_of_those_before_it_with_the_same_text)
{
    EXPECT_TRUE(Statement(*database, kEcho).bind(1, std::string_view("secret")).step());
    Statement again(*database, kEcho);
    ASSERT_TRUE(again.step());
    EXPECT_EQ(again.text(0), "");
}

TEST_F(StatementTest, has_rows_of_its_own_beside_another_one_with_the_same_text)
{
    Statement first(*database, kEcho), second(*database, kEcho);
    ASSERT_TRUE(first.bind(1, std::string_view("first")).step());
    ASSERT_TRUE(second.bind(1, std::string_view("second")).step());
    EXPECT_EQ(first.text(0), "first");
    EXPECT_EQ(second.text(0), "second");
}

TEST_F(StatementTest, can_be_used_again_after_an_error)
{
    database->execute("CREATE TABLE one(value INTEGER PRIMARY KEY) STRICT");
    constexpr char kInsert[] = "INSERT INTO one VALUES (?)";
    Statement(*database, kInsert).bind(1, int64_t { 1 }).step();
    EXPECT_THROW(Statement(*database, kInsert).bind(1, int64_t { 1 }).step(), DatabaseError);
    EXPECT_FALSE(Statement(*database, kInsert).bind(1, int64_t { 2 }).step());
}

} // namespace
