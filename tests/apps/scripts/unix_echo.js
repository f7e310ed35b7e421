// A server and its client in one process, for each path that is given; "@" begins an abstract name.
const net = require("net");

function run(name) {
  const path = name.replace(/^@/, "\0");
  return new Promise((resolve) => {
    const server = net.createServer((connection) => connection.pipe(connection)).listen(path, () => {
      let count = 0;
      const client = net.connect(path, () => client.end(Buffer.alloc(1 << 20, "x")));
      client.on("data", (data) => (count += data.length));
      client.on("close", () => server.close(() => resolve(count)));
    });
  });
}

(async () => {
  for (const name of process.argv.slice(2)) console.log(await run(name));
})();
