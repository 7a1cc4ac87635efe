// A shop on Express; NAME and PORT tell its processes apart. It ends with its standard input.
const express = require("express");

const { NAME, PORT } = process.env;
const app = express();
app.set("trust proxy", "loopback");

// Crashes one process in the middle of a request.
app.all("/crash/:name", (req, res) => {
  if (req.params.name === NAME) process.exit(1);
  res.json({ name: NAME });
});
app.get("/page", (req, res) => res.type("html").send(`<p>${"word ".repeat(2000)}</p>`));
app.use((req, res) => {
  const { ip, protocol, secure, hostname, originalUrl } = req;
  res.json({ name: NAME, ip, protocol, secure, hostname, originalUrl });
});

app.listen(Number(PORT), "127.0.0.1");
process.stdin.on("end", () => process.exit()).resume();
