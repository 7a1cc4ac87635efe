// The socket that the production notes listen on, and a Redis in memory.
const konstructor = require("ioredis-mock");
const path = require("path");

const root = path.join(__dirname, "..", "..");
const redis = { konstructor, args: [{}], buildNew: true };

exports.DEFAULT = {
  redis: () => ({ _toExpand: false, client: redis, subscriber: redis, tasks: redis }),
  routes: () => ({
    get: [{ path: "/who", action: "who" }],
    post: [{ path: "/upload", action: "upload" }],
  }),
  web: () => ({ port: process.env.SOCKET, bindIP: null }),
  general: () => ({
    paths: {
      action: [path.join(root, "dist", "actions")],
      public: [path.join(root, "public")],
      log: [path.join(root, "log")],
      pid: [path.join(root, "pids")],
    },
  }),
};
