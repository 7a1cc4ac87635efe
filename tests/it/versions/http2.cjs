// HTTP/2 for the tests, by node's own module: an app behind nginx, and a client of gRPC before it.
//
// `node http2.cjs app [KEY CERTIFICATE]` listens on a free port of 127.0.0.1, says its number and ends with its stdin.
// `node http2.cjs ask URL [MESSAGE...]` asks by gRPC, each message only once the one before it is answered, and says what
// came as JSON.
'use strict'
const { connect, createServer, createSecureServer } = require('node:http2')
const { readFileSync } = require('node:fs')

const framed = text => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(Buffer.byteLength(text), 1)
  return Buffer.concat([head, Buffer.from(text)])
}

// Calls `each` with the text of every message of a stream.
const messages = (stream, each) => {
  let rest = Buffer.alloc(0)
  stream.on('data', data => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1)
      const text = rest.subarray(5, end).toString()
      rest = rest.subarray(end)
      each(text)
    }
  })
}

// Answers each message with the same text behind its number, and all of them with trailers.
const call = (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  let count = 0
  messages(stream, text => stream.write(framed(`${++count} ${text}`)))
  stream.on('end', () => stream.end())
  stream.on('wantTrailers', () => stream.sendTrailers({
    'grpc-status': headers[':path'].endsWith('/Fail') ? '5' : '0',
    'x-count': String(count)
  }))
}

const app = (key, cert) => {
  const server = key
    ? createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) })
    : createServer()
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    if (headers['content-type'] === 'application/grpc') return call(stream, headers)
    stream.respond({ ':status': 200, 'content-type': 'application/json' })
    let length = 0
    stream.on('data', data => { length += data.length })
    stream.on('end', () => stream.end(JSON.stringify({
      authority: headers[':authority'],
      method: headers[':method'],
      path: headers[':path'],
      scheme: headers[':scheme'],
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':'))),
      length
    })))
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.on('end', () => process.exit()).resume()
}

const ask = (url, texts) => {
  const { origin, pathname } = new URL(url)
  // The server's certificate is the test's own.
  const session = connect(origin.replace(/\/\/[^:/]+/, '//127.0.0.1'), {
    rejectUnauthorized: false,
    servername: new URL(url).hostname
  })
  const said = { status: 0, headers: {}, replies: [], trailers: {} }
  const done = error => {
    if (error) said.error = String(error)
    console.log(JSON.stringify(said))
    process.exit()
  }
  session.on('error', done)
  setTimeout(done, 5000, 'no answer').unref()
  const stream = session.request({
    ':method': 'POST',
    ':path': pathname,
    ':authority': new URL(url).host,
    'content-type': 'application/grpc',
    te: 'trailers'
  })
  stream.on('error', done)
  stream.on('response', headers => {
    said.status = headers[':status']
    said.headers = { ...headers }
  })
  stream.on('trailers', trailers => { said.trailers = { ...trailers } })
  stream.on('end', () => setImmediate(done))
  const next = () => {
    const text = texts.shift()
    if (text === undefined) return stream.end()
    stream.write(framed(text))
  }
  messages(stream, text => {
    said.replies.push(text)
    next()
  })
  next()
}

const [what, ...rest] = process.argv.slice(2)
if (what === 'app') app(...rest)
else ask(rest[0], rest.slice(1))
