// System V shared memory, and advice by process descriptor.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kPage = 4096 };

static void* const kNowhere = (void*)-1;

static int new_segment(size_t size) { return shmget(IPC_PRIVATE, size, IPC_CREAT | 0600); }

BEHAVIOUR(a_segment_is_found_by_its_key)
{
    key_t key = 0x53484152 ^ getpid();
    CHECK_ERRNO(shmget(key, 100, 0600), ENOENT);
    CHECK_ERRNO(shmget(key, 0, IPC_CREAT | 0600), EINVAL);
    int segment = shmget(key, 100, IPC_CREAT | 0600);
    CHECK(segment >= 0);
    CHECK_EQ(shmget(key, 0, 0600), segment);
    CHECK_EQ(shmget(key, 100, IPC_CREAT | 0600), segment);
    CHECK_ERRNO(shmget(key, 101, 0600), EINVAL);
    CHECK_ERRNO(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK_OK(shmctl(segment, IPC_RMID, NULL));
    CHECK_ERRNO(shmget(key, 100, 0600), ENOENT);
    CHECK_ERRNO((long)shmat(segment, NULL, 0), EINVAL);
}

BEHAVIOUR(two_attachments_are_one_memory)
{
    int segment = new_segment(3 * kPage);
    volatile char* one = shmat(segment, NULL, 0);
    volatile char* two = shmat(segment, NULL, 0);
    CHECK(one != kNowhere && two != kNowhere && one != two);
    CHECK_EQ(one[2 * kPage], 0);
    for (int i = 0; i < 10; ++i) {
        one[i * 1000] = (char)(i + 1);
        CHECK_EQ(two[i * 1000], i + 1);
        two[i * 1000 + 1] = (char)(i + 7);
        CHECK_EQ(one[i * 1000 + 1], i + 7);
    }
    CHECK_OK(shmdt((void*)one));
    CHECK_EQ(two[0], 1);
    CHECK_ERRNO(shmdt((void*)one), EINVAL);
    CHECK_OK(shmdt((void*)two));
    one = shmat(segment, NULL, SHM_RDONLY);
    CHECK(one != kNowhere);
    CHECK_EQ(one[9000], 10);
    CHECK_ERRNO(mprotect((void*)one, kPage, PROT_READ | PROT_WRITE), EACCES);
    CHECK_OK(shmdt((void*)one));
    CHECK_OK(shmctl(segment, IPC_RMID, NULL));
}

BEHAVIOUR(a_removed_segment_lasts_as_long_as_it_is_attached)
{
    struct shmid_ds status;
    int segment = new_segment(kPage);
    char* memory = shmat(segment, NULL, 0);
    CHECK(memory != kNowhere);
    CHECK_OK(shmctl(segment, IPC_RMID, NULL));
    strcpy(memory, "still here");
    CHECK_OK(shmctl(segment, IPC_STAT, &status));
    CHECK_EQ(status.shm_nattch, 1);
    CHECK_EQ(status.shm_perm.mode & SHM_DEST, SHM_DEST);
    char* again = shmat(segment, NULL, 0);
    CHECK(again != kNowhere && strcmp(again, "still here") == 0);
    CHECK_OK(munmap(again, kPage));
    CHECK_OK(shmdt(memory));
    CHECK_ERRNO(shmctl(segment, IPC_STAT, &status), EINVAL);
}

BEHAVIOUR(a_segment_tells_about_itself)
{
    struct shmid_ds status;
    int segment = new_segment(100);
    CHECK_OK(shmctl(segment, IPC_STAT, &status));
    CHECK_EQ(status.shm_segsz, 100);
    CHECK_EQ(status.shm_nattch, 0);
    CHECK_EQ(status.shm_cpid, getpid());
    CHECK_EQ(status.shm_atime, 0);
    void* memory = shmat(segment, NULL, 0);
    CHECK_OK(shmctl(segment, IPC_STAT, &status));
    CHECK_EQ(status.shm_nattch, 1);
    CHECK_EQ(status.shm_lpid, getpid());
    CHECK(status.shm_atime > 0);
    status.shm_perm.mode = 0640;
    CHECK_OK(shmctl(segment, IPC_SET, &status));
    CHECK_OK(shmctl(segment, IPC_STAT, &status));
    CHECK_EQ(status.shm_perm.mode & 0777, 0640);
    CHECK_OK(shmdt(memory));
    CHECK_OK(shmctl(segment, IPC_RMID, NULL));
    CHECK_ERRNO(shmctl(segment, 77, &status), EINVAL);
}

BEHAVIOUR(a_segment_is_attached_where_it_is_asked_for)
{
    int segment = new_segment(kPage);
    char* room = mmap(NULL, 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERRNO((long)shmat(segment, room, 0), EINVAL);
    CHECK_ERRNO((long)shmat(segment, room + 1, SHM_REMAP), EINVAL);
    CHECK_ERRNO((long)shmat(segment, NULL, SHM_REMAP), EINVAL);
    CHECK(shmat(segment, room + 1, SHM_REMAP | SHM_RND) == room);
    room[0] = 'x';
    CHECK_OK(munmap(room + kPage, kPage));
    CHECK(shmat(segment, room + kPage, 0) == room + kPage);
    CHECK_EQ(room[kPage], 'x');
    CHECK_OK(shmdt(room));
    CHECK_OK(shmdt(room + kPage));
    CHECK_ERRNO(shmdt(room), EINVAL);
    CHECK_OK(shmctl(segment, IPC_RMID, NULL));
}

BEHAVIOUR(advice_reaches_the_own_process_by_its_descriptor)
{
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    char* memory = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory[0] = 'x';
    struct iovec ranges[] = { { memory, kPage }, { memory + kPage, kPage } };
    CHECK_EQ(syscall(SYS_process_madvise, self, ranges, 2, MADV_COLD, 0), 2 * kPage);
    CHECK_EQ(memory[0], 'x');
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_EQ(syscall(SYS_process_madvise, self, ranges, 2, MADV_COLD, 0), kPage);
    CHECK_ERRNO(syscall(SYS_process_madvise, self, ranges + 1, 1, MADV_COLD, 0), ENOMEM);
    CHECK_ERRNO(syscall(SYS_process_madvise, self, ranges, 1, MADV_COLD, 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_process_madvise, -1, ranges, 1, MADV_COLD, 0), EBADF);
}
