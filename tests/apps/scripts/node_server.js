'use strict';
// An HTTP server: /hello, /echo, /large, and /digest, which worker threads compute. SIGTERM lets it end in order.

const crypto = require('crypto');
const http = require('http');
const { Worker, isMainThread, parentPort } = require('worker_threads');

if (!isMainThread) {
    parentPort.on('message', ({ id, text }) => {
        let digest = text;
        for (let i = 0; i < 100; ++i)
            digest = crypto.createHash('sha256').update(digest).digest('hex');
        parentPort.postMessage({ id, digest });
    });
    return;
}

const workers = [0, 1, 2].map(() => new Worker(__filename));
const waiting = new Map();
let next = 0;
for (const worker of workers)
    worker.on('message', ({ id, digest }) => {
        waiting.get(id).end(digest + '\n');
        waiting.delete(id);
    });

const large = Buffer.from('0123456789abcdef'.repeat(1 << 18));
const server = http.createServer((request, response) => {
    const [path, text] = request.url.split('?');
    if (path === '/hello') {
        response.end('hello from Node\n');
    } else if (path === '/echo') {
        request.pipe(response);
    } else if (path === '/large') {
        response.end(large);
    } else if (path === '/digest') {
        waiting.set(++next, response);
        workers[next % workers.length].postMessage({ id: next, text });
    } else {
        response.statusCode = 404;
        response.end();
    }
});
process.on('SIGTERM', () => {
    console.log('ending');
    server.close();
    server.closeAllConnections();
    workers.forEach((worker) => worker.terminate());
});
server.listen(Number(process.argv[2]), '127.0.0.1');
