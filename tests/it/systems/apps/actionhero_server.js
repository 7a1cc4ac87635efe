// Starts ActionHero in this folder. It ends with its standard input.
const { Process } = require("actionhero");

const app = new Process();
app.registerProcessSignals((code) => process.exit(code));
app.start();
process.stdin.on("end", () => process.exit()).resume();
