// The app: Node's own server, answering from memory.
const http = require('node:http');
const fs = require('node:fs');
const path = require('node:path');

const [port, folder] = process.argv.slice(2);
const bodies = new Map(
  ['1k.html', '100k.html'].map((name) => ['/' + name, fs.readFileSync(path.join(folder, name))]),
);

http
  .createServer((request, response) => {
    // What it was told of the request, for the benchmark to compare.
    const told = request.url === '/told' && Buffer.from(JSON.stringify(request.headers));
    const body = told || bodies.get(request.url);
    response.writeHead(body ? 200 : 404, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': body ? body.length : 0,
    });
    response.end(body);
  })
  .listen(Number(port));
