// FakeAesm: a quoting service on a socket of its own. It answers each connection with the next answer of its script and
// keeps the bytes that were asked, so that tests check all of them.
#pragma once

#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace farl::host {

class FakeAesm {
public:
    using Bytes = std::vector<std::byte>;

    // A silent one takes connections and never answers.
    explicit FakeAesm(bool is_silent = false);
    ~FakeAesm();
    FakeAesm(FakeAesm const&) = delete;

    std::string const& path() const { return path_; }
    // All answers come before the first question. The message is sent as it is, behind its size.
    FakeAesm& answer(Bytes message);
    // These bytes and the end, without a size.
    FakeAesm& answer_raw(Bytes bytes);

    // What was asked, size included. Ends the service.
    std::vector<Bytes> questions();

private:
    void serve();
    void serve_one(int connection);

    std::string directory_, path_;
    int socket_ { -1 };
    std::deque<Bytes> answers_;
    std::vector<Bytes> questions_;
    std::thread thread_;
};

} // namespace farl::host
