/** Entry for Node, Bun and Deno: prints the outcomes as the last line. */
import { factories } from "./factories.js";
import { plan } from "./plan.js";
import { runSuite } from "./suite.js";

const outcomes = JSON.stringify(await runSuite(factories, plan));
// What a hanging case has left open would keep the process alive.
process.stdout.write(`${outcomes}\n`, () => process.exit());
