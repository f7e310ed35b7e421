// System V message queues and semaphores.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

struct text_message {
    long type;
    char text[16];
};

static int new_queue(void) { return msgget(IPC_PRIVATE, IPC_CREAT | 0600); }

static int send_text(int queue, long type, const char* text)
{
    struct text_message message = { .type = type };
    strcpy(message.text, text);
    return msgsnd(queue, &message, strlen(text) + 1, IPC_NOWAIT);
}

BEHAVIOUR(a_queue_is_found_by_its_key)
{
    key_t key = 0x4641524c ^ getpid();
    CHECK_ERRNO(msgget(key, 0600), ENOENT);
    int queue = msgget(key, IPC_CREAT | 0600);
    CHECK(queue >= 0);
    CHECK_EQ(msgget(key, 0600), queue);
    CHECK_EQ(msgget(key, IPC_CREAT | 0600), queue);
    CHECK_ERRNO(msgget(key, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
    CHECK_ERRNO(msgget(key, 0600), ENOENT);
    CHECK_ERRNO(msgctl(queue, IPC_RMID, NULL), EINVAL);
}

BEHAVIOUR(messages_come_by_type)
{
    int queue = new_queue();
    struct text_message message;
    CHECK_OK(send_text(queue, 3, "three"));
    CHECK_OK(send_text(queue, 1, "one"));
    CHECK_OK(send_text(queue, 2, "two"));
    CHECK_OK(send_text(queue, 3, "again"));
    CHECK_EQ(msgrcv(queue, &message, 16, 2, 0), 4);
    CHECK(message.type == 2 && strcmp(message.text, "two") == 0);
    CHECK_EQ(msgrcv(queue, &message, 16, -3, 0), 4);
    CHECK(message.type == 1 && strcmp(message.text, "one") == 0);
    CHECK_EQ(msgrcv(queue, &message, 16, 3, MSG_EXCEPT | IPC_NOWAIT), -1);
    CHECK_EQ(msgrcv(queue, &message, 16, 0, 0), 6);
    CHECK(message.type == 3 && strcmp(message.text, "three") == 0);
    CHECK_EQ(msgrcv(queue, &message, 16, 1, MSG_EXCEPT), 6);
    CHECK(strcmp(message.text, "again") == 0);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 0, IPC_NOWAIT), ENOMSG);
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
}

BEHAVIOUR(a_message_without_room_stays_or_is_cut)
{
    int queue = new_queue();
    struct text_message message;
    memset(&message, 0, sizeof message);
    CHECK_OK(send_text(queue, 1, "longer"));
    CHECK_ERRNO(msgrcv(queue, &message, 3, 0, 0), E2BIG);
    CHECK_EQ(msgrcv(queue, &message, 3, 0, MSG_NOERROR), 3);
    CHECK(memcmp(message.text, "lon", 4) == 0);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 0, IPC_NOWAIT), ENOMSG);
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
}

BEHAVIOUR(message_calls_check_what_they_are_given)
{
    int queue = new_queue();
    struct text_message message = { .type = 0 };
    CHECK_ERRNO(msgsnd(queue, &message, 1, 0), EINVAL);
    message.type = -1;
    CHECK_ERRNO(msgsnd(queue, &message, 1, 0), EINVAL);
    message.type = 1;
    CHECK_ERRNO(msgsnd(queue, &message, 8193, 0), EINVAL);
    CHECK_ERRNO(msgsnd(queue, &message, (size_t)-1, 0), EINVAL);
    CHECK_ERRNO(msgsnd(queue, bad_pointer(), 1, 0), EFAULT);
    CHECK_ERRNO(msgsnd(-1, &message, 1, 0), EINVAL);
    CHECK_ERRNO(msgrcv(queue, &message, (size_t)-1, 0, 0), EINVAL);
    CHECK_ERRNO(msgrcv(-1, &message, 1, 0, 0), EINVAL);
    CHECK_OK(msgsnd(queue, &message, 0, 0));
    CHECK_EQ(msgrcv(queue, &message, 0, 0, 0), 0);
    CHECK_ERRNO(msgctl(queue, IPC_STAT, bad_pointer()), EFAULT);
    CHECK_ERRNO(msgctl(queue, IPC_SET, bad_pointer()), EFAULT);
    CHECK_ERRNO(msgctl(queue, 7777, NULL), EINVAL);
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
    CHECK_ERRNO(msgsnd(queue, &message, 1, 0), EINVAL);
}

BEHAVIOUR(a_queue_tells_about_itself)
{
    int queue = new_queue();
    struct msqid_ds status;
    CHECK_OK(send_text(queue, 1, "text"));
    CHECK_OK(msgctl(queue, IPC_STAT, &status));
    CHECK_EQ(status.msg_qnum, 1);
    CHECK_EQ(status.__msg_cbytes, 5);
    CHECK_EQ(status.msg_qbytes, 16384);
    CHECK_EQ(status.msg_lspid, getpid());
    CHECK_EQ(status.msg_lrpid, 0);
    CHECK_EQ(status.msg_perm.mode, 0600);
    CHECK_EQ(status.msg_perm.uid, geteuid());
    CHECK(status.msg_stime > 0 && status.msg_rtime == 0);
    status.msg_perm.mode = 0640;
    status.msg_qbytes = 8;
    CHECK_OK(msgctl(queue, IPC_SET, &status));
    CHECK_ERRNO(send_text(queue, 1, "text"), EAGAIN);
    CHECK_OK(msgctl(queue, IPC_STAT, &status));
    CHECK_EQ(status.msg_perm.mode, 0640);
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
}

BEHAVIOUR(a_full_queue_takes_nothing)
{
    static struct {
        long type;
        char bytes[8192];
    } message = { .type = 1 };
    int queue = new_queue();
    CHECK_OK(msgsnd(queue, &message, 8192, 0));
    CHECK_OK(msgsnd(queue, &message, 8192, 0));
    CHECK_ERRNO(msgsnd(queue, &message, 1, IPC_NOWAIT), EAGAIN);
    CHECK_EQ(msgrcv(queue, &message, 8192, 0, 0), 8192);
    CHECK_OK(msgsnd(queue, &message, 8192, IPC_NOWAIT));
    CHECK_OK(msgctl(queue, IPC_RMID, NULL));
}

static int shared_queue;
static int waiting_errno;

static void* receive_one(void* text)
{
    struct text_message message;
    errno = 0;
    EXPECT(msgrcv(shared_queue, &message, 16, 9, 0) == 5 || errno == EIDRM);
    waiting_errno = errno;
    strcpy(text, message.text);
    return NULL;
}

BEHAVIOUR(a_receiver_waits_for_its_message)
{
    pthread_t thread;
    char text[16] = "";
    shared_queue = new_queue();
    CHECK_EQ(pthread_create(&thread, NULL, receive_one, text), 0);
    sleep_ms(20);
    CHECK_OK(send_text(shared_queue, 8, "other"));
    CHECK_OK(send_text(shared_queue, 9, "mine"));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(strcmp(text, "mine") == 0);
    CHECK_OK(msgctl(shared_queue, IPC_RMID, NULL));
}

BEHAVIOUR(removal_ends_a_wait_for_a_message)
{
    pthread_t thread;
    char text[16];
    struct msqid_ds status;
    shared_queue = new_queue();
    CHECK_EQ(pthread_create(&thread, NULL, receive_one, text), 0);
    sleep_ms(50);
    CHECK_OK(msgctl(shared_queue, IPC_STAT, &status));
    CHECK_OK(msgctl(shared_queue, IPC_RMID, NULL));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(waiting_errno == EIDRM || waiting_errno == EINVAL);
}

static int new_set(int count) { return semget(IPC_PRIVATE, count, IPC_CREAT | 0600); }

BEHAVIOUR(a_set_is_found_by_its_key_and_size)
{
    key_t key = 0x53454d ^ getpid();
    int set = semget(key, 3, IPC_CREAT | 0600);
    CHECK(set >= 0);
    CHECK_EQ(semget(key, 0, 0), set);
    CHECK_EQ(semget(key, 2, 0600), set);
    CHECK_ERRNO(semget(key, 4, 0600), EINVAL);
    CHECK_ERRNO(semget(key, 3, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_ERRNO(semget(IPC_PRIVATE, 0, IPC_CREAT), EINVAL);
    CHECK_ERRNO(semget(IPC_PRIVATE, -1, IPC_CREAT), EINVAL);
    CHECK_ERRNO(semget(IPC_PRIVATE, 32001, IPC_CREAT), EINVAL);
    CHECK_OK(semctl(set, 0, IPC_RMID));
    CHECK_ERRNO(semget(key, 3, 0600), ENOENT);
}

BEHAVIOUR(semaphores_change_together_or_not_at_all)
{
    int set = new_set(2);
    struct sembuf both[] = { { 0, 2, 0 }, { 1, -1, IPC_NOWAIT } };
    CHECK_ERRNO(semop(set, both, 2), EAGAIN);
    CHECK_EQ(semctl(set, 0, GETVAL), 0);
    CHECK_OK(semctl(set, 1, SETVAL, 1));
    CHECK_OK(semop(set, both, 2));
    CHECK_EQ(semctl(set, 0, GETVAL), 2);
    CHECK_EQ(semctl(set, 1, GETVAL), 0);
    CHECK_EQ(semctl(set, 0, GETPID), getpid());
    struct sembuf zero = { 0, 0, IPC_NOWAIT };
    CHECK_ERRNO(semop(set, &zero, 1), EAGAIN);
    zero.sem_num = 1;
    CHECK_OK(semop(set, &zero, 1));
    CHECK_OK(semctl(set, 0, IPC_RMID));
}

BEHAVIOUR(semaphore_calls_check_what_they_are_given)
{
    int set = new_set(1);
    static struct sembuf many[501];
    struct sembuf more = { 0, 1, 0 }, beyond = { 1, 1, 0 };
    unsigned short value = 40000;
    CHECK_ERRNO(semop(set, &more, 0), EINVAL);
    CHECK_ERRNO(semop(set, many, 501), E2BIG);
    CHECK_ERRNO(semop(set, &beyond, 1), EFBIG);
    CHECK_ERRNO(semop(set, bad_pointer(), 1), EFAULT);
    CHECK_ERRNO(semop(-1, &more, 1), EINVAL);
    CHECK_ERRNO(semctl(set, 0, SETVAL, 32768), ERANGE);
    CHECK_ERRNO(semctl(set, 0, SETVAL, -1), ERANGE);
    CHECK_ERRNO(semctl(set, 1, SETVAL, 1), EINVAL);
    CHECK_ERRNO(semctl(set, 1, GETVAL), EINVAL);
    CHECK_ERRNO(semctl(set, 0, SETALL, &value), ERANGE);
    CHECK_ERRNO(semctl(set, 0, GETALL, bad_pointer()), EFAULT);
    CHECK_ERRNO(semctl(set, 0, 7777), EINVAL);
    CHECK_OK(semctl(set, 0, SETVAL, 32767));
    CHECK_ERRNO(semop(set, &more, 1), ERANGE);
    CHECK_OK(semctl(set, 0, IPC_RMID));
    CHECK_ERRNO(semop(set, &more, 1), EINVAL);
}

BEHAVIOUR(all_values_of_a_set_go_at_once)
{
    int set = new_set(3);
    unsigned short values[] = { 1, 2, 3 }, seen[3];
    struct semid_ds status;
    CHECK_OK(semctl(set, 0, SETALL, values));
    CHECK_OK(semctl(set, 0, GETALL, seen));
    CHECK(memcmp(values, seen, sizeof values) == 0);
    CHECK_OK(semctl(set, 0, IPC_STAT, &status));
    CHECK_EQ(status.sem_nsems, 3);
    CHECK_EQ(status.sem_perm.mode, 0600);
    CHECK_OK(semctl(set, 0, IPC_RMID));
}

BEHAVIOUR(semtimedop_gives_up_in_time)
{
    int set = new_set(1);
    struct sembuf less = { 0, -1, 0 };
    struct timespec soon = { 0, 10000000 }, wrong = { 0, 1000000000 };
    CHECK_ERRNO(semtimedop(set, &less, 1, &soon), EAGAIN);
    CHECK_ERRNO(semtimedop(set, &less, 1, &wrong), EINVAL);
    CHECK_ERRNO(semtimedop(set, &less, 1, bad_pointer()), EFAULT);
    CHECK_OK(semctl(set, 0, IPC_RMID));
}

static int shared_set;

static void* lower(void* unused)
{
    struct sembuf less = { 0, -2, 0 };
    errno = 0;
    int result = semop(shared_set, &less, 1);
    waiting_errno = result ? errno : 0;
    return unused;
}

static bool is_waiting(void)
{
    for (int i = 0; i < 2000 && semctl(shared_set, 0, GETNCNT) != 1; ++i)
        sleep_ms(1);
    return semctl(shared_set, 0, GETNCNT) == 1;
}

BEHAVIOUR(a_thread_waits_until_there_is_enough)
{
    pthread_t thread;
    struct sembuf more = { 0, 1, 0 };
    shared_set = new_set(1);
    CHECK_EQ(pthread_create(&thread, NULL, lower, NULL), 0);
    CHECK(is_waiting());
    CHECK_OK(semop(shared_set, &more, 1));
    CHECK(is_waiting());
    CHECK_OK(semop(shared_set, &more, 1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(waiting_errno, 0);
    CHECK_EQ(semctl(shared_set, 0, GETVAL), 0);
    CHECK_EQ(semctl(shared_set, 0, GETNCNT), 0);
    CHECK_OK(semctl(shared_set, 0, IPC_RMID));
}

BEHAVIOUR(removal_ends_a_wait_for_a_semaphore)
{
    pthread_t thread;
    shared_set = new_set(1);
    CHECK_EQ(pthread_create(&thread, NULL, lower, NULL), 0);
    CHECK(is_waiting());
    CHECK_OK(semctl(shared_set, 0, IPC_RMID));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(waiting_errno, EIDRM);
}
