// StandIns: the addresses that host names of network rules have inside. Nobody else's: programs find them in
// /etc/hosts, and connect(2) finds the name by them. Pure.
#pragma once

#include "base/string.h"
#include "enclave/net/internet_address.h"

namespace farl {

class StandIns {
public:
    // One that is there already is no other. The text stays. ENOMEM.
    Result<> add(std::string_view host);
    bool is_empty() const { return hosts_.is_empty(); }
    // Whose stand-in that is; empty: nobody's.
    std::string_view host_at(InternetAddress const& address) const;
    // /etc/hosts: first these names, and then what `others` says of other ones. ENOMEM.
    Result<String> hosts_file(std::string_view others) const;

private:
    bool has(std::string_view host) const;
    Result<> add_line(String& file, size_t index) const;
    Result<> add_other_line(String& file, std::string_view line) const;

    Vector<std::string_view> hosts_;
};

} // namespace farl
