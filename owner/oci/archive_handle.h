// What the users of libarchive share: handles that free themselves, and a locale in which names of any script are kept.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <memory>
#include <new>
#include <string>

namespace farl::owner {

struct ArchiveFree {
    void operator()(archive* handle) const { archive_free(handle); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ArchiveHandle = std::unique_ptr<archive, ArchiveFree>;
using ArchiveEntry = std::unique_ptr<archive_entry, ArchiveFree>;

inline ArchiveHandle made(archive* handle)
{
    if (!handle)
        throw std::bad_alloc();
    return ArchiveHandle(handle);
}

// What libarchive says of its last failure; it does not always say something.
inline std::string reason_of(archive* handle)
{
    auto const* reason = archive_error_string(handle);
    return reason ? reason : "unreadable";
}

// libarchive converts names in PAX headers, which are UTF-8, to what the thread's locale says; in the C locale it loses
// them.
class Utf8Scope {
public:
    Utf8Scope() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(uselocale(locale_)) { }
    Utf8Scope(Utf8Scope const&) = delete;
    ~Utf8Scope()
    {
        uselocale(before_);
        if (locale_)
            freelocale(locale_);
    }

private:
    locale_t locale_;
    locale_t before_;
};

} // namespace farl::owner
