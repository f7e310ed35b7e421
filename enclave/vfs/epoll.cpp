#include "enclave/vfs/epoll.h"

namespace farl {

namespace {

constexpr uint32_t kAlways = EPOLLERR | EPOLLHUP; // reported whether asked for or not
constexpr int kDeepestNesting = 4;

constinit Spinlock watch_lock; // every File::watches_
constinit Mutex nesting_lock;  // sets within sets: additions one at a time, so that no cycle can be closed

uint64_t key_of(EpollEntry const& entry)
{
    return static_cast<uint64_t>(entry.sequence) << 32 | static_cast<uint32_t>(entry.number);
}

} // namespace

Result<Ref<Epoll>> Epoll::create()
{
    auto host = TRY(checked_descriptor(host_call(SYS_epoll_create1, EPOLL_CLOEXEC)));
    auto* epoll = new (std::nothrow) Epoll(std::move(host));
    if (!epoll)
        return Errno::Enomem;
    return adopt_ref(*epoll);
}

Epoll::~Epoll()
{
    end_watches();
    for (auto* entry : by_number_) {
        while (entry) {
            auto* next = entry->next_same_number;
            discard(*entry);
            entry = next;
        }
    }
}

// ---- the set

EpollEntry* Epoll::find(int number, File const& file)
{
    if (number < 0 || static_cast<size_t>(number) >= by_number_.size())
        return nullptr;
    auto* entry = by_number_[static_cast<size_t>(number)];
    while (entry && entry->file != &file)
        entry = entry->next_same_number;
    return entry;
}

EpollEntry* Epoll::find_key(uint64_t key)
{
    auto number = static_cast<uint32_t>(key);
    if (number >= by_number_.size())
        return nullptr;
    auto* entry = by_number_[number];
    while (entry && entry->sequence != key >> 32)
        entry = entry->next_same_number;
    return entry;
}

Result<> Epoll::insert(EpollEntry& entry)
{
    auto number = static_cast<size_t>(entry.number);
    LockGuard guard(lock_);
    if (number >= by_number_.size()) {
        TRY(by_number_.reserve(number < 32 ? 64 : number * 2));
        TRY(by_number_.resize(number + 1));
    }
    entry.next_same_number = by_number_[number];
    by_number_[number] = &entry;
    return {};
}

void Epoll::unlink(EpollEntry& entry)
{
    LockGuard guard(lock_);
    if (entry.queue_link.is_linked()) {
        ready_.remove(entry);
        ready_count_.fetch_sub(1, std::memory_order_relaxed);
    }
    auto** link = &by_number_[static_cast<size_t>(entry.number)];
    while (*link != &entry)
        link = &(*link)->next_same_number;
    *link = entry.next_same_number;
}

// Takes the entry out of everything that refers to it. The caller holds control_, or is the set's destructor.
void Epoll::discard(EpollEntry& entry)
{
    if (entry.source)
        entry.source->remove(entry);
    {
        LockGuard guard(watch_lock);
        entry.file->watches_.remove(entry);
    }
    unlink(entry);
    if (entry.host_number >= 0)
        host_count_.fetch_sub(1, std::memory_order_relaxed);
    delete &entry;
}

Result<> Epoll::host_control(int operation, EpollEntry const& entry)
{
    epoll_event event {};
    auto const wanted = entry.events.load(std::memory_order_relaxed);
    event.events = entry.source ? entry.file->host_watch(wanted) : wanted;
    event.data.u64 = key_of(entry);
    Staging staging;
    auto staged = TRY(staging.put_object(event));
    return checked_status(host_call(SYS_epoll_ctl, host_.number(), operation, entry.host_number, staged.value()));
}

// The host knows an entry by its own file and number. A file that is there already under another number of the
// application's needs a second number there too.
Result<> Epoll::add_to_host(EpollEntry& entry)
{
    entry.host_number = entry.file->host_descriptor();
    auto added = host_control(EPOLL_CTL_ADD, entry);
    if (added.is_error() && added.error() == Errno::Eexist) {
        constexpr int kDuplicate = 1030; // F_DUPFD_CLOEXEC
        entry.duplicate = TRY(checked_descriptor(host_call(SYS_fcntl, entry.host_number, kDuplicate, 0)));
        entry.host_number = entry.duplicate.number();
        added = host_control(EPOLL_CTL_ADD, entry);
    }
    TRY(std::move(added));
    host_count_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

Result<> Epoll::add(int number, File& file, epoll_event const& event)
{
    constexpr uint32_t kExclusiveBits =
        EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
    if ((event.events & EPOLLEXCLUSIVE) && ((event.events & ~kExclusiveBits) || file.as_epoll()))
        return Errno::Einval;
    if (!file.as_epoll()) {
        LockGuard control(control_);
        return add_checked(number, file, event);
    }
    LockGuard nesting(nesting_lock);
    if (file.as_epoll()->reaches(*this, 0))
        return Errno::Eloop;
    LockGuard control(control_);
    return add_checked(number, file, event);
}

Result<> Epoll::add_checked(int number, File& file, epoll_event const& event)
{
    if (find(number, file))
        return Errno::Eexist;
    auto entry = TRY(make_owned<EpollEntry>());
    entry->epoll = this;
    entry->file = &file;
    entry->source = file.ready_source();
    entry->number = number;
    entry->sequence = next_sequence_++;
    entry->events = event.events | kAlways;
    entry->data = event.data.u64;
    if (!entry->source && file.host_descriptor() < 0)
        return Errno::Eperm;
    TRY(insert(*entry));
    if (file.host_descriptor() >= 0) {
        auto added = add_to_host(*entry);
        if (added.is_error()) {
            unlink(*entry);
            return added;
        }
    }
    auto& added = *entry.release();
    {
        LockGuard guard(watch_lock);
        file.watches_.push_back(added);
    }
    if (added.source) {
        added.source->add(added);
        queue_if_ready(added);
    } else {
        kick_parked();
    }
    return {};
}

Result<> Epoll::modify(int number, File& file, epoll_event const& event)
{
    LockGuard control(control_);
    auto* entry = find(number, file);
    if (!entry)
        return Errno::Enoent;
    if ((event.events | entry->events.load(std::memory_order_relaxed)) & EPOLLEXCLUSIVE)
        return Errno::Einval;
    {
        LockGuard guard(lock_);
        entry->events = event.events | kAlways;
        entry->data = event.data.u64;
        // What the host has said already is about the entry as it was; it looks anew when it hears of the change.
        entry->sequence = next_sequence_++;
    }
    if (entry->host_number >= 0)
        TRY(host_control(EPOLL_CTL_MOD, *entry));
    if (entry->source)
        queue_if_ready(*entry);
    return {};
}

Result<> Epoll::remove(int number, File& file)
{
    LockGuard control(control_);
    auto* entry = find(number, file);
    if (!entry)
        return Errno::Enoent;
    if (entry->host_number >= 0)
        (void)host_control(EPOLL_CTL_DEL, *entry);
    discard(*entry);
    return {};
}

// A set within a set that contains it, or too deep: ELOOP.
bool Epoll::reaches(Epoll const& target, int depth)
{
    if (this == &target || depth > kDeepestNesting)
        return true;
    LockGuard control(control_);
    for (auto* first : by_number_)
        for (auto* entry = first; entry; entry = entry->next_same_number)
            if (auto* inner = entry->file->as_epoll(); inner && inner->reaches(target, depth + 1))
                return true;
    return false;
}

// ---- files that become the host's

Result<> Epoll::follow_to_host(File& file)
{
    for (;;) {
        Ref<Epoll> epoll;
        {
            LockGuard guard(watch_lock);
            file.watches_.for_each([&](FileWatch& watch) {
                bool is_inside = static_cast<EpollEntry&>(watch).host_number < 0;
                if (!epoll && is_inside && watch.epoll->try_ref())
                    epoll = Ref<Epoll>(adopt_ref(*watch.epoll));
            });
        }
        if (!epoll)
            return {};
        TRY(epoll->follow(file));
    }
}

Result<> Epoll::follow(File& file)
{
    LockGuard control(control_);
    while (auto* entry = find_watch(file, true)) {
        TRY(add_to_host(*entry));
        kick_parked();
    }
    return {};
}

// ---- files that end

void Epoll::forget_everywhere(File& file)
{
    for (;;) {
        Ref<Epoll> epoll;
        {
            LockGuard guard(watch_lock);
            auto* watch = file.watches_.first();
            if (!watch)
                return;
            if (watch->epoll->try_ref())
                epoll = Ref<Epoll>(adopt_ref(*watch->epoll));
        }
        if (epoll)
            epoll->forget(file);
        else
            scheduler().yield(); // that set is being destroyed and lets go of the file by itself
    }
}

EpollEntry* Epoll::find_watch(File& file, bool is_only_inside)
{
    EpollEntry* found = nullptr;
    LockGuard guard(watch_lock);
    file.watches_.for_each([&](FileWatch& watch) {
        auto& entry = static_cast<EpollEntry&>(watch);
        if (watch.epoll == this && !(is_only_inside && entry.host_number >= 0))
            found = &entry;
    });
    return found;
}

void Epoll::forget(File& file)
{
    LockGuard control(control_);
    for (;;) {
        auto* found = find_watch(file, false);
        if (!found)
            return;
        if (found->host_number >= 0 && file.is_shared_with_host())
            (void)host_control(EPOLL_CTL_DEL, *found);
        discard(*found);
    }
}

} // namespace farl
