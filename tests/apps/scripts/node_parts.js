'use strict';
// What a server of Node leans on: files through libuv's threads, timers, worker threads with shared memory,
// cryptography, compression, streams, name look-up, and child processes.

const assert = require('assert');
const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const os = require('os');
const path = require('path');
const zlib = require('zlib');
const { promisify } = require('util');
const { pipeline } = require('stream/promises');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

if (!isMainThread) {
    const counter = new Int32Array(workerData.shared);
    for (let i = 0; i < workerData.rounds; ++i)
        Atomics.add(counter, 0, 1);
    const hash = crypto.createHash('sha256');
    for (let i = 0; i < 200; ++i)
        hash.update(Buffer.alloc(10000, workerData.number));
    if (Atomics.add(counter, 1, 1) + 1 === workerData.workers) {
        Atomics.store(counter, 2, 1);
        Atomics.notify(counter, 2);
    } else {
        Atomics.wait(counter, 2, 0);
    }
    parentPort.postMessage({ number: workerData.number, digest: hash.digest('hex').slice(0, 8) });
    parentPort.once('message', (text) => parentPort.postMessage(text.toUpperCase()));
    return;
}

async function worker_threads() {
    const workers = 6, rounds = 20000;
    const shared = new SharedArrayBuffer(12);
    const answers = await Promise.all([...Array(workers).keys()].map((number) => new Promise((resolve, reject) => {
        const worker = new Worker(__filename, { workerData: { number, workers, rounds, shared } });
        const said = [];
        worker.on('error', reject);
        worker.on('message', (message) => {
            said.push(message.digest || message);
            if (message.digest)
                worker.postMessage('again');
        });
        worker.on('exit', (code) => resolve(`${said.join(' ')} ${code}`));
    })));
    console.log('workers:', answers.join(', '), new Int32Array(shared)[0]);
    const endless = new Worker('for (;;);', { eval: true });
    await new Promise((resolve) => endless.once('online', resolve));
    console.log('terminated:', await endless.terminate());
}

async function files(directory) {
    const names = [...Array(200).keys()].map((n) => path.join(directory, `file ${n}`));
    await Promise.all(names.map((name, n) => fs.promises.writeFile(name, String(n).repeat(1000))));
    const texts = await Promise.all(names.map((name) => fs.promises.readFile(name, 'utf8')));
    console.log('files:', texts.every((text, n) => text === String(n).repeat(1000)), (await fs.promises.readdir(directory)).length);
    const large = path.join(directory, 'large');
    fs.writeFileSync(large, crypto.createHash('sha512').update('seed').digest().toString('hex').repeat(50000));
    await pipeline(fs.createReadStream(large), zlib.createGzip(), fs.createWriteStream(large + '.gz'));
    await pipeline(fs.createReadStream(large + '.gz'), zlib.createGunzip(), fs.createWriteStream(large + '.again'));
    console.log('streams:', fs.readFileSync(large).equals(fs.readFileSync(large + '.again')));
    const watched = new Promise((resolve) => {
        const watcher = fs.watch(directory, (event, name) => {
            watcher.close();
            resolve(`${event} ${name}`);
        });
    });
    fs.writeFileSync(path.join(directory, 'new'), '');
    console.log('watched:', await watched);
    await fs.promises.rm(directory, { recursive: true });
    console.log('missing:', await fs.promises.stat(directory).catch((error) => error.code));
}

async function timers() {
    const order = [];
    await Promise.all([30, 10, 20, 1].map((ms) => new Promise((resolve) => setTimeout(() => resolve(order.push(ms)), ms))));
    let ticks = 0;
    await new Promise((resolve) => {
        const interval = setInterval(() => {
            if (++ticks === 20) {
                clearInterval(interval);
                resolve();
            }
        }, 1);
    });
    await new Promise(setImmediate);
    console.log('timers:', ticks, order.length);
}

async function cryptography() {
    const derived = await Promise.all([...Array(12).keys()].map((n) => promisify(crypto.pbkdf2)('secret', `salt ${n}`, 5000, 16, 'sha512')));
    console.log('pbkdf2:', crypto.createHash('md5').update(Buffer.concat(derived)).digest('hex'));
    const { publicKey, privateKey } = await promisify(crypto.generateKeyPair)('ec', { namedCurve: 'P-256' });
    console.log('signature:', crypto.verify('sha256', 'text', publicKey, crypto.sign('sha256', 'text', privateKey)));
    console.log('random:', (await promisify(crypto.randomBytes)(100000)).length);
}

async function names() {
    console.log('localhost:', (await dns.promises.lookup('localhost', { family: 4 })).address);
    console.log('processors:', os.cpus().length > 0, os.totalmem() > 0, os.hostname().length > 0);
}

function allocation() {
    const kept = new Map();
    let sum = 0;
    for (let i = 0; i < 400000; ++i) {
        kept.set(i % 5000, { text: `value ${i}`, list: [i, i + 1, i + 2] });
        if (i % 1000 === 0)
            sum += Buffer.alloc(100000, i & 255)[99999];
    }
    let right = 0;
    for (const [key, value] of kept)
        right += value.list[0] % 5000 === key && value.text === `value ${value.list[0]}`;
    let depth = 0;
    const descend = () => { ++depth; descend(); };
    assert.throws(descend, RangeError);
    console.log('allocation:', right, sum, depth > 1000);
}

async function main() {
    console.log('modules:', require('module').builtinModules.filter((name) => !name.startsWith('_')).map(require).length > 40);
    await files(fs.mkdtempSync(process.argv[2]));
    await timers();
    await cryptography();
    await names();
    await worker_threads();
    allocation();
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
