#include "tests/support/fake_aesm.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace farl::host {

namespace {

bool read_fully(int socket, std::byte* room, size_t size)
{
    for (size_t done = 0; done < size;) {
        auto const count = read(socket, room + done, size - done);
        if (count <= 0)
            return false;
        done += static_cast<size_t>(count);
    }
    return true;
}

} // namespace

FakeAesm::FakeAesm(bool is_silent)
{
    char pattern[] = "/tmp/farl-aesm-XXXXXX";
    directory_ = mkdtemp(pattern);
    path_ = directory_ + "/socket";
    sockaddr_un address { .sun_family = AF_UNIX, .sun_path = {} };
    std::memcpy(address.sun_path, path_.data(), path_.size());
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    if (!is_silent)
        thread_ = std::thread([this] { serve(); });
}

FakeAesm::~FakeAesm()
{
    if (thread_.joinable())
        questions();
    close(socket_);
    std::filesystem::remove_all(directory_);
}

FakeAesm& FakeAesm::answer(Bytes message)
{
    auto const size = static_cast<uint32_t>(message.size());
    auto const* bytes = reinterpret_cast<std::byte const*>(&size);
    message.insert(message.begin(), bytes, bytes + sizeof(size));
    return answer_raw(std::move(message));
}

FakeAesm& FakeAesm::answer_raw(Bytes bytes)
{
    answers_.push_back(std::move(bytes));
    return *this;
}

std::vector<FakeAesm::Bytes> FakeAesm::questions()
{
    shutdown(socket_, SHUT_RDWR); // ends accept(2)
    thread_.join();
    return std::move(questions_);
}

void FakeAesm::serve()
{
    for (int connection; (connection = accept(socket_, nullptr, nullptr)) >= 0; close(connection))
        serve_one(connection);
}

void FakeAesm::serve_one(int connection)
{
    Bytes question(sizeof(uint32_t));
    uint32_t size = 0;
    if (!read_fully(connection, question.data(), question.size()))
        return;
    std::memcpy(&size, question.data(), sizeof(size));
    question.resize(sizeof(size) + size);
    if (!read_fully(connection, question.data() + sizeof(size), size))
        return;
    questions_.push_back(std::move(question));
    if (answers_.empty())
        return;
    auto const answer = std::move(answers_.front());
    answers_.pop_front();
    EXPECT_EQ(send(connection, answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
}

} // namespace farl::host
