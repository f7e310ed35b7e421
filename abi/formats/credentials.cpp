#include "abi/formats/credentials.h"

namespace farl::formats {

Result<> Credentials::check(CredentialRecord type, Bytes payload)
{
    switch (type) {
    case CredentialRecord::NetworkRule:
        return check_network_rule(payload);
    case CredentialRecord::TicketKeys: {
        bool const are_whole = !payload.empty() && payload.size() % kTicketKeySize == 0;
        return are_whole && payload.size() <= kMostTicketKeys * kTicketKeySize ? Result<> {} : Errno::Einval;
    }
    case CredentialRecord::CredentialsDue:
        return TRY(checked_number(payload)) != 0 ? Result<> {} : Errno::Einval;
    }
    return Errno::Einval;
}

Result<Credentials> Credentials::of(Records const& records)
{
    Credentials credentials;
    credentials.records_ = records;
    for (auto record : records) {
        auto const type = static_cast<CredentialRecord>(record.type);
        bool const is_keys = type == CredentialRecord::TicketKeys, is_due = type == CredentialRecord::CredentialsDue;
        if ((is_keys && !credentials.ticket_keys_.empty()) || (is_due && credentials.due_seconds_ != 0))
            return Errno::Einval;
        if (is_keys)
            credentials.ticket_keys_ = record.payload;
        if (is_due)
            credentials.due_seconds_ = as_number(record.payload);
    }
    return credentials;
}

Result<Credentials> Credentials::parse(Bytes block)
{
    auto const records = TRY(Records::parse_whole(block, kCredentials));
    for (auto record : records)
        TRY(check(static_cast<CredentialRecord>(record.type), record.payload));
    return of(records);
}

} // namespace farl::formats
