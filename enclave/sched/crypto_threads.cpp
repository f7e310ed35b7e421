// BoringSSL's threads are fibers: its locks park, so that the carrier goes on with others, and its thread-local values
// end with their fiber. A carrier's loop must not use cryptography, for it cannot park. Also where the application's
// vector registers are meanwhile. In place of BoringSSL's thread_pthread.c; its header says that OPENSSL_THREADS are
// POSIX threads, so the types are theirs: large enough, and all zeros at first.
#include "enclave/crypto/vector_scope.h"
#include "enclave/sched/wait_queue.h"

#include <crypto/internal.h>

namespace farl {

static_assert(VectorScope::kStateSize == sizeof(VectorState) && alignof(VectorState) <= 64);

// XSAVE writes of its header only which components it has stored, and XRSTOR wants zeros in the rest (SDM vol.
// 1, 13.7).
VectorScope::VectorScope()
{
    constexpr size_t kHeader = 512, kHeaderSize = 64;
    __builtin_memset(state_ + kHeader, 0, kHeaderSize);
    farl_vectors_save(reinterpret_cast<VectorState*>(state_));
}
VectorScope::~VectorScope() { farl_vectors_restore(reinterpret_cast<VectorState*>(state_)); }

namespace {

static_assert(sizeof(Mutex) <= sizeof(CRYPTO_MUTEX) && sizeof(Mutex) <= sizeof(CRYPTO_STATIC_MUTEX));
static_assert(alignof(Mutex) <= alignof(CRYPTO_MUTEX) && alignof(Mutex) <= alignof(CRYPTO_STATIC_MUTEX));
static_assert(NUM_OPENSSL_THREAD_LOCALS <= kFiberLocalCount);

// Static ones are never initialised: zeros are an unlocked Mutex. Readers exclude each other too; what they do is
// short.
Mutex& mutex(CRYPTO_MUTEX* lock) { return *reinterpret_cast<Mutex*>(lock); }
Mutex& mutex(CRYPTO_STATIC_MUTEX* lock) { return *reinterpret_cast<Mutex*>(lock); }

enum : int { kOnceUntouched = PTHREAD_ONCE_INIT, kOnceRunning, kOnceDone };
constinit Spinlock once_lock;
constinit WaitQueue once_waiters; // for all of them: it is rare to meet in one

// Whether it is this fiber that has to run it; if not, it has been run.
bool claim_or_wait(std::atomic_ref<int> state)
{
    LockGuard guard(once_lock);
    while (state.load() == kOnceRunning)
        once_waiters.wait_uninterruptibly(once_lock);
    if (state.load() == kOnceDone)
        return false;
    state.store(kOnceRunning);
    return true;
}

} // namespace

} // namespace farl

using namespace farl;

extern "C" {

void CRYPTO_MUTEX_init(CRYPTO_MUTEX* lock) { new (lock) Mutex; }
void CRYPTO_MUTEX_cleanup(CRYPTO_MUTEX*) { }
void CRYPTO_MUTEX_lock_read(CRYPTO_MUTEX* lock) { mutex(lock).lock(); }
void CRYPTO_MUTEX_lock_write(CRYPTO_MUTEX* lock) { mutex(lock).lock(); }
void CRYPTO_MUTEX_unlock_read(CRYPTO_MUTEX* lock) { mutex(lock).unlock(); }
void CRYPTO_MUTEX_unlock_write(CRYPTO_MUTEX* lock) { mutex(lock).unlock(); }
void CRYPTO_STATIC_MUTEX_lock_read(CRYPTO_STATIC_MUTEX* lock) { mutex(lock).lock(); }
void CRYPTO_STATIC_MUTEX_lock_write(CRYPTO_STATIC_MUTEX* lock) { mutex(lock).lock(); }
void CRYPTO_STATIC_MUTEX_unlock_read(CRYPTO_STATIC_MUTEX* lock) { mutex(lock).unlock(); }
void CRYPTO_STATIC_MUTEX_unlock_write(CRYPTO_STATIC_MUTEX* lock) { mutex(lock).unlock(); }

void CRYPTO_once(CRYPTO_once_t* once, void (*run)())
{
    std::atomic_ref<int> state(*once);
    if (state.load(std::memory_order_acquire) == kOnceDone || !claim_or_wait(state))
        return;
    run();
    LockGuard guard(once_lock);
    state.store(kOnceDone, std::memory_order_release);
    once_waiters.wake_all();
}

void* CRYPTO_get_thread_local(thread_local_data_t index) { return Carrier::current().fiber->locals[index].value; }

int CRYPTO_set_thread_local(thread_local_data_t index, void* value, thread_local_destructor_t destroy)
{
    Carrier::current().fiber->locals[index] = { value, destroy };
    return 1;
}

} // extern "C"
