"""An asyncio echo server with two hundred clients, timers, an executor, and a signal to itself."""

import asyncio
import os
import signal

CLIENTS = 200


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for turn in range(5):
        writer.write(b"client %d turn %d\n" % (number, turn))
        answers.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return answers == [b"CLIENT %d TURN %d\n" % (number, turn) for turn in range(5)]


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answered = await asyncio.gather(*(client(port, n) for n in range(CLIENTS)))
    print("clients", len(answered), all(answered))

    try:
        await asyncio.wait_for(asyncio.sleep(60), timeout=0.05)
    except asyncio.TimeoutError:
        print("timed out")

    loop = asyncio.get_running_loop()
    print("executor", await loop.run_in_executor(None, sum, range(1000)))

    signalled = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, signalled.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(signalled.wait(), 30)
    print("signalled")


asyncio.run(main())
