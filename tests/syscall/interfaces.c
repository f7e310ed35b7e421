// The network interfaces as netdevice(7) tells them.
#include "tests/support/behaviour.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMost = 64 };

BEHAVIOUR(the_length_of_the_list_of_interfaces_is_told_whatever_length_is_passed)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    int passed[] = { 0, 1000, -1, -0x7fffffff };
    for (size_t i = 0; i < COUNT_OF(passed); ++i) {
        struct ifconf list = { .ifc_len = passed[i], .ifc_buf = NULL };
        CHECK_OK(ioctl(descriptor, SIOCGIFCONF, &list));
        CHECK(list.ifc_len > 0 && list.ifc_len % (int)sizeof(struct ifreq) == 0);
        say("%d interfaces", list.ifc_len / (int)sizeof(struct ifreq));
    }
}

BEHAVIOUR(the_list_of_interfaces_holds_as_many_as_there_is_room_for)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq found[kMost];
    struct ifconf all = { .ifc_len = sizeof found, .ifc_req = found };
    CHECK_OK(ioctl(descriptor, SIOCGIFCONF, &all));
    for (int i = 0; i < all.ifc_len / (int)sizeof found[0]; ++i)
        say("%s", found[i].ifr_name);

    struct ifconf one = { .ifc_len = sizeof found[0] + 3, .ifc_req = found };
    CHECK_OK(ioctl(descriptor, SIOCGIFCONF, &one));
    CHECK_EQ(one.ifc_len, sizeof found[0]);
    struct ifconf none = { .ifc_len = -1, .ifc_req = found };
    CHECK_OK(ioctl(descriptor, SIOCGIFCONF, &none));
    CHECK_EQ(none.ifc_len, 0);
}

BEHAVIOUR(the_loopback_interface_is_up_and_has_an_index)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq interface = { 0 };
    strcpy(interface.ifr_name, "lo");
    CHECK_OK(ioctl(descriptor, SIOCGIFFLAGS, &interface));
    CHECK((interface.ifr_flags & (IFF_UP | IFF_LOOPBACK)) == (IFF_UP | IFF_LOOPBACK));
    CHECK(if_nametoindex("lo") > 0);
    strcpy(interface.ifr_name, "nosuch");
    CHECK_ERRNO(ioctl(descriptor, SIOCGIFFLAGS, &interface), ENODEV);
}
