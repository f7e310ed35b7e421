// A server without TLS that sends, or takes, bytes as fast as it can, one connection after another: stream PORT
// send|receive
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kPiece = 64 * 1024 };

static int listen_at(int port)
{
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) }
    };
    if (listening < 0 || bind(listening, (struct sockaddr*)&address, sizeof(address)) || listen(listening, 10)) {
        perror("stream");
        exit(1);
    }
    return listening;
}

int main(int argc, char** argv)
{
    static char bytes[kPiece];
    if (argc != 3) {
        fprintf(stderr, "usage: stream PORT send|receive\n");
        return 2;
    }
    int is_sending = !strcmp(argv[2], "send");
    int listening = listen_at(atoi(argv[1]));
    for (;;) {
        int connection = accept(listening, NULL, NULL);
        if (connection < 0)
            continue;
        if (is_sending)
            while (send(connection, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0) { }
        else
            while (recv(connection, bytes, sizeof(bytes), 0) > 0) { }
        close(connection);
    }
}
